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

const randomProgram = fileURLToPath(new URL('random-calls-process.ts', import.meta.url))

type Answers = Record<string, Step[]>

function run(node: string, args: readonly string[]): { output: string; failure: string } {
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return { output: stdout, failure: status === 0 ? '' : stderr.trim() }
}

function answersOf(node: string | null, whose: 'theirs' | 'ours'): Answers | string {
  if (node === null) return 'there is no Node that has it (set SQLITE_NODE)'
  const { output, failure } = run(node, [program, whose])
  return failure === '' ? (JSON.parse(output) as Answers) : failure
}

/** Without what the compiler may set otherwise. */
function key(call: string): string {
  return call.replaceAll(/\s/g, '').replaceAll(/,(?=[)}])/g, '')
}

const node = findNode()
const theirs = answersOf(node, 'theirs')
const there = answersOf(node, 'ours')
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

test('node:sqlite: the same comes of calls at random', (t) => {
  if (node === null) {
    t.log('node:sqlite is not to be had here')
    t.pass()
    return
  }
  const { output, failure } = run(node, [randomProgram, '150'])
  t.is(failure, '')
  t.is(output, '')
})
