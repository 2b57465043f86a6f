/**
 * Reading a table: rows in rowid order. (Database File Format §1.6, table b-trees.)
 *
 * Interior pages hold only rowids: the child left of key k holds rowids up to and including k. The rows are all on
 * leaves, so the cursor keeps the stack of interior pages that led to its leaf, and the leaf's bytes in
 * fields of its own, so that `next` inside a leaf touches nothing else.
 *
 * The public fields describe the current row. They stay as they are until the cursor moves; what they point to is
 * valid as long as the table does not change. A cursor that finds `pages.changeCount` moved looks whether its
 * own path is still good (`tree-state.ts`), and otherwise seeks again by the rowid that it stood on.
 *
 * When a positioning call answers false the cursor stands on no row, and `next` and `previous` answer false too.
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readVarint, readVarintBig, varintLength } from '../../record/index.ts'
import { Page } from '../pager/page.ts'
import type { PageHolder, Pages } from '../pager/page.ts'
import { checkPayloadSize, readPayload } from './overflow.ts'
import {
  cellCountOf,
  interiorTable,
  layoutOf,
  leafTable,
  localSizeOf,
  verifyPage,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { findChild, findRow, isWithin, readCellRowid } from './rowid-search.ts'
import { isPathCurrent, treeStateOf } from './tree-state.ts'
import type { LeadingCursor, TreeState, Way } from './tree-state.ts'

const noBytes = new Uint8Array(0)
const noPage = new Page(0, noBytes)

/** Reads the rows of one table in either direction, and finds them by rowid. */
export class TableCursor implements PageHolder, LeadingCursor {
  /** The current row's rowid. */
  rowid: number | bigint = 0
  /** The bytes that hold the payload, or the part of it that is on the page. */
  data: Uint8Array = noBytes
  payloadOffset = 0
  /** Bytes in the whole payload. */
  payloadSize = 0
  /** Bytes present in `data`; fewer than `payloadSize` when the row spills and `loadPayload` was not called. */
  localSize = 0

