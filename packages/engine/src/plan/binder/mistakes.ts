import type { SqliteError } from '../../base/error.ts'
import type { Expression } from '../../sql/index.ts'

/** What is known of mistakes while a statement is bound. */
export interface Mistakes {
  /** A part of an expression is being bound, and not the whole. */
  isInside: boolean
  /** It is being looked for the last mistake. */
  isLooking: boolean
  /** Calls that are mistakes themselves, whatever their arguments are. */
  readonly calls: WeakMap<Expression, Error>
  /** What was told of queries. */
  readonly queries: WeakMap<object, SqliteError>
  /** What SQLite finds when all names are known. */
  readonly late: WeakSet<Error>
}

export function noMistakes(): Mistakes {
  return {
    isInside: false,
    isLooking: false,
    calls: new WeakMap(),
    queries: new WeakMap(),
    late: new WeakSet(),
  }
}
