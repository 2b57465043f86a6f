/** The default of a column where ON CONFLICT REPLACE puts it in the place of a NULL. */
import { notSupported } from '../base/error.ts'
import { Real } from '../record/index.ts'
import type { Value } from '../record/index.ts'
import type { Column } from '../schema/index.ts'
import type { Generation } from './generation.ts'
import type { Code } from './kinds.ts'

type DefaultExpression = NonNullable<Column['defaultExpression']>

/** null: the column has no default, and so NULL stays. */
export function columnDefault(generation: Generation, column: Column): Code | null {
  const { defaultExpression } = column
  if (defaultExpression === null) return null
  return generation.emitter.literal(constantOf(defaultExpression))
}

function constantOf(expression: DefaultExpression): Value {
  switch (expression.kind) {
    case 'null':
      return null
    case 'integer':
    case 'text':
    case 'blob':
      return expression.value
    case 'real':
      return Number.isInteger(expression.value) ? new Real(expression.value) : expression.value
    case 'boolean':
      return expression.value ? 1 : 0
    case 'unary': {
      const operand = constantOf(expression.operand)
      if (expression.operator === '+') return operand
      if (expression.operator !== '-') break
      if (typeof operand === 'number') return 0 - operand
      if (operand instanceof Real) return new Real(-operand.value)
      break
    }
    default:
  }
  throw notSupported('ON CONFLICT REPLACE with a default that is an expression')
}
