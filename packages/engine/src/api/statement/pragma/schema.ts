/** The schema as tables: `table_info`, `index_list`, `index_info` and their kin. */
import type { Value } from '../../../record/index.ts'
import { SqliteError } from '../../../base/error.ts'
import { isRecursionLimit } from '../../../base/v8-error.ts'
import {
  entryColumns,
  entryTail,
  foldName,
  inHashOrder,
  indexFromDefinition,
  newestFirst,
  primaryIndex,
  tableFromDefinition,
  type Column,
  type Index,
  type IndexColumn,
  type Schema,
  type Table,
  type View,
} from '../../../schema/index.ts'
import { bindColumns } from '../../../plan/index.ts'
import { parseStatement, quoteName, type Select } from '../../../sql/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaPlace, PragmaValue, Rows } from './definition.ts'
import { find, findTable, nameOf, schemasOf } from './find-table.ts'

/** 1: of a virtual table; 2 and 3: generated. */
function hiddenKind({ generated, hidden }: Column): number {
  if (hidden === true) return 1
  return generated === null ? 0 : generated.stored ? 3 : 2
}

function tableInfo(extended: boolean): PragmaDefinition['answer'] {
  return (connection, value, place) => {
    const table = find(connection, value, place)
    if (table === null) return []
    if (table.kind === 'view') return viewInfo(connection, table, extended)
    const rows: Value[][] = []
    for (const column of table.columns) {
      const hidden = hiddenKind(column)
      if (hidden !== 0 && !extended) continue
      const row: Value[] = [
        rows.length,
        column.name,
        column.type,
        column.notNull === null ? 0 : 1,
        column.defaultText,
        column.primaryKeyPlace,
      ]
      if (extended) row.push(hidden)
      rows.push(row)
    }
    return rows
  }
}

/** A view's columns are those of its query. */
function viewInfo(connection: Session, view: View, extended: boolean): Rows {
  const sql = `SELECT * FROM ${quoteName(view.database)}.${quoteName(view.name)}`
  const { statement } = parseStatement(sql)
  const columns = bindColumns(statement as Select, sql, connection.context.catalog)
  return columns.map(({ name, type }, i) => {
    const row: Value[] = [i, name, type, 0, null, 0]
    return extended ? [...row, 0] : row
  })
}

/** A view that names what is not there has no columns. */
function viewWidth(connection: Session, view: View): number {
  try {
    return viewInfo(connection, view, false).length
  } catch (error) {
    const isSaid = error instanceof SqliteError && error.code !== 'SQLITE_NOMEM'
    if (isSaid && !isRecursionLimit(error)) return 0
    throw error
  }
}

function tableList(connection: Session, value: PragmaValue, place: PragmaPlace): Rows {
  const wanted = value === null ? null : nameOf(value)
  const schemas = [...schemasOf(connection, place)].sort(
    (a, b) => Number(b.database === 'main') - Number(a.database === 'main'),
  )
  return schemas.flatMap((schema) => listOf(connection, schema, wanted))
}

function listOf(connection: Session, schema: Schema, wanted: string | null): Rows {
  const { database, tables, views, virtualTables } = schema
  const names =
    wanted === null ? inHashOrder(schema.names) : schema.names.filter((name) => name === wanted)
  const rows: Value[][] = []
  for (const key of names) {
    const view = views.get(key)
    if (view !== undefined) {
      rows.push([database, view.name, 'view', viewWidth(connection, view), 0, 0])
    }
    const table = tables.get(key)
    // By its newer name it is not found.
    if (table !== undefined && foldName(table.name) === key) {
      // Here, and not in messages, the schema's own table goes by its newer name.
      const name = table.root === 1 ? table.name.replace('master', 'schema') : table.name
      const flags = [table.withoutRowid ? 1 : 0, table.strict ? 1 : 0]
      rows.push([database, name, 'table', table.columns.length, ...flags])
    }
    const created = virtualTables.get(key)
    if (created !== undefined) {
      const { environment } = connection.context.catalog
      const width = environment.virtualTable(created)?.columns.length ?? 0
      rows.push([database, created.name, 'virtual', width, 0, 0])
    }
  }
  return rows
}

function indexList(connection: Session, value: PragmaValue, place: PragmaPlace): Rows {
  const table = findTable(connection, value, place)
  if (table === null) return []
  return newestFirst(table.indexes).map((index, i) => [
    i,
    index.name,
    index.unique ? 1 : 0,
    index.origin,
    index.where === null ? 0 : 1,
  ])
}

