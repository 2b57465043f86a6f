/**
 * `Database`: the synchronous face, identical to better-sqlite3's.
 *
 * The class is wrapped so that it can be called without `new`, as better-sqlite3's can.
 */
import { parseOpenRequest, type OpenOptions } from './open-options.ts'
import { Connection } from './connection.ts'
import { SqliteError } from '../base/error.ts'
import { Statement } from './statement.ts'
import { transactionFunction, type TransactionFunction } from './transaction-function.ts'

/** Settings of a new connection. Both better-sqlite3's and node:sqlite's spellings are taken. */
export interface DatabaseOptions {
  /** Open for reading only. */
  readonly?: boolean | undefined
  readOnly?: boolean | undefined
  /** Fail when the file does not exist. */
  fileMustExist?: boolean | undefined
  /** How long a statement waits for another connection's lock, in ms. Default 5000. */
  timeout?: number | undefined
  /** Called with the text of every statement that runs. */
  verbose?: ((message?: unknown, ...more: unknown[]) => void) | null | undefined
  /** Taken for compatibility: must be null or undefined; the addon finds itself. */
  nativeBinding?: null | undefined
  /** `['multiprocess_wal']`: several processes may have the file open. */
  experimental?: readonly string[] | undefined
  /** Page size of a database that is created by this call. Default 4096. */
  pageSize?: number | undefined
}

/** Options of `Database.pragma`. */
export interface PragmaOptions {
  /** Only the first column of the first row. */
  simple?: boolean | undefined
}

class DatabaseClass {
  /** The class of every error that the database answers with. */
  static readonly SqliteError: typeof SqliteError = SqliteError
  readonly #connection: Connection
  readonly #name: string
  #safeIntegers = false

  constructor(filename?: string, options?: DatabaseOptions) {
    const request: OpenOptions = parseOpenRequest(filename, options)
    this.#name = request.name
    this.#connection = new Connection(request)
  }

  /** Whether the connection is open. */
  get open(): boolean {
    return this.#connection.isOpen
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.#connection.isOpen && this.#connection.inTransaction
  }

  /** The name that was given to the constructor. */
  get name(): string {
    return this.#name
  }

  /** Whether this is a database in memory. */
  get memory(): boolean {
    return this.#connection.isMemory
  }

  /** Whether the connection was opened for reading only. */
  get readonly(): boolean {
    return this.#connection.isReadonly
  }

  /**
   * Prepares one statement.
   * @throws SqliteError on bad SQL; RangeError on none or several statements
   */
  prepare<Row = unknown>(sql: string): Statement<Row> {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string')
    this.#connection.checkOpen()
    const prepared = this.#connection.prepare(sql)
    return new Statement<Row>(
      this as unknown as Database,
      this.#connection,
      prepared,
      sql,
      this.#safeIntegers,
    )
  }

  /** Runs all statements of a text; rows are dropped. */
  exec(sql: string): this {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string')
    this.#connection.checkOpen()
    this.#connection.checkNoIterators()
    this.#connection.exec(sql)
    return this
  }

  /** Runs a PRAGMA: its rows, or with `simple` the first value of the first row. */
  pragma(source: string, options?: PragmaOptions): unknown {
    if (typeof source !== 'string') throw new TypeError('Expected first argument to be a string')
    if (options !== undefined && options !== null && typeof options !== 'object') {
      throw new TypeError('Expected second argument to be an options object')
    }
    const simple = options?.simple ?? false
    if (typeof simple !== 'boolean') {
      throw new TypeError('Expected the "simple" option to be a boolean')
    }
    const statement = this.prepare(`PRAGMA ${source}`)
    if (!statement.reader) {
      statement.run()
      return simple ? undefined : []
    }
    return simple ? statement.pluck().get() : statement.all()
  }

  /** Wraps a function in a transaction; inside another one, in a savepoint. */
  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Result,
  ): TransactionFunction<Args, Result> {
    return transactionFunction(this as unknown as Database, this.#connection, body)
  }

  /** Whether statements prepared from now on return INTEGERs as bigints. */
  defaultSafeIntegers(enabled = true): this {
    if (typeof enabled !== 'boolean') {
      throw new TypeError('Expected first argument to be a boolean')
    }
    this.#safeIntegers = enabled
    return this
  }

  /** Allows writes while an iterator is open. */
  unsafeMode(enabled = true): this {
    if (typeof enabled !== 'boolean') {
      throw new TypeError('Expected first argument to be a boolean')
    }
    this.#connection.unsafe = enabled
    return this
  }

  /** Closes the connection; an open transaction is rolled back. A second call does nothing. */
  close(): this {
    this.#connection.close()
    return this
  }

  /** `using db = new Database(…)`. */
  [Symbol.dispose](): void {
    this.close()
  }
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
export type Database = DatabaseClass

/** The constructor of {@link Database}; works without `new` as well. */
export interface DatabaseConstructor {
  new (filename?: string, options?: DatabaseOptions): Database
  (filename?: string, options?: DatabaseOptions): Database
  readonly prototype: Database
  readonly SqliteError: typeof SqliteError
}

export const Database: DatabaseConstructor = new Proxy(DatabaseClass, {
  apply: (target, _self, args: [string?, DatabaseOptions?]) => new target(...args),
}) as unknown as DatabaseConstructor
