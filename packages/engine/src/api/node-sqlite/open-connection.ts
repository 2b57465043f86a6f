/** A connection that is open, as a database, its statements and their iterators share it. */
import { notSupported } from '../../base/error.ts'
import type { Connection } from '../connection/connection.ts'
import { deserialize } from '../connection/serialized.ts'
import type { Definition } from './functions.ts'

export class OpenConnection {
  readonly connection: Connection
  /** Iterators whose rows are being taken, and what ends them. */
  readonly rows: Map<object, (iterator: object) => void> = new Map()
  readonly #definitions: Definition[] = []

  constructor(connection: Connection) {
    this.connection = connection
    // As in SQLite, rows that are being taken hinder nobody.
    connection.unsafe = true
  }

  /** A function of the user's runs. */
  get isInCallback(): boolean {
    return this.connection.calls > 0
  }

  /** Defines a function. */
  define(definition: Definition): void {
    definition(this.connection)
    this.#definitions.push(definition)
  }

  close(): void {
    for (const [iterator, end] of this.rows) end(iterator)
    this.connection.close()
  }

  /** Closes it; what takes its place is a database in memory with these pages, and the same functions and settings. */
  replaced(pages: Uint8Array): OpenConnection {
    const before = this.connection
    before.checkOpen()
    if (!before.isSingle) throw notSupported('deserialize() beside attached or temporary databases')
    const next = new OpenConnection(deserialize(pages, before.options))
    const { connection } = next
    for (const definition of this.#definitions) next.define(definition)
    Object.assign(connection.environment.settings, before.environment.settings)
    connection.recursiveTriggers = before.recursiveTriggers
    connection.legacyAlterTable = before.legacyAlterTable
    connection.asksWritableSchema = before.asksWritableSchema
    connection.setDefensive(before.isDefensive)
    connection.queryOnly = before.queryOnly
    connection.pager.busyTimeoutMs = before.pager.busyTimeoutMs
    for (const [name, value] of before.remembered) connection.remembered.set(name, value)
    connection.namesChanged()
    this.close()
    return next
  }
}