  readonly #pages: Pages
  readonly #root: number
  #layout: Layout
  // The path: pages from the root to the leaf, and which child was taken on each interior one.
  readonly #stack: Page[] = []
  readonly #children: number[] = []
  #depth = -1
  // The leaf. `#cellCount` is 0 while the cursor stands on no row, which sends `next` to its slow path.
  #leaf: Uint8Array = noBytes
  #pointers = 0
  #cellCount = 0
  #index = -1
  #usableSize = 0
  #maxLocal = 0
  #changeCount = -1
  readonly #tree: TreeState
  #version = 0
  // The path is still one to a leaf, whatever has changed there, while both are what they were.
  #shape = -1
  #relocations = -1
  // Leaves passed in one direction without a seek: more than there are pages means that pages repeat.
  #passed = 0
  #registered = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#tree = treeStateOf(pages, root)
    this.#layout = layoutOf(pages.usableSize)
  }

  holds(page: Page): boolean {
    for (let level = this.#depth; level >= 0; level--) if (this.#stack[level] === page) return true
    return false
  }

  /** Moves to the first row. */
  first(): boolean {
    this.#descendFirst(this.#begin(), 0)
    return this.#readOrLeave(0)
  }

  /** Moves to the last row. */
  last(): boolean {
    this.#descendLast(this.#begin(), 0)
    return this.#readOrLeave(this.#cellCount - 1)
  }

  /** Moves to the next row; false after the last. */
  next(): boolean {
    const index = this.#index + 1
    if (index >= this.#cellCount) return this.#nextLeaf()
    // Whoever writes another tree meanwhile costs a look, no more.
    if (this.#changeCount !== this.#pages.changeCount && !this.#isCurrent()) return this.#nextLeaf()
    this.#read(index)
    return true
  }

  /** Moves to the row before; false before the first. */
  previous(): boolean {
    const index = this.#index - 1
    if (index < 0 || this.#changeCount !== this.#pages.changeCount) return this.#previousLeaf()
    this.#read(index)
    return true
  }

  /** Moves to the row with exactly this rowid. */
  seek(rowid: number | bigint): boolean {
    this.#tree.seeker = this
    const index = this.#find(rowid)
    if (index >= this.#cellCount) return this.#leave()
    this.#read(index)
    return this.rowid === rowid || this.#leave()
  }

  /** Moves to the first row whose rowid is `rowid` or more. */
  seekAtLeast(rowid: number | bigint): boolean {
    return this.#readForward(this.#find(rowid))
  }

  /** Moves to the first row whose rowid is more than `rowid`. */
  seekAfter(rowid: number | bigint): boolean {
    const index = this.#find(rowid)
    return this.#readForward(this.#isAt(index, rowid) ? index + 1 : index)
  }

  /** Moves to the last row whose rowid is `rowid` or less. */
  seekAtMost(rowid: number | bigint): boolean {
    const index = this.#find(rowid)
    return this.#readBackward(this.#isAt(index, rowid) ? index : index - 1)
  }

  /** Moves to the last row whose rowid is less than `rowid`. */
  seekBefore(rowid: number | bigint): boolean {
    return this.#readBackward(this.#find(rowid) - 1)
  }

  /** The leaf of the current row. */
  get page(): Page {
    return this.#stack[this.#depth]!
  }

  /** The place of the current row's cell on its leaf. */
  get index(): number {
    return this.#index
  }

  /**
   * Whoever moves the cursor has changed the tree meanwhile, but for the number and the order of the cells on this leaf, and for the way
   * to it.
   */
  keepPlace(): void {
    const { data } = this.page
    if (this.data === this.#leaf) this.data = data
    this.#leaf = data
    this.#changeCount = this.#pages.changeCount
    this.#version = this.#tree.version
  }

  /** Makes `data` hold the whole payload. */
  loadPayload(): void {
    if (this.localSize >= this.payloadSize) return
    this.data = readPayload(
      this.#pages,
      this.#stack[this.#depth]!.pgno,
      this.data,
      this.payloadOffset,
      this.localSize,
      this.payloadSize,
    )
    this.payloadOffset = 0
    this.localSize = this.payloadSize
  }

  /** The same, in bytes that no change of the page reaches. */
  keepPayload(): void {
    this.loadPayload()
    const { payloadOffset, payloadSize } = this
    // No cell begins where the page does.
    if (payloadOffset === 0) return
    const kept = new Uint8Array(payloadSize)
    kept.set(this.data.subarray(payloadOffset, payloadOffset + payloadSize))
    this.data = kept
    this.payloadOffset = 0
  }

  /** Lets go of all pages. The cursor can be positioned again. */
  close(): void {
    if (this.#registered) {
      this.#registered = false
      this.#pages.unregister(this)
    }
    if (this.#tree.seeker === this) this.#tree.seeker = null
    this.#leave()
    for (let level = this.#depth; level >= 0; level--) this.#stack[level] = noPage
    this.#depth = -1
    this.#leaf = noBytes
    this.data = noBytes
    this.#changeCount = -1
  }

  /** Before every descent. Answers the root. */
  #begin(): number {
    if (!this.#registered) {
      // In this order: who is registered twice is merely kept longer.
      this.#pages.register(this)
      this.#registered = true
    }
    this.#depth = -1
    this.#cellCount = 0
    this.#index = -1
    this.#passed = 0
    this.#changeCount = this.#pages.changeCount
    this.#version = this.#tree.version
    this.#shape = this.#tree.shape
    this.#relocations = this.#pages.relocations
    const usableSize = this.#pages.usableSize
    if (this.#layout.usableSize !== usableSize) this.#layout = layoutOf(usableSize)
    this.#usableSize = usableSize
    this.#maxLocal = this.#layout.maxTableLocal
    return this.#root
  }

  /** Puts page `pgno` on the stack. Answers whether it is a leaf, which is then made the current one. */
  #enter(pgno: number, level: number): boolean {
    // Should anything throw, the cursor stands on no row.
    this.#cellCount = 0
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    const page = this.#pages.get(pgno)
    this.#stack[level] = page
    this.#depth = level
    if (!page.verified) verifyPage(page, this.#layout)
    const data = page.data
    const header = pgno === 1 ? 100 : 0
    const type = data[header]!
    const count = (data[header + 3]! << 8) | data[header + 4]!
    if (count === 0 && level > 0) throw corrupt(pgno, 'a page other than the root has no cells')
    this.#leaf = data
    if (type === leafTable) {
      this.#cellCount = count
      this.#pointers = header + 8
      return true
    }
    if (type !== interiorTable) throw corrupt(pgno, 'not a page of a table')
    this.#cellCount = count
    this.#pointers = header + 12
    return false
  }

  /** Child `index` of the interior page that was entered last. */
  #child(index: number): number {
    const data = this.#leaf
    const pointers = this.#pointers
    let at: number
    if (index < this.#cellCount) {
      at = pointers + 2 * index
      at = (data[at]! << 8) | data[at + 1]!
    } else at = pointers - 4
    this.#children[this.#depth] = index
    return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0
  }

  #descendFirst(pgno: number, level: number): void {
    while (!this.#enter(pgno, level)) {
      pgno = this.#child(0)
      level++
    }
  }

  #descendLast(pgno: number, level: number): void {
    while (!this.#enter(pgno, level)) {
      pgno = this.#child(this.#cellCount)
      level++
    }
  }

  /** Goes to the leaf that would hold `rowid` and answers the first cell there with that rowid or a greater one. */
  #find(rowid: number | bigint): number {
    if (this.#mayStay(rowid)) return findRow(this.#leaf, this.#pointers, this.#cellCount, rowid)
    let pgno = this.#begin()
    let level = 0
    while (!this.#enter(pgno, level)) {
      pgno = this.#child(findChild(this.#leaf, this.#pointers, this.#cellCount, rowid))
      level++
    }
    return findRow(this.#leaf, this.#pointers, this.#cellCount, rowid)
  }

  /** Whether the current leaf certainly has the place for `rowid`: lookups in order stay on their leaf. */
  #mayStay(rowid: number | bigint): boolean {
    if (this.#cellCount === 0) return false
    const pages = this.#pages
    if (this.#changeCount !== pages.changeCount) {
      if (!this.#hasWay()) return false
      // Rows may have come to the leaf, and others left it.
      const page = this.#stack[this.#depth]!
      this.#leaf = page.data
      this.#cellCount = cellCountOf(page)
      this.#changeCount = pages.changeCount
      this.#version = this.#tree.version
    }
    if (!isWithin(this.#leaf, this.#pointers, this.#cellCount, rowid)) return false
    this.#passed = 0
    return true
  }

  /** Whether the path still leads from the root to its leaf, whatever rows there are now. */
  #hasWay(): boolean {
    const depth = this.#depth
    if (this.#shape !== this.#tree.shape || this.#relocations !== this.#pages.relocations)
      return false
    if (depth < 0 || !isPathCurrent(this.#pages, this.#stack, depth)) return false
    const page = this.#stack[depth]!
    return page.data[page.pgno === 1 ? 100 : 0] === leafTable
  }

  lead(path: Way, rowid: number | bigint): boolean {
    if (this.#cellCount === 0 || !this.#hasWay()) return false
    const depth = this.#depth
    const leaf = this.#stack[depth]!
    if (!isWithin(leaf.data, this.#pointers, cellCountOf(leaf), rowid)) return false
    for (let level = 0; level < depth; level++) {
      path.levels[level] = this.#stack[level]!
      path.indexes[level] = this.#children[level]!
    }
    path.levels[depth] = leaf
    path.depth = depth
    return true
  }

  placeOn(leaf: Page): number {
    return this.#depth >= 0 && this.#stack[this.#depth] === leaf ? this.#index : -1
  }

  #isAt(index: number, rowid: number | bigint): boolean {
    return index < this.#cellCount && readCellRowid(this.#leaf, this.#pointers, index) === rowid
  }

  /** Makes cell `index` of the leaf the current row. */
  #read(index: number): void {
    const data = this.#leaf
    this.#index = index
    let at = this.#pointers + 2 * index
    at = (data[at]! << 8) | data[at + 1]!
    let size = data[at++]!
    if (size >= 0x80) {
      const b = data[at++]!
      if (b < 0x80) size = ((size & 0x7f) << 7) | b
      else {
        size = readVarint(data, at - 2)
        at += varintLength(data, at - 2) - 2
      }
    }
    const a = data[at]!
    if (a < 0x80) {
      this.rowid = a
      at++
    } else {
      const b = data[at + 1]!
      if (b < 0x80) {
        this.rowid = ((a & 0x7f) << 7) | b
        at += 2
      } else {
        const c = data[at + 2]!
        if (c < 0x80) {
          this.rowid = ((a & 0x7f) << 14) | ((b & 0x7f) << 7) | c
          at += 3
        } else {
          this.rowid = readVarintBig(data, at)
          at += varintLength(data, at)
        }
      }
    }
    this.data = data
    this.payloadOffset = at
    this.payloadSize = size
    if (size <= this.#maxLocal) {
      this.localSize = size
      if (at + size > this.#usableSize) this.#refuse()
    } else this.#readSpilled()
  }

  #readSpilled(): void {
    const { pgno } = this.#stack[this.#depth]!
    checkPayloadSize(this.#pages, pgno, this.payloadSize)
    this.localSize = localSizeOf(this.payloadSize, this.#maxLocal, this.#layout)
    if (this.payloadOffset + this.localSize + 4 > this.#usableSize) this.#refuse()
  }

  #refuse(): never {
    throw corrupt(
      this.#stack[this.#depth]!.pgno,
      `cell ${this.#index} reaches past the usable area`,
    )
  }

  #readOrLeave(index: number): boolean {
    if (index < 0 || index >= this.#cellCount) return this.#leave()
    this.#read(index)
    return true
  }

  #readForward(index: number): boolean {
    if (index < this.#cellCount) {
      this.#read(index)
      return true
    }
    if (this.#cellCount === 0) return this.#leave()
    this.#index = index - 1
    return this.#nextLeaf()
  }

  #readBackward(index: number): boolean {
    if (index >= 0) {
      this.#read(index)
      return true
    }
    if (this.#cellCount === 0) return this.#leave()
    this.#index = 0
    return this.#previousLeaf()
  }

  /** After this the cursor stands on no row. */
  #leave(): false {
    this.#cellCount = 0
    this.#index = -1
    return false
  }

  #nextLeaf(): boolean {
    if (this.#index < 0) return false
    if (!this.#isCurrent()) return this.seekAfter(this.rowid)
    if (this.#index + 1 < this.#cellCount) return this.#readOrLeave(this.#index + 1)
    this.#countLeaf(1)
    for (let level = this.#depth - 1; level >= 0; level--) {
      const page = this.#stack[level]!
      const index = this.#children[level]! + 1
      this.#return(page, level)
      if (index > this.#cellCount) continue
      this.#descendFirst(this.#child(index), level + 1)
      return this.#readOrLeave(0)
    }
    return this.#leave()
  }

  #previousLeaf(): boolean {
    if (this.#index < 0) return false
    if (!this.#isCurrent()) return this.seekBefore(this.rowid)
    if (this.#index > 0) return this.#readOrLeave(this.#index - 1)
    this.#countLeaf(-1)
    for (let level = this.#depth - 1; level >= 0; level--) {
      const page = this.#stack[level]!
      const index = this.#children[level]! - 1
      this.#return(page, level)
      if (index < 0) continue
      this.#descendLast(this.#child(index), level + 1)
      return this.#readOrLeave(this.#cellCount - 1)
    }
    return this.#leave()
  }

  /** Whether the path is still good, after looking closer where the database has changed. */
  #isCurrent(): boolean {
    const changeCount = this.#pages.changeCount
    if (this.#changeCount === changeCount) return true
    if (this.#version !== this.#tree.version) return false
    const leaf = this.#stack[this.#depth]!
    if (leaf.data !== this.#leaf) return false
    // Other trees may change as they like.
    const isKept = this.#relocations === this.#pages.relocations && leaf.verified
    if (!isKept && !isPathCurrent(this.#pages, this.#stack, this.#depth)) return false
    this.#changeCount = changeCount
    return true
  }

  /** Makes an interior page of the stack the one that `#child` reads. */
  #return(page: Page, level: number): void {
    const data = page.data
    const header = page.pgno === 1 ? 100 : 0
    this.#depth = level
    this.#leaf = data
    this.#pointers = header + 12
    this.#cellCount = (data[header + 3]! << 8) | data[header + 4]!
  }

  #countLeaf(step: 1 | -1): void {
    this.#passed = this.#passed * step > 0 ? this.#passed + step : step
    if (this.#passed * step > this.#pages.pageCount)
      throw corrupt(this.#root, 'the pages of the tree go round in a circle')
  }
}
