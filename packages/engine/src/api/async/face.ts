/**
 * The asynchronous face as types: what `connect()` answers, and what that hands out. Names and forms are those of Turso's promise API. The classes behind
 * them know each other only through this file.
 */
import type {
  AggregateOptions,
  BackupMetadata,
  BackupOptions,
  CollationOptions,
  ColumnDefinition,
  DatabaseOptions,
  FunctionOptions,
  IntegerMode,
  PragmaOptions,
  RunResult,
  SerializeOptions,
  VirtualTableDefinition,
  VirtualTableRequest,
} from '../sync/face.ts'
import type { CommitEvents, WatchOptions } from '../across/commit-event.ts'
import type { LockOptions } from '../across/named-lock.ts'
import type { DatabaseStatus } from '../status.ts'
import type { BatchMode, BatchOptions, BatchStatement, ResultSet } from './pool/batch.ts'
import type { CallOptions } from './pool/cancellation.ts'
import type { TransactionOptions } from './pool/transactions.ts'

/** Settings of a database that is opened by `connect()`: those of `Database`, and some of the pool. */
export interface ConnectOptions extends DatabaseOptions {
  /** Connections that read side by side, at most. They are opened when they are wanted. Default 4. */
  readers?: number | undefined
  /** Stops every call after so many ms that does not say otherwise, waiting included. Default 0: never. */
  defaultQueryTimeout?: number | undefined
  /** Takes every transaction back that is open for so many ms, and does not say otherwise. Default 0: never. */
  transactionTimeout?: number | undefined
  /** Warns (`process.on('warning')`) of every transaction that is open for so many ms. Default 10,000; 0: of none. */
  transactionWarning?: number | undefined
}

/** Options of `close`. */
export interface CloseOptions {
  /** How long calls and transactions that are at work are waited for, in ms; then they are stopped. Default 5000. */
  readonly timeout?: number | undefined
}

/** Rows one by one: `for await`, or `next()`. A loop that is left ends the query. */
export interface AsyncRows<Row = unknown> extends AsyncIterableIterator<Row> {
  /** The next row. Rejects with a SqliteError, or with what cancels the call; then it is over. */
  next(): Promise<IteratorResult<Row, undefined>>
  /** Ends the query before its last row. */
  return(): Promise<IteratorResult<Row, undefined>>
  /** `await using rows = db.iterate(…)`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** What is bound, and options behind it. */
export type CallParameters<BindParameters extends unknown[]> =
  | BindParameters
  | [...BindParameters, CallOptions]

/**
 * A prepared statement. It is a value: each call takes its switches and what is bound to it as they are when the call is made.
 *
 * ```ts
 * const db = await connect('music.db')
 * const find = await db.prepare<[number], { name: string }>('SELECT name FROM album WHERE id = ?')
 * await find.get(1) // { name: '…' }
 * await Promise.all([find.get(1), find.get(2)])
 * ```
 */
export interface AsyncStatement<BindParameters extends unknown[] = unknown[], Result = unknown> {
  /** Whether the statement returns rows. */
  readonly reader: boolean
  /** Whether the statement leaves the database file alone. */
  readonly readonly: boolean
  /** The text that was prepared. */
  readonly source: string
  /** The database that it was prepared by, or in a transaction of which. */
  readonly database: AsyncDatabase

  /**
   * Runs the statement; rows are dropped.
   * @param params as those of `Statement.run`; behind them may stand options
   */
  run(...params: CallParameters<BindParameters>): Promise<RunResult>
  /** The first row, or `undefined`. Rejects with a TypeError for a statement that returns no rows. */
  get(...params: CallParameters<BindParameters>): Promise<Result | undefined>
  /** All rows. Rejects as `get`. */
  all(...params: CallParameters<BindParameters>): Promise<Result[]>
  /** The rows one by one, by `for await`. */
  iterate(...params: CallParameters<BindParameters>): AsyncRows<Result>

