/**
 * What else a process does with files and processes while it has a database open: reads and copies the files, opens
 * and closes them, forks. Locks live on descriptors that nobody else has, so nothing of it matters.
 *
 * Where locks are classic (macOS; here by `CHORUSDB_LOCKS=classic`) closing any descriptor of a file drops this
 * process's locks on it. There the next write takes them again, or says that somebody else has them; it never
 * writes over what he has written.
 */
import test from 'ava'
import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import type { EventEmitter } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Database } from '../../packages/engine/src/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { engine } from '../support/built.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const several = { experimental: ['multiprocess_wal'], timeout: 300 }
const modes = [
  { mode: 'one process', options: { timeout: 300 } },
  { mode: 'several processes', options: several },
]
const newPath = (): string => join(temporaryFolder(), 'a.db')
const isClassic = process.platform !== 'linux' || process.env['CHORUSDB_LOCKS'] === 'classic'
const testDescriptors = isClassic ? test.serial.skip : test.serial

interface Answer {
  ok?: unknown
  code?: string
  message?: string
}

async function ask(worker: Worker, message: unknown): Promise<Answer> {
  worker.tell(message)
  return (await worker.next()) as Answer
}

/** Everything that is there of a database, read, copied, opened and closed. */
function handle(path: string): void {
  for (const suffix of ['', '-wal', '-tshm', '-shm']) {
    const file = path + suffix
    if (!existsSync(file)) continue
    readFileSync(file)
    copyFile(file, `${file}.copy`)
    for (const flags of ['r', 'r+', 'a']) closeSync(openSync(file, flags))
  }
}

for (const { mode, options } of modes) {
  testDescriptors(
    `descriptors: ${mode}: a writer stays the writer whatever is done with its files`,
    async (t) => {
      const path = newPath()
      const db = new Database(path, options)
      db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
      const other = new Worker('session', [])
      const opened = await ask(other, { open: path, options })
      t.is(opened.code, mode === 'one process' ? 'SQLITE_BUSY' : undefined)
      db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)')
      handle(path)
      if (mode === 'one process')
        t.is(
          (await ask(other, { open: path, options })).message,
          `Failed locking file '${path}'. File is locked by another process`,
        )
      else t.is((await ask(other, { run: 'INSERT INTO t VALUES (3)' })).code, 'SQLITE_BUSY')
      db.exec('COMMIT')
      handle(path)
      if (mode === 'one process')
        t.is((await ask(other, { open: path, options })).code, 'SQLITE_BUSY')
      else t.is((await ask(other, { open: path })).code, 'SQLITE_BUSY', 'the lifetime byte is held')
      t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 3)
      await other.stop()
      db.close()
    },
  )

  testDescriptors(
    `descriptors: ${mode}: a reader keeps its state whatever is done with its files`,
    async (t) => {
      if (mode === 'one process') return t.pass()
      const path = newPath()
      const db = new Database(path, options)
      db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
      const other = new Worker('session', [])
      await ask(other, { open: path, options })
      db.exec('BEGIN')
      const count = db.prepare('SELECT count(*) FROM t').pluck()
      t.is(count.get(), 1)
      handle(path)
      await ask(other, { run: 'INSERT INTO t VALUES (2)' })
      const { ok } = await ask(other, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' })
      t.is((ok as number[][])[0]![0], 1, 'the reader is respected')
      t.is(count.get(), 1)
      db.exec('COMMIT')
      t.is(count.get(), 2)
      await other.stop()
      db.close()
      return undefined
    },
  )

  test.serial(`descriptors: ${mode}: a copy of the files is a database`, (t) => {
    const path = newPath()
    const db = new Database(path, options)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    handle(path)
    db.exec('INSERT INTO t VALUES (2)')
    const copy = join(temporaryFolder(), 'b.db')
    copyFile(`${path}.copy`, copy)
    copyFile(`${path}-wal.copy`, `${copy}-wal`)
    const other = new Database(copy, options)
    t.is(other.prepare('SELECT sum(a) FROM t').pluck().get(), 1)
    other.close()
    t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 3)
    db.close()
  })
}

