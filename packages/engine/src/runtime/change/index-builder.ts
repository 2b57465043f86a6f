/**
 * The entries of a new index: collected as records, sorted by their bytes, looked through for duplicates, and written in order, page after
 * page. (CREATE INDEX, REINDEX)
 */
import { tableLocked, uniqueFailed, uniqueIndexFailed } from '../../base/error.ts'
import { RecordComparison, RecordWriter, readVarint, varintLength } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { entryTail, insertSchemaRow } from '../../schema/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import { createTree, IndexBuild } from '../../storage/index.ts'
import type { TableCursor } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import { complete, counting, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import type { EntrySource } from '../sort/entry-merge.ts'
import { EntrySorter } from '../sort/entry-sorter.ts'
import type { Spill } from '../sort/spill.ts'
import { EntryFeed } from './entry-feed.ts'
import type { EntryColumn } from './entry-feed.ts'

export class IndexBuilder {
  readonly #context: DatabaseContext
  readonly #index: Index
  readonly #table: Table
  readonly #columnNames: readonly string[] | null
  readonly #comparison: RecordComparison
  readonly #sorter: EntrySorter
  readonly #writer: RecordWriter
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
    const fields = [...index.columns, ...entryTail(table, index)]
    const { encoding, collations } = context
    this.#comparison = new RecordComparison(fields, encoding, collations)
    // A table is read in the order of its rowids.
    const deciding = table.withoutRowid ? fields.length : index.columns.length
    this.#sorter = new EntrySorter(spill, this.#comparison, deciding)
    this.#writer = new RecordWriter(encoding)
    this.#version = this.#tableVersion
  }

  get #tableVersion(): number {
    const { root, withoutRowid } = this.#table
    const tree = withoutRowid ? this.#context.indexTree(root) : this.#context.tableTree(root)
    return tree.version
  }

  /** An entry: the key columns as they are stored, then the rowid, or what is missing of the primary key. */
  add(entry: readonly Value[]): void {
    const writer = this.#writer
    const size = writer.encode(entry, entry.length)
    this.#sorter.add(writer.data, writer.offset, size)
  }

  /** The entries of all rows of the table, whose cursor this is, where they consist of columns alone. */
  scan(cursor: TableCursor, columns: readonly EntryColumn[]): void {
    complete(this.scanning(unsliced, cursor, columns))
  }

  *scanning(slice: Slice, cursor: TableCursor, columns: readonly EntryColumn[]): Work<void> {
    const feed = new EntryFeed(columns, cursor, this.#sorter)
    for (let more = cursor.first(); more;) {
      more = feed.take(slice)
      yield* slice.settle()
      if (more && slice.left < 0 && slice.isTimeUp()) yield slice
    }
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
    const build = new IndexBuild(this.#context.pages, root)
    const entries = yield* this.#sorter.sorting(slice)
    const distinct = this.#index.unique ? new DistinctEntries(this) : null
    for (let more = true; more;) {
      more =
        distinct === null ? store(build, entries, slice) : distinct.store(build, entries, slice)
      if (more && slice.left < 0 && slice.isTimeUp()) yield slice
    }
    build.finish()
    this.#sorter.close()
  }

  /** Whether two entries are the same in all declared columns. */
  isSame(a: Uint8Array, at: number, b: Uint8Array, to: number): boolean {
    return this.#comparison.compare(a, at, b, to, 0, this.#index.columns.length) === 0
  }

  get columnCount(): number {
    return this.#index.columns.length
  }

  /** The error about a key that occurs twice. */
  duplicate(): Error {
    const names = this.#columnNames
    return names === null ? uniqueIndexFailed(this.#index.name) : uniqueFailed(names)
  }
}

/** Entries that are added by one call: a loop that begins anew now and then is compiled sooner. */
const mostAtOnce = 1024

/** Adds entries until the slice may be over; false: there are no more. */
function store(build: IndexBuild, entries: EntrySource, slice: Slice): boolean {
  for (let i = 0; i < mostAtOnce; i++) {
    if (!entries.next()) return false
    build.add(entries.data, entries.offset, entries.size)
    if (--slice.left < 0) return true
  }
  return true
}

/** Refuses keys that occur twice; those with a NULL are all different. */
class DistinctEntries {
  readonly #builder: IndexBuilder
  /** A copy of the entry before: what it was read from may be gone. */
  #last: Uint8Array = new Uint8Array(256)
  #hasLast = false

  constructor(builder: IndexBuilder) {
    this.#builder = builder
  }

  /** As the function of that name. @throws SQLITE_CONSTRAINT_UNIQUE */
  store(build: IndexBuild, entries: EntrySource, slice: Slice): boolean {
    for (let i = 0; i < mostAtOnce; i++) {
      if (!entries.next()) return false
      this.#check(entries)
      build.add(entries.data, entries.offset, entries.size)
      if (--slice.left < 0) return true
    }
    return true
  }

  #check({ data, offset, size }: EntrySource): void {
    const builder = this.#builder
    if (hasNull(data, offset, builder.columnCount)) {
      this.#hasLast = false
      return
    }
    if (this.#hasLast && builder.isSame(this.#last, 0, data, offset)) throw builder.duplicate()
    if (this.#last.length < size) this.#last = new Uint8Array(2 * size)
    const last = this.#last
    if (size > 64) last.set(data.subarray(offset, offset + size))
    else for (let i = 0; i < size; i++) last[i] = data[offset + i]!
    this.#hasLast = true
  }
}

/** One of the first `count` fields of a record is NULL. */
function hasNull(data: Uint8Array, offset: number, count: number): boolean {
  let at = offset + varintLength(data, offset)
  for (let i = 0; i < count; i++) {
    if (readVarint(data, at) === 0) return true
    at += varintLength(data, at)
  }
  return false
}
