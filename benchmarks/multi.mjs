/**
 * `npm run bench:multi [-- parts of scenarios' names] [--json FILE]`: several processes on one file, ten seconds each (`DURATION_MS`) after two of warming
 * up (`WARMUP_MS`, 0: none): throughput, the longest wait, also of those while warming up, and the least and the largest part that a process got of an
 * even share. node:sqlite and better-sqlite3 are SQLite in WAL mode; Turso and this engine use `multiprocess_wal`. It ends with what is
 * promised of this engine: shares within 20 %, no commit that takes 50 ms. All of it takes eight minutes.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { isMeant, participants, readOptions, setting } from './options.mjs'
import { open, peerNode } from './peers.mjs'
import { multiFairness, multiTable } from './reports.mjs'
import { describeRun, showRun, writeResults } from './results.mjs'

const { patterns, json } = readOptions({ json: { type: 'string' } })
setUp({ peers: true })
const durationMs = setting('DURATION_MS', 10_000)
const warmUpMs = setting('WARMUP_MS', 2000)
const engines = participants()
const node = peerNode()

const writers = (count, level) => {
  const role = `writer-${level}`
  const roles = Array.from({ length: count }, () => role)
  return { name: `${count} writers, ${level}`, roles, counted: role }
}
const scenarios = [
  writers(2, 'FULL'),
  writers(4, 'FULL'),
  writers(8, 'FULL'),
  writers(2, 'NORMAL'),
  writers(4, 'NORMAL'),
  writers(8, 'NORMAL'),
  { name: '2 processes, read-modify-write', roles: ['counter', 'counter'], counted: 'counter' },
  { name: '1 writer + 1 reader: reads', roles: ['counter', 'reader'], counted: 'reader' },
]

function runProcess(engine, path, role, startAt) {
  const script = join(import.meta.dirname, 'run-multi.mjs')
  const child = spawn(node, [
    '--no-warnings',
    script,
    engine,
    path,
    role,
    String(startAt),
    String(durationMs),
    String(warmUpMs),
  ])
  let output = ''
  let errors = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (errors += data))
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), durationMs * 5 + 70_000)
    child.on('close', () => {
      clearTimeout(timer)
      try {
        resolve(JSON.parse(output))
      } catch {
        resolve({
          role,
          count: 0,
          total: 0,
          errors: 1,
          worstMs: durationMs,
          lastError:
            errors
              .trim()
              .split('\n')
              .find((line) => /Error|panic/.test(line)) ?? 'it died',
        })
      }
    })
  })
}

/** Makes the file with the engine itself, in the Node that runs all of them. */
function makeFile(engine, path) {
  const script = `
    import { open } from ${JSON.stringify(join(import.meta.dirname, 'peers.mjs'))}
    const db = await open(${JSON.stringify(engine)}, ${JSON.stringify(path)}, { multiprocess: true })
    db.exec('CREATE TABLE log(id INTEGER PRIMARY KEY, who INTEGER, note TEXT)')
    db.exec('CREATE TABLE counter(id INTEGER PRIMARY KEY, n INTEGER)')
    for (let id = 1; id <= 10; id++) db.prepare('INSERT INTO counter VALUES (?, 0)').run(id)
    db.close()
    process.exit(0)`
  return spawnSync(node, ['--no-warnings', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
}

async function runScenario(engine, scenario) {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-bench-'))
  try {
    const path = join(folder, 'shared.db')
    const made = makeFile(engine, path)
    if (made.status !== 0)
      return {
        missing: made.stderr
          .trim()
          .split('\n')
          .find((line) => /Error/.test(line)),
      }
    const startAt = Date.now() + 800
    const results = await Promise.all(
      scenario.roles.map((role) => runProcess(engine, path, role, startAt)),
    )
    if (scenario.counted === 'counter') await checkCounters(engine, path, results)
    return { results }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function checkCounters(engine, path, results) {
  if (engine !== 'chorusdb') return
  const db = await open(engine, path, { multiprocess: true })
  const { total } = db.prepare('SELECT sum(n) AS total FROM counter').get()
  db.close()
  const wanted = results.reduce((sum, { total }) => sum + total, 0)
  if (total !== wanted) throw new Error(`${wanted - total} increments were lost`)
}

/** What the counted processes did together: commits (or reads) a second, ms of the longest, parts of an even share. */
function summarize(results, counted) {
  const all = results.filter(({ role }) => role === counted)
  const counts = all.map(({ count }) => count)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const part = (count) => (count * counts.length) / (total || 1)
  return {
    rate: (total / durationMs) * 1000,
    worstMs: Math.max(...all.map(({ worstMs }) => worstMs)),
    shares: counts.map(part).sort((a, b) => a - b),
  }
}

const run = describeRun('multi', node, engines)
const measured = []
for (const scenario of scenarios.filter(({ name }) => isMeant(name, patterns))) {
  const outcomes = {}
  for (const engine of engines) {
    const { results, missing } = await runScenario(engine, scenario)
    if (results === undefined) {
      console.log(`${engine} is left out of "${scenario.name}": ${missing}`)
      continue
    }
    outcomes[engine] = summarize(results, scenario.counted)
    for (const { lastError } of results)
      if (lastError) console.log(`${engine}, ${scenario.name}: ${lastError}`)
  }
  measured.push({ name: scenario.name, outcomes })
  console.log(`${scenario.name}: measured`)
}
const results = { ...run, durationMs, warmUpMs, scenarios: measured }
console.log(
  `several processes, ${durationMs / 1000} s each after ${warmUpMs / 1000} s of warming up; ${showRun(run)}`,
)
console.log(`${multiTable(results)}\n\n${multiFairness(results)}`)
if (json !== undefined) writeResults(json, results)
