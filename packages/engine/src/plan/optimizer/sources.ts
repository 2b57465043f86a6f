/**
 * Which row sources a plan or an expression defines and names. Every question of the optimizer about
 * *where may this go* is one about sources: a condition may stand wherever all that it names is running.
 */
import type { BoundExpression, SourceId, Subquery } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { visitExpression, visitNode, visitOperands, visitorOf } from '../walk/visit.ts'

/** Adds the sources that the expression names: its own columns, and what its subqueries name outside themselves. */
export function addSources(expression: BoundExpression, to: Set<SourceId>): void {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'local':
      return
    case 'column':
      to.add(expression.source)
      return
    default:
      visitOperands(
        expression,
        (operand) => addSources(operand, to),
        (query) => addOuterSources(query, to),
      )
  }
}

function addOuterSources(query: Subquery, to: Set<SourceId>): void {
  for (const source of outerSources(query)) to.add(source)
}

export function sourcesOf(expression: BoundExpression): ReadonlySet<SourceId> {
  const sources = new Set<SourceId>()
  addSources(expression, sources)
  return sources
}

/** The sources that a node's rows carry: visible to whatever stands above it. */
export function addVisibleSources(node: PlanNode, to: Set<SourceId>): void {
  switch (node.kind) {
    case 'single-row':
      return
    case 'scan':
    case 'derived':
    case 'values':
    case 'aggregate':
    case 'project':
    case 'compound':
    case 'recursive':
    case 'window':
      to.add(node.source)
      return
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
      addVisibleSources(node.input, to)
      return
    case 'join':
    case 'outer-join':
      addVisibleSources(node.left, to)
      addVisibleSources(node.right, to)
      return
    default:
      node satisfies never
  }
}

/** The same as a list, in their order. */
export function visibleSources(node: PlanNode): SourceId[] {
  const sources = new Set<SourceId>()
  addVisibleSources(node, sources)
  return [...sources]
}

const outerCache = new WeakMap<PlanNode, ReadonlySet<SourceId>>()

/** The sources that a plan names without defining them: the queries around it must have them running. */
export function freeSources(plan: PlanNode): ReadonlySet<SourceId> {
  const known = outerCache.get(plan)
  if (known !== undefined) return known
  const named = new Set<SourceId>()
  const defined = new Set<SourceId>()
  const expression = (e: BoundExpression): void => addSources(e, named)
  const query = (q: Subquery): void => addOuterSources(q, named)
  const walk = (node: PlanNode): void => {
    switch (node.kind) {
      case 'scan':
      case 'derived':
      case 'values':
      case 'aggregate':
      case 'project':
      case 'compound':
      case 'window':
        defined.add(node.source)
        break
      case 'recursive':
        defined.add(node.source).add(node.current)
        break
      case 'outer-join':
        defined.add(node.places)
        break
      default:
    }
    visitNode(node, walk, expression, query)
  }
  walk(plan)
  for (const source of defined) named.delete(source)
  outerCache.set(plan, named)
  return named
}

/** What a subquery names outside itself, as its plan stands now. */
export function outerSources(query: Subquery): ReadonlySet<SourceId> {
  return freeSources(query.plan)
}

/** What stands in the way of moving or repeating an expression. */
export interface Traits {
  /** It names a subquery. */
  readonly subquery: boolean
  /** Two evaluations may differ (random()). */
  readonly volatile: boolean
  /** It names a value (`let`), and so may stand in one place only. */
  readonly local: boolean
}

export function traitsOf(expression: BoundExpression): Traits {
  let subquery = false
  let isVolatile = false
  let local = false
  visitExpression(expression, (e) => {
    switch (e.kind) {
      case 'in-query':
      case 'exists':
      case 'scalar-query':
        subquery = true
        if (isVolatilePlan(e.query.plan)) isVolatile = true
        break
      case 'let':
      case 'local':
        local = true
        break
      case 'function':
        if (!e.function.deterministic) isVolatile = true
        break
      default:
    }
  })
  return { subquery, volatile: isVolatile, local }
}

export function hasSubquery(expression: BoundExpression): boolean {
  return traitsOf(expression).subquery
}

/** Some expression of the plan may answer differently the next time. */
export function isVolatilePlan(plan: PlanNode): boolean {
  let found = false
  const visitor = visitorOf({
    expression: (e) => {
      if (e.kind === 'function' && !e.function.deterministic) found = true
    },
  })
  visitor.node(plan)
  return found
}

/** Free of subqueries, of chance and of named values: may be copied to another place. */
export function isCopyable(expression: BoundExpression): boolean {
  const traits = traitsOf(expression)
  return !traits.subquery && !traits.volatile && !traits.local
}
