/** Every entry of the package by `import`, on databases in memory and in files. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import AliasedDatabase, { SqliteError as AliasedError } from 'better-sqlite3'
import Default, { Builder, Database, isComplete, resultCodes, SqliteError, status } from 'chorusdb'
import BetterSqlite3, { SqliteError as SameError } from 'chorusdb/better-sqlite3'
import sqlite, { backup, constants, DatabaseSync, StatementSync } from 'chorusdb/node-sqlite'

const require = createRequire(import.meta.url)
const sql = 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)'
const sum = 'SELECT sum(a) AS s FROM t'

// One engine, whichever way leads to it.
assert.equal(Default, Database)
assert.equal(require('chorusdb'), Database)
assert.equal(require('chorusdb').Builder, Builder)
assert.equal(require('chorusdb/better-sqlite3'), BetterSqlite3)
assert.equal(require('better-sqlite3'), BetterSqlite3)
assert.equal(AliasedDatabase, BetterSqlite3)
assert.equal(require('chorusdb/node-sqlite').DatabaseSync, DatabaseSync)
assert.equal(sqlite.StatementSync, StatementSync)
for (const error of [AliasedError, SameError, BetterSqlite3.SqliteError]) {
  assert.equal(error, SqliteError)
}
assert.equal(isComplete('SELECT 1;'), true)
assert.equal(resultCodes.SQLITE_BUSY, 5)
assert.equal(constants.SQLITE_CHANGESET_OMIT, 0)

// What is not an entry is not to be had.
assert.throws(() => require('chorusdb/dist/load.cjs'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
assert.equal(require('chorusdb/package.json').name, 'chorusdb')
assert.equal(require('better-sqlite3/package.json').name, '@chorusdb/better-sqlite3')

for (const [index, Constructor] of [Database, BetterSqlite3, DatabaseSync].entries()) {
  for (const name of [':memory:', `Dätei ${index}.db`]) {
    const db = new Constructor(name)
    db.exec(sql)
    assert.deepEqual({ ...db.prepare(sum).get() }, { s: 3 })
    db.close()
    assert.equal(existsSync(name), name !== ':memory:')
  }
}
assert.equal(status('Dätei 1.db').mode, 'closed')

for (const isShared of [false, true]) {
  const database = await Builder.newLocal(`Builder ${isShared}.db`)
    .experimentalMultiprocessWal(isShared)
    .build()
  const connection = database.connect()
  await connection.executeBatch(sql)
  for await (const row of await connection.query(sum)) assert.deepEqual(row, { s: 3 })
  connection.close()
}

const copied = new DatabaseSync('Dätei 0.db')
assert.equal(typeof (await backup(copied, 'Kopie.db')), 'number')
copied.close()
assert.deepEqual(new Database('Kopie.db').prepare(sum).get(), { s: 3 })
console.log('ok')
