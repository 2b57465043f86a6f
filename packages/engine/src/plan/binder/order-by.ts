/**
 * Terms of ORDER BY and GROUP BY: a number is a result column, an alias stands for its column, anything else is an
 * expression. (SELECT §4 The ORDER BY clause)
 *
 * ORDER BY looks for an alias first and for a column of FROM second; GROUP BY the other way round.
 */
import { sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import type { Expression, OrderingTerm } from '../../sql/index.ts'
import { pin } from '../literal.ts'
import { ordinal } from './binder.ts'

/** A term without the COLLATE around it. */
export function withoutCollate(e: Expression): Expression {
  let inner = e
  while (inner.kind === 'collate') inner = inner.operand
  return inner
}

/** The number that an expression is as written; null: it is none. `-1` is one too, and out of range. */
function integerOf(e: Expression): number | null {
  if (e.kind === 'integer') {
    pin(e)
    // Beyond 32 bits a number is an expression like any other, with its sign too. (`sqlite3ExprIsInteger`)
    return e.value >= 0 && e.value <= 0x7fffffff ? Number(e.value) : null
  }
  if (e.kind !== 'unary' || (e.operator !== '-' && e.operator !== '+')) return null
  const value = integerOf(e.operand)
  return value === null || e.operator === '+' ? value : -value
}

/** The result column, from 0, that term `place` names by its number; -1: it is no number. */
export function columnByNumber(
  e: Expression,
  place: number,
  columnCount: number,
  clause: 'ORDER BY' | 'GROUP BY',
): number {
  const number = integerOf(e)
  if (number === null) return -1
  if (number < 1 || number > columnCount) {
    throw sqlError(
      `${ordinal(place + 1)} ${clause} term out of range - should be between 1 and ${columnCount}`,
    )
  }
  return number - 1
}

/** The result column that an ORDER BY term names by its alias; -1: none. What a star stands for has its names as aliases. */
export function columnByAlias(
  e: Expression,
  items: readonly {
    readonly alias: string | null
    readonly columnName: string
    readonly ast: Expression | null
  }[],
): number {
  const name = aliasOf(e)
  if (name === null) return -1
  const folded = foldName(name)
  return items.findIndex(({ alias, columnName, ast }) => {
    const own = ast === null ? columnName : alias
    return own !== null && foldName(own) === folded
  })
}

function aliasOf(e: Expression): string | null {
  if (e.kind === 'column') return e.table === null ? e.column : null
  return e.kind === 'boolean' ? e.name : null
}

export function noMatch(place: number): Error {
  return sqlError(`${ordinal(place + 1)} ORDER BY term does not match any column in the result set`)
}

/** The terms that are worth binding: SQLite allows as many as a result has columns. */
export function checkTermCount(terms: readonly OrderingTerm[], limit: number): void {
  if (terms.length > limit) throw sqlError('too many terms in ORDER BY clause')
}
