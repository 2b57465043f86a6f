/** The public faces: `Database` as better-sqlite3 has it, `connect` as Turso has it, and `Builder` as the Rust SDKs have it. */
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
export { connect } from './async/async-database.ts'
export type {
  AsyncDatabase,
  AsyncRows,
  AsyncStatement,
  AsyncTransaction,
  AsyncTransactionFunction,
  CallParameters,
  CloseOptions,
  ConnectOptions,
  StatementRunner,
} from './async/face.ts'
export type {
  BatchItem,
  BatchMode,
  BatchOptions,
  BatchStatement,
  ResultSet,
} from './async/pool/batch.ts'
export type { CallOptions } from './async/pool/cancellation.ts'
export type { TransactionMode } from './async/pool/transaction-scope.ts'
export type { TransactionOptions } from './async/pool/transactions.ts'
export { Builder, LocalDatabase } from './async/builder.ts'
export { LocalConnection } from './async/local-connection.ts'
export type { TransactionBehavior } from './async/local-connection.ts'
export { LocalStatement } from './async/local-statement.ts'
export type { StatementOwner } from './async/local-statement.ts'
export { LocalTransaction } from './async/local-transaction.ts'
export type { Parameters } from './async/connection-calls.ts'
export { Rows } from './async/rows.ts'
export { rowsInSlices } from './async/sliced-rows.ts'
export type { CommitEvent, CommitEvents, WatchOptions } from './across/commit-event.ts'
export type { LockOptions, LockStatus } from './across/named-lock.ts'
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
