/**
 * FROM: sources get numbers and names, joins become a tree that leans to the left. (SELECT §2.1)
 *
 * NATURAL and USING become an ON that compares the right table's columns with the first column of that name to the
 * left; afterwards the right one is hidden from `*` and from bare names.
 */
import { notSupported, sqlError, type SqliteError } from '../../base/error.ts'
import { maxJoinTables } from '../../base/limits.ts'
import { foldName } from '../../schema/index.ts'
import type { FromClause, Join, TableReference } from '../../sql/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import { sourcesOf } from '../optimizer/sources.ts'
import { filtered, joined } from '../conditions.ts'
import type { JoinNode, PlanNode } from '../node.ts'
import { Scope, columnOf, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { comparisonRule, sideOf } from './comparison.ts'
import { bindCondition } from './expression.ts'
import { derivedSource, tableReference } from './table-reference.ts'

/** An ON waits until all sources are known, for it may name tables to its right. */
interface PendingOn {
  readonly join: { -readonly [Key in keyof JoinNode]: JoinNode[Key] }
  readonly condition: NonNullable<Join['on']>
  /** Sources that stand to the left of the join's end. */
  readonly known: number
  /** The row of a recursive common table, the only one that it may name then. */
  readonly own: ScopeSource | null
}

export interface BoundFrom {
  readonly plan: PlanNode
  /** Conditions of inner joins that name tables to their right: they belong into WHERE. */
  readonly conditions: readonly BoundExpression[]
}

/** Adds the sources of FROM to `scope`. */
export function bindFrom(b: Binder, from: FromClause, scope: Scope): BoundFrom {
  const pending: PendingOn[] = []
  const plan = bindJoins(b, from, scope, pending)
  if (scope.sources.length > maxJoinTables) {
    throw sqlError(`at most ${maxJoinTables} tables in a join`)
  }
  const conditions: BoundExpression[] = []
  for (const on of pending) bindOn(b, on, scope, conditions)
  return { plan, conditions }
}

function bindOn(b: Binder, on: PendingOn, scope: Scope, conditions: BoundExpression[]): void {
  const { join } = on
  scope.isOuterOn = join.type === 'left'
  const condition = bindCondition(b, on.condition, scope)
  scope.isOuterOn = false
  const { own } = on
  if (own !== null) {
    const named = sourcesOf(condition)
    if (scope.sources.some(({ id }) => id !== own.id && named.has(id))) throw beforeTheLeft()
    return
  }
  const later = scope.sources.slice(on.known)
  if (later.length > 0) {
    const named = sourcesOf(condition)
    if (later.some((source) => named.has(source.id))) {
      if (join.type === 'left') throw beforeTheLeft()
      conditions.push(condition)
      return
    }
  }
  join.on = join.on === null ? condition : joined('and', [join.on, condition])
}

function bindJoins(b: Binder, from: FromClause, scope: Scope, pending: PendingOn[]): PlanNode {
  // Parentheses that begin a FROM clause only group: their ON sees all that follows.
  let plan =
    from.first.kind === 'nested'
      ? bindJoins(b, from.first.from, scope, pending)
      : bindReference(b, from.first, scope)
  const firstLeft = from.joins.length === 0 ? 0 : scope.sources.length - countOf(from.first)
  for (const join of from.joins) {
    plan = bindJoin(b, join, plan, firstLeft, scope, pending)
  }
  return plan
}

/** How many sources a reference has added. */
function countOf(reference: TableReference): number {
  if (reference.kind !== 'nested') return 1
  const { first, joins } = reference.from
  return countOf(first) + joins.reduce((sum, join) => sum + countOf(join.right), 0)
}

function bindJoin(
  b: Binder,
  join: Join,
  left: PlanNode,
  firstLeft: number,
  scope: Scope,
  pending: PendingOn[],
): PlanNode {
  if (join.operator === 'right') throw notSupported('RIGHT JOIN')
  if (join.operator === 'full') throw notSupported('FULL JOIN')
  const firstRight = scope.sources.length
  const right = bindReference(b, join.right, scope)
  const isRow = join.operator === 'left' && isRecursiveRow(b, join.right)
  const type =
    join.operator === 'left' && !isRow ? 'left' : join.operator === 'cross' ? 'cross' : 'inner'
  const node = { kind: 'join' as const, type, left, right, on: null } as PendingOn['join']
  const leftSources = scope.sources.slice(firstLeft, firstRight)
  const rightSources = scope.sources.slice(firstRight)
  if (type === 'left') for (const source of rightSources) source.isOptional = true
  const names = join.natural ? commonNames(leftSources, rightSources) : join.using
  if (names !== null) node.on = bindUsing(b, names, leftSources, rightSources)
  if (isRow && names !== null) throw beforeTheLeft()
  if (join.on !== null) {
    pending.push({
      join: node,
      condition: join.on,
      known: scope.sources.length,
      own: isRow ? rightSources[0]! : null,
    })
  }
  return node
}

/**
 * Whether it is the row of a recursive common table. SQLite reads it before all other terms, also where it stands behind LEFT JOIN: its ON may
 * name nothing else then, and whether that holds or not, the row is there.
 */
function isRecursiveRow(b: Binder, reference: TableReference): boolean {
  for (const recursion of b.recursions.values()) if (recursion.isRow(reference)) return true
  return false
}

function beforeTheLeft(): SqliteError {
  return sqlError('ON clause references tables to its right')
}

/** The names that NATURAL joins by, in the order of the right side's columns. */
function commonNames(
  left: readonly ScopeSource[],
  right: readonly ScopeSource[],
): readonly string[] | null {
  const names: string[] = []
  for (const source of right) {
    for (const column of source.columns) {
      const name = foldName(column.name)
      if (source.using !== null && source.using.has(name)) continue
      if (left.some((other) => other.places.has(name))) names.push(column.name)
    }
  }
  return names.length === 0 ? null : names
}

function bindUsing(
  b: Binder,
  names: readonly string[],
  left: readonly ScopeSource[],
  right: readonly ScopeSource[],
): BoundExpression {
  const operands = names.map((written): BoundExpression => {
    const name = foldName(written)
    const leftSource = left.find((source) => source.places.has(name))
    const rightSource = right.find((source) => source.places.has(name))
    if (leftSource === undefined || rightSource === undefined) {
      throw sqlError(`cannot join using column ${written} - column not present in both tables`)
    }
    rightSource.using = new Set([...(rightSource.using ?? []), name])
    const a = columnOf(leftSource, leftSource.places.get(name)!)
    const z = columnOf(rightSource, rightSource.places.get(name)!)
    const rule = b.known(comparisonRule(sideOf(b, null, a), sideOf(b, null, z)))
    return { kind: 'compare', operator: '=', left: a, right: z, rule }
  })
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands }
}

function bindReference(b: Binder, reference: TableReference, scope: Scope): PlanNode {
  switch (reference.kind) {
    case 'nested': {
      // A query of its own to SQLite: an ON inside sees the tables inside.
      const inner = new Scope(scope.parent, scope.place, scope.aggregateMode)
      const { plan, conditions } = bindFrom(b, reference.from, inner)
      scope.sources.push(...inner.sources)
      return filtered(plan, conditions)
    }
    case 'table-function':
      throw notSupported('a table-valued function')
    case 'subquery': {
      const select = b.select(b, reference.select, scope.parent)
      const { source, node } = derivedSource(b, select, reference.alias)
      scope.sources.push(source)
      return node
    }
    case 'table': {
      const { source, node } = tableReference(b, reference, scope)
      scope.sources.push(source)
      return node
    }
    default:
      return reference satisfies never
  }
}

/** The sources of a scope by number. */
export function sourceById(scope: Scope, id: SourceId): ScopeSource | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.sources.find((source) => source.id === id)
    if (found !== undefined) return found
  }
  return null
}
