/**
 * One SELECT … FROM … WHERE … GROUP BY … HAVING, and what ORDER BY adds to it. Names are resolved in SQLite's
 * order (FROM, result, HAVING, WHERE, ORDER BY, GROUP BY), so that of several mistakes the same one is reported.
 */
import { sqlError, SqliteError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import { foldName } from '../../schema/index.ts'
import type {
  Expression,
  FromClause,
  OrderingTerm,
  ResultColumn,
  SelectClause,
} from '../../sql/index.ts'
import type { BoundExpression, SortKey, SourceId } from '../expression.ts'
import { sourcesOf } from '../optimizer/sources.ts'
import { conjunctsOf, filtered, joined } from '../conditions.ts'
import { visitExpression, visitOperands } from '../walk/visit.ts'
import { hasMarks, pin } from '../literal.ts'
import type { GroupKey, PlanNode } from '../node.ts'
import { sameExpression, sameShape } from '../same-expression.ts'
import { Scope, type QueryWindow } from '../scope.ts'
import type { Binder } from './binder.ts'
import { collationOf, explicitCollation } from './comparison.ts'
import { bindCondition } from './expression.ts'
import { bindArguments, bindFrom, type BoundFrom } from './from.ts'
import { aggregateInGroupBy, groupingOf } from './function-call.ts'
import { GroupRewriter } from './grouping.ts'
import { stateOf } from './last-mistake.ts'
import { checkTermCount, columnByAlias, columnByNumber, withoutCollate } from './order-by.ts'
import { resultColumn } from './projected-column.ts'
import { bindResultColumns, checkStars, type ResultItem } from './result-column.ts'
import { sortKey } from './sort-key.ts'
import { misuseOfWindow } from './window-call.ts'
import { mapWindows, windowed } from './window-plan.ts'
import { checkWindowTables } from './window-tables.ts'
import { lookThroughWindows } from './written-call.ts'

/** A SELECT with its ORDER BY, ready for LIMIT or for a compound. */
export interface BoundCore {
  readonly plan: PlanNode
  readonly source: SourceId
  readonly items: readonly ResultItem[]
  /** The names that its expressions see; null for VALUES. For the ORDER BY of a compound. */
  readonly scope: Scope | null
}

/** What another statement has of its own in a SELECT. */
export interface CoreParts {
  readonly from: (scope: Scope, b: Binder, from: FromClause) => BoundFrom
  readonly items: (scope: Scope, b: Binder, columns: readonly ResultColumn[]) => ResultItem[]
}

export const selectParts: CoreParts = {
  from: (scope, b, from) => bindFrom(b, from, scope, undefined, true),
  items: (scope, b, columns) => bindResultColumns(b, columns, scope),
}

export function bindSelectClause(
  b: Binder,
  core: SelectClause,
  orderBy: readonly OrderingTerm[],
  parent: Scope | null,
  parts: CoreParts = selectParts,
  afterFrom: () => void = doNothing,
): BoundCore {
  pinGrouped(core, orderBy)
  const scope = new Scope(parent, 'query', 'allowed')
  scope.isSelect = true
  scope.keyCount = core.groupBy.length
  scope.windowDefinitions = core.windows
  let input: PlanNode = { kind: 'single-row' }
  let conditions: BoundFrom['conditions'] = () => []
  if (core.from !== null) ({ plan: input, conditions } = parts.from(scope, b, core.from))
  checkStars(core.columns, scope)
  afterFrom()
  if (core.windows.length > 0) checkWindowTables(b, core)

  scope.allowsWindows = true
  const items = parts.items(scope, b, core.columns)
  scope.allowsWindows = false
  scope.aliases = aliasesOf(items)
  if (scope.windows.length > 0) scope.windowAliases = windowAliasesOf(items, scope)
  const isAggregate = core.groupBy.length > 0 || scope.grouping !== null
  // SQLite tells a query that could have aggregates from one that could not. (`resolveSelectStep`)
  if (!isAggregate) scope.aggregateMode = 'misused-function'
  let having = core.having === null ? null : bindHaving(b, core.having, isAggregate, scope)
  if (isAggregate) scope.aggregateMode = 'misused'
  const where = core.where === null ? [] : [bindCondition(b, core.where, scope)]
  const terms = [...conditions(), ...where]
  if (terms.length > 0) input = { kind: 'filter', input, condition: joined('and', terms) }
  bindArguments(scope)
  // The one row of a query without FROM needs no order: the terms only have to make sense.
  const isOneRow = core.from === null
  scope.aggregateMode = isAggregate || isOneRow ? 'allowed' : 'misused'
  scope.allowsWindows = true
  const order = isOneRow ? noOrder(b, orderBy, items, scope) : bindOrder(b, orderBy, items, scope)
  scope.allowsWindows = false
  scope.aggregateMode = 'group-by'
  if (core.groupBy.length > limits.current.column) {
    throw sqlError('too many terms in GROUP BY clause')
  }
  const keys = bindGroupKeys(b, core.groupBy, items, scope)
  scope.aggregateMode = isAggregate ? 'allowed' : 'misused'
  if (b.writtenNames !== null) lookThroughWindows(b, core, scope)
  if (having !== null && keys.length > 0) {
    const terms = conjunctsOf(having)
    const early = terms.filter((term) => isOfKeys(term, keys))
    const late = terms.filter((term) => !early.includes(term))
    input = filtered(input, early)
    having = late.length === 0 ? null : joined('and', late)
  }

  let columns = items.map((item) => item.bound)
  columns.push(...order.hidden)
  let windows: readonly QueryWindow[] = scope.windows
  if (isAggregate) {
    const local = new Set(scope.sources.map((source) => source.id))
    const rewriter = new GroupRewriter(groupingOf(b, scope), inDirections(keys, order), local)
    columns = columns.map((column) => rewriter.rewrite(column))
    windows = mapWindows(windows, (e) => rewriter.rewrite(e))
    if (having !== null) having = rewriter.rewrite(having)
    input = rewriter.node(input)
  }
  if (having !== null) input = { kind: 'filter', input, condition: having }
  if (windows.length > 0) {
    const below = isAggregate ? [groupingOf(b, scope)] : scope.sources
    const local = below.map((one) => ('id' in one ? one.id : one.source))
    ;({ plan: input, columns } = windowed(b, input, local, windows, columns))
  }
  const source = b.newSource()
  let plan: PlanNode = { kind: 'project', source, input, columns }
  if (core.distinct) {
    const collations = items.map((item) => b.collation(item.collation ?? 'BINARY'))
    const columnCount = items.length
    plan = { kind: 'distinct', input: plan, source, columnCount, collations, ordered: false }
  }
  if (order.keys.length > 0) {
    const keysOverResult = order.keys.map((key) => overResult(key, source, columns))
    plan = { kind: 'sort', input: plan, keys: keysOverResult, top: null }
  }
  return { plan, source, items, scope }
}

/** Where there are as many terms in ORDER BY, groups are sorted in their directions, whatever they are. (`sqlite3Select`) */
function inDirections(keys: readonly GroupKey[], order: BoundOrder): readonly GroupKey[] {
  if (keys.length !== order.keys.length) return keys
  return keys.map((key, i) =>
    order.keys[i]!.key.descending ? { ...key, descending: true as const } : key,
  )
}

function doNothing(): void {
  // FROM is all there is.
}

/** Whether an expression is that of a key may depend on the literals in both. */
function pinGrouped(core: SelectClause, orderBy: readonly OrderingTerm[]): void {
  const { columns, groupBy, having } = core
  if (!groupBy.some((term) => term.kind !== 'integer' && hasMarks(term))) return
  groupBy.forEach(pin)
  for (const column of columns) if (column.kind === 'expression') pin(column.expression)
  if (having !== null) pin(having)
  for (const { expression } of orderBy) pin(expression)
}

function aliasesOf(items: readonly ResultItem[]): ReadonlyMap<string, Expression> | null {
  let aliases: Map<string, Expression> | null = null
  for (const { alias, ast } of items) {
    if (alias === null || ast === null) continue
    aliases ??= new Map()
    const folded = foldName(alias)
    if (!aliases.has(folded)) aliases.set(folded, ast)
  }
  return aliases
}

/** Aliases of columns with window functions in them, not in their subqueries. */
function windowAliasesOf(
  items: readonly ResultItem[],
  { windows }: Scope,
): ReadonlyMap<string, string> {
  const answers = new Set(windows.map(({ source }) => source))
  const found = new Map<string, string>()
  for (const { alias, bound } of items) {
    if (alias === null) continue
    visitExpression(bound, (e) => {
      if (e.kind === 'column' && answers.has(e.source)) found.set(foldName(alias), alias)
    })
  }
  return found
}

function bindHaving(
  b: Binder,
  having: Expression,
  isAggregate: boolean,
  scope: Scope,
): BoundExpression {
  if (!isAggregate) throw sqlError('HAVING clause on a non-aggregate query')
  return b.expression(b, having, scope)
}

/** Whether the keys of the group decide: such a term of HAVING is tested before rows are grouped. (`havingToWhere`) */
function isOfKeys(e: BoundExpression, keys: readonly GroupKey[]): boolean {
  const isKey = keys.some((k) => k.collation === 'BINARY' && sameExpression(k.expression, e))
  if (isKey) return true
  if (e.kind === 'column') return false
  if (e.kind === 'function' && !e.function.deterministic) return false
  let result = true
  visitOperands(
    e,
    (operand) => {
      result = result && isOfKeys(operand, keys)
    },
    () => {
      result = false
    },
  )
  return result
}

/** Keys of ORDER BY: `column` of the result, the hidden columns counted after the items. */
interface OrderKey {
  readonly column: number
  readonly key: SortKey
}

interface BoundOrder {
  readonly keys: readonly OrderKey[]
  readonly hidden: readonly BoundExpression[]
}

function bindOrder(
  b: Binder,
  terms: readonly OrderingTerm[],
  items: readonly ResultItem[],
  scope: Scope,
): BoundOrder {
  checkTermCount(terms, limits.current.column)
  const hidden: BoundExpression[] = []
  const keys = terms.map((term, i): OrderKey => {
    const inner = withoutCollate(term.expression)
    if (inner !== term.expression) b.hasCollate = true
    let column = columnByAlias(inner, items)
    if (column < 0) column = columnByNumber(inner, i, items.length, 'ORDER BY')
    if (column >= 0) {
      const item = items[column]!
      const collation = explicitCollation(b, term.expression) ?? item.collation
      return { column, key: sortKey(b, item.bound, term, collation) }
    }
    const bound = b.expression(b, term.expression, scope)
    column = items.findIndex((item) => sameShape(item.bound, bound))
    if (column < 0) column = items.length + hidden.push(bound) - 1
    return { column, key: sortKey(b, bound, term, collationOf(b, term.expression, bound)) }
  })
  return { keys, hidden }
}

function noOrder(
  b: Binder,
  terms: readonly OrderingTerm[],
  items: readonly ResultItem[],
  scope: Scope,
): BoundOrder {
  if (terms.length > 0) bindOrder(b, terms, items, scope)
  return { keys: [], hidden: [] }
}

/** A sort key as a column of the projection below the sort. */
function overResult(
  { column, key }: OrderKey,
  source: SourceId,
  columns: readonly BoundExpression[],
): SortKey {
  return { ...key, expression: resultColumn(source, column, columns[column]!) }
}

/** An aggregate in one of them is told when all have been bound: one that is seen there before one that an alias stands for. */
function bindGroupKeys(
  b: Binder,
  terms: readonly Expression[],
  items: readonly ResultItem[],
  scope: Scope,
): readonly GroupKey[] {
  /** A mistake that is told later is answered. */
  const attempt = (term: Expression, place: number): GroupKey | SqliteError => {
    const before = stateOf(scope)
    try {
      return bindGroupKey(b, term, place, items, scope)
    } catch (error) {
      if (!(error instanceof SqliteError) || !b.mistakes.late.has(error)) throw error
      Object.assign(scope, before)
      return error
    }
  }
  let hidden: SqliteError | null = null
  let seen: SqliteError | null = null
  const keys: GroupKey[] = []
  for (const [i, term] of terms.entries()) {
    scope.groupTerm = term
    const key = attempt(term, i)
    if (!(key instanceof SqliteError)) {
      keys.push(key)
      continue
    }
    hidden = key
    scope.skipsAliases = true
    const rest = attempt(term, i)
    scope.skipsAliases = false
    if (rest instanceof SqliteError) seen = rest
    else if (term.kind === 'column') seen = key
  }
  scope.groupTerm = null
  const mistake = seen ?? hidden
  if (mistake !== null) throw mistake
  return keys
}

function bindGroupKey(
  b: Binder,
  term: Expression,
  place: number,
  items: readonly ResultItem[],
  scope: Scope,
): GroupKey {
  const inner = withoutCollate(term)
  if (inner !== term) b.hasCollate = true
  const column = columnByNumber(inner, place, items.length, 'GROUP BY')
  if (column < 0) {
    const expression = b.expression(b, term, scope)
    return { expression, collation: b.collation(collationOf(b, term, expression) ?? 'BINARY') }
  }
  const item = items[column]!
  for (const { source, calls } of scope.windows) {
    const call = calls.find((_, i) => namesColumn(item.bound, source, i))
    if (call !== undefined) throw misuseOfWindow({ name: call.function.function.name })
  }
  if (b.groupings.size > 0 && scope.grouping !== null && names(item.bound, scope.grouping.source)) {
    throw aggregateInGroupBy(b)
  }
  const collation = explicitCollation(b, term) ?? item.collation ?? 'BINARY'
  return { expression: item.bound, collation: b.collation(collation) }
}

function namesColumn(expression: BoundExpression, source: SourceId, column: number): boolean {
  let found = false
  visitExpression(expression, (e) => {
    if (e.kind === 'column' && e.source === source && e.column === column) found = true
  })
  return found
}

/** Whether an expression names a source, subqueries included. */
function names(expression: BoundExpression, source: SourceId): boolean {
  return sourcesOf(expression).has(source)
}
