/** One connection in the shape of the Rust SDKs. */
import type { CommitEvents, WatchOptions } from '../across/commit-event.ts'
import type { LockOptions } from '../across/named-lock.ts'
import type { DatabaseStatus } from '../status.ts'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'
import { isDatabase } from '../sync/core.ts'
import type { Database } from '../sync/face.ts'
import { ConnectionCalls, type Parameters } from './connection-calls.ts'
import { LocalStatement } from './local-statement.ts'
import { LocalTransaction, type TransactionSlot } from './local-transaction.ts'
import type { Rows } from './rows.ts'

/** How a transaction begins. */
export type TransactionBehavior = 'deferred' | 'immediate' | 'exclusive'

const behaviors: ReadonlySet<unknown> = new Set(['deferred', 'immediate', 'exclusive'])

/** One connection; its statements run in the order of the calls. While a transaction is open, only that takes calls. */
export class LocalConnection {
  readonly #database: Database
  readonly #calls: ConnectionCalls
  #transaction: TransactionSlot | null = null

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
  constructor(database: Database) {
    if (!isDatabase(database)) throw new TypeError('Expected first argument to be a Database')
    this.#calls = new ConnectionCalls(database)
    this.#database = database
  }

  #free(): ConnectionCalls {
    if (this.#transaction === null) return this.#calls
    throw new TypeError(
      'A transaction is open on this connection: call its handle, or another connection',
    )
  }

  /** Runs one statement and answers the number of rows it changed. Rejects with a SqliteError; `SQLITE_BUSY` when the busy timeout is over. */
  async execute(sql: string, params: Parameters = []): Promise<number> {
    return this.#free().execute(sql, params)
  }

  /** Runs all statements of a text. Rejects as `execute`; what the statements before the failing one have done stays. */
  async executeBatch(sql: string): Promise<void> {
    return this.#free().executeBatch(sql)
  }

  /** Runs one query. Its rows come one by one from `next()`, or by `for await`. Rejects as `execute`, and with a TypeError for a statement that returns no rows. */
  async query(sql: string, params: Parameters = []): Promise<Rows> {
    return this.#free().query(sql, params)
  }

  /** Prepares one statement. Rejects with a SqliteError on bad SQL. */
  async prepare(sql: string): Promise<LocalStatement> {
    const { prepared } = await this.#free().describe(sql)
    return new LocalStatement(this, sql, prepared.hasRows ? prepared.columns() : [])
  }

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
  async transaction(behavior: TransactionBehavior = 'deferred'): Promise<LocalTransaction> {
    if (!behaviors.has(behavior)) {
      throw new TypeError('Expected first argument to be "deferred", "immediate" or "exclusive"')
    }
    const calls = this.#free()
    const slot: TransactionSlot = { calls, isOpen: true, end: () => (this.#transaction = null) }
    this.#transaction = slot
    try {
      await calls.execute(`BEGIN ${behavior.toUpperCase()}`)
    } catch (error) {
      this.#transaction = null
      throw error
    }
    return new LocalTransaction(slot)
  }

  /** The state of the database, whoever has it open: processes, readers, log. Takes no lock. */
  status(): DatabaseStatus {
    return this.#database.status()
  }

  /** Commits as they come, by whichever process, as `Database.watch` has them; `own` are those of this connection. `close()` ends it. A transaction does not stand in its way. */
  watch(tables?: string | readonly string[] | null, options?: WatchOptions): CommitEvents {
    return this.#database.watch(tables, options)
  }

  /** Runs a function while the lock of a name of your own is held, as `Database.lock` does. It has nothing to do with transactions. */
  async lock<Result>(
    name: string,
    body: () => Result | PromiseLike<Result>,
    options?: LockOptions,
  ): Promise<Result> {
    return this.#database.lock(name, body, options)
  }

  /** Whether no transaction is open. */
  isAutocommit(): boolean {
    return this.#calls.isAutocommit()
  }

  /** The rowid of the row that was inserted last. */
  lastInsertRowid(): number | bigint {
    return this.#calls.lastInsertRowid
  }

  /** Closes the connection; an open transaction is rolled back. A call that waits for a lock, and those behind it, are rejected. */
  close(): void {
    this.#database.close()
    if (this.#transaction !== null) this.#transaction.isOpen = false
  }

  /** `await using connection = database.connect()`. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

answersUsers(LocalConnection.prototype, ['close', 'status', 'watch'])
promisesToUsers(LocalConnection.prototype, [
  'execute',
  'executeBatch',
  'query',
  'prepare',
  'transaction',
  'lock',
])
