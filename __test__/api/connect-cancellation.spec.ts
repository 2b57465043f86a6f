/** Calls of `connect()` that are stopped: in the line, while they wait for a lock, between two slices; and what is left of them, which is nothing. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  connect,
  Database,
  SqliteError,
  status,
  type AsyncDatabase,
  type ConnectOptions,
} from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Open = (options?: ConnectOptions) => Promise<AsyncDatabase>

const rowCount = 20_000

async function filled(db: Promise<AsyncDatabase>): Promise<AsyncDatabase> {
  const opened = await db
  await opened.exec(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT); CREATE TABLE u(a);
    INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowCount}) SELECT 1, 'x' FROM n`)
  return opened
}

const places: Record<string, Open> = {
  'in memory': (options) => filled(connect(':memory:', options)),
  'a file': (options) => filled(connect(join(temporaryFolder(), 'a.db'), options)),
}

function everywhere(name: string, body: (t: ExecutionContext, open: Open) => Promise<void>): void {
  for (const [place, open] of Object.entries(places)) {
    test(`connect cancellation: ${name} (${place})`, (t) => body(t, open))
  }
}

/** They go on until they are stopped. */
const endless = {
  read: 'SELECT count(*) FROM t AS x, t AS y WHERE x.a + y.a < 0',
  sort: 'SELECT x.id FROM t AS x, t AS y ORDER BY x.b || y.id LIMIT 5 OFFSET 100000000',
  update: 'UPDATE t SET a = a + 1 WHERE (SELECT count(*) FROM t AS z WHERE z.a >= t.id) >= 0',
  insert: 'INSERT INTO t(a) SELECT x.a FROM t AS x, t AS y',
  delete: 'DELETE FROM t WHERE (SELECT count(*) FROM t AS z WHERE z.id >= t.id) >= 0',
  index: 'CREATE INDEX t_b ON t(b, (SELECT 1))',
}

async function isWhole(t: ExecutionContext, db: AsyncDatabase): Promise<void> {
  t.deepEqual(await db.get('SELECT count(*) AS n, sum(a) AS a, sum(id) AS id FROM t'), {
    n: rowCount,
    a: rowCount,
    id: (rowCount * (rowCount + 1)) / 2,
  })
  t.is(await db.pragma('integrity_check', { simple: true }), 'ok')
}

const isInterrupted = (t: ExecutionContext, error: unknown): void => {
  t.true(error instanceof SqliteError)
  t.deepEqual(
    [(error as SqliteError).code, (error as Error).message],
    ['SQLITE_INTERRUPT', 'interrupted'],
  )
}

everywhere('between two slices, by a signal, a time and interrupt()', async (t, open) => {
  const db = await open()
  const { read, sort, update, insert, delete: remove } = endless
  for (const sql of [read, sort, update, insert, remove]) {
    const reason = new Error('enough')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 10)
    t.is(await t.throwsAsync(db.run(sql, { signal: controller.signal })), reason, sql)
    await isWhole(t, db)
  }
  isInterrupted(t, await t.throwsAsync(db.all(read, { queryTimeout: 10 })))
  isInterrupted(t, await t.throwsAsync(db.exec(`DELETE FROM u; ${update}`, { timeout: 10 })))
  const statement = await db.prepare(insert)
  for (const stop of [() => db.interrupt(), () => statement.interrupt()]) {
    setTimeout(stop, 10)
    isInterrupted(t, await t.throwsAsync(statement.run()))
  }
  await isWhole(t, db)
  await db.close()
})

everywhere('in the middle of a check of the whole file', async (t, open) => {
  const db = await open()
  await db.exec('CREATE INDEX t_b ON t(b, a)')
  for (const check of ['integrity_check', 'quick_check']) {
    setTimeout(() => db.interrupt(), 2)
    const [error] = await Promise.all([
      t.throwsAsync(db.pragma(check)),
      db.run('INSERT INTO u VALUES (1)').catch(() => {}),
    ])
    isInterrupted(t, error)
    await db.transactionAsync(async (tx) => {
      await tx.run('INSERT INTO u VALUES (2)')
      isInterrupted(t, await t.throwsAsync(tx.pragma(check, { queryTimeout: 2 })))
      t.is(await tx.pragma(`${check}(3)`, { simple: true }), 'ok')
    })()
  }
  t.deepEqual(await db.get('SELECT count(*) AS n FROM u WHERE a = 2'), { n: 2 })
  await isWhole(t, db)
  await db.close()
})

everywhere('in a transaction, which goes on', async (t, open) => {
  const db = await open()
  await db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO u VALUES (1)')
    for (const sql of [endless.update, endless.insert, endless.read]) {
      isInterrupted(t, await t.throwsAsync(tx.run(sql, { queryTimeout: 10 })))
    }
    const loop = async (): Promise<void> => {
      for await (const _ of tx.iterate(endless.sort, { queryTimeout: 10 })) t.fail()
    }
    isInterrupted(t, await t.throwsAsync(loop()))
    await tx.run('INSERT INTO u VALUES (2)')
  })()
  t.deepEqual(await db.all('SELECT a FROM u'), [{ a: 1 }, { a: 2 }])
  await isWhole(t, db)
  await db.close()
})

