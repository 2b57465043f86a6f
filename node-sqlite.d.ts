/**
 * ChorusDB with the face of `node:sqlite`.
 *
 * @packageDocumentation
 */
/// <reference types="node" />

/**
 * Copies a database to a file, whose contents it replaces. Answers the number of pages.
 *
 * ```ts
 * await backup(db, 'copy.db', { rate: 500, progress: ({ totalPages, remainingPages }) => { … } })
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
  aggregate<T extends SQLInputValue>(name: string, options: AggregateOptions<T>): void
  /** Closes the connection. @throws where it is not open */
  close(): void
  /** Refused: an engine in JavaScript loads no extensions of SQLite. */
  loadExtension(path: string, entryPoint?: string): void
  enableLoadExtension(allow: boolean): void
  /** What could damage the file by ordinary SQL does nothing from now on, or does again. */
  enableDefensive(active: boolean): void
  /** The whole path of a database's file; null: in memory, or unknown. */
  location(dbName?: string): string | null
  /** Runs all statements of a text; rows are dropped. */
  exec(sql: string): void
  /** Defines a function that statements of this connection can call. It may run statements itself. */
  function(
    name: string,
    options: FunctionOptions,
    func: (...args: SQLOutputValue[]) => SQLInputValue,
  ): void
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
  readonly isOpen: boolean
  readonly isTransaction: boolean
  readonly limits: DatabaseLimits
  /** Opens what the constructor has left closed. */
  open(): void
  /** Prepares the first statement of a text. */
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
  createTagStore(maxSize?: number): SQLTagStore
  /** Not supported. */
  createSession(options?: CreateSessionOptions): Session
  /** Not supported. */
  applyChangeset(changeset: Uint8Array, options?: ApplyChangesetOptions): boolean
  /** As `close`, and nothing where it is closed. */
  [Symbol.dispose](): void
}

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
  readBigInts?: boolean | undefined
  returnArrays?: boolean | undefined
  allowBareNamedParameters?: boolean | undefined
  allowUnknownNamedParameters?: boolean | undefined
}

/** A prepared statement of a `DatabaseSync`. */
export interface StatementSync {
  /** All rows. */
  all(...anonymousParameters: SQLInputValue[]): Record<string, SQLOutputValue>[]
  all(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue>[]
  /** The columns of a row, and where they come from. */
  columns(): StatementColumnMetadata[]
  /** The text with the values of the last execution in it. */
  readonly expandedSQL: string
  /** The first row, or `undefined`. */
  get(...anonymousParameters: SQLInputValue[]): Record<string, SQLOutputValue> | undefined
  get(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue> | undefined
  /** The rows one by one. */
  iterate(...anonymousParameters: SQLInputValue[]): NodeJS.Iterator<Record<string, SQLOutputValue>>
  iterate(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): NodeJS.Iterator<Record<string, SQLOutputValue>>
  /** Runs the statement; rows are dropped. */
  run(...anonymousParameters: SQLInputValue[]): StatementResultingChanges
  run(
    namedParameters: Record<string, SQLInputValue>,
    ...anonymousParameters: SQLInputValue[]
  ): StatementResultingChanges
  setAllowBareNamedParameters(enabled: boolean): void
  setAllowUnknownNamedParameters(enabled: boolean): void
  setReturnArrays(enabled: boolean): void
  setReadBigInts(enabled: boolean): void
  /** The text of the statement. */
  readonly sourceSQL: string
}

export interface StatementColumnMetadata {
  column: string | null
  database: string | null
  name: string
  table: string | null
  type: string | null
}

export interface StatementResultingChanges {
  /** Rows that the last INSERT, UPDATE or DELETE of the connection has changed. */
  changes: number | bigint
  /** Of the last INSERT of the connection. */
  lastInsertRowid: number | bigint
}

/** Prepared statements by the texts of template literals, the most recently used of them. */
export interface SQLTagStore {
  all(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue>[]
  get(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): Record<string, SQLOutputValue> | undefined
  iterate(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): NodeJS.Iterator<Record<string, SQLOutputValue>>
  run(
    stringElements: TemplateStringsArray,
    ...boundParameters: SQLInputValue[]
  ): StatementResultingChanges
  /** Statements that it holds. */
  readonly size: number
  /** The most that it holds. */
  readonly capacity: number
  readonly db: DatabaseSync
  clear(): void
}

export interface CreateSessionOptions {
  table?: string | undefined
  db?: string | undefined
}

/** Changes that a session has seen. Here there are none: `createSession` is refused. */
export interface Session extends Disposable {
  changeset(): NodeJS.NonSharedUint8Array
  patchset(): NodeJS.NonSharedUint8Array
  close(): void
}

export interface ApplyChangesetOptions {
  filter?: ((tableName: string) => boolean) | undefined
  onConflict?: ((conflictType: number) => number) | undefined
}

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

export interface BackupProgressInfo {
  totalPages: number
  remainingPages: number
}

export declare const constants: Constants

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

export declare const DatabaseSync: DatabaseSyncConstructor

export interface DatabaseSyncConstructor {
  new (path: string | Buffer | URL, options?: DatabaseSyncOptions): DatabaseSync
  readonly prototype: DatabaseSync
}

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

export declare const Session: SessionConstructor

/** Sessions come from `DatabaseSync.createSession`. */
export interface SessionConstructor {
  readonly prototype: Session
}

export declare const StatementSync: StatementSyncConstructor

/** Statements come from `DatabaseSync.prepare`. */
export interface StatementSyncConstructor {
  readonly prototype: StatementSync
}

/** @deprecated Use `SQLInputValue` or `SQLOutputValue`. */
export type SupportedValueType = SQLOutputValue

declare const sqlite: {
  readonly DatabaseSync: DatabaseSyncConstructor
  readonly StatementSync: StatementSyncConstructor
  readonly Session: SessionConstructor
  readonly backup: typeof backup
  readonly constants: Constants
}

export default sqlite

export {}
