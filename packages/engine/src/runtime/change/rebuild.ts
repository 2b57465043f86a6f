/**
 * The contents of a database written anew into an empty one, without free pages and with full ones: the rows of each tree in their order.
 * Rows and entries are copied as they are stored, so texts that are none stay what they were, and rowids that something names.
 *
 * The rows of `sqlite_schema` get SQLite's order: tables, each with the indexes of its constraints, then the other indexes, then all that
 * has no tree. Roots are made in that order, before anything is copied. (`sqlite3RunVacuum`)
 */
import type { TextEncoding, Value } from '../../record/index.ts'
import { foldName, insertSchemaRow, readStoredRows, sameName } from '../../schema/index.ts'
import type { Schema, SchemaObjectType, SchemaWriter } from '../../schema/index.ts'
import {
  copyTree,
  createTree,
  DatabaseHeader,
  TableCursor,
  TableTree,
} from '../../storage/index.ts'
import type { Pages } from '../../storage/index.ts'
import { counting, inSlices, type Slice, type Work } from '../slice.ts'

/** A database to be copied. */
export interface RebuildSource {
  readonly pages: Pages
  readonly encoding: TextEncoding
  readonly schema: Schema
}

/** type, name, tbl_name, rootpage, sql */
type SchemaRow = readonly Value[]

/** The kind of a tree, by the first byte of its root. (Database File Format §1.6) */
function kindOf(pages: Pages, root: number): 'table' | 'index' {
  const kind = pages.get(root).data[root === 1 ? 100 : 0]
  return kind === 2 || kind === 10 ? 'index' : 'table'
}

/**
 * Copies everything from `source` into `target`, an empty database inside a write transaction.
 * @param renumbers tables whose rowids nothing names, neither a column nor an index, get new ones, from 1 on
 * @returns the rowid of the last object without a tree, a view or a trigger; null: there is none
 */
export function* rebuild(
  source: RebuildSource,
  target: Pages,
  renumbers: boolean,
  slice: Slice,
): Work<number | null> {
  const { pages, encoding } = source
  copyHeader(pages, target)
  const rows = readStoredRows(source).map(({ values }) => values)
  const { withTree, others } = inOrder(rows, source.schema)
  const trees = new TableTree(target, 1)
  const writer: SchemaWriter = { pages: target, encoding, tableTree: () => trees }
  const roots = withTree.map((row) => {
    const from = Number(row[3])
    const to = createTree(target, kindOf(pages, from))
    insertRow(writer, row, to)
    return { from, to, isNumbered: renumbers && isUnnamed(source.schema, row) }
  })
  for (const { from, to, isNumbered } of roots) {
    if (isNumbered && !(yield* isNumberedAlready(pages, from, slice))) {
      yield* renumberRows(pages, from, target, to, slice)
    } else yield* inSlices(copyTree(pages, from, target, to), slice)
  }
  for (const row of others) insertRow(writer, row, Number(row[3]))
  return others.length === 0 ? null : withTree.length + others.length
}

function insertRow(writer: SchemaWriter, row: SchemaRow, root: number): void {
  const [type, name, table, , sql] = row
  insertSchemaRow(
    writer,
    type as SchemaObjectType,
    name as string,
    table as string,
    root,
    (sql ?? null) as string | null,
  )
}

const sequence = 'sqlite_sequence'

function inOrder(
  rows: readonly SchemaRow[],
  { tables }: Schema,
): { readonly withTree: SchemaRow[]; readonly others: SchemaRow[] } {
  const hasTree = (row: SchemaRow): boolean => typeof row[3] === 'number' && row[3] > 0
  const isCalled = (row: SchemaRow, name: string): boolean =>
    typeof row[1] === 'string' && sameName(row[1], name)
  const withTree: SchemaRow[] = []
  const ownSequence = rows.find((row) => row[0] === 'table' && isCalled(row, sequence))
  for (const row of rows) {
    if (row[0] !== 'table' || !hasTree(row) || row === ownSequence) continue
    const [, name] = row
    withTree.push(row)
    for (const index of rows) {
      const isOwn = index[0] === 'index' && index[4] === null && index[2] === name
      if (isOwn && hasTree(index)) withTree.push(index)
    }
    const isCounted = typeof name === 'string' && tables.get(foldName(name))?.autoincrement === true
    if (isCounted && ownSequence !== undefined && !withTree.includes(ownSequence)) {
      withTree.push(ownSequence)
    }
  }
  for (const row of rows) {
    if (row[0] === 'index' && hasTree(row) && !withTree.includes(row)) withTree.push(row)
  }
  const others = rows.filter((row) => !hasTree(row))
  return { withTree, others }
}

function copyHeader(from: Pages, to: Pages): void {
  const [source, target] = [new DatabaseHeader(from), new DatabaseHeader(to)]
  const fields = [
    'schemaCookie',
    'schemaFormat',
    'userVersion',
    'applicationId',
    'defaultCacheSize',
  ] as const
  for (const field of fields) target[field] = source[field]
  target.textEncoding = source.textEncoding
}

/** Whether the rowids of a table are its own affair. (`xferOptimization`) */
function isUnnamed({ tables }: Schema, [type, name]: SchemaRow): boolean {
  const table =
    type === 'table' && typeof name === 'string' ? tables.get(foldName(name)) : undefined
  return table !== undefined && table.rowidAlias < 0 && table.indexes.length === 0
}

/** The rowids of a table are 1, 2, 3 and so on. */
function* isNumberedAlready(pages: Pages, root: number, slice: Slice): Work<boolean> {
  const cursor = new TableCursor(pages, root)
  try {
    if (!cursor.first()) return true
    const first = cursor.rowid
    cursor.last()
    const last = cursor.rowid
    if (first !== 1) return false
    return last === (yield* counting(slice, new TableTree(pages, root).counting()))
  } finally {
    cursor.close()
  }
}

/** Copies the rows of a table that get new rowids. */
function* renumberRows(
  from: Pages,
  root: number,
  to: Pages,
  target: number,
  slice: Slice,
): Work<void> {
  const tree = new TableTree(to, target)
  let count = 0
  const cursor = new TableCursor(from, root)
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (slice.isDue()) yield slice
      cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      tree.insertNew(++count, data, payloadSize, payloadOffset)
    }
  } finally {
    cursor.close()
  }
}
