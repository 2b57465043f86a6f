/**
 * Reading an index, or a WITHOUT ROWID table: records in key order. (Database File Format §1.6, index b-trees.)
 *
 * Every cell is an entry, those of interior pages too: the entry of an interior cell comes after all of its left
 * child and before all of the next child. The cursor therefore may stand on any level. The stack holds the
 * page of each level from the root to where it stands, and for each the cell it stands on, or the child
 * that it went into (which has the number of the cell to its right).
 *
 * Order is the business of a `SearchKey`, which compares bytes of a record with a key; the cursor never decodes.
 *
 * A record cannot be found again without its key. Before a tree changes, whoever changes it tells the cursors of
 * that tree, with a key of it (`TreeState.beforeChange`); each cursor then copies its record and makes a key of
 * its own, by which it seeks when it is moved. A cursor whose pages changed without that was overtaken by a
 * rollback, and says so.
 */
import { corrupt, SqliteError } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { decodeRecord, readVarint, SearchKey, varintLength } from '../../record/index.ts'
import type { EntryOrder } from '../../record/index.ts'
import { Page } from '../pager/page.ts'
import type { PageHolder, Pages } from '../pager/page.ts'
import { checkPayloadSize, readPayload } from './overflow.ts'
import {
  cellCountOf,
  interiorIndex,
  layoutOf,
  leafIndex,
  localSizeOf,
  verifyPage,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { findByNumber, forgetBounds } from './number-search.ts'
import { isPathCurrent, treeStateOf } from './tree-state.ts'
import type { SavingCursor, TreeState } from './tree-state.ts'

const noBytes = new Uint8Array(0)
const noPage = new Page(0, noBytes)

/**
 * Compares the record in an index cell, whose payload size starts at `at`, with `key`: negative when the record
 * comes first. Reads overflow pages only where the record spills.
 */
export function compareCell(
  pages: Pages,
  page: Page,
  at: number,
  key: SearchKey,
  layout: Layout,
): number {
  const data = page.data
  let size = data[at]!
  let offset = at + 1
  if (size >= 0x80) {
    const b = data[offset]!
    if (b < 0x80) {
      size = ((size & 0x7f) << 7) | b
      offset++
    } else {
      size = readVarint(data, at)
      offset = at + varintLength(data, at)
    }
  }
  if (size <= layout.maxIndexLocal) {
    if (offset + size > layout.usableSize)
      throw corrupt(page.pgno, 'a cell reaches past the usable area')
    return key.compare(data, offset, size)
  }
  checkPayloadSize(pages, page.pgno, size)
  const localSize = localSizeOf(size, layout.maxIndexLocal, layout)
  if (offset + localSize + 4 > layout.usableSize)
    throw corrupt(page.pgno, 'a cell reaches past the usable area')
  return key.compare(readPayload(pages, page.pgno, data, offset, localSize, size), 0, size)
}

/**
 * The first of `count` cells whose record compares with `key` as `threshold` or more (0: at or after it, 1: after
 * all that equal it); `count` when none does. `childSize` is 4 on interior pages.
 */
export function findEntry(
  pages: Pages,
  page: Page,
  pointers: number,
  count: number,
  childSize: number,
  key: SearchKey,
  threshold: 0 | 1,
  layout: Layout,
): number {
  const number = key.leadingNumber
  // False for NaN: the key does not begin with a number, or not in ascending order.
  if (number === number) {
    return findByNumber(
      pages,
      page,
      pointers,
      count,
      childSize,
      key,
      number,
      threshold,
      layout,
      compareCell,
    )
  }
  const data = page.data
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = pointers + 2 * middle
    const cell = ((data[at]! << 8) | data[at + 1]!) + childSize
    if (compareCell(pages, page, cell, key, layout) < threshold) low = middle + 1
    else high = middle
  }
  return low
}

