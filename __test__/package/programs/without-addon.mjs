/** What each entry answers where there is no addon that fits: databases in memory work, files are refused. Prints the answers as JSON. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { Builder, Database, SqliteError, status } from 'chorusdb'
import { backup, DatabaseSync } from 'chorusdb/node-sqlite'

const rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)'

for (const Constructor of [Database, BetterSqlite3, DatabaseSync]) {
  const db = new Constructor(':memory:')
  db.exec('CREATE TABLE t(a, b); CREATE TEMP TABLE u(a)')
  db.exec(`${rows} INSERT INTO t SELECT i, hex(i) FROM n`)
  // What does not fit into memory goes on in a temporary file.
  db.exec('PRAGMA cache_size = -100')
  const { n } = db.prepare('SELECT count(*) AS n FROM (SELECT * FROM t ORDER BY b)').get()
  assert.equal(n, 60000)
  db.close()
}
const memory = new Database(':memory:')
memory.exec('CREATE TABLE t(a); INSERT INTO t VALUES (7)')
const bytes = memory.serialize()
assert.deepEqual(new BetterSqlite3(bytes).prepare('SELECT a FROM t').get(), { a: 7 })
assert.equal(memory.status().mode, 'memory')
// A new file is nobody else's.
memory.exec("VACUUM INTO 'ausgeleert.db'")
const connection = (await Builder.newLocal(':memory:').build()).connect()
await connection.execute('CREATE TABLE t(a)')

const synchronous = new DatabaseSync(':memory:')
const tries = {
  Database: () => new Database('neu.db'),
  'Database for several processes': () =>
    new Database('neu.db', { experimental: ['multiprocess_wal'] }),
  'Database by its name': () => new Database('neu.db?experimental=multiprocess_wal'),
  'Database for reading': () => new Database('da.db', { readonly: true }),
  Builder: () => Builder.newLocal('neu.db').build(),
  'Builder for several processes': () =>
    Builder.newLocal('neu.db').experimentalMultiprocessWal(true).build(),
  DatabaseSync: () => new DatabaseSync('neu.db'),
  'better-sqlite3': () => new BetterSqlite3('neu.db'),
  'better-sqlite3 for one process': () => new BetterSqlite3('neu.db', { experimental: [] }),
  ATTACH: () => memory.exec("ATTACH 'neu.db' AS a"),
  'backup of Database': () => memory.backup('neu.db'),
  'backup of DatabaseSync': () => backup(synchronous, 'neu.db'),
  status: () => status('da.db'),
}
const answers = {}
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt()
    answers[name] = 'no error'
  } catch (error) {
    const { code, message } = error
    answers[name] = {
      code,
      message,
      isOurs: error instanceof SqliteError || code === 'ERR_SQLITE_ERROR',
    }
  }
}
// It is no worse for having been refused.
assert.deepEqual(memory.prepare('SELECT a FROM t').all(), [{ a: 7 }])
assert.equal(existsSync('neu.db'), false)
console.log(JSON.stringify(answers))
