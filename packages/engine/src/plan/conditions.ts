/** Conditions as lists of terms, and nodes under them. */
import type { BoundExpression } from './expression.ts'
import type { PlanNode } from './node.ts'

/** AND or OR of operands: nested nodes of the same kind are drawn up, one operand stands alone. */
export function joined(kind: 'and' | 'or', operands: readonly BoundExpression[]): BoundExpression {
  if (operands.length === 1) return operands[0]!
  const isChain = (
    o: BoundExpression,
  ): o is Extract<BoundExpression, { readonly kind: 'and' | 'or' }> =>
    o.kind === kind && o.isRow !== true
  if (!operands.some(isChain)) return { kind, operands }
  return { kind, operands: operands.flatMap((o) => (isChain(o) ? o.operands : [o])) }
}

/** The conjuncts of a condition. */
export function conjunctsOf(condition: BoundExpression): readonly BoundExpression[] {
  if (condition.kind !== 'and') return [condition]
  const { operands } = condition
  return operands.some((o) => o.kind === 'and') ? operands.flatMap(conjunctsOf) : operands
}

/** `node` under conditions; none: `node` itself. */
export function filtered(node: PlanNode, conditions: readonly BoundExpression[]): PlanNode {
  if (conditions.length === 0) return node
  return { kind: 'filter', input: node, condition: joined('and', conditions) }
}
