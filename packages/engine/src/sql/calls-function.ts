/**
 * Whether an expression calls a function, outside of subqueries. SQLite leaves out an operand that cannot matter already when it
 * reads the text, but not one that calls a function. (`EP_HasFunc`)
 */
import type { Expression } from './ast/query.ts'

export function callsFunction(e: Expression): boolean {
  switch (e.kind) {
    case 'function':
    case 'like':
    case 'current':
      return true
    case 'null':
    case 'integer':
    case 'real':
    case 'text':
    case 'blob':
    case 'boolean':
    case 'parameter':
    case 'column':
    case 'exists':
    case 'subquery':
    case 'raise':
      return false
    case 'unary':
    case 'collate':
    case 'is-null':
    case 'cast':
      return callsFunction(e.operand)
    case 'binary':
      if (e.operator === '->' || e.operator === '->>') return true
      return callsFunction(e.left) || callsFunction(e.right)
    case 'between':
      return [e.operand, e.low, e.high].some(callsFunction)
    case 'in':
      if (callsFunction(e.operand)) return true
      return e.source.kind === 'list' && e.source.items.some(callsFunction)
    case 'case':
      return (
        (e.operand !== null && callsFunction(e.operand)) ||
        e.branches.some(({ when, then }) => callsFunction(when) || callsFunction(then)) ||
        (e.otherwise !== null && callsFunction(e.otherwise))
      )
    case 'row':
      return e.items.some(callsFunction)
    default:
      return e satisfies never
  }
}
