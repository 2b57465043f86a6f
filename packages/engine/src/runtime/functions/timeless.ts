/**
 * The context of a date function in an index or a CHECK. What such an expression says of a row must stay true, so it may ask
 * neither for the present nor for the local time. (`sqlite3NotPureFunc`)
 */
import { sqlError } from '../../base/error.ts'
import type { TextEncoding } from '../../record/index.ts'
import type { FunctionContext } from './function.ts'

/** Where in a schema an expression stands, as messages call it. */
export type StoredPlace = 'an index' | 'a CHECK constraint' | 'a generated column'

export class TimelessContext implements FunctionContext {
  readonly #context: FunctionContext
  readonly #name: string
  readonly #place: StoredPlace

  constructor(context: FunctionContext, name: string, place: StoredPlace) {
    this.#context = context
    this.#name = name
    this.#place = place
  }

  get changes(): number {
    return this.#context.changes
  }

  get totalChanges(): number {
    return this.#context.totalChanges
  }

  get lastInsertRowid(): number | bigint {
    return this.#context.lastInsertRowid
  }

  get encoding(): TextEncoding {
    return this.#context.encoding
  }

  now(): never {
    throw sqlError(`non-deterministic use of ${this.#name}() in ${this.#place}`)
  }

  localTime(): never {
    return this.now()
  }
}
