/**
 * ChorusDB: an embedded, SQLite-compatible database whose files many processes read and write at once.
 *
 * @packageDocumentation
 */
/// <reference types="node" />

/**
 * An answer from the database, named by SQLite's result code, extended where SQLite extends it. What it is made from, in which order, and
 * what of it is enumerable are better-sqlite3's: drivers make such errors themselves. `code` is then whatever they say.
 */
export declare class SqliteError extends Error {
  readonly name: 'SqliteError'
  readonly code: SqliteCode
  /** @throws TypeError where the code is no text */
  constructor(message: string, code: SqliteCode, options?: ErrorOptions)
}

/** The name of a result code: what `SqliteError.code` holds. */
export type SqliteCode = keyof typeof resultCodes

/**
 * SQLite's result codes by name, with their numbers. (Result and Error Codes §3 and §4.)
 * An extended code is `primary | (n << 8)`.
 */
export declare const resultCodes: {
  readonly SQLITE_OK: 0
  readonly SQLITE_ERROR: 1
  readonly SQLITE_INTERNAL: 2
  readonly SQLITE_PERM: 3
  readonly SQLITE_ABORT: 4
  readonly SQLITE_BUSY: 5
  readonly SQLITE_LOCKED: 6
  readonly SQLITE_NOMEM: 7
  readonly SQLITE_READONLY: 8
  readonly SQLITE_INTERRUPT: 9
  readonly SQLITE_IOERR: 10
  readonly SQLITE_CORRUPT: 11
  readonly SQLITE_NOTFOUND: 12
  readonly SQLITE_FULL: 13
  readonly SQLITE_CANTOPEN: 14
  readonly SQLITE_PROTOCOL: 15
  readonly SQLITE_EMPTY: 16
  readonly SQLITE_SCHEMA: 17
  readonly SQLITE_TOOBIG: 18
  readonly SQLITE_CONSTRAINT: 19
  readonly SQLITE_MISMATCH: 20
  readonly SQLITE_MISUSE: 21
  readonly SQLITE_NOLFS: 22
  readonly SQLITE_AUTH: 23
  readonly SQLITE_FORMAT: 24
  readonly SQLITE_RANGE: 25
  readonly SQLITE_NOTADB: 26
  readonly SQLITE_NOTICE: 27
  readonly SQLITE_WARNING: 28
  readonly SQLITE_ROW: 100
  readonly SQLITE_DONE: 101
  readonly SQLITE_ERROR_MISSING_COLLSEQ: 257
  readonly SQLITE_ABORT_ROLLBACK: 516
  readonly SQLITE_BUSY_RECOVERY: 261
  readonly SQLITE_BUSY_SNAPSHOT: 517
  readonly SQLITE_BUSY_TIMEOUT: 773
  readonly SQLITE_CANTOPEN_ISDIR: 526
  readonly SQLITE_CANTOPEN_FULLPATH: 782
  readonly SQLITE_CONSTRAINT_CHECK: 275
  readonly SQLITE_CONSTRAINT_FOREIGNKEY: 787
  readonly SQLITE_CONSTRAINT_NOTNULL: 1299
  readonly SQLITE_CONSTRAINT_PRIMARYKEY: 1555
  readonly SQLITE_CONSTRAINT_TRIGGER: 1811
  readonly SQLITE_CONSTRAINT_UNIQUE: 2067
  readonly SQLITE_CONSTRAINT_ROWID: 2579
  readonly SQLITE_CONSTRAINT_PINNED: 2835
  readonly SQLITE_CONSTRAINT_DATATYPE: 3091
  readonly SQLITE_IOERR_READ: 266
  readonly SQLITE_IOERR_SHORT_READ: 522
  readonly SQLITE_IOERR_WRITE: 778
  readonly SQLITE_IOERR_FSYNC: 1034
  readonly SQLITE_IOERR_TRUNCATE: 1546
  readonly SQLITE_IOERR_FSTAT: 1802
  readonly SQLITE_IOERR_CLOSE: 4106
  readonly SQLITE_IOERR_GETTEMPPATH: 6410
  readonly SQLITE_LOCKED_SHAREDCACHE: 262
  readonly SQLITE_READONLY_RECOVERY: 264
  readonly SQLITE_READONLY_DBMOVED: 1032
  readonly SQLITE_READONLY_DIRECTORY: 1544
  readonly SQLITE_CORRUPT_SEQUENCE: 523
  readonly SQLITE_CORRUPT_INDEX: 779
}

