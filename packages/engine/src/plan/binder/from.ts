/**
 * FROM: sources get numbers and names, joins become a tree that leans to the left. (SELECT §2.1)
 *
 * NATURAL and USING become an ON that compares the right table's columns with the first column of that name to the
 * left; afterwards the right one is hidden from `*` and from bare names. Where RIGHT or FULL JOIN or parentheses stand in the clause, `join-names.ts`
 * says what a name means.
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { maxJoinTables } from '../../base/limits.ts'
import { foldName } from '../../schema/index.ts'
import type { FromClause, Join, TableReference } from '../../sql/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import { sourcesOf } from '../optimizer/sources.ts'
import { filtered, joined } from '../conditions.ts'
import type { JoinNode, OuterJoinNode, PlanNode } from '../node.ts'
import { Scope, columnOf, isHidden, type JoinTerm, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { comparisonRule, sideOf } from './comparison.ts'
import { bindCondition } from './expression.ts'
import { exportedColumns, isGroup, needsTerms, usingSides } from './join-names.ts'
import { numberOf } from './subquery.ts'
import { derivedSource, functionReference, tableReference } from './table-reference.ts'

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
type MutableJoin = Mutable<JoinNode> | Mutable<OuterJoinNode>

/** The terms of one FROM clause, where RIGHT or FULL JOIN or parentheses stand in it or around it. */
interface Terms {
  readonly list: JoinTerm[]
  /** One of them is joined by RIGHT or FULL JOIN itself. */
  readonly hasRight: boolean
}

/** An ON waits until all sources are known, for it may name tables to its right. */
interface PendingOn {
  readonly join: MutableJoin
  readonly condition: NonNullable<Join['on']>
  /** Sources that stand to the left of the join's end. */
  readonly known: number
  /** The row of a recursive common table, the only one that it may name then. */
  readonly own: ScopeSource | null
  /** It decides nothing. */
  readonly isIgnored: boolean
}

export interface BoundFrom {
  readonly plan: PlanNode
  /**
   * Binds ON, once, and puts it into the joins of `plan`. Conditions of inner joins that name tables to their right belong into WHERE, and come back. In a
   * SELECT that is done behind its own WHERE, as if all stood there: ON may name its aliases.
   */
  readonly conditions: () => readonly BoundExpression[]
}

/**
 * Adds the sources of FROM to `scope`. Arguments of table-valued functions may name any of them, and are bound last.
 * @param deferred whoever calls binds them (`bindArguments`), when aliases are known too; else they are bound with ON
 */
export function bindFrom(
  b: Binder,
  from: FromClause,
  scope: Scope,
  hasTerms: boolean = needsTerms(from),
  deferred: boolean = false,
): BoundFrom {
  const pending: PendingOn[] = []
  const terms = hasTerms ? { list: [], hasRight: isJoinedRight(from) } : null
  if (terms !== null) scope.terms = terms.list
  const plan = bindJoins(b, from, scope, pending, terms)
  if (scope.sources.length > maxJoinTables) {
    throw sqlError(`at most ${maxJoinTables} tables in a join`)
  }
  const conditions = (): readonly BoundExpression[] => {
    const found: BoundExpression[] = []
    for (const on of pending) bindOn(b, on, scope, found, terms)
    if (!deferred) bindArguments(scope)
    return found
  }
  return { plan, conditions }
}

/** Binds the arguments of the table-valued functions of a FROM clause. */
export function bindArguments(scope: Scope): void {
  for (const bind of scope.pendingArguments) bind(scope)
  scope.pendingArguments.length = 0
}

/** Whether a RIGHT or FULL JOIN stands in a FROM clause itself; parentheses that begin it only group. */
function isJoinedRight({ first, joins }: FromClause): boolean {
  if (joins.some(({ operator }) => operator === 'right' || operator === 'full')) return true
  return isGroup(first) && isJoinedRight(first.from)
}

function bindOn(
  b: Binder,
  on: PendingOn,
  scope: Scope,
  conditions: BoundExpression[],
  terms: Terms | null,
): void {
  const { join } = on
  const isOuter = join.kind === 'outer-join' || join.type === 'left'
  scope.isOuterOn = isOuter
  const condition = bindCondition(b, on.condition, scope)
  scope.isOuterOn = false
  const { own } = on
  if (own !== null) {
    const named = sourcesOf(condition)
    if (scope.sources.some(({ id }) => id !== own.id && named.has(id))) throw beforeTheLeft()
    if (on.isIgnored) return
  }
  const later = scope.sources.slice(on.known)
  if (later.length > 0) {
    const named = sourcesOf(condition)
    if (later.some((source) => named.has(source.id))) {
      if (isOuter || terms?.hasRight === true) throw beforeTheLeft()
      conditions.push(condition)
      return
    }
  }
  join.on = join.on === null ? condition : joined('and', [join.on, condition])
}

