/** Two processes on one file: what one commits the other sees, prepared statements follow, modes conflict. */
import test from 'ava'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const multiprocess = { experimental: ['multiprocess_wal'] }

interface Answer {
  ok?: unknown
  code?: string
  message?: string
}

async function ask(worker: Worker, message: unknown): Promise<Answer> {
  worker.tell(message)
  return (await worker.next()) as Answer
}

test.serial(
  'sharing: a commit of one process is read by the next statement of the other',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, multiprocess)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const other = new Worker('session', [])
    t.deepEqual(await ask(other, { open: path, options: multiprocess }), { ok: null })
    t.deepEqual(await ask(other, { all: 'SELECT a FROM t' }), { ok: [[1]] })
    const rows = db.prepare('SELECT a FROM t ORDER BY a').pluck()
    for (let i = 2; i < 30; i++) {
      await ask(other, { run: 'INSERT INTO t VALUES (?)', params: [i] })
      t.is(rows.all().length, i)
      t.is(rows.all().at(-1), i)
    }
    db.exec('DELETE FROM t')
    t.deepEqual(await ask(other, { all: 'SELECT a FROM t' }), { ok: [] })
    await other.stop()
    db.close()
  },
)

test.serial(
  'sharing: a schema change of one process reaches the prepared statements of the other',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, multiprocess)
    db.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)')
    const all = db.prepare('SELECT * FROM t')
    t.deepEqual(all.all(), [{ a: 1, b: 2 }])
    const other = new Worker('session', [])
    await ask(other, { open: path, options: multiprocess })
    t.deepEqual(
      await ask(other, { exec: 'DROP TABLE t; CREATE TABLE t(c); INSERT INTO t VALUES (3)' }),
      { ok: null },
    )
    t.deepEqual(all.all(), [{ c: 3 }])
    await ask(other, { exec: 'DROP TABLE t' })
    const error = t.throws(() => all.all())
    t.is(error?.message, 'no such table: t')
    await other.stop()
    db.close()
  },
)

test.serial('sharing: a transaction reads one state while another process commits', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const other = new Worker('session', [])
  await ask(other, { open: path, options: multiprocess })
  const count = db.prepare('SELECT count(*) FROM t').pluck()
  db.exec('BEGIN')
  t.is(count.get(), 1)
  await ask(other, { run: 'INSERT INTO t VALUES (2)' })
  await ask(other, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' })
  t.is(count.get(), 1)
  const error = t.throws(() => db.exec('INSERT INTO t VALUES (3)'))
  t.is((error as { code?: string }).code, 'SQLITE_BUSY_SNAPSHOT')
  t.regex(error!.message, /^database is locked/)
  db.exec('ROLLBACK')
  t.is(count.get(), 2)
  await other.stop()
  db.close()
})

test.serial(
  'sharing: while one process writes the other is busy for its timeout, and reads on',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, { ...multiprocess, timeout: 200 })
    db.exec('CREATE TABLE t(a)')
    const other = new Worker('session', [])
    await ask(other, { open: path, options: multiprocess })
    await ask(other, { exec: 'BEGIN IMMEDIATE; INSERT INTO t VALUES (1)' })
    const began = performance.now()
    const error = t.throws(() => db.exec('INSERT INTO t VALUES (2)'))
    t.is((error as { code?: string }).code, 'SQLITE_BUSY')
    t.is(error?.message, 'database is locked')
    t.true(performance.now() - began >= 195)
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 0)
    await ask(other, { exec: 'COMMIT' })
    db.exec('INSERT INTO t VALUES (2)')
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 2)
    await other.stop()
    db.close()
  },
)

