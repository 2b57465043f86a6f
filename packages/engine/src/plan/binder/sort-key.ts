/** A term of ORDER BY. NULLs are smallest unless it says otherwise. (SELECT §4) */
import type { OrderingTerm } from '../../sql/index.ts'
import type { BoundExpression, SortKey } from '../expression.ts'
import type { Binder } from './binder.ts'

export function sortKey(
  b: Binder,
  expression: BoundExpression,
  term: OrderingTerm,
  collation: string | null,
): SortKey {
  const { descending } = term
  const first = term.nulls === null ? !descending : term.nulls === 'FIRST'
  return {
    expression,
    descending,
    nulls: first ? 'first' : 'last',
    collation: b.collation(collation ?? 'BINARY'),
  }
}
