/** The public faces: `Database` as better-sqlite3 has it, and `Builder` as the Rust SDKs have it. */
export { Database } from './database.ts'
export type { DatabaseConstructor, DatabaseOptions, PragmaOptions } from './database.ts'
export { Builder, LocalConnection, LocalDatabase, Rows } from './builder.ts'
export type { Parameters } from './builder.ts'
export { Statement } from './statement.ts'
export type { ColumnDefinition, RunResult } from './statement.ts'
export type { TransactionFunction } from './transaction-function.ts'
