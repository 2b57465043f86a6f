/** A term of ORDER BY. NULLs are smallest unless it says otherwise. (SELECT §4) */
import { checkCollation } from '../../schema/index.ts'
import type { OrderingTerm } from '../../sql/index.ts'
import type { BoundExpression, SortKey } from '../expression.ts'

export function sortKey(
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
    collation: checkCollation(collation ?? 'BINARY'),
  }
}