test.serial(
  'sharing: a transaction that has read does not wait for a writer, as in SQLite',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, { ...multiprocess, timeout: 30_000 })
    db.exec('CREATE TABLE t(a)')
    const other = new Worker('session', [])
    await ask(other, { open: path, options: multiprocess })
    db.exec('BEGIN')
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 0)
    await ask(other, { exec: 'BEGIN IMMEDIATE' })
    const began = performance.now()
    const error = t.throws(() => db.exec('INSERT INTO t VALUES (1)'))
    t.is((error as { code?: string }).code, 'SQLITE_BUSY')
    t.true(performance.now() - began < 15_000)
    await ask(other, { exec: 'ROLLBACK' })
    db.exec('INSERT INTO t VALUES (1); COMMIT')
    await other.stop()
    db.close()
  },
)

test.serial('sharing: a transaction that spills goes on in the log that it has restarted', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, filler TEXT)')
  const insert = db.prepare('INSERT INTO t(filler) VALUES (?)')
  db.transaction(() => {
    for (let i = 0; i < 300; i++) insert.run('x'.repeat(2000))
  })()
  db.pragma('cache_size = 10')
  for (let round = 1; round <= 3; round++) {
    // All is copied back, so the first frame that is spilled begins a new log.
    t.is(db.pragma('wal_checkpoint', { simple: true }), 0)
    db.exec('BEGIN IMMEDIATE')
    db.prepare('UPDATE t SET filler = filler || ?').run('yy')
    t.is(db.prepare('SELECT min(length(filler)) FROM t').pluck().get(), 2000 + 2 * round)
    db.exec('COMMIT')
  }
  t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  db.close()
})

test.serial('modes: both conflicts carry the exact texts, and end with their cause', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const other = new Worker('session', [])
  await ask(other, { open: path, options: multiprocess })
  const single = t.throws(() => new Database(path))
  t.is(
    single?.message,
    `Failed opening database '${path}'. Database is already open with experimental multiprocess WAL in another process`,
  )
  t.is((single as { code?: string }).code, 'SQLITE_BUSY')
  await ask(other, { close: true })
  const db = new Database(path)
  const shared = await ask(other, { open: path, options: multiprocess })
  t.is(
    shared.message,
    `Failed opening database '${path}'. Database is already open without experimental multiprocess WAL in another process`,
  )
  const twice = await ask(other, { open: path })
  t.is(twice.message, `Failed locking file '${path}'. File is locked by another process`)
  db.close()
  t.deepEqual(await ask(other, { open: path, options: multiprocess }), { ok: null })
  await other.stop()
})

test.serial('modes: memory is refused with the flag, and opens without it', (t) => {
  const error = t.throws(() => new Database(':memory:', multiprocess))
  t.is(
    error?.message,
    `experimental multiprocess WAL is not supported for in-memory database path ':memory:'`,
  )
  t.true(new Database(':memory:').memory)
})

test.serial('modes: the flag can stand in the name', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(`${path}?experimental=multiprocess_wal`)
  db.exec('CREATE TABLE t(a)')
  t.true(existsSync(`${path}-tshm`))
  t.throws(() => new Database(path), { message: /with experimental multiprocess WAL/ })
  const second = new Database(`file:${path}`, multiprocess)
  t.is(second.prepare('SELECT count(*) FROM t').pluck().get(), 0)
  second.close()
  db.close()
})

test.serial('opening: eight processes that open one new file at once all get it', async (t) => {
  t.timeout(120_000)
  const path = join(temporaryFolder(), 'new.db')
  const others = Array.from({ length: 8 }, () => new Worker('session', []))
  const opened = await Promise.all(
    others.map((other) => ask(other, { open: path, options: multiprocess })),
  )
  for (const answer of opened) t.deepEqual(answer, { ok: null })
  const created = await Promise.all(
    others.map((other) => ask(other, { exec: 'CREATE TABLE IF NOT EXISTS t(a)' })),
  )
  for (const answer of created) t.deepEqual(answer, { ok: null })
  await Promise.all(
    others.map((other, i) => ask(other, { run: 'INSERT INTO t VALUES (?)', params: [i] })),
  )
  t.deepEqual(await ask(others[0]!, { all: 'SELECT count(*), sum(a) FROM t' }), { ok: [[8, 28]] })
  await Promise.all(others.map((other) => other.stop()))
})
