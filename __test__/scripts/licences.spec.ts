/** What others wrote and what is compiled into the addon is named in the package, with its licence. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const load = (): Promise<any> =>
  import(fileURLToPath(new URL('../../scripts/licences.mjs', import.meta.url)))

test('licences: every crate in the addon of a target is named, in its version, with a text', async (t) => {
  const { crates, licencesFile } = await load()
  const parts = readFileSync(licencesFile, 'utf8').split(/\n-{100}\n\n/)
  const all: { name: string; version: string; license: string }[] = crates()
  t.true(all.some(({ name }) => name === 'napi'))
  const partsOf = (user: string): string[] =>
    parts.filter((part) => part.split('\n').some((line) => line.startsWith(user)))
  for (const { name, version, license } of all) {
    const own = partsOf(`${name} ${version} (${license})`)
    t.not(own.length, 0, `${name} ${version} is not named: npm run licences`)
    // Below the names stands the text.
    for (const part of own) t.true(part.slice(part.indexOf('\n\n')).trim().length > 100, name)
  }
  t.not(partsOf('the standard library of Rust (').length, 0)
})
