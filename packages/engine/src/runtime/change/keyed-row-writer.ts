/**
 * The WITHOUT ROWID table that a statement writes. Its rows are the records of one tree, found by their primary key: the columns of
 * the key come first, then the others as declared. (Database File Format §2.4 Representation Of WITHOUT ROWID Tables)
 */
import { RecordWriter, SearchKey, compareValues } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { tableLocked } from '../../base/error.ts'
import type { DatabaseContext } from '../context.ts'
import { counting } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import { entryColumns, primaryIndex } from '../../schema/index.ts'
import type { Table } from '../../schema/index.ts'
import type { IndexTree } from '../../storage/index.ts'

/** Rows of the table that is written. */
export class KeyedRowWriter {
  /** The values of the record, in its order. */
  readonly row: Value[]
  /** The key of a row that is there, for `delete`. */
  readonly old: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #key: SearchKey
  readonly #collations: readonly Collation[]
  readonly #writer: RecordWriter
  #tree: IndexTree
  /** `isTaken` has found the row's place. */
  #isPlaced = false
  /** The version of the tree that what has been found out about it holds for. */
  #watched = -1

  constructor(context: DatabaseContext, table: Table) {
    const { collations, encoding } = context
    const primary = primaryIndex(table)!
    const { columns } = primary
    this.#context = context
    this.#root = table.root
    this.row = Array.from({ length: entryColumns(table, primary).length }, () => null)
    this.old = Array.from({ length: columns.length }, () => null)
    this.#key = new SearchKey(columns, encoding, collations)
    this.#collations = columns.map(({ collation }) => collations.collation(collation, encoding)!)
    this.#writer = new RecordWriter(encoding)
    this.#tree = context.indexTree(table.root)
  }

  start(): void {
    this.#tree = this.#context.indexTree(this.#root)
    this.#isPlaced = false
  }

  /**
   * From here on a row is prepared whose statement calls functions of the user's, which may change the table themselves.
   */
  watch(): void {
    this.#watched = this.#tree.version
  }

  /** Of the table: it grows with each change. */
  get version(): number {
    return this.#tree.version
  }

  /** Refuses to go on where they have done so since. @throws SQLITE_LOCKED */
  checkWatched(): void {
    if (this.#tree.version !== this.#watched) throw tableLocked()
  }

  /** Encodes `row`, which `insert` and `replace` store. */
  encode(): void {
    this.#isPlaced = false
    this.#writer.encode(this.row, this.row.length)
  }

  /** A row has the key of `row`. */
  isTaken(): boolean {
    const { data, offset, size } = this.#writer
    const count = this.old.length
    const found = this.#tree.reserve(data, offset, size, this.#key, this.row, count, false)
    this.#isPlaced = found === null
    return found !== null
  }

  /** Two keys, at the beginning of what is given, are those of one row. */
  isSame(left: readonly Value[], right: readonly Value[]): boolean {
    const orders = this.#collations
    return orders.every((order, i) => compareValues(left[i]!, right[i]!, order) === 0)
  }

  /** Adds `row` at the place that has been found for it. */
  insert(): void {
    const { data, offset, size } = this.#writer
    const count = this.old.length
    if (this.#isPlaced) {
      this.#isPlaced = false
      this.#tree.insertReserved(data, offset, size, this.#key, this.row, count)
    } else this.#tree.insertEntry(data, offset, size, this.#key, this.row, count)
  }

  /** Adds `row`, unless a row has its key: then false. */
  insertUnique(): boolean {
    const { data, offset, size } = this.#writer
    const count = this.old.length
    const { row } = this
    return this.#tree.insertUnique(data, offset, size, this.#key, row, count, count) === null
  }

  /** Puts `row` in the place of the row that has its key. */
  replace(): void {
    this.#isPlaced = false
    this.insert()
  }

  /** Deletes the row with the key `old`. */
  delete(): void {
    const { old } = this
    this.#key.set(old, old.length)
    this.#tree.delete(this.#key)
  }

  /** Deletes all rows; how many there were. */
  clear(): number {
    return this.#tree.clear()
  }

  clearing(slice: Slice): Work<number> {
    return counting(slice, this.#tree.clearing())
  }
}
