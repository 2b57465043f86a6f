/**
 * Many rows of a table changed by a scan, each where it is. What takes as many bytes as before is written over what is there. Other rows
 * wait until the scan goes on to another leaf; then the leaf is laid out anew with all of them.
 *
 * Cells that no longer fit there wait for room in a `WritePath`, as one that is inserted does, and balancing gives it to them. How much
 * a leaf may grow before that is bounded, for balancing spreads no more than so much over its neighbours.
 *
 * Always true: between two calls the tree is one that others may read; rows that wait are still in it as they were.
 */
import { corrupt } from '../../base/error.ts'
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { balance } from './balance.ts'
import { copyOfPage } from './drop-cells.ts'
import {
  cellBytes,
  cellCountOf,
  freeBytes,
  headerOffset,
  layoutOf,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { copyInto } from './page-space.ts'
import { readCellRowid } from './rowid-search.ts'
import type { TableCursor } from './table-cursor.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { WritePath } from './write-path.ts'

export class RowRewrite implements PageHolder {
  /** New cells of the leaf, each below the one before, as on a page; `room` says where the next one goes. */
  bytes: Uint8Array = new Uint8Array(8192)
  readonly #pages: Pages
  readonly #root: number
  readonly #state: TreeState
  #layout: Layout
  #path: WritePath | null = null
  /** The leaf that the scan is on. */
  #page: Page | null = null
  /** It has been written to by this scan. */
  #isWritten = false
  /** Of each new cell: its place on the leaf, ascending, how far from the end of `bytes` it begins, and its size. */
  #indexes = new Int32Array(512)
  #starts = new Int32Array(512)
  #sizes = new Int32Array(512)
  #count = 0
  #filled = 0
  #growth = 0
  #registered = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#state = treeStateOf(pages, root)
    this.#layout = layoutOf(pages.usableSize)
  }

  holds(page: Page): boolean {
    return page === this.#page
  }

  get layout(): Layout {
    return this.#layout
  }

  /** The current row of a cursor is about to be changed, which visits rows in ascending order. Inside a write operation. */
  enter(cursor: TableCursor): void {
    if (cursor.page === this.#page) return
    if (this.#count > 0) {
      const { shape } = this.#state
      this.flush()
      if (shape === this.#state.shape) cursor.keepPlace()
      else if (!cursor.seek(cursor.rowid)) throw corrupt(this.#root, 'a row is not where it was')
    } else if (!this.#registered) {
      this.#layout = layoutOf(this.#pages.usableSize)
      this.#pages.register(this)
      this.#registered = true
    }
    const { page } = cursor
    this.#page = page
    this.#isWritten = false
    const count = cellCountOf(page)
    if (this.#indexes.length < count) {
      this.#indexes = new Int32Array(2 * count)
      this.#starts = new Int32Array(2 * count)
      this.#sizes = new Int32Array(2 * count)
    }
  }

  /** The leaf has been written to already: one byte more makes no difference. */
  get isWritten(): boolean {
    // It may have been written to the log since.
    return this.#isWritten && this.#page!.dirty
  }

  /** Its bytes then, into which those of a row that is whole may be written; else null. */
  get writtenBytes(): Uint8Array | null {
    return this.#page !== null && this.isWritten ? this.#page.data : null
  }

  /** Bytes of the current row are about to be written over, whose payload is whole. In the same operation as that. */
  overwrite(cursor: TableCursor): void {
    if (this.isWritten) return
    const page = this.#page!
    this.#isWritten = true
    this.#state.version++
    this.#pages.write(page)
    cursor.keepPlace()
  }

  /** Where in `bytes` a cell of `size` bytes may be put, for `replace`. */
  room(size: number): number {
    const filled = this.#filled + Math.max(size, minCellSize)
    const { length } = this.bytes
    if (filled > length) {
      const bytes = new Uint8Array(2 * filled)
      bytes.set(this.bytes, bytes.length - length)
      this.bytes = bytes
    }
    return this.bytes.length - filled
  }

  /**
   * The cell of the current row is to be the one that has been put into `room`.
   * @param growth bytes that it has more than the old one
   */
  replace(cursor: TableCursor, size: number, growth: number): void {
    if (this.#count > 0 && this.#growth + growth > this.#layout.usableSize >>> 2) {
      this.#makeWay(cursor, size)
    }
    const i = this.#count++
    this.#filled += Math.max(size, minCellSize)
    this.#indexes[i] = cursor.index
    this.#starts[i] = this.#filled
    this.#sizes[i] = size
    this.#growth += growth
  }

  /** Stores the cells that wait, and keeps the one that has just been put behind them. */
  #makeWay(cursor: TableCursor, size: number): void {
    const start = this.room(size)
    const end = this.bytes.length - this.#filled
    this.flush()
    this.bytes.copyWithin(this.bytes.length - (end - start), start, end)
    if (!cursor.seek(cursor.rowid)) throw corrupt(this.#root, 'a row is not where it was')
    this.enter(cursor)
  }

  /** Stores the cells that wait; false: there are none. A cursor that stands on their leaf has to seek its row again. */
  flush(): boolean {
    const page = this.#page
    this.#page = null
    if (page === null || this.#count === 0) return false
    const pages = this.#pages
    pages.beginOperation()
    try {
      this.#state.version++
      pages.write(page)
      const cellCount = cellCountOf(page)
      const source = copyOfPage(page, this.#layout)
      const placed = this.#layOut(page, source, cellCount)
      const isBalanced =
        placed === cellCount &&
        (page.pgno === this.#root ||
          freeBytes(page, this.#layout) * 3 <= this.#layout.usableSize * 2)
      if (!isBalanced) this.#balance(page, source, placed, cellCount)
    } finally {
      this.#count = 0
      this.#filled = 0
      this.#growth = 0
      pages.endOperation()
    }
    return true
  }

  /**
   * Lays the cells of a leaf out anew, the new ones in the place of the old ones, as many as there is room for. Answers how many.
   * @param source the leaf as it was
   */
  #layOut({ data, pgno }: Page, source: Uint8Array, cellCount: number): number {
    const layout = this.#layout
    const { usableSize } = layout
    const header = headerOffset(pgno)
    const type = data[header]!
    let to = header + 8
    let top = usableSize
    let next = 0
    // Cells that lie one below the other are copied in one go.
    let run = source
    let runStart = 0
    let runEnd = 0
    let i = 0
    for (; i < cellCount; i++) {
      let from = source
      let offset = (source[to]! << 8) | source[to + 1]!
      let size: number
      if (next < this.#count && this.#indexes[next] === i) {
        from = this.bytes
        offset = from.length - this.#starts[next]!
        size = this.#sizes[next++]!
      } else size = cellBytes(source, offset, type, layout)
      if (size < minCellSize) size = minCellSize
      if (top - size < to + 2) break
      if (from === source && offset + size > usableSize)
        throw corrupt(pgno, 'a cell reaches past the usable area')
      if (from !== run || offset + size !== runStart) {
        copyInto(data, top, run, runStart, runEnd - runStart)
        run = from
        runEnd = offset + size
      }
      runStart = offset
      top -= size
      data[to++] = top >>> 8
      data[to++] = top
    }
    copyInto(data, top, run, runStart, runEnd - runStart)
    data[header + 1] = 0
    data[header + 2] = 0
    data[header + 3] = i >>> 8
    data[header + 4] = i
    data[header + 5] = top >>> 8
    data[header + 6] = top
    data[header + 7] = 0
    return i
  }

  /** Finds room for the cells from `placed` on, and looks after a leaf that has become too empty. */
  #balance(page: Page, source: Uint8Array, placed: number, cellCount: number): void {
    const layout = this.#layout
    const path = this.#pathTo(page)
    const level = path.depth
    const pointers = pointersOffset(page)
    const type = page.data[headerOffset(page.pgno)]!
    let next = 0
    for (let i = placed; i < cellCount; i++) {
      while (next < this.#count && this.#indexes[next]! < i) next++
      if (next < this.#count && this.#indexes[next] === i) {
        const start = this.bytes.length - this.#starts[next]!
        path.insert(level, i, this.bytes, start, this.#sizes[next]!)
        continue
      }
      const at = pointers + 2 * i
      const offset = (source[at]! << 8) | source[at + 1]!
      path.insert(level, i, source, offset, cellBytes(source, offset, type, layout))
    }
    balance(path, level, false)
  }

  #pathTo(page: Page): WritePath {
    if (this.#path === null || this.#path.layout !== this.#layout) {
      this.#path = new WritePath(this.#pages, this.#layout, this.#state)
    }
    const path = this.#path
    path.reset()
    const rowid = readCellRowid(page.data, pointersOffset(page), 0)
    if (path.descendTo(this.#root, rowid) !== page) {
      throw corrupt(page.pgno, 'a page of the tree is not where its rows are')
    }
    return path
  }

  /** Gives up what has not been stored. */
  close(): void {
    this.#page = null
    this.#count = 0
    this.#filled = 0
    this.#growth = 0
    if (!this.#registered) return
    this.#registered = false
    this.#pages.unregister(this)
  }
}
