/**
 * One engine of `bench:async` in a process of its own: `engine path part`, a line of JSON. Started by `async.mjs`. What has no asynchronous face of its own is
 * called in a worker (better-sqlite3), or as it is (node:sqlite).
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { longStatements, lookup } from './async-statements.mjs'

const require = createRequire(import.meta.url)
const [engine, path, part, name] = process.argv.slice(2)

/** `run(sql)` to its end, `get(id)`: a row of the table by its key. */
async function open() {
  switch (engine) {
    case 'chorusdb':
    case 'turso': {
      const { connect } = await import(
        engine === 'turso' ? '@tursodatabase/database' : '../dist/chorusdb.js'
      )
      const db = await connect(path)
      const find = await db.prepare(lookup)
      return {
        run: (sql) => db.all(sql),
        change: (sql) => db.exec(sql),
        get: (id) => find.get(id),
        close: () => db.close(),
      }
    }
    case 'better-sqlite3':
      return inWorker()
    case 'node:sqlite': {
      const { DatabaseSync } = require('node:sqlite')
      const db = new DatabaseSync(path)
      const find = db.prepare(lookup)
      return {
        run: async (sql) => db.prepare(sql).all(),
        change: async (sql) => db.exec(sql),
        get: async (id) => find.get(id),
        close: async () => db.close(),
      }
    }
    default:
      throw new Error(`unknown engine ${engine}`)
  }
}

/** A worker that does one call after the other, as services write it. */
async function inWorker() {
  const script = `
    const { parentPort, workerData } = require('node:worker_threads')
    const db = new (require('better-sqlite3'))(workerData.path)
    const find = db.prepare(workerData.lookup)
    parentPort.on('message', ({ call, kind, value }) => {
      const answer = kind === 'get' ? find.get(value) : kind === 'run' ? db.prepare(value).all() : void db.exec(value)
      parentPort.postMessage({ call, answer })
    })
    parentPort.postMessage({ call: 0 })`
  const worker = new Worker(script, { eval: true, workerData: { path, lookup } })
  await once(worker, 'message')
  const waiting = new Map()
  let calls = 0
  worker.on('message', ({ call, answer }) => {
    waiting.get(call)(answer)
    waiting.delete(call)
  })
  const ask = (kind, value) =>
    new Promise((resolve) => {
      waiting.set(++calls, resolve)
      worker.postMessage({ call: calls, kind, value })
    })
  return {
    run: (sql) => ask('run', sql),
    change: (sql) => ask('change', sql),
    get: (id) => ask('get', id),
    close: () => worker.terminate(),
  }
}

/** How often a timer of 1 ms fires while something runs, and the longest time in which it does not. */
async function timerDuring(work) {
  let count = 0
  let longestMs = 0
  let last = performance.now()
  const note = () => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - last)
    last = now
  }
  const timer = setInterval(() => {
    count++
    note()
  }, 1)
  const start = last
  await work()
  note()
  clearInterval(timer)
  return { count, longestMs, ms: last - start }
}

async function timers(db) {
  const { sql, changes = false } = longStatements.find((one) => one.name === name)
  return timerDuring(() => (changes ? db.change(sql) : db.run(sql)))
}

async function latencies(db, rows) {
  const id = (i) => 1 + ((i * 7919) % rows)
  const rounds = 20_000
  for (let i = 0; i < rounds; i++) await db.get(id(i))
  const times = new Float64Array(rounds)
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    await db.get(id(i))
    times[i] = performance.now() - start
  }
  times.sort()
  const start = performance.now()
  for (let i = 0; i < rounds; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => db.get(id(i + k))))
  }
  const together = (performance.now() - start) / rounds
  const us = (ms) => ms * 1000
  return {
    meanUs: us(times.reduce((sum, one) => sum + one, 0) / rounds),
    medianUs: us(times[rounds / 2]),
    p99Us: us(times[Math.floor(rounds * 0.99)]),
    togetherUs: us(together),
  }
}

const db = await open()
const result = part === 'timers' ? await timers(db) : await latencies(db, Number(name))
await db.close()
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
