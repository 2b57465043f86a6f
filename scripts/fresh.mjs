/**
 * `npm run fresh -- [--seconds 60] [--seed N] [--form name …] [--runs N] [--length 600] [--eager]`: several connections at random work on one
 * database, and every read is compared with what it must show (docs/testing.md). The seconds are shared by the forms; `--form` takes
 * some of them, the last two are `leisure` and `leisure-classic`. A run is `length` steps, and of those at leisure a round; each
 * has a seed of its own, one higher than the last. To replay one: its seed and its form, with `--runs 1` and the same length.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    form: { type: 'string', multiple: true },
    runs: { type: 'string' },
    length: { type: 'string', default: '600' },
    eager: { type: 'boolean', default: false },
  },
})
setUp({ peers: true })
const { stepForms } = await import('../.tests/support/fresh/forms.js')
const { describeFinding, runSeed, shrink } = await import('../.tests/support/fresh/run.js')
const { runLeisure } = await import('../.tests/support/fresh/leisure.js')
const { Sqlite } = await import('../.tests/support/fresh/sqlite.js')

const folder = mkdtempSync(join(tmpdir(), 'chorusdb-fresh-'))
const tools = { folder, sqlite: Sqlite.start(), ...(values.eager && { eager: true }) }
const isWanted = (name) => values.form?.includes(name) ?? true
const forms = stepForms(folder).filter(({ name }) => isWanted(name))
const leisure = ['leisure', 'leisure-classic'].filter(isWanted)
const names = [...forms.map(({ name }) => name), ...leisure]
if (names.length === 0) throw new Error(`no form ${values.form}`)
console.log(`seed ${values.seed}, forms ${names.join(', ')}`)
const share = Number(values.seconds) / names.length
const most = values.runs === undefined ? Infinity : Number(values.runs)

/** Findings after which a form has shown enough. */
const enough = 3
let failures = 0
for (const form of forms) {
  const end = performance.now() + 1000 * share
  let [runs, steps, reads, found] = [0, 0, 0, 0]
  for (; runs < most && performance.now() < end && found < enough; runs++) {
    const seed = Number(values.seed) + runs
    const outcome = await runSeed(form, seed, Number(values.length), tools)
    steps += outcome.steps
    reads += outcome.reads
    if (outcome.finding === null) continue
    found++
    console.error(describeFinding(await shrink(form, outcome.finding, tools)))
  }
  await form.end()
  failures += found
  console.log(`${form.name}: ${runs} runs, ${steps} steps, ${reads} reads, ${found} findings`)
}
tools.sqlite?.end()
let kept = ''
for (const name of leisure) {
  const home = mkdtempSync(join(folder, `${name}-`))
  const result = await runLeisure({
    folder: home,
    seed: Number(values.seed),
    rounds: most,
    seconds: share,
    classic: name === 'leisure-classic',
    engine: `file://${join(root, 'dist/chorusdb.js')}`,
  })
  for (const problem of result.problems)
    console.error(`form ${name}, seed ${values.seed}: ${problem}`)
  if (result.problems.length > 0) kept += ` ${home}`
  failures += result.problems.length
  console.log(
    `${name}: ${result.rounds} rounds, ${result.commits} commits, ${result.reads} reads, ${result.kills} kills, ` +
      `${result.stops} stops, longest wait ${result.longestWaitMs} ms, ${result.problems.length} findings`,
  )
}
if (kept === '') rmSync(folder, { recursive: true, force: true })
else console.error(`kept, with journals:${kept}`)
process.exit(failures === 0 ? 0 : 1)
