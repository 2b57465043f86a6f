/**
 * The table that a statement writes, with all that a row must pass and all the places where it is entered: CHECK
 * constraints over the new row, index entries over the new row and the old one.
 */
import { sqlError } from '../../base/error.ts'
import {
  entryTail,
  foldName,
  primaryIndex,
  sameName,
  type Column,
  type Index,
  type Table,
  type View,
} from '../../schema/index.ts'
import type { QualifiedTable } from '../../sql/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import type { IndexTarget, WriteTarget } from '../statement.ts'
import type { ScanNode } from '../node.ts'
import { noTriggers } from '../fires.ts'
import { columnOf, rowidOf, Scope, tableSource, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { triggersOf, type Change } from './firing.ts'
import { generatedColumns, virtualColumns } from './generated.ts'
import { bindStored } from './stored.ts'
import { findTable, noSuchTable, shownName, tableReference, viewName } from './table-reference.ts'

/** The table, or the view with INSTEAD OF triggers, of an INSERT, UPDATE or DELETE; refused where it cannot be written. */
export function findTarget(b: Binder, reference: QualifiedTable, change: Change): Table | View {
  const { schema, name } = reference
  const table = findTable(b, schema, foldName(name))
  if (table === null) throw noSuchTable(b, schema, name)
  checkHint(table, reference)
  if (table.kind === 'view') {
    if (triggersOf(b, table, change).length > 0) return table
    // What is wrong with the view itself is said first.
    tableReference(b, viewName(table), new Scope(b.outer))
    throw sqlError(`cannot modify ${table.name} because it is a view`)
  }
  const { writableSchema } = b.catalog.environment.settings
  if (table.virtual !== undefined || (table.root === 1 && !writableSchema))
    throw sqlError(`table ${table.name} may not be modified`)
  b.uses.writes.add(table.database)
  return table
}

/** The index that INDEXED BY asks for is there. */
function checkHint(table: Table | View, { indexedBy }: QualifiedTable): void {
  if (typeof indexedBy !== 'string') return
  const indexes = table.kind === 'view' ? [] : table.indexes
  if (indexes.some((index) => sameName(index.name, indexedBy))) return
  throw sqlError(`no such index: ${indexedBy}`)
}

/** Checks and index entries of a table, bound over its new and its old row. */
export function writeTarget(b: Binder, table: Table, oldRow: SourceId): WriteTarget {
  const newRow = b.newSource()
  const newSource = tableSource(newRow, table, table.name)
  const oldSource = tableSource(oldRow, table, table.name)
  const isChecked = !b.catalog.environment.settings.ignoresChecks
  const checks = (isChecked ? table.checks : []).map(({ name, text, expression }) => ({
    name: name ?? text,
    condition: bindStored(b, expression, table.sql, newSource, 'check', table.database),
  }))
  const own = primaryIndex(table)
  const targetOf = (index: Index): IndexTarget => indexTarget(b, table, index, newSource, oldSource)
  const indexes = table.indexes.filter((index) => index !== own).map(targetOf)
  const primary = own === null ? null : targetOf(own)
  const defaults = table.columns.map((column) =>
    column.notNull === null || column.defaultExpression === null
      ? null
      : defaultOf(b, table, column),
  )
  const generated = generatedColumns(b, table, newSource)
  const virtual = generated.length === 0 ? null : virtualColumns(b, table, oldRow)
  const rows = { newRow, oldRow, checks, defaults, generated, virtual, indexes, primary }
  return { table, ...rows, victims: noTriggers, victimKeys: null }
}

/** What a column gets that the statement does not name. */
export function defaultOf(b: Binder, table: Table, column: Column): BoundExpression {
  if (column.defaultExpression === null) return { kind: 'literal', value: null }
  return bindStored(b, column.defaultExpression, table.sql, null, 'constant', table.database)
}

/** What an index holds of a row. */
export function indexTarget(
  b: Binder,
  table: Table,
  index: Index,
  newSource: ScopeSource,
  oldSource: ScopeSource,
): IndexTarget {
  const isPlain = index.columns.every((column) => column.column >= -1)
  for (const column of index.columns) b.collation(column.collation)
  return {
    index,
    newKey: indexKey(b, table, index, newSource),
    oldKey: indexKey(b, table, index, oldSource),
    newWhere: indexWhere(b, table, index, newSource),
    oldWhere: indexWhere(b, table, index, oldSource),
    columnNames: isPlain
      ? index.columns.map(({ column }) => `${table.name}.${columnName(table, column)}`)
      : null,
  }
}

function columnName(table: Table, column: number): string {
  const place = column === -1 ? table.rowidAlias : column
  return place < 0 ? 'rowid' : table.columns[place]!.name
}

/** The declared columns, then the rowid, or the columns of the primary key that are not there yet. */
function indexKey(
  b: Binder,
  table: Table,
  index: Index,
  source: ScopeSource,
): readonly BoundExpression[] {
  const sql = index.sql ?? ''
  const key = index.columns.map(({ column, expression }): BoundExpression => {
    if (column >= 0) return columnOf(source, column)
    if (expression === null) return rowidOf(source.id, columnName(table, -1))
    return bindStored(b, expression, sql, source, 'index', table.database)
  })
  for (const { column } of entryTail(table, index)) {
    key.push(column < 0 ? rowidOf(source.id, columnName(table, -1)) : columnOf(source, column))
  }
  return key
}

function indexWhere(
  b: Binder,
  table: Table,
  index: Index,
  source: ScopeSource,
): BoundExpression | null {
  if (index.where === null) return null
  return bindStored(b, index.where, index.sql ?? '', source, 'partial-index', table.database)
}

/** The scan that delivers the rows of `table` under `source`. */
export function targetScan(
  b: Binder,
  table: Table,
  reference: QualifiedTable,
  source: SourceId,
): { scope: Scope; node: ScanNode } {
  const { alias, indexedBy } = reference
  const name = alias ?? table.name
  const scope = new Scope(b.outer)
  scope.sources.push(tableSource(source, table, name))
  const virtual = virtualColumns(b, table, source)
  return {
    scope,
    node: {
      kind: 'scan',
      source,
      table,
      alias: shownName(table, reference),
      access: { kind: 'full', reverse: false },
      hint: indexedBy,
      ...(virtual === null ? {} : { virtual }),
      estimatedRows: null,
    },
  }
}
