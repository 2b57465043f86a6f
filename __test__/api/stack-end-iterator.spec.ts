/** An iterator and a connection that are struck by the end of the stack: what was open is over, and every lock is given back. */
import test from 'ava'
import { join } from 'node:path'
import { Builder, Database, SqliteError, status } from '../../packages/engine/src/index.ts'
import { isUncallable, nearEnd } from '../support/stack-end.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>

const options = { experimental: ['multiprocess_wal'], timeout: 0 }

function opened(path: string): Db {
  const db = new Database(path, options)
  db.exec('CREATE TABLE IF NOT EXISTS t(x)')
  if (db.prepare('SELECT count(*) FROM t').pluck().get() === 0) {
    db.exec('INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8)')
  }
  return db
}

/** Calls from each depth until one succeeds. @returns whether each was refused in SQLite's words before */
function untilItSucceeds(call: () => void, afterRefusal: (error: unknown) => void): void {
  for (let left = 0; ; left++) {
    try {
      return nearEnd(left, call)
    } catch (error) {
      if (!(error instanceof SqliteError) && !isUncallable(error, 'stack-end')) throw error
      afterRefusal(error)
    }
  }
}

for (const way of ['next', 'return'] as const) {
  test(`stack end: ${way} of an iterator, in the midst of its rows`, (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = opened(path)
    const other = opened(path)
    const statement = db.prepare('SELECT x FROM t')
    const begun = (): IterableIterator<unknown> => {
      const rows = statement.iterate()
      rows.next()
      return rows
    }
    const warm = begun()
    warm[way]!()
    warm.return!()
    for (const row of statement.iterate()) void row
    let rows: IterableIterator<unknown> | null = null
    const isStruck = (error: unknown): void => {
      if (!(error instanceof SqliteError)) return
      // Whatever was open is over, so nobody waits for its snapshot.
      other.exec('INSERT INTO t VALUES (9)')
      const [row] = other.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
      t.is(row!.busy, 0)
      t.true(rows!.next().done)
      t.false(statement.busy)
      db.exec('INSERT INTO t VALUES (10)')
      rows = begun()
    }
    for (const _ of [1, 2, 3]) {
      statement.all()
      rows = begun()
      untilItSucceeds(() => void rows![way]!(), isStruck)
      rows.return!()
    }
    t.false(statement.busy)
    db.close()
    other.close()
  })
}

test('stack end: closing gives every lock back, also after a call that was struck in a transaction', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const other = opened(path)
  const db = opened(path)
  for (let i = 0; i < 3; i++) db.exec('BEGIN; INSERT INTO t VALUES (1); ROLLBACK')
  db.close()
  for (let left = 0; left < 120; left += 2) {
    const one = opened(path)
    const work = (): void => void one.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)')
    work()
    one.exec('ROLLBACK')
    try {
      nearEnd(left, work)
    } catch (error) {
      t.true(error instanceof SqliteError || isUncallable(error, 'stack-end'))
    }
    one.close()
    other.exec('INSERT INTO t VALUES (2)')
    const [row] = other.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    t.is(row!.busy, 0, `${left} frames`)
  }
  t.is(other.prepare('SELECT count(*) FROM t WHERE x = 1').pluck().get(), 1)
  other.close()
})

test('stack end: a microtask gives locks back, without another call', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = opened(path)
  const insert = db.prepare('INSERT INTO t VALUES (1)')
  const work = (): void => {
    db.exec('BEGIN IMMEDIATE')
    insert.run()
    db.exec('COMMIT')
  }
  for (let i = 0; i < 3; i++) work()
  for (let left = 0; left < 100; left++) {
    try {
      nearEnd(left, work)
    } catch (error) {
      t.true(error instanceof SqliteError || isUncallable(error, 'stack-end'))
    }
    await Promise.resolve()
    const { processes, readers } = status(path)
    // Asked of the file: a call of a connection would set it right itself.
    const isWriting = processes.some(({ roles }) => roles.includes('writer'))
    if (!db.inTransaction)
      t.false(isWriting || readers.some(({ guard }) => !guard), `${left} frames`)
    if (db.inTransaction) db.exec('ROLLBACK')
  }
  db.close()
})

test('stack end: promises are kept or broken by an error of SQLite', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  opened(path).close()
  const database = await Builder.newLocal(path).experimentalMultiprocessWal(true).build()
  const connection = database.connect()
  let rows = 0
  const calls = [
    async () => {
      rows += await connection.execute('INSERT INTO t VALUES (?)', [1])
    },
    async () => void (await connection.executeBatch('SELECT 1; SELECT 2')),
    async () => {
      const found = await connection.query('SELECT x FROM t LIMIT 2')
      for await (const row of found) void row
    },
  ]
  for (const call of calls) {
    for (let i = 0; i < 3; i++) await call()
    for (let left = 0; left < 90; left += 2) {
      let promise: Promise<void> | undefined
      try {
        nearEnd(left, () => void (promise = call()))
        await promise
      } catch (error) {
        t.true(error instanceof SqliteError || isUncallable(error, 'stack-end'), String(error))
      }
      await connection.execute('INSERT INTO t VALUES (?)', [2])
    }
  }
  const found = await connection.query('SELECT count(*) AS n FROM t WHERE x = 1')
  t.is((await found.next())?.['n'], 1 + rows)
  found.close()
  connection.close()
})
