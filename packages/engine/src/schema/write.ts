/**
 * Changes `sqlite_schema`. The caller has a write transaction open, and afterwards says `schemaChanged()`, which
 * bumps the cookie and loads the schema anew.
 */
import { decodeRecord, encodeRecord, type TextEncoding, type Value } from '../record/index.ts'
import { TableCursor, type Pages, type TableTree } from '../storage/index.ts'
import { foldName, sameName } from './name.ts'
import type { Trigger } from './table.ts'

/** What writing the schema needs; an execution context is one. */
export interface SchemaWriter {
  readonly pages: Pages
  readonly encoding: TextEncoding
  tableTree(root: number): TableTree
}

export type SchemaObjectType = 'table' | 'index' | 'view' | 'trigger'

/** Adds a row. `root` is 0 for views and triggers; `sql` is null for the index of a constraint. */
export function insertSchemaRow(
  writer: SchemaWriter,
  type: SchemaObjectType,
  name: string,
  tableName: string,
  root: number,
  sql: string | null,
): void {
  const tree = writer.tableTree(1)
  const last = tree.lastRowid()
  const rowid = last === null ? 1 : typeof last === 'bigint' ? last + 1n : last + 1
  const record = encodeRecord([type, name, tableName, root, sql], writer.encoding)
  tree.insertNew(rowid, record, record.length)
}

/** Deletes the row of one object. */
export function deleteSchemaRow(writer: SchemaWriter, type: SchemaObjectType, name: string): void {
  const folded = foldName(name)
  deleteRows(writer, 1, (row) => row[0] === type && isName(row[1], folded))
}

/** Deletes the rows of a table and of everything that belongs to it: its indexes and triggers. */
export function deleteTableSchemaRows(
  writer: SchemaWriter,
  tableName: string,
  triggers: TriggersByName = noTriggers,
): void {
  const folded = foldName(tableName)
  deleteRows(writer, 1, (row) => {
    return row[0] !== 'view' && isName(row[2], folded) && !isElsewhere(row, triggers)
  })
}

/** Deletes the rows of a view and of its triggers. */
export function deleteViewSchemaRows(
  writer: SchemaWriter,
  viewName: string,
  triggers: TriggersByName = noTriggers,
): void {
  const folded = foldName(viewName)
  deleteRows(writer, 1, (row) => {
    if (row[0] === 'trigger') return isName(row[2], folded) && !isElsewhere(row, triggers)
    return row[0] === 'view' && isName(row[1], folded)
  })
}

type TriggersByName = ReadonlyMap<string, Trigger>

const noTriggers: TriggersByName = new Map()

/** A temporary trigger on a table that another database has under that name. */
function isElsewhere([type, name]: readonly Value[], triggers: TriggersByName): boolean {
  if (type !== 'trigger' || typeof name !== 'string') return false
  const trigger = triggers.get(foldName(name))
  const named = trigger?.definition.tableSchema ?? null
  return named !== null && !sameName(named, trigger!.database)
}

/** Deletes the rows of a table of names (`sqlite_sequence`, `sqlite_stat1`) whose column `column` is `name`. */
export function deleteRowsNamed(
  writer: SchemaWriter,
  root: number,
  column: number,
  name: string,
): void {
  const folded = foldName(name)
  deleteRows(writer, root, (row) => isName(row[column], folded))
}

/** The tree at page `from` is at page `to` from here on. */
export function moveRoot(writer: SchemaWriter, from: number, to: number): void {
  for (const { rowid, values } of rowsWhere(writer, 1, (row) => row[3] === from)) {
    replaceRow(writer, 1, rowid, [...values.slice(0, 3), to, ...values.slice(4)])
  }
}

/** A row as it is stored. */
export interface StoredRow {
  readonly rowid: number | bigint
  /** Of `sqlite_schema`: type, name, tbl_name, rootpage, sql. */
  readonly values: readonly Value[]
}

type SchemaReader = Pick<SchemaWriter, 'pages' | 'encoding'>

/** All rows of `sqlite_schema`, in order. */
export function readStoredRows(reader: SchemaReader): StoredRow[] {
  return reader.pages.pageCount === 0 ? [] : rowsWhere(reader, 1, () => true)
}

/** Puts other values into a row of `sqlite_schema`. */
export function replaceSchemaRow(
  writer: SchemaWriter,
  rowid: number | bigint,
  values: readonly Value[],
): void {
  replaceRow(writer, 1, rowid, values)
}

function replaceRow(
  writer: SchemaWriter,
  root: number,
  rowid: number | bigint,
  values: readonly Value[],
): void {
  const record = encodeRecord(values, writer.encoding)
  writer.tableTree(root).insert(rowid, record, record.length)
}

/** In a table of names: rows whose first column is `name`, as it is written, are of `to`. */
export function renameInRows(writer: SchemaWriter, root: number, name: string, to: string): void {
  for (const { rowid, values } of rowsWhere(writer, root, (row) => row[0] === name)) {
    replaceRow(writer, root, rowid, [to, ...values.slice(1)])
  }
}

function isName(value: Value | undefined, folded: string): boolean {
  return typeof value === 'string' && foldName(value) === folded
}

function deleteRows(
  writer: SchemaWriter,
  root: number,
  matches: (row: readonly Value[]) => boolean,
): void {
  const tree = writer.tableTree(root)
  for (const { rowid } of rowsWhere(writer, root, matches)) tree.delete(rowid)
}

/** They are collected first: a cursor does not look on while its tree changes. */
function rowsWhere(
  reader: SchemaReader,
  root: number,
  matches: (row: readonly Value[]) => boolean,
): StoredRow[] {
  const found: StoredRow[] = []
  const cursor = new TableCursor(reader.pages, root)
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      const values = decodeRecord(data, payloadOffset, payloadSize, reader.encoding)
      if (matches(values)) found.push({ rowid: cursor.rowid, values })
    }
  } finally {
    cursor.close()
  }
  return found
}
