/**
 * `npm run crash [-- kills]`: kills committing processes with SIGKILL at random moments, 200 times unless told
 * otherwise, with others at work, and compares the database with what was acknowledged.
 */
import '@oxc-node/core/register'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

setUp()
const { runKillTest } = await import('../__test__/support/kill-test.ts')
const kills = Number(process.argv[2] ?? 200)
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-crash-'))
const engine = `file://${join(root, 'dist/engine/src/index.js')}`
const result = await runKillTest(folder, kills, engine, (line) => console.log(line))
for (const problem of result.problems.slice(0, 20)) console.error(problem)
const wait = result.longestWaitMs.toFixed(0)
console.log(
  `${result.kills} kills, ${result.acknowledged} acknowledged commits, ${result.problems.length} problems, longest wait ${wait} ms`,
)
if (result.problems.length === 0) rmSync(folder, { recursive: true, force: true })
else console.error(`kept: ${folder}`)
process.exit(result.problems.length === 0 ? 0 : 1)
