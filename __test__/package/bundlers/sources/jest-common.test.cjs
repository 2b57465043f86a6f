const Database = require('chorusdb')
const BetterSqlite3 = require('better-sqlite3')
const { DatabaseSync } = require('chorusdb/node-sqlite')
const { checkFaces } = require('./checks.cjs')

const { Builder, SqliteError } = Database
const faces = { BetterSqlite3, Builder, Database, DatabaseSync, SqliteError }
test('in memory', () => checkFaces(expect, faces, ':memory:'))
test('on a file', () => checkFaces(expect, faces, `jest ${process.pid} ${Math.random()}.db`))
