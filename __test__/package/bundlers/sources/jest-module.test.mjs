import { expect, test } from '@jest/globals'
import BetterSqlite3 from 'better-sqlite3'
import { Builder, Database, SqliteError } from 'chorusdb'
import { DatabaseSync } from 'chorusdb/node-sqlite'
import { checkFaces } from './checks.mjs'

const faces = { BetterSqlite3, Builder, Database, DatabaseSync, SqliteError }
test('in memory', () => checkFaces(expect, faces, ':memory:'))
test('on a file', () => checkFaces(expect, faces, `jest ${process.pid} ${Math.random()}.db`))
