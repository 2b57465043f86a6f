/**
 * The affinity of a column of a compound query, from the expressions of all its arms. (`sqlite3SubqueryColumnTypes`)
 *
 * The first arm that has an affinity gives it; but where another arm can deliver values that the affinity would have
 * converted, the column has none that converts.
 */
import type { Affinity } from '../../record/index.ts'
import type { Expression } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { Binder } from './binder.ts'
import { affinityOf } from './comparison.ts'
import type { ResultItem } from './result-column.ts'

const numeric = 1
const text = 2
const blob = 4

function classesOfAffinity(affinity: Affinity | null): number {
  if (affinity === 'text') return text | blob
  return affinity === null || affinity === 'blob' ? numeric | text | blob : numeric | blob
}

/** The storage classes that an expression can have, NULL aside. (`sqlite3ExprDataType`) */
function classesOf(
  b: Binder,
  ast: Expression,
  bound: BoundExpression,
  affinity: Affinity | null,
): number {
  switch (ast.kind) {
    case 'collate':
      return classesOf(b, ast.operand, bound, affinity)
    case 'unary':
      return ast.operator === '+' ? classesOf(b, ast.operand, bound, affinity) : numeric
    case 'null':
      return 0
    case 'text':
      return text
    case 'blob':
      return blob
    case 'parameter':
    case 'function':
    case 'current':
    case 'like':
      return numeric | text | blob
    case 'column':
    case 'subquery':
    case 'cast':
    case 'row':
      return classesOfAffinity(affinity)
    case 'binary':
      // `->` and `->>` are functions.
      if (ast.operator === '->' || ast.operator === '->>') return numeric | text | blob
      return ast.operator === '||' ? text | blob : numeric
    case 'case': {
      const inner = bound.kind === 'let' ? bound.body : bound
      const parts = inner.kind === 'case' ? inner : null
      const ofPart = (part: Expression, one: BoundExpression | null | undefined): number =>
        classesOf(b, part, one ?? bound, one ? affinityOf(b, one) : null)
      let classes = ast.otherwise === null ? 0 : ofPart(ast.otherwise, parts?.otherwise)
      ast.branches.forEach((branch, i) => {
        classes |= ofPart(branch.then, parts?.branches[i]?.then)
      })
      return classes
    }
    default:
      return numeric
  }
}

function classesOfItem(b: Binder, { ast, bound, affinity }: ResultItem): number {
  if (ast === null) return classesOfAffinity(affinity)
  // What stands under unary pluses has lost its affinity, but not its classes.
  const isBare = affinity === null && (bound.kind === 'column' || bound.kind === 'cast')
  return classesOf(b, ast, bound, isBare ? bound.affinity : affinity)
}

/** The affinity of one column, given that column of every arm in order. */
export function compoundAffinity(b: Binder, arms: readonly ResultItem[]): Affinity | null {
  let affinity: Affinity | null = null
  for (const arm of arms) {
    affinity = arm.affinity
    if (affinity !== null) break
  }
  if (affinity === null || affinity === 'blob') return affinity
  let classes = 0
  for (const arm of arms.slice(1)) classes |= classesOfItem(b, arm)
  if (arms[0]!.affinity === null) classes |= classesOfItem(b, arms[0]!)
  if (affinity === 'text') return (classes & numeric) === 0 ? affinity : 'blob'
  if ((classes & text) !== 0) return 'blob'
  // What a CAST in the first arm makes of its own values it does not make of others'. (SQLITE_AFF_FLEXNUM)
  return arms[0]!.ast?.kind === 'cast' ? 'numeric' : affinity
}
