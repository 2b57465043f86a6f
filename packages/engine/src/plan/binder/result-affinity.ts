/**
 * The affinity of a column of a compound query, from the expressions of all its arms. (`sqlite3SubqueryColumnTypes`)
 *
 * The first arm that has an affinity gives it; but where another arm can deliver values that the affinity would have
 * converted, the column has none that converts.
 */
import type { Affinity } from '../../record/index.ts'
import type { Expression } from '../../sql/index.ts'
import type { ResultItem } from './result-column.ts'

const numeric = 1
const text = 2
const blob = 4

function classesOfAffinity(affinity: Affinity | null): number {
  if (affinity === 'text') return text | blob
  return affinity === null || affinity === 'blob' ? numeric | text | blob : numeric | blob
}

/** The storage classes that an expression can have, NULL aside. (`sqlite3ExprDataType`) */
function classesOf(ast: Expression, affinity: Affinity | null): number {
  switch (ast.kind) {
    case 'collate':
      return classesOf(ast.operand, affinity)
    case 'unary':
      return ast.operator === '+' ? classesOf(ast.operand, affinity) : numeric
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
      return ast.operator === '||' ? text | blob : numeric
    case 'case': {
      let classes = ast.otherwise === null ? 0 : classesOf(ast.otherwise, null)
      for (const branch of ast.branches) classes |= classesOf(branch.then, null)
      return classes
    }
    default:
      return numeric
  }
}

function classesOfItem(item: ResultItem): number {
  return item.ast === null ? classesOfAffinity(item.affinity) : classesOf(item.ast, item.affinity)
}

/** The affinity of one column, given that column of every arm in order. */
export function compoundAffinity(arms: readonly ResultItem[]): Affinity | null {
  let affinity: Affinity | null = null
  for (const arm of arms) {
    affinity = arm.affinity
    if (affinity !== null) break
  }
  if (affinity === null || affinity === 'blob') return affinity
  let classes = 0
  for (const arm of arms.slice(1)) classes |= classesOfItem(arm)
  if (arms[0]!.affinity === null) classes |= classesOfItem(arms[0]!)
  if (affinity === 'text') return (classes & numeric) === 0 ? affinity : 'blob'
  if ((classes & text) !== 0) return 'blob'
  // What a CAST in the first arm makes of its own values it does not make of others'. (SQLITE_AFF_FLEXNUM)
  return arms[0]!.ast?.kind === 'cast' ? 'numeric' : affinity
}
