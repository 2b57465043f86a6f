import { SqliteError } from '../../base/error.ts'
import type { Expression } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'

/** What is known of mistakes while a statement is bound. */
export interface Mistakes {
  /** A part of an expression is being bound, and not the whole. */
  isInside: boolean
  /** It is being looked for the last mistake. */
  isLooking: boolean
  /** A query around it has looked up all tables. */
  isExpanded: boolean
  /** Calls that are mistakes themselves, whatever their arguments are. */
  calls: WeakMap<Expression, Error>
  /** What was told of queries. */
  readonly queries: WeakMap<object, SqliteError>
  /** What ends SQLite's look-up of tables: a column of USING. */
  readonly early: WeakSet<Error>
  /** What SQLite finds when all names are known. */
  readonly late: WeakSet<Error>
  /** Those of them that are about a row where it may be none → the row. */
  readonly unfit: WeakMap<Error, Expression>
  /** Such rows that are known, and are taken for NULL so that what stands behind them is looked at. */
  passed: ReadonlySet<Expression>
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
    unfit: new WeakMap(),
    passed: new Set(),
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

/**
 * A row where one value is wanted, or one of another width, which SQLite finds when all names are known. (`sqlite3ExprCodeTarget`)
 * @throws SqliteError, unless the mistake is known
 */
export function unfitRow(mistakes: Mistakes, e: Expression, error: SqliteError): BoundExpression {
  if (mistakes.passed.has(e)) return { kind: 'literal', value: null }
  mistakes.late.add(error)
  mistakes.unfit.set(error, e)
  throw error
}

/** More such rows are not looked behind. */
const mostPassed = 20

/**
 * Binds a statement, once more for each row that is a mistake: one in a name that stands behind it is told.
 * @param bind binds it from the start, with rows that are known to be mistakes
 */
export function bindBehindRows<Result>(
  bind: (passed: ReadonlySet<Expression>, noteMistakes: (mistakes: Mistakes) => void) => Result,
): Result {
  const passed = new Set<Expression>()
  let first: SqliteError | null = null
  for (;;) {
    let known: Mistakes | null = null
    try {
      const result = bind(passed, (mistakes) => (known = mistakes))
      if (first !== null) throw first
      return result
    } catch (error) {
      const mistakes = known as Mistakes | null
      if (!(error instanceof SqliteError) || error === first || mistakes === null) throw error
      if (!mistakes.late.has(error)) throw error
      const row = mistakes.unfit.get(error)
      first ??= error
      if (row === undefined || passed.has(row) || passed.size >= mostPassed) throw first
      passed.add(row)
    }
  }
}
