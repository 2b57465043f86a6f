/** The stored texts of tables, indexes and views, bound for what their names mean. */
import { sqlError } from '../../base/error.ts'
import { schemaNamed, type Catalog } from '../../runtime/index.ts'
import { foldName, indexFromDefinition, tableFromDefinition } from '../../schema/index.ts'
import type { Table } from '../../schema/index.ts'
import type { CreateIndex, CreateTable, CreateView, Expression } from '../../sql/index.ts'
import { tableSource } from '../scope.ts'
import { Binder } from '../binder/binder.ts'
import { bindExpression } from '../binder/expression.ts'
import { bindSelect } from '../binder/select.ts'
import { bindStored } from '../binder/stored.ts'
import type { StoredNames, StoredObject } from './stored-names.ts'

/** A collation that nobody has defined stays what it is called. */
function collationIn(b: Binder): (name: string) => string {
  return (name) => b.catalog.environment.collation(name)?.name ?? name
}

/** CHECKs and generated columns; the columns of its keys. */
export function bindStoredTable(
  b: Binder,
  names: StoredNames,
  create: CreateTable,
  { sql, database }: StoredObject,
): void {
  const table = tableFromDefinition(create, sql, 0, collationIn(b), database)
  const source = tableSource(b.newSource(), table, table.name)
  for (const constraint of create.constraints) {
    if (constraint.kind !== 'primary-key' && constraint.kind !== 'unique') continue
    for (const { expression } of constraint.columns) indexedColumn(names, table, expression)
  }
  for (const { expression } of table.checks) {
    bindStored(b, expression, sql, source, 'check', database)
  }
  for (const { generated } of table.columns) {
    if (generated !== null) bindStored(b, generated.expression, sql, source, 'generated', database)
  }
}

/** A column of a key or an index, under COLLATE or not, which may stand there as a string. Answers whether it is one. */
function indexedColumn(names: StoredNames, table: Table, term: Expression): boolean {
  let expression = term
  while (expression.kind === 'collate') expression = expression.operand
  const name =
    expression.kind === 'column' && expression.table === null
      ? expression.column
      : expression.kind === 'text'
        ? expression.value
        : expression.kind === 'boolean'
          ? expression.name
          : null
  if (name === null) return false
  const folded = foldName(name)
  const place = table.columns.findIndex((column) => foldName(column.name) === folded)
  if (place < 0) return false
  names.indexed(expression, table, place)
  return true
}

export function bindStoredIndex(
  b: Binder,
  names: StoredNames,
  create: CreateIndex,
  { sql, database }: StoredObject,
): void {
  const table = schemaNamed(b.catalog, database)?.tables.get(foldName(create.table))
  if (table === undefined) throw sqlError(`no such table: ${database}.${create.table}`)
  const tablePlace = names.placeOf(create)
  if (tablePlace !== null) names.tables.push({ span: tablePlace, table })
  const index = indexFromDefinition(create, table, sql, 0, collationIn(b))
  const source = tableSource(b.newSource(), table, table.name)
  for (const { expression } of create.columns) {
    if (!indexedColumn(names, table, expression)) {
      bindStored(b, expression, sql, source, 'index', database)
    }
  }
  if (index.where !== null) bindStored(b, index.where, sql, source, 'partial-index', database)
}

export function bindStoredView(
  b: Binder,
  create: CreateView,
  { sql, database }: StoredObject,
): void {
  const own = foldName(database) === 'temp' ? null : database
  b.inView(sql, own, () => b.select(b, create.select, null))
}

/** Refuses a CHECK that is to be added to a table. @param sql the text that it was parsed from */
export function checkNewCheck(
  catalog: Catalog,
  table: Table,
  check: Expression,
  sql: string,
  doubleQuotedStrings: boolean,
): void {
  const b = new Binder(catalog, sql, bindExpression, bindSelect)
  b.doubleQuotedStrings = doubleQuotedStrings
  b.isDefining = true
  b.looksOnly = true
  const source = tableSource(b.newSource(), table, table.name)
  bindStored(b, check, sql, source, 'check', table.database)
}