function bindJoins(
  b: Binder,
  from: FromClause,
  scope: Scope,
  pending: PendingOn[],
  terms: Terms | null,
): PlanNode {
  // Parentheses that begin a FROM clause only group: their ON sees all that follows.
  let plan = isGroup(from.first)
    ? bindJoins(b, from.first.from, scope, pending, terms)
    : bindReference(b, from.first, scope, terms, 'inner')
  const firstLeft = from.joins.length === 0 ? 0 : scope.sources.length - countOf(from.first)
  for (const join of from.joins) {
    plan = bindJoin(b, join, plan, firstLeft, scope, pending, terms)
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
  terms: Terms | null,
): PlanNode {
  const { operator } = join
  const firstRight = scope.sources.length
  const isRow = operator === 'left' && isRecursiveRow(b, join.right)
  const type = isRow || operator === 'comma' ? 'inner' : operator
  const right = bindReference(b, join.right, scope, terms, type === 'cross' ? 'inner' : type)
  const node: MutableJoin =
    type === 'right' || type === 'full'
      ? outerJoin(b, type, left, right)
      : { kind: 'join', type, left, right, on: null }
  const leftSources = scope.sources.slice(firstLeft, firstRight)
  const rightSources = scope.sources.slice(firstRight)
  if (type === 'left' || type === 'full') for (const s of rightSources) s.isOptional = true
  if (node.kind === 'outer-join') for (const s of leftSources) s.isOptional = true
  const names = join.natural ? commonNames(leftSources, rightSources) : join.using
  if (names !== null) node.on = bindUsing(b, names, leftSources, rightSources, terms)
  if (isRow && names !== null) throw beforeTheLeft()
  const isFirst = isRow || (terms?.hasRight === true && isRecursiveRow(b, join.right))
  if (join.on !== null) {
    pending.push({
      join: node,
      condition: join.on,
      known: scope.sources.length,
      own: isFirst ? rightSources[0]! : null,
      isIgnored: isRow,
    })
  }
  return node
}

function outerJoin(
  b: Binder,
  type: OuterJoinNode['type'],
  left: PlanNode,
  right: PlanNode,
): Mutable<OuterJoinNode> {
  const places = b.newSource()
  return {
    kind: 'outer-join',
    type,
    left,
    right,
    on: null,
    places,
    hash: null,
    materialized: false,
  }
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
    for (const [place, column] of source.columns.entries()) {
      const name = foldName(column.name)
      if (isHidden(source, place)) continue
      if (source.using !== null && source.using.has(name)) continue
      if (left.some((other) => hasVisible(other, name))) names.push(column.name)
    }
  }
  return names.length === 0 ? null : names
}

function hasVisible(source: ScopeSource, name: string): boolean {
  const place = source.places.get(name)
  return place !== undefined && !isHidden(source, place)
}

function bindUsing(
  b: Binder,
  names: readonly string[],
  left: readonly ScopeSource[],
  right: readonly ScopeSource[],
  terms: Terms | null,
): BoundExpression {
  const operands = names.map((written): BoundExpression => {
    const name = foldName(written)
    const leftSource = left.find((source) => source.places.has(name))
    const rightSource = right.find((source) => source.places.has(name))
    if (leftSource === undefined || rightSource === undefined) {
      const error = sqlError(
        `cannot join using column ${written} - column not present in both tables`,
      )
      b.mistakes.early.add(error)
      throw error
    }
    const [a, z] =
      terms === null
        ? [
            columnOf(leftSource, leftSource.places.get(name)!),
            columnOf(rightSource, rightSource.places.get(name)!),
          ]
        : usingSides(b, terms.list, written, terms.hasRight)
    rightSource.using = new Set([...(rightSource.using ?? []), name])
    terms?.list.at(-1)!.using.add(name)
    const rule = b.known(comparisonRule(sideOf(b, null, a), sideOf(b, null, z)))
    return { kind: 'compare', operator: '=', left: a, right: z, rule }
  })
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands }
}

/** `type`: how it is joined with what stands to its left. */
function bindReference(
  b: Binder,
  reference: TableReference,
  scope: Scope,
  terms: Terms | null,
  type: JoinTerm['type'],
): PlanNode {
  const add = (source: ScopeSource): void => {
    scope.sources.push(source)
    terms?.list.push({ source, exported: [], alias: null, type, using: new Set() })
  }
  switch (reference.kind) {
    case 'nested': {
      // A query of its own to SQLite: an ON inside sees the tables inside.
      const inner = new Scope(scope.parent, scope.place, scope.aggregateMode)
      const { plan, conditions } = bindFrom(b, reference.from, inner, terms !== null)
      const on = conditions()
      scope.sources.push(...inner.sources)
      if (terms !== null) {
        const exported = exportedColumns(b, inner.terms!)
        const alias = reference.alias === null ? null : foldName(reference.alias)
        terms.list.push({ source: null, exported, alias, type, using: new Set() })
      }
      return filtered(plan, on)
    }
    case 'table-function': {
      const { source, node, bindArguments } = functionReference(b, reference)
      add(source)
      scope.pendingArguments.push((all) => {
        bindArguments(all)
        if (type !== 'inner' && node.kind === 'filter') checkArguments(node.condition, source, all)
      })
      return node
    }
    case 'subquery': {
      const select = b.select(b, reference.select, scope.parent)
      const { source, node } = derivedSource(b, select, reference.alias)
      const number = reference.alias === null ? numberOf(reference.select) : undefined
      add(source)
      return number === undefined ? node : { ...node, written: number }
    }
    case 'table': {
      const { source, node } = tableReference(b, reference, scope)
      add(source)
      return node
    }
    default:
      return reference satisfies never
  }
}

/** What an outer join joins may not ask for what is behind it. (`exprAnalyze`) */
function checkArguments(condition: BoundExpression, source: ScopeSource, scope: Scope): void {
  const named = sourcesOf(condition)
  const later = scope.sources.slice(scope.sources.indexOf(source) + 1)
  if (later.some(({ id }) => named.has(id))) {
    throw sqlError('table-function argument references tables to its right')
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