// ── Children ─────────────────────────────────────────────────────────────────────────────────────

const script = fileURLToPath(new URL('workers/forked.mjs', import.meta.url))
const message = (child: EventEmitter): Promise<unknown> =>
  new Promise((resolve) => child.once('message', resolve))

test.serial(
  'descriptors: children of fork() and of the cluster share the database, and inherit nothing',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const options = { ...several, timeout: 5000 }
    const db = new Database(path, options)
    db.exec('CREATE TABLE t(a)')
    const args = [engine, path, JSON.stringify(options)]
    cluster.setupPrimary({ exec: script, args })
    db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)')
    const children = [fork(script, args), cluster.fork(), cluster.fork()]
    t.deepEqual(await Promise.all(children.map(message)), ['open', 'open', 'open'])
    db.exec('COMMIT')
    for (let i = 0; i < 9; i++) {
      const child = children[i % 3]!
      const answer = message(child)
      child.send('add')
      t.is(await answer, i + 2)
    }
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of children) child.disconnect()
    t.deepEqual(await Promise.all(ended), [0, 0, 0])
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 10)
    db.close()
  },
)

test.serial('descriptors: a child that outlives the database holds nothing of it', async (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  const child = new Worker('session', [])
  t.deepEqual(await ask(child, {}), { ok: null })
  if (process.platform === 'linux') {
    const folder = `/proc/${child.child.pid}/fd`
    const open = readdirSync(folder).map((name) => readlinkSync(join(folder, name)))
    t.deepEqual(
      open.filter((name) => name.startsWith(path)),
      [],
    )
  }
  db.close()
  const other = new Worker('session', [])
  t.deepEqual(await ask(other, { open: path }), { ok: null })
  await other.stop()
  await child.stop()
})

// ── Classic locks ────────────────────────────────────────────────────────────────────────────────

