/**
 * The way from a root to the cell that is about to change.
 *
 * A writer needs what a cursor needs, the pages of each level and where it went down, and one thing more: a page may
 * for a moment have more cells than fit on it. Those wait in `overflow` of their level, each with its place among
 * *all* cells of the page, until balancing has spread them over pages. Between two operations every
 * `overflow` is empty.
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import type { Page, Pages } from '../pager/page.ts'
import {
  cellBytes,
  cellCountOf,
  headerOffset,
  isLeafType,
  pointersOffset,
  verifyPage,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, dropCell, insertCell } from './page-space.ts'
import { findChild } from './rowid-search.ts'
import type { TreeState } from './tree-state.ts'

/** A cell that does not fit on its page for now. */
export interface WaitingCell {
  /** Its place among all cells of the page, on it or waiting. */
  index: number
  readonly bytes: Uint8Array
}

const none: WaitingCell[] = []

export class WritePath {
  readonly pages: Pages
  readonly layout: Layout
  readonly tree: TreeState
  readonly levels: Page[] = []
  /** On each level the cell, or the child that the path goes through. */
  readonly indexes: number[] = []
  /** The last level of the path. */
  depth = -1
  readonly overflow: WaitingCell[][] = []
  #hasWaited = false

  constructor(pages: Pages, layout: Layout, tree: TreeState) {
    this.pages = pages
    this.tree = tree
    this.layout = layout
    for (let level = 0; level <= maxBtreeDepth; level++) {
      this.overflow.push(none)
      this.indexes.push(0)
    }
  }

  /** Begins a new path. */
  reset(): void {
    this.depth = -1
    if (!this.#hasWaited) return
    // An operation that failed may have left some behind.
    for (let level = 0; level <= maxBtreeDepth; level++) this.overflow[level] = none
    this.#hasWaited = false
  }

  /** Enters page `pgno` as the next level. `kind` is 1 for a table tree, 0 for an index tree. */
  enter(pgno: number, kind: 0 | 1): Page {
    const level = this.depth + 1
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    const page = loadPage(this.pages, pgno, kind, this.layout)
    if (level > 0) {
      if (cellCountOf(page) === 0) throw corrupt(pgno, 'a page other than the root has no cells')
      for (let i = 0; i < level; i++)
        if (this.levels[i] === page) throw corrupt(pgno, 'a page is its own descendant')
    }
    this.levels[level] = page
    this.depth = level
    return page
  }

  /** Leads from the root of a table to the leaf of a row, whether it is there or not. */
  descendTo(root: number, rowid: number | bigint): Page {
    let page = this.enter(root, 1)
    while (!isLeaf(page)) {
      const index = findChild(page.data, pointersOffset(page), cellCountOf(page), rowid)
      this.indexes[this.depth] = index
      page = this.enter(readUint32(page.data, childOffset(page, index)), 1)
    }
    return page
  }

  /** All cells of the page at `level`, waiting ones included. */
  cellCount(level: number): number {
    return cellCountOf(this.levels[level]!) + this.overflow[level]!.length
  }

  /** Whether cell `index` of the last page of the path is the last cell of the whole tree. */
  endsTreeAt(index: number): boolean {
    if (index !== this.cellCount(this.depth) - 1) return false
    for (let level = this.depth - 1; level >= 0; level--)
      if (this.indexes[level] !== this.cellCount(level)) return false
    return true
  }

  /** Puts a cell before cell `index` of the page at `level`; it waits if the page is full. `bytes` may be reused afterwards. */
  insert(level: number, index: number, bytes: Uint8Array, start: number, size: number): void {
    const page = this.levels[level]!
    const waiting = this.overflow[level]!
    if (waiting.length === 0) {
      if (insertCell(page, index, bytes, start, size, this.layout)) return
      this.#hasWaited = true
      this.overflow[level] = [{ index, bytes: copyOf(bytes, start, size) }]
      return
    }
    let at = 0
    while (at < waiting.length && waiting[at]!.index < index) at++
    for (let i = at; i < waiting.length; i++) waiting[i]!.index++
    waiting.splice(at, 0, { index, bytes: copyOf(bytes, start, size) })
  }

  /** Takes cell `index` out of the page at `level`. */
  drop(level: number, index: number): void {
    const waiting = this.overflow[level]!
    let at = 0
    while (at < waiting.length && waiting[at]!.index < index) at++
    const isWaiting = at < waiting.length && waiting[at]!.index === index
    for (let i = at; i < waiting.length; i++) waiting[i]!.index--
    if (isWaiting) waiting.splice(at, 1)
    else dropCell(this.levels[level]!, index - at, this.layout)
  }

  /** A copy of cell `index` of the page at `level`. */
  copyCell(level: number, index: number): Uint8Array {
    const waiting = this.overflow[level]!
    let at = 0
    while (at < waiting.length && waiting[at]!.index < index) at++
    if (at < waiting.length && waiting[at]!.index === index) return waiting[at]!.bytes
    const page = this.levels[level]!
    const offset = cellOffset(page, index - at)
    const size = cellBytes(page.data, offset, page.data[headerOffset(page.pgno)]!, this.layout)
    if (offset + size > this.layout.usableSize)
      throw corrupt(page.pgno, 'a cell reaches past the usable area')
    return copyOf(page.data, offset, size)
  }

  /** The child left of cell `index` of the interior page at `level`; the right-most one when there is no such cell. */
  child(level: number, index: number): number {
    const waiting = this.overflow[level]!
    const page = this.levels[level]!
    let at = 0
    while (at < waiting.length && waiting[at]!.index < index) at++
    if (at < waiting.length && waiting[at]!.index === index)
      return readUint32(waiting[at]!.bytes, 0)
    return readUint32(page.data, childOffset(page, index - at))
  }

  /** Makes `pgno` the child that `child(level, index)` answers. The page must be writable. */
  setChild(level: number, index: number, pgno: number): void {
    const waiting = this.overflow[level]!
    const page = this.levels[level]!
    let at = 0
    while (at < waiting.length && waiting[at]!.index < index) at++
    if (at < waiting.length && waiting[at]!.index === index)
      writeUint32(waiting[at]!.bytes, 0, pgno)
    else writeUint32(page.data, childOffset(page, index - at), pgno)
  }
}

/** Where an interior page keeps the number of child `index`. */
export function childOffset(page: Page, index: number): number {
  return index < cellCountOf(page) ? cellOffset(page, index) : pointersOffset(page) - 4
}

/** A verified page that belongs to a table tree (`kind` 1) or an index tree (0). */
export function loadPage(pages: Pages, pgno: number, kind: 0 | 1, layout: Layout): Page {
  const page = pages.get(pgno)
  if (!page.verified) verifyPage(page, layout)
  // Bit 0 of the type is set for tables: 5 and 13 against 2 and 10.
  if ((page.data[headerOffset(pgno)]! & 1) !== kind)
    throw corrupt(pgno, kind === 1 ? 'not a page of a table' : 'not a page of an index')
  return page
}

/** Whether a page is a leaf. */
export function isLeaf(page: Page): boolean {
  return isLeafType(page.data[headerOffset(page.pgno)]!)
}

function copyOf(bytes: Uint8Array, start: number, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  copy.set(bytes.subarray(start, start + size))
  return copy
}
