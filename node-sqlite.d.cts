/**
 * ChorusDB with the face of `node:sqlite`.
 *
 * @module chorusdb/node-sqlite
 */
/// <reference types="node" />

/**
 * Copies a database to a file, whose contents it replaces. Answers the number of pages.
 *
 * ```ts
 * await backup(db, 'copy.db', { rate: 500, progress: ({ remainingPages }) => console.log(remainingPages) })
 * ```
 */
export declare const backup: (
  sourceDb: DatabaseSync,
  path: string | Buffer | URL,
  options?: BackupOptions,
) => Promise<number>

/**
 * A connection, as node:sqlite has it.
 *
 * ```ts
 * import { DatabaseSync } from 'chorusdb/node-sqlite'
 * const db = new DatabaseSync('app.db')
 * db.exec('CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT)')
 * db.prepare('INSERT INTO note(text) VALUES (?)').run('hello')
 * ```
 */
export interface DatabaseSync extends Disposable {
  /** Defines an aggregate, and with `inverse` a window function. */
  aggregate(name: string, options: AggregateOptions): void
  /** The same for a running value of one type. */
  aggregate<T extends SQLInputValue>(name: string, options: AggregateOptions<T>): void
  /** Closes the connection. @throws where it is not open */
  close(): void
  /** Refused: an engine in JavaScript loads no extensions of SQLite. */
  loadExtension(path: string, entryPoint?: string): void
  /** Taken as node:sqlite takes it; there are none to load. */
  enableLoadExtension(allow: boolean): void
  /** What could damage the file by ordinary SQL does nothing from now on, or does again. */
  enableDefensive(active: boolean): void
  /** The whole path of a database's file; null: in memory, or unknown. */
  location(dbName?: string): string | null
  /** Runs all statements of a text; rows are dropped. @throws `ERR_SQLITE_ERROR`, with SQLite's extended code as `errcode` and its name for that as `errstr` */
  exec(sql: string): void
  /** Defines a function that statements of this connection can call. It may run statements itself. */
  function(
    name: string,
    options: FunctionOptions,
    func: (...args: SQLOutputValue[]) => SQLInputValue,
  ): void
  /** The same without options. */
  function(name: string, func: (...args: SQLOutputValue[]) => SQLInputValue): void
  /** Who is asked whether a statement may do what it is about; null: nobody. */
  setAuthorizer(
    callback:
      | ((
          actionCode: number,
          arg1: string | null,
          arg2: string | null,
          dbName: string | null,
          triggerOrView: string | null,
        ) => number)
      | null,
  ): void
  /** Whether it is open. */
  readonly isOpen: boolean
  /** Whether a transaction is open. */
  readonly isTransaction: boolean
  /** Its limits, which may be lowered. @throws `ERR_OUT_OF_RANGE` for a higher one */
  readonly limits: DatabaseLimits
  /** Opens what the constructor has left closed. @throws `ERR_INVALID_STATE` where it is open; `ERR_SQLITE_ERROR` */
  open(): void
  /** Prepares the first statement of a text. @throws `ERR_SQLITE_ERROR` for bad SQL; `ERR_INVALID_STATE` where it is closed */
  prepare(sql: string, options?: PrepareOptions): StatementSync
  /** The pages of a database. */
  serialize(dbName?: string): NodeJS.NonSharedUint8Array
  /** Puts a database of such pages, in memory, in the place of one. */
  deserialize(
    buffer: Uint8Array,
    options?: {
      dbName?: string | undefined
    },
  ): void
  /** Statements by the texts of template literals. @param maxSize how many it holds. Default 1000 */
  createTagStore(maxSize?: number): SQLTagStore
  /** Not supported. @throws always */
  createSession(options?: CreateSessionOptions): Session
  /** Not supported. @throws always */
  applyChangeset(changeset: Uint8Array, options?: ApplyChangesetOptions): boolean
  /** As `close`, and nothing where it is closed. */
  [Symbol.dispose](): void
}

/** What an aggregate is made of. */
export interface AggregateOptions<T extends SQLInputValue = SQLInputValue> extends FunctionOptions {
  /** What to begin with, or a function that makes it. */
  start: T | (() => T)
  /** Takes the arguments of one row, and answers the next running value. */
  step: (accumulator: T, ...args: SQLOutputValue[]) => T
  /** What SQL gets of the last running value. */
  result?: ((accumulator: T) => SQLInputValue) | undefined
  /** Takes the oldest row out again; with it the aggregate is a window function. */
  inverse?: ((accumulator: T, ...args: SQLOutputValue[]) => T) | undefined
}

