/**
 * Sharing: a common table is evaluated once for all who read it, if it is to be materialized, or is used several times and cannot become part
 * of the queries that use it. (The WITH Clause §3 Materialization Hints)
 *
 * In the new values of a statement that changes rows only those are shared whose rows may differ from one evaluation to the next: what
 * others read changes while the statement runs. What is returned of the rows reads what the statement itself has read.
 */
import type { BoundExpression } from '../expression.ts'
import type { DerivedNode, PlanNode } from '../node.ts'
import { planRewriter } from '../walk/rewrite.ts'
import { flatProject } from './flatten-derived.ts'
import { freeSources, isVolatilePlan } from './sources.ts'

export function shareCommon(plan: PlanNode): PlanNode {
  return sharer(isAlways).node(plan)
}

export function shareInExpression(expression: BoundExpression): BoundExpression {
  return sharer(isVolatilePlan).expression(expression)
}

export function shareInReturned(expression: BoundExpression): BoundExpression {
  return sharer(isAlways).expression(expression)
}

/** Whether a common table with this plan is worth sharing. */
type Worth = (plan: PlanNode) => boolean

const isAlways: Worth = () => true

function sharer(isWorthIt: Worth): ReturnType<typeof planRewriter> {
  return planRewriter({ node: (node) => share(node, isWorthIt) })
}

function share(node: PlanNode, isWorthIt: Worth): PlanNode {
  if (node.kind === 'derived') {
    return node.common?.hint !== 'not-materialized' && isToShare(node, isWorthIt)
      ? { ...node, shared: true }
      : node
  }
  if (node.kind !== 'join' && node.kind !== 'outer-join') return node
  // NOT MATERIALIZED keeps uses apart, but for those that are joined, where one might tell.
  const left = shareJoined(node.left)
  const right = shareJoined(node.right)
  return left === node.left && right === node.right ? node : { ...node, left, right }
}

function shareJoined(node: PlanNode): PlanNode {
  if (node.kind === 'derived' && !isPart(node)) {
    return !node.shared && isToShare(node, isVolatilePlan) ? { ...node, shared: true } : node
  }
  if (node.kind !== 'filter' && node.kind !== 'derived' && node.kind !== 'project') return node
  const input = shareJoined(node.input)
  return input === node.input ? node : { ...node, input }
}

function isToShare(node: DerivedNode, isWorthIt: Worth): boolean {
  const { common } = node
  if (common === null) return false
  if (common.hint !== 'materialized' && (common.count === 1 || isPart(node))) return false
  // What depends on the row of a query around it is another table for each of them.
  return isWorthIt(node.input) && freeSources(node.input).size === 0
}

/** SQLite makes it a part of the query around it, whatever its columns are. */
function isPart(node: DerivedNode): boolean {
  const project = flatProject(node)
  return project !== null && project.input.kind !== 'single-row'
}
