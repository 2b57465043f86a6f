/**
 * `npm run bench:watch [-- --commits 1000 --pause 5]`: how long after a commit of another process `db.watch()` tells of it, and whether it tells of each. The other process is
 * one of this engine, or one of Turso's. Then, what a watcher costs while nobody commits: processor time, and how often the system has let the process run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { setUp } from '../scripts/setup.mjs'
import { readOptions } from './options.mjs'
import { open, peerNode } from './peers.mjs'
import { describeRun, showRun } from './results.mjs'
import { formatTable } from './table.mjs'

const promisedMs = 20
const idleMs = 10_000

const { commits, pause } = readOptions({
  commits: { type: 'string', default: '1000' },
  pause: { type: 'string', default: '5' },
})
setUp({ peers: true })
const { Database } = await import('../dist/chorusdb.js')
const node = peerNode()
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-watch-'))

/** @returns in order: after how many ms each commit was told of; undefined: it was not */
async function watched(engine) {
  const path = join(folder, `${engine}.db`)
  const made = await open('chorusdb', path, { multiprocess: true })
  made.exec('CREATE TABLE told(id INTEGER PRIMARY KEY)')
  made.close()
  const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 60_000 })
  const latest = db.prepare('SELECT max(id) FROM told').pluck()
  const told = []
  const events = db.watch(['told'])
  const reading = (async () => {
    for await (const { tables } of events) {
      const at = Number(process.hrtime.bigint()) / 1e6
      if (tables.length === 0) continue
      for (const last = latest.get() ?? 0; told.length < last;) told.push(at)
    }
  })()
  const script = join(import.meta.dirname, 'run-watch.mjs')
  const child = spawn(node, ['--no-warnings', script, engine, path, commits, pause], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (status !== 0) throw new Error(`${engine} ended with ${status}`)
  const committedAt = JSON.parse(output)
  const deadline = performance.now() + 1000
  // oxlint-disable-next-line no-await-in-loop -- what was committed last is still to be told
  while (told.length < committedAt.length && performance.now() < deadline) await sleep(10)
  await events.return()
  await reading
  db.close()
  // It may be told before the one who has committed looks at the clock.
  return committedAt.map((at, i) => (told[i] === undefined ? undefined : Math.max(0, told[i] - at)))
}

function rowOf(engine, latencies) {
  const known = latencies.filter((ms) => ms !== undefined).toSorted((a, z) => a - z)
  const at = (part) => known[Math.min(known.length - 1, Math.floor(part * known.length))].toFixed(2)
  return [
    engine,
    String(latencies.length),
    String(latencies.length - known.length),
    at(0.5),
    at(0.99),
    at(1),
    String(known.filter((ms) => ms > promisedMs).length),
  ]
}

function switches() {
  const found = /^voluntary_ctxt_switches:\s+(\d+)/m
  return Number(found.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}

/** A watcher that has nothing to tell. */
async function idle() {
  const path = join(folder, 'idle.db')
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  db.exec('CREATE TABLE told(id INTEGER PRIMARY KEY)')
  const events = db.watch()
  const next = events.next()
  await sleep(500)
  const before = { cpu: process.cpuUsage(), switches: switches() }
  await sleep(idleMs)
  const { user, system } = process.cpuUsage(before.cpu)
  const woken = switches() - before.switches
  await events.return()
  await next
  db.close()
  return { cpuMs: (user + system) / 1000, woken }
}

console.log(showRun(describeRun('watch', node, ['chorusdb', 'turso'])))
try {
  const rows = []
  for (const engine of ['chorusdb', 'turso']) {
    // oxlint-disable-next-line no-await-in-loop -- in turn
    rows.push(rowOf(engine, await watched(engine)))
  }
  const header = [
    'who commits',
    'commits',
    'missed',
    'told after ms: half',
    '99 %',
    'all',
    `later than ${promisedMs} ms`,
  ]
  console.log(`\n${formatTable(header, rows)}`)
  if (process.platform === 'linux') {
    const { cpuMs, woken } = await idle()
    console.log(
      `\nnobody commits for ${idleMs / 1000} s: ${cpuMs.toFixed(1)} ms of processor time, main thread woken ${woken} times`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
