/**
 * Many rows of a table changed by a scan, each where it is. What takes as many bytes as before is written over what is there. Other rows
 * wait until the scan goes on to another leaf; then the leaf is laid out anew with all of them.
 *
 * Cells that no longer fit there are carried to the next leaf, which the scan mostly changes as well, and come before its own; whenever they fill a page
 * they get one. So a leaf is laid out once, where balancing would deal its cells out again with each of its neighbours. Where the scan leaves the next leaf
 * alone, or is over, what is carried is inserted there as any row is. A root that is a leaf has no next: there cells wait for room in a `WritePath`, and how
 * much it may grow before is bounded, for balancing spreads no more than so much.
 *
 * Always true: between two calls the tree is sound, and rows that wait are in it as they were; only those that are carried, which the scan has left behind, are
 * missing until `flush`.
 */
import { corrupt } from '../../base/error.ts'
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { readUint32 } from '../../base/bytes.ts'
import { varintLength } from '../../record/index.ts'
import { balance, leafDivider } from './balance.ts'
import { copyOfPage } from './drop-cells.ts'
import { allocatePage } from './freelist.ts'
import {
  cellBytes,
  cellCountOf,
  freeBytes,
  headerOffset,
  layoutOf,
  leafTable,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, copyInto, dropCell, insertCell } from './page-space.ts'
import { findRow, readCellRowid } from './rowid-search.ts'
import type { TableCursor } from './table-cursor.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { WritePath } from './write-path.ts'

/** Bytes that a leaf may grow by before it is laid out anew, however many rows of it are still to come. */
const mostGrowth = 262_144

/** Of a page, what a leaf grows by before its rows are carried: a power of two. */
const leastCarried = 6

