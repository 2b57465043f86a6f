/**
 * UPDATE … FROM: the rows that a SELECT over the table and the FROM clause finds, each with the new values. (UPDATE §2.2 UPDATE FROM;
 * `updateFromSelect`)
 */
import { sqlError } from '../../base/error.ts'
import { primaryIndex, sameName, type Table } from '../../schema/index.ts'
import type {
  ColumnName,
  Expression,
  FromClause,
  OrderingTerm,
  SelectClause,
  TableReference,
  Update,
} from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { columnOf, rowidOf, Scope, type ScopeSource } from '../scope.ts'
import type { BoundUpdate } from '../statement.ts'
import { assigned, bindValues, checkSettable, placeOf } from './assignments.ts'
import type { Binder } from './binder.ts'
import { bindFrom, type BoundFrom } from './from.ts'
import { exportedColumns } from './join-names.ts'
import type { ResultItem } from './result-column.ts'
import { bindSelectClause, resultColumn } from './select-core.ts'
import { limited } from './select.ts'
import { targetScan } from './write-target.ts'

export function bindUpdateFrom(
  b: Binder,
  update: Update,
  from: FromClause,
  table: Table,
): Pick<BoundUpdate, 'input' | 'joined' | 'values' | 'rowid'> {
  const { orderBy, limit, where, start, end } = update
  // Names of columns are looked for before the FROM clause is looked at.
  const row = assigned(table)
  const places = update.assignments.map(({ columns }) =>
    columns.map((n) => checkSettable(row, placeOf(row, n))),
  )
  if (orderBy.length > 0 && limit === null) throw sqlError('ORDER BY without LIMIT on UPDATE')
  const key = primaryIndex(table)?.columns.map(({ column }) => column) ?? [-1]
  const core: SelectClause = {
    kind: 'select-core',
    distinct: false,
    columns: [],
    from,
    where,
    // LIMIT counts rows of the table.
    groupBy: limit === null ? [] : key.map((column) => keyName(table, update, column)),
    having: null,
    windows: [],
    start,
    end,
  }
  const order = limit === null ? orderBy : [...orderBy, ...treeOrder(table, core.groupBy)]
  const bound = bindSelectClause(b, core, order, b.outer, {
    from: (scope) => bindSources(b, update, from, table, scope),
    items: (scope) => [
      ...key.map((column) => item(keyColumn(scope.sources[0]!, column))),
      ...update.assignments.flatMap((assignment) => bindValues(b, assignment, scope).map(item)),
    ],
  })
  checkTarget(update, table, from, bound.scope!.sources)
  const { source, items } = bound
  const values: (BoundExpression | null)[] = table.columns.map(() => null)
  let rowid: BoundExpression | null = null
  // The last assignment to a column counts.
  places.flat().forEach((place, i) => {
    const value = resultColumn(source, key.length + i, items[key.length + i]!.bound)
    if (place === -1) rowid = value
    else values[place] = value
  })
  const joined = { source, count: b.newSource(), columnCount: items.length }
  return { input: limited(b, update, bound.plan), joined, values, rowid }
}

/** The table, and the FROM clause as if in parentheses. */
function bindSources(
  b: Binder,
  { table: reference }: Update,
  from: FromClause,
  table: Table,
  scope: Scope,
): BoundFrom {
  const { scope: own, node } = targetScan(b, table, reference, b.newSource())
  const [target] = own.sources
  const inner = new Scope(b.outer, scope.place, scope.aggregateMode)
  const { plan, conditions } = bindFrom(b, from, inner)
  scope.sources.push(target!, ...inner.sources)
  if (inner.terms !== null) {
    const term = { alias: null, type: 'inner', using: new Set<string>() } as const
    scope.terms = [
      { ...term, source: target!, exported: [] },
      { ...term, source: null, exported: exportedColumns(b, inner.terms) },
    ]
  }
  return { plan: { kind: 'join', type: 'inner', left: node, right: plan, on: null }, conditions }
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
  { table: { alias } }: Update,
  table: Table,
  from: FromClause,
  [, ...others]: readonly ScopeSource[],
): void {
  const isSame = (term: TableReference, i: number): boolean => {
    if (term.kind !== 'table' || others[i]!.table !== table) return false
    if (term.alias === null || alias === null) return term.alias === alias
    return sameName(term.alias, alias)
  }
  if (!termsOf(from).some(isSame)) return
  throw sqlError(`target object/alias may not appear in FROM clause: ${alias ?? table.name}`)
}

/** In the order of the sources. */
function termsOf({ first, joins }: FromClause): TableReference[] {
  return [first, ...joins.map(({ right }) => right)].flatMap((term) =>
    term.kind === 'nested' ? termsOf(term.from) : [term],
  )
}
