/** The types for `import` in a file that becomes CommonJS, with and without a default. */
// eslint-disable-next-line import/no-named-as-default -- the default is that
import Database, { Builder, SqliteError, type Statement } from 'chorusdb'
import { DatabaseSync } from 'chorusdb/node-sqlite'
import BetterSqlite3 from 'chorusdb/better-sqlite3'
import Aliased from 'better-sqlite3'
import * as whole from 'chorusdb'

const db: Database = new Database('app.db')
const statement: Statement<[number], { id: number }> = db.prepare<[number], { id: number }>('…')
export const row: { id: number } | undefined = statement.get(1)
export const error: Error = new SqliteError('message', 'SQLITE_BUSY')
export const builder: Builder = Builder.newLocal('app.db')
export const sync: DatabaseSync = new DatabaseSync('app.db')
export const door: BetterSqlite3.Database = new BetterSqlite3('app.db')
export const aliased: Aliased.Database = new Aliased('app.db')
export const again: whole.Database = new whole.Database('app.db')
