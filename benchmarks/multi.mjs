/**
 * `npm run bench:multi [-- scenario]`: several processes on one file, ten seconds each (`DURATION_MS`) after two of warming up (`WARMUP_MS`,
 * 0: none): throughput, the longest wait, also of those while warming up, and each process's share. node:sqlite and better-sqlite3 are SQLite in WAL mode; Turso and this engine use `multiprocess_wal`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { engines, open, peerNode } from './peers.mjs'
import { ratio, showTable } from './table.mjs'

setUp({ peers: true })
const durationMs = Number(process.env.DURATION_MS ?? 10_000)
const warmUpMs = Number(process.env.WARMUP_MS ?? 2000)
const node = peerNode()
const writers = (count) => Array.from({ length: count }, () => 'writer')
const scenarios = [
  { name: '2 writers, FULL', roles: writers(2), counted: 'writer' },
  { name: '4 writers, FULL', roles: writers(4), counted: 'writer' },
  { name: '8 writers, FULL', roles: writers(8), counted: 'writer' },
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

const rows = []
const wanted = process.argv[2] ?? ''
for (const scenario of scenarios.filter(({ name }) => name.includes(wanted))) {
  const rates = []
  const details = []
  for (const engine of engines) {
    const { results, missing } = await runScenario(engine, scenario)
    if (results === undefined) {
      console.log(`${engine} is left out of "${scenario.name}": ${missing}`)
      rates.push(undefined)
      details.push('n/a')
      continue
    }
    const counted = results.filter(({ role }) => role === scenario.counted)
    const counts = counted.map(({ count }) => count)
    const total = counts.reduce((sum, count) => sum + count, 0)
    const worst = Math.max(...counted.map(({ worstMs }) => worstMs))
    const share = (Math.min(...counts) * counts.length) / (total || 1)
    for (const { lastError } of results)
      if (lastError) console.log(`${engine}, ${scenario.name}: ${lastError}`)
    rates.push((total / durationMs) * 1000)
    const fairness = counts.length > 1 ? `, least share ${(share * 100).toFixed(0)} %` : ''
    details.push(`${(total / durationMs).toFixed(1)}k/s, worst ${worst.toFixed(0)} ms${fairness}`)
  }
  rows.push([scenario.name, ...details, ratio(rates)])
}
console.log(
  `several processes, Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}, ${durationMs / 1000} s each after ${warmUpMs / 1000} s of warming up`,
)
showTable(['workload', ...engines, 'ratio to best'], rows)
