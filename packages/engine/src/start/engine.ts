/** What the doors of the package get of the engine: its public exports, and what the code cache asks about. */
export * from '../index.ts'
export * as betterSqlite3 from '../better-sqlite3.ts'
export * as nodeSqlite from '../node-sqlite.ts'
export { used } from '../base/first-use.ts'
