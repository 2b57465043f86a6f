/**
 * Flattening: a subquery in FROM (or a view) that only joins, filters and computes columns becomes part of the query
 * around it, so that conditions outside reach its indexes and its tables take part in choosing the join order.
 * (The SQLite Query Optimizer Overview §11 Subquery Flattening)
 *
 * On the optional side of an outer join all its columns must be plain columns: only those turn NULL by
 * themselves where nothing matches.
 */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { DerivedNode, PlanNode, ProjectNode } from '../node.ts'
import { addVisibleSources, isCopyable } from './sources.ts'
import { substituteExpression, substitutePlan } from './substitute.ts'
import { visitFrom } from '../walk/from.ts'
import { planRewriter } from '../walk/rewrite.ts'
import { visitorOf } from '../walk/visit.ts'

export function flattenDerived(plan: PlanNode): PlanNode {
  const columns = new Map<number, readonly BoundExpression[]>()
  const flattened = flattener(columns, constantsBelowAggregates(plan)).node(plan)
  return columns.size === 0 ? flattened : substitutePlan(flattened, columns)
}

export function flattenInExpression(expression: BoundExpression): BoundExpression {
  const columns = new Map<number, readonly BoundExpression[]>()
  const flattened = flattener(columns).expression(expression)
  return columns.size === 0 ? flattened : substituteExpression(flattened, columns)
}

/**
 * Derived tables without a FROM clause below an aggregation without groups. SQLite flattens none of these, and there it shows: where no row is
 * aggregated their columns are NULL. (Restriction 7 of `flattenSubquery`)
 */
function constantsBelowAggregates(plan: PlanNode): ReadonlySet<SourceId> {
  const found = new Set<SourceId>()
  const add = (leaf: PlanNode): void => {
    if (leaf.kind === 'derived' && flatProject(leaf)?.input.kind === 'single-row') {
      found.add(leaf.source)
    }
  }
  visitorOf({
    node: (node) => {
      if (node.kind === 'aggregate' && node.groupBy.length === 0) visitFrom(node.input, add)
    },
  }).node(plan)
  return found
}

function flattener(
  columns: Map<number, readonly BoundExpression[]>,
  kept: ReadonlySet<SourceId> = new Set(),
): ReturnType<typeof planRewriter> {
  return planRewriter({
    node: (node) => {
      if (node.kind !== 'project' && node.kind !== 'aggregate') return node
      const input = flattenFrom(node.input, false, columns, kept)
      return input === node.input ? node : { ...node, input }
    },
  })
}

/**
 * Flattens the derived tables of a FROM clause: below joins and filters. What stands anywhere below the right side of
 * a LEFT JOIN is optional, however many joins are between; so is the left side of RIGHT JOIN, and both sides of FULL JOIN.
 */
function flattenFrom(
  node: PlanNode,
  isOptional: boolean,
  columns: Map<number, readonly BoundExpression[]>,
  kept: ReadonlySet<SourceId>,
): PlanNode {
  switch (node.kind) {
    case 'join': {
      const left = flattenFrom(node.left, isOptional, columns, kept)
      const right = flattenFrom(node.right, isOptional || node.type === 'left', columns, kept)
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    case 'outer-join': {
      const left = flattenFrom(node.left, true, columns, kept)
      // All rows of the right side are read, whatever it is. (Restriction 26 of `flattenSubquery`)
      const right =
        node.right.kind === 'derived'
          ? node.right
          : flattenFrom(node.right, isOptional || node.type === 'full', columns, kept)
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    case 'filter': {
      const input = flattenFrom(node.input, isOptional, columns, kept)
      return input === node.input ? node : { ...node, input }
    }
    case 'derived':
      return kept.has(node.source) ? node : flattenOne(node, isOptional, columns)
    default:
      return node
  }
}

function flattenOne(
  node: DerivedNode,
  isOptional: boolean,
  columns: Map<number, readonly BoundExpression[]>,
): PlanNode {
  const project = node.shared ? null : flatProject(node)
  if (project === null) return node
  if (isOptional) {
    const inside = new Set<SourceId>()
    addVisibleSources(project.input, inside)
    if (!project.columns.every((c) => c.kind === 'column' && inside.has(c.source))) return node
  } else if (!project.columns.every(isCopyable)) return node
  columns.set(node.source, project.columns)
  return project.input
}

/** The derived table's columns over joins and filters; null: it groups, sorts, limits or combines. */
export function flatProject({ input, inputSource }: DerivedNode): ProjectNode | null {
  if (input.kind !== 'project' || input.source !== inputSource) return null
  return isFlat(input.input) ? input : null
}

function isFlat(node: PlanNode): boolean {
  let isFlat = true
  visitFrom(node, ({ kind }) => {
    isFlat &&= kind === 'scan' || kind === 'derived' || kind === 'values' || kind === 'single-row'
  })
  return isFlat
}
