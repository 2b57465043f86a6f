/**
 * Rows of a table that a DELETE has found, deleted all together where they are many: first their entries, index by index, each in one walk
 * through the index, then the rows. Where a walk is more than so many descents, or the rowids are in the temporary file, it is left to the
 * program, which deletes them one by one.
 *
 * Entries go first, for other statements may read between two slices, and none of them may come upon an entry without a row.
 */
import { approximateRows, RowRemoval, TableCursor } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import { complete, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import type { RowidList } from '../sort/rowid-list.ts'
import type { IndexWriter } from './index-writer.ts'
import type { Rowid } from './row-writer.ts'
import { rowidSet } from './rowid-set.ts'

/** Of so many rows one at least. */
const oneOf = 32
/** Fewer rows are deleted one by one. */
const fewest = 32

export class SetRemover {
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #indexes: readonly IndexWriter[]

  constructor(context: DatabaseContext, root: number, indexes: readonly IndexWriter[]) {
    this.#context = context
    this.#root = root
    this.#indexes = indexes
  }

  /** Deletes the rows, and answers how many there were; -1: nothing has been done. */
  delete(list: RowidList): number {
    return list.heldCount < fewest ? -1 : complete(this.deleting(unsliced, list))
  }

  *deleting(slice: Slice, list: RowidList): Work<number> {
    yield* slice.settle()
    const rowids = list.held
    if (rowids === null || rowids.length < fewest) return -1
    if (rowids.length * oneOf < approximateRows(this.#context.pages, this.#root)) return -1
    if (this.#indexes.length > 0) {
      const gone = rowidSet(rowids)
      for (const index of this.#indexes) yield* index.removing(slice, gone)
    }
    return yield* this.#deleteRows(slice, rowids)
  }

  *#deleteRows(slice: Slice, rowids: readonly Rowid[]): Work<number> {
    const { pages } = this.#context
    const tree = this.#context.tableTree(this.#root)
    const cursor = new TableCursor(pages, this.#root)
    const removal = new RowRemoval(pages, this.#root)
    let count = 0
    try {
      let last: Rowid | null = null
      for (const rowid of rowids) {
        if (slice.isDue()) {
          removal.flush()
          yield slice
        }
        // Two keys may lead to one row.
        if (rowid === last || !cursor.seek(rowid)) continue
        last = rowid
        removal.delete(cursor)
        count++
      }
      while (removal.next(tree)) if (slice.isDue()) yield slice
    } finally {
      removal.close()
      cursor.close()
    }
    return count
  }
}
