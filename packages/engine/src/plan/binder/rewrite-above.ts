/**
 * Expressions that are to stand above an aggregation or a window, over its answer, and were bound over the rows below it. From the top down,
 * each part is replaced by what the answer has of it, or its operands are; in subqueries, where they name those rows.
 */
import type { BoundExpression, SourceId, Subquery } from '../expression.ts'
import { isConstant } from '../literal.ts'
import type { PlanNode } from '../node.ts'
import { freeSources } from '../optimizer/sources.ts'
import { mapNode, mapOperands } from '../walk/map.ts'

/**
 * @param replaced what stands for a part; null: its operands are to be looked at
 * @param isBelow of a source that is no more above
 */
export function rewriterAbove(
  replaced: (part: BoundExpression) => BoundExpression | null,
  isBelow: (source: SourceId) => boolean,
): (expression: BoundExpression) => BoundExpression {
  // A subquery that is named twice stays one.
  const subqueries = new Map<Subquery, Subquery>()
  const rewrite = (expression: BoundExpression): BoundExpression => {
    if (isConstant(expression)) return expression
    return replaced(expression) ?? mapOperands(expression, rewrite, subquery)
  }
  const subquery = (query: Subquery): Subquery => {
    let result = subqueries.get(query)
    if (result === undefined) {
      result = query
      if (query.outerSources.some(isBelow)) {
        const above = plan(query.plan)
        result = { ...query, plan: above, outerSources: [...freeSources(above)] }
      }
      subqueries.set(query, result)
    }
    return result
  }
  const plan = (node: PlanNode): PlanNode => mapNode(node, plan, rewrite, subquery)
  return rewrite
}
