/**
 * UPDATE … FROM: the rows that a SELECT over the table and the FROM clause finds, each with the new values. (UPDATE §2.2 UPDATE FROM;
 * `updateFromSelect`)
 */
import { sqlError } from '../../base/error.ts'
import { foldName, primaryIndex, sameName, type Table, type View } from '../../schema/index.ts'
import type {
  ColumnName,
  Expression,
  FromClause,
  OrderingTerm,
  SelectClause,
  TableReference,
  Update,
} from '../../sql/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { columnOf, rowidOf, Scope, type ScopeSource } from '../scope.ts'
import type { BoundUpdate } from '../statement.ts'
import { assigned, bindValues, checkSettable, placeOf, type AssignedRow } from './assignments.ts'
import type { Binder } from './binder.ts'
import { bindArguments, bindFrom, type BoundFrom } from './from.ts'
import { exportedColumns, needsTerms } from './join-names.ts'
import type { ResultItem } from './result-column.ts'
import { resultColumn } from './projected-column.ts'
import { bindSelectClause } from './select-core.ts'
import { limited } from './limits.ts'
import { findTable } from './table-reference.ts'
import { targetScan } from './write-target.ts'

export function bindUpdateFrom(
  b: Binder,
  update: Update,
  from: FromClause,
  table: Table,
): Pick<BoundUpdate, 'input' | 'joined' | 'values' | 'rowid'> {
  const row = assigned(table)
  const places = placesOf(update, row)
  const { scope, node } = targetScan(b, table, update.table, b.newSource())
  const key = primaryIndex(table)?.columns.map(({ column }) => column) ?? [-1]
  const select = bindJoined(
    b,
    update,
    from,
    { object: table, source: scope.sources[0]!, node },
    {
      identity: (source) => key.map((column) => keyColumn(source, column)),
      // LIMIT counts rows of the table.
      groupBy: update.limit === null ? [] : key.map((column) => keyName(table, update, column)),
    },
  )
  const values: (BoundExpression | null)[] = table.columns.map(() => null)
  let rowid: BoundExpression | null = null
  // The last assignment to a column counts.
  places.forEach((place, i) => {
    if (place === -1) rowid = select.columns[key.length + i]!
    else values[place] = select.columns[key.length + i]!
  })
  const { source, input, columns } = select
  const joined = { source, count: b.newSource(), columnCount: columns.length }
  return { input, joined, values, rowid }
}

/** Names of columns are looked for before the FROM clause is looked at. */
export function placesOf({ assignments }: Update, row: AssignedRow): readonly number[] {
  return assignments.flatMap(({ columns }) =>
    columns.map((name) => checkSettable(row, placeOf(row, name))),
  )
}

/** The table or view that is updated. */
export interface JoinedTarget {
  readonly object: Table | View
  readonly source: ScopeSource
  readonly node: PlanNode
}

/** A SELECT over what is updated and the FROM clause: what tells the rows apart, then the new values. */
export interface JoinedSelect {
  readonly source: SourceId
  readonly input: PlanNode
  /** Over `source`. */
  readonly columns: readonly BoundExpression[]
}

export function bindJoined(
  b: Binder,
  update: Update,
  from: FromClause,
  target: JoinedTarget,
  {
    identity,
    groupBy,
  }: {
    readonly identity: (source: ScopeSource) => readonly BoundExpression[]
    readonly groupBy: readonly Expression[]
  },
): JoinedSelect {
  const { orderBy, limit, where, start, end } = update
  if (orderBy.length > 0 && limit === null) throw sqlError('ORDER BY without LIMIT on UPDATE')
  const core: SelectClause = {
    kind: 'select-core',
    distinct: false,
    columns: [],
    from,
    where,
    groupBy,
    having: null,
    windows: [],
    start,
    end,
  }
  const { object } = target
  const isGrouped = groupBy.length > 0 && object.kind === 'table'
  const order = isGrouped ? [...orderBy, ...treeOrder(object, groupBy)] : orderBy
  const bound = bindSelectClause(b, core, order, b.outer, {
    from: (scope) => bindSources(b, target, from, scope),
    items: (scope) => [
      ...identity(target.source).map(item),
      ...update.assignments.flatMap((assignment) => bindValues(b, assignment, scope).map(item)),
    ],
  })
  checkTarget(b, update, object, from, bound.scope!.sources)
  const { source, items, plan } = bound
  const columns = items.map((one, i) => resultColumn(source, i, one.bound))
  return { source, input: limited(b, update, plan), columns }
}

