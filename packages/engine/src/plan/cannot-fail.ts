/** Which expressions have a value for every row. */
import type { BoundExpression } from './expression.ts'

/**
 * Whether evaluating an expression cannot end in an error, whatever the row holds. Of functions that is not known (but of those
 * that answer their argument), nor of `||`, whose result may be too long, nor of subqueries.
 */
export function cannotFail(expression: BoundExpression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'column':
    case 'local':
      return true
    case 'negate':
    case 'bit-not':
    case 'not':
    case 'is-null':
    case 'is-truth':
    case 'cast':
      return cannotFail(expression.operand)
    case 'arithmetic':
      return (
        expression.operator !== '||' && cannotFail(expression.left) && cannotFail(expression.right)
      )
    case 'compare':
      return cannotFail(expression.left) && cannotFail(expression.right)
    case 'and':
    case 'or':
      return expression.operands.every(cannotFail)
    case 'between':
      return [expression.operand, expression.low, expression.high].every(cannotFail)
    case 'in-list':
      return [expression.operand, ...expression.items].every(cannotFail)
    case 'function':
      return expression.function.form === 'identity' && expression.args.every(cannotFail)
    default:
      return false
  }
}
