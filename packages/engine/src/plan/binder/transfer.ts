/**
 * `INSERT INTO t SELECT * FROM u` where both tables are built alike. SQLite then copies whole rows, before it has counted columns, so
 * generated ones may be among those that the star gives: they are passed over. Where it would first have to see whether `t` is empty, it
 * counts. (`xferOptimization`)
 */
import { foldName, type Column, type Index, type Table } from '../../schema/index.ts'
import type { Insert, SelectClause } from '../../sql/index.ts'
import type { SourceId } from '../expression.ts'
import { sameExpression } from '../same-expression.ts'
import { tableSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { generatedValue } from './generated.ts'
import { bindStored } from './stored.ts'
import { findTable } from './table-reference.ts'

/** Whether all columns of the rows that the INSERT is given are those of its table, generated ones included. */
export function isTransfer(b: Binder, insert: Insert, table: Table, hasTriggers: boolean): boolean {
  if (table.columns.every(({ generated }) => generated === null)) return false
  if (hasTriggers || insert.columns !== null || insert.returning.length > 0) return false
  if (insert.upserts.length > 0 || !mayFailOnly(insert, table) || hasKeys(table)) return false
  const { settings } = b.catalog.environment
  if (settings.countsChanges || (settings.foreignKeys && table.foreignKeys.length > 0)) return false
  const from = tableOfStar(b, insert)
  return from !== null && from !== table && isBuiltAlike(b, from, table)
}

function mayFailOnly({ orAction }: Insert, table: Table): boolean {
  const action = orAction ?? (table.rowidAlias >= 0 ? table.rowidConflict : 'ABORT')
  return action === 'ABORT' || action === 'ROLLBACK'
}

/** There is something by which rows that are there already could be in the way. */
function hasKeys({ withoutRowid, rowidAlias, indexes }: Table): boolean {
  if (withoutRowid || indexes.some(({ unique }) => unique)) return true
  return rowidAlias < 0 && indexes.length > 0
}

/** The table of `SELECT * FROM table` and nothing else; null: the rows come otherwise. */
function tableOfStar(b: Binder, { source, with: tables }: Insert): Table | null {
  if (source === null || tables !== null || source.with !== null) return null
  const { first, compounds, orderBy, limit } = source
  if (first.kind === 'values' || compounds.length + orderBy.length > 0 || limit !== null)
    return null
  if (!isPlainStar(first)) return null
  const { first: term, joins } = first.from!
  if (term.kind !== 'table' || joins.length > 0) return null
  const found = findTable(b, term.schema, foldName(term.name))
  return found?.kind === 'table' && found.virtual === undefined ? found : null
}

function isPlainStar({ columns, from, where, groupBy, distinct }: SelectClause): boolean {
  if (from === null || where !== null || groupBy.length > 0 || distinct) return false
  return columns.length === 1 && columns[0]!.kind === 'star'
}

function isBuiltAlike(b: Binder, from: Table, to: Table): boolean {
  if (from.withoutRowid !== to.withoutRowid || from.rowidAlias !== to.rowidAlias) return false
  if (from.columns.length !== to.columns.length || (to.strict && !from.strict)) return false
  const row = b.newSource()
  const isAlike = (column: Column, i: number): boolean =>
    isSameColumn(b, from, from.columns[i]!, to, column, i, row)
  if (!to.columns.every(isAlike)) return false
  const hasLike = (index: Index): boolean => from.indexes.some((other) => isSameIndex(other, index))
  return to.indexes.every(hasLike) && haveSameChecks(b, from, to, row)
}

function isSameColumn(
  b: Binder,
  from: Table,
  given: Column,
  to: Table,
  column: Column,
  place: number,
  row: SourceId,
): boolean {
  const isSame =
    given.affinity === column.affinity &&
    given.collation === column.collation &&
    (column.notNull === null || given.notNull !== null)
  if (!isSame || given.generated?.stored !== column.generated?.stored) return false
  if (column.generated === null) return place === 0 || given.defaultText === column.defaultText
  const value = (table: Table, of: Column): ReturnType<typeof generatedValue> =>
    generatedValue(b, table, of, tableSource(row, table, table.name))
  return sameExpression(value(from, given), value(to, column))
}

/** (`xferCompatibleIndex`, of indexes over columns) */
function isSameIndex(one: Index, other: Index): boolean {
  if (one.columns.length !== other.columns.length || one.onConflict !== other.onConflict)
    return false
  if (one.where !== null || other.where !== null) return false
  return one.columns.every(({ column, collation, descending }, i) => {
    const like = other.columns[i]!
    const isSame = column === like.column && descending === like.descending
    return column !== -2 && isSame && collation === like.collation
  })
}

function haveSameChecks(b: Binder, from: Table, to: Table, row: SourceId): boolean {
  if (to.checks.length === 0) return true
  const bound = (table: Table): ReturnType<typeof bindStored>[] =>
    table.checks.map(({ expression }) => {
      const source = tableSource(row, table, table.name)
      return bindStored(b, expression, table.sql, source, 'check', table.database)
    })
  const given = bound(from)
  const wanted = bound(to)
  return given.length === wanted.length && wanted.every((e, i) => sameExpression(given[i]!, e))
}
