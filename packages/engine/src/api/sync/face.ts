/**
 * The synchronous face as types: what an application sees of `Database` and what it hands out. The names, the type
 * parameters and the meaning are better-sqlite3's. The classes behind them stand in `database.ts` and
 * `statement.ts`; they know each other only through this file.
 */
import type { SqliteError } from '../../base/error.ts'
import type { CommitEvents, WatchOptions } from '../across/commit-event.ts'
import type { LockOptions } from '../across/named-lock.ts'
import type { DatabaseStatus } from '../status.ts'

/**
 * What INTEGERs of a result are: numbers, and a RangeError where one is too large for that; bigints; or numbers where they are exact and
 * bigints elsewhere.
 */
export type IntegerMode = 'number' | 'bigint' | 'mixed'

/** What an application stores for values that SQL has no type for. */
export interface ValueCodec {
  /** Gets an object that is to be bound, such as a Date, and answers what is bound in its place. */
  encode(value: object): unknown
}

/** Settings of a new connection. Both better-sqlite3's and node:sqlite's spellings are taken. */
export interface DatabaseOptions {
  /** Open for reading only. */
  readonly?: boolean | undefined
  /** The same, as node:sqlite spells it. */
  readOnly?: boolean | undefined
  /** A name in double quotes that is no column's is a string, as it was in older SQLite. Default false. */
  enableDoubleQuotedStringLiterals?: boolean | undefined
  /** Fail when the file does not exist. */
  fileMustExist?: boolean | undefined
  /** How long a statement waits for another connection's lock, in ms. Default 5000. */
  timeout?: number | undefined
  /** Called with the text of every statement that runs, its values filled in. */
  verbose?: ((message?: unknown, ...more: unknown[]) => void) | null | undefined
  /** Taken for compatibility: must be null or undefined; the addon finds itself. */
  nativeBinding?: null | undefined
  /**
   * `['multiprocess_wal']`: several processes may have the file open. Default: what the environment variable CHORUSDB_EXPERIMENTAL
   * says, separated by commas.
   */
  experimental?: readonly string[] | undefined
  /** Page size of a database that is created by this call. Default 4096. */
  pageSize?: number | undefined
  /**
   * Frames in the log from which on commits insist on its restart, as PRAGMA wal_budget sets it. Default -1: four times
   * `wal_autocheckpoint`; 0: never.
   */
  walBudget?: number | undefined
  /** What INTEGERs are where statements say no more. Default `'number'`. */
  integers?: IntegerMode | undefined
  /** What becomes of objects that are bound, such as Dates. Default: they are refused. */
  codec?: ValueCodec | undefined
}

/** Options of `Database.serialize`. */
export interface SerializeOptions {
  /** The name of the database. Default `main`. */
  attached?: string | undefined
}

/** How far a backup has come. */
export interface BackupMetadata {
  /** Pages of the source. */
  totalPages: number
  /** Those that are not in the copy yet, or have been changed since they were copied. */
  remainingPages: number
}

/** Options of `Database.backup`. */
export interface BackupOptions {
  /** The name of the database. Default `main`. */
  attached?: string | undefined
  /** Told after each step. Answers how many pages the next one copies, 0 to wait; nothing: as many as before, at first 100. */
  progress?: ((progress: BackupMetadata) => number | undefined | void) | null | undefined
}

/** Options of `Database.pragma`. */
export interface PragmaOptions {
  /** Only the first column of the first row. */
  simple?: boolean | undefined
}

/** What `run` answers: rows changed, and the rowid of the last INSERT of this connection. */
export interface RunResult {
  /** Rows that this statement inserted, updated or deleted. */
  changes: number
  /** A bigint with `safeIntegers`. */
  lastInsertRowid: number | bigint
}

/** One column of a result, where it comes from and how it was declared. */
export interface ColumnDefinition {
  /** What the column is called in the result. */
  name: string
  /** The column of a table that it comes from; null: it is computed. */
  column: string | null
  /** The table that it comes from. */
  table: string | null
  /** The database of that table, such as `main`. */
  database: string | null
  /** The type that the column was declared with, as it was written. */
  type: string | null
}

/**
 * A prepared statement.
 *
 * ```ts
 * const find = db.prepare<[number], { name: string }>('SELECT name FROM album WHERE id = ?')
 * find.get(1) // { name: '…' }
 * find.pluck().get(1) // '…'
 * ```
 */
export interface Statement<BindParameters extends unknown[] = unknown[], Result = unknown> {
  /** Whether the statement returns rows. */
  readonly reader: boolean
  /** Whether the statement leaves the database file alone. */
  readonly readonly: boolean
  /** Whether an iterator of this statement is open. */
  readonly busy: boolean
  /** The text that was prepared. */
  readonly source: string
  /** The connection that prepared it. */
  readonly database: Database

