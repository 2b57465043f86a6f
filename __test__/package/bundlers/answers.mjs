/** What the programs of `sources/` answer, and what they must. */
import assert from 'node:assert/strict'

const row = { a: 1, n: 3 }
const kinds = ['Database', 'BetterSqlite3', 'DatabaseSync']

/** Everything works. */
export function checkAll(answers) {
  const expected = Object.fromEntries(
    kinds.flatMap((kind) => [
      [`${kind} in memory`, row],
      [`${kind} on a file`, row],
    ]),
  )
  assert.deepEqual(answers, { ...expected, isOneEngine: true })
}

/** Databases in memory work, and files are refused in a sentence. */
export function checkMemoryAlone(answers) {
  for (const kind of kinds) {
    assert.deepEqual(answers[`${kind} in memory`], row)
    assert.match(
      answers[`${kind} on a file`],
      /^unable to open database file \(the native addon for \S+( with \w+)? is missing: there is no prebuilds\/\S+ beside the bundle; keep 'chorusdb' out of the bundle \(external\) and install it beside it, or copy its folder 'prebuilds' into the folder of the bundle\)$/,
    )
  }
}
