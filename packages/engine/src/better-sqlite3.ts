/**
 * The constructor for those who know better-sqlite3 by that name (`packages/better-sqlite3`): the same engine, with its defaults.
 */
import { BetterSqlite3 } from './api/sync/database.ts'
import type { DatabaseConstructor } from './api/index.ts'

export { SqliteError } from './base/error.ts'
const Database: DatabaseConstructor = BetterSqlite3

export default Database