/** What may be bound, and what a function may answer. */
export type SQLInputValue = null | number | bigint | string | NodeJS.ArrayBufferView

/** How a function behaves. */
export interface FunctionOptions {
  /** The same arguments give the same answer. */
  deterministic?: boolean | undefined
  /** It may not be called by views, constraints, indexes and defaults, only by statements. */
  directOnly?: boolean | undefined
  /** It gets INTEGERs as bigints. */
  useBigIntArguments?: boolean | undefined
  /** It takes any number of arguments. */
  varargs?: boolean | undefined
}

/** What rows hold, and what a function gets. */
export type SQLOutputValue = null | number | bigint | string | Uint8Array

/** Limits of a connection. (Run-Time Limits) */
export interface DatabaseLimits {
  /** Bytes of a string or BLOB. */
  length: number
  /** Bytes of an SQL text. */
  sqlLength: number
  /** Columns of a table, an index or a result. */
  column: number
  /** Depth of an expression. */
  exprDepth: number
  /** SELECTs in a compound. */
  compoundSelect: number
  /** Instructions of SQLite's virtual machine, which is not here. */
  vdbeOp: number
  /** Arguments of a function. */
  functionArg: number
  /** Attached databases. */
  attach: number
  /** Bytes of a pattern of LIKE or GLOB. */
  likePatternLength: number
  /** Parameters of a statement. */
  variableNumber: number
  /** Triggers inside each other. */
  triggerDepth: number
}

/** Of one statement; what is not given is as the database has it. */
export interface PrepareOptions {
  /** INTEGERs as bigints. */
  readBigInts?: boolean | undefined
  /** Rows as arrays. */
  returnArrays?: boolean | undefined
  /** Named parameters may be given without their prefix. */
  allowBareNamedParameters?: boolean | undefined
  /** Names that the statement does not have are passed over. */
  allowUnknownNamedParameters?: boolean | undefined
}

