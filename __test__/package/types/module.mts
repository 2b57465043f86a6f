/** The types for `import`. */
import Default, { Builder, Database, isComplete, resultCodes, SqliteError, status } from 'chorusdb'
import type { DatabaseOptions, LocalConnection, RunResult, SqliteCode, Statement } from 'chorusdb'
import sqlite, { backup, constants, DatabaseSync, StatementSync } from 'chorusdb/node-sqlite'
import BetterSqlite3, { SqliteError as DoorError } from 'chorusdb/better-sqlite3'
import type { Options } from 'chorusdb/better-sqlite3'
import Aliased, { SqliteError as AliasedError } from 'better-sqlite3'

const options: DatabaseOptions = { experimental: ['multiprocess_wal'] }
const db: Database = new Database('app.db', options)
const same: Database = new Default()
const statement: Statement<[number], { id: number }> = db.prepare<[number], { id: number }>('…')
export const row: { id: number } | undefined = statement.get(1)
export const result: RunResult = same.prepare('…').run()
export const code: SqliteCode = new SqliteError('message', 'SQLITE_BUSY').code
export const busy: 5 = resultCodes.SQLITE_BUSY
export const complete: boolean = isComplete(';')
export const mode: string = status('app.db').mode
export async function open(): Promise<LocalConnection> {
  return (await Builder.newLocal('app.db').build()).connect()
}

const sync: DatabaseSync = new DatabaseSync('app.db')
export const prepared: StatementSync = sync.prepare('…')
export const copied: Promise<number> = backup(sync, 'copy.db')
export const omit: number = constants.SQLITE_CHANGESET_OMIT
export const other: DatabaseSync = new sqlite.DatabaseSync(':memory:')

const doorOptions: Options = { timeout: 5, experimental: [] }
const door: BetterSqlite3.Database = new BetterSqlite3('app.db', doorOptions)
export const doorRow: unknown = door.prepare('…').get()
const aliased: Aliased.Database = new Aliased('app.db')
export const run: Aliased.RunResult = aliased.prepare('…').run()
export const errors: Error[] = [
  new DoorError('message', 'SQLITE_BUSY'),
  new AliasedError('message', 'SQLITE_BUSY'),
  new BetterSqlite3.SqliteError('message', 'SQLITE_BUSY'),
]

// @ts-expect-error -- an option of another type
export const wrong: Database = new Database('app.db', { timeout: 'soon' })
// @ts-expect-error -- a parameter of another type
statement.get('x')
// @ts-expect-error -- an option of another type
export const wrongToo: unknown = new BetterSqlite3('app.db', { timeout: 'soon' })