/** True when the last statement of `sql` is finished by a semicolon. */
export declare function isComplete(sql: string): boolean

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
   * Prepares one statement.
   * @throws SqliteError on bad SQL; RangeError on none or several statements
   */
  prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
  ): Statement<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result>
  /** Runs all statements of a text; rows are dropped. */
  exec(sql: string): this
  /** Runs a PRAGMA: its rows, or with `simple` the first value of the first row. */
  pragma(source: string, options?: PragmaOptions): unknown
  /** Runs EXPLAIN: of `'QUERY PLAN SELECT …'`, how the query would be run. */
  explain(source: string): unknown[]
  /** The state of the database, whoever has it open: processes, readers, log. Takes no lock. */
  status(): DatabaseStatus
  /** Wraps a function in a transaction; inside another one, in a savepoint. */
  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Result,
  ): TransactionFunction<Args, Result>
  /** Whether statements prepared from now on return INTEGERs as bigints. */
  defaultSafeIntegers(enabled?: boolean): this
  /** What INTEGERs are in statements prepared from now on. */
  defaultIntegers(mode: IntegerMode): this
  /** Allows writes while an iterator is open. */
  unsafeMode(enabled?: boolean): this
  /** Closes the connection; an open transaction is rolled back. A second call does nothing. */
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
  table(
    name: string,
    factory: (this: VirtualTableRequest, ...args: any[]) => VirtualTableDefinition,
  ): this
  /** Not supported. @throws SqliteError */
  loadExtension(path: string, entryPoint?: string): never
  /** The database as the bytes of a file, which `new Database(bytes)` opens in memory. */
  serialize(options?: SerializeOptions): Buffer
  /**
   * Copies the database into a file, some pages at a time, while it is in use. What is written meanwhile is in the copy.
   *
   * ```ts
   * await db.backup('backup.db', { progress: ({ totalPages, remainingPages }) => totalPages / 10 })
   * ```
   */
  backup(filename: string, options?: BackupOptions): Promise<BackupMetadata>
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
  /** Runs the statement. Of one that returns rows, they are dropped. */
  run(...params: BindParameters): RunResult
  /** The first row, or `undefined`. */
  get(...params: BindParameters): Result | undefined
  /** All rows. */
  all(...params: BindParameters): Result[]
  /** The rows one by one. The connection takes no writes until the iterator ends or is closed. */
  iterate(...params: BindParameters): IterableIterator<Result>
  /** Rows as arrays instead of objects. */
  raw(enabled?: boolean): this
  /** Only the first column of each row. */
  pluck(enabled?: boolean): this
  /** Rows as one object for each table; what belongs to no table is under `$`. */
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
  /** Binds parameters for good; later calls take none. */
  bind(...params: BindParameters): this
  /** The columns of the result. */
  columns(): ColumnDefinition[]
  /** The statement's text; once bound, with the values in it. */
  toString(): string
}

/** What `run` answers: rows changed, and the rowid of the last INSERT of this connection. */
export interface RunResult {
  /** Rows that this statement inserted, updated or deleted. */
  changes: number
  /** A bigint with `safeIntegers`. */
  lastInsertRowid: number | bigint
}

/**
 * What INTEGERs of a result are: numbers, and a RangeError where one is too large for that; bigints; or numbers where they are exact and
 * bigints elsewhere.
 */
export type IntegerMode = 'number' | 'bigint' | 'mixed'

/** One column of a result, where it comes from and how it was declared. */
export interface ColumnDefinition {
  name: string
  column: string | null
  table: string | null
  database: string | null
  type: string | null
}

/** Options of `Database.pragma`. */
export interface PragmaOptions {
  /** Only the first column of the first row. */
  simple?: boolean | undefined
}

