/**
 * Conditions on a derived table that name nothing else are tested inside it: below its projection, in each
 * arm of a UNION, and, where they name only group keys, before the rows are grouped, or only what window functions are partitioned by, before
 * those see them. Never past a LIMIT.
 * (The SQLite Query Optimizer Overview, "The WHERE-clause push-down optimization")
 */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { CompoundNode, DerivedNode, OuterJoinNode, PlanNode, WindowNode } from '../node.ts'
import { sameExpression } from '../same-expression.ts'
import { cannotFail } from '../cannot-fail.ts'
import { armCondition } from './arm-condition.ts'
import { conjunctsOf, filtered, joined } from '../conditions.ts'
import { rewritePlan } from '../walk/rewrite.ts'
import { visitExpression, visitorOf } from '../walk/visit.ts'
import { flatProject } from './flatten-derived.ts'
import { addVisibleSources, isCopyable, sourcesOf } from './sources.ts'
import { substituteExpression } from './substitute.ts'

export function pushPredicates(plan: PlanNode): PlanNode {
  // From the root down a condition could fall through several levels at once; from the leaves up it needs a round for each.
  const apart = besideOuterJoins(plan)
  let current = plan
  for (let round = 0; round < maxRounds; round++) {
    const next = rewritePlan(current, { node: (node) => pushNode(node, apart) })
    if (next === current) break
    current = next
  }
  return current
}

/** Derived tables nested deeper than this keep their conditions where they are. */
const maxRounds = 6

/** Terms on either side of a RIGHT or FULL JOIN: SQLite asks the rows of a compound there, not its arms. (`pushDownWhereTerms`) */
type Apart = ReadonlySet<SourceId>

function besideOuterJoins(plan: PlanNode): Apart {
  const apart = new Set<SourceId>()
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind === 'outer-join') addTerms(node, apart)
    },
  })
  visitor.node(plan)
  return apart
}

/** The derived tables that a join has as terms of its own, not those in parentheses. */
function addTerms(node: PlanNode, to: Set<SourceId>): void {
  let left = node
  while (left.kind === 'join' || left.kind === 'outer-join') {
    if (left.right.kind === 'derived') to.add(left.right.source)
    left = left.left
  }
  while (left.kind === 'derived' || left.kind === 'filter') {
    if (left.kind === 'derived') to.add(left.source)
    // What it is made of takes its place, even where its columns are computed.
    left = left.kind === 'filter' ? left.input : (flatProject(left)?.input ?? noPlan)
  }
}

const noPlan: PlanNode = { kind: 'single-row' }

function pushNode(node: PlanNode, apart: Apart): PlanNode {
  if (node.kind === 'filter')
    return pushFilter(node.input, conjunctsOf(node.condition), node, apart)
  if (node.kind === 'join' && node.on !== null) {
    const kept: BoundExpression[] = []
    let { left, right } = node
    for (const condition of conjunctsOf(node.on)) {
      const pushedRight = pushInto(right, condition, apart)
      if (pushedRight !== null) {
        right = pushedRight
        continue
      }
      // ON decides what matches: it may not keep rows of the left side of a LEFT JOIN away.
      const pushedLeft = node.type === 'left' ? null : pushInto(left, condition, apart)
      if (pushedLeft === null) kept.push(condition)
      else left = pushedLeft
    }
    if (left === node.left && right === node.right) return node
    return { ...node, left, right, on: kept.length === 0 ? null : joined('and', kept) }
  }
  if (node.kind === 'outer-join' && node.type === 'right' && node.on !== null) {
    return pushOnOfRight(node, conjunctsOf(node.on), apart)
  }
  return node
}

/** A row of the left side of a RIGHT JOIN is there only where ON holds: what names that side alone may decide in it. */
function pushOnOfRight(
  node: OuterJoinNode,
  conditions: readonly BoundExpression[],
  apart: Apart,
): PlanNode {
  const kept: BoundExpression[] = []
  let { left } = node
  for (const condition of conditions) {
    const pushed = placeIn(left, condition, apart)
    if (pushed === null) kept.push(condition)
    else left = pushed
  }
  if (left === node.left) return node
  return { ...node, left, on: kept.length === 0 ? null : joined('and', kept) }
}

