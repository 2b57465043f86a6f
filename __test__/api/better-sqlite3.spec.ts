/**
 * The same calls on better-sqlite3 and on ours must come to the same. better-sqlite3 runs in a process of its own,
 * with a Node that can load it; where there is none, the comparison is skipped and says so.
 *
 * Where we differ on purpose, the step stands in `differences` with our answer.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import { runScenarios, scenarios, type Step } from './scenarios.ts'

const program = fileURLToPath(new URL('better-sqlite3-process.ts', import.meta.url))

/** Steps in which our answer differs on purpose, by the text of the call without spaces. */
const differences: Readonly<Record<string, string>> = {}

function askBetterSqlite3(): Record<string, Step[]> | string {
  const node = findNode()
  if (node === null) return 'there is no Node that can load it (set SQLITE_NODE)'
  const { status, stdout, stderr } = spawnSync(
    node,
    ['--no-warnings', '--import=@oxc-node/core/register', program],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  return status === 0 ? (JSON.parse(stdout) as Record<string, Step[]>) : stderr.trim()
}

const theirs = askBetterSqlite3()
const ours = runScenarios(Database)

for (const name of Object.keys(scenarios)) {
  test(`better-sqlite3: ${name} come to the same`, (t) => {
    if (typeof theirs === 'string') {
      t.log(`better-sqlite3 is not to be had here: ${theirs.slice(0, 300)}`)
      t.pass()
      return
    }
    const expected = theirs[name]!.map(([call, outcome]) => [call, differences[key(call)] ?? outcome])
    t.deepEqual(ours[name]!.map((step) => [...step]), expected)
  })
}

function key(call: string): string {
  return call.replaceAll(/\s/g, '')
}
