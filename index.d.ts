/**
 * ChorusDB: an embedded, SQLite-compatible database whose files many processes read and write at once.
 *
 * @module chorusdb
 */
/// <reference types="node" />

/**
 * An answer from the database, named by SQLite's result code, extended where SQLite extends it. What it is made from, in which order, and
 * what of it is enumerable are better-sqlite3's: drivers make such errors themselves. `code` is then whatever they say.
 */
export declare class SqliteError extends Error {
  /** The name of the class. */
  readonly name: 'SqliteError'
  /** SQLite's code, extended where SQLite extends it, such as `SQLITE_CONSTRAINT_UNIQUE`. (Result and Error Codes §4) */
  readonly code: SqliteCode
  /** Drivers make such errors themselves. @throws TypeError where the code is no text */
  constructor(message: string, code: SqliteCode, options?: ErrorOptions)
}

/** The name of a result code: what `SqliteError.code` holds. */
export type SqliteCode = keyof typeof resultCodes

/**
 * SQLite's result codes by name, with their numbers. (Result and Error Codes §3 and §4.)
 * An extended code is `primary | (n << 8)`.
 */
export declare const resultCodes: {
  /** All went well. */
  readonly SQLITE_OK: 0
  /** A mistake in SQL, or in how it is used. */
  readonly SQLITE_ERROR: 1
  /** A fault of the engine itself. */
  readonly SQLITE_INTERNAL: 2
  /** The access that was asked for is not permitted. */
  readonly SQLITE_PERM: 3
  /** The statement was ended by what it called. */
  readonly SQLITE_ABORT: 4
  /** Somebody else has the lock, and the busy timeout is over. */
  readonly SQLITE_BUSY: 5
  /** A statement of the same connection is in the way. */
  readonly SQLITE_LOCKED: 6
  /** The memory or the stack does not suffice. */
  readonly SQLITE_NOMEM: 7
  /** The database may only be read. */
  readonly SQLITE_READONLY: 8
  /** The statement was interrupted. */
  readonly SQLITE_INTERRUPT: 9
  /** The system reports a failure of the disk, or of the files. */
  readonly SQLITE_IOERR: 10
  /** The file breaks a rule of its format. */
  readonly SQLITE_CORRUPT: 11
  /** There is no such thing. */
  readonly SQLITE_NOTFOUND: 12
  /** The disk is full, or no number is left. */
  readonly SQLITE_FULL: 13
  /** The file cannot be opened. */
  readonly SQLITE_CANTOPEN: 14
  /** Processes could not agree about the locks. */
  readonly SQLITE_PROTOCOL: 15
  /** SQLite does not use it. */
  readonly SQLITE_EMPTY: 16
  /** The schema has changed too often meanwhile. */
  readonly SQLITE_SCHEMA: 17
  /** A text or BLOB is larger than is allowed. */
  readonly SQLITE_TOOBIG: 18
  /** A constraint does not hold. */
  readonly SQLITE_CONSTRAINT: 19
  /** A value has another type than is needed. */
  readonly SQLITE_MISMATCH: 20
  /** The interface is used in a way that has no meaning. */
  readonly SQLITE_MISUSE: 21
  /** The system knows no files so large. */
  readonly SQLITE_NOLFS: 22
  /** The statement is not authorised. */
  readonly SQLITE_AUTH: 23
  /** SQLite does not use it. */
  readonly SQLITE_FORMAT: 24
  /** There is no such parameter. */
  readonly SQLITE_RANGE: 25
  /** The file is no database. */
  readonly SQLITE_NOTADB: 26
  /** Something that is noted, and no error. */
  readonly SQLITE_NOTICE: 27
  /** Something that is warned of, and no error. */
  readonly SQLITE_WARNING: 28
  /** A row is there. */
  readonly SQLITE_ROW: 100
  /** There are no more rows. */
  readonly SQLITE_DONE: 101
  /** A collation is not defined on this connection. */
  readonly SQLITE_ERROR_MISSING_COLLSEQ: 257
  /** The transaction of the statement was taken back while it ran. */
  readonly SQLITE_ABORT_ROLLBACK: 516
  /** A database that was left in the middle of a transaction has to be recovered first. */
  readonly SQLITE_BUSY_RECOVERY: 261
  /** What the transaction has read is no longer the newest state, so it may not write. */
  readonly SQLITE_BUSY_SNAPSHOT: 517
  /** A lock of the file system was not to be had in time. */
  readonly SQLITE_BUSY_TIMEOUT: 773
  /** It is a folder. */
  readonly SQLITE_CANTOPEN_ISDIR: 526
  /** The whole path of the file is not to be found out. */
  readonly SQLITE_CANTOPEN_FULLPATH: 782
  /** A CHECK does not hold. */
  readonly SQLITE_CONSTRAINT_CHECK: 275
  /** A foreign key has no parent. */
  readonly SQLITE_CONSTRAINT_FOREIGNKEY: 787
  /** A column is NULL that must not be. */
  readonly SQLITE_CONSTRAINT_NOTNULL: 1299
  /** The primary key is there already. */
  readonly SQLITE_CONSTRAINT_PRIMARYKEY: 1555
  /** RAISE in a trigger has ended the statement. */
  readonly SQLITE_CONSTRAINT_TRIGGER: 1811
  /** A UNIQUE value is there already. */
  readonly SQLITE_CONSTRAINT_UNIQUE: 2067
  /** The rowid is there already. */
  readonly SQLITE_CONSTRAINT_ROWID: 2579
  /** A trigger has changed the row that an UPDATE is changing. */
  readonly SQLITE_CONSTRAINT_PINNED: 2835
  /** A column of a STRICT table has another type. */
  readonly SQLITE_CONSTRAINT_DATATYPE: 3091
  /** Reading has failed. */
  readonly SQLITE_IOERR_READ: 266
  /** The file is shorter than it has to be. */
  readonly SQLITE_IOERR_SHORT_READ: 522
  /** Writing has failed. */
  readonly SQLITE_IOERR_WRITE: 778
  /** A sync has failed: what is on the disk is not known. */
  readonly SQLITE_IOERR_FSYNC: 1034
  /** A file cannot be cut. */
  readonly SQLITE_IOERR_TRUNCATE: 1546
  /** The attributes of a file cannot be read. */
  readonly SQLITE_IOERR_FSTAT: 1802
  /** Closing a file has failed. */
  readonly SQLITE_IOERR_CLOSE: 4106
  /** There is no folder for temporary files. */
  readonly SQLITE_IOERR_GETTEMPPATH: 6410
  /** Another connection of a shared cache is in the way. */
  readonly SQLITE_LOCKED_SHAREDCACHE: 262
  /** The log has to be recovered, and may only be read. */
  readonly SQLITE_READONLY_RECOVERY: 264
  /** The file was moved or deleted while it was open. */
  readonly SQLITE_READONLY_DBMOVED: 1032
  /** The folder takes no log. */
  readonly SQLITE_READONLY_DIRECTORY: 1544
  /** `sqlite_sequence` is not as it has to be. */
  readonly SQLITE_CORRUPT_SEQUENCE: 523
  /** An index does not agree with its table. */
  readonly SQLITE_CORRUPT_INDEX: 779
}

