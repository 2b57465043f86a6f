/**
 * Whole rewritings, from the leaves up. The plans of subqueries hang on expressions and accesses; a rewriting goes into them too. A
 * `Subquery` that is named twice (`(a, b) = (SELECT …)`) stays one object, for the emitter runs it once.
 */
import type { BoundExpression, Subquery } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { mapNode, mapOperands, type ExpressionMap, type NodeMap } from './map.ts'

/** What one rewriting does at each place, from the leaves up. */
export interface Rewriter {
  /** After its inputs and expressions. */
  readonly node?: NodeMap
  /** After its operands. */
  readonly expression?: ExpressionMap
}

/** Rewrites a plan from the leaves up, subqueries included. */
export function rewritePlan(plan: PlanNode, rewriter: Rewriter): PlanNode {
  return planRewriter(rewriter).node(plan)
}

/** The two mutually recursive functions of a rewriting; subqueries met twice are rewritten once. */
export function planRewriter(rewriter: Rewriter): { node: NodeMap; expression: ExpressionMap } {
  const done = new Map<Subquery, Subquery>()
  const rewriteNode = rewriter.node
  const rewriteExpression = rewriter.expression
  const subquery = (query: Subquery): Subquery => {
    let result = done.get(query)
    if (result === undefined) {
      const plan = node(query.plan)
      result = plan === query.plan ? query : { ...query, plan }
      done.set(query, result)
    }
    return result
  }
  const expression = (e: BoundExpression): BoundExpression => {
    const mapped = mapOperands(e, expression, subquery)
    return rewriteExpression === undefined ? mapped : rewriteExpression(mapped)
  }
  const node = (n: PlanNode): PlanNode => {
    const mapped = mapNode(n, node, expression, subquery)
    return rewriteNode === undefined ? mapped : rewriteNode(mapped)
  }
  return { node, expression }
}
