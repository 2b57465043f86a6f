/**
 * Whole queries: WITH, compounds, ORDER BY and LIMIT around their SELECTs. (SELECT §3 Compound Select Statements)
 */
import { assert } from '../../base/assert.ts'
import { SqliteError, sqlError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import type { Affinity } from '../../record/index.ts'
import { isConstantRows, visitParts } from '../../sql/index.ts'
import type {
  CompoundOperator,
  Expression,
  OrderingTerm,
  ResultColumn,
  Select,
  SelectClause,
  SelectCore,
  ValuesClause,
} from '../../sql/index.ts'
import { bindConstantRows } from '../constant-rows.ts'
import type { BoundColumn, SortKey, SourceId } from '../expression.ts'
import type { CompoundNode, PlanNode, RecursiveNode } from '../node.ts'
import { sameShape } from '../same-expression.ts'
import { Scope } from '../scope.ts'
import type { Binder, BoundSelect, SelectColumn, Side } from './binder.ts'
import { explicitCollation } from './comparison.ts'
import { columnByAlias, columnByNumber, noMatch, withoutCollate } from './order-by.ts'
import { hasWindow, isAggregate, type Recursion } from './recursion.ts'
import { compoundAffinity } from './result-affinity.ts'
import { type ResultItem } from './result-column.ts'
import { bindSelectClause, selectParts, type BoundCore } from './select-core.ts'
import { sortKey } from './sort-key.ts'
import { Limits } from './limits.ts'
import { missingTable } from './missing-table.ts'
import { laterMistake } from './mistakes.ts'
import { bindValues } from './values.ts'
import { checkColumnCount, withFrameOf } from './table-reference.ts'
import { uniqueNames } from './unique-names.ts'
import { lookThroughTables } from './written-call.ts'

/** The query with the items of its first SELECT, by whose names the answer is called. */
export interface NamedSelect extends BoundSelect {
  readonly items: readonly ResultItem[]
}

/** A query whose names may also mean columns of `parent`. */
export function bindSelect(b: Binder, select: Select, parent: Scope | null): NamedSelect {
  const { withFrame, mistakes } = b
  const { isInside, isExpanded } = mistakes
  // Its expressions are looked at each by itself.
  mistakes.isInside = false
  mistakes.isExpanded = true
  try {
    if (select.with !== null) {
      b.withFrame = withFrameOf(select.with.tables, withFrame)
      if (b.writtenNames !== null) lookThroughTables(b, b.withFrame, parent)
    }
    return bindBody(b, select, parent)
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    b.withFrame = withFrame
    const told =
      isExpanded || mistakes.early.has(error) ? error : (missingTable(b, select) ?? error)
    if (!mistakes.isLooking) mistakes.queries.set(select, told)
    throw told
  } finally {
    b.withFrame = withFrame
    mistakes.isInside = isInside
    mistakes.isExpanded = isExpanded
  }
}

function bindBody(b: Binder, select: Select, parent: Scope | null): NamedSelect {
  if (select.compounds.length > 0) return bindCompound(b, select, parent)
  const { orderBy } = select
  const limits = new Limits(b, select)
  const core = bindCore(b, select.first, orderBy, parent, limits.bind)
  const { items } = core
  let { plan } = core
  if (core.scope === null && orderBy.length > 0) {
    plan = sortCompound(b, orderBy, [core], plan, core.source, false)
  }
  plan = limits.over(plan)
  return { plan, source: core.source, columns: selectColumns(b, items, null), items }
}

function selectColumns(
  b: Binder,
  items: readonly ResultItem[],
  arms: readonly BoundCore[] | null,
): SelectColumn[] {
  const names = uniqueNames(items.map((item) => item.columnName))
  return items.map((item, i) => ({
    name: names[i]!,
    affinity:
      arms === null
        ? item.affinity
        : compoundAffinity(
            b,
            arms.map((arm) => arm.items[i]!),
          ),
    // A compound that is read as a table has the collations of its first SELECT alone.
    collation: item.collation,
    isExplicit: item.isExplicit,
    origin: item.origin,
    asValue: arms === null ? (item.asValue ?? item) : valueSide(arms, i),
  }))
}

/** The last arm speaks for a compound that is a value; the other arms may deliver what its affinity would convert. */
function valueSide(arms: readonly BoundCore[], column: number): Side {
  const last = arms.at(-1)!.items[column]!
  const { affinity, collation, isExplicit } = last.asValue ?? last
  const isMixed = arms.some((arm) => arm.items[column]!.affinity !== affinity)
  return { affinity, collation, isExplicit, isMixed }
}

/** The collation of the leftmost arm that has one. (`multiSelectCollatingSeq`) */
function compoundCollation(arms: readonly BoundCore[], column: number): string | null {
  for (const arm of arms) {
    const { collation } = arm.items[column]!
    if (collation !== null) return collation
  }
  return null
}

function bindCore(
  b: Binder,
  core: SelectCore,
  orderBy: readonly OrderingTerm[],
  parent: Scope | null,
  afterFrom: () => void,
): BoundCore {
  if (core.kind !== 'values') {
    return bindSelectClause(b, core, orderBy, parent, selectParts, afterFrom)
  }
  afterFrom()
  const [first] = core.rows
  const isWide = Array.isArray(first) && first.length > limits.current.column
  if (isWide && core !== b.givenRow) throw sqlError('too many columns in result set')
  if (summarizes(b, core)) return bindSummaries(b, core, parent, false)
  const values = bindValues(b, core, parent)
  // REALs are made of what the other rows have where they are read.
  const isCompound = values.items.some(({ affinity, asValue }) => affinity === 'real' && asValue)
  return isCompound ? bindSummaries(b, core, parent, true) : values
}

/** Whether a row has an aggregate or a window function in it. */
function summarizes(b: Binder, values: ValuesClause): boolean {
  if (values === b.givenRow) return false
  const { environment } = b.catalog
  const isSummary = (e: Expression): boolean => {
    if (e.kind === 'function') {
      if (e.over !== null) return true
      if (environment.aggregate(e.name, e.args.length).kind === 'found') return true
    }
    let found = false
    visitParts(e, (part) => (found ||= isSummary(part)), ignoreSelect)
    return found
  }
  return values.rows.some((row) => !isConstantRows(row) && row.some(isSummary))
}

function ignoreSelect(): void {
  // What a subquery has in it is its own.
}

function doNothing(): void {
  // Nothing is to be done then.
}

/** Such rows of VALUES are SELECTs without FROM. (`sqlite3MultiValues`) */
function bindSummaries(
  b: Binder,
  values: ValuesClause,
  parent: Scope | null,
  splitsAll: boolean,
): BoundCore {
  const first = values.rows[0]!
  assert(!isConstantRows(first), 'the first row is written out')
  const arms: BoundCore[] = []
  let constant: (readonly Expression[])[] = []
  const endConstant = (): void => {
    if (constant.length > 0) arms.push(bindValues(b, { ...values, rows: constant }, parent))
    constant = []
  }
  for (const row of values.rows) {
    if (isConstantRows(row)) {
      endConstant()
      const source = b.newSource()
      const plan: PlanNode = { kind: 'values', source, rows: [bindConstantRows(row)] }
      arms.push({ ...arms[0]!, plan, source })
      continue
    }
    if (row.length !== first.length) {
      throw sqlError('all VALUES must have the same number of terms')
    }
    if (!splitsAll && !summarizes(b, { ...values, rows: [row] })) {
      constant.push(row)
      continue
    }
    endConstant()
    const columns = row.map((expression, i): ResultColumn => {
      const { start, end } = expression
      return {
        kind: 'expression',
        expression,
        alias: withoutCollate(expression).kind === 'column' ? null : `column${i + 1}`,
        textStart: start,
        textEnd: end,
      }
    })
    const { start, end } = values
    const none = {
      distinct: false,
      from: null,
      where: null,
      groupBy: [],
      having: null,
      windows: [],
    }
    const core: SelectClause = { kind: 'select-core', columns, ...none, start, end }
    arms.push({ ...bindSelectClause(b, core, [], parent), scope: null })
  }
  endConstant()
  if (arms.length === 1) return arms[0]!
  const operators = arms.slice(1).map(() => 'UNION ALL' as const)
  const items = arms[0]!.items.map((item, i): ResultItem => {
    const affinity = compoundAffinity(
      b,
      arms.map((arm) => arm.items[i]!),
    )
    return { ...item, ast: null, affinity, asValue: valueSide(arms, i) }
  })
  return { ...arms[0]!, items, ...combined(b, arms, operators, true) }
}

function bindCompound(b: Binder, select: Select, parent: Scope | null): NamedSelect {
  const recursion = b.recursions.get(select)
  if (recursion !== undefined) return bindRecursive(b, select, recursion, parent)
  const limits = new Limits(b, select)
  const arms = bindArms(b, select, 0, select.compounds.length, parent, limits.bind)
  const first = arms[0]!
  const isOrdered = select.orderBy.length > 0
  const operators = select.compounds.map(({ operator }) => operator)
  const compound = combined(b, arms, operators, isOrdered)
  let { plan } = compound
  const { source } = compound
  if (isOrdered) {
    const isSet = operators.at(-1) !== 'UNION ALL'
    plan = sortCompound(b, select.orderBy, arms, plan, source, isSet)
  }
  plan = limits.over(plan)
  return { plan, source, columns: selectColumns(b, first.items, arms), items: first.items }
}

/** Some SELECTs of a compound, from one to another, both included. */
function bindArms(
  b: Binder,
  select: Select,
  from: number,
  to: number,
  parent: Scope | null,
  afterFirstFrom: () => void = doNothing,
): BoundCore[] {
  const arms: BoundCore[] = []
  const bind = (i: number): BoundCore => {
    const core = i === 0 ? select.first : select.compounds[i - 1]!.core
    return bindCore(b, core, [], parent, i === 0 ? afterFirstFrom : doNothing)
  }
  for (let i = from; i <= to; i++) {
    try {
      arms.push(bind(i))
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      throw laterMistake(b.mistakes, to - i, (place) => bind(to - place)) ?? error
    }
  }
  const table = from === 0 ? b.definitions.get(select) : undefined
  // A common table has the columns of its first SELECT, whatever the others have.
  if (table !== undefined) checkColumnCount(table, arms[0]!.items.length)
  checkCounts(select, from, arms)
  return arms
}

/** SQLite compares neighbours, the last two first. */
function checkCounts(select: Select, from: number, arms: readonly BoundCore[]): void {
  for (let i = arms.length - 1; i > 0; i--) {
    if (arms[i]!.items.length === arms[i - 1]!.items.length) continue
    const { operator, core } = select.compounds[from + i - 1]!
    throw differentCounts(operator, core)
  }
}

/** The arms as one query. */
function combined(
  b: Binder,
  arms: readonly BoundCore[],
  operators: readonly CompoundOperator[],
  isOrdered: boolean,
): { readonly plan: PlanNode; readonly source: SourceId } {
  const first = arms[0]!
  const columnCount = first.items.length
  const collations = first.items.map((_, i) => compoundCollation(arms, i) ?? 'BINARY')
  // UNION ALL compares nothing.
  const compares = operators.some((operator) => operator !== 'UNION ALL')
  if (compares) for (const collation of collations) b.collation(collation)
  // Which of several equal rows stands for them matters to a condition that tells them apart.
  const isPushable = !compares || arms.every((arm) => arm.items.every(isBinary))
  const whole = first.items.map((_, i) =>
    compoundAffinity(
      b,
      arms.map((arm) => arm.items[i]!),
    ),
  )
  const affinitiesOf = (arm: BoundCore): (Affinity | null)[] => arm.items.map((i) => i.affinity)
  let { plan, source } = first
  operators.forEach((operator, i) => {
    const right = arms[i + 1]!
    const node: CompoundNode = {
      kind: 'compound',
      source: b.newSource(),
      operator,
      left: plan,
      right: right.plan,
      leftSource: source,
      rightSource: right.source,
      columnCount,
      collations,
      isPushable,
      affinities: {
        whole,
        left: i === 0 ? affinitiesOf(first) : null,
        right: affinitiesOf(right),
      },
      reals: null,
      sorted: operator !== 'UNION ALL' && !isOrdered,
    }
    plan = node
    source = node.source
  })
  return { plan, source }
}

/**
 * A compound that defines a recursive common table. Its columns have the affinities that all its SELECTs make of them together, also where
 * some of these read them: those are bound once more when that is known.
 */
function bindRecursive(
  b: Binder,
  select: Select,
  recursion: Recursion<readonly SelectColumn[]>,
  parent: Scope | null,
): NamedSelect {
  const { firstStep } = recursion
  const operators = select.compounds.map(({ operator }) => operator)
  const limits = new Limits(b, select)
  const setups = bindArms(b, select, 0, firstStep - 1, parent, limits.bind)
  const setup = combined(b, setups, operators.slice(0, firstStep - 1), true)
  const { items } = setups[0]!
  let columns = selectColumns(b, items, setups)
  let current = beginStep(b, recursion, columns)
  let steps = bindArms(b, select, firstStep, select.compounds.length, parent)
  checkCounts(select, 0, [...setups, ...steps])
  const whole = recursiveColumns(b, selectColumns(b, items, [...setups, ...steps]), recursion, [
    ...setups,
    ...steps,
  ])
  if (whole.some(({ affinity }, i) => affinity !== columns[i]!.affinity)) {
    columns = whole
    current = beginStep(b, recursion, columns)
    steps = bindArms(b, select, firstStep, select.compounds.length, parent)
  }
  const arms = [...setups, ...steps]
  if (steps.some(({ plan }) => hasWindow(plan))) {
    throw sqlError('cannot use window functions in recursive queries')
  }
  if (steps.some(({ plan }) => isAggregate(plan))) {
    throw sqlError('recursive aggregate queries not supported')
  }
  const step = combined(
    b,
    steps,
    steps.slice(1).map(() => 'UNION ALL'),
    true,
  )
  const distinct = operators.at(-1) === 'UNION'
  const collations = items.map((_, i) => compoundCollation(arms, i) ?? 'BINARY')
  if (distinct) for (const collation of collations) b.collation(collation)
  const source = b.newSource()
  const node: RecursiveNode = {
    kind: 'recursive',
    source,
    setup: setup.plan,
    setupSource: setup.source,
    step: step.plan,
    stepSource: step.source,
    current,
    columnCount: items.length,
    distinct,
    collations,
    order: select.orderBy.length === 0 ? null : compoundKeys(b, select.orderBy, arms, source),
    reals: null,
    alias: recursion.alias,
  }
  return { plan: limits.over(node), source, columns, items }
}

/**
 * SQLite finds the affinities from left to right, and those of a column from one SELECT to the next: what copies a column has the affinity that is known of
 * it by then. (`sqlite3SubqueryColumnTypes`)
 */
function recursiveColumns(
  b: Binder,
  columns: readonly SelectColumn[],
  recursion: Recursion<readonly SelectColumn[]>,
  arms: readonly BoundCore[],
): SelectColumn[] {
  const known: SelectColumn[] = []
  columns.forEach((column, i) => {
    let own: Affinity | null = null
    const items = arms.map((arm): ResultItem => {
      const item = arm.items[i]!
      const { bound } = item
      const copied = recursion.columnOf(bound)
      if (copied < 0 || bound.kind !== 'column') {
        own ??= item.affinity
        return item
      }
      const affinity = copied === i ? own : (known[copied]?.affinity ?? null)
      // Under a unary plus it has none, but what it holds is known all the same.
      if (b.isWithoutAffinity(bound)) {
        return { ...item, bound: { ...bound, affinity: affinity ?? 'blob' } }
      }
      own ??= affinity
      return { ...item, ast: null, affinity }
    })
    known.push({ ...column, affinity: compoundAffinity(b, items) })
  })
  return known
}

/** The row that the SELECTs of the step read, with columns of its own. */
function beginStep(
  b: Binder,
  recursion: Recursion<readonly SelectColumn[]>,
  columns: readonly SelectColumn[],
): SourceId {
  const current = b.newSource()
  b.noteAffinities(current, columns)
  recursion.begin(current, columns)
  return current
}

function isBinary({ collation }: ResultItem): boolean {
  return collation === null || collation === 'BINARY'
}

function differentCounts(operator: CompoundOperator, core: SelectCore): Error {
  // Several rows of VALUES are a query of their own. (`sqlite3MultiValues`)
  if (core.kind === 'values' && core.rows.length === 1) {
    return sqlError('all VALUES must have the same number of terms')
  }
  return sqlError(
    `SELECTs to the left and right of ${operator} do not have the same number of result columns`,
  )
}

/**
 * Over a compound a term must be one of its columns: by number, by alias, or as some arm wrote it.
 * SQLite merges UNION, INTERSECT and EXCEPT in order, for which it needs all columns: those that ORDER BY does not
 * name come last. (`multiSelectOrderBy`)
 */
function sortCompound(
  b: Binder,
  terms: readonly OrderingTerm[],
  arms: readonly BoundCore[],
  input: PlanNode,
  source: number,
  isSet: boolean,
): PlanNode {
  const keys = compoundKeys(b, terms, arms, source)
  if (isSet) {
    const first = arms[0]!
    const named = new Set(keys.map(({ expression }) => (expression as BoundColumn).column))
    first.items.forEach((_, column) => {
      if (named.has(column)) return
      const expression = columnOfCompound(first, source, column)
      const collation = compoundCollation(arms, column) ?? 'BINARY'
      keys.push({ expression, descending: false, nulls: 'first', collation })
    })
  }
  return { kind: 'sort', input, keys, top: null }
}

/** The keys of ORDER BY over a compound: its columns. */
function compoundKeys(
  b: Binder,
  terms: readonly OrderingTerm[],
  arms: readonly BoundCore[],
  source: SourceId,
): SortKey[] {
  const first = arms[0]!
  // Numbers are looked at before anything that is not among the columns.
  terms.forEach(({ expression }, i) => {
    columnByNumber(withoutCollate(expression), i, first.items.length, 'ORDER BY')
  })
  return terms.map((term, i): SortKey => {
    const inner = withoutCollate(term.expression)
    if (inner !== term.expression) b.hasCollate = true
    const column = compoundColumn(b, inner, i, arms)
    const collation = explicitCollation(b, term.expression) ?? compoundCollation(arms, column)
    return sortKey(b, columnOfCompound(first, source, column), term, collation)
  })
}

function columnOfCompound(first: BoundCore, source: SourceId, column: number): BoundColumn {
  const { name, affinity, collation } = first.items[column]!
  return {
    kind: 'column',
    source,
    column,
    name,
    affinity: affinity ?? 'blob',
    collation: collation ?? 'BINARY',
  }
}

function compoundColumn(
  b: Binder,
  e: Expression,
  place: number,
  arms: readonly BoundCore[],
): number {
  const byNumber = columnByNumber(e, place, arms[0]!.items.length, 'ORDER BY')
  if (byNumber >= 0) return byNumber
  for (const arm of arms) {
    const byAlias = columnByAlias(e, arm.items)
    if (byAlias >= 0) return byAlias
    const same = arm.scope === null ? -1 : columnByExpression(b, e, arm, arm.scope)
    if (same >= 0) return same
  }
  throw noMatch(place)
}

/**
 * The column of an arm that is this expression. A name that means nothing there is no mistake yet. The arm's plan is
 * finished: nothing of it changes by this.
 */
function columnByExpression(b: Binder, e: Expression, arm: BoundCore, scope: Scope): number {
  // What the names mean is told only where the expression is found.
  const { writtenNames } = b
  b.writtenNames = null
  try {
    const bound = b.expression(b, e, scope.detached())
    const pluses = plusesOf(e)
    const found = arm.items.findIndex(
      (item) =>
        sameShape(item.bound, bound) && (item.ast === null || plusesOf(item.ast) === pluses),
    )
    b.writtenNames = writtenNames
    if (found >= 0 && writtenNames !== null) b.expression(b, e, scope.detached())
    return found
  } catch (error) {
    if (error instanceof SqliteError) return -1
    throw error
  } finally {
    b.writtenNames = writtenNames
  }
}

/** Unary pluses in front, which a bound expression does not show. */
function plusesOf(e: Expression): number {
  const inner = withoutCollate(e)
  return inner.kind === 'unary' && inner.operator === '+' ? 1 + plusesOf(inner.operand) : 0
}
