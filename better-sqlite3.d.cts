/**
 * ChorusDB under better-sqlite3's name. The names that this declares are those of `@types/better-sqlite3`, with the same type parameters, so
 * that what was written for them compiles unchanged.
 *
 * @module @chorusdb/better-sqlite3
 */
/// <reference types="node" />

type AnyFunction = (...args: any[]) => unknown

/** An answer from the database. */
declare class SqliteErrorClass extends Error {
  /** Drivers make such errors, too. @throws TypeError where the code is no text */
  constructor(message: string, code: string)
  /** `SqliteError`. */
  name: string
  /** SQLite's sentence. */
  message: string
  /** SQLite's extended code, such as `SQLITE_CONSTRAINT_UNIQUE`. */
  code: string
}

declare namespace Database {
  /** A prepared statement. */
  interface PreparedStatement<BindParameters extends unknown[], Result = unknown> {
    /** The connection that prepared it. */
    readonly database: Database
    /** The text that was prepared. */
    readonly source: string
    /** Whether it returns rows. */
    readonly reader: boolean
    /** Whether it leaves the database file alone. */
    readonly readonly: boolean
    /** Whether an iterator of it is open. */
    readonly busy: boolean

    /** Runs the statement; rows are dropped. @throws SqliteError; TypeError and RangeError for values that do not fit the parameters */
    run(...params: BindParameters): RunResult
    /** The first row, or `undefined`. @throws TypeError where it returns no rows; SqliteError */
    get(...params: BindParameters): Result | undefined
    /** All rows. @throws as `get` */
    all(...params: BindParameters): Result[]
    /** The rows one by one. The connection takes no writes until the iterator ends. @throws as `get` */
    iterate(...params: BindParameters): IterableIterator<Result>
    /** Only the first column of each row. */
    pluck(toggleState?: boolean): this
    /** Rows as one object for each table; what belongs to no table is under `$`. */
    expand(toggleState?: boolean): this
    /** Rows as arrays. */
    raw(toggleState?: boolean): this
    /** Binds parameters for good; later calls take none. */
    bind(...params: BindParameters): this
    /** The columns of a row, and where they come from. @throws TypeError where it returns no rows */
    columns(): ColumnDefinition[]
    /** INTEGERs as bigints. */
    safeIntegers(toggleState?: boolean): this
    /** ChorusDB's: what INTEGERs are, in all columns or in some by name. */
    integers(mode: IntegerMode | Readonly<Record<string, IntegerMode>>): this
    /** The statement's text; once bound, with the values in it. */
    toString(): string
  }

  /** One column of a result. */
  interface ColumnDefinition {
    /** What it is called in the result. */
    name: string
    /** The column of a table that it comes from; null: it is computed. */
    column: string | null
    /** The table that it comes from. */
    table: string | null
    /** The database of that table, such as `main`. */
    database: string | null
    /** The type that the column was declared with. */
    type: string | null
  }

  /** A function that runs in a transaction, with one variant for each way of beginning it. */
  interface Transaction<F extends AnyFunction = AnyFunction> {
    /** Runs the function between BEGIN and COMMIT; inside another transaction, in a savepoint. */
    (...params: Parameters<F>): ReturnType<F>
    /** By BEGIN. */
    default: Transaction<F>
    /** By BEGIN DEFERRED: it takes a lock with its first statement. */
    deferred: Transaction<F>
    /** By BEGIN IMMEDIATE: it takes the writer's lock at once. */
    immediate: Transaction<F>
    /** By BEGIN EXCLUSIVE, which is IMMEDIATE in WAL mode. */
    exclusive: Transaction<F>
    /** The connection that it runs on. */
    readonly database: Database
  }

  /** A virtual table of the application's. */
  interface VirtualTableOptions {
    /** Makes the rows: arrays in the order of `columns`, or objects. */
    rows: (...params: any[]) => Generator
    /** Names of the columns. */
    columns: string[]
    /** Names of the hidden columns by which `rows` gets its arguments. */
    parameters?: string[] | undefined
    /** Arguments that are INTEGERs come as bigints. */
    safeIntegers?: boolean | undefined
    /** Views and triggers may not name it. */
    directOnly?: boolean | undefined
  }

