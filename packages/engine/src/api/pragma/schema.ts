/** The schema as tables: `table_info`, `index_list`, `index_info` and their kin. */
import type { Value } from '../../record/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import type { Session } from '../session.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'

function findTable(connection: Session, value: PragmaValue): Table | null {
  return connection.context.schema.tables.get(String(value ?? '').toLowerCase()) ?? null
}

function tableInfo(extended: boolean): PragmaDefinition['answer'] {
  return (connection, value) => {
    const table = findTable(connection, value)
    if (table === null) return viewInfo(connection, value, extended)
    const rows: Value[][] = []
    for (const column of table.columns) {
      const hidden = column.generated === null ? 0 : column.generated.stored ? 3 : 2
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
function viewInfo(connection: Session, value: PragmaValue, extended: boolean): Rows {
  const view = connection.context.schema.views.get(String(value ?? '').toLowerCase())
  if (view === undefined) return []
  const quoted = view.name.replaceAll('"', '""')
  const columns = connection.prepare(`SELECT * FROM "${quoted}"`).columns()
  return columns.map((column, i) => {
    const row: Value[] = [i, column.name, column.type ?? '', 0, null, 0]
    return extended ? [...row, 0] : row
  })
}

function tableList(connection: Session, value: PragmaValue): Rows {
  const { schema } = connection.context
  const wanted = value === null ? null : String(value).toLowerCase()
  const rows: Value[][] = []
  for (const [key, view] of schema.views) {
    if (wanted !== null && wanted !== key) continue
    const columns = viewInfo(connection, view.name, false).length
    rows.push(['main', view.name, 'view', columns, 0, 0])
  }
  const seen = new Set<Table>()
  for (const [key, table] of schema.tables) {
    if ((wanted !== null && wanted !== key) || seen.has(table)) continue
    seen.add(table)
    const columns = table.columns.length
    const flags = [table.withoutRowid ? 1 : 0, table.strict ? 1 : 0]
    rows.push(['main', table.name, 'table', columns, ...flags])
  }
  return rows
}

/** SQLite lists the indexes newest first. */
function indexList(connection: Session, value: PragmaValue): Rows {
  const table = findTable(connection, value)
  if (table === null) return []
  return table.indexes
    .toReversed()
    .map((index, i) => [
      i,
      index.name,
      index.unique ? 1 : 0,
      index.origin,
      index.where === null ? 0 : 1,
    ])
}

function indexInfo(extended: boolean): PragmaDefinition['answer'] {
  return (connection, value) => {
    const { schema } = connection.context
    const index = schema.indexes.get(String(value ?? '').toLowerCase())
    const table = index && schema.tables.get(index.table.toLowerCase())
    if (index === undefined || table === undefined) return []
    return extended ? extendedInfo(index, table) : plainInfo(index, table)
  }
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

/** Also the columns that every entry ends with: the rowid, or the rest of the primary key (or of the row). */
function extendedInfo(index: Index, table: Table): Rows {
  const rows: Value[][] = index.columns.map(({ column, descending, collation }, i) => [
    i,
    shownColumn(table, column),
    columnName(table, shownColumn(table, column)),
    descending ? 1 : 0,
    collation,
    1,
  ])
  if (!table.withoutRowid) {
    rows.push([rows.length, -1, null, 0, 'BINARY', 0])
    return rows
  }
  const isPrimary = index.root === table.root
  const present = new Set(index.columns.map(({ column }) => column))
  const rest = isPrimary ? table.columns.map((_column, i) => i) : table.primaryKey
  for (const column of rest) {
    if (present.has(column)) continue
    const collation = table.columns[column]!.collation
    rows.push([rows.length, column, columnName(table, column), 0, collation, 0])
  }
  return rows
}

function foreignKeyList(connection: Session, value: PragmaValue): Rows {
  const table = findTable(connection, value)
  if (table === null) return []
  return table.foreignKeys
    .toReversed()
    .flatMap(({ columns, reference }, id) =>
      columns.map((column, place) => [
        id,
        place,
        reference.table,
        columnName(table, column),
        reference.columns[place] ?? null,
        reference.onUpdate,
        reference.onDelete,
        'NONE',
      ]),
    )
}

const definition = (
  columns: readonly string[],
  answer: PragmaDefinition['answer'],
): PragmaDefinition => ({ columns, reads: true, answer })

const tableColumns = ['cid', 'name', 'type', 'notnull', 'dflt_value', 'pk']
const indexColumns = ['seqno', 'cid', 'name']

export const schemaPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['table_info', definition(tableColumns, tableInfo(false))],
  ['table_xinfo', definition([...tableColumns, 'hidden'], tableInfo(true))],
  ['table_list', definition(['schema', 'name', 'type', 'ncol', 'wr', 'strict'], tableList)],
  ['index_list', definition(['seq', 'name', 'unique', 'origin', 'partial'], indexList)],
  ['index_info', definition(indexColumns, indexInfo(false))],
  ['index_xinfo', definition([...indexColumns, 'desc', 'coll', 'key'], indexInfo(true))],
  [
    'foreign_key_list',
    definition(
      ['id', 'seq', 'table', 'from', 'to', 'on_update', 'on_delete', 'match'],
      foreignKeyList,
    ),
  ],
  ['database_list', definition(['seq', 'name', 'file'], ({ path }) => [[0, 'main', path]])],
  [
    'collation_list',
    definition(['seq', 'name'], () => [
      [0, 'RTRIM'],
      [1, 'NOCASE'],
      [2, 'BINARY'],
    ]),
  ],
]
