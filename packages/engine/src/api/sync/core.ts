/**
 * What a `Database` is made of. It hangs on the object by a symbol, not in a private field, so that methods find it through whatever stands
 * for the object: a `Proxy`, or an object that inherits from it.
 */
import { SqliteError } from '../../base/error.ts'
import { Connection } from '../connection/connection.ts'
import type { Integers } from '../connection/session.ts'
import type { OpenOptions } from '../open/options.ts'

/** Without a name, as better-sqlite3's. */
export const coreKey: unique symbol = Symbol()

export class DatabaseCore {
  readonly request: OpenOptions
  /** INTEGERs of statements that are prepared from now on. */
  integers: Integers
  #connection: Connection | null
  #isClosed = false

  /** @param connection null: the file has been found to be no database, and whoever reads it is told so */
  constructor(request: OpenOptions, connection: Connection | null) {
    this.request = request
    this.integers = request.values.integers
    this.#connection = connection
  }

  /** null: not yet, for it is no database. */
  get opened(): Connection | null {
    return this.#connection
  }

  /** @throws SQLITE_NOTADB as long as it is none */
  get connection(): Connection {
    if (this.#connection !== null) return this.#connection
    if (this.#isClosed) throw new TypeError('The database connection is not open')
    this.#connection = new Connection(this.request)
    return this.#connection
  }

  get isOpen(): boolean {
    return this.#connection === null ? !this.#isClosed : this.#connection.isOpen
  }

  get inTransaction(): boolean {
    const connection = this.#connection
    return connection !== null && connection.isOpen && connection.inTransaction
  }

  get isReadonly(): boolean {
    return this.#connection === null ? this.request.readonly : this.#connection.isReadonly
  }

  close(): void {
    this.#connection?.close()
    this.#isClosed = true
  }
}

/**
 * The core of the object that a method was called on. The sentences are those that better-sqlite3's users get for other objects.
 * @param member what is wanted of it
 * @throws TypeError
 */
export function coreOf(database: unknown, member: string): DatabaseCore {
  if (database === undefined || database === null) {
    throw new TypeError(`Cannot read properties of ${database} (reading 'Symbol()')`)
  }
  const core = (database as { readonly [coreKey]?: DatabaseCore })[coreKey]
  if (core === undefined) {
    throw new TypeError(`Cannot read properties of undefined (reading '${member}')`)
  }
  return core
}

/** Whether it is a `Database`, of whichever door. */
export function isDatabase(value: unknown): boolean {
  return (
    (value as { readonly [coreKey]?: DatabaseCore } | null | undefined)?.[coreKey] !== undefined
  )
}

/** Opens a database. What is none may be opened all the same: an application may never look at it, or put another in its place first. */
export function openCore(request: OpenOptions): DatabaseCore {
  try {
    return new DatabaseCore(request, new Connection(request))
  } catch (error) {
    const isNone = error instanceof SqliteError && error.code === 'SQLITE_NOTADB'
    if (isNone && request.profile.opensAnything) return new DatabaseCore(request, null)
    throw error
  }
}
