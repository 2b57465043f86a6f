/** The face of the Rust SDKs: a builder, connections whose calls return promises, rows by `for await`. */
import { join } from 'node:path'
import test from 'ava'
import { Builder, SqliteError } from '../../packages/engine/src/index.ts'
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