everywhere('before it begins, and after it has ended', async (t, open) => {
  const db = await open()
  const controller = new AbortController()
  const { signal } = controller
  const rows = db.iterate('SELECT id FROM t', { signal })
  t.deepEqual(await rows.next(), { value: { id: 1 }, done: false })
  // In the last moment it is too late.
  const insert = db.run('INSERT INTO u VALUES (1)', { signal }).finally(() => controller.abort())
  t.is((await insert).changes, 1)
  const calls: (() => Promise<unknown>)[] = [
    () => db.run('INSERT INTO u VALUES (2)', { signal }),
    () => db.get('SELECT 1', { signal }),
    () => db.all('SELECT ? AS a', 5, { signal }),
    () => db.exec('INSERT INTO u VALUES (2)', { signal }),
    () => db.batch(['INSERT INTO u VALUES (2)'], { signal, mode: 'write' }),
    () => db.pragma('user_version', { signal }),
    () => db.prepare('SELECT 1', { signal }),
    () => db.iterate('SELECT 1', { signal }).next(),
    () => rows.next(),
    () => db.transactionAsync(async (tx) => tx.run('INSERT INTO u VALUES (2)'), { signal })(),
  ]
  for (const call of calls) t.is(await t.throwsAsync(call(), { any: true } as never), signal.reason)
  t.deepEqual(await rows.next(), { value: undefined, done: true })
  t.deepEqual(await db.all('SELECT a FROM u'), [{ a: 1 }])
  await t.throwsAsync(db.run('SELECT 1', { signal: 5 as never }), { instanceOf: TypeError })
  await t.throwsAsync(db.run('SELECT 1', { queryTimeout: '5' as never }), { instanceOf: TypeError })
  // Named parameters of such names are parameters.
  t.deepEqual(await db.get('SELECT :timeout AS a', { timeout: 5 }), { a: 5 })
  t.deepEqual(await db.get('SELECT :timeout AS a', { timeout: 5 }, { timeout: 1000 }), { a: 5 })
  await db.close()
})

everywhere('in the line, without moving the others', async (t, open) => {
  const db = await open()
  const controller = new AbortController()
  const done: number[] = []
  const long = db.run('UPDATE t SET b = a || b')
  const calls = Array.from({ length: 50 }, (_, i) => {
    const options =
      i % 3 === 0 ? { signal: controller.signal } : i % 3 === 1 ? { queryTimeout: 60_000 } : {}
    const call = db.run('INSERT INTO u VALUES (?)', i, ...(i % 3 === 2 ? [] : [options]))
    return call.then(
      () => void done.push(i),
      (error: unknown) => t.is(error, controller.signal.reason),
    )
  })
  controller.abort()
  await Promise.all([long, ...calls])
  const kept = Array.from({ length: 50 }, (_, i) => i).filter((i) => i % 3 !== 0)
  t.deepEqual(done, kept)
  t.deepEqual(
    await db.all('SELECT a FROM u'),
    kept.map((a) => ({ a })),
  )
  await db.close()
})

test('connect cancellation: while it waits for the lock of another connection', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = await filled(connect(path, { timeout: 10_000 }))
  const other = new Database(path)
  other.exec('BEGIN IMMEDIATE')
  const start = performance.now()
  isInterrupted(t, await t.throwsAsync(db.run('INSERT INTO u VALUES (1)', { queryTimeout: 30 })))
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 30)
  const { signal } = controller
  const waiting = db.transactionAsync(async (tx) => tx.run('INSERT INTO u VALUES (1)'), { signal })
  t.is(await t.throwsAsync(waiting(), { any: true } as never), signal.reason)
  setTimeout(() => db.interrupt(), 30)
  isInterrupted(t, await t.throwsAsync(db.exec('INSERT INTO u VALUES (1)')))
  t.true(performance.now() - start < 5000)
  other.exec('COMMIT')
  other.close()
  t.is((await db.run('INSERT INTO u VALUES (1)')).changes, 1)
  await isWhole(t, db)
  await db.close()
})

everywhere('close() waits for what was called before it', async (t, open) => {
  const db = await open()
  const calls = [
    db.run('UPDATE t SET b = a || b'),
    db.run('INSERT INTO u VALUES (1)'),
    db.get('SELECT count(*) AS n FROM t WHERE a > 0'),
    db.transactionAsync(async (tx) => {
      await tx.run('INSERT INTO u VALUES (2)')
      await sleep(5)
      return (await tx.run('INSERT INTO u VALUES (3)')).changes
    })(),
  ]
  const closed = db.close({ timeout: 100_000 })
  t.false(db.open)
  await t.throwsAsync(db.run('INSERT INTO u VALUES (4)'), { instanceOf: TypeError })
  const [update, insert, read, transaction] = await Promise.all(calls)
  t.is((update as { changes: number }).changes, rowCount)
  t.is((insert as { changes: number }).changes, 1)
  t.deepEqual([read, transaction], [{ n: rowCount }, 1])
  await closed
  await db.close()
})

everywhere('close() stops what does not end', async (t, open) => {
  const db = await open()
  const rows = db.iterate('SELECT id FROM t')
  await rows.next()
  const stuck = db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO u VALUES (1)')
    await new Promise(() => {})
  })()
  const calls = [db.run(endless.update), db.all(endless.read), stuck].map((call) =>
    t.throwsAsync(call),
  )
  await turn()
  await db.close({ timeout: 20 })
  for (const error of await Promise.all(calls)) isInterrupted(t, error)
  await t.throwsAsync(rows.next())
  t.deepEqual(await rows.next(), { value: undefined, done: true })
})

test('connect cancellation: an iterator that the application has lost is ended', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = await filled(connect(path, { experimental: ['multiprocess_wal'] }))
  let rows: unknown = db.iterate('SELECT id FROM t')
  await (rows as AsyncIterator<unknown>).next()
  rows = null
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const readers = (): number => status(path).readers.length
  t.is(readers(), 1)
  for (let i = 0; i < 500 && readers() > 0; i++) {
    collect()
    await sleep(2)
  }
  t.is(readers(), 0)
  t.is(rows, null)
  await db.close()
})
