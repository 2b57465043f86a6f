/** The types for `require`: the module is the constructor. */
import Database = require('chorusdb')
import sqlite = require('chorusdb/node-sqlite')
import BetterSqlite3 = require('chorusdb/better-sqlite3')
import Aliased = require('better-sqlite3')

const db: Database = new Database('app.db', { experimental: ['multiprocess_wal'] })
const same: Database.Database = new Database.Database(':memory:')
const statement: Database.Statement<[number], { id: number }> = db.prepare<
  [number],
  { id: number }
>('…')
export const row: { id: number } | undefined = statement.get(1)
export const result: Database.RunResult = same.prepare('…').run()
export const code: Database.SqliteCode = new Database.SqliteError('message', 'SQLITE_BUSY').code
export const error: Database.SqliteError = new Database.SqliteError('message', 'SQLITE_BUSY')
export const mode: string = Database.status('app.db').mode
export async function open(): Promise<Database.LocalConnection> {
  return (await Database.Builder.newLocal('app.db').build()).connect()
}

const sync: sqlite.DatabaseSync = new sqlite.DatabaseSync('app.db')
export const prepared: sqlite.StatementSync = sync.prepare('…')
export const omit: number = sqlite.constants.SQLITE_CHANGESET_OMIT

const door: BetterSqlite3.Database = new BetterSqlite3('app.db', { experimental: [] })
export const run: BetterSqlite3.RunResult = door.prepare('…').run()
const aliased: Aliased.Database = new Aliased('app.db')
export const transaction: Aliased.Transaction<() => number> = aliased.transaction(() => 1)

// @ts-expect-error -- an option of another type
export const wrong: Database = new Database('app.db', { timeout: 'soon' })
// @ts-expect-error -- a parameter of another type
statement.get('x')
