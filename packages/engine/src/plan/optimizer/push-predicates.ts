/**
 * Conditions on a derived table that name nothing else are tested inside it: below its projection, in each
 * arm of a UNION, and, where they name only group keys, before the rows are grouped. Never past a LIMIT.
 * (The SQLite Query Optimizer Overview, "The WHERE-clause push-down optimization")
 */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { CompoundNode, DerivedNode, PlanNode } from '../node.ts'
import { armCondition } from './arm-condition.ts'
import { conjunctsOf, filtered, joined } from '../conditions.ts'
import { rewritePlan } from '../walk/rewrite.ts'
import { visitExpression } from '../walk/visit.ts'
import { isCopyable, sourcesOf } from './sources.ts'
import { substituteExpression } from './substitute.ts'

export function pushPredicates(plan: PlanNode): PlanNode {
  // From the root down a condition could fall through several levels at once; from the leaves up it needs a round for each.
  let current = plan
  for (let round = 0; round < maxRounds; round++) {
    const next = rewritePlan(current, { node: pushNode })
    if (next === current) break
    current = next
  }
  return current
}

/** Derived tables nested deeper than this keep their conditions where they are. */
const maxRounds = 6

function pushNode(node: PlanNode): PlanNode {
  if (node.kind === 'filter') return pushFilter(node.input, conjunctsOf(node.condition), node)
  if (node.kind === 'join' && node.on !== null) {
    const kept: BoundExpression[] = []
    let { left, right } = node
    for (const condition of conjunctsOf(node.on)) {
      const pushedRight = pushInto(right, condition)
      if (pushedRight !== null) {
        right = pushedRight
        continue
      }
      // ON decides what matches: it may not keep rows of the left side of a LEFT JOIN away.
      const pushedLeft = node.type === 'left' ? null : pushInto(left, condition)
      if (pushedLeft === null) kept.push(condition)
      else left = pushedLeft
    }
    if (left === node.left && right === node.right) return node
    return { ...node, left, right, on: kept.length === 0 ? null : joined('and', kept) }
  }
  return node
}

function pushFilter(
  input: PlanNode,
  conditions: readonly BoundExpression[],
  original: PlanNode,
): PlanNode {
  const kept: BoundExpression[] = []
  let current = input
  for (const condition of conditions) {
    const pushed = pushInto(current, condition)
    if (pushed === null) kept.push(condition)
    else current = pushed
  }
  return current === input ? original : filtered(current, kept)
}

/** The node with the condition inside one of its derived tables; null: it does not belong in one. */
function pushInto(node: PlanNode, condition: BoundExpression): PlanNode | null {
  switch (node.kind) {
    case 'derived':
      return pushIntoDerived(node, condition)
    case 'filter': {
      const input = pushInto(node.input, condition)
      return input === null ? null : { ...node, input }
    }
    case 'join': {
      const left = pushInto(node.left, condition)
      if (left !== null) return { ...node, left }
      // Rows of the optional side that are missing would turn into NULL rows.
      if (node.type === 'left') return null
      const right = pushInto(node.right, condition)
      return right === null ? null : { ...node, right }
    }
    default:
      return null
  }
}

function pushIntoDerived(node: DerivedNode, condition: BoundExpression): DerivedNode | null {
  if (node.shared || node.materialized) return null
  const sources = sourcesOf(condition)
  if (sources.size !== 1 || !sources.has(node.source) || !isCopyable(condition)) return null
  const renamed = rename(condition, node.source, node.inputSource, node.columnNames.length)
  const input = pushBelow(node.input, node.inputSource, renamed, !isSeparate(node))
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

function columnsNamed(condition: BoundExpression, source: SourceId): readonly number[] {
  const columns: number[] = []
  visitExpression(condition, (e) => {
    if (e.kind === 'column' && e.source === source) columns.push(e.column)
  })
  return columns
}