/** What `db.status()` and `status(path)` answer. */
export interface DatabaseStatus {
  path: string
  /** When it was looked at. */
  at: number
  /** `sqlite`: stock SQLite has it open. `closed`: nobody has. */
  mode: 'multi-process' | 'single-process' | 'sqlite' | 'closed' | 'memory'
  /** The first process is opening it, or the last one closing it; others wait. */
  changing: boolean
  /** This process has it open. */
  openHere: boolean
  /** Whether processes can share the file here. */
  multiprocessSupport: {
    supported: boolean
    reason: string | null
  }
  database: {
    bytes: number
    pageSize: number
    pageCount: number
  }
  wal: {
    bytes: number
    /** Committed frames. */
    frames: number
    /** Those that are in the database file; null: not known. */
    backfilledFrames: number | null
    /** How often the log was restarted. */
    restarts: number
  }
  /** The shared frame index; null without a coordination file. */
  index: {
    blocks: number
    entries: number
    capacity: number
    overflowed: boolean
  } | null
  /** What is wrong with the coordination file. */
  problem: string | null
  processes: ProcessStatus[]
  /** Further holders of the database that cannot be named; null: not known. */
  otherHolders: number | null
  deadProcesses: DeadProcess[]
  readers: ReaderStatus[]
  /** Somebody stands first in the queue of writers. */
  writerWaiting: boolean
  lastCheckpoint: CheckpointStatus | null
}

/** A process that has the database open. */
export interface ProcessStatus {
  /** In its own name space of processes; null: a lock is held, and nothing says by whom. */
  pid: number | null
  /** `peer`: another engine that shares the file. */
  engine: 'chorusdb' | 'peer' | 'unknown'
  /** Of our engine. */
  version: string | null
  /** The process that asks. */
  self: boolean
  /** What it holds at this moment. */
  roles: ('writer' | 'checkpointer' | 'reader')[]
  /** Reader slots that it holds. */
  slots: number[]
  /** Whether all of its connections are for reading only; null: not known. */
  readonly: boolean | null
  connections: number | null
  /** When it opened the database. */
  openedAt: number | null
  /** When the process was started. */
  startedAt: number | null
  /** Since it opened the database or, where that is not known, since it was started. */
  ageMs: number | null
  /** Stopped by a signal or a debugger: it keeps its locks and does not go on. */
  stopped: boolean | null
  statement: RunningStatement | null
  transaction: OpenTransaction | null
}

/** A statement that has been running for a tenth of a second or longer. */
export interface RunningStatement {
  /** Its text; of a long one the beginning, of one that differs from others only in literals without these. */
  text: string
  since: number
}

/** A transaction that has been open for a tenth of a second or longer, whether or not a statement runs in it. */
export interface OpenTransaction {
  kind: 'read' | 'write'
  since: number
}

/** A process that ended without closing the database. It holds nothing. */
export interface DeadProcess {
  pid: number
  version: string
  openedAt: number
  /** What it was doing, as far as that had been going on for a while. */
  statement: RunningStatement | null
  transaction: OpenTransaction | null
}

/** A reader slot: frames after the one it pins are not copied back, and the log is not restarted. */
export interface ReaderStatus {
  slot: number
  pid: number | null
  engine: 'chorusdb' | 'peer'
  frame: number
  /** Committed frames after that one. */
  framesBehind: number
  /** Held for a second after a restart of the log, against outdated checkpoints; nobody reads here. */
  guard: boolean
}

/** The last checkpoint of a process of our engine, since the database was opened. */
export interface CheckpointStatus {
  mode: 'PASSIVE' | 'FULL' | 'RESTART' | 'TRUNCATE'
  /** It did not do all that its mode asks for. */
  busy: boolean
  /** Frames in the log when it began, and how many of them were in the database file when it ended. */
  logFrames: number
  checkpointedFrames: number
  at: number
  pid: number
  /** What kept it from more; null: nothing. */
  limitedBy: {
    kind: 'reader' | 'writer' | 'checkpointer'
    pid: number | null
    /** Of a reader, its slot and the frame that it pinned. */
    slot: number | null
    frame: number | null
  } | null
}

