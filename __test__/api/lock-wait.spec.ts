/**
 * Connections of the asynchronous face that wait for each other's locks in one thread. Who holds one goes on only when the event loop has its
 * turn, so whoever waits must not stop it: that both finish at all shows that nobody did.
 */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Builder, Database, LocalConnection } from '../../packages/engine/src/index.ts'
import { writersHere } from '../../packages/engine/src/coordination/index.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { Thread } from '../support/threads.ts'

/** Longer than anything here takes; who waited for it in vain would fail with SQLITE_BUSY. */
const patienceMs = 3000
/** Of those who are to wait in vain. */
const shortMs = 150
const isBusy = { code: 'SQLITE_BUSY', message: 'database is locked' }
const isClosed = { instanceOf: TypeError, message: 'The database connection is not open' }
const long =
  'UPDATE t SET a = a + 1 WHERE (SELECT count(*) FROM digit, digit AS x WHERE x.d <= t.id) >= 0'
const modes = { 'one process': false, 'several processes': true }

/** Rows of `t`: an UPDATE of them takes many slices. */
const rowCount = 10_000

const setUp = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT DEFAULT 'some text'); CREATE TABLE u(a); CREATE TABLE two(a);
  CREATE TABLE digit(d); INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  INSERT INTO t(a) SELECT 1 FROM digit, digit AS x, digit AS y, digit AS z;