/** Reads the entries of one index (or rows of a WITHOUT ROWID table) in either direction, and finds them by key. */
export class IndexCursor implements PageHolder, SavingCursor {
  /** The bytes that hold the current record, or the part of it that is on the page. */
  data: Uint8Array = noBytes
  payloadOffset = 0
  /** Bytes in the whole record. */
  payloadSize = 0
  /** Bytes present in `data`; fewer than `payloadSize` when the record spills and `loadPayload` was not called. */
  localSize = 0

  readonly #pages: Pages
  readonly #root: number
  #layout: Layout
  readonly #stack: Page[] = []
  readonly #indexes: number[] = []
  /** The level that the cursor stands on; the stack ends there. */
  #level = -1
  // The page of that level. `#leafCount` is its number of cells when it is a leaf, and 0 otherwise or when the
  // cursor stands on no entry, which sends `next` to its slow path.
  #page: Uint8Array = noBytes
  #pointers = 0
  #cellCount = 0
  #leafCount = 0
  #index = -1
  #positioned = false
  #usableSize = 0
  #maxLocal = 0
  #changeCount = -1
  #passed = 0
  #registered = false
  // Set between a change of the tree and the next move.
  #saved: SearchKey | null = null
  readonly #tree: TreeState
  #version = 0
  nextInTree: SavingCursor | null = null
  previousInTree: SavingCursor | null = null

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#layout = layoutOf(pages.usableSize)
    this.#tree = treeStateOf(pages, root)
  }

  holds(page: Page): boolean {
    for (let level = this.#level; level >= 0; level--) if (this.#stack[level] === page) return true
    return false
  }

  /** Moves to the first entry. */
  first(): boolean {
    this.#descendFirst(this.#begin(), 0)
    return this.#cellCount === 0 ? this.#leave() : this.#standOn(0)
  }

  /** Moves to the last entry. */
  last(): boolean {
    this.#descendLast(this.#begin(), 0)
    return this.#cellCount === 0 ? this.#leave() : this.#standOn(this.#cellCount - 1)
  }

  /** Moves to the next entry; false after the last. */
  next(): boolean {
    const index = this.#index + 1
    if (index >= this.#leafCount || this.#changeCount !== this.#pages.changeCount)
      return this.#nextPage()
    this.#index = index
    const at = this.#pointers + 2 * index
    this.#read((this.#page[at]! << 8) | this.#page[at + 1]!)
    return true
  }

  /** Moves to the entry before; false before the first. */
  previous(): boolean {
    const index = this.#index - 1
    if (index < 0 || this.#leafCount === 0 || this.#changeCount !== this.#pages.changeCount)
      return this.#previousPage()
    this.#index = index
    const at = this.#pointers + 2 * index
    this.#read((this.#page[at]! << 8) | this.#page[at + 1]!)
    return true
  }

  /** Moves to the first entry at or after `key`. */
  seekAtLeast(key: SearchKey): boolean {
    return this.#seekForward(key, 0)
  }

  /** Moves to the first entry after all that equal `key`. */
  seekAfter(key: SearchKey): boolean {
    return this.#seekForward(key, 1)
  }

  /** Moves to the last entry that is not after `key`. */
  seekAtMost(key: SearchKey): boolean {
    return this.#seekBackward(key, 1)
  }

  /** Moves to the last entry before all that equal `key`. */
  seekBefore(key: SearchKey): boolean {
    return this.#seekBackward(key, 0)
  }

  /**
   * Moves to an entry that equals `key`, comparing with just those entries that SQLite compares with, which in an index out of order decide
   * what is found. Where there is none, the cursor stays where the search has ended. (`sqlite3BtreeIndexMoveto`)
   */
  seekEqual(key: EntryOrder): boolean {
    let isFresh = true
    if (this.#positioned && this.#isCurrent() && this.#isOnLastPage()) {
      const last = this.#cellCount - 1
      const order = this.#index === last ? this.#compareLocal(last, key) : 1
      if (order <= 0) return order === 0 && this.#standOn(last)
      isFresh = this.#level === 0 || this.#compareLocal(0, key) > 0
    }
    let isLeaf = isFresh ? this.#enter(this.#begin(), 0) : true
    for (;;) {
      let low = 0
      let high = this.#cellCount - 1
      let middle = high >> 1
      if (high < 0) return this.#leave()
      for (;;) {
        const order = this.#compare(middle, key, isLeaf)
        if (order === 0) {
          this.#leafCount = isLeaf ? this.#cellCount : 0
          return this.#standOn(middle)
        }
        if (order < 0) low = middle + 1
        else high = middle - 1
        if (low > high) break
        middle = (low + high) >> 1
      }
      if (isLeaf) {
        this.#leafCount = this.#cellCount
        this.#positioned = true
        this.#index = middle
        return false
      }
      isLeaf = this.#enter(this.#child(low), this.#level + 1)
    }
  }

  /** How an entry of the page that was entered last stands to `key`. */
  #compare(index: number, key: EntryOrder, isLeaf: boolean): number {
    const { data, pgno } = this.#stack[this.#level]!
    const pointer = this.#pointers + 2 * index
    let at = ((data[pointer]! << 8) | data[pointer + 1]!) + (isLeaf ? 0 : 4)
    const size = readVarint(data, at)
    at += varintLength(data, at)
    if (size <= this.#maxLocal) return key.compare(data, at, size)
    const localSize = localSizeOf(size, this.#maxLocal, this.#layout)
    return key.compare(readPayload(this.#pages, pgno, data, at, localSize, size), 0, size)
  }

  /** The same on a leaf, for an entry that has no overflow pages; one that has counts as later. */
  #compareLocal(index: number, key: EntryOrder): number {
    const at = this.#pointers + 2 * index
    const cell = (this.#page[at]! << 8) | this.#page[at + 1]!
    try {
      return readVarint(this.#page, cell) > this.#maxLocal ? 1 : this.#compare(index, key, true)
    } catch (error) {
      if (error instanceof SqliteError) return 1
      throw error
    }
  }

  /** On the right-most leaf. */
  #isOnLastPage(): boolean {
    const isLast = (page: Page, level: number): boolean =>
      level >= this.#level || this.#indexes[level]! >= cellCountOf(page)
    return this.#leafCount > 0 && this.#stack.every(isLast)
  }

  /** Makes `data` hold the whole record. */
  loadPayload(): void {
    if (this.localSize >= this.payloadSize) return
    this.data = readPayload(
      this.#pages,
      this.#stack[this.#level]!.pgno,
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
      this.#tree.remove(this)
    }
    this.#leave()
    for (let level = this.#level; level >= 0; level--) this.#stack[level] = noPage
    this.#level = -1
    this.#page = noBytes
    this.data = noBytes
    this.#changeCount = -1
  }

  /** Before every descent. Answers the root. */
  #begin(): number {
    if (!this.#registered) {
      // In this order: who is registered twice is merely kept longer.
      this.#pages.register(this)
      this.#tree.add(this, this.#pages)
      this.#registered = true
    }
    this.#leave()
    this.#level = -1
    this.#passed = 0
    this.#changeCount = this.#pages.changeCount
    this.#version = this.#tree.version
    const usableSize = this.#pages.usableSize
    if (this.#layout.usableSize !== usableSize) this.#layout = layoutOf(usableSize)
    this.#usableSize = usableSize
    this.#maxLocal = this.#layout.maxIndexLocal
    return this.#root
  }

  /** Puts page `pgno` on the stack. Answers whether it is a leaf. */
  #enter(pgno: number, level: number): boolean {
    // Should anything throw, the cursor stands on no entry.
    this.#positioned = false
    this.#leafCount = 0
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    const page = this.#pages.get(pgno)
    this.#stack[level] = page
    this.#level = level
    if (!page.verified) verifyPage(page, this.#layout)
    const data = page.data
    const header = pgno === 1 ? 100 : 0
    const type = data[header]!
    const count = (data[header + 3]! << 8) | data[header + 4]!
    if (type !== leafIndex && type !== interiorIndex) throw corrupt(pgno, 'not a page of an index')
    if (count === 0 && level > 0) throw corrupt(pgno, 'a page other than the root has no cells')
    this.#page = data
    this.#cellCount = count
    this.#pointers = type === leafIndex ? header + 8 : header + 12
    return type === leafIndex
  }

  /** Child `index` of the interior page on the stack's top. */
  #child(index: number): number {
    const data = this.#page
    const pointers = this.#pointers
    let at: number
    if (index < this.#cellCount) {
      at = pointers + 2 * index
      at = (data[at]! << 8) | data[at + 1]!
    } else at = pointers - 4
    this.#indexes[this.#level] = index
    return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0
  }

  #descendFirst(pgno: number, level: number): void {
    while (!this.#enter(pgno, level)) {
      pgno = this.#child(0)
      level++
    }
    this.#leafCount = this.#cellCount
  }

  #descendLast(pgno: number, level: number): void {
    while (!this.#enter(pgno, level)) {
      pgno = this.#child(this.#cellCount)
      level++
    }
    this.#leafCount = this.#cellCount
  }

  /** Descends to the leaf where `key` belongs and answers the first cell there at or after `threshold`. */
  #find(key: SearchKey, threshold: 0 | 1): number {
    let pgno = this.#begin()
    forgetBounds()
    for (let level = 0; ; level++) {
      const isLeaf = this.#enter(pgno, level)
      const index = findEntry(
        this.#pages,
        this.#stack[level]!,
        this.#pointers,
        this.#cellCount,
        isLeaf ? 0 : 4,
        key,
        threshold,
        this.#layout,
      )
      if (isLeaf) {
        this.#leafCount = this.#cellCount
        return index
      }
      pgno = this.#child(index)
    }
  }

  #seekForward(key: SearchKey, threshold: 0 | 1): boolean {
    const index = this.#find(key, threshold)
    return index < this.#cellCount ? this.#standOn(index) : this.#climbForward()
  }

  #seekBackward(key: SearchKey, threshold: 0 | 1): boolean {
    const index = this.#find(key, threshold) - 1
    return index >= 0 ? this.#standOn(index) : this.#climbBackward()
  }

  /** Makes cell `index` of the page on the stack's top the current entry. */
  #standOn(index: number): true {
    this.#positioned = true
    this.#index = index
    const at = this.#pointers + 2 * index
    const cell = (this.#page[at]! << 8) | this.#page[at + 1]!
    this.#read(this.#leafCount === 0 ? cell + 4 : cell)
    return true
  }

  /** Sets the public fields from the payload size at `at` and the payload after it. */
  #read(at: number): void {
    const data = this.#page
    let size = data[at++]!
    if (size >= 0x80) {
      const b = data[at++]!
      if (b < 0x80) size = ((size & 0x7f) << 7) | b
      else {
        size = readVarint(data, at - 2)
        at += varintLength(data, at - 2) - 2
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
    checkPayloadSize(this.#pages, this.#stack[this.#level]!.pgno, this.payloadSize)
    this.localSize = localSizeOf(this.payloadSize, this.#maxLocal, this.#layout)
    if (this.payloadOffset + this.localSize + 4 > this.#usableSize) this.#refuse()
  }

  #refuse(): never {
    throw corrupt(
      this.#stack[this.#level]!.pgno,
      `cell ${this.#index} reaches past the usable area`,
    )
  }

  /** After this the cursor stands on no entry. */
  #leave(): false {
    this.#positioned = false
    this.#leafCount = 0
    this.#index = -1
    this.#saved = null
    return false
  }

  #nextPage(): boolean {
    if (!this.#positioned) return false
    if (!this.#isCurrent()) return this.seekAfter(this.#savedKey())
    if (this.#index + 1 < this.#leafCount) return this.#standOn(this.#index + 1)
    if (this.#leafCount > 0) return this.#climbForward()
    // From an interior entry to the first of the child on its right.
    this.#countPage(1)
    this.#descendFirst(this.#child(this.#index + 1), this.#level + 1)
    return this.#standOn(0)
  }

  #previousPage(): boolean {
    if (!this.#positioned) return false
    if (!this.#isCurrent()) return this.seekBefore(this.#savedKey())
    if (this.#index > 0 && this.#leafCount > 0) return this.#standOn(this.#index - 1)
    if (this.#leafCount > 0) return this.#climbBackward()
    this.#countPage(-1)
    this.#descendLast(this.#child(this.#index), this.#level + 1)
    return this.#standOn(this.#cellCount - 1)
  }

  /** To the nearest ancestor with an entry right of the child that the cursor is in. */
  #climbForward(): boolean {
    for (let level = this.#level - 1; level >= 0; level--) {
      this.#return(level)
      if (this.#indexes[level]! < this.#cellCount) return this.#standOn(this.#indexes[level]!)
    }
    return this.#leave()
  }

  /** To the nearest ancestor with an entry left of the child that the cursor is in. */
  #climbBackward(): boolean {
    for (let level = this.#level - 1; level >= 0; level--) {
      this.#return(level)
      if (this.#indexes[level]! > 0) return this.#standOn(this.#indexes[level]! - 1)
    }
    return this.#leave()
  }

  #return(level: number): void {
    const page = this.#stack[level]!
    const header = page.pgno === 1 ? 100 : 0
    this.#level = level
    this.#page = page.data
    this.#pointers = header + 12
    this.#cellCount = (page.data[header + 3]! << 8) | page.data[header + 4]!
    this.#leafCount = 0
  }

  /** More pages in one direction without a seek than the database has: pages repeat. */
  #countPage(step: 1 | -1): void {
    this.#passed = this.#passed * step > 0 ? this.#passed + step : step
    if (this.#passed * step > this.#pages.pageCount)
      throw corrupt(this.#root, 'the pages of the tree go round in a circle')
  }

  /** Whether the path is still good, after looking closer where the database has changed. */
  #isCurrent(): boolean {
    const changeCount = this.#pages.changeCount
    if (this.#changeCount === changeCount) return true
    if (
      this.#saved !== null ||
      this.#version !== this.#tree.version ||
      !isPathCurrent(this.#pages, this.#stack, this.#level) ||
      this.#stack[this.#level]!.data !== this.#page
    )
      return false
    this.#changeCount = changeCount
    return true
  }

  /** @internal Copies the current record as a key, unless that was done since the last move. */
  savePosition(key: SearchKey): void {
    if (!this.#positioned || this.#saved !== null || !this.#isCurrent()) return
    const level = this.#level
    const at = this.#pointers + 2 * this.#index
    const cell = (this.#page[at]! << 8) | this.#page[at + 1]!
    this.#read(this.#leafCount === 0 ? cell + 4 : cell)
    const { data, payloadOffset, localSize, payloadSize } = this
    let record: Uint8Array
    if (localSize === payloadSize) {
      record = new Uint8Array(payloadSize)
      record.set(data.subarray(payloadOffset, payloadOffset + payloadSize))
    } else {
      const { pgno } = this.#stack[level]!
      record = readPayload(this.#pages, pgno, data, payloadOffset, localSize, payloadSize)
    }
    // Whoever reads the current entry after the change finds it here, and not what became of its page.
    this.data = record
    this.payloadOffset = 0
    this.localSize = payloadSize
    const saved = new SearchKey(key.fields, key.encoding, key.collations)
    const values = decodeRecord(record, 0, payloadSize, key.encoding)
    saved.set(values, Math.min(values.length, key.count))
    this.#saved = saved
  }

  /** @internal */
  loseTree(): void {
    this.#leave()
  }

  #savedKey(): SearchKey {
    if (this.#saved === null) {
      this.#leave()
      throw new SqliteError('abort due to ROLLBACK', 'SQLITE_ABORT_ROLLBACK')
    }
    return this.#saved
  }
}
