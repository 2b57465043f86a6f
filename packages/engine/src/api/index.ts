/** The public faces: `Database` as better-sqlite3 has it, and `Builder` as the Rust SDKs have it. */
export { Database } from './database.ts'
export type {
  ColumnDefinition,
  DatabaseConstructor,
  DatabaseOptions,
  PragmaOptions,
  RunResult,
  Statement,
  TransactionFunction,
} from './face.ts'
export { Builder, LocalConnection, LocalDatabase, Rows } from './builder.ts'
export type { Parameters } from './builder.ts'
export { status } from './status.ts'
export type {
  CheckpointStatus,
  DatabaseStatus,
  DeadProcess,
  OpenTransaction,
  ProcessStatus,
  ReaderStatus,
  RunningStatement,
} from './status.ts'
