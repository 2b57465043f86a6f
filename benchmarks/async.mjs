/**
 * `npm run bench:async [-- parts of statements' names] [--rows 2000000] [--json FILE]`: how often a timer of 1 ms fires while a statement runs for about a second, and the longest time in
 * which it does not; and what a `get` by a key takes. `connect()` of this engine, Turso's promise API, better-sqlite3 in a worker, node:sqlite as it is, each in a
 * process of its own, in turn. It ends with what is promised of this engine: 80 times in a second.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { longStatements, makeTable } from './async-statements.mjs'
import { isMeant, participants, readOptions } from './options.mjs'
import { open, peerNode } from './peers.mjs'
import { asyncTables } from './reports.mjs'
import { describeRun, showRun, writeResults } from './results.mjs'

const promised = 80
const patienceMs = 300_000

const { patterns, rows, json } = readOptions({
  rows: { type: 'string', default: '2000000' },
  json: { type: 'string' },
})
setUp({ peers: true })
const node = peerNode()
const engines = participants()
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-async-'))
const original = join(folder, 'original.db')
const script = join(import.meta.dirname, 'run-async.mjs')

function ask(engine, part, name) {
  const path = join(folder, 'used.db')
  for (const made of readdirSync(folder)) if (made.startsWith('used.db')) rmSync(join(folder, made))
  copyFileSync(original, path)
  const child = spawnSync(node, ['--no-warnings', script, engine, path, part, name], {
    encoding: 'utf8',
    timeout: patienceMs,
  })
  if (child.status === 0) return JSON.parse(child.stdout)
  const reason = child.stderr.split('\n').find((line) => /Error|panic/.test(line))
  console.log(`left out of "${name}": ${engine}: ${reason ?? child.signal ?? 'it failed'}`)
  return undefined
}

function askAll(part, name) {
  const outcomes = {}
  for (const engine of engines) {
    const outcome = ask(engine, part, name)
    if (outcome !== undefined) outcomes[engine] = outcome
  }
  return outcomes
}

const run = { ...describeRun('async', node, engines), rows: Number(rows) }
console.log(showRun(run))
try {
  const db = await open('chorusdb', original)
  makeTable(db, Number(rows))
  db.close()
  const timers = longStatements
    .filter(({ name }) => isMeant(name, patterns))
    .map(({ name }) => ({ name, outcomes: askAll('timers', name) }))
  const latency = isMeant('get', patterns) ? askAll('latency', rows) : {}
  const results = { ...run, timers, latency }
  console.log(`\n${asyncTables(results)}`)
  const slow = timers.filter(({ outcomes: { chorusdb } }) => {
    return chorusdb !== undefined && chorusdb.count / chorusdb.ms < promised / 1000
  })
  if (slow.length > 0) {
    console.log(
      `fewer than ${promised} times in a second: ${slow.map(({ name }) => name).join(', ')}`,
    )
  }
  if (json !== undefined) writeResults(json, results)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
