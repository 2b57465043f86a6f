/**
 * Changing an index, or a WITHOUT ROWID table: records by key. (Database File Format §1.6, index b-trees.)
 *
 * Cell of a leaf: payload size (varint), the local payload, and the first overflow page when the payload spills. A cell of
 * an interior page has its left child in front. Entries live on all levels, so an entry to be deleted may
 * divide two children; then the greatest entry of the child to its left, which is always on a leaf, takes its place.
 *
 * Keys are compared by a `SearchKey`. For an index it holds all fields, the rowid included; for a WITHOUT ROWID table
 * the primary key, so that a record with an equal key is replaced.
 */
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { varintSize, writeVarint } from '../../record/index.ts'
import type { SearchKey } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import { balance } from './balance.ts'
import { compareCell } from './index-cursor.ts'
import { freeSpilledEntry, writeOverflow } from './overflow.ts'
import {
  cellBytes,
  cellCountOf,
  freeBytes,
  headerOffset,
  layoutOf,
  localSizeOf,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, copyInto, dropCell, placeCell } from './page-space.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { clearTree, countEntries } from './whole-tree.ts'
import { childOffset, isLeaf, WritePath } from './write-path.ts'

let cellScratch = new Uint8Array(4096)

/** Inserts, replaces and deletes the entries of one index, or the rows of one WITHOUT ROWID table. */
export class IndexTree {
  readonly #pages: Pages
  readonly #root: number
  readonly #tree: TreeState
  #path: WritePath
  /** The latest insertion came last, so the next one may. */
  #appending = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#tree = treeStateOf(pages, root)
    this.#path = new WritePath(pages, layoutOf(pages.usableSize))
  }

  /** Stores the first `size` bytes of `record`, whose key is `key`, in place of an entry with an equal key if there is one. */
  insert(record: Uint8Array, size: number, key: SearchKey): void {
    const pages = this.#pages
    pages.beginOperation()
    try {
      this.#tree.beforeChange(key)
      let path = this.#freshPath()
      // Entries that keep arriving in order leave full pages behind.
      if (this.#appending && this.#descendRight(path, key)) {
        this.#add(path, record, size, true)
        return
      }
      path = this.#freshPath()
      if (this.#find(path, key)) this.#replace(path, record, size)
      else this.#add(path, record, size, false)
    } finally {
      pages.endOperation()
    }
  }

  /**
   * Stores a record that comes after all others, as when an index is built from sorted entries; pages are then
   * left full. The tree must have no open cursors.
   */
  append(record: Uint8Array, size: number): void {
    const pages = this.#pages
    pages.beginOperation()
    try {
      this.#tree.version++
      const path = this.#freshPath()
      this.#descendRight(path, null)
      this.#add(path, record, size, true)
    } finally {
      pages.endOperation()
    }
  }

  /** Deletes the entry that equals `key`; false when there is none. */
  delete(key: SearchKey): boolean {
    const pages = this.#pages
    pages.beginOperation()
    try {
      const path = this.#freshPath()
      if (!this.#find(path, key)) return false
      this.#tree.beforeChange(key)
      this.#appending = false
      const level = path.depth
      const page = path.levels[level]!
      const index = path.indexes[level]!
      pages.write(page)
      if (isLeaf(page)) {
        freeSpilledEntry(pages, page, index, 0, path.layout)
        dropCell(page, index, path.layout)
        if (level > 0) balance(path, level, false)
      } else this.#deleteDivider(path, level)
      return true
    } finally {
      pages.endOperation()
    }
  }

  /** Deletes all entries and answers how many there were. The tree keeps its root. */
  clear(): number {
    this.#appending = false
    return clearTree(this.#pages, this.#root, 0)
  }

  /** How many entries there are. */
  count(): number {
    return countEntries(this.#pages, this.#root, 0)
  }

  #freshPath(): WritePath {
    if (this.#path.layout.usableSize !== this.#pages.usableSize)
      this.#path = new WritePath(this.#pages, layoutOf(this.#pages.usableSize))
    this.#path.reset()
    return this.#path
  }

  /** Leads `path` to the entry that equals `key`, on whichever level, or to its place on a leaf. Answers whether it exists. */
  #find(path: WritePath, key: SearchKey): boolean {
    let page = path.enter(this.#root, 0)
    for (;;) {
      const leaf = isLeaf(page)
      const index = this.#findOnPage(page, leaf ? 0 : 4, key, path.layout)
      // A found entry is answered as the complement of its index.
      if (index < 0) {
        path.indexes[path.depth] = ~index
        return true
      }
      path.indexes[path.depth] = index
      if (leaf) return false
      page = path.enter(readUint32(page.data, childOffset(page, index)), 0)
    }
  }

  #findOnPage(page: Page, childSize: number, key: SearchKey, layout: Layout): number {
    const { data } = page
    const pointers = pointersOffset(page)
    let low = 0
    let high = cellCountOf(page)
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = pointers + 2 * middle
      const cell = ((data[at]! << 8) | data[at + 1]!) + childSize
      const order = compareCell(this.#pages, page, cell, key, layout)
      if (order === 0) return ~middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Leads `path` behind the last entry. Answers whether `key` belongs there; a null key always does. */
  #descendRight(path: WritePath, key: SearchKey | null): boolean {
    let page = path.enter(this.#root, 0)
    while (!isLeaf(page)) {
      const count = cellCountOf(page)
      path.indexes[path.depth] = count
      page = path.enter(path.child(path.depth, count), 0)
    }
    const count = cellCountOf(page)
    path.indexes[path.depth] = count
    if (key === null || count === 0) return true
    return compareCell(this.#pages, page, cellOffset(page, count - 1), key, path.layout) < 0
  }

  /** Adds an entry on the leaf where `path` ends. */
  #add(path: WritePath, record: Uint8Array, size: number, bulk: boolean): void {
    const level = path.depth
    const leaf = path.levels[level]!
    const index = path.indexes[level]!
    if (!this.#addLocal(path, record, size)) {
      const cellSize = this.#makeCell(0, record, size, leaf.pgno, path.layout)
      this.#pages.write(leaf)
      path.insert(level, index, cellScratch, 4, cellSize - 4)
    }
    this.#appending = path.endsTreeAt(index)
    if (path.overflow[level]!.length > 0) balance(path, level, bulk)
  }

  /** The usual case: the record stays whole, and its cell fits on the leaf. Answers false when not, having done nothing. */
  #addLocal(path: WritePath, record: Uint8Array, recordSize: number): boolean {
    const { layout, depth } = path
    if (recordSize > layout.maxIndexLocal) return false
    const leaf = path.levels[depth]!
    const size = varintSize(recordSize) + recordSize
    if (freeBytes(leaf, layout) < Math.max(size, minCellSize) + 2) return false
    this.#pages.write(leaf)
    let at = placeCell(leaf, path.indexes[depth]!, size, layout)
    at += writeVarint(leaf.data, at, recordSize)
    copyInto(leaf.data, at, record, 0, recordSize)
    return true
  }

  /** Puts a new record in place of the entry where `path` ends. */
  #replace(path: WritePath, record: Uint8Array, size: number): void {
    const pages = this.#pages
    const { layout } = path
    const level = path.depth
    const page = path.levels[level]!
    const index = path.indexes[level]!
    const childSize = isLeaf(page) ? 0 : 4
    this.#appending = false
    pages.write(page)
    const child = childSize === 0 ? 0 : readUint32(page.data, cellOffset(page, index))
    freeSpilledEntry(pages, page, index, childSize, layout)
    const cellSize = this.#makeCell(child, record, size, page.pgno, layout)
    const offset = cellOffset(page, index)
    const type = page.data[headerOffset(page.pgno)]!
    if (cellBytes(page.data, offset, type, layout) === cellSize - 4 + childSize) {
      copyInto(page.data, offset, cellScratch, 4 - childSize, cellSize - 4 + childSize)
      return
    }
    dropCell(page, index, layout)
    path.insert(level, index, cellScratch, 4 - childSize, cellSize - 4 + childSize)
    if (path.overflow[level]!.length > 0) balance(path, level, false)
  }

  /** Deletes the interior entry where `path` ends, replacing it by the one before it. */
  #deleteDivider(path: WritePath, level: number): void {
    const pages = this.#pages
    const { layout } = path
    const page = path.levels[level]!
    const index = path.indexes[level]!
    const child = path.child(level, index)
    let leaf = path.enter(child, 0)
    while (!isLeaf(leaf)) {
      const count = cellCountOf(leaf)
      path.indexes[path.depth] = count
      leaf = path.enter(path.child(path.depth, count), 0)
    }
    pages.write(leaf)
    const last = cellCountOf(leaf) - 1
    const entry = path.copyCell(path.depth, last)
    const divider = new Uint8Array(entry.length + 4)
    divider.set(entry, 4)
    writeUint32(divider, 0, child)
    freeSpilledEntry(pages, page, index, 4, layout)
    dropCell(page, index, layout)
    path.insert(level, index, divider, 0, divider.length)
    dropCell(leaf, last, layout)
    // Should balancing end below the entry's own page, that page may still need it.
    if (balance(path, path.depth, false) > level) balance(path, level, false)
  }

  /** Makes an interior cell in the scratch array, storing what spills; a leaf cell begins 4 bytes later. Answers its size. */
  #makeCell(
    child: number,
    record: Uint8Array,
    size: number,
    nearby: number,
    layout: Layout,
  ): number {
    if (cellScratch.length < layout.usableSize + 32)
      cellScratch = new Uint8Array(layout.usableSize + 32)
    writeUint32(cellScratch, 0, child)
    let at = 4 + writeVarint(cellScratch, 4, size)
    const localSize = localSizeOf(size, layout.maxIndexLocal, layout)
    copyInto(cellScratch, at, record, 0, localSize)
    at += localSize
    if (localSize < size) {
      writeUint32(cellScratch, at, writeOverflow(this.#pages, record, localSize, size, nearby))
      at += 4
    }
    return at
  }
}
