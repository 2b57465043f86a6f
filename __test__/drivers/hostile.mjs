/**
 * What somebody does who wants to see a driver fail, on ChorusDB and on better-sqlite3: the answers and the errors of each step must be the same.
 * The scenarios stand in `hostile/`; better-sqlite3 is asked by the Node that has `node:sqlite`.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder, isControl } from './harness.mjs'

const here = import.meta.dirname
const major = Number(process.versions.node.split('.')[0])

/** Scenarios whose driver wants a newer Node. */
const oldestNode = { kysely: 22 }

function transcript(node, name, options) {
  const env = { ...process.env, NODE_OPTIONS: options, NODE_NO_WARNINGS: '1' }
  const answer = join(folder(), 'transcript.json')
  execFileSync(node, [join(here, 'hostile', `${name}.mjs`), answer], {
    env,
    cwd: here,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
    timeout: 240_000,
  })
  return JSON.parse(readFileSync(answer, 'utf8'))
}

const oracle = process.env.DRIVERS_ORACLE ?? (major >= 22 ? process.execPath : undefined)
for (const file of readdirSync(join(here, 'hostile'))) {
  const name = file.replace('.mjs', '')
  if (name === 'transcript' || major < (oldestNode[name] ?? 20)) continue
  test(`${name}: the answers are those of better-sqlite3`, { skip: isControl || !oracle }, () => {
    const control = `--import ${JSON.stringify(join(here, 'control.mjs'))}`
    const expected = transcript(oracle, name, control)
    assert.ok(expected.length > 30)
    assert.deepEqual(transcript(process.execPath, name, ''), expected)
  })
}
