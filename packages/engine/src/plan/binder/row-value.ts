/**
 * Row values: `(a, b)` and subqueries of several columns, compared element by element. (Row Values §2)
 * A comparison of rows becomes comparisons of scalars; SQL's three-valued AND and OR give the NULL rules. Elements behind the
 * one that decides are not evaluated. (`codeVectorCompare`)
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import type { Expression } from '../../sql/index.ts'
import type { BoundComparison, BoundExpression } from '../expression.ts'
import type { Scope } from '../scope.ts'
import type { Binder, Side } from './binder.ts'
import { comparisonRule, sideOf } from './comparison.ts'
import { bindRowSubquery } from './subquery.ts'

/** An element of a row, with what a comparison asks about it. */
export interface RowElement {
  readonly bound: BoundExpression
  readonly side: Side
}

export function isRow(e: Expression): boolean {
  return e.kind === 'row' || e.kind === 'subquery'
}

function withoutCollation(side: Side): Side {
  return { ...side, collation: null, isExplicit: false }
}

/** The elements of a row value; a scalar is a row of one. */
export function bindRow(b: Binder, e: Expression, scope: Scope): RowElement[] {
  if (e.kind === 'row') {
    return e.items.map((item) => {
      const bound = b.expression(b, item, scope)
      return { bound, side: sideOf(b, item, bound) }
    })
  }
  if (e.kind === 'subquery') {
    const { query, columns } = bindRowSubquery(b, e.select, scope)
    return columns.map((column, i) => {
      const bound: BoundExpression = { kind: 'scalar-query', query, column: i }
      // A row is compared by the collations of its columns, a value by none. (`codeVectorCompare`, `sqlite3ExprCollSeq`)
      const side = columns.length > 1 ? column.asValue : withoutCollation(column.asValue)
      return { bound, side }
    })
  }
  const bound = b.expression(b, e, scope)
  return [{ bound, side: sideOf(b, e, bound) }]
}

/** The error about a comparison of rows of different widths. */
export function rowMisused(): SqliteError {
  return sqlError('row value misused')
}

/** How many elements there are. @throws SqliteError: the query has a mistake */
export function widthOf(b: Binder, e: Expression, scope: Scope): number {
  if (e.kind === 'row') return e.items.length
  return e.kind === 'subquery' ? bindRowSubquery(b, e.select, scope).columns.length : 1
}

type Operator = BoundComparison['operator']

function compare(
  b: Binder,
  operator: Operator,
  left: RowElement,
  right: RowElement,
): BoundExpression {
  const rule = b.known(comparisonRule(left.side, right.side))
  return { kind: 'compare', operator, left: left.bound, right: right.bound, rule }
}

/** `left operator right`, element by element. */
export function compareRows(
  b: Binder,
  operator: Operator,
  left: readonly RowElement[],
  right: readonly RowElement[],
): BoundExpression {
  if (left.length !== right.length) throw rowMisused()
  if (left.length === 1) return compare(b, operator, left[0]!, right[0]!)
  switch (operator) {
    case '=':
    case 'IS':
      return rowChain(b, 'and', operator, left, right)
    case '<>':
    case 'IS NOT':
      return rowChain(b, 'or', operator, left, right)
    default:
      return compareInOrder(b, operator, left, right, 0)
  }
}

function rowChain(
  b: Binder,
  kind: 'and' | 'or',
  operator: Operator,
  left: readonly RowElement[],
  right: readonly RowElement[],
): BoundExpression {
  const operands = left.map((item, i) => compare(b, operator, item, right[i]!))
  return { kind, operands, isRow: true }
}

/** The elements after the first decide where that is equal; the last by the operator itself, those before strictly. */
function compareInOrder(
  b: Binder,
  operator: '<' | '<=' | '>' | '>=',
  left: readonly RowElement[],
  right: readonly RowElement[],
  from: number,
): BoundExpression {
  const a = left[from]!
  const z = right[from]!
  if (from === left.length - 1) return compare(b, operator, a, z)
  const strict = operator === '<' || operator === '<=' ? '<' : '>'
  const rest = compareInOrder(b, operator, left, right, from + 1)
  return {
    kind: 'case',
    branches: [{ when: compare(b, '=', a, z), then: rest }],
    otherwise: compare(b, strict, a, z),
  }
}
