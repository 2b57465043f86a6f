/** Rows of a table that a DELETE deletes as its scan comes to them. */
import { RowRemoval } from '../../storage/index.ts'
import type { TableCursor, TableTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import type { Slice, Work } from '../slice.ts'

export class RowRemover {
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #removal: RowRemoval
  #tree: TableTree
  #cursor: TableCursor | null = null

  constructor(context: DatabaseContext, root: number) {
    this.#context = context
    this.#root = root
    this.#removal = new RowRemoval(context.pages, root)
    this.#tree = context.tableTree(root)
  }

  /** The cursor of the scan. */
  follow(cursor: TableCursor): void {
    this.#cursor = cursor
  }

  start(): void {
    this.#tree = this.#context.tableTree(this.#root)
  }

  /** The current row of the scan goes. */
  delete(): void {
    this.#removal.delete(this.#cursor!)
  }

  /** The scan pauses on its current row. */
  pause(): void {
    if (this.#removal.flush()) this.#cursor!.seek(this.#cursor!.rowid)
  }

  /** The scan is over. */
  end(): void {
    while (this.#removal.next(this.#tree));
  }

  *ending(slice: Slice): Work<void> {
    while (this.#removal.next(this.#tree)) if (slice.isDue()) yield slice
  }

  close(): void {
    this.#removal.close()
  }
}