/** What is updated, and the FROM clause as if in parentheses. */
function bindSources(
  b: Binder,
  { source: target, node }: JoinedTarget,
  from: FromClause,
  scope: Scope,
): BoundFrom {
  const inner = new Scope(b.outer, scope.place, scope.aggregateMode)
  const hasTerms = from.joins.length > 0 || needsTerms(from)
  const { plan, conditions } = bindFrom(b, from, inner, hasTerms, true)
  const on = conditions()
  scope.sources.push(target, ...inner.sources)
  // Only a term that stands alone is beside the table: its arguments may name that.
  if (from.joins.length === 0) scope.pendingArguments.push(...inner.pendingArguments)
  else bindArguments(inner)
  if (inner.terms !== null) {
    const term = { alias: null, type: 'inner', using: new Set<string>() } as const
    scope.terms = [
      { ...term, source: target, exported: [] },
      { ...term, source: null, exported: exportedColumns(b, inner.terms) },
    ]
  }
  return {
    plan: { kind: 'join', type: 'inner', left: node, right: plan, on: null },
    conditions: () => on,
  }
}

function keyColumn(source: ScopeSource, column: number): BoundExpression {
  return column < 0 ? rowidOf(source.id, 'rowid') : columnOf(source, column)
}

function keyName(table: Table, { table: reference, start, end }: Update, key: number): ColumnName {
  const name = { kind: 'column', schema: null, quoted: false, start, end } as const
  if (key < 0) return { ...name, table: null, column: 'rowid', isRowid: true }
  return { ...name, table: reference.alias ?? reference.name, column: table.columns[key]!.name }
}

/** What ORDER BY leaves open is decided by the order of a WITHOUT ROWID table's own tree. */
function treeOrder(table: Table, key: readonly Expression[]): readonly OrderingTerm[] {
  const columns = primaryIndex(table)?.columns ?? []
  return columns.map(({ descending }, i) => {
    const { start, end } = key[i]!
    return { expression: key[i]!, descending, nulls: null, start, end }
  })
}

function item(bound: BoundExpression): ResultItem {
  return {
    name: '',
    columnName: '',
    alias: null,
    ast: null,
    bound,
    affinity: null,
    collation: null,
    isExplicit: false,
    origin: null,
  }
}

/** The table may stand in FROM once more, under another alias, or with one where it has none itself. (`sameSrcAlias`) */
function checkTarget(
  b: Binder,
  { table: { alias } }: Update,
  object: Table | View,
  from: FromClause,
  [, ...others]: readonly ScopeSource[],
): void {
  const isSame = (term: TableReference, i: number): boolean => {
    if (term.kind !== 'table') return false
    const { table, database } = others[i]!
    // Common tables are in no database.
    const isIt =
      table === null
        ? database !== null && findTable(b, term.schema, foldName(term.name)) === object
        : table === object
    if (!isIt || term.alias === null || alias === null) return isIt && term.alias === alias
    return sameName(term.alias, alias)
  }
  if (!termsOf(from).some(isSame)) return
  throw sqlError(`target object/alias may not appear in FROM clause: ${alias ?? object.name}`)
}

/** In the order of the sources. */
function termsOf({ first, joins }: FromClause): TableReference[] {
  return [first, ...joins.map(({ right }) => right)].flatMap((term) =>
    term.kind === 'nested' ? termsOf(term.from) : [term],
  )
}
