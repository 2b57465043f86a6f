/**
 * `npm run crash [-- kills] [--seed N] [--role name …] [--classic]`: kills processes with SIGKILL at random moments in every role, 200 times
 * unless told otherwise, with others at work, and checks after each kill what docs/testing.md says. `--classic`: with the locks of
 * systems that have no locks on descriptors.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    role: { type: 'string', multiple: true },
    classic: { type: 'boolean', default: false },
  },
})
setUp()
if (values.classic) process.env.CHORUSDB_LOCKS = 'classic'
const { runCrash } = await import('../.tests/support/crash/run.js')
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-crash-'))
console.log(`seed ${values.seed}, ${folder}`)
const result = await runCrash({
  folder,
  kills: Number(positionals[0] ?? 200),
  seed: Number(values.seed),
  ...(values.role && { roles: values.role }),
  engine: `file://${join(root, 'dist/chorusdb.js')}`,
  progress: (line) => console.log(line),
})
const round = (row) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Math.round(value)]))
console.table(
  Object.fromEntries([...result.byRole].map(([role, numbers]) => [role, round(numbers)])),
)
for (const problem of result.problems.slice(0, 20)) console.error(problem)
const waits = [...result.byRole.values()].flatMap(({ worstWriteMs, worstCheckpointMs }) => [
  worstWriteMs,
  worstCheckpointMs,
])
const slow = Math.max(result.longestWaitMs, ...waits) > 1000
if (slow) console.error('somebody was blocked for more than a second')
console.log(
  `seed ${result.seed}: ${result.kills} kills, ${result.stops} stops, ${result.acknowledged} acknowledged commits, ${result.problems.length} problems, ` +
    `${result.truncations} truncations, the worst in ${result.worstTruncateMs.toFixed(0)} ms, ` +
    `longest wait of those who lived ${result.longestWaitMs.toFixed(0)} ms, ` +
    `beside those who stood still ${result.worstOverrunMs.toFixed(0)} ms beyond the busy timeout`,
)
const isGood = result.problems.length === 0 && !slow
if (isGood) rmSync(folder, { recursive: true, force: true })
else console.error(`kept: ${folder}`)
process.exit(isGood ? 0 : 1)