  /**
   * Runs the statement. Of one that returns rows, they are dropped.
   * @param params values in the order of the parameters, or in lists; objects with values by name may stand among them
   * @throws SqliteError; TypeError and RangeError for values that do not fit the parameters, or while an iterator is open
   */
  run(...params: BindParameters): RunResult
  /**
   * The first row, or `undefined`.
   * @throws as `run`; TypeError for a statement that returns no rows; RangeError for an INTEGER that is too large for a number
   */
  get(...params: BindParameters): Result | undefined
  /** All rows. @throws as `get` */
  all(...params: BindParameters): Result[]
  /** The rows one by one. The connection takes no writes until the iterator ends or is closed. @throws as `get`, also while it goes on */
  iterate(...params: BindParameters): IterableIterator<Result>

  /** Rows as arrays instead of objects. @throws TypeError for a statement that returns no rows, or while its iterator is open */
  raw(enabled?: boolean): this
  /** Only the first column of each row. @throws as `raw` */
  pluck(enabled?: boolean): this
  /** Rows as one object for each table; what belongs to no table is under `$`. @throws as `raw` */
  expand(enabled?: boolean): this
  /** INTEGERs as bigints. */
  safeIntegers(enabled?: boolean): this
  /**
   * What INTEGERs are, in all columns or in some of them by name.
   *
   * ```ts
   * db.prepare('SELECT id, size FROM file').integers({ id: 'bigint' }).all() // [{ id: 1n, size: 512 }]
   * ```
   */
  integers(mode: IntegerMode | Readonly<Record<string, IntegerMode>>): this
  /** Binds parameters for good; later calls take none. @throws TypeError where some are bound already, or as `run` */
  bind(...params: BindParameters): this
  /** The columns of the result. @throws TypeError for a statement that returns no rows */
  columns(): ColumnDefinition[]
  /** The statement's text; once bound, with the values in it. */
  toString(): string
}

/** How a function behaves. */
export interface FunctionOptions {
  /** It takes any number of arguments. */
  readonly varargs?: boolean
  /** The same arguments give the same answer: it may be called less often, and stand in indexes. */
  readonly deterministic?: boolean
  /** It may not be called by views, constraints, indexes and defaults, only by statements. */
  readonly directOnly?: boolean
  /** It gets INTEGERs as bigints. Else as `defaultSafeIntegers` said when it was defined. */
  readonly safeIntegers?: boolean
  /** It may run statements of the same connection, which takes no calls from inside otherwise. */
  readonly reentrant?: boolean
}

/**
 * What an aggregate is made of.
 * @typeParam Running the running answer, any value at all
 */
export interface AggregateOptions<Running = any> {
  /** What to begin with, or a function that makes it for each group. Absent: null. */
  readonly start?: Running | (() => Running)
  /** Takes the arguments of one row. Returns the next running answer; undefined: it stays the one that was given. */
  readonly step: (running: Running, ...args: any[]) => Running | void
  /** Takes the oldest row out again. Without it the aggregate is no window function. */
  readonly inverse?: ((running: Running, ...args: any[]) => Running | void) | null | undefined
  /** What SQL gets. Absent: the running answer itself. */
  readonly result?: ((running: Running) => unknown) | null | undefined
  /** It takes any number of arguments; else as many as `step` or `inverse` have behind the running answer. */
  readonly varargs?: boolean
  /** Accepted as of functions; it changes nothing here. */
  readonly deterministic?: boolean
  /** As of functions. */
  readonly directOnly?: boolean
  /** As of functions. */
  readonly safeIntegers?: boolean
}

/** How a collation behaves. */
export interface CollationOptions {
  /** As of functions. */
  readonly reentrant?: boolean
}

/** A virtual table of the application's. */
export interface VirtualTableDefinition {
  /** Makes the rows: of each the values in the order of `columns`, or an object with all of them by name. */
  rows: (...args: any[]) => Generator
  /** Names of the columns, at least one. */
  columns: string[]
  /** Names of the hidden columns by which `rows` gets its arguments, at most 32; else `$1`, `$2` … for as many as it declares. */
  parameters?: string[] | undefined
  /** Arguments that are INTEGERs come as bigints. Default: as the connection has it. */
  safeIntegers?: boolean
  /** Views and triggers may not name it. Default false. */
  directOnly?: boolean
}

/** For which CREATE VIRTUAL TABLE a definition is wanted. */
export interface VirtualTableRequest {
  /** The name behind USING. */
  module: string
  /** The database that the table is made in. */
  database: string
  /** The name of the table. */
  table: string
}