`

interface Pair {
  readonly a: LocalConnection
  readonly b: LocalConnection
  readonly path: string
}

async function pair(several: boolean, timeoutMs = patienceMs): Promise<Pair> {
  const path = join(temporaryFolder(), 'a.db')
  const builder = Builder.newLocal(path).experimentalMultiprocessWal(several).busyTimeout(timeoutMs)
  const database = await builder.build()
  const [a, b] = [database.connect(), database.connect()]
  await a.executeBatch(setUp)
  return { a, b, path }
}

async function one(connection: LocalConnection, sql: string): Promise<unknown> {
  const rows = await connection.query(sql)
  const row = await rows.next()
  rows.close()
  return row === undefined ? undefined : Object.values(row)[0]
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function isWhole(t: ExecutionContext, { a, b }: Pair): Promise<void> {
  t.is(await one(a, 'PRAGMA integrity_check'), 'ok')
  t.true(a.isAutocommit() && b.isAutocommit())
  a.close()
  b.close()
  t.is(writersHere.count, 0)
}

/** What B does while A is in the middle of a statement that writes. */
const kinds: Record<string, (b: LocalConnection) => Promise<unknown>> = {
  'an INSERT': (b) => b.execute('INSERT INTO u VALUES (?)', [1]),
  'a statement in slices': (b) => b.execute("UPDATE t SET b = 'x'"),
  'BEGIN IMMEDIATE': async (b) => {
    await b.execute('BEGIN IMMEDIATE')
    await b.executeBatch('INSERT INTO u VALUES (1); COMMIT')
  },
  'BEGIN EXCLUSIVE': (b) => b.executeBatch('BEGIN EXCLUSIVE; INSERT INTO u VALUES (1); COMMIT'),
  'the first write of a transaction': async (b) => {
    await b.execute('BEGIN')
    await b.execute('INSERT INTO u VALUES (1)')
    await b.execute('COMMIT')
  },
  'a write behind a savepoint': (b) =>
    b.executeBatch('SAVEPOINT s; INSERT INTO u VALUES (1); RELEASE s'),
  'a text of several statements': (b) =>
    b.executeBatch("INSERT INTO u VALUES (1); UPDATE t SET b = 'y'; DELETE FROM u"),
  'a query that writes': (b) => one(b, 'INSERT INTO u VALUES (1) RETURNING a'),
  'a query that writes in slices': (b) => one(b, 'UPDATE t SET a = a RETURNING id'),
  'a new table': (b) => b.execute('CREATE TABLE w(a)'),
  'a new table from a query': (b) => b.execute('CREATE TABLE w AS SELECT * FROM t'),
  'what IF EXISTS leaves to do': (b) => b.execute('DROP TABLE IF EXISTS two'),
  'a PRAGMA that writes': (b) => b.execute('PRAGMA user_version = 7'),
  'a checkpoint': async (b) => {
    const rows = await b.query('PRAGMA wal_checkpoint(TRUNCATE)')
    const row = await rows.next()
    rows.close()
    if (row?.['busy'] !== 0) throw new Error(`busy: ${JSON.stringify(row)}`)
  },
  'a temporary table beside': (b) =>
    b.executeBatch(
      'CREATE TEMP TABLE x(a); INSERT INTO x VALUES (1); INSERT INTO u SELECT a FROM x',
    ),
}

for (const [mode, several] of Object.entries(modes)) {
  for (const [kind, work] of Object.entries(kinds)) {
    test.serial(`lock wait: ${kind} waits for a statement in slices, ${mode}`, async (t) => {
      const both = await pair(several)
      const update = both.a.execute(long)
      const other = work(both.b)
      // Within the timeout, and the event loop turned.
      await t.notThrowsAsync(other)
      t.is(await update, rowCount)
      t.is(await one(both.a, 'SELECT sum(a) FROM t'), rowCount * 2)
      await isWhole(t, both)
    })
  }

  test.serial(`lock wait: an attached file is waited for, ${mode}`, async (t) => {
    const both = await pair(several)
    const { a, b, path } = both
    for (const connection of [a, b]) await connection.execute(`ATTACH '${path}2' AS other`)
    await a.executeBatch('CREATE TABLE other.v(a); INSERT INTO v SELECT a FROM t')
    const update = a.execute('UPDATE v SET a = a + 1')
    const insert = b.execute('INSERT INTO v VALUES (1)')
    const alone = b.execute('INSERT INTO u VALUES (1)')
    t.deepEqual(await Promise.all([update, insert, alone]), [rowCount, 1, 1])
    await a.execute('BEGIN IMMEDIATE')
    const begin = b.executeBatch('BEGIN IMMEDIATE; INSERT INTO v SELECT * FROM u; COMMIT')
    await tick()
    await a.executeBatch('INSERT INTO u VALUES (2); COMMIT')
    await begin
    t.is(await one(b, 'SELECT count(*) FROM v'), rowCount + 3)
    await isWhole(t, both)
  })

  test.serial(
    `lock wait: a transaction that its application holds is waited for, ${mode}`,
    async (t) => {
      const both = await pair(several)
      const { a, b } = both
      const done: unknown[] = []
      await a.execute('BEGIN IMMEDIATE')
      const calls = [
        b.execute('INSERT INTO u VALUES (1)').then((n) => done.push(n)),
        b
          .execute('INSERT INTO nowhere VALUES (1)')
          .catch((error: Error) => done.push(error.message)),
        b.executeBatch('UPDATE u SET a = a * 2').then(() => done.push('batch')),
        one(b, 'SELECT sum(a) FROM u').then((n) => done.push(n)),
      ]
      for (let i = 0; i < 20; i++) await tick()
      t.deepEqual(done, [])
      await a.execute('INSERT INTO u VALUES (10)')
      await a.execute('COMMIT')
      await Promise.all(calls)
      t.deepEqual(done, [1, 'no such table: nowhere', 'batch', 22])
      await isWhole(t, both)
    },
  )

  test.serial(`lock wait: when the time is up the answer is SQLITE_BUSY, ${mode}`, async (t) => {
    const both = await pair(several, shortMs)
    const { a, b } = both
    await a.execute('BEGIN IMMEDIATE')
    let turns = 0
    const counting = setInterval(() => turns++, 5)
    await t.throwsAsync(b.execute('INSERT INTO u VALUES (1)'), isBusy)
    await t.throwsAsync(b.execute('BEGIN IMMEDIATE'), isBusy)
    await t.throwsAsync(b.executeBatch('BEGIN; INSERT INTO u VALUES (1); COMMIT'), isBusy)
    t.false(b.isAutocommit())
    await b.execute('ROLLBACK')
    const rows = await b.query('INSERT INTO u VALUES (1) RETURNING a')
    await t.throwsAsync(rows.next(), isBusy)
    t.is(await rows.next(), undefined)
    t.is(await one(b, 'PRAGMA wal_checkpoint(RESTART)'), 1)
    t.true(turns > 5, `${turns} turns`)
    // Nobody waits at all.
    await b.execute('PRAGMA busy_timeout = 0')
    turns = 0
    await t.throwsAsync(b.execute('INSERT INTO u VALUES (1)'), isBusy)
    await t.throwsAsync(b.execute('BEGIN EXCLUSIVE'), isBusy)
    t.is(turns, 0)
    clearInterval(counting)
    await a.execute('COMMIT')
    t.is(await b.execute('INSERT INTO u VALUES (1)'), 1)
    t.is(await one(b, 'SELECT count(*) FROM u'), 1)
    await b.executeBatch('PRAGMA busy_timeout = 100')
    await isWhole(t, both)
  })

  test.serial(`lock wait: who has read does not wait, ${mode}`, async (t) => {
    const both = await pair(several, 60_000)
    const { a, b } = both
    await b.execute('BEGIN')
    t.is(await one(b, 'SELECT count(*) FROM u'), 0)
    const update = a.execute(long)
    await t.throwsAsync(b.execute('INSERT INTO u VALUES (1)'), isBusy)
    await t.throwsAsync(b.execute('BEGIN IMMEDIATE'), isBusy)
    t.is(await update, rowCount)
    await t.throwsAsync(b.execute('INSERT INTO u VALUES (1)'), { code: 'SQLITE_BUSY_SNAPSHOT' })
    await b.execute('ROLLBACK')
    await isWhole(t, both)
  })

  test.serial(
    `lock wait: what a function is refused is not asked for again, ${mode}`,
    async (t) => {
      const both = await pair(several, patienceMs)
      const { a, path } = both
      const options = { timeout: shortMs, experimental: several ? ['multiprocess_wal'] : [] }
      const database = new Database(path, options)
      const connection = new LocalConnection(database)
      const beside = new Database(path, { ...options, timeout: 0 })
      let calls = 0
      database.function('elsewhere', () => {
        calls++
        beside.exec('INSERT INTO u VALUES (1)')
      })
      database.function('here', { reentrant: true }, () => {
        calls++
        database.exec('INSERT INTO u VALUES (1)')
      })
      await a.execute('BEGIN IMMEDIATE')
      for (const name of ['elsewhere', 'here']) {
        for (const sql of [`SELECT ${name}()`, `SELECT ${name}() FROM t`]) {
          calls = 0
          await t.throwsAsync(connection.execute(sql), { code: 'SQLITE_BUSY' })
          await t.throwsAsync((await connection.query(sql)).next(), { code: 'SQLITE_BUSY' })
          t.is(calls, 2, sql)
        }
      }
      // Nor are parameters asked for again.
      calls = 0
      const parameters = {
        get x() {
          calls++
          return 1
        },
      }
      const insert = connection.execute('INSERT INTO u VALUES ($x)', parameters)
      await tick()
      await a.execute('COMMIT')
      t.is(await insert, 1)
      t.is(calls, 1)
      connection.close()
      beside.close()
      await isWhole(t, both)
    },
  )

  test.serial(
    `lock wait: a connection that is closed while calls wait rejects them, ${mode}`,
    async (t) => {
      const { a, b, path } = await pair(several, 60_000)
      await a.execute('BEGIN IMMEDIATE')
      const waiting = [
        b.execute('INSERT INTO u VALUES (1)'),
        b.execute('SELECT 1'),
        b.query('SELECT 1'),
        b.executeBatch('SELECT 1'),
      ]
      await tick()
      b.close()
      for (const call of waiting) await t.throwsAsync<Error>(call, isClosed)
      const database = await Builder.newLocal(path)
        .experimentalMultiprocessWal(several)
        .busyTimeout(60_000)
        .build()
      for (const sql of ['BEGIN IMMEDIATE', "UPDATE t SET b = 'x'", 'PRAGMA user_version = 1']) {
        const c = database.connect()
        const call = c.execute(sql)
        await tick()
        c.close()
        await t.throwsAsync<Error>(call, isClosed, sql)
      }
      const c = database.connect()
      const rows = await c.query('DELETE FROM t RETURNING id')
      const next = rows.next()
      await tick()
      c.close()
      await t.throwsAsync<Error>(next, isClosed)
      rows.close()
      await a.execute('COMMIT')
      t.is(await one(a, 'SELECT count(*) FROM u'), 0)
      a.close()
    },
  )

  test.serial(`lock wait: rows may be closed while the first is waited for, ${mode}`, async (t) => {
    const both = await pair(several)
    const { a, b } = both
    await a.execute('BEGIN IMMEDIATE')
    const rows = await b.query('INSERT INTO u VALUES (1) RETURNING a')
    const next = rows.next()
    await tick()
    rows.close()
    t.is(await next, undefined)
    await a.execute('COMMIT')
    t.is(await b.execute('INSERT INTO u VALUES (2)'), 1)
    t.is(await one(b, 'SELECT sum(a) FROM u'), 2)
    await isWhole(t, both)
  })

  test.serial(`lock wait: a writer of another thread is waited for, ${mode}`, async (t) => {
    const both = await pair(several)
    const { a, b, path } = both
    const thread = new Thread()
    await thread.ask({ open: path, options: { experimental: several ? ['multiprocess_wal'] : [] } })
    await thread.ask({ exec: 'BEGIN IMMEDIATE; UPDATE u SET a = 1; INSERT INTO u VALUES (1)' })
    const calls = Promise.all([
      a.execute('INSERT INTO u VALUES (2)'),
      b.executeBatch("UPDATE t SET b = 'x'; BEGIN EXCLUSIVE; INSERT INTO u VALUES (3); COMMIT"),
    ])
    let turns = 0
    while (turns < 50) {
      await tick()
      turns++
    }
    t.deepEqual(await thread.ask({ exec: 'COMMIT' }), { ok: null })
    await calls
    t.is(await one(a, 'SELECT sum(a) FROM u'), 6)
    await thread.ask({ close: true })
    await thread.terminate()
    await isWhole(t, both)
  })

  test.serial(`lock wait: a reader slot is waited for, ${mode}`, async (t) => {
    const both = await pair(several)
    const { a, b, path } = both
    const options = { experimental: several ? ['multiprocess_wal'] : [] }
    const count = 'SELECT count(*) FROM u'
    const idle = Array.from({ length: 70 }, () => new Database(path, { ...options, timeout: 0 }))
    const readers: typeof idle = []
    // Each pins a state of its own, until no slot is left.
    for (let isFull = false; !isFull;) {
      await a.execute('INSERT INTO u VALUES (1)')
      const reader = idle.pop()!
      reader.exec('BEGIN')
      try {
        reader.prepare(count).get()
        readers.push(reader)
      } catch (error) {
        t.like(error, isBusy)
        isFull = true
        reader.close()
      }
    }
    for (const work of [
      () => one(b, count),
      () => b.execute('SELECT * FROM t ORDER BY b'),
      () => b.executeBatch('BEGIN; SELECT * FROM u; COMMIT; INSERT INTO u VALUES (1)'),
      () => one(b, 'PRAGMA page_count'),
    ]) {
      let isDone = false
      const call = work().then(() => (isDone = true))
      for (let i = 0; i < 10; i++) await tick()
      t.false(isDone)
      const reader = readers.shift()!
      reader.exec('ROLLBACK')
      await call
      reader.exec('BEGIN')
      reader.prepare(count).get()
      readers.push(reader)
      // Nobody pins what there is then.
      await a.execute('INSERT INTO u VALUES (1)')
    }
    for (const reader of [...readers, ...idle]) reader.close()
    await isWhole(t, both)
  })

  test.serial(
    `lock wait: a connection opens and closes beside a statement in slices, ${mode}`,
    async (t) => {
      const { a, b, path } = await pair(several, 60_000)
      b.close()
      const update = a.execute(long)
      const builder = Builder.newLocal(path).experimentalMultiprocessWal(several)
      const database = await builder.build()
      const c = database.connect()
      const d = database.connect()
      t.is(await one(c, 'SELECT sum(a) FROM t'), rowCount)
      c.close()
      t.is(await update, rowCount)
      t.is(await one(d, 'SELECT sum(a) FROM t'), 2 * rowCount)
      d.close()
      a.close()
    },
  )
}