/** A message of `chorusdb:checkpoint`: pages have been copied from the log back into the database file, or that has failed. */
export interface CheckpointMessage {
  /** The database file. */
  readonly database: string
  /** How far it goes. (`PRAGMA wal_checkpoint`) */
  readonly mode: 'passive' | 'full' | 'restart' | 'truncate'
  /** Why: a commit had made the log long enough, somebody has asked for it, or the last connection has closed. */
  readonly cause: 'commit' | 'request' | 'close'
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** In ms. */
  readonly duration: number
  /** As `PRAGMA wal_checkpoint` answers: it could not do all that its mode asks for. */
  readonly busy: boolean
  /** Frames in the log; -1: that could not be looked up. */
  readonly logFrames: number
  /** How many of them are in the database file now; -1 likewise. */
  readonly checkpointedFrames: number
  /** What it has failed with. */
  readonly error: unknown
}

/** Their names are those of the channels. */
export interface DiagnosticsMessages {
  /** A statement has run, has failed, or has been given up. */
  'chorusdb:statement': StatementMessage
  /** Somebody else has been waited for. */
  'chorusdb:wait': WaitMessage
  /** Pages have been copied from the log into the database file. */
  'chorusdb:checkpoint': CheckpointMessage
}

/** A message of `chorusdb:statement`: a statement has run, or has been given up. */
export interface StatementMessage {
  /** The file of the connection's main database; '' in memory. */
  readonly database: string
  /** The statement, as it was written, without its values. */
  readonly sql: string
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** From its beginning to its end, in ms: of an iterator with the time of whoever asks for its rows, of a commit that another thread syncs without that. */
  readonly duration: number
  /** Rows that it has delivered. */
  readonly rows: number
  /** Rows that it has inserted, updated and deleted, those of triggers and of actions of foreign keys included (`sqlite3_total_changes`). */
  readonly changes: number
  /** What it has failed with. */
  readonly error: unknown
}

