/** What an expression is made of. */
import type { Expression } from './ast/query.ts'

/** The expressions that stand in another one, but for those inside subqueries and the clauses of a window or a filter. */
export function operandsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'null':
    case 'integer':
    case 'real':
    case 'text':
    case 'blob':
    case 'boolean':
    case 'current':
    case 'parameter':
    case 'column':
    case 'exists':
    case 'subquery':
    case 'raise':
      return []
    case 'unary':
    case 'collate':
    case 'is-null':
    case 'cast':
      return [e.operand]
    case 'binary':
      return [e.left, e.right]
    case 'between':
      return [e.operand, e.low, e.high]
    case 'like':
      return e.escape === null ? [e.operand, e.pattern] : [e.operand, e.pattern, e.escape]
    case 'in':
      return e.source.kind === 'list' ? [e.operand, ...e.source.items] : [e.operand]
    case 'case': {
      const branches = e.branches.flatMap(({ when, then }) => [when, then])
      return [e.operand, ...branches, e.otherwise].filter((part) => part !== null)
    }
    case 'function':
      return e.args
    case 'row':
      return e.items
    default:
      return e satisfies never
  }
}