  /** Rows as arrays instead of objects. @throws TypeError for a statement that returns no rows */
  raw(enabled?: boolean): this
  /** Only the first column of each row. @throws as `raw` */
  pluck(enabled?: boolean): this
  /** Rows as one object for each table; what belongs to no table is under `$`. @throws as `raw` */
  expand(enabled?: boolean): this
  /** INTEGERs as bigints. */
  safeIntegers(enabled?: boolean): this
  /** What INTEGERs are, in all columns or in some of them by name. @throws TypeError for another mode, or a name that no column has */
  integers(mode: IntegerMode | Readonly<Record<string, IntegerMode>>): this
  /** Binds parameters for good; later calls take none. @throws TypeError where some are bound already, or do not fit */
  bind(...params: BindParameters): this
  /** The columns of the result, as they were when it was prepared. @throws TypeError for a statement that returns no rows */
  columns(): ColumnDefinition[]
  /** Stops all calls of this statement that run or wait: they reject with SQLITE_INTERRUPT. */
  interrupt(): void
  /** It takes no more calls. Nothing depends on that: a statement holds nothing. */
  close(): void
  /** The statement's text; once bound, with the values in it. */
  toString(): string
}

/** What runs statements: a database, or a transaction. */
export interface StatementRunner {
  /** Prepares one statement. Rejects with a SqliteError on bad SQL. */
  prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
    options?: CallOptions,
  ): Promise<
    AsyncStatement<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result>
  >
  /**
   * Runs one statement.
   * @param params as those of `Statement.run`; behind them may stand options
   */
  run(sql: string, ...params: unknown[]): Promise<RunResult>
  /** The first row of a query, or `undefined`. */
  get<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row | undefined>
  /** All rows of a query. */
  all<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row[]>
  /** The rows of a query one by one, by `for await`. */
  iterate<Row = unknown>(sql: string, ...params: unknown[]): AsyncRows<Row>
  /** Runs all statements of a text. What those before a failing one have done stays. */
  exec(sql: string, options?: CallOptions): Promise<void>
  /** Runs statements one after the other, in one turn; with a `mode`, all of them or none. */
  batch(
    statements: readonly BatchStatement[],
    options?: BatchMode | BatchOptions,
  ): Promise<ResultSet[]>
  /** Runs a PRAGMA: its rows, or with `simple` the first value of the first row. */
  pragma(source: string, options?: PragmaOptions & CallOptions): Promise<unknown>
  /**
   * Wraps a callback in a transaction; in a transaction, in a savepoint.
   *
   * ```ts
   * const db = await connect('bank.db')
   * const move = db.transactionAsync(async (tx, from: number, to: number) => {
   *   await tx.run('UPDATE account SET cents = cents - 1 WHERE id = ?', from)
   *   await tx.run('UPDATE account SET cents = cents + 1 WHERE id = ?', to)
   * })
   * await move(1, 2)
   * ```
   * @throws TypeError for a callback that does not declare the handle
   */
  transactionAsync<Args extends unknown[], Result>(
    body: (transaction: AsyncTransaction, ...args: Args) => Promise<Result> | Result,
    options?: TransactionOptions,
  ): AsyncTransactionFunction<Args, Result>
}

/**
 * An open transaction, as its callback gets it. All that is to belong to it goes through this handle, which ends with it: then every call rejects with a
 * TypeError. Calls are done one after the other, in their order.
 */
export interface AsyncTransaction extends StatementRunner {
  /** Whether it takes calls. */
  readonly open: boolean
}

/** A function that runs in a transaction, with a variant for each way of beginning it. */
export interface AsyncTransactionFunction<Args extends unknown[], Result> {
  /** Runs the callback between BEGIN and COMMIT, and resolves to what it answers. What it throws takes everything back, and is what this rejects with. */
  (...args: Args): Promise<Result>
  /** As the options say, or IMMEDIATE. */
  readonly default: AsyncTransactionFunction<Args, Result>
  /** By BEGIN DEFERRED, on a connection of its own: it reads one state of the database, and takes the writer's lock when it writes. */
  readonly deferred: AsyncTransactionFunction<Args, Result>
  /** By BEGIN IMMEDIATE: it waits for its turn among the writers of the pool, and for the writer's lock. */
  readonly immediate: AsyncTransactionFunction<Args, Result>
  /** By BEGIN EXCLUSIVE, which is IMMEDIATE in WAL mode. */
  readonly exclusive: AsyncTransactionFunction<Args, Result>
  /** The database that it runs on. */
  readonly database: AsyncDatabase
}