function indexInfo(extended: boolean): PragmaDefinition['answer'] {
  return (connection, value, place) => {
    const name = nameOf(value)
    const schema = schemasOf(connection, place).find(({ indexes }) => indexes.has(name))
    const index = schema?.indexes.get(name)
    // The name of a WITHOUT ROWID table stands for its own tree, where no index is called so.
    const table =
      index === undefined
        ? findTable(connection, value, place)
        : schema!.tables.get(foldName(index.table))
    if (table === null || table === undefined) return []
    const meant = index ?? primaryIndex(table)
    if (meant === null) return []
    return extended ? extendedInfo(meant, table) : plainInfo(meant, table)
  }
}

/** The index and its table with the names of collations as they were written. */
function asWritten(index: Index, table: Table): [Index, Table] {
  const written = (name: string): string => name
  const { statement: creation } = parseStatement(table.sql)
  if (creation?.kind !== 'create-table') return [index, table]
  const ownTable = tableFromDefinition(creation, table.sql, table.root, written, table.database)
  const definition = index.sql === null ? null : parseStatement(index.sql).statement
  const ownIndex =
    definition?.kind === 'create-index'
      ? indexFromDefinition(definition, ownTable, index.sql!, index.root, written)
      : ownTable.indexes.find(({ name }) => name === index.name)
  return ownIndex === undefined ? [index, table] : [ownIndex, ownTable]
}

function columnName(table: Table, column: number): string | null {
  return column < 0 ? null : (table.columns[column]?.name ?? null)
}

/** The number SQLite shows for an index column: the rowid goes by its alias where it has one. */
function shownColumn(table: Table, column: number): number {
  return column === -1 && table.rowidAlias >= 0 ? table.rowidAlias : column
}

function plainInfo(index: Index, table: Table): Rows {
  return index.columns.map(({ column }, i) => {
    const shown = shownColumn(table, column)
    return [i, shown, columnName(table, shown)]
  })
}

/** Also the columns that every entry ends with: the rowid, or the rest of the primary key (or of the row). Collations are called as they were written. */
function extendedInfo(index: Index, table: Table): Rows {
  const [written, writtenTable] = asWritten(index, table)
  const rows: Value[][] = index.columns.map(({ column, descending }, i) => [
    i,
    shownColumn(table, column),
    columnName(table, shownColumn(table, column)),
    descending ? 1 : 0,
    column === -1 && written.columns[i]!.collation === 'BINARY'
      ? (writtenTable.columns[writtenTable.rowidAlias]?.collation ?? 'BINARY')
      : written.columns[i]!.collation,
    1,
  ])
  const tail =
    index === primaryIndex(table)
      ? restOfRow(writtenTable, written)
      : keyTail(index, table, writtenTable)
  for (const { column, descending, collation } of tail) {
    const name = columnName(table, column)
    rows.push([rows.length, column, name, descending ? 1 : 0, collation, 0])
  }
  return rows
}

/** The rest of the primary key, with its collations as they were written. */
function keyTail(index: Index, table: Table, written: Table): readonly IndexColumn[] {
  const keys = primaryIndex(table)?.columns ?? []
  return entryTail(table, index).map((tail) => {
    const place = keys.findIndex((k) => k.column === tail.column && k.collation === tail.collation)
    return {
      ...tail,
      collation: primaryIndex(written)?.columns[place]?.collation ?? tail.collation,
    }
  })
}

/** What a WITHOUT ROWID table's own tree holds besides the key. */
function restOfRow(table: Table, primary: Index): readonly Omit<IndexColumn, 'expression'>[] {
  return entryColumns(table, primary)
    .slice(primary.columns.length)
    .map((column) => ({
      column,
      descending: false,
      collation: table.columns[column]!.collation,
    }))
}

function databaseList({ databases }: Session): Rows {
  return databases.all.map((database) => [
    databases.numberOf(database),
    database.name,
    database.file,
  ])
}

const definition = (
  columns: readonly string[],
  answer: PragmaDefinition['answer'],
): PragmaDefinition => ({ columns, needs: 'schemas', answer })

/** SQLite opens a transaction for these. */
const pinning: typeof definition = (columns, answer) => ({
  ...definition(columns, answer),
  pins: true,
})

const tableColumns = ['cid', 'name', 'type', 'notnull', 'dflt_value', 'pk']
const indexColumns = ['seqno', 'cid', 'name']

export const schemaPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['table_info', pinning(tableColumns, tableInfo(false))],
  ['table_xinfo', pinning([...tableColumns, 'hidden'], tableInfo(true))],
  ['table_list', pinning(['schema', 'name', 'type', 'ncol', 'wr', 'strict'], tableList)],
  ['index_list', pinning(['seq', 'name', 'unique', 'origin', 'partial'], indexList)],
  ['index_info', pinning(indexColumns, indexInfo(false))],
  ['index_xinfo', pinning([...indexColumns, 'desc', 'coll', 'key'], indexInfo(true))],
  ['database_list', definition(['seq', 'name', 'file'], databaseList)],
]
