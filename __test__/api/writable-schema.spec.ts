/** PRAGMA writable_schema and schema_version: rows of the schema changed by hand, read again, and put right, as in SQLite. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

test('writable schema: without it the schema is not written', async (t) => {
  await sameAnswers(
    t,
    ['CREATE TABLE t(a)', 'CREATE TEMP TABLE tt(a)'],
    [
      "UPDATE sqlite_schema SET sql = 'x'",
      'DELETE FROM sqlite_master',
      'INSERT INTO sqlite_temp_master VALUES (1, 2, 3, 4, 5)',
      'CREATE TABLE sqlite_t(a)',
      'PRAGMA writable_schema',
    ],
  )
})

test('writable schema: what is written there means what it says once it is read again', (t) => {
  const database = new Database(':memory:')
  database.exec("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'); PRAGMA writable_schema=1")
  database.exec("UPDATE sqlite_schema SET sql = 'CREATE TABLE t(c, d INTEGER)' WHERE name = 't'")
  t.deepEqual(database.prepare('SELECT a FROM t').all(), [{ a: 1 }])
  database.exec('CREATE TABLE sqlite_own(a)')
  const version = database.pragma('schema_version', { simple: true }) as number
  database.exec(`PRAGMA schema_version=${version + 5}; PRAGMA writable_schema=0`)
  t.is(database.pragma('schema_version', { simple: true }), version + 5)
  t.deepEqual(database.prepare('SELECT c FROM t').all(), [{ c: 1 }])
  t.throws(() => database.prepare('SELECT a FROM t'), { message: 'no such column: a' })
  t.throws(() => database.exec('DELETE FROM sqlite_master'), {
    message: 'table sqlite_master may not be modified',
  })
  database.close()
})

test('writable schema: RESET switches it off and reads the schema again', (t) => {
  const database = new Database(':memory:')
  database.exec(
    "CREATE TABLE t(a); PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(z)'",
  )
  database.exec('PRAGMA writable_schema=RESET')
  t.is(database.pragma('writable_schema', { simple: true }), 0)
  t.deepEqual(
    database
      .prepare('SELECT * FROM t')
      .columns()
      .map(({ name }) => name),
    ['z'],
  )
  database.close()
})
