'use strict'
/* Every entry of the package by `require`, with paths of all kinds; and nothing but the package is loaded. */
const assert = require('node:assert/strict')
const { mkdirSync } = require('node:fs')
const { join, resolve } = require('node:path')
const Database = require('chorusdb')
const { DatabaseSync } = require('chorusdb/node-sqlite')
const BetterSqlite3 = require('better-sqlite3')

assert.equal(Database.Database, Database)
assert.equal(Database.default, Database)
assert.equal(typeof Database.Builder.newLocal, 'function')
assert.deepEqual(Object.keys(BetterSqlite3), ['SqliteError'])

mkdirSync('Ordner mit Ümläuten', { recursive: true })
const path = join('Ordner mit Ümläuten', 'ä b.db')
for (const name of [path, resolve(path), `file:${encodeURI(resolve(path))}`]) {
  const db = new Database(name)
  db.exec('CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1)')
  db.close()
}
const shared = new BetterSqlite3(path)
assert.equal(shared.prepare('SELECT count(*) FROM t').pluck().get(), 3)
assert.equal(shared.status().mode, 'multi-process')
shared.close()
const sync = new DatabaseSync(resolve(path))
assert.equal(sync.prepare('SELECT count(*) AS n FROM t').get().n, 3)
sync.close()
assert.throws(() => new Database(':memory:').exec('SELEC'), Database.SqliteError)
// Left open: the end of the process closes it.
new Database('offen.db').exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
console.log('ok')