  /** For which CREATE VIRTUAL TABLE a definition is wanted. */
  interface VirtualTableRequest {
    /** The name behind USING. */
    module: string
    /** The database that the table is made in. */
    database: string
    /** The name of the table. */
    table: string
  }

  /** A connection to a database, for several processes where the platform and the file system can. */
  interface Database {
    /** Whether it is in memory. */
    readonly memory: boolean
    /** Whether it was opened for reading only. */
    readonly readonly: boolean
    /** The name that was given to the constructor. */
    readonly name: string
    /** Whether the connection is open. */
    readonly open: boolean
    /** Whether a transaction is open. */
    readonly inTransaction: boolean

    /** Prepares one statement. @throws SqliteError for bad SQL; RangeError for none or several statements */
    prepare<BindParameters extends unknown[] | {} = unknown[], Result = unknown>(
      source: string,
    ): BindParameters extends unknown[]
      ? PreparedStatement<BindParameters, Result>
      : PreparedStatement<[BindParameters], Result>
    /** Wraps a function in a transaction; what it throws takes everything back. @throws TypeError where it returns a promise */
    transaction<F extends AnyFunction>(fn: F): Transaction<F>
    /** Runs all statements of a text. @throws SqliteError */
    exec(source: string): this
    /** Runs a PRAGMA: its rows, or with `simple` the first value of the first row. */
    pragma(source: string, options?: PragmaOptions): unknown
    /** Runs EXPLAIN; of `'QUERY PLAN SELECT …'`, how the query would be run. */
    explain(source: string): unknown[]
    /** Defines a function that statements of this connection can call. */
    function(name: string, cb: (...params: any[]) => unknown): this
    /** The same, with options. */
    function(
      name: string,
      options: RegistrationOptions | null | undefined,
      cb: (...params: any[]) => unknown,
    ): this
    /** Defines an aggregate, and with `inverse` a window function. */
    aggregate<T>(
      name: string,
      options: RegistrationOptions & {
        start?: T | (() => T)
        step: (total: T, ...next: any[]) => T | void
        inverse?: ((total: T, ...dropped: any[]) => T) | undefined
        result?: ((total: T) => unknown) | undefined
      },
    ): this
    /** Defines a virtual table that goes by `name`. */
    table(name: string, options: VirtualTableOptions): this
    /** Defines a module: `factory` is called for each CREATE VIRTUAL TABLE … USING `name`(…). */
    table(
      name: string,
      factory: (this: VirtualTableRequest, ...args: any[]) => VirtualTableOptions,
    ): this
    /** Not supported: ChorusDB runs no machine code of others. */
    loadExtension(path: string, entryPoint?: string): this
    /** Closes the connection. A second call does nothing. @throws TypeError while a statement runs */
    close(): this
    /** Whether statements prepared from now on return INTEGERs as bigints. */
    defaultSafeIntegers(toggleState?: boolean): this
    /** Copies the database into a file, some pages at a time, while it is in use. */
    backup(destinationFile: string, options?: BackupOptions): Promise<BackupMetadata>
    /** Allows writes while an iterator is open, and to write the schema. */
    unsafeMode(unsafe?: boolean): this
    /** The database as the bytes of a file. */
    serialize(options?: SerializeOptions): Buffer

    /** ChorusDB's: what INTEGERs are in statements prepared from now on. */
    defaultIntegers(mode: IntegerMode): this
    /** ChorusDB's: who has the database open, what each process does, what holds up the log. */
    status(): import('chorusdb').DatabaseStatus
    /** ChorusDB's: `using db = new Database(…)`. */
    [Symbol.dispose](): void
    /** ChorusDB's: defines a collation; `compare` answers a negative number, zero or a positive one. */
    collation(name: string, compare: (left: string, right: string) => number): this
  }

  /** The constructor, which works without `new` too. */
  interface DatabaseConstructor {
    /** Opens a file, `:memory:`, or the bytes that `serialize` has answered. @throws TypeError; SqliteError */
    new (filename?: string | Buffer, options?: Options): Database
    /** The same without `new`. */
    (filename?: string | Buffer, options?: Options): Database
    /** What connections inherit from. */
    prototype: Database
    /** The class of every error that the database answers with. */
    SqliteError: typeof SqliteErrorClass
  }

