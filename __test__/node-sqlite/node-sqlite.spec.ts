/**
 * The same calls on node:sqlite of Node 24 and on ours must come to the same: ours in this Node, whichever it is, and in theirs. Where there is no Node
 * that has it, the comparison is skipped and says so.
 *
 * Where we differ on purpose, the step stands in `differences` with our answer.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as ours from '../../packages/engine/src/node-sqlite.ts'
import { findNode } from '../support/oracle.ts'
import { differences } from './differences.ts'
import type { Step } from './scenario.ts'
import { runScenarios, scenarios } from './scenarios.ts'

const program = fileURLToPath(new URL('node-sqlite-process.ts', import.meta.url))

type Answers = Record<string, Step[]>

function run(node: string | null, whose: 'theirs' | 'ours'): Answers | string {
  if (node === null) return 'there is no Node that has it (set SQLITE_NODE)'
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', program, whose], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return status === 0 ? (JSON.parse(stdout) as Answers) : stderr.trim()
}

/** Without what the compiler may set otherwise. */
function key(call: string): string {
  return call.replaceAll(/\s/g, '').replaceAll(/,(?=[)}])/g, '')
}

const node = findNode()
const theirs = run(node, 'theirs')
const there = run(node, 'ours')
const here = await runScenarios(ours)

for (const name of Object.keys(scenarios)) {
  test(`node:sqlite: the same comes of ${name}`, (t) => {
    if (typeof theirs === 'string' || typeof there === 'string') {
      t.log(`node:sqlite is not to be had here: ${String(theirs).slice(0, 300)}`)
      t.is(
        here[name]!.find(([call]) => call === 'the scenario'),
        undefined,
      )
      return
    }
    const known = differences[name] ?? {}
    const expected = theirs[name]!.map(([call, outcome]) => [call, known[key(call)] ?? outcome])
    t.deepEqual(here[name], expected as never)
    t.deepEqual(there[name], expected as never)
  })
}
