/** The face of the Rust SDKs: a builder, connections whose calls return promises, rows by `for await`. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { Builder, Database, LocalConnection, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('builder: a memory database runs statements and hands out rows', async (t) => {
  const database = await Builder.newLocal(':memory:').build()
  const connection = database.connect()
  await connection.executeBatch('CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT); SELECT 1')
  t.is(await connection.execute('INSERT INTO note(text) VALUES (?), (?)', ['a', 'b']), 2)
  t.is(await connection.execute('UPDATE note SET text = :text WHERE id = 1', { text: 'c' }), 1)
  t.is(await connection.execute('SELECT * FROM note'), 0)
  const rows = await connection.query('SELECT * FROM note WHERE id >= ? ORDER BY id', [1])
  t.deepEqual(rows.columnNames, ['id', 'text'])
  t.deepEqual(await rows.next(), { id: 1, text: 'c' })
  t.deepEqual(await rows.next(), { id: 2, text: 'b' })
  t.is(await rows.next(), undefined)
  t.is(await rows.next(), undefined)
  connection.close()
})

test('builder: leaving a loop early ends the query', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)')
  const seen: unknown[] = []
  for await (const { a } of await connection.query('SELECT a FROM t')) {
    seen.push(a)
    if (a === 2) break
  }
  t.deepEqual(seen, [1, 2])
  t.is(await connection.execute('DELETE FROM t'), 3)
})

test('builder: failures reject with the error of the database', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  const error = await t.throwsAsync(connection.execute('SELECT * FROM nowhere'), {
    instanceOf: SqliteError,
  })
  t.is(error.message, 'no such table: nowhere')
  await t.throwsAsync(connection.query('SELEC'), { message: 'near "SELEC": syntax error' })
  await t.throwsAsync(Builder.newLocal('/no/such/folder/a.db').build(), { instanceOf: TypeError })
})

test('builder: isAutocommit tells of a transaction', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  t.true(connection.isAutocommit())
  await connection.execute('BEGIN')
  t.false(connection.isAutocommit())
  await connection.execute('ROLLBACK')
  t.true(connection.isAutocommit())
})

test('builder: connections of a multi-process database see each other', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const database = await Builder.newLocal(path).experimentalMultiprocessWal(true).build()
  const first = database.connect()
  const second = database.connect()
  await first.executeBatch('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const rows = await second.query('SELECT a FROM t')
  t.deepEqual(await rows.next(), { a: 1 })
  rows.close()
  // One process, but in the other mode: refused while the file is open.
  await t.throwsAsync(Builder.newLocal(path).build(), { instanceOf: SqliteError })
  first.close()
  second.close()
})

test('builder: wrong arguments are refused', (t) => {
  t.throws(() => Builder.newLocal(5 as never), { instanceOf: TypeError })
  t.throws(() => Builder.newLocal('a').experimentalMultiprocessWal(1 as never), {
    instanceOf: TypeError,
  })
})

test('builder: a prepared statement knows its columns and runs any number of times', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch('CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)')
  const add = await connection.prepare('INSERT INTO note(text) VALUES (?)')
  t.deepEqual(add.columns(), [])
  t.deepEqual(await Promise.all(['a', 'b', 'c'].map((text) => add.execute([text]))), [1, 1, 1])
  await add.run(['d'])
  t.is(connection.lastInsertRowid(), 4)
  const find = await connection.prepare('SELECT id, text AS t, 1 AS t FROM note WHERE id >= :id')
  t.deepEqual(
    find.columns().map(({ name, column, table, type }) => [name, column, table, type]),
    [
      ['id', 'id', 'note', 'INTEGER'],
      ['t', 'text', 'note', 'TEXT'],
      ['t', null, null, null],
    ],
  )
  t.deepEqual(await find.queryRow({ id: 3 }), { id: 3, t: 1 })
  t.is(await find.queryRow({ id: 9 }), undefined)
  const rows = await find.query({ id: 3 })
  t.deepEqual([rows.columnCount, rows.columnNames], [3, ['id', 't', 't']])
  t.is(rows.columns[1]!.type, 'TEXT')
  const seen: unknown[] = []
  for await (const row of rows.raw()) seen.push(row)
  t.deepEqual(seen, [
    [3, 'c', 1],
    [4, 'd', 1],
  ])
  t.throws(() => rows.raw(), { instanceOf: TypeError })
  await t.throwsAsync(add.query(['x']), { instanceOf: TypeError })
  await t.throwsAsync(connection.prepare('SELEC'), { instanceOf: SqliteError })
  await t.throwsAsync(connection.prepare(5 as never), { instanceOf: TypeError })
  connection.close()
})

test('builder: a transaction has its connection until it ends', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch('CREATE TABLE t(a)')
  for (const behavior of [undefined, 'deferred', 'immediate', 'exclusive'] as const) {
    const transaction = await connection.transaction(behavior)
    const add = await transaction.prepare('INSERT INTO t VALUES (?)')
    t.is(await add.execute([1]), 1)
    await transaction.executeBatch('INSERT INTO t VALUES (2)')
    const calls: (() => Promise<unknown>)[] = [
      () => connection.execute('INSERT INTO t VALUES (3)'),
      () => connection.executeBatch('COMMIT'),
      () => connection.query('SELECT 1'),
      () => connection.transaction(),
    ]
    for (const call of calls) await t.throwsAsync(call(), { message: /A transaction is open/ })
    t.false(connection.isAutocommit())
    await (behavior === undefined ? transaction.rollback() : transaction.commit())
    t.true(connection.isAutocommit())
    t.false(transaction.open)
    await t.throwsAsync(add.execute([1]), { message: 'The transaction has already completed' })
    await t.throwsAsync(transaction.commit(), { message: 'The transaction has already completed' })
    await transaction[Symbol.asyncDispose]()
  }
  const disposed = await connection.transaction()
  await disposed.execute('DELETE FROM t')
  await disposed[Symbol.asyncDispose]()
  const rows = await connection.query('SELECT count(*) AS n FROM t')
  t.deepEqual(await rows.next(), { n: 6 })
  await rows[Symbol.asyncDispose]()
  await t.throwsAsync(connection.transaction('concurrent' as never), { instanceOf: TypeError })
  await connection.execute('BEGIN')
  await t.throwsAsync(connection.transaction(), { instanceOf: SqliteError })
  await connection.execute('COMMIT')
  const open = await connection.transaction()
  await connection[Symbol.asyncDispose]()
  await t.throwsAsync(open.execute('SELECT 1'), { instanceOf: TypeError })
})

test('builder: a commit that is refused keeps the transaction open', async (t) => {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch(`PRAGMA foreign_keys = ON; CREATE TABLE p(id INTEGER PRIMARY KEY);
    CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED)`)
  const transaction = await connection.transaction()
  await transaction.execute('INSERT INTO c VALUES (1)')
  const error = await t.throwsAsync(transaction.commit(), { instanceOf: SqliteError })
  t.is(error.code, 'SQLITE_CONSTRAINT_FOREIGNKEY')
  t.true(transaction.open)
  await transaction.execute('INSERT INTO p VALUES (1)')
  await transaction.commit()
  t.true(connection.isAutocommit())
  connection.close()
})

test('builder: a transaction that is dropped is rolled back, and told of', async (t) => {
  const warnings: (Error & { code?: string })[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch('CREATE TABLE t(a)')
  const begin = async (): Promise<void> => {
    const transaction = await connection.transaction()
    await transaction.execute('INSERT INTO t VALUES (1)')
  }
  await begin()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 500 && !connection.isAutocommit(); i++) {
    collect()
    await sleep(2)
  }
  t.true(connection.isAutocommit())
  t.is(await connection.execute('DELETE FROM t'), 0)
  await sleep(1)
  process.off('warning', note)
  t.true(warnings.some(({ code }) => code === 'CHORUSDB_FORGOTTEN_TRANSACTION'))
  connection.close()
})

test('builder: a connection over a Database has its options and its transaction, and ends with it', async (t) => {
  const database = new Database(':memory:', { integers: 'bigint' })
  const connection = new LocalConnection(database)
  await connection.executeBatch('CREATE TABLE a(x); INSERT INTO a VALUES (7); BEGIN')
  t.true(database.inTransaction)
  t.false(connection.isAutocommit())
  const rows = await connection.query('SELECT x FROM a UNION ALL SELECT 8')
  t.deepEqual(await rows.next(), { x: 7n })
  t.throws(() => database.exec('DROP TABLE a'), { instanceOf: TypeError })
  rows.close()
  database.exec('COMMIT')
  connection.close()
  t.false(database.open)
  await t.throwsAsync(connection.execute('SELECT 1'), { instanceOf: TypeError })
  for (const wrong of [undefined, null, {}, 'a.db', Database]) {
    t.throws(() => new LocalConnection(wrong as never), {
      instanceOf: TypeError,
      message: 'Expected first argument to be a Database',
    })
  }
})