/** A function that runs in a transaction, with one variant for each way of beginning it. */
export interface TransactionFunction<Args extends unknown[], Result> {
  (...args: Args): Result
  readonly default: TransactionFunction<Args, Result>
  readonly deferred: TransactionFunction<Args, Result>
  readonly immediate: TransactionFunction<Args, Result>
  readonly exclusive: TransactionFunction<Args, Result>
  readonly database: Database
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

export interface CollationOptions {
  /** As of functions. */
  readonly reentrant?: boolean
}

/** @typeParam Running the running answer, any value at all */
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

/** A virtual table of the application's. */
export interface VirtualTableDefinition {
  /** Makes the rows: of each the values in the order of `columns`, or an object with all of them by name. */
  rows: (...args: any[]) => Generator
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
  module: string
  database: string
  table: string
}

/** Options of `Database.serialize`. */
export interface SerializeOptions {
  /** The name of the database. Default `main`. */
  attached?: string | undefined
}

/** Options of `Database.backup`. */
export interface BackupOptions {
  /** The name of the database. Default `main`. */
  attached?: string | undefined
  /** Told after each step. Answers how many pages the next one copies, 0 to wait; nothing: as many as before, at first 100. */
  progress?: ((progress: BackupMetadata) => number | undefined | void) | null | undefined
}

/** How far a backup has come. */
export interface BackupMetadata {
  totalPages: number
  remainingPages: number
}

export declare const Database: DatabaseConstructor

/** The constructor of {@link Database}; works without `new` as well. */
export interface DatabaseConstructor {
  new (filename?: string | Buffer, options?: DatabaseOptions): Database
  (filename?: string | Buffer, options?: DatabaseOptions): Database
  readonly prototype: Database
  /** The class of every error that the database answers with. */
  readonly SqliteError: typeof SqliteError
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

/** What an application stores for values that SQL has no type for. */
export interface ValueCodec {
  /** Gets an object that is to be bound, such as a Date, and answers what is bound in its place. */
  encode(value: object): unknown
}

/**
 * Settings of a database before it is opened.
 *
 * ```ts
 * const database = await Builder.newLocal('app.db').experimentalMultiprocessWal(true).build()
 * const connection = database.connect()
 * await connection.execute('INSERT INTO note(text) VALUES (?)', ['hello'])
 * ```
 */
export declare class Builder {
  #private
  private constructor()
  /** A database in a local file, or `:memory:`. */
  static newLocal(path: string): Builder
  /** Whether several processes may have the file open at once. */
  experimentalMultiprocessWal(enabled: boolean): this
  /** How long a statement waits for another connection's lock, in ms. */
  busyTimeout(timeoutMs: number): this
  /** Opens the database once, so that a wrong path or a conflict of modes shows here. */
  build(): Promise<LocalDatabase>
}

/** A database that was built; connections come from `connect()`. */
export declare class LocalDatabase {
  #private
  /** Use `Builder.build`. */
  constructor(open: () => Database)
  /** A new connection. Each one of a memory database after the first is a database of its own. */
  connect(): LocalConnection
  /** Lets go of the file when no connection was asked for. */
  close(): void
}

/** One connection; its statements run in the order of the calls. */
export declare class LocalConnection {
  #private
  /** Use `LocalDatabase.connect`. */
  constructor(database: Database)
  /** Runs one statement and answers the number of rows it changed. */
  execute(sql: string, params?: Parameters): Promise<number>
  /** Runs all statements of a text. */
  executeBatch(sql: string): Promise<void>
  /** Runs one query. Its rows come one by one from `next()`, or by `for await`. */
  query(sql: string, params?: Parameters): Promise<Rows>
  /** Whether no transaction is open. */
  isAutocommit(): boolean
  /** Closes the connection. A call that waits for a lock, and those behind it, are rejected. */
  close(): void
}

/** Parameters of one call: a list, or named values. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>

/** Rows of a query, as objects. */
export declare class Rows implements AsyncIterable<Record<string, unknown>> {
  #private
  /** Names of the columns. */
  readonly columnNames: readonly string[]
  /** Use `LocalConnection.query`. */
  constructor(
    columnNames: readonly string[],
    next: () => Promise<Record<string, unknown> | undefined>,
    close: () => void,
  )
  /** The next row, or `undefined` after the last. */
  next(): Promise<Record<string, unknown> | undefined>
  /** Ends the query before its last row, and with it the transaction that it has begun. */
  close(): void
  [Symbol.asyncIterator](): AsyncGenerator<Record<string, unknown>>
}

/**
 * The state of a database file, whoever has it open. Takes no lock and changes nothing.
 *
 * ```ts
 * import { status } from 'chorusdb'
 * for (const { pid, roles, statement } of status('app.db').processes) console.log(pid, roles, statement?.text)
 * ```
 * @throws SqliteError when the file is not there or is no database
 */
export declare function status(path: string): DatabaseStatus

export default Database

export {}
