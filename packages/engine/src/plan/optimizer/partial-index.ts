/**
 * A partial index holds the rows for which its WHERE is true. It may serve a scan when the scan's own conditions leave
 * no other rows. What is proved is what SQLite proves: the condition is there word for word, or one of the sides of
 * its OR is, or it says `x IS NOT NULL` and another condition is never true for a NULL x.
 * (Partial Indexes §2 "Queries Using Partial Indexes")
 *
 * Word for word is before constants are folded: `a > 1 + 1` does not prove `a > 2`, nor the other way round.
 */
import type { Catalog } from '../../runtime/index.ts'
import type { Index } from '../../schema/index.ts'
import { conjunctsOf } from '../conditions.ts'
import type { BoundExpression } from '../expression.ts'
import type { ScanNode } from '../node.ts'
import { sameExpression } from '../same-expression.ts'
import { unfolded } from './fold-constants.ts'
import { spelledOut } from './index-expressions.ts'
import { simplifiedConjuncts } from './simplify-conditions.ts'
import type { Conjunct } from './terms.ts'
import { boundOfIndex } from './bound-of-index.ts'

/** All rows of the scan that pass `conditions` are in the index. */
export function holdsAllRows(
  catalog: Catalog,
  scan: ScanNode,
  index: Index,
  conditions: readonly Conjunct[],
): boolean {
  if (index.where === null) return true
  const where = boundOfIndex(catalog, scan.table, index, index.where, scan.source, 'partial-index')
  if (where === null) return false
  const known = conditions.map((condition) => unfolded(spelledOut(condition.expression, scan)))
  const isKnown = (wanted: BoundExpression): boolean => known.some((k) => implies(k, wanted))
  // Conditions of a plan have been simplified, but an OR is also proved by one of its sides as written.
  return conjunctsOf(where).every(
    (wanted) => isKnown(wanted) || simplifiedConjuncts(wanted).every(isKnown),
  )
}

function implies(known: BoundExpression, wanted: BoundExpression): boolean {
  if (sameExpression(known, wanted)) return true
  if (known.kind === 'or') return known.operands.every((operand) => implies(operand, wanted))
  if (known.kind === 'in-list' && wanted.kind === 'in-list') return isPart(known, wanted)
  if (wanted.kind === 'or') return wanted.operands.some((operand) => implies(known, operand))
  return wanted.kind === 'is-null' && wanted.negated && neverForNull(known, wanted.operand)
}

type InList = Extract<BoundExpression, { readonly kind: 'in-list' }>

/** The same IN with some of its items. */
function isPart(known: InList, wanted: InList): boolean {
  return (
    !known.negated &&
    known.items.every((item) => wanted.items.some((other) => sameExpression(item, other))) &&
    sameExpression({ ...known, items: [] }, { ...wanted, items: [] })
  )
}

/** The condition is not true where `x` is NULL. */
function neverForNull(condition: BoundExpression, x: BoundExpression): boolean {
  switch (condition.kind) {
    case 'compare':
      if (condition.operator === 'IS' || condition.operator === 'IS NOT') return false
      return sameExpression(condition.left, x) || sameExpression(condition.right, x)
    case 'between':
    case 'in-list':
      return sameExpression(condition.operand, x)
    case 'in-query':
      return !condition.negated && condition.operands.some((o) => sameExpression(o, x))
    case 'function':
      return (
        condition.function.matches !== null && condition.args.some((arg) => sameExpression(arg, x))
      )
    default:
      return false
  }
}
