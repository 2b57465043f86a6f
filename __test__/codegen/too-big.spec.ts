/** What is longer than a string, BLOB or row may be: refused before anything of it is built, and nothing of the row stays. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

const code = 'SQLITE_TOOBIG'
const message = 'string or blob too big'

test('too big: a row of more than 1,000,000,000 bytes is refused, and an entry of an index', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 1, 1)')
  database.exec('CREATE INDEX ta ON t(a, b)')
  database.exec('BEGIN')
  for (const sql of [
    'INSERT INTO t VALUES (2, zeroblob(10), zeroblob(999999990))',
    'REPLACE INTO t VALUES (1, zeroblob(10), zeroblob(999999990))',
    'UPDATE t SET id = 7, a = zeroblob(1000000000) WHERE id = 1',
  ]) {
    t.throws(() => database.exec(sql), { code, message }, sql)
    t.true(database.inTransaction, sql)
    t.deepEqual(database.prepare('SELECT * FROM t').raw().all(), [[1, 1, 1]], sql)
  }
  database.exec('COMMIT')
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})

test('too big: a parameter of more than 1,000,000,000 bytes is refused', (t) => {
  const database = new Database(':memory:')
  const statement = database.prepare('SELECT typeof(?)').pluck()
  const tooLong = new Uint8Array(1_000_000_001)
  t.throws(() => statement.get(tooLong), { code, message })
  t.is(statement.get(tooLong.subarray(0, 10)), 'blob')
  database.close()
})