const noBytes = new Uint8Array(0)

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
  /** Cells that are carried, laid out as a leaf, and how many they are. */
  #carry: Uint8Array = noBytes
  #carryCount = 0
  /** The next of those. */
  #image: Uint8Array = noBytes
  // While a leaf is laid out: the cells that have been placed, those that were carried first, and the new ones among them.
  #placed = 0
  #placedNew = 0
  /** Rows have got other pages than those that the scan knows of. */
  #hasMoved = false

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
    if (this.#count > 0 || this.#carryCount > 0) {
      this.#hasMoved = false
      this.#flushLeaf()
      if (this.#carryCount > 0 && !this.#isCarriedTo(cursor.page)) this.#settleCarry()
      if (!this.#hasMoved) cursor.keepPlace()
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
    const most = this.#page!.pgno === this.#root ? this.#layout.usableSize >>> 2 : mostGrowth
    if (this.#count > 0 && this.#growth + growth > most) this.#makeWay(cursor, size)
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

  /** Stores the cells that wait; false: there are none. A cursor that stands on their leaf, or behind it, has to seek its row again. */
  flush(): boolean {
    const isFlushed = this.#flushLeaf()
    if (this.#carryCount === 0) return isFlushed
    this.#settleCarry()
    return true
  }

  /** Lays the leaf of the cells that wait out anew; those for which it has no room are carried on. */
  #flushLeaf(): boolean {
    const page = this.#page
    this.#page = null
    if (page === null || this.#count === 0) return false
    const pages = this.#pages
    pages.beginOperation()
    try {
      this.#state.version++
      pages.write(page)
      const layout = this.#layout
      const cellCount = cellCountOf(page)
      const source = copyOfPage(page, layout)
      const header = headerOffset(page.pgno)
      this.#placed = 0
      this.#placedNew = 0
      this.#fill(page.data, header, page.pgno, source, header, cellCount)
      const total = this.#carryCount + cellCount
      if (this.#placed < total) {
        if (this.#isCarried(page)) this.#carryOn(page, source, header, cellCount)
        else this.#balance(page, source, this.#placed, cellCount)
      } else {
        this.#carryCount = 0
        const isSparse = freeBytes(page, layout) * 3 > layout.usableSize * 2
        if (isSparse && page.pgno !== this.#root) {
          this.#balance(page, source, cellCount, cellCount)
        }
      }
    } finally {
      this.#count = 0
      this.#filled = 0
      this.#growth = 0
      pages.endOperation()
    }
    return true
  }

  /**
   * Lays cells out on an empty page, from the first that has not been placed on, as many as there is room for: those that were carried, then those of a leaf, the new
   * ones in the place of the old ones.
   * @param source the leaf as it was, whose header is at `sourceHeader`
   */
  #fill(
    data: Uint8Array,
    header: number,
    pgno: number,
    source: Uint8Array,
    sourceHeader: number,
    cellCount: number,
  ): void {
    const layout = this.#layout
    const { usableSize } = layout
    const carry = this.#carry
    const carryCount = this.#carryCount
    const total = carryCount + cellCount
    const count = this.#count
    let to = header + 8
    let top = usableSize
    let placed = this.#placed
    let next = this.#placedNew
    const first = placed
    // Cells that lie one below the other are copied in one go.
    let run = source
    let runStart = 0
    let runEnd = 0
    for (; placed < total; placed++) {
      const i = placed - carryCount
      let from = source
      let offset: number
      let size: number
      const isNew = i >= 0 && next < count && this.#indexes[next] === i
      if (isNew) {
        from = this.bytes
        offset = from.length - this.#starts[next]!
        size = this.#sizes[next]!
      } else {
        let at = sourceHeader + 8 + 2 * i
        if (i < 0) {
          from = carry
          at = 8 + 2 * placed
        }
        offset = (from[at]! << 8) | from[at + 1]!
        size = cellBytes(from, offset, leafTable, layout)
      }
      if (size < minCellSize) size = minCellSize
      if (top - size < to + 2) break
      if (isNew) next++
      else if (offset + size > usableSize)
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
    const onPage = placed - first
    data[header] = leafTable
    data[header + 1] = 0
    data[header + 2] = 0
    data[header + 3] = onPage >>> 8
    data[header + 4] = onPage
    data[header + 5] = top >>> 8
    data[header + 6] = top
    data[header + 7] = 0
    this.#placed = placed
    this.#placedNew = next
  }

  /** What a leaf has no room for is carried on: where leaves hardly grow, balancing leaves room on several of them at once. */
  #isCarried({ pgno }: Page): boolean {
    if (pgno === this.#root) return false
    return this.#carryCount > 0 || this.#growth >= this.#layout.usableSize >>> leastCarried
  }

  /** There are cells for which a leaf has no room: as many as fill pages get them, and the others are carried. */
  #carryOn(page: Page, source: Uint8Array, header: number, cellCount: number): void {
    const { usableSize } = this.#layout
    const total = this.#carryCount + cellCount
    const path = this.#pathTo(page)
    const fresh: Page[] = []
    if (this.#image.length !== usableSize) this.#image = new Uint8Array(usableSize)
    const image = this.#image
    for (;;) {
      const before = this.#placed
      this.#fill(image, 0, page.pgno, source, header, cellCount)
      if (this.#placed === before) throw corrupt(page.pgno, 'a cell is larger than a page')
      if (this.#placed === total) break
      fresh.push(this.#newLeaf(path, fresh.at(-1) ?? page, fresh, image))
    }
    this.#image = this.#carry
    this.#carry = image
    this.#carryCount = (image[3]! << 8) | image[4]!
    // The next leaf has them from here on.
    this.#state.shape++
    limitLeaf(path, fresh.at(-1) ?? page)
    if (fresh.length > 0) this.#nameLeaves(path, page, fresh)
  }

  #newLeaf(path: WritePath, near: Page, fresh: readonly Page[], image: Uint8Array): Page {
    const leaf = allocatePage(this.#pages, near.pgno)
    const isUsed = fresh.includes(leaf) || path.levels.slice(0, path.depth + 1).includes(leaf)
    if (isUsed) throw corrupt(leaf.pgno, 'a page in use is on the freelist')
    leaf.data.set(image)
    leaf.verified = true
    return leaf
  }

  /** New leaves come behind the one where `path` ends: their parent is told. */
  #nameLeaves(path: WritePath, page: Page, fresh: readonly Page[]): void {
    const level = path.depth - 1
    const parent = path.levels[level]!
    const index = path.indexes[level]!
    const divider = new Uint8Array(13)
    this.#pages.write(parent)
    let left = page
    for (let i = 0; i < fresh.length; i++) {
      const last = cellOffset(left, cellCountOf(left) - 1)
      const size = leafDivider(left.data, last, left.pgno, divider)
      path.insert(level, index + i, divider, 0, size)
      left = fresh[i]!
    }
    path.setChild(level, index + fresh.length, left.pgno)
    this.#hasMoved = true
    if (path.overflow[level]!.length > 0) balance(path, level, false)
  }

  /** Whether a leaf is the next one for the cells that are carried. */
  #isCarriedTo(page: Page): boolean {
    return this.#freshPath().descendTo(this.#root, readCellRowid(this.#carry, 8, 0)) === page
  }

  /** Inserts the cells that are carried, where each belongs. */
  #settleCarry(): void {
    const pages = this.#pages
    const carry = this.#carry
    const count = this.#carryCount
    this.#carryCount = 0
    this.#hasMoved = true
    pages.beginOperation()
    try {
      this.#state.version++
      this.#state.shape++
      const path = this.#freshPath()
      const rowid = readCellRowid(carry, 8, 0)
      const leaf = path.descendTo(this.#root, rowid)
      const level = path.depth
      const index = findRow(leaf.data, pointersOffset(leaf), cellCountOf(leaf), rowid)
      pages.write(leaf)
      for (let i = 0; i < count; i++) {
        const offset = (carry[8 + 2 * i]! << 8) | carry[9 + 2 * i]!
        path.insert(
          level,
          index + i,
          carry,
          offset,
          cellBytes(carry, offset, leafTable, this.#layout),
        )
      }
      balance(path, level, false)
    } finally {
      pages.endOperation()
    }
  }

  /** Finds room for the cells from `placed` on, and looks after a leaf that has become too empty. */
  #balance(page: Page, source: Uint8Array, placed: number, cellCount: number): void {
    const layout = this.#layout
    const path = this.#pathTo(page)
    const level = path.depth
    this.#hasMoved = true
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

  #freshPath(): WritePath {
    if (this.#path === null || this.#path.layout !== this.#layout) {
      this.#path = new WritePath(this.#pages, this.#layout, this.#state)
    }
    this.#path.reset()
    return this.#path
  }

  #pathTo(page: Page): WritePath {
    const path = this.#freshPath()
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
    this.#carryCount = 0
    if (!this.#registered) return
    this.#registered = false
    this.#pages.unregister(this)
  }
}

/** What follows the last row of a leaf, which is where `path` ends or right behind it, belongs to the next leaf: what divides the two is made to say so. */
function limitLeaf(path: WritePath, leaf: Page): void {
  const { pages, layout } = path
  let level = path.depth - 1
  while (level >= 0 && path.indexes[level] === cellCountOf(path.levels[level]!)) level--
  // There is no next leaf.
  if (level < 0) return
  const page = path.levels[level]!
  const index = path.indexes[level]!
  const offset = cellOffset(page, index)
  const divider = new Uint8Array(13)
  const last = cellOffset(leaf, cellCountOf(leaf) - 1)
  const child = readUint32(page.data, offset)
  const size = leafDivider(leaf.data, last, child, divider)
  pages.write(page)
  if (4 + varintLength(page.data, offset + 4) === size) {
    copyInto(page.data, offset, divider, 0, size)
    return
  }
  dropCell(page, index, layout)
  if (!insertCell(page, index, divider, 0, size, layout))
    throw corrupt(page.pgno, 'a key became longer')
}