/** The node with the condition in one of its derived tables, or on top of it; null: it names other sources, or had better wait. */
function placeIn(node: PlanNode, condition: BoundExpression, apart: Apart): PlanNode | null {
  const inside = new Set<SourceId>()
  addVisibleSources(node, inside)
  const named = sourcesOf(condition)
  if (named.size === 0 || ![...named].every((source) => inside.has(source))) return null
  if (!isOneTerm(node) || !isCopyable(condition) || !cannotFail(condition)) return null
  return pushInto(node, condition, apart) ?? filtered(node, [condition])
}

/** Not a join, or one of tables alone. */
function isOneTerm(node: PlanNode): boolean {
  if (node.kind === 'derived') return true
  const isOfTables = (part: PlanNode): boolean => {
    if (part.kind === 'filter') return isOfTables(part.input)
    if (part.kind === 'join') return isOfTables(part.left) && isOfTables(part.right)
    return part.kind === 'scan'
  }
  return isOfTables(node)
}

function pushFilter(
  input: PlanNode,
  conditions: readonly BoundExpression[],
  original: PlanNode,
  apart: Apart,
): PlanNode {
  const kept: BoundExpression[] = []
  let current = input
  for (const condition of conditions) {
    const pushed = pushInto(current, condition, apart)
    if (pushed === null) kept.push(condition)
    else current = pushed
  }
  return current === input ? original : filtered(current, kept)
}

/** The node with the condition inside one of its derived tables; null: it does not belong in one. */
function pushInto(node: PlanNode, condition: BoundExpression, apart: Apart): PlanNode | null {
  switch (node.kind) {
    case 'derived':
      return pushIntoDerived(node, condition, apart)
    case 'filter': {
      const input = pushInto(node.input, condition, apart)
      return input === null ? null : { ...node, input }
    }
    case 'join': {
      const left = pushInto(node.left, condition, apart)
      if (left !== null) return { ...node, left }
      // Rows of the optional side that are missing would turn into NULL rows.
      if (node.type === 'left') return null
      const right = pushInto(node.right, condition, apart)
      return right === null ? null : { ...node, right }
    }
    case 'outer-join': {
      const right = node.type === 'right' ? placeIn(node.right, condition, apart) : null
      return right === null ? null : { ...node, right }
    }
    default:
      return null
  }
}

function pushIntoDerived(
  node: DerivedNode,
  condition: BoundExpression,
  apart: Apart,
): DerivedNode | null {
  if (node.shared || node.materialized) return null
  const sources = sourcesOf(condition)
  if (sources.size !== 1 || !sources.has(node.source) || !isCopyable(condition)) return null
  const renamed = rename(condition, node.source, node.inputSource, node.columnNames.length)
  const input = pushBelow(
    node.input,
    node.inputSource,
    renamed,
    !(apart.has(node.source) || isSeparate(node)),
  )
  return input === null ? null : { ...node, input }
}

/** A common table that is used more than once, or should be materialized: SQLite asks its rows, not its arms. */
function isSeparate({ common }: DerivedNode): boolean {
  return common !== null && (common.hint === 'materialized' || common.count > 1)
}

/** The condition over another source that delivers the same columns. */
function rename(
  condition: BoundExpression,
  from: SourceId,
  to: SourceId,
  count: number,
): BoundExpression {
  if (from === to) return condition
  const columns: BoundExpression[] = []
  for (let column = 0; column < count; column++) {
    columns.push({
      kind: 'column',
      source: to,
      column,
      name: `column${column + 1}`,
      affinity: 'blob',
      collation: 'BINARY',
    })
  }
  return substituteExpression(condition, new Map([[from, columns]]))
}

/**
 * Tests the condition, which names `source` only, as far down in its query as is right.
 * @param byArm the arms of a compound may test it by affinities of their own
 */
