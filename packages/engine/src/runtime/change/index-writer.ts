/**
 * An index of the table that a statement writes. A program makes one `IndexWriter` for each when it is linked and reuses it for every
 * row: the values of an entry are put into `entry`, one after another, so that nothing is allocated for a row.
 * Values in an entry are as they are stored: a REAL column's whole numbers are INTEGERs there.
 */
import {
  KeyHash,
  RecordWriter,
  SearchKey,
  decodeColumn,
  readIndexRowid,
} from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { DatabaseContext } from '../context.ts'
import { counting } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import { EntryRemoval } from '../../storage/index.ts'
import type { FoundEntry, IndexTree } from '../../storage/index.ts'
import { entryPlaces, entryTail } from '../../schema/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import { DeferredEntries } from './deferred-entries.ts'
import { EntryExchange } from './entry-exchange.ts'
import type { Rowid } from './row-writer.ts'
import type { RowidSet } from './rowid-set.ts'

/** One index of a table that is written. */
export class IndexWriter {
  /** Of the row that is being stored: the declared columns, then the rowid, or what is missing of the primary key. */
  readonly entry: Value[]
  /** The same of a row that is being deleted or replaced. */
  readonly old: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  /** Declared columns: those that are unique together. */
  readonly #columnCount: number
  /** Where an entry has the primary key of a WITHOUT ROWID table. */
  readonly #keyPlaces: readonly number[]
  readonly #key: SearchKey
  readonly #writer: RecordWriter
  #tree: IndexTree
  /** Of the declared columns; null: the index is not UNIQUE. */
  readonly #hash: KeyHash | null
  /** Of the entry; 0: it is not known. */
  #entryHash = 0
  /** Entries of the tree that wait to be inserted; null: none ever do. */
  #deferred: DeferredEntries | null | undefined
  readonly #tableRoot: number
  /** Entries that wait to be taken out and inserted; null: none do in this statement. */
  #exchange: EntryExchange | null = null
  /** `#find` has found the entry's place. */
  #isPlaced = false

  constructor(context: DatabaseContext, index: Index, table: Table) {
    this.#context = context
    this.#root = index.root
    this.#tableRoot = table.root
    this.#columnCount = index.columns.length
    this.#hash = index.unique ? new KeyHash(index.columns) : null
    const tail = entryTail(table, index)
    const size = this.#columnCount + tail.length
    this.entry = Array.from({ length: size }, () => null)
    this.old = Array.from({ length: size }, () => null)
    this.#keyPlaces = table.withoutRowid ? entryPlaces(table, index) : []
    this.#key = new SearchKey([...index.columns, ...tail], context.encoding, context.collations)
    this.#writer = new RecordWriter(context.encoding)
    this.#tree = context.indexTree(index.root)
  }

  /** Before the first row of each run: trees are thrown away when a transaction ends badly. */
  start(): void {
    const tree = this.#context.indexTree(this.#root)
    this.#isPlaced = false
    if (tree === this.#tree && this.#deferred !== undefined) return
    this.#tree = tree
    this.#deferred = DeferredEntries.of(this.#context, this.#root, this.#key.fields)
  }

  /** Encodes `entry`: of a row that is too long, before anything is changed. */
  encode(): void {
    const { entry } = this
    this.#isPlaced = false
    this.#entryHash = 0
    this.#writer.encode(entry, entry.length)
  }

  /** The row that has the same declared columns as the entry; null: none. */
  conflict(): Rowid | null {
    const found = this.#find()
    return found === null ? null : readIndexRowid(found.data, found.offset, found.size)
  }

  /** As `conflict`, in a WITHOUT ROWID table: the row's primary key. */
  conflictingKey(): Value[] | null {
    const found = this.#find()
    if (found === null) return null
    const { data, offset, size } = found
    const { encoding } = this.#context
    return this.#keyPlaces.map((place) => decodeColumn(data, offset, size, place, encoding))
  }

  /** Keys with a NULL are all different. */
  #find(): FoundEntry | null {
    const count = this.#columnCount
    const { entry } = this
    for (let i = 0; i < count; i++) if (entry[i] === null) return null
    const { data, offset, size } = this.#writer
    const deferred = this.#deferred
    const isBeside = deferred !== null && deferred!.isWaiting
    if (isBeside) {
      const waiting = this.#findWaiting(deferred!, data, offset)
      if (waiting !== null || deferred!.areAll) return waiting
    }
    const found = this.#tree.reserve(data, offset, size, this.#key, entry, count, isBeside)
    this.#isPlaced = found === null
    return found
  }

