/**
 * Many rows of a table deleted: a scan marks them, and when it goes on to another leaf, those that it has marked are taken off all at
 * once.
 *
 * Nothing comes to another page meanwhile, and no leaf is left empty: so the scan keeps its way. Of a leaf that would be left with
 * too little one marked row stays, and is deleted at the end like any other row, which brings the leaf and its neighbours in balance.
 *
 * Always true: between two calls the tree is one that others may read; the rows that are marked are still in it.
 */
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { dropCells, weightOfCells } from './drop-cells.ts'
import { freeSpilledRow } from './overflow.ts'
import { cellCountOf, freeBytes, layoutOf, pointersOffset } from './page-layout.ts'
import { readCellRowid } from './rowid-search.ts'
import type { TableCursor } from './table-cursor.ts'
import type { TableTree } from './table-tree.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'

export class RowRemoval implements PageHolder {
  readonly #pages: Pages
  readonly #root: number
  readonly #state: TreeState
  /** The leaf with rows that are marked. */
  #page: Page | null = null
  /** Their places, ascending. */
  #marks = new Int32Array(512)
  #count = 0
  /** Rows that are deleted at the end. */
  #last: (number | bigint)[] = []
  #registered = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#state = treeStateOf(pages, root)
  }

  holds(page: Page): boolean {
    return page === this.#page
  }

  /** The current row of a cursor goes, which visits rows in ascending order, each once. */
  delete(cursor: TableCursor): void {
    const { page } = cursor
    if (page !== this.#page) this.#turnTo(page, cursor)
    this.#marks[this.#count++] = cursor.index
  }

  #turnTo(page: Page, cursor: TableCursor): void {
    if (this.#page !== null) {
      this.flush()
      cursor.keepPlace()
    }
    if (!this.#registered) {
      this.#pages.register(this)
      this.#registered = true
    }
    this.#page = page
    const count = cellCountOf(page)
    if (this.#marks.length < count) this.#marks = new Int32Array(2 * count)
  }

  /** Takes the marked rows off their leaf; false: there are none. A cursor that stands there has to seek its row again. */
  flush(): boolean {
    const page = this.#page
    if (page === null) return false
    const pages = this.#pages
    this.#page = null
    pages.beginOperation()
    try {
      this.#dropMarked(page)
    } finally {
      this.#count = 0
      pages.endOperation()
    }
    return true
  }

  #dropMarked(page: Page): void {
    const pages = this.#pages
    const layout = layoutOf(pages.usableSize)
    const marks = this.#marks
    let count = this.#count
    if (page.pgno !== this.#root) {
      const free = freeBytes(page, layout) + weightOfCells(page, marks, count, layout)
      const isSparse = count === cellCountOf(page) || free * 3 > layout.usableSize * 2
      if (isSparse) {
        const mark = marks[--count]!
        this.#last.push(readCellRowid(page.data, pointersOffset(page), mark))
      }
      if (count === 0) return
    }
    this.#state.version++
    for (let i = 0; i < count; i++) freeSpilledRow(pages, page, marks[i]!, layout)
    pages.write(page)
    dropCells(page, marks, count, layout)
  }

  /** No more rows are marked: all that are go. A part of the work with each step; false: there is nothing left to do. */
  next(tree: TableTree): boolean {
    if (this.#page !== null) {
      this.flush()
      return true
    }
    const rowid = this.#last.pop()
    if (rowid === undefined) return false
    tree.delete(rowid)
    return true
  }

  /** Gives up what has not been done. */
  close(): void {
    this.#page = null
    this.#count = 0
    this.#last = []
    if (!this.#registered) return
    this.#registered = false
    this.#pages.unregister(this)
  }
}
