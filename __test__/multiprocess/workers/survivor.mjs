/**
 * The process that lives on: does what it is told, and measures how long that took. `engine path`.
 *
 *     { do: 'work' }                 one write and one checkpoint that is not busy: { writeMs, checkpointMs }
 *     { do: 'try', timeoutMs }       one write, which may be refused: { ms, began, code }
 *     { do: 'truncate', timeoutMs }  a TRUNCATE checkpoint: { row, ms }
 *     { do: 'hold' } { do: 'release' }   the writer's lock
 *     { do: 'query', sql, params, file } rows, of the database or of another file
 */
import { createInterface } from 'node:readline'

const [, , engine, path] = process.argv
const { Database } = await import(engine)
const open = (name) => new Database(name, { experimental: ['multiprocess_wal'], timeout: 30_000 })
const db = open(path)
const pulse = db.prepare('INSERT INTO pulse(n) VALUES (?)')
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const checkpoint = (mode) => db.prepare(`PRAGMA wal_checkpoint(${mode})`).raw().get()

function work() {
  const began = performance.now()
  pulse.run(1)
  const written = performance.now()
  // Another process may be at a checkpoint of its own; a dead one may not.
  while (checkpoint('PASSIVE')[0] !== 0) pause(1)
  const done = performance.now()
  return {
    writeMs: written - began,
    checkpointMs: done - written,
    began: performance.timeOrigin + began,
  }
}

/** Somebody may stand still with whatever it has. */
function tryToWrite({ timeoutMs }) {
  db.pragma(`busy_timeout = ${timeoutMs}`)
  const began = performance.now()
  let code = null
  try {
    pulse.run(3)
  } catch (error) {
    code = error.code ?? error.name
  }
  const ms = performance.now() - began
  db.pragma('busy_timeout = 30000')
  return { ms, began: performance.timeOrigin + began, code }
}

function truncate({ timeoutMs }) {
  db.pragma(`busy_timeout = ${timeoutMs}`)
  const began = performance.now()
  const row = checkpoint('TRUNCATE')
  db.pragma('busy_timeout = 30000')
  return { row, ms: performance.now() - began }
}

function query({ sql, params = [], file }) {
  const target = file === undefined ? db : open(file)
  const rows = target
    .prepare(sql)
    .raw()
    .all(...params)
  if (file !== undefined) target.close()
  return rows
}

const orders = {
  work,
  try: tryToWrite,
  truncate,
  query,
  hold: () => {
    db.exec('BEGIN IMMEDIATE')
    pulse.run(2)
  },
  release: () => db.exec('COMMIT'),
}

process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  let reply
  try {
    const order = JSON.parse(line)
    reply = { ok: orders[order.do](order) ?? null }
  } catch (error) {
    reply = { error: `${error.code ?? error.name}: ${error.message}` }
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
db.close()
