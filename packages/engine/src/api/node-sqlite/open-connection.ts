/** A connection that is open, as a database, its statements and their iterators share it. */
import { notSupported, tooBig } from '../../base/error.ts'
import { highestLimits, within, type Limits } from '../../base/limits.ts'
import { closesWith } from '../connection/at-exit.ts'
import type { Connection } from '../connection/connection.ts'
import { deserialize } from '../connection/serialized.ts'
import type { Prepared } from '../connection/session.ts'
import type { Definition } from './functions.ts'

export class OpenConnection {
  readonly connection: Connection
  /** Iterators whose rows are being taken, and what ends them. */
  readonly rows: Map<object, (iterator: object) => void> = new Map()
  readonly #definitions: Definition[] = []
  #limits: Limits = highestLimits

  constructor(connection: Connection) {
    this.connection = connection
    // Whatever still uses it refers to this object.
    closesWith(this, connection)
    // As in SQLite, rows that are being taken hinder nobody.
    connection.unsafe = true
  }

  get limits(): Limits {
    return this.#limits
  }

  /** What was compiled is compiled anew. */
  set limits(limits: Limits) {
    this.#limits = limits
    this.connection.namesChanged()
  }

  /** Whether some limit is lower than it is elsewhere. */
  get isLimited(): boolean {
    return this.#limits !== highestLimits
  }

  /** Does something with the connection, within its limits. */
  within<Result>(body: () => Result): Result {
    return this.#limits === highestLimits ? body() : within(this.#limits, body)
  }

  /** A function of the user's runs. */
  get isInCallback(): boolean {
    return this.connection.calls > 0
  }

  /** The first statement of a text; null: it holds none. */
  prepare(text: string): Prepared | null {
    const { connection } = this
    connection.checkOpen()
    if (!this.isLimited) return connection.prepareFirst(text)
    const first = this.within(() => connection.nextStatement(text, 0))
    if (first !== null) this.#checkLength(text.slice(0, first.end))
    return first === null ? null : first.prepared
  }

  /** Runs all statements of a text. */
  exec(text: string): void {
    const { connection } = this
    connection.checkOpen()
    if (!this.isLimited) {
      connection.exec(text)
      return
    }
    for (let at = 0; at < text.length;) {
      const from = at
      const next = this.within(() => connection.nextStatement(text, from))
      if (next === null) return
      this.#checkLength(text.slice(at, next.end))
      const { prepared, end } = next
      this.within(() => prepared.run(Array<null>(prepared.parameters.count).fill(null)))
      at = end
    }
  }

  #checkLength(text: string): void {
    if (Buffer.byteLength(text) > this.#limits.sqlLength) throw tooBig()
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
    next.limits = this.#limits
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
