/**
 * What all connections of a pool have in common: PRAGMAs that say what a connection is like, and functions, aggregates, collations and tables
 * that were defined, in the order in which they were given. Each connection makes up for what it has not heard of before its next call.
 */
import type { Definition } from '../../sync/definitions.ts'
import type { Lane } from './lane.ts'
import type { Verdict } from './verdict.ts'

interface Lesson {
  /** Rises through the list. */
  readonly number: number
  /** The connection that it was given to; null: none has heard of it. */
  readonly by: Lane | null
  readonly isPragma: boolean
  readonly teach: (lane: Lane) => void
}

/** Without an effect inside a transaction. (PRAGMA documentation) */
const ignoredInTransactions: ReadonlySet<string> = new Set(['foreign_keys'])

/** Databases that all connections have under this name; others belong to one of them. */
const common: ReadonlySet<string> = new Set(['', 'main'])

export class Settings {
  /** A PRAGMA by what it is about, so that a later one takes the place of an earlier one. */
  readonly #lessons = new Map<string | symbol, Lesson>()
  #count = 0

  /** A PRAGMA that a connection has been given. */
  note(lane: Lane, { about, schema }: Verdict, sql: string): void {
    if (!common.has(schema)) return
    if (lane.connection.inTransaction && ignoredInTransactions.has(about)) return
    this.#add(`${schema}.${about}`, lane, true, ({ connection }) => connection.exec(sql))
  }

  /** @param by a connection that has it already */
  define(definition: Definition, by: Lane | null): void {
    this.#add(Symbol('definition'), by, false, ({ core }) => definition(core))
  }

  #add(key: string | symbol, by: Lane | null, isPragma: boolean, teach: Lesson['teach']): void {
    this.#lessons.delete(key)
    this.#lessons.set(key, { number: ++this.#count, by, isPragma, teach })
  }

  /**
   * Tells a connection, which is about to run something. One that is inside a transaction is told of PRAGMAs when that has ended, and nothing is
   * defined beside a query that is open.
   */
  tell(lane: Lane): void {
    if (lane.heard === this.#count) return
    const { connection } = lane
    for (const { number, by, isPragma, teach } of this.#lessons.values()) {
      if (number <= lane.heard) continue
      if (by !== lane) {
        if (isPragma ? connection.inTransaction : connection.iterators > 0) return
        teach(lane)
      }
      lane.heard = number
    }
  }
}
