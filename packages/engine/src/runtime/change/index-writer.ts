/**
 * An index of the table that a statement writes. A program makes one `IndexWriter` for each when it is linked and reuses it for every
 * row: the values of an entry are put into `entry`, one after another, so that nothing is allocated for a row.
 * Values in an entry are as they are stored: a REAL column's whole numbers are INTEGERs there.
 */
import { RecordWriter, SearchKey, readIndexRowid } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { DatabaseContext } from '../context.ts'
import { counting } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import type { IndexTree } from '../../storage/index.ts'
import type { Index } from '../../schema/index.ts'
import type { Rowid } from './row-writer.ts'

/** One index of a table that is written. */
export class IndexWriter {
  /** Of the row that is being stored: the key columns, then the rowid. */
  readonly entry: Value[]
  /** The same of a row that is being deleted or replaced. */
  readonly old: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #columnCount: number
  readonly #key: SearchKey
  readonly #writer: RecordWriter
  #tree: IndexTree
  /** `conflict` has found the entry's place. */
  #isPlaced = false

  constructor(context: DatabaseContext, index: Index) {
    this.#context = context
    this.#root = index.root
    this.#columnCount = index.columns.length
    this.entry = Array.from({ length: this.#columnCount + 1 }, () => null)
    this.old = Array.from({ length: this.#columnCount + 1 }, () => null)
    this.#key = new SearchKey(index.columns, context.encoding, context.collations)
    this.#writer = new RecordWriter(context.encoding)
    this.#tree = context.indexTree(index.root)
  }

  /** Before the first row of each run: trees are thrown away when a transaction ends badly. */
  start(): void {
    this.#tree = this.#context.indexTree(this.#root)
    this.#isPlaced = false
  }

  /** Encodes the entry of the row `rowid`: of a row that is too long, before anything is changed. */
  encode(rowid: Rowid): void {
    const { entry } = this
    entry[this.#columnCount] = rowid
    this.#isPlaced = false
    this.#writer.encode(entry, entry.length)
  }

  /** The row that has the same key columns as the entry; null: none. Keys with a NULL are all different. */
  conflict(): Rowid | null {
    const count = this.#columnCount
    const { entry } = this
    for (let i = 0; i < count; i++) if (entry[i] === null) return null
    const { data, offset, size } = this.#writer
    const found = this.#tree.findKey(data, offset, size, this.#key, entry, count)
    this.#isPlaced = found === null
    return found === null ? null : readIndexRowid(found.data, found.offset, found.size)
  }

  /** Adds the entry as it was encoded; in a UNIQUE index at the place that `conflict` has found. */
  insert(): void {
    const { data, offset, size } = this.#writer
    if (this.#isPlaced) {
      this.#isPlaced = false
      this.#tree.insertPlaced(data, offset, size, this.#key, this.entry)
    } else this.#tree.insertEntry(data, offset, size, this.#key, this.entry)
  }

  /** Takes the old entry of the row `rowid` out. */
  delete(rowid: Rowid): void {
    const { old } = this
    const count = this.#columnCount + 1
    old[count - 1] = rowid
    this.#key.set(old, count)
    this.#tree.delete(this.#key)
  }

  clear(): void {
    this.#tree.clear()
  }

  clearing(slice: Slice): Work<number> {
    return counting(slice, this.#tree.clearing())
  }
}
