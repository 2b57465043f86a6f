/** Which expressions have a value for every row. */
import type { BoundExpression } from './expression.ts'
import type { PlanNode } from './node.ts'
import { visitNode, visitOperands } from './walk/visit.ts'

/**
 * Whether evaluating an expression cannot end in an error, whatever the row holds. Of functions that is not known (but of those
 * that answer their argument, or one of their arguments), nor of `||`, whose result may be too long, nor of sums in subqueries.
 */
export function cannotFail(expression: BoundExpression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'local':
      return true
    case 'column':
      return expression.mayFail !== true
    case 'function':
      if (expression.function.form === null) return false
      break
    case 'arithmetic':
      if (expression.operator === '||') return false
      break
    default:
  }
  let result = true
  visitOperands(
    expression,
    (operand) => {
      result = result && cannotFail(operand)
    },
    (query) => {
      result = result && planCannotFail(query.plan)
    },
  )
  return result
}

/** Whether running a plan to its end cannot. */
export function planCannotFail(plan: PlanNode): boolean {
  // A limit that is no integer is an error.
  if (plan.kind === 'limit' && (plan.limit.kind !== 'literal' || plan.offset !== null)) return false
  if (plan.kind === 'scan' && plan.table.virtual !== undefined) return false
  if (plan.kind === 'aggregate' && plan.aggregates.length > 0) return false
  let result = true
  visitNode(
    plan,
    (input) => {
      result = result && planCannotFail(input)
    },
    (expression) => {
      result = result && cannotFail(expression)
    },
    (query) => {
      result = result && planCannotFail(query.plan)
    },
  )
  return result
}
