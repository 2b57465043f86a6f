/** The public faces: `Database` as better-sqlite3 has it, and `Builder` as the Rust SDKs have it. */
export { Database } from './sync/database.ts'
export type {
  AggregateOptions,
  BackupMetadata,
  BackupOptions,
  CollationOptions,
  ColumnDefinition,
  DatabaseConstructor,
  DatabaseOptions,
  FunctionOptions,
  IntegerMode,
  PragmaOptions,
  RunResult,
  SerializeOptions,
  Statement,
  TransactionFunction,
  ValueCodec,
  VirtualTableDefinition,
  VirtualTableRequest,
} from './sync/face.ts'
export { Builder, LocalDatabase } from './async/builder.ts'
export { LocalConnection } from './async/local-connection.ts'
export type { Parameters } from './async/local-connection.ts'
export { Rows } from './async/rows.ts'
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
