/**
 * ChorusDB under better-sqlite3's name. The names that this declares are those of `@types/better-sqlite3`, with the same type parameters, so
 * that what was written for them compiles unchanged.
 */
/// <reference types="node" />

type AnyFunction = (...args: any[]) => unknown

declare class SqliteErrorClass extends Error {
  constructor(message: string, code: string)
  name: string
  message: string
  code: string
}

declare namespace BetterSqlite3 {
  /** A prepared statement. */
  interface Statement<BindParameters extends unknown[], Result = unknown> {
    readonly database: Database
    readonly source: string
    readonly reader: boolean
    readonly readonly: boolean
    readonly busy: boolean

    run(...params: BindParameters): Database.RunResult
    get(...params: BindParameters): Result | undefined
    all(...params: BindParameters): Result[]
    iterate(...params: BindParameters): IterableIterator<Result>
    pluck(toggleState?: boolean): this
    expand(toggleState?: boolean): this
    raw(toggleState?: boolean): this
    bind(...params: BindParameters): this
    columns(): ColumnDefinition[]
    safeIntegers(toggleState?: boolean): this
    /** ChorusDB's: what INTEGERs are, in all columns or in some by name. */
    integers(mode: Database.IntegerMode | Readonly<Record<string, Database.IntegerMode>>): this
    toString(): string
  }

  interface ColumnDefinition {
    name: string
    column: string | null
    table: string | null
    database: string | null
    type: string | null
  }

  /** A function that runs in a transaction, with one variant for each way of beginning it. */
  interface Transaction<F extends AnyFunction> {
    (...params: Parameters<F>): ReturnType<F>
    default: Transaction<F>
    deferred: Transaction<F>
    immediate: Transaction<F>
    exclusive: Transaction<F>
    readonly database: Database
  }

  interface VirtualTableOptions {
    rows: (...params: any[]) => Generator
    columns: string[]
    parameters?: string[] | undefined
    safeIntegers?: boolean | undefined
    directOnly?: boolean | undefined
  }

  /** For which CREATE VIRTUAL TABLE a definition is wanted. */
  interface VirtualTableRequest {
    module: string
    database: string
    table: string
  }

  interface Database {
    readonly memory: boolean
    readonly readonly: boolean
    readonly name: string
    readonly open: boolean
    readonly inTransaction: boolean

    prepare<BindParameters extends unknown[] | {} = unknown[], Result = unknown>(
      source: string,
    ): BindParameters extends unknown[]
      ? Statement<BindParameters, Result>
      : Statement<[BindParameters], Result>
    transaction<F extends AnyFunction>(fn: F): Transaction<F>
    exec(source: string): this
    pragma(source: string, options?: Database.PragmaOptions): unknown
    explain(source: string): unknown[]
    function(name: string, cb: (...params: any[]) => unknown): this
    function(
      name: string,
      options: Database.RegistrationOptions | null | undefined,
      cb: (...params: any[]) => unknown,
    ): this
    aggregate<T>(
      name: string,
      options: Database.RegistrationOptions & {
        start?: T | (() => T)
        step: (total: T, ...next: any[]) => T | void
        inverse?: ((total: T, ...dropped: any[]) => T) | undefined
        result?: ((total: T) => unknown) | undefined
      },
    ): this
    table(name: string, options: VirtualTableOptions): this
    table(
      name: string,
      factory: (this: VirtualTableRequest, ...args: any[]) => VirtualTableOptions,
    ): this
    /** Not supported: ChorusDB runs no machine code of others. */
    loadExtension(path: string, entryPoint?: string): this
    close(): this
    defaultSafeIntegers(toggleState?: boolean): this
    backup(
      destinationFile: string,
      options?: Database.BackupOptions,
    ): Promise<Database.BackupMetadata>
    unsafeMode(unsafe?: boolean): this
    serialize(options?: Database.SerializeOptions): Buffer

    /** ChorusDB's: what INTEGERs are in statements prepared from now on. */
    defaultIntegers(mode: Database.IntegerMode): this
    /** ChorusDB's. */
    collation(name: string, compare: (left: string, right: string) => number): this
  }

  interface DatabaseConstructor {
    new (filename?: string | Buffer, options?: Database.Options): Database
    (filename?: string | Buffer, options?: Database.Options): Database
    prototype: Database
    SqliteError: typeof SqliteErrorClass
  }
}

declare namespace Database {
  interface RunResult {
    changes: number
    lastInsertRowid: number | bigint
  }

  interface Options {
    readonly?: boolean | undefined
    fileMustExist?: boolean | undefined
    timeout?: number | undefined
    verbose?: ((message?: unknown, ...additionalArgs: unknown[]) => void) | null | undefined
    /** Must be null or undefined: ChorusDB's addon finds itself. */
    nativeBinding?: string | object | null | undefined
    /** ChorusDB's: `[]` opens a file for this process alone. */
    experimental?: readonly string[] | undefined
    /** ChorusDB's: what INTEGERs are where statements say no more. Rounded numbers by default. */
    integers?: IntegerMode | undefined
    /** ChorusDB's: what is bound in the place of objects that SQL has no type for. */
    codec?: { encode(value: object): unknown } | undefined
  }

  /** ChorusDB's: numbers, and a RangeError where one is too large; bigints; or numbers where they are exact. */
  type IntegerMode = 'number' | 'bigint' | 'mixed'

  interface SerializeOptions {
    attached?: string | undefined
  }

  interface PragmaOptions {
    simple?: boolean | undefined
  }

  interface RegistrationOptions {
    varargs?: boolean | undefined
    deterministic?: boolean | undefined
    safeIntegers?: boolean | undefined
    directOnly?: boolean | undefined
  }

  type AggregateOptions = Parameters<BetterSqlite3.Database['aggregate']>[1]

  interface BackupMetadata {
    totalPages: number
    remainingPages: number
  }

  interface BackupOptions {
    attached?: string | undefined
    progress?: ((info: BackupMetadata) => number | undefined | void) | undefined
  }

  type SqliteError = typeof SqliteErrorClass
  type Statement<
    BindParameters extends unknown[] | {} = unknown[],
    Result = unknown,
  > = BindParameters extends unknown[]
    ? BetterSqlite3.Statement<BindParameters, Result>
    : BetterSqlite3.Statement<[BindParameters], Result>
  type ColumnDefinition = BetterSqlite3.ColumnDefinition
  type Transaction<T extends AnyFunction = AnyFunction> = BetterSqlite3.Transaction<T>
  type VirtualTableOptions = BetterSqlite3.VirtualTableOptions
  type Database = BetterSqlite3.Database
}

declare const Database: BetterSqlite3.DatabaseConstructor
export = Database
