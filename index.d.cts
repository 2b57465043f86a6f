/** The package for CommonJS: the constructor, with every other export as a property. */
/// <reference types="node" />
import type * as chorusdb from './index.js' with { 'resolution-mode': 'import' }
interface Exports extends chorusdb.DatabaseConstructor {
  readonly default: typeof chorusdb.Database
  readonly Builder: typeof chorusdb.Builder
  readonly Database: typeof chorusdb.Database
  readonly LocalConnection: typeof chorusdb.LocalConnection
  readonly LocalDatabase: typeof chorusdb.LocalDatabase
  readonly LocalStatement: typeof chorusdb.LocalStatement
  readonly LocalTransaction: typeof chorusdb.LocalTransaction
  readonly Rows: typeof chorusdb.Rows
  readonly SqliteError: typeof chorusdb.SqliteError
  readonly connect: typeof chorusdb.connect
  readonly isComplete: typeof chorusdb.isComplete
  readonly resultCodes: typeof chorusdb.resultCodes
  readonly rowsInSlices: typeof chorusdb.rowsInSlices
  readonly status: typeof chorusdb.status
}
declare const Database: Exports
interface Database extends chorusdb.Database {}
declare namespace Database {
  export type AggregateOptions<Running = any> = chorusdb.AggregateOptions<Running>
  export type AsyncDatabase = chorusdb.AsyncDatabase
  export type AsyncRows<Row = unknown> = chorusdb.AsyncRows<Row>
  export type AsyncStatement<
    BindParameters extends unknown[] = unknown[],
    Result = unknown,
  > = chorusdb.AsyncStatement<BindParameters, Result>
  export type AsyncTransaction = chorusdb.AsyncTransaction
  export type AsyncTransactionFunction<
    Args extends unknown[],
    Result,
  > = chorusdb.AsyncTransactionFunction<Args, Result>
  export type BackupMetadata = chorusdb.BackupMetadata
  export type BackupOptions = chorusdb.BackupOptions
  export type BatchItem = chorusdb.BatchItem
  export type BatchMode = chorusdb.BatchMode
  export type BatchOptions = chorusdb.BatchOptions
  export type BatchStatement = chorusdb.BatchStatement
  export type Builder = chorusdb.Builder
  export type CallOptions = chorusdb.CallOptions
  export type CallParameters<BindParameters extends unknown[]> =
    chorusdb.CallParameters<BindParameters>
  export type CheckpointMessage = chorusdb.CheckpointMessage
  export type CheckpointStatus = chorusdb.CheckpointStatus
  export type CloseOptions = chorusdb.CloseOptions
  export type CollationOptions = chorusdb.CollationOptions
  export type ColumnDefinition = chorusdb.ColumnDefinition
  export type CommitEvent = chorusdb.CommitEvent
  export type CommitEvents = chorusdb.CommitEvents
  export type ConnectOptions = chorusdb.ConnectOptions
  export type Database = chorusdb.Database
  export type DatabaseConstructor = chorusdb.DatabaseConstructor
  export type DatabaseOptions = chorusdb.DatabaseOptions
  export type DatabaseStatus = chorusdb.DatabaseStatus
  export type DeadProcess = chorusdb.DeadProcess
  export type DiagnosticsMessages = chorusdb.DiagnosticsMessages
  export type FunctionOptions = chorusdb.FunctionOptions
  export type IntegerMode = chorusdb.IntegerMode
  export type LocalConnection = chorusdb.LocalConnection
  export type LocalDatabase = chorusdb.LocalDatabase
  export type LocalStatement = chorusdb.LocalStatement
  export type LocalTransaction = chorusdb.LocalTransaction
  export type LockOptions = chorusdb.LockOptions
  export type LockStatus = chorusdb.LockStatus
  export type OpenTransaction = chorusdb.OpenTransaction
  export type Parameters = chorusdb.Parameters
  export type PragmaOptions = chorusdb.PragmaOptions
  export type ProcessStatus = chorusdb.ProcessStatus
  export type ReaderStatus = chorusdb.ReaderStatus
  export type ResultSet = chorusdb.ResultSet
  export type Rows<Row = Record<string, unknown>> = chorusdb.Rows<Row>
  export type RunResult = chorusdb.RunResult
  export type RunningStatement = chorusdb.RunningStatement
  export type SerializeOptions = chorusdb.SerializeOptions
  export type SqliteCode = chorusdb.SqliteCode
  export type SqliteError = chorusdb.SqliteError
  export type Statement<
    BindParameters extends unknown[] = unknown[],
    Result = unknown,
  > = chorusdb.Statement<BindParameters, Result>
  export type StatementMessage = chorusdb.StatementMessage
  export type StatementOwner = chorusdb.StatementOwner
  export type StatementRunner = chorusdb.StatementRunner
  export type TransactionBehavior = chorusdb.TransactionBehavior
  export type TransactionFunction<Args extends unknown[], Result> = chorusdb.TransactionFunction<
    Args,
    Result
  >
  export type TransactionMode = chorusdb.TransactionMode
  export type TransactionOptions = chorusdb.TransactionOptions
  export type ValueCodec = chorusdb.ValueCodec
  export type VirtualTableDefinition = chorusdb.VirtualTableDefinition
  export type VirtualTableRequest = chorusdb.VirtualTableRequest
  export type WaitMessage = chorusdb.WaitMessage
  export type WatchOptions = chorusdb.WatchOptions
}
export = Database
