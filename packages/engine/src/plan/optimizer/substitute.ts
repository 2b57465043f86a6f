/** Puts expressions in the place of columns: what flattening and pushing into subqueries come down to. */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { mapOperands } from '../walk/map.ts'
import { planRewriter } from '../walk/rewrite.ts'

/** For each source that goes away: what its columns are. */
export type Substitution = ReadonlyMap<SourceId, readonly BoundExpression[]>

/**
 * A whole plan with its columns replaced, in subqueries too. A replacement may itself name a source that goes away.
 */
export function substitutePlan(plan: PlanNode, substitution: Substitution): PlanNode {
  return planRewriter({ expression: (e) => substituteColumn(e, substitution) }).node(plan)
}

/** An expression with its columns replaced. */
export function substituteExpression(
  expression: BoundExpression,
  substitution: Substitution,
): BoundExpression {
  return planRewriter({ expression: (e) => substituteColumn(e, substitution) }).expression(
    expression,
  )
}

function substituteColumn(
  expression: BoundExpression,
  substitution: Substitution,
): BoundExpression {
  if (expression.kind !== 'column') return expression
  const columns = substitution.get(expression.source)
  if (columns === undefined) return expression
  return resolve(columns[expression.column]!, substitution)
}

/** Replacements never hold subqueries, so their operands are all there is to them. */
function resolve(expression: BoundExpression, substitution: Substitution): BoundExpression {
  if (expression.kind === 'column') return substituteColumn(expression, substitution)
  return mapOperands(
    expression,
    (operand) => resolve(operand, substitution),
    (query) => query,
  )
}
