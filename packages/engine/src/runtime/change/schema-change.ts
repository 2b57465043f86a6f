/**
 * What CREATE and DROP do to the file: trees made and freed, rows of `sqlite_schema` and of the tables that
 * know other tables by name. The caller runs each as one statement and says `schemaChanged` afterwards.
 */
import { sqlError, tableLocked, uniqueFailed, uniqueIndexFailed } from '../../base/error.ts'
import { applyAffinity, RecordWriter, storedReal } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import {
  deleteRowsNamed,
  deleteSchemaRow,
  deleteTableSchemaRows,
  deleteViewSchemaRows,
  entryTail,
  insertSchemaRow,
  moveRoot,
} from '../../schema/index.ts'
import type { Index, IndexColumn, Table, VirtualDefinition } from '../../schema/index.ts'
import { createTree, dropping, releaseTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import type { Environment } from '../environment.ts'
import type { RowPart } from '../sort/row-file.ts'
import { rowComparison } from '../sort/row-order.ts'
import type { Row, RowComparison, RowKey } from '../sort/row-order.ts'
import { Sorter } from '../sort/sorter.ts'
import type { Spill } from '../sort/spill.ts'
import { complete, counting, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

/** A table to be made. */
export interface NewTable {
  readonly name: string
  readonly sql: string
  readonly withoutRowid: boolean
  readonly autoincrement: boolean
  /** Names of the indexes that its constraints make. */
  readonly automaticIndexes: readonly string[]
}

const sequenceSql = 'CREATE TABLE sqlite_sequence(name,seq)'

export function createTable(context: DatabaseContext, table: NewTable): void {
  const { pages } = context
  const root = createTree(pages, table.withoutRowid ? 'index' : 'table')
  insertSchemaRow(context, 'table', table.name, table.name, root, table.sql)
  for (const name of table.automaticIndexes) {
    insertSchemaRow(context, 'index', name, table.name, createTree(pages, 'index'), null)
  }
  if (table.autoincrement && !context.schema.tables.has('sqlite_sequence')) {
    const sequence = 'sqlite_sequence'
    insertSchemaRow(context, 'table', sequence, sequence, createTree(pages, 'table'), sequenceSql)
  }
}

export function createView(context: DatabaseContext, name: string, sql: string): void {
  insertSchemaRow(context, 'view', name, name, 0, sql)
}

export function createTrigger(
  context: DatabaseContext,
  name: string,
  table: string,
  sql: string,
): void {
  insertSchemaRow(context, 'trigger', name, table, 0, sql)
}

/** Drops temporary triggers whose table, in another database, is dropped. */
export function dropTriggers(context: DatabaseContext, names: readonly string[]): void {
  for (const name of names) deleteSchemaRow(context, 'trigger', name)
}

export function createVirtualTable(
  context: DatabaseContext,
  environment: Environment,
  definition: VirtualDefinition,
): void {
  const { name, module, sql } = definition
  if (environment.virtualTable(definition) === null) throw sqlError(`no such module: ${module}`)
  insertSchemaRow(context, 'table', name, name, 0, sql)
}

/** Fills a new table with rows: the second half of CREATE TABLE … AS SELECT. */
export function* fillTable(
  context: DatabaseContext,
  table: Table,
  rows: RowPart | null,
  slice: Slice,
): Work<void> {
  const tree = context.tableTree(table.root)
  const writer = new RecordWriter(context.encoding)
  const { columns } = table
  let rowid = 0
  for (let part = rows; part !== null; part = part.next())
    for (const row of part.rows) {
      if (slice.isDue()) yield slice
      const stored = columns.map((column, i) => {
        const value = applyAffinity(row[i] ?? null, column.affinity)
        return column.affinity === 'real' ? storedReal(value) : value
      })
      const size = writer.encode(stored, stored.length)
      tree.insertNew(++rowid, writer.data.subarray(writer.offset), size)
    }
}

/**
 * Collects the entries of a new index, sorts them, finds duplicates among them, and writes them in order, which
 * leaves full pages.
 */
export class IndexBuilder {
  readonly #context: DatabaseContext
  readonly #index: Index
  readonly #table: Table
  readonly #columnNames: readonly string[] | null
  readonly #sorter: Sorter
  /** Of the table when the entries began to be collected. */
  readonly #version: number

  constructor(
    context: DatabaseContext,
    spill: Spill,
    index: Index,
    table: Table,
    columnNames: readonly string[] | null,
  ) {
    this.#context = context
    this.#index = index
    this.#table = table
    this.#columnNames = columnNames
    const keys = rowKeys([...index.columns, ...entryTail(table, index)])
    this.#sorter = new Sorter(
      spill,
      keys,
      rowComparison(keys, context.encoding, context.collations),
      context.encoding,
    )
    this.#version = this.#tableVersion
  }

  get #tableVersion(): number {
    const { root, withoutRowid } = this.#table
    const tree = withoutRowid ? this.#context.indexTree(root) : this.#context.tableTree(root)
    return tree.version
  }

  /** The key columns as they are stored, then the rowid, or what is missing of the primary key. */
  add(entry: Value[]): void {
    this.#sorter.add(entry)
  }

  /** Makes the tree and the schema row. */
  finish(sql: string): void {
    complete(this.finishing(unsliced, sql))
  }

  *finishing(slice: Slice, sql: string): Work<void> {
    const { name, table } = this.#index
    const root = createTree(this.#context.pages, 'index')
    yield* this.#write(root, slice)
    insertSchemaRow(this.#context, 'index', name, table, root, sql)
  }

  /** Empties the tree of an index that exists, and writes the entries into it. */
  refill(): void {
    complete(this.refilling(unsliced))
  }

  *refilling(slice: Slice): Work<void> {
    const { root } = this.#index
    yield* counting(slice, this.#context.indexTree(root).clearing())
    yield* this.#write(root, slice)
  }

  *#write(root: number, slice: Slice): Work<void> {
    // A function of the user's may have changed the table meanwhile.
    if (this.#tableVersion !== this.#version) throw tableLocked()
    const tree = this.#context.indexTree(root)
    const writer = new RecordWriter(this.#context.encoding)
    const same = this.#index.unique
      ? rowComparison(
          rowKeys(this.#index.columns),
          this.#context.encoding,
          this.#context.collations,
        )
      : null
    let last: Row | null = null
    const first = yield* this.#sorter.sorting(slice)
    for (let part: RowPart | null = first; part !== null; part = part.next())
      for (const entry of part.rows) {
        if (slice.isDue()) yield slice
        if (same !== null && last !== null) this.#checkUnique(last, entry, same)
        last = entry
        const size = writer.encode(entry, entry.length)
        tree.append(writer.data.subarray(writer.offset), size)
      }
    this.#sorter.close()
  }

  #checkUnique(last: Row, entry: Row, same: RowComparison): void {
    const { columns, name } = this.#index
    for (let c = 0; c < columns.length; c++) if (entry[c] === null) return
    if (same(last, entry) !== 0) return
    throw this.#columnNames === null ? uniqueIndexFailed(name) : uniqueFailed(this.#columnNames)
  }
}

/** The order of an index: NULL is least. */
function rowKeys(columns: readonly IndexColumn[]): RowKey[] {
  return columns.map(({ collation, descending }, place) => ({
    place,
    descending,
    nullsFirst: !descending,
    collation,
  }))
}

/** Drops a table, an index, a view or a trigger: its trees, its rows, and what other tables say about it. */
export function* dropObject(
  slice: Slice,
  context: DatabaseContext,
  what: 'table' | 'index' | 'view' | 'trigger',
  name: string,
  roots: readonly number[],
): Work<void> {
  const { tables, triggers } = context.schema
  if (what === 'table') {
    deleteTableSchemaRows(context, name, triggers)
    const sequence = tables.get('sqlite_sequence')
    if (sequence !== undefined && name.toLowerCase() !== 'sqlite_sequence') {
      deleteRowsNamed(context, sequence.root, 0, name)
    }
  } else if (what === 'view') deleteViewSchemaRows(context, name, triggers)
  else deleteSchemaRow(context, what, name)
  if (what === 'table' || what === 'index') {
    for (const table of ['sqlite_stat1', 'sqlite_stat4']) {
      const statistics = tables.get(table)
      if (statistics !== undefined) {
        deleteRowsNamed(context, statistics.root, what === 'table' ? 0 : 1, name)
      }
    }
  }
  for (const root of roots.toSorted((a, b) => b - a)) {
    yield* counting(slice, dropping(context.pages, root))
    // Among those that are dropped none is larger: none of them has moved.
    const moved = releaseTree(context.pages, root)
    if (moved !== 0) moveRoot(context, moved, root)
  }
}