function pushBelow(
  node: PlanNode,
  source: SourceId,
  condition: BoundExpression,
  byArm: boolean,
): PlanNode | null {
  switch (node.kind) {
    case 'project': {
      if (node.source !== source) return null
      const named = columnsNamed(condition, source)
      if (!named.every((column) => isCopyable(node.columns[column]!))) return null
      const below = substituteExpression(condition, new Map([[source, node.columns]]))
      return { ...node, input: placeBelowProject(node.input, below) }
    }
    case 'distinct':
    case 'filter':
    case 'sort': {
      const input = pushBelow(node.input, source, condition, byArm)
      return input === null ? null : { ...node, input }
    }
    case 'compound': {
      if (node.source !== source) return null
      if (!node.isPushable) return null
      const { whole } = node.affinities
      let differs = false
      const arm = (
        plan: PlanNode,
        armSource: SourceId,
        own: CompoundNode['affinities']['left'],
      ): PlanNode | null => {
        const renamed = rename(condition, source, armSource, node.columnCount)
        const tested = own === null ? renamed : armCondition(renamed, armSource, whole, own)
        if (tested !== renamed) differs = true
        return pushBelow(plan, armSource, tested, byArm)
      }
      const left = arm(node.left, node.leftSource, node.affinities.left)
      const right = arm(node.right, node.rightSource, node.affinities.right)
      if (left === null || right === null || (differs && !byArm)) return null
      const pushed = { ...node, left, right }
      // The arms test what they deliver; what is made a REAL of it is tested once more.
      const isConverted = columnsNamed(condition, source).some((column) => node.reals?.[column])
      return differs || isConverted ? filtered(pushed, [condition]) : pushed
    }
    default:
      return null
  }
}

/** Under a projection: before grouping where only keys are named, else on top of what is there. */
function placeBelowProject(node: PlanNode, condition: BoundExpression): PlanNode {
  if (node.kind === 'filter') {
    // HAVING: go below it if the condition goes below the grouping.
    const input = placeBelowProject(node.input, condition)
    return { ...node, input }
  }
  if (node.kind === 'window') {
    const below = belowWindow(node, condition)
    if (below !== null) return { ...node, input: below }
  }
  if (node.kind === 'aggregate' && node.groupBy.length > 0) {
    const named = columnsNamed(condition, node.source)
    const keys = node.groupBy
    const isOnKeys =
      sourcesOf(condition).size > 0 &&
      named.every((column) => {
        const key = keys[column]
        return key !== undefined && key.collation === 'BINARY' && isCopyable(key.expression)
      })
    if (isOnKeys) {
      const below = substituteExpression(
        condition,
        new Map([[node.source, keys.map((key) => key.expression)]]),
      )
      return { ...node, input: filtered(node.input, [below]) }
    }
  }
  return filtered(node, [condition])
}

/**
 * The input of window functions with a condition that whole partitions pass or fail, for it names only what they are partitioned by; null: it
 * names something else. (`pushDownWindowCheck`)
 */
function belowWindow(node: WindowNode, condition: BoundExpression): PlanNode | null {
  const { source, calls, kept, partitionBy } = node
  const isKey = (column: number): boolean => {
    const value = kept[column - calls.length]
    return (
      value !== undefined &&
      isCopyable(value) &&
      partitionBy.some(
        ({ expression, collation }) => collation === 'BINARY' && sameExpression(expression, value),
      )
    )
  }
  if (sourcesOf(condition).size === 0 || !columnsNamed(condition, source).every(isKey)) return null
  const columns = [...calls.map((): BoundExpression => noValue), ...kept]
  return belowSort(node.input, substituteExpression(condition, new Map([[source, columns]])))
}

const noValue: BoundExpression = { kind: 'literal', value: null }

/** The condition as far down as it may go: what is below sorts for window functions computes their arguments. */
function belowSort(node: PlanNode, condition: BoundExpression): PlanNode {
  if (node.kind === 'sort') return { ...node, input: belowSort(node.input, condition) }
  if (node.kind !== 'project') return filtered(node, [condition])
  const named = columnsNamed(condition, node.source)
  if (!named.every((column) => isCopyable(node.columns[column]!)))
    return filtered(node, [condition])
  const below = substituteExpression(condition, new Map([[node.source, node.columns]]))
  return { ...node, input: placeBelowProject(node.input, below) }
}

function columnsNamed(condition: BoundExpression, source: SourceId): readonly number[] {
  const columns: number[] = []
  visitExpression(condition, (e) => {
    if (e.kind === 'column' && e.source === source) columns.push(e.column)
  })
  return columns
}
