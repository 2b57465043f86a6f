/** `Builder`: the face of the Rust SDKs, in camelCase. Calls return promises; what may run for long gives the event loop its turn. */
import { Database } from '../sync/database.ts'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'
import { LocalConnection } from './local-connection.ts'

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

  /** A database in a local file, or `:memory:`. @throws TypeError where the path is no string */
  static newLocal(path: string): Builder {
    if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string')
    return builderOf(path)
  }

  /** Whether several processes may have the file open at once. */
  experimentalMultiprocessWal(enabled: boolean): this {
    if (typeof enabled !== 'boolean') {
      throw new TypeError('Expected first argument to be a boolean')
    }
    this.#multiprocess = enabled
    return this
  }

  /** How long a statement waits for another connection's lock, in ms. Default 5000. */
  busyTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs
    return this
  }

  /** Opens the database once, so that a wrong path or a conflict of modes shows here: it rejects with a SqliteError. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async build(): Promise<LocalDatabase> {
    const open = (): Database => {
      const database = new Database(this.#path, {
        ...(this.#multiprocess && { experimental: ['multiprocess_wal'] }),
        ...(this.#timeoutMs !== undefined && { timeout: this.#timeoutMs }),
      })
      // As SQLite, and the Rust SDKs, have it.
      database.pragma('foreign_keys = OFF')
      return database
    }
    return new LocalDatabase(open)
  }
}

/** Outside of the class: one that names itself has another name in a bundle, and `console.log` shows it. */
function builderOf(path: string): Builder {
  return Reflect.construct(Builder, [path]) as Builder
}

/** A database that was built; connections come from `connect()`. */
export class LocalDatabase {
  readonly #open: () => Database
  /** Keeps the file open, and with it the mode, until a connection is asked for; then it is that one. */
  #first: Database | null

  /** Use `Builder.build`. @internal */
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

  /** `await using database = await builder.build()`. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

answersUsers(LocalDatabase.prototype, ['connect', 'close'])
promisesToUsers(Builder.prototype, ['build'])