  /** What `run` answers. */
  interface RunResult {
    /** Rows that were inserted, updated or deleted. */
    changes: number
    /** The rowid of the last INSERT of the connection; a bigint with `safeIntegers`. */
    lastInsertRowid: number | bigint
  }

  /** Options of the constructor. */
  interface Options {
    /** Open for reading only. Default false. */
    readonly?: boolean | undefined
    /** A file that is not there is an error. Default false. */
    fileMustExist?: boolean | undefined
    /** How long a statement waits for a lock, in ms. Default 5000. */
    timeout?: number | undefined
    /** Called with the text of each statement that runs. */
    verbose?: ((message?: unknown, ...additionalArgs: unknown[]) => void) | null | undefined
    /** Must be null or undefined: ChorusDB's addon finds itself. */
    nativeBinding?: string | object | null | undefined
    /** ChorusDB's: `[]` opens a file for this process alone. */
    experimental?: readonly string[] | undefined
    /** ChorusDB's: what INTEGERs are where statements say no more. Rounded numbers by default. */
    integers?: IntegerMode | undefined
    /** ChorusDB's: page size of a database that this call creates. Default 4096. */
    pageSize?: number | undefined
    /** ChorusDB's: frames in the log from which on commits insist on its restart. */
    walBudget?: number | undefined
    /** ChorusDB's: a name in double quotes that is no column's is a string. Default false. */
    enableDoubleQuotedStringLiterals?: boolean | undefined
    /** ChorusDB's: what is bound in the place of objects that SQL has no type for. */
    codec?: { encode(value: object): unknown } | undefined
  }

  /** ChorusDB's: numbers, and a RangeError where one is too large; bigints; or numbers where they are exact. */
  type IntegerMode = 'number' | 'bigint' | 'mixed'

  /** Options of `serialize`. */
  interface SerializeOptions {
    /** The name of the database. Default `main`. */
    attached?: string | undefined
  }

  /** Options of `pragma`. */
  interface PragmaOptions {
    /** Only the first value of the first row. */
    simple?: boolean | undefined
  }

  /** How a function or an aggregate behaves. */
  interface RegistrationOptions {
    /** It takes any number of arguments. */
    varargs?: boolean | undefined
    /** The same arguments give the same answer: it may stand in indexes. */
    deterministic?: boolean | undefined
    /** It gets INTEGERs as bigints. */
    safeIntegers?: boolean | undefined
    /** Views, triggers and constraints may not call it. */
    directOnly?: boolean | undefined
    /** ChorusDB's: a function that may run statements of the same connection. */
    reentrant?: boolean | undefined
  }

  /** What `aggregate` takes. */
  type AggregateOptions = Parameters<Database['aggregate']>[1]

  /** How far a backup has come. */
  interface BackupMetadata {
    /** Pages of the source. */
    totalPages: number
    /** Those that are not in the copy yet. */
    remainingPages: number
  }

  /** Options of `backup`. */
  interface BackupOptions {
    /** The name of the database. Default `main`. */
    attached?: string | undefined
    /** Told after each step; answers how many pages the next one copies. At first 100. */
    progress?: ((info: BackupMetadata) => number | undefined | void) | undefined
  }

  /** The class of errors. As in `@types/better-sqlite3` the name is that of the class, not of an error. */
  type SqliteError = typeof SqliteErrorClass
  /** A prepared statement; its parameters are a list, or an object of named values. */
  type Statement<
    BindParameters extends unknown[] | {} = unknown[],
    Result = unknown,
  > = BindParameters extends unknown[]
    ? PreparedStatement<BindParameters, Result>
    : PreparedStatement<[BindParameters], Result>
}

/**
 * Opens a database, for several processes where the platform and the file system can.
 *
 * ```js
 * const Database = require('better-sqlite3')
 * const db = new Database('app.db')
 * ```
 */
declare const Database: Database.DatabaseConstructor
export = Database