/** A prepared statement of a `DatabaseSync`. */
export interface StatementSync {
  /**
   * All rows: objects without a prototype, or arrays with `setReturnArrays`.
   * @throws `ERR_SQLITE_ERROR`; `ERR_INVALID_ARG_TYPE` for what cannot be bound; `ERR_OUT_OF_RANGE` for an INTEGER that is too large for a number
   */
  all(...anonymousParameters: SQLInputValue[]): Record<string, SQLOutputValue>[]
  /** The same with parameters by name. */
  all(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue>[]
  /** The columns of a row, and where they come from. */
  columns(): StatementColumnMetadata[]
  /** The text with the values of the last execution in it. */
  readonly expandedSQL: string
  /** The first row, or `undefined`. @throws as `all` */
  get(...anonymousParameters: SQLInputValue[]): Record<string, SQLOutputValue> | undefined
  /** The same with parameters by name. */
  get(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue> | undefined
  /** The rows one by one. @throws as `all`, also while it goes on */
  iterate(...anonymousParameters: SQLInputValue[]): NodeJS.Iterator<Record<string, SQLOutputValue>>
  /** The same with parameters by name. */
  iterate(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): NodeJS.Iterator<Record<string, SQLOutputValue>>
  /** Runs the statement; rows are dropped. @throws as `all` */
  run(...anonymousParameters: SQLInputValue[]): StatementResultingChanges
  /** The same with parameters by name. */
  run(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): StatementResultingChanges
  /** Whether named parameters may be given without their prefix. */
  setAllowBareNamedParameters(enabled: boolean): void
  /** Whether names that the statement does not have are passed over. */
  setAllowUnknownNamedParameters(enabled: boolean): void
  /** Whether rows are arrays. */
  setReturnArrays(enabled: boolean): void
  /** Whether INTEGERs are bigints. */
  setReadBigInts(enabled: boolean): void
  /** The text of the statement. */
  readonly sourceSQL: string
}

/** One column of a result. */
export interface StatementColumnMetadata {
  /** The column of a table that it comes from; null: it is computed. */
  column: string | null
  /** The database of that table. */
  database: string | null
  /** What it is called in the result. */
  name: string
  /** The table that it comes from. */
  table: string | null
  /** The type that the column was declared with. */
  type: string | null
}

/** What `run` answers; bigints with `readBigInts`. */
export interface StatementResultingChanges {
  /** Rows that the last INSERT, UPDATE or DELETE of the connection has changed. */
  changes: number | bigint
  /** Of the last INSERT of the connection. */
  lastInsertRowid: number | bigint
}

/** Prepared statements by the texts of template literals, the most recently used of them. */
export interface SQLTagStore {
  /** All rows of a statement whose parameters stand in the template. */
  all(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue>[]
  /** Its first row, or `undefined`. */
  get(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue> | undefined
  /** Its rows one by one. */
  iterate(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): NodeJS.Iterator<Record<string, SQLOutputValue>>
  /** Runs it. */
  run(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): StatementResultingChanges
  /** Statements that it holds. */
  readonly size: number
  /** The most that it holds. */
  readonly capacity: number
  /** The connection that it belongs to. */
  readonly db: DatabaseSync
  /** Lets go of all statements. */
  clear(): void
}

/** Of `createSession`, which is refused. */
export interface CreateSessionOptions {
  /** The table to watch. */
  table?: string | undefined
  /** Its database. */
  db?: string | undefined
}

/** Changes that a session has seen. Here there are none: `createSession` is refused. */
export interface Session extends Disposable {
  /** What has changed, with the values before. */
  changeset(): NodeJS.NonSharedUint8Array
  /** What has changed, without most of them. */
  patchset(): NodeJS.NonSharedUint8Array
  /** Ends the session. */
  close(): void
}

/** Of `applyChangeset`, which is refused. */
export interface ApplyChangesetOptions {
  /** Which tables count. */
  filter?: ((tableName: string) => boolean) | undefined
  /** What is done about a conflict, one of `constants.SQLITE_CHANGESET_…`. */
  onConflict?: ((conflictType: number) => number) | undefined
}

/** Options of `backup`. */
export interface BackupOptions {
  /** The database to copy. Default `main`. */
  source?: string | undefined
  /** What the copy is called while it is made. Default `main`. */
  target?: string | undefined
  /** Pages between two turns of the event loop. Default 100. */
  rate?: number | undefined
  /** Called after each such step but the last. */
  progress?: ((progressInfo: BackupProgressInfo) => void) | undefined
}

/** How far a backup has come. */
export interface BackupProgressInfo {
  /** Pages of the source. */
  totalPages: number
  /** Those that are not in the copy yet. */
  remainingPages: number
}

/** SQLite's numbers, by the names that node:sqlite exports. (Constants Defined In The Session Extension; Authorizer Action Codes) */
export declare const constants: Constants

/** The type of `constants`. */
type Constants = typeof values

/** SQLite's numbers that node:sqlite exports: of changesets, and of an authorizer's answers and actions. */
declare const values: {
  readonly SQLITE_CHANGESET_OMIT: 0
  readonly SQLITE_CHANGESET_REPLACE: 1
  readonly SQLITE_CHANGESET_ABORT: 2
  readonly SQLITE_CHANGESET_DATA: 1
  readonly SQLITE_CHANGESET_NOTFOUND: 2
  readonly SQLITE_CHANGESET_CONFLICT: 3
  readonly SQLITE_CHANGESET_CONSTRAINT: 4
  readonly SQLITE_CHANGESET_FOREIGN_KEY: 5
  readonly SQLITE_OK: 0
  readonly SQLITE_DENY: 1
  readonly SQLITE_IGNORE: 2
  readonly SQLITE_CREATE_INDEX: 1
  readonly SQLITE_CREATE_TABLE: 2
  readonly SQLITE_CREATE_TEMP_INDEX: 3
  readonly SQLITE_CREATE_TEMP_TABLE: 4
  readonly SQLITE_CREATE_TEMP_TRIGGER: 5
  readonly SQLITE_CREATE_TEMP_VIEW: 6
  readonly SQLITE_CREATE_TRIGGER: 7
  readonly SQLITE_CREATE_VIEW: 8
  readonly SQLITE_DELETE: 9
  readonly SQLITE_DROP_INDEX: 10
  readonly SQLITE_DROP_TABLE: 11
  readonly SQLITE_DROP_TEMP_INDEX: 12
  readonly SQLITE_DROP_TEMP_TABLE: 13
  readonly SQLITE_DROP_TEMP_TRIGGER: 14
  readonly SQLITE_DROP_TEMP_VIEW: 15
  readonly SQLITE_DROP_TRIGGER: 16
  readonly SQLITE_DROP_VIEW: 17
  readonly SQLITE_INSERT: 18
  readonly SQLITE_PRAGMA: 19
  readonly SQLITE_READ: 20
  readonly SQLITE_SELECT: 21
  readonly SQLITE_TRANSACTION: 22
  readonly SQLITE_UPDATE: 23
  readonly SQLITE_ATTACH: 24
  readonly SQLITE_DETACH: 25
  readonly SQLITE_ALTER_TABLE: 26
  readonly SQLITE_REINDEX: 27
  readonly SQLITE_ANALYZE: 28
  readonly SQLITE_CREATE_VTABLE: 29
  readonly SQLITE_DROP_VTABLE: 30
  readonly SQLITE_FUNCTION: 31
  readonly SQLITE_SAVEPOINT: 32
  readonly SQLITE_COPY: 0
  readonly SQLITE_RECURSIVE: 33
}

/**
 * Opens a database: `new DatabaseSync(path, options)`.
 *
 * ```ts
 * import { DatabaseSync } from 'chorusdb/node-sqlite'
 * const db = new DatabaseSync('app.db', { experimental: ['multiprocess_wal'], timeout: 5000 })
 * ```
 */
export declare const DatabaseSync: DatabaseSyncConstructor

/** The constructor of `DatabaseSync`. */
export interface DatabaseSyncConstructor {
  /**
   * Opens a database, unless `open` says otherwise.
   * @param path a file, also as bytes or a URL of the scheme `file:`; `:memory:`; a name may end in `?experimental=multiprocess_wal`
   * @throws `ERR_INVALID_ARG_TYPE`; `ERR_SQLITE_ERROR`, for a file that is no database too
   */
  new (path: string | Buffer | URL, options?: DatabaseSyncOptions): DatabaseSync
  /** What instances inherit from. */
  readonly prototype: DatabaseSync
}

/** Options of the constructor: those of node:sqlite, and `experimental`. */
export interface DatabaseSyncOptions {
  /** Open it at once. Default true; else `open()` does. */
  open?: boolean | undefined
  /** Open for reading only. Default false. */
  readOnly?: boolean | undefined
  /** Enforce foreign keys. Default true. */
  enableForeignKeyConstraints?: boolean | undefined
  /** A name in double quotes that is no column's is a string. Default false. */
  enableDoubleQuotedStringLiterals?: boolean | undefined
  /** Taken as node:sqlite takes it; there are no extensions to load. Default false. */
  allowExtension?: boolean | undefined
  /** How long a statement waits for another connection's lock, in ms. Default 0. */
  timeout?: number | undefined
  /** INTEGERs as bigints. Default false. */
  readBigInts?: boolean | undefined
  /** Rows as arrays. Default false. */
  returnArrays?: boolean | undefined
  /** Named parameters may be given without their prefix. Default true. */
  allowBareNamedParameters?: boolean | undefined
  /** Names that the statement does not have are passed over. Default false. */
  allowUnknownNamedParameters?: boolean | undefined
  /** What could damage the file by ordinary SQL does nothing. Default true. */
  defensive?: boolean | undefined
  /** Limits lower than the built-in ones. */
  limits?: Partial<DatabaseLimits> | undefined
  /** `['multiprocess_wal']`: several processes may have the file open. node:sqlite has no such option. */
  experimental?: readonly string[] | undefined
}

/** The class of sessions, of which there are none here: `createSession` is refused. */
export declare const Session: SessionConstructor

/** Sessions come from `DatabaseSync.createSession`. */
export interface SessionConstructor {
  /** What instances inherit from. */
  readonly prototype: Session
}

/** The class of statements, which `prepare` makes. */
export declare const StatementSync: StatementSyncConstructor

/** Statements come from `DatabaseSync.prepare`. */
export interface StatementSyncConstructor {
  /** What instances inherit from. */
  readonly prototype: StatementSync
}

/** @deprecated Use `SQLInputValue` or `SQLOutputValue`. */
export type SupportedValueType = SQLOutputValue

/** The module as one object. */
declare const sqlite: {
  /** The class of connections. */
  readonly DatabaseSync: DatabaseSyncConstructor
  /** The class of statements. */
  readonly StatementSync: StatementSyncConstructor
  /** The class of sessions. */
  readonly Session: SessionConstructor
  /** Copies a database to a file. */
  readonly backup: typeof backup
  /** SQLite's numbers. */
  readonly constants: Constants
}

export {}
