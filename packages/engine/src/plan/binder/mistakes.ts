import { SqliteError } from '../../base/error.ts'
import type { Expression } from '../../sql/index.ts'

/** What is known of mistakes while a statement is bound. */
export interface Mistakes {
  /** A part of an expression is being bound, and not the whole. */
  isInside: boolean
  /** It is being looked for the last mistake. */
  isLooking: boolean
  /** A query around it has looked up all tables. */
  isExpanded: boolean
  /** Calls that are mistakes themselves, whatever their arguments are. */
  readonly calls: WeakMap<Expression, Error>
  /** What was told of queries. */
  readonly queries: WeakMap<object, SqliteError>
  /** What ends SQLite's look-up of tables: a column of USING. */
  readonly early: WeakSet<Error>
  /** What SQLite finds when all names are known. */
  readonly late: WeakSet<Error>
}

export function noMistakes(): Mistakes {
  return {
    isInside: false,
    isLooking: false,
    isExpanded: false,
    calls: new WeakMap(),
    queries: new WeakMap(),
    early: new WeakSet(),
    late: new WeakSet(),
  }
}

/**
 * SQLite resolves the SELECTs of a compound, rows of VALUES too, from the last one to the first. Here it is the other way round; so where one is a mistake
 * those behind it are looked at.
 * @param bind binds one of `count`, the last one first
 */
export function laterMistake(
  { late }: Mistakes,
  count: number,
  bind: (place: number) => unknown,
): SqliteError | null {
  for (let place = 0; place < count; place++) {
    try {
      bind(place)
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      if (!late.has(error)) return error
    }
  }
  return null
}