/** A function that runs in a transaction, with one variant for each way of beginning it. */
export interface TransactionFunction<Args extends unknown[], Result> {
  /** Runs the function between BEGIN and COMMIT; inside another transaction, in a savepoint. */
  (...args: Args): Result
  /** By BEGIN. */
  readonly default: TransactionFunction<Args, Result>
  /** By BEGIN DEFERRED: it takes a lock with its first statement. */
  readonly deferred: TransactionFunction<Args, Result>
  /** By BEGIN IMMEDIATE: it takes the writer's lock at once, waiting for it as long as `timeout` says. */
  readonly immediate: TransactionFunction<Args, Result>
  /** By BEGIN EXCLUSIVE, which is IMMEDIATE in WAL mode. */
  readonly exclusive: TransactionFunction<Args, Result>
  /** The connection that it runs on. */
  readonly database: Database
}

/**
 * A connection to a database file.
 *
 * ```ts
 * import { Database } from 'chorusdb'
 * const db = new Database('app.db', { experimental: ['multiprocess_wal'] })
 * db.exec('CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT)')
 * db.prepare('INSERT INTO note(text) VALUES (?)').run('hello')
 * ```
 */
export interface Database {
  /** The name that was given to the constructor. */
  readonly name: string
  /** Whether the connection is open. */
  readonly open: boolean
  /** Whether a transaction is open. */
  readonly inTransaction: boolean
  /** Whether the connection was opened for reading only. */
  readonly readonly: boolean
  /** Whether this is a database in memory. */
  readonly memory: boolean