  /** Among those that wait. */
  #findWaiting(deferred: DeferredEntries, data: Uint8Array, offset: number): FoundEntry | null {
    const hash = this.#hash!.of(data, offset)
    this.#entryHash = hash
    return deferred.mayHave(hash) ? deferred.find(hash, data, offset, this.#columnCount) : null
  }

  /** Adds the entry as it was encoded; in a UNIQUE index at the place that has been found for it. */
  insert(): void {
    const { data, offset, size } = this.#writer
    const { entry } = this
    const isPlaced = this.#isPlaced
    this.#isPlaced = false
    if (this.#isDeferred(data, offset, size)) return
    if (isPlaced) {
      this.#tree.insertReserved(data, offset, size, this.#key, entry, entry.length)
    } else this.#tree.insertEntry(data, offset, size, this.#key, entry, entry.length)
  }

  #isDeferred(data: Uint8Array, offset: number, size: number): boolean {
    const deferred = this.#deferred
    if (deferred === null || deferred === undefined) return false
    let hash = this.#entryHash
    if (hash === 0 && this.#hash !== null) hash = this.#hash.of(data, offset)
    return deferred.take(data, offset, size, hash)
  }

  /** Adds the entry as it was encoded, unless another one has its declared columns: then false. */
  insertUnique(): boolean {
    const deferred = this.#deferred
    if (deferred !== null && deferred!.isWaiting && deferred!.areAll) {
      const { data, offset, size } = this.#writer
      const hash = this.#hash!.of(data, offset)
      const mayBe = hash !== 0 && deferred!.mayHave(hash)
      if (mayBe && deferred!.find(hash, data, offset, this.#columnCount) !== null) return false
      return deferred!.take(data, offset, size, hash)
    }
    if (this.#find() !== null) return false
    this.insert()
    return true
  }

  /** Takes the entry `old` out. */
  delete(): void {
    const { old } = this
    this.#key.set(old, old.length)
    this.#tree.delete(this.#key)
  }

  /**
   * Many rows are going to be updated in the order of their rowids, and nobody looks at the index meanwhile but from outside: `deleteLater` and
   * `insertLater` may wait until `endExchange`.
   */
  beginExchange(slice: Slice | null = null): void {
    if (this.#hash !== null) return
    const known = this.#exchange
    if (known === null || known.tree !== this.#tree) {
      const { fields } = this.#key
      this.#exchange = EntryExchange.of(this.#context, this.#tableRoot, this.#root, fields)
    }
    this.#exchange?.begin(slice)
  }

  /** As `delete`, for the row `rowid`. */
  deleteLater(rowid: Rowid): void {
    if (this.#exchange === null || !this.#exchange.remove(rowid, this.old)) this.delete()
  }

  /** As `insert`. */
  insertLater(): void {
    const { data, offset, size } = this.#writer
    if (this.#exchange === null || !this.#exchange.add(data, offset, size)) this.insert()
  }

  endExchange(): void {
    this.#exchange?.settle()
  }

  *endingExchange(slice: Slice): Work<void> {
    if (this.#exchange !== null) yield* this.#exchange.settling(slice)
  }

  /** Takes the entries of all rows out that are gone. */
  *removing(slice: Slice, gone: RowidSet): Work<void> {
    const { pages } = this.#context
    const removal = new EntryRemoval(pages, this.#root, gone, this.#key)
    while (removal.next(this.#tree)) if (slice.isDue()) yield slice
  }

  clear(): void {
    this.#tree.clear()
  }

  clearing(slice: Slice): Work<number> {
    return counting(slice, this.#tree.clearing())
  }
}
