/**
 * `npm run bench:single [-- part of a workload's name]`: one process, warm cache, 300,000 rows: this engine,
 * better-sqlite3, node:sqlite and Turso in turn on the same work, as rates and as the ratio to the best of the others.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { engines, open, peerNode } from './peers.mjs'
import { ratio, showTable } from './table.mjs'
import { makeData, workloads } from './workloads.mjs'
import { loads } from './workloads-loads.mjs'
import { setWorkloads } from './workloads-sets.mjs'

setUp({ peers: true })
const pattern = process.argv[2] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-bench-'))
const node = peerNode()
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
const results = new Map()
const coldResults = new Map()
const all = [...workloads, ...loads, ...setWorkloads]
const coldRounds = 3
try {
  const original = join(folder, 'original.db')
  const db = await open('chorusdb', original)
  makeData(db)
  db.close()
  for (const engine of engines) {
    const path = join(folder, `${engine.replace(':', '-')}.db`)
    copyFileSync(original, path)
    const script = join(import.meta.dirname, 'run-single.mjs')
    const child = spawnSync(node, ['--no-warnings', script, engine, path, pattern], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    const lines = child.stdout.trim().split('\n').filter(Boolean)
    if (child.status !== 0 && lines.length === 0) {
      console.log(
        `${engine} is left out: ${
          child.stderr
            .trim()
            .split('\n')
            .find((line) => /Error/.test(line)) ?? 'it did not start'
        }`,
      )
      continue
    }
    results.set(engine, new Map(lines.map((line) => JSON.parse(line)).map((r) => [r.name, r])))
  }
  for (const { name, cold, setUp: isMade } of all) {
    if (cold !== true || !name.includes(pattern)) continue
    // In turn, each on a fresh copy; the quickest of several.
    for (let i = 0; i < coldRounds * engines.length; i++) {
      const engine = engines[i % engines.length]
      if (!results.has(engine)) continue
      const rates = coldResults.get(engine) ?? new Map()
      coldResults.set(engine, rates)
      rates.set(name, Math.max(rates.get(name) ?? 0, coldRate(engine, original, name, isMade)))
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Of one round in a fresh process, on what another one has made where it `isMade`. */
function coldRate(engine, original, name, isMade) {
  const path = join(folder, 'cold.db')
  for (const end of ['', '-wal', '-shm', '-tshm']) rmSync(path + end, { force: true })
  copyFileSync(original, path)
  const script = join(import.meta.dirname, 'run-single.mjs')
  const args = ['--no-warnings', script, engine, path, name]
  if (isMade !== undefined) spawnSync(node, [...args, 'make'])
  const child = spawnSync(node, [...args, 'cold'], { encoding: 'utf8' })
  return child.status === 0 ? JSON.parse(child.stdout).rate : 0
}

const present = engines.filter((engine) => results.has(engine))
const rows = all
  .filter(({ name }) => name.includes(pattern))
  .flatMap(({ name, unit, goal, cold = false }) => {
    const row = (title, all) => {
      const rates = present.map((engine) => all(engine) || undefined)
      return [title, unit, ...rates.map(showRate), ratio(rates), `≥ ${goal}`]
    }
    const warm = row(name, (engine) => results.get(engine).get(name)?.rate)
    if (!cold) return [warm]
    return [warm, row(`${name}, cold`, (engine) => coldResults.get(engine)?.get(name))]
  })
const memory = present.map((engine) => results.get(engine).get('peak memory')?.rss)
rows.push([
  'peak memory',
  'MiB',
  ...memory.map((rss) => (rss ? (rss / 2 ** 20).toFixed(0) : 'n/a')),
  '',
  '',
])
console.log(`one process, Node ${version}, operations (rows) per second, best of three`)
showTable(['workload', 'unit', ...present, 'ratio to best', 'goal'], rows)

function showRate(rate) {
  if (rate === undefined) return 'n/a'
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)}M`
  return rate >= 1e4 ? `${(rate / 1e3).toFixed(0)}k` : rate.toFixed(0)
}
