/**
 * `Builder`: the face of the Rust SDKs, in camelCase. Calls return promises so that code written against
 * them stays as it is when the engine moves waiting off the event loop.
 */
import { Database } from '../sync/database.ts'
import type { Statement } from '../sync/face.ts'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'

/** Parameters of one call: a list, or named values. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>

/**
 * Settings of a database before it is opened.
 *
 * ```ts
 * const database = await Builder.newLocal('app.db').experimentalMultiprocessWal(true).build()
 * const connection = database.connect()
 * await connection.execute('INSERT INTO note(text) VALUES (?)', ['hello'])
 * ```
 */
export class Builder {
  readonly #path: string
  #multiprocess = false
  #timeoutMs: number | undefined

  private constructor(path: string) {
    this.#path = path
  }

  /** A database in a local file, or `:memory:`. */
  static newLocal(path: string): Builder {
    if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string')
    return new Builder(path)
  }

  /** Whether several processes may have the file open at once. */
  experimentalMultiprocessWal(enabled: boolean): this {
    if (typeof enabled !== 'boolean') {
      throw new TypeError('Expected first argument to be a boolean')
    }
    this.#multiprocess = enabled
    return this
  }

  /** How long a statement waits for another connection's lock, in ms. */
  busyTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs
    return this
  }

  /** Opens the database once, so that a wrong path or a conflict of modes shows here. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async build(): Promise<LocalDatabase> {
    const open = (): Database =>
      new Database(this.#path, {
        experimental: this.#multiprocess ? ['multiprocess_wal'] : [],
        timeout: this.#timeoutMs,
      })
    return new LocalDatabase(open)
  }
}

/** A database that was built; connections come from `connect()`. */
export class LocalDatabase {
  readonly #open: () => Database
  /** Keeps the file open, and with it the mode, until a connection is asked for; then it is that one. */
  #first: Database | null

  /** Use `Builder.build`. */
  constructor(open: () => Database) {
    this.#open = open
    this.#first = open()
  }

  /** A new connection. Each one of a memory database after the first is a database of its own. */
  connect(): LocalConnection {
    const first = this.#first
    this.#first = null
    return new LocalConnection(first ?? this.#open())
  }

  /** Lets go of the file when no connection was asked for. */
  close(): void {
    this.#first?.close()
    this.#first = null
  }
}

/** One connection; its statements run in the order of the calls. */
export class LocalConnection {
  readonly #database: Database

  /** Use `LocalDatabase.connect`. */
  constructor(database: Database) {
    this.#database = database
  }

  /** Runs one statement and answers the number of rows it changed. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async execute(sql: string, params: Parameters = []): Promise<number> {
    const statement = this.#database.prepare(sql)
    if (statement.reader) {
      statement.all(...argumentsOf(params))
      return 0
    }
    return statement.run(...argumentsOf(params)).changes
  }

  /** Runs all statements of a text. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async executeBatch(sql: string): Promise<void> {
    this.#database.exec(sql)
  }

  /** Runs one query. Its rows come one by one from `next()`, or by `for await`. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async query(sql: string, params: Parameters = []): Promise<Rows> {
    const statement = this.#database.prepare(sql)
    return new Rows(statement, argumentsOf(params))
  }

  /** Whether no transaction is open. */
  isAutocommit(): boolean {
    return !this.#database.inTransaction
  }

  /** Closes the connection. */
  close(): void {
    this.#database.close()
  }
}

/** Rows of a query, as objects. */
export class Rows implements AsyncIterable<Record<string, unknown>> {
  /** Names of the columns. */
  readonly columnNames: readonly string[]
  readonly #rows: IterableIterator<unknown>

  /** Use `LocalConnection.query`. */
  constructor(statement: Statement, args: readonly unknown[]) {
    this.columnNames = statement.columns().map(({ name }) => name)
    this.#rows = statement.iterate(...args)
  }

  /** The next row, or `undefined` after the last. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async next(): Promise<Record<string, unknown> | undefined> {
    const { value, done } = this.#rows.next()
    return done ? undefined : (value as Record<string, unknown>)
  }

  /** Ends the query before its last row, and with it the read transaction. */
  close(): void {
    this.#rows.return?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Record<string, unknown>> {
    try {
      for (;;) {
        const row = await this.next()
        if (row === undefined) return
        yield row
      }
    } finally {
      this.close()
    }
  }
}

answersUsers(LocalDatabase.prototype, ['connect', 'close'])
answersUsers(LocalConnection.prototype, ['close'])
answersUsers(Rows.prototype, ['close'])
promisesToUsers(Builder.prototype, ['build'])
promisesToUsers(LocalConnection.prototype, ['execute', 'executeBatch', 'query'])
promisesToUsers(Rows.prototype, ['next'])

function argumentsOf(params: Parameters): readonly unknown[] {
  return Array.isArray(params) ? params : [params]
}
