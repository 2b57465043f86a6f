/** LIMIT and OFFSET as numbers to plan with, and as the bound of a sort that need not keep all rows. */
import type { BoundExpression } from '../expression.ts'
import { isConstant } from '../literal.ts'
import type { LimitNode } from '../node.ts'

function literalInteger(expression: BoundExpression | null): number | null {
  if (expression?.kind !== 'literal') return null
  const { value } = expression
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}

/** How many rows a LIMIT lets through, OFFSET included; a guess where it is a parameter. */
export function limitEstimate(node: LimitNode): number | null {
  const limit = node.limit.kind === 'parameter' ? 100 : literalInteger(node.limit)
  if (limit === null || limit < 0) return null
  const offset = node.offset === null ? 0 : (literalInteger(node.offset) ?? 100)
  return limit + Math.max(0, offset)
}

const zero: BoundExpression = { kind: 'literal', value: 0 }
/** A text that is a number counts as one. */
const asNumber = { leftAffinity: 'numeric', rightAffinity: null, collation: 'BINARY' } as const

/** LIMIT + OFFSET as an expression; negative, or too large for an INTEGER: all rows. */
export function topOf(node: LimitNode): BoundExpression | null {
  const { limit, offset } = node
  if (!isConstant(limit) || (offset !== null && !isConstant(offset))) return null
  if (offset === null) return limit
  const count = limitEstimate(node)
  if (limit.kind === 'literal' && offset.kind === 'literal') {
    return count === null ? null : { kind: 'literal', value: count }
  }
  const isNegative = (left: BoundExpression): BoundExpression => ({
    kind: 'compare',
    operator: '<',
    left,
    right: zero,
    rule: asNumber,
  })
  const skipped: BoundExpression = {
    kind: 'case',
    branches: [{ when: isNegative(offset), then: zero }],
    otherwise: offset,
  }
  return {
    kind: 'case',
    branches: [{ when: isNegative(limit), then: limit }],
    otherwise: { kind: 'arithmetic', operator: '+', left: limit, right: skipped },
  }
}