/**
 * A database that never holds up the event loop: one connection that writes, some that read.
 *
 * ```ts
 * import { connect } from 'chorusdb'
 * const db = await connect('app.db', { experimental: ['multiprocess_wal'] })
 * await db.run('INSERT INTO note(text) VALUES (?)', 'hello')
 * await db.get('SELECT text FROM note WHERE id = ?', 1)
 * ```
 */
export interface AsyncDatabase extends StatementRunner {
  /** The name that was given to `connect`. */
  readonly name: string
  /** Whether it takes calls. */
  readonly open: boolean
  /** Whether the connection that writes is in a transaction. */
  readonly inTransaction: boolean
  /** Whether it was opened for reading only. */
  readonly readonly: boolean
  /** Whether this is a database in memory. */
  readonly memory: boolean

  /**
   * Wraps a callback in a transaction that gets no handle: what it calls on the database belongs to the transaction, and what it calls later, or others call
   * meanwhile, does not. This costs the whole process a little on Node before 24: take `transactionAsync`.
   */
  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Promise<Result> | Result,
    options?: TransactionOptions,
  ): AsyncTransactionFunction<Args, Result>
  /** Whether statements prepared from now on return INTEGERs as bigints. @param enabled default true */
  defaultSafeIntegers(enabled?: boolean): this
  /** What INTEGERs are in statements prepared from now on. @throws TypeError for another mode */
  defaultIntegers(mode: IntegerMode): this
  /** Stops every statement that runs, and every call that waits: they reject with SQLITE_INTERRUPT. Transactions stay open. */
  interrupt(): void
  /**
   * Takes no more calls, waits for those that there are, and closes all connections. A second call waits for the same.
   * Rejects with a SqliteError where the disk fails.
   */
  close(options?: CloseOptions): Promise<void>
  /** `await using db = await connect(…)`. */
  [Symbol.asyncDispose](): Promise<void>

  /** Defines a function on all connections, as `Database.function` does. It cannot be `reentrant`: its connection takes no calls by itself. */
  function(name: string, call: (...args: any[]) => unknown): this
  /** The same with options. */
  function(
    name: string,
    options: FunctionOptions | null | undefined,
    call: (...args: any[]) => unknown,
  ): this
  /** Defines a collation on all connections, as `Database.collation` does. */
  collation(name: string, compare: (left: string, right: string) => number): this
  /** The same with options. */
  collation(
    name: string,
    options: CollationOptions | null | undefined,
    compare: (left: string, right: string) => number,
  ): this
  /** Defines an aggregate on all connections, as `Database.aggregate` does. */
  aggregate<Running>(name: string, options: AggregateOptions<Running>): this
  /** Defines a virtual table on all connections, as `Database.table` does. */
  table(name: string, definition: VirtualTableDefinition): this
  /** The same as a module, for CREATE VIRTUAL TABLE. */
  table(
    name: string,
    factory: (this: VirtualTableRequest, ...args: any[]) => VirtualTableDefinition,
  ): this
  /** The state of the database, whoever has it open, as `Database.status` has it. */
  status(): DatabaseStatus
  /** Commits as they come, by whichever process, as `Database.watch` has them. `own` are those of this pool. `close()` ends it. */
  watch(tables?: string | readonly string[], options?: WatchOptions): CommitEvents
  /** Runs a function while the lock of a name of your own is held, as `Database.lock` does. */
  lock<Result>(
    name: string,
    body: () => Result | PromiseLike<Result>,
    options?: LockOptions,
  ): Promise<Result>
  /** The database as the bytes of a file. */
  serialize(options?: SerializeOptions): Promise<Buffer>
  /** Copies the database into a file, some pages at a time, while it is in use. */
  backup(filename: string, options?: BackupOptions): Promise<BackupMetadata>
}