const classic = { CHORUSDB_LOCKS: 'classic' }
const startClassic = (): Worker => new Worker('session', [], engine, classic)
const files = (path: string): string[] => [path, `${path}-wal`, `${path}-tshm`]
const lostLocks =
  /^locking protocol \(the locks on '.*' were lost, and somebody else has taken them/

test.serial('descriptors: classic: locks that nobody took meanwhile are taken again', async (t) => {
  const path = newPath()
  const [one, two] = [startClassic(), startClassic()]
  await Promise.all([one, two].map((worker) => ask(worker, { open: path, options: several })))
  await ask(one, { exec: 'CREATE TABLE t(a)' })
  await ask(one, { exec: 'BEGIN IMMEDIATE; INSERT INTO t VALUES (1)' })
  t.deepEqual(await ask(one, { touch: files(path) }), { ok: null })
  t.deepEqual(await ask(one, { exec: 'COMMIT' }), { ok: null })
  await ask(one, { touch: files(path) })
  t.deepEqual(await ask(one, { exec: 'BEGIN IMMEDIATE' }), { ok: null })
  t.is((await ask(two, { exec: 'INSERT INTO t VALUES (2)' })).code, 'SQLITE_BUSY')
  await ask(one, { exec: 'COMMIT' })
  t.deepEqual(await ask(two, { all: 'SELECT a FROM t' }), { ok: [[1]] })
  await one.stop()
  await two.stop()
})

test.serial(
  'descriptors: classic: a writer that lost its lock to another does not commit over it',
  async (t) => {
    const path = newPath()
    for (const isOver of [false, true]) {
      const [one, two] = [startClassic(), startClassic()]
      await Promise.all([one, two].map((worker) => ask(worker, { open: path, options: several })))
      await ask(one, { exec: 'CREATE TABLE IF NOT EXISTS t(a); DELETE FROM t' })
      await ask(one, { exec: 'BEGIN IMMEDIATE; INSERT INTO t VALUES (1)' })
      await ask(one, { touch: files(path) })
      t.deepEqual(await ask(two, { exec: 'BEGIN IMMEDIATE; INSERT INTO t VALUES (2)' }), {
        ok: null,
      })
      if (isOver) t.deepEqual(await ask(two, { exec: 'COMMIT' }), { ok: null })
      const answer = await ask(one, { exec: 'COMMIT' })
      t.is(answer.code, 'SQLITE_PROTOCOL')
      t.regex(answer.message!, lostLocks)
      await ask(one, { exec: 'ROLLBACK' })
      if (!isOver) t.deepEqual(await ask(two, { exec: 'COMMIT' }), { ok: null })
      t.deepEqual(await ask(two, { all: 'SELECT a FROM t' }), { ok: [[2]] })
      t.deepEqual(await ask(two, { all: 'PRAGMA integrity_check' }), { ok: [['ok']] })
      await one.stop()
      await two.stop()
    }
  },
)

test.serial(
  'descriptors: classic: a reader that lost its slot is told so before it reads of another state',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const options = { ...several, timeout: 3000 }
    const [one, two] = [startClassic(), startClassic()]
    await Promise.all([one, two].map((worker) => ask(worker, { open: path, options })))
    await ask(one, { exec: 'CREATE TABLE t(a, b)' })
    await ask(one, { exec: "INSERT INTO t VALUES (1, printf('%3000c', 'x'))" })
    for (let i = 0; i < 8; i++) await ask(one, { exec: 'INSERT INTO t SELECT a, b FROM t' })
    // With an empty cache, so that what it reads later comes from the files.
    await ask(one, { close: true })
    await ask(one, { open: path, options })
    await ask(one, { exec: 'BEGIN' })
    t.deepEqual(await ask(one, { all: 'SELECT count(*) FROM sqlite_schema' }), { ok: [[1]] })
    await ask(one, { touch: files(path) })
    t.deepEqual(await ask(two, { exec: 'UPDATE t SET a = 2' }), { ok: null })
    t.deepEqual(await ask(two, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' }), { ok: [[0, 0, 0]] })
    t.is((await ask(one, { all: 'SELECT count(*), sum(a) FROM t' })).code, 'SQLITE_BUSY_SNAPSHOT')
    await ask(one, { exec: 'ROLLBACK' })
    t.deepEqual(await ask(one, { all: 'SELECT count(*), sum(a) FROM t' }), { ok: [[256, 512]] })
    await one.stop()
    await two.stop()
  },
)

test.serial(
  'descriptors: classic: an owner that lost the database to another does not write over it',
  async (t) => {
    for (const isOver of [false, true]) {
      const path = newPath()
      const [one, two] = [startClassic(), startClassic()]
      await ask(one, { open: path })
      await ask(one, { exec: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)' })
      await ask(one, { touch: [path] })
      t.is((await ask(two, { open: path })).code, 'SQLITE_BUSY', 'the lock on the log still stands')
      await ask(one, { touch: [path, `${path}-wal`] })
      t.deepEqual(await ask(two, { open: path }), { ok: null })
      t.deepEqual(await ask(two, { exec: 'INSERT INTO t VALUES (2)' }), { ok: null })
      if (isOver) await ask(two, { close: true })
      const answer = await ask(one, { exec: 'INSERT INTO t VALUES (4)' })
      t.is(answer.code, isOver ? 'SQLITE_IOERR' : 'SQLITE_PROTOCOL', answer.message)
      t.regex(answer.message!, isOver ? /was deleted or replaced/ : lostLocks)
      await one.kill()
      if (!isOver) t.deepEqual(await ask(two, { all: 'SELECT a FROM t' }), { ok: [[1], [2]] })
      await two.stop()
      const db = new Database(path)
      t.deepEqual(db.prepare('SELECT a FROM t').pluck().all(), [1, 2])
      t.is(db.pragma('integrity_check', { simple: true }), 'ok')
      db.close()
    }
  },
)