/** A message of `chorusdb:wait`: another connection, of this or another process, has been waited for. */
export interface WaitMessage {
  /** The database file. */
  readonly database: string
  /** What for: the lock of the writer, or a snapshot to read. */
  readonly lock: 'write' | 'read'
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** In ms. */
  readonly duration: number
  /** Whether it came; false: the time was up, or what waited was given up. */
  readonly acquired: boolean
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

/** Options of `Database.pragma`. */
export interface PragmaOptions {
  /** Only the first column of the first row. */
  simple?: boolean | undefined
}

/** What `db.status()` and `status(path)` answer. */
export interface DatabaseStatus {
  /** The whole path of the file; empty for a database in memory. */
  path: string
  /** When it was looked at, in ms since 1970. */
  at: number
  /** `sqlite`: stock SQLite has it open. `closed`: nobody has. */
  mode: 'multi-process' | 'single-process' | 'sqlite' | 'closed' | 'memory'
  /** The first process is opening it, or the last one closing it; others wait. */
  changing: boolean
  /** This process has it open. */
  openHere: boolean
  /** Whether processes can share the file here. */
  multiprocessSupport: {
    /** Whether they can. */
    supported: boolean
    /** Why not; null where they can. */
    reason: string | null
  }
  /** The database file. */
  database: {
    /** Its size. */
    bytes: number
    /** In bytes. */
    pageSize: number
    /** Pages of the newest committed state. */
    pageCount: number
  }
  /** The log. */
  wal: {
    /** Its size. */
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
    /** Of 4096 entries. */
    blocks: number
    /** Frames that it knows. */
    entries: number
    /** Frames that it can know. */
    capacity: number
    /** It knows not all frames: readers look into the log itself. */
    overflowed: boolean
  } | null
  /** What is wrong with the coordination file; null: nothing. */
  problem: string | null
  /** Who has it open. */
  processes: ProcessStatus[]
  /** Further holders of the database that cannot be named; null: not known. */
  otherHolders: number | null
  /** Who has ended without closing it, since it was opened. */
  deadProcesses: DeadProcess[]
  /** The reader slots that are held. */
  readers: ReaderStatus[]
  /** Somebody stands first in the queue of writers. */
  writerWaiting: boolean
  /** Null: none has been made since it was opened, or not by our engine. */
  lastCheckpoint: CheckpointStatus | null
  /** Of the connection that was asked; null where the database was, by its path. */
  connection: {
    /** How many watch for commits. */
    watchers: number
    /** Named locks that it holds, and those that it waits for. */
    locks: LockStatus[]
  } | null
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
  /** How many connections of it are open; null: not known. */
  connections: number | null
  /** When it opened the database, in ms since 1970; null: not known. */
  openedAt: number | null
  /** When the process was started, in ms since 1970; null: not known. */
  startedAt: number | null
  /** Milliseconds since it opened the database or, where that is not known, since it was started. */
  ageMs: number | null
  /** Stopped by a signal or a debugger: it keeps its locks and does not go on. */
  stopped: boolean | null
  /** What it runs; null: nothing that has lasted for a tenth of a second, or not known. */
  statement: RunningStatement | null
  /** The transaction that it has open; null as of `statement`. */
  transaction: OpenTransaction | null
}

/** A statement that has been running for a tenth of a second or longer. */
export interface RunningStatement {
  /** Its text; of a long one the beginning, of one that differs from others only in literals without these. */
  text: string
  /** When it began, in ms since 1970, true to a tenth of a second. */
  since: number
}

/** A transaction that has been open for a tenth of a second or longer, whether or not a statement runs in it. */
export interface OpenTransaction {
  /** Whether it holds the writer's lock. */
  kind: 'read' | 'write'
  /** When it began, in ms since 1970, true to a tenth of a second. */
  since: number
}

/** A process that ended without closing the database. It holds nothing. */
export interface DeadProcess {
  /** In its own name space of processes. */
  pid: number
  /** Of our engine. */
  version: string
  /** When it opened the database, in ms since 1970. */
  openedAt: number
  /** What it was doing, as far as that had been going on for a while. */
  statement: RunningStatement | null
  /** The transaction that it left open. */
  transaction: OpenTransaction | null
}

/** A reader slot: frames after the one it pins are not copied back, and the log is not restarted. */
export interface ReaderStatus {
  /** From 0 to 63. */
  slot: number
  /** Of the process that holds it; null: not known. */
  pid: number | null
  /** `peer`: another engine that shares the file. */
  engine: 'chorusdb' | 'peer'
  /** The last frame that it sees, counted from 1; 0: none of the log. */
  frame: number
  /** Committed frames after that one. */
  framesBehind: number
  /** Held for a second after a restart of the log, against outdated checkpoints; nobody reads here. */
  guard: boolean
}

/** The last checkpoint of a process of our engine, since the database was opened. */
export interface CheckpointStatus {
  /** As `PRAGMA wal_checkpoint` names it. */
  mode: 'PASSIVE' | 'FULL' | 'RESTART' | 'TRUNCATE'
  /** It did not do all that its mode asks for. */
  busy: boolean
  /** Frames in the log when it began. */
  logFrames: number
  /** How many of them were in the database file when it ended. */
  checkpointedFrames: number
  /** When it ended, in ms since 1970. */
  at: number
  /** Of the process whose it was. */
  pid: number
  /** What kept it from more; null: nothing. */
  limitedBy: {
    /** What held it up. */
    kind: 'reader' | 'writer' | 'checkpointer'
    /** Of that process; null: not known. */
    pid: number | null
    /** Of a reader, its slot; else null. */
    slot: number | null
    /** Of a reader, the frame that it pinned; else null. */
    frame: number | null
  } | null
}

/** A lock of this connection. */
export interface LockStatus {
  /** As `db.lock` was given it. */
  name: string
  /** It is held; else it is waited for. */
  held: boolean
  /** Since when, in ms since 1970. */
  since: number
}

/** Options of `Database.lock`. */
export interface LockOptions {
  /** Gives up waiting: the call is answered with an `AbortError`. Once the lock is held it has no effect. */
  signal?: AbortSignal | undefined
  /** How long to wait, in ms; then the call is answered `SQLITE_BUSY`. Default: as long as it takes. */
  timeout?: number | undefined
}

/** Options of `Database.watch`. */
export interface WatchOptions {
  /** Ends it: whoever waits for the next event is answered with an `AbortError`. */
  signal?: AbortSignal | undefined
}

/** Commits as they come. Whoever reads more slowly than they come gets several in one event. */
export interface CommitEvents extends AsyncIterableIterator<CommitEvent, undefined, undefined> {
  /** The next event, as soon as there is one. @throws AbortError once */
  next(): Promise<IteratorResult<CommitEvent, undefined>>
  /** Ends it. */
  return(): Promise<IteratorResult<CommitEvent, undefined>>
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Commits that have been made since the event before, by whomever. */
export interface CommitEvent {
  /** The number of commits before these: `to` of the event before. */
  from: number
  /** The number of commits including these. */
  to: number
  /**
   * The tables that they have changed, among those that are watched, as the schema writes their names. Each is among them that has changed; some may be that have
   * not: all of them where the log was restarted before these commits were looked at, where commits were undone, and where a long value was
   * overwritten in its place.
   */
  tables: string[]
  /** All of these commits were made by this very connection. */
  own: boolean
  /** Commits that were told before are no more: a process of another kind has taken them back. All that was read since is void. */
  undone: boolean
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

/** How a collation behaves. */
export interface CollationOptions {
  /** As of functions. */
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
  /** Pages of the source. */
  totalPages: number
  /** Those that are not in the copy yet, or have been changed since they were copied. */
  remainingPages: number
}

/**
 * Opens a database: `new Database(filename, options)`.
 *
 * ```ts
 * import { Database } from 'chorusdb'
 * const db = new Database('app.db', { experimental: ['multiprocess_wal'], timeout: 10_000 })
 * ```
 */
export declare const Database: DatabaseConstructor

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
 * Opens a database whose calls never hold up the event loop. Rejects as the constructor `Database` throws.
 *
 * ```ts
 * import { connect } from 'chorusdb'
 * const db = await connect('app.db', { experimental: ['multiprocess_wal'] })
 * ```
 * @param filename as that of `Database`
 */
export declare function connect(
  filename?: string | Buffer,
  options?: ConnectOptions,
): Promise<AsyncDatabase>

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

/** What one call may say of its own end. */
export interface CallOptions {
  /** Stops the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Stops the call after so many ms, waiting included; it rejects with SQLITE_INTERRUPT. 0: never. */
  readonly queryTimeout?: number | undefined
  /** The same as `queryTimeout`. */
  readonly timeout?: number | undefined
}

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

/** What is bound, and options behind it. */
export type CallParameters<BindParameters extends unknown[]> =
  | BindParameters
  | [...BindParameters, CallOptions]

/** Rows one by one: `for await`, or `next()`. A loop that is left ends the query. */
export interface AsyncRows<Row = unknown> extends AsyncIterableIterator<Row> {
  /** The next row. Rejects with a SqliteError, or with what cancels the call; then it is over. */
  next(): Promise<IteratorResult<Row, undefined>>
  /** Ends the query before its last row. */
  return(): Promise<IteratorResult<Row, undefined>>
  /** `await using rows = db.iterate(…)`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A statement of a batch: its text, or with parameters. */
export type BatchStatement = string | BatchItem

/** A statement of a batch that has parameters. */
export interface BatchItem {
  /** Its text. */
  readonly sql: string
  /** A list, or named values. */
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined
}

/** How the transaction around a batch begins: `write` is `immediate`, `read` is `deferred`. */
export type BatchMode = 'write' | 'read' | 'deferred' | 'immediate' | 'exclusive'

/** Options of `batch`. */
export interface BatchOptions extends CallOptions {
  /** All of it happens, or nothing. Absent: each statement stands for itself. In a transaction it makes no difference. */
  readonly mode?: BatchMode | undefined
  /** Rows as arrays. */
  readonly raw?: boolean | undefined
}

/** What one statement of a batch has answered. */
export interface ResultSet {
  /** Names of the columns; none for a statement that returns no rows. */
  columns: string[]
  /** The types that the columns were declared with, `''` where there is none. */
  columnTypes: string[]
  /** Objects, or arrays with `raw`. */
  rows: unknown[]
  /** Rows that were inserted, updated or deleted. */
  rowsAffected: number
}

/**
 * An open transaction, as its callback gets it. All that is to belong to it goes through this handle, which ends with it: then every call rejects with a
 * TypeError. Calls are done one after the other, in their order.
 */
export interface AsyncTransaction extends StatementRunner {
  /** Whether it takes calls. */
  readonly open: boolean
}

/** Options of a transaction. */
export interface TransactionOptions extends CallOptions {
  /** How it begins. Default `'immediate'`. */
  readonly mode?: TransactionMode | undefined
  /** As it is called where somebody is told of it. Default: where it was begun. */
  readonly label?: string | undefined
}

/** How a transaction begins. (Transactions §2.2) */
export type TransactionMode = 'deferred' | 'immediate' | 'exclusive'

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

/** Options of `close`. */
export interface CloseOptions {
  /** How long calls and transactions that are at work are waited for, in ms; then they are stopped. Default 5000. */
  readonly timeout?: number | undefined
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
  /** A database in a local file, or `:memory:`. @throws TypeError where the path is no string */
  static newLocal(path: string): Builder
  /** Whether several processes may have the file open at once. */
  experimentalMultiprocessWal(enabled: boolean): this
  /** How long a statement waits for another connection's lock, in ms. Default 5000. */
  busyTimeout(timeoutMs: number): this
  /** Opens the database once, so that a wrong path or a conflict of modes shows here: it rejects with a SqliteError. */
  build(): Promise<LocalDatabase>
}

/** A database that was built; connections come from `connect()`. */
export declare class LocalDatabase {
  #private
  /** Use `Builder.build`. @internal */
  constructor(open: () => Database)
  /** A new connection. Each one of a memory database after the first is a database of its own. */
  connect(): LocalConnection
  /** Lets go of the file when no connection was asked for. */
  close(): void
  /** `await using database = await builder.build()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** One connection; its statements run in the order of the calls. While a transaction is open, only that takes calls. */
export declare class LocalConnection {
  #private
  /**
   * The asynchronous face of a connection that is open: what a `Database` was opened with (`readonly`, `integers`, `timeout` …) holds for its calls too. Both are one connection, with
   * one transaction: a call of the one is refused as busy where a statement of the other is under way. Closing the one closes the other. Without a `Database` of one's own:
   * `LocalDatabase.connect()`.
   *
   * ```ts
   * import { Database, LocalConnection } from 'chorusdb'
   * const database = new Database('app.db', { readonly: true, integers: 'bigint' })
   * const connection = new LocalConnection(database)
   * for await (const row of await connection.query('SELECT * FROM account')) console.log(row)
   * ```
   * @throws TypeError for anything else than a `Database`
   */
  constructor(database: Database)
  /** Runs one statement and answers the number of rows it changed. Rejects with a SqliteError; `SQLITE_BUSY` when the busy timeout is over. */
  execute(sql: string, params?: Parameters): Promise<number>
  /** Runs all statements of a text. Rejects as `execute`; what the statements before the failing one have done stays. */
  executeBatch(sql: string): Promise<void>
  /** Runs one query. Its rows come one by one from `next()`, or by `for await`. Rejects as `execute`, and with a TypeError for a statement that returns no rows. */
  query(sql: string, params?: Parameters): Promise<Rows>
  /** Prepares one statement. Rejects with a SqliteError on bad SQL. */
  prepare(sql: string): Promise<LocalStatement>
  /**
   * Begins a transaction. Until it has ended by `commit()` or `rollback()`, or is disposed of, it has the connection.
   *
   * ```ts
   * const connection = (await Builder.newLocal('app.db').build()).connect()
   * const transaction = await connection.transaction('immediate')
   * await transaction.execute('UPDATE account SET cents = cents - 1')
   * await transaction.commit()
   * ```
   * Rejects with a SqliteError where one is open already, or the lock of another behavior than `deferred` cannot be had.
   */
  transaction(behavior?: TransactionBehavior): Promise<LocalTransaction>
  /** The state of the database, whoever has it open: processes, readers, log. Takes no lock. */
  status(): DatabaseStatus
  /** Commits as they come, by whichever process, as `Database.watch` has them; `own` are those of this connection. `close()` ends it. A transaction does not stand in its way. */
  watch(tables?: string | readonly string[] | null, options?: WatchOptions): CommitEvents
  /** Runs a function while the lock of a name of your own is held, as `Database.lock` does. It has nothing to do with transactions. */
  lock<Result>(
    name: string,
    body: () => Result | PromiseLike<Result>,
    options?: LockOptions,
  ): Promise<Result>
  /** Whether no transaction is open. */
  isAutocommit(): boolean
  /** The rowid of the row that was inserted last. */
  lastInsertRowid(): number | bigint
  /** Closes the connection; an open transaction is rolled back. A call that waits for a lock, and those behind it, are rejected. */
  close(): void
  /** `await using connection = database.connect()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Parameters of one call: a list, or named values. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>

/** Rows of a query: objects, or arrays after `raw()`. */
export declare class Rows<Row = Record<string, unknown>> implements AsyncIterable<Row> {
  #private
  /** What the columns are called, where they come from, and how they were declared. */
  readonly columns: readonly ColumnDefinition[]
  /** Use `LocalConnection.query`. @internal */
  constructor(
    columns: readonly ColumnDefinition[],
    next: () => Promise<unknown>,
    close: () => void,
    showArrays: () => boolean,
  )
  /** Names of the columns. */
  get columnNames(): readonly string[]
  /** How many columns there are. */
  get columnCount(): number
  /** Rows as arrays, in the order of the columns, of which several may have one name. @throws TypeError after the first row was asked for */
  raw(): Rows<unknown[]>
  /** The next row, or `undefined` after the last. Rejects with a SqliteError where the query fails on its way. */
  next(): Promise<Row | undefined>
  /** Ends the query before its last row, and with it the transaction that it has begun. */
  close(): void
  /** The rows that are left; a loop that is left before its end closes the query. */
  [Symbol.asyncIterator](): AsyncGenerator<Row>
  /** `await using rows = await connection.query(…)`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** One statement, which runs any number of times on the connection, or in the transaction, that has prepared it. */
export declare class LocalStatement {
  #private
  /** Use `LocalConnection.prepare`. @internal */
  constructor(owner: StatementOwner, sql: string, columns: readonly ColumnDefinition[])
  /** Runs it, and answers the number of rows that it changed. Rejects as `LocalConnection.execute`. */
  execute(params?: Parameters): Promise<number>
  /** Runs it; nothing is told but failures. */
  run(params?: Parameters): Promise<void>
  /** Its rows. Rejects as `LocalConnection.query`. */
  query(params?: Parameters): Promise<Rows>
  /** Its first row, or `undefined`. */
  queryRow(params?: Parameters): Promise<Record<string, unknown> | undefined>
  /** The columns of its rows, as they were when it was prepared; none for a statement that returns no rows. */
  columns(): ColumnDefinition[]
}

/** Who runs it: a connection, or its transaction. */
export interface StatementOwner {
  /** Runs a statement, and answers the number of rows that it changed. */
  execute(sql: string, params?: Parameters): Promise<number>
  /** Runs a query. */
  query(sql: string, params?: Parameters): Promise<Rows>
}

/** How a transaction begins. */
export type TransactionBehavior = 'deferred' | 'immediate' | 'exclusive'

/** An open transaction. It has its connection for itself, which takes calls again when it has ended. */
export declare class LocalTransaction {
  #private
  /** Use `LocalConnection.transaction`. @internal */
  constructor(slot: object)
  /** Whether it takes calls. */
  get open(): boolean
  /** As `LocalConnection.execute`. */
  execute(sql: string, params?: Parameters): Promise<number>
  /** As `LocalConnection.executeBatch`. */
  executeBatch(sql: string): Promise<void>
  /** As `LocalConnection.query`. */
  query(sql: string, params?: Parameters): Promise<Rows>
  /** As `LocalConnection.prepare`. */
  prepare(sql: string): Promise<LocalStatement>
  /** Makes what it has done stand. Rejects with a SqliteError; on `SQLITE_BUSY`, and where foreign keys are violated, it stays open. */
  commit(): Promise<void>
  /** Takes everything back. */
  rollback(): Promise<void>
  /** `await using transaction = await connection.transaction()`: what is not committed is rolled back. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Runs one statement, and answers its rows as arrays, many at a time, with INTEGERs as bigints. What may run for long gives the event loop its
 * turn every few milliseconds; until the last row the statement is in progress, as an iterator is. Of a statement without rows nothing comes.
 *
 * ```ts
 * import { rowsInSlices } from 'chorusdb'
 * const stop = new AbortController()
 * for await (const rows of rowsInSlices(db, 'SELECT * FROM note', [], stop.signal)) console.log(rows)
 * ```
 * @param params as of {@link Statement.all}
 * @param signal stops it with `SQLITE_INTERRUPT`; what it has changed is taken back
 */
export declare function rowsInSlices(
  database: Database,
  sql: string,
  params?: readonly unknown[],
  signal?: AbortSignal,
): AsyncGenerator<unknown[][], void, void>

/**
 * The state of a database file, whoever has it open. Takes no lock and changes nothing.
 *
 * ```ts
 * import { status } from 'chorusdb'
 * for (const { pid, roles, statement } of status('app.db').processes) console.log(pid, roles, statement?.text)
 * ```
 * @param path a file, or a name as the constructors take it
 * @throws SqliteError when the file is not there or is no database; TypeError for a database in memory
 */
export declare function status(path: string): DatabaseStatus

export default Database

export {}
