/**
 * A process with one role, played over and over until it is killed: `engine part`, where part is JSON, see `Part` in
 * `support/crash/company.ts`.
 *
 * Acknowledgements, one line after each COMMIT: `n rows waitedMs time`. In roles with files of their own, `= path` says which file it is at.
 */
import { once } from 'node:events'
import { openSync, writeSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const [engine, text] = isMainThread ? process.argv.slice(2) : workerData
const { path, who, role, acknowledgements, paceMs } = JSON.parse(text)
const { Database } = await import(engine)
const file = openSync(acknowledgements, 'a')
const options = { experimental: ['multiprocess_wal'], timeout: 30_000 }

const random = (limit) => Math.floor(Math.random() * limit)
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

let db = null
let insert = null
let n = 0
let at = path
const threads = []

function open(name = path, cacheSize = 2000) {
  at = name
  db = new Database(name, options)
  db.pragma(`cache_size = ${cacheSize}`)
  return db
}

function prepare() {
  insert = db.prepare('INSERT INTO entry(who, n, i, filler) VALUES (?, ?, ?, ?)')
}

/** A transaction of some rows, acknowledged. */
function commit(rows, size = 300) {
  n++
  const began = performance.now()
  db.exec('BEGIN IMMEDIATE')
  const waited = performance.now() - began
  for (let i = 0; i < rows; i++) insert.run(who, n, i, 'x'.repeat(random(size)))
  db.exec('COMMIT')
  acknowledge(rows, waited)
}

function acknowledge(rows, waited) {
  const time = performance.timeOrigin + performance.now()
  writeSync(file, `${n} ${rows} ${waited.toFixed(1)} ${time.toFixed(1)}\n`)
}

function alone() {
  n++
  const began = performance.now()
  insert.run(who, n, 0, 'x'.repeat(random(700)))
  acknowledge(1, performance.now() - began)
}

/** More than the cache holds; half of it for nothing. */
function big() {
  if (random(2) === 0) {
    commit(60 + random(200), 1500)
    return
  }
  db.exec('BEGIN IMMEDIATE')
  for (let i = 0; i < 100; i++) insert.run(-who, n, i, 'y'.repeat(random(1500)))
  db.exec('ROLLBACK')
}

const checkpointer = (mode) => () => {
  for (let i = random(6); i >= 0; i--) commit(1 + random(5), 3000)
  db.pragma(`wal_checkpoint(${mode})`)
}

/** However much the others have written, it takes no longer. */
function read() {
  db.exec('BEGIN')
  const count = db
    .prepare(
      `SELECT max(id) + (SELECT count(*) FROM entry WHERE id > (SELECT max(id) - 20000 FROM entry))
       FROM entry`,
    )
    .pluck()
  const first = count.get()
  pause(random(60))
  const again = count.get()
  db.exec('COMMIT')
  if (first !== again) throw new Error(`a transaction read ${first}, then ${again}`)
}

function iterate() {
  let seen = 0
  for (const _ of db
    .prepare('SELECT id, filler FROM entry ORDER BY id DESC LIMIT 20000')
    .iterate()) {
    if (++seen % 50 === 0) pause(1)
  }
}

function reopen() {
  if (db !== null) db.close()
  open()
}

/** Joins, writes and leaves again, while others stay. */
function leave() {
  open()
  prepare()
  commit(1)
  db.close()
}

/** Comes alone and leaves alone: the closing copies the log back. */
function leaveLast() {
  open(`${path}-${who}`)
  db.exec('CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, who, n, i, filler)')
  prepare()
  for (let i = random(4); i >= 0; i--) commit(1 + random(20), 2000)
  db.close()
}

/** A file that was not there before. */
function create() {
  const name = `${path}-${who}-${n + 1}`
  writeSync(file, `= ${name}\n`)
  open(name)
  db.exec('CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, who, n, i, filler)')
  prepare()
  commit(1)
  db.close()
}

function changeSchema() {
  n++
  const name = `made_${who}_${n}`
  db.exec('BEGIN IMMEDIATE')
  db.exec(`CREATE TABLE ${name}(a, b)`)
  db.exec(`INSERT INTO ${name}(a, b) VALUES (1, 2), (3, 4)`)
  insert.run(who, n, 0, name)
  db.exec('COMMIT')
  acknowledge(1, 0)
  db.exec(`CREATE INDEX ${name}_a ON ${name}(a)`)
  if (n % 2 === 0) db.exec(`DROP TABLE ${name}`)
}

/** Threads of one process; each has a number of its own. Answers when all are at work. */
async function startThreads() {
  for (let i = 1; i <= 3; i++) {
    const part = JSON.stringify({
      path,
      who: who + i * 1_000_000,
      role: i === 3 ? 'reader' : 'committer',
      acknowledgements: `${acknowledgements}${i}`,
      paceMs,
    })
    const thread = new Worker(new URL(import.meta.url), {
      workerData: [engine, part],
      execArgv: process.execArgv,
    })
    thread.on('error', (error) => {
      throw error
    })
    threads.push(thread)
  }
  await Promise.all(threads.map((thread) => once(thread, 'message')))
}

/** Threads rest and go on with the process. */
async function tellThreads(command) {
  const answers = threads.map((thread) => once(thread, 'message'))
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  for (const thread of threads) thread.postMessage(command)
  await Promise.all(answers)
}

const committer = () => commit(random(4) === 0 ? 1 + random(60) : 1 + random(3))
const roles = {
  autocommit: alone,
  committer,
  big,
  passive: checkpointer('PASSIVE'),
  full: checkpointer('FULL'),
  restart: checkpointer('RESTART'),
  truncate: checkpointer('TRUNCATE'),
  reader: read,
  iterator: iterate,
  opener: reopen,
  creator: create,
  leaver: leave,
  last: leaveLast,
  schema: changeSchema,
  // Somebody else holds the lock when it is told to go.
  waiter: () => commit(1),
  threads: committer,
}

const comesAndGoes = new Set(['opener', 'creator', 'leaver', 'last'])
const act = roles[role]
if (act === undefined) throw new Error(`no role ${role}`)

const commands = []
let wake = () => {}
if (isMainThread) {
  let partial = ''
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    const lines = (partial + chunk).split('\n')
    partial = lines.pop()
    commands.push(...lines.map((line) => JSON.parse(line)))
    wake()
  })
  process.stdin.on('end', () => {
    commands.push({ do: 'stop' })
    wake()
  })
} else {
  parentPort.on('message', (command) => {
    commands.push(command)
    wake()
  })
}
const answer = (value) => {
  if (isMainThread) process.stdout.write(`${JSON.stringify(value)}\n`)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  else parentPort.postMessage(value)
}

if (!comesAndGoes.has(role)) {
  open(path, role === 'big' ? 12 : 2000)
  prepare()
}
if (role === 'threads') await startThreads()
answer({ ready: at })
for (let isPaused = role === 'waiter'; ;) {
  while (commands.length > 0) {
    const command = commands.shift()
    if (command.do === 'stop') {
      if (db?.open) db.close()
      process.exit(0)
    }
    isPaused = command.do === 'pause'
    await tellThreads(command)
    answer({ paused: isPaused })
  }
  if (isPaused) {
    await new Promise((resolve) => (wake = resolve))
    continue
  }
  act()
  await new Promise((resolve) => {
    if (paceMs === 0) return setImmediate(resolve)
    // Now and then it sleeps through checkpoints and restarts of the log.
    wake = resolve
    setTimeout(resolve, random(25) === 0 ? random(800) : random(paceMs))
  })
}