  /**
   * Prepares one statement. One of a text that was prepared before costs next to nothing.
   * @typeParam BindParameters what is bound: a list, or an object of named values
   * @typeParam Result what a row is
   * @throws SqliteError on bad SQL; RangeError on none or several statements; TypeError where the connection is closed
   */
  prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
  ): Statement<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result>
  /** Runs all statements of a text; rows are dropped. @throws SqliteError; what the statements before the failing one have done stays */
  exec(sql: string): this
  /**
   * Runs a PRAGMA: its rows, or with `simple` the first value of the first row.
   * @param source what stands behind PRAGMA, such as `'user_version = 7'` (PRAGMA Statements)
   */
  pragma(source: string, options?: PragmaOptions): unknown
  /** Runs EXPLAIN: of `'QUERY PLAN SELECT …'`, how the query would be run, in rows of `id`, `parent`, `notused` and `detail`. (EXPLAIN QUERY PLAN) */
  explain(source: string): unknown[]
  /** The state of the database, whoever has it open: processes, readers, log. Takes no lock. */
  status(): DatabaseStatus
  /**
   * Runs a function while the lock of a name of your own is held: one at a time, in all processes and connections that have this database open. It has
   * nothing to do with transactions, and ends with its process.
   *
   * ```ts
   * await db.lock('migrate', () => db.exec('CREATE TABLE IF NOT EXISTS note(text)'))
   * ```
   * @returns what the function returns
   * @throws AbortError; SqliteError with `SQLITE_BUSY` after `timeout`, and with `SQLITE_MISUSE` inside the same lock
   */
  lock<Result>(
    name: string,
    body: () => Result | PromiseLike<Result>,
    options?: LockOptions,
  ): Promise<Result>
  /**
   * Tells of commits as they come, by whichever process, connection or thread, from this call on. Nothing is polled; what comes while nobody asks is told
   * together. `db.close()` ends it.
   *
   * ```ts
   * for await (const { tables, own } of db.watch('note')) if (!own) console.log(tables)
   * ```
   * @param tables those of the main database to be told of; none: all
   * @throws SqliteError where there is no such table; AbortError where the signal was aborted before
   */
  watch(tables?: string | readonly string[] | null, options?: WatchOptions): CommitEvents
  /**
   * Wraps a function in a transaction; inside another one, in a savepoint. What the function throws takes everything back, and is thrown on.
   *
   * ```ts
   * const add = db.transaction((texts: string[]) => texts.map((text) => insert.run(text).lastInsertRowid))
   * add.immediate(['one', 'two']) // [1, 2]
   * ```
   * @throws TypeError where the function returns a promise; SqliteError as BEGIN and COMMIT do
   */
  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Result,
  ): TransactionFunction<Args, Result>
  /**
   * Whether statements prepared from now on return INTEGERs as bigints.
   * @param enabled default true
   */
  defaultSafeIntegers(enabled?: boolean): this
  /** What INTEGERs are in statements prepared from now on. @throws TypeError for another mode */
  defaultIntegers(mode: IntegerMode): this
  /** Allows writes while an iterator is open. */
  unsafeMode(enabled?: boolean): this
  /**
   * Closes the connection; an open transaction is rolled back. A second call does nothing. The last connection to a file copies its log back.
   * @throws TypeError while a statement runs or an iterator is open; SqliteError where the disk fails
   */
  close(): this
  /** `using db = new Database(…)`. */
  [Symbol.dispose](): void

  /**
   * Defines a function that statements of this connection can call, for as many arguments as `call` has parameters, or any number
   * (`varargs`). It gets numbers, strings, Buffers and nulls, and answers one of these, a bigint, or `undefined` for NULL.
   *
   * ```ts
   * db.function('double', { deterministic: true }, (x: number) => x * 2)
   * db.prepare('SELECT double(21)').pluck().get() // 42
   * ```
   */
  function(name: string, call: (...args: any[]) => unknown): this
  /** The same with options. */
  function(
    name: string,
    options: FunctionOptions | null | undefined,
    call: (...args: any[]) => unknown,
  ): this
  /**
   * Defines a collation: `compare` answers a negative number, zero or a positive one, always the same for two texts. Who changes what it
   * answers rebuilds the indexes that use it (`REINDEX name`).
   *
   * ```ts
   * db.collation('german', new Intl.Collator('de').compare)
   * db.exec('CREATE TABLE word(text TEXT COLLATE german)')
   * ```
   */
  collation(name: string, compare: (left: string, right: string) => number): this
  /** The same with options. */
  collation(
    name: string,
    options: CollationOptions | null | undefined,
    compare: (left: string, right: string) => number,
  ): this
  /**
   * Defines an aggregate. `step` returns the next running answer, or nothing where it has changed the one that it was given; with `inverse`,
   * which takes the oldest row out again, it is a window function too.
   *
   * ```ts
   * db.aggregate('longest', { start: '', step: (best, text) => (text.length > best.length ? text : best) })
   * db.prepare('SELECT longest(name) FROM user').pluck().get()
   * ```
   */
  aggregate<Running>(name: string, options: AggregateOptions<Running>): this
  /**
   * Defines a virtual table. Given an object, the table goes by `name`, and is a table-valued function of its parameters; given a
   * function, that is called for each `CREATE VIRTUAL TABLE … USING name(…)`, with what stands in the parentheses, and answers
   * such an object. What the generator throws is thrown on as it is.
   *
   * ```ts
   * db.table('numbers', {
   *   columns: ['n'],
   *   parameters: ['last'],
   *   *rows(last: number) { for (let n = 1; n <= last; n++) yield [n] },
   * })
   * db.prepare('SELECT sum(n) FROM numbers(10)').pluck().get() // 55
   * ```
   */
  table(name: string, definition: VirtualTableDefinition): this
  /** The same as a module, for CREATE VIRTUAL TABLE. */
  table(
    name: string,
    factory: (this: VirtualTableRequest, ...args: any[]) => VirtualTableDefinition,
  ): this
  /** Not supported: an engine in JavaScript runs no machine code of SQLite's. @throws SqliteError always */
  loadExtension(path: string, entryPoint?: string): never
  /** The database as the bytes of a file, which `new Database(bytes)` opens in memory. @throws SqliteError for a database that is not attached */
  serialize(options?: SerializeOptions): Buffer
  /**
   * Copies the database into a file, some pages at a time, while it is in use. What is written meanwhile is in the copy.
   *
   * ```ts
   * await db.backup('backup.db', { progress: ({ totalPages, remainingPages }) => totalPages / 10 })
   * ```
   * Rejects with a TypeError for a wrong argument or a folder that is not there, with a SqliteError where the file cannot be written, and with what `progress` throws.
   * (SQLite Backup API)
   */
  backup(filename: string, options?: BackupOptions): Promise<BackupMetadata>
}

/** The constructor of {@link Database}; works without `new` as well. */
export interface DatabaseConstructor {
  /**
   * Opens a database.
   * @param filename a file, made where it is not there; `:memory:` or nothing, a database in memory; a URI; or the bytes of a database, as `serialize` answers
   * them. A name may end in `?experimental=multiprocess_wal`
   * @throws TypeError, RangeError for wrong arguments, and for an unknown feature; SqliteError: `SQLITE_CANTOPEN`, `SQLITE_NOTADB`, `SQLITE_BUSY` where the file is open in another mode
   */
  new (filename?: string | Buffer, options?: DatabaseOptions): Database
  /** The same without `new`. */
  (filename?: string | Buffer, options?: DatabaseOptions): Database
  /** What connections inherit from. */
  readonly prototype: Database
  /** The class of every error that the database answers with. */
  readonly SqliteError: typeof SqliteError
}
