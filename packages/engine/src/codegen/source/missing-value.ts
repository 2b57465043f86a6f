/**
 * What a record that ends before a column has there: the column's DEFAULT. ALTER TABLE ADD COLUMN lets only constants
 * stand there: literals, with signs and CASTs around them. A column with another default was there from the beginning, so
 * no record lacks it, and NULL stands for what never occurs. (`sqlite3ColumnDefault`, `valueFromExpr`)
 */
import { affinityOfType, applyAffinity } from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import { cast, castToBlob, negate } from '../../runtime/index.ts'
import type { Column } from '../../schema/index.ts'

/** A DEFAULT as it was parsed. */
type Expression = NonNullable<Column['defaultExpression']>

export function missingValue(column: Column, encoding: TextEncoding): Value {
  if (column.defaultExpression === null) return null
  const numeral = column.affinity === 'text' ? realNumeral(column) : null
  return (
    numeral ??
    applyAffinity(constantOf(column.defaultExpression, column, encoding), column.affinity)
  )
}

/** In a TEXT column a numeral for a REAL, with or without a sign, is the text that was written. */
function realNumeral(column: Column): string | null {
  const { defaultExpression: written } = column
  const isSigned = written?.kind === 'unary' && /^[-+]$/.test(written.operator)
  const literal = isSigned ? written.operand : written
  if (literal?.kind !== 'real') return null
  return (isSigned && written.operator === '-' ? '-' : '') + numeralOf(literal, column)
}

/** A number as it was written, without separators. */
function numeralOf({ start, end }: Expression, { defaultText, defaultStart }: Column): string {
  return defaultText!.slice(start - defaultStart, end - defaultStart).replaceAll('_', '')
}

function constantOf(expression: Expression, column: Column, encoding: TextEncoding): Value {
  switch (expression.kind) {
    case 'integer':
    case 'text':
    case 'blob':
      return expression.value
    case 'real':
      return applyAffinity(expression.value, 'real')
    case 'boolean':
      return expression.value ? 1 : 0
    case 'unary': {
      const operand = constantOf(expression.operand, column, encoding)
      if (expression.operator === '-') {
        return isSmallest(expression.operand, column) ? -9223372036854775808n : negate(operand)
      }
      return expression.operator === '+' ? operand : null
    }
    case 'cast': {
      const affinity = expression.type === '' ? 'numeric' : affinityOfType(expression.type)
      const operand = constantOf(expression.operand, column, encoding)
      // The bytes of a BLOB literal are taken as UTF-8 here, whatever the database has.
      return affinity === 'blob' ? castToBlob(operand, encoding) : cast(operand, affinity)
    }
    default:
      return null
  }
}

/** 9223372036854775808 alone is a REAL; under a minus it is still the smallest INTEGER. */
function isSmallest(operand: Expression, column: Column): boolean {
  if (operand.kind !== 'real' || operand.value !== 9223372036854775808) return false
  return numeralOf(operand, column) === '9223372036854775808'
}
