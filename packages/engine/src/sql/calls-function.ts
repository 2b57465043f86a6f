/**
 * Whether an expression calls a function, outside of subqueries. SQLite leaves out an operand that cannot matter already when it
 * reads the text, but not one that calls a function. (`EP_HasFunc`)
 */
import type { Expression } from './ast/query.ts'
import { visitParts } from './walk.ts'

export function callsFunction(e: Expression): boolean {
  switch (e.kind) {
    case 'function':
    case 'like':
    case 'current':
      return true
    case 'binary':
      if (e.operator === '->' || e.operator === '->>') return true
      break
    default:
  }
  let calls = false
  visitParts(
    e,
    (part) => {
      calls ||= callsFunction(part)
    },
    () => {
      // A subquery is evaluated by itself.
    },
  )
  return calls
}
