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
import { maxPageCount } from '../../base/limits.ts'
import { readVarint, varintLength, varintSize, writeVarint } from '../../record/index.ts'
import type { SearchKey, Value } from '../../record/index.ts'
import type { Deferral, Page, Pages } from '../pager/page.ts'
import { appendCells, isGapAll } from './append-cells.ts'
import { balance } from './balance.ts'
import { EntryProbe } from './entry-probe.ts'
import { IndexBuild } from './index-build.ts'
import { freeSpilledEntry, readPayload, writeOverflow } from './overflow.ts'
import {
  cellBytes,
  cellCountOf,
  freeBytes,
  headerOffset,
  layoutOf,
  localSizeOf,
  minCellSize,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, copyInto, dropCell, placeCell } from './page-space.ts'
import { isPathCurrent, treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { clearTree, countEntries, EntryCount, TreeClearing } from './whole-tree.ts'
import { childOffset, isLeaf, loadPage, WritePath } from './write-path.ts'

/** A record, until a page changes. */
export interface FoundEntry {
  readonly data: Uint8Array
  readonly offset: number
  readonly size: number
}

/** Records one after the other. */
export interface SortedRecords {
  /** The record is `size` bytes of `data` from `offset` on, until the next call of `next`. */
  readonly data: Uint8Array
  readonly offset: number
  readonly size: number
  /** Goes on to the next; false: there are no more. */
  next(): boolean
}

let cellScratch = new Uint8Array(4096)

/** Inserts, replaces and deletes the entries of one index, or the rows of one WITHOUT ROWID table. */
export class IndexTree {
  readonly #pages: Pages
  readonly #root: number
  readonly #tree: TreeState
  readonly #probe = new EntryProbe()
  #path: WritePath
  /** The latest insertion came last, so the next one may. */
  #appending = false
  /** `#path` leads behind the last entry while the tree has this shape and the pages have these relocations. */
  #lastShape = -1
  #lastRelocations = -1
  /** The version of the tree for which `#path` leads to the place of a key that `reserve` did not find; -1: it leads elsewhere. */
  #placedVersion = -1
  /** That place is behind all entries, which keep arriving in order. */
  #placedLast = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#tree = treeStateOf(pages, root)
    this.#path = new WritePath(pages, layoutOf(pages.usableSize), this.#tree)
  }

  /** Entries may be kept back, to be inserted all together: nobody stands in the tree, and it can be known that there will be room. */
  get mayDefer(): boolean {
    return !this.#tree.hasCursors && this.#pages.maxPages === maxPageCount
  }

  /** Bytes of entries that may be kept back for a tree that has none; 0: it has some. */
  get mostDeferred(): number {
    const pages = this.#pages
    const root = loadPage(pages, this.#root, 0, layoutOf(pages.usableSize))
    return isLeaf(root) && cellCountOf(root) === 0 ? pages.mostDeferred : 0
  }

  /** Entries wait to be inserted: whoever looks at the tree has that done before. @throws SQLITE_CORRUPT: its root is damaged */
  defer(deferral: Deferral): void {
    loadPage(this.#pages, this.#root, 0, layoutOf(this.#pages.usableSize))
    this.#tree.settle(this.#pages)
    this.#tree.deferral = deferral
    this.#pages.defer(deferral)
  }

  /** They do not wait any more. */
  endDeferral(deferral: Deferral): void {
    if (this.#tree.deferral === deferral) this.#tree.deferral = null
  }

  /** Moves with every change of the tree. */
  get version(): number {
    return this.#tree.version
  }

  /** Stores the first `size` bytes of `record`, whose key is `key`, in place of an entry with an equal key if there is one. */
  insert(record: Uint8Array, size: number, key: SearchKey): void {
    const probe = this.#probe
    probe.startKey(key)
    this.#insert(probe, record, 0, size)
  }

  /**
   * Stores the record in `size` bytes of `data` at `offset`, whose key is the first `count` of its `values`: the same
   * as `key.set(values, count)` followed by `insert`, but the key is only set when it is needed.
   */
  insertEntry(
    data: Uint8Array,
    offset: number,
    size: number,
    key: SearchKey,
    values: readonly Value[],
    count: number,
  ): void {
    const probe = this.#probe
    probe.start(key, values, count, data, offset, size)
    this.#insert(probe, data, offset, size)
  }

  /**
   * Looks for an entry whose first `uniqueCount` fields are those of a record that is about to be inserted: the payload of
   * one, or null. Where there is none its place is kept, and `insertReserved` goes straight to it. `isBeside`: entries that wait go on waiting, for none
   * of them has that key.
   */
  reserve(
    data: Uint8Array,
    offset: number,
    size: number,
    key: SearchKey,
    values: readonly Value[],
    uniqueCount: number,
    isBeside: boolean,
  ): FoundEntry | null {
    const pages = this.#pages
    if (this.#tree.deferral !== null && !isBeside) this.#tree.settle(pages)
    const probe = this.#probe
    probe.start(key, values, uniqueCount, data, offset, size)
    pages.beginOperation()
    try {
      const found = this.#findEqual(probe)
      if (found === null) this.#placedVersion = this.#tree.version
      return found
    } finally {
      pages.endOperation()
    }
  }

  /** As `insertEntry`, after a `reserve` that has found no entry with the same key: at its place, if the tree is still the same. */
  insertReserved(
    data: Uint8Array,
    offset: number,
    size: number,
    key: SearchKey,
    values: readonly Value[],
    count: number,
  ): void {
    const tree = this.#tree
    const path = this.#path
    const isPlaced =
      this.#placedVersion === tree.version &&
      !tree.hasCursors &&
      isPathCurrent(this.#pages, path.levels, path.depth)
    this.#placedVersion = -1
    if (!isPlaced) {
      this.insertEntry(data, offset, size, key, values, count)
      return
    }
    const pages = this.#pages
    pages.beginOperation()
    try {
      tree.version++
      this.#add(path, data, offset, size, this.#placedLast)
    } finally {
      pages.endOperation()
    }
  }

  /**
   * `reserve` and `insertReserved` in one: stores the record, unless there is an entry with the same first `uniqueCount` fields,
   * whose payload it then answers.
   */
  insertUnique(
    data: Uint8Array,
    offset: number,
    size: number,
    key: SearchKey,
    values: readonly Value[],
    uniqueCount: number,
    count: number,
  ): FoundEntry | null {
    const pages = this.#pages
    if (this.#tree.deferral !== null) this.#tree.settle(pages)
    if (this.#tree.hasCursors) {
      const found = this.reserve(data, offset, size, key, values, uniqueCount, false)
      if (found === null) this.insertEntry(data, offset, size, key, values, count)
      return found
    }
    const probe = this.#probe
    probe.start(key, values, uniqueCount, data, offset, size)
    pages.beginOperation()
    try {
      const found = this.#findEqual(probe)
      if (found !== null) return found
      this.#tree.version++
      this.#add(this.#path, data, offset, size, this.#placedLast)
      return null
    } finally {
      pages.endOperation()
    }
  }

  /** The entry that equals `probe`; null: there is none, and `#path` leads to its place. */
  #findEqual(probe: EntryProbe): FoundEntry | null {
    let path = this.#freshPath()
    this.#placedLast = this.#appending && this.#descendRight(path, probe)
    if (this.#placedLast) return null
    path = this.#freshPath()
    return this.#find(path, probe) ? this.#foundEntry(path) : null
  }

  #insert(probe: EntryProbe, data: Uint8Array, offset: number, size: number): void {
    const pages = this.#pages
    if (this.#tree.deferral?.takesOut === true) this.#tree.settle(pages)
    pages.beginOperation()
    try {
      const tree = this.#tree
      // A cursor saves as many fields as the key has.
      if (tree.hasCursors) probe.setKey()
      tree.beforeChange(probe.key!)
      let path = this.#freshPath()
      // Entries that keep arriving in order leave full pages behind.
      if (this.#appending && this.#descendRight(path, probe)) {
        this.#add(path, data, offset, size, true)
        return
      }
      path = this.#freshPath()
      if (this.#find(path, probe)) this.#replace(path, data, offset, size)
      else this.#add(path, data, offset, size, false)
    } finally {
      pages.endOperation()
    }
  }

  /**
   * Stores records that come in the order of `key`: all that wait to be inserted. What goes to one leaf goes there one after the other; an empty tree
   * is built at once. The tree must have no open cursors.
   */
  insertSorted(records: SortedRecords, key: SearchKey): void {
    const pages = this.#pages
    const root = loadPage(pages, this.#root, 0, layoutOf(pages.usableSize))
    if (isLeaf(root) && cellCountOf(root) === 0) {
      const build = new IndexBuild(pages, this.#root)
      while (records.next()) build.add(records.data, records.offset, records.size)
      build.finish()
      this.#appending = false
      return
    }
    let hasPath = false
    while (records.next()) {
      const { data, offset, size } = records
      pages.beginOperation()
      try {
        this.#tree.version++
        const probe = this.#probe
        probe.startRecord(key, key.fields.length, data, offset, size)
        const { shape } = this.#tree
        const isPlaced = (hasPath && this.#staysOnLeaf(probe)) || this.#findEqual(probe) === null
        if (isPlaced) this.#add(this.#path, data, offset, size, this.#placedLast)
        else this.#replace(this.#path, data, offset, size)
        // Balancing leads it elsewhere.
        hasPath = shape === this.#tree.shape
      } finally {
        pages.endOperation()
      }
    }
    this.#placedVersion = -1
  }

  /** The entry, which comes after the one that was inserted last, belongs to the same leaf: `#path` then leads there. */
  #staysOnLeaf(probe: EntryProbe): boolean {
    const path = this.#path
    const { levels, depth, layout } = path
    const leaf = levels[depth]!
    const last = cellCountOf(leaf) - 1
    if (path.indexes[depth]! >= last || !isPathCurrent(this.#pages, levels, depth)) return false
    if (probe.compare(this.#pages, leaf, cellOffset(leaf, last), layout) <= 0) return false
    const index = probe.find(this.#pages, leaf, 0, layout)
    // One that is there is the business of those who look for it on all levels.
    if (index < 0) return false
    path.indexes[depth] = index
    this.#placedLast = false
    return true
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
      this.#add(this.#lastPath(), record, 0, size, true)
    } finally {
      pages.endOperation()
    }
  }

  /**
   * Copies entries of a leaf of another tree, which come after all others, from the place `from` on, as long as they fit on the last leaf as
   * they are. Answers the place of the first that it leaves. The tree must have no open cursors.
   */
  appendCells(source: Page, from: number): number {
    const pages = this.#pages
    pages.beginOperation()
    try {
      const path = this.#lastPath()
      const leaf = path.levels[path.depth]!
      if (!isGapAll(leaf)) return from
      this.#tree.version++
      pages.write(leaf)
      return appendCells(leaf, source, from, path.layout)
    } finally {
      pages.endOperation()
    }
  }

  /** Some entry begins with the first `count` of `values`, which are those of the record in `size` bytes of `data` at `offset`. */
  has(
    data: Uint8Array,
    offset: number,
    size: number,
    key: SearchKey,
    values: readonly Value[],
    count: number,
  ): boolean {
    const pages = this.#pages
    if (this.#tree.deferral !== null) this.#tree.settle(pages)
    const probe = this.#probe
    probe.start(key, values, count, data, offset, size)
    pages.beginOperation()
    try {
      return this.#find(this.#freshPath(), probe)
    } finally {
      pages.endOperation()
    }
  }

  /** Deletes the entry that equals `key`; false when there is none. */
  delete(key: SearchKey): boolean {
    const pages = this.#pages
    if (this.#tree.deferral !== null) this.#tree.settle(pages)
    pages.beginOperation()
    try {
      const path = this.#freshPath()
      const probe = this.#probe
      probe.startKey(key)
      if (!this.#find(path, probe)) return false
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

  /** The same, page by page. */
  clearing(): TreeClearing {
    this.#appending = false
    return new TreeClearing(this.#pages, this.#root, 0)
  }

  /** How many entries there are. */
  count(): number {
    return countEntries(this.#pages, this.#root, 0)
  }

  /** The same, page by page. */
  counting(): EntryCount {
    return new EntryCount(this.#pages, this.#root, 0)
  }

  #freshPath(): WritePath {
    this.#placedVersion = -1
    this.#lastShape = -1
    if (this.#path.layout.usableSize !== this.#pages.usableSize)
      this.#path = new WritePath(this.#pages, layoutOf(this.#pages.usableSize), this.#tree)
    this.#path.reset()
    return this.#path
  }

  /** The path behind the last entry, which stays what it is until the shape of the tree changes. */
  #lastPath(): WritePath {
    const pages = this.#pages
    const path = this.#path
    const { levels, depth } = path
    const isKnown =
      this.#lastShape === this.#tree.shape &&
      this.#lastRelocations === pages.relocations &&
      isPathCurrent(pages, levels, depth)
    if (isKnown) {
      path.indexes[depth] = cellCountOf(levels[depth]!)
      return path
    }
    const fresh = this.#freshPath()
    this.#descendRight(fresh, null)
    this.#lastShape = this.#tree.shape
    this.#lastRelocations = pages.relocations
    return fresh
  }

  /** Leads `path` to the entry that equals `probe`, on whichever level, or to its place on a leaf. Answers whether it exists. */
  #find(path: WritePath, probe: EntryProbe): boolean {
    const pages = this.#pages
    const { layout } = path
    let page = path.enter(this.#root, 0)
    for (;;) {
      const leaf = isLeaf(page)
      const index = probe.find(pages, page, leaf ? 0 : 4, layout)
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

  /** The entry where `path` ends. */
  #foundEntry(path: WritePath): FoundEntry {
    const pages = this.#pages
    const { layout } = path
    const page = path.levels[path.depth]!
    const cell = cellOffset(page, path.indexes[path.depth]!) + (isLeaf(page) ? 0 : 4)
    const { data } = page
    const size = readVarint(data, cell)
    const offset = cell + varintLength(data, cell)
    const localSize = localSizeOf(size, layout.maxIndexLocal, layout)
    if (localSize === size) return { data, offset, size }
    return {
      data: readPayload(pages, page.pgno, data, offset, localSize, size),
      offset: 0,
      size,
    }
  }

  /** Leads `path` behind the last entry. Answers whether `probe` belongs there; null always does. */
  #descendRight(path: WritePath, probe: EntryProbe | null): boolean {
    let page = path.enter(this.#root, 0)
    while (!isLeaf(page)) {
      const count = cellCountOf(page)
      path.indexes[path.depth] = count
      page = path.enter(path.child(path.depth, count), 0)
    }
    const count = cellCountOf(page)
    path.indexes[path.depth] = count
    if (probe === null || count === 0) return true
    return probe.compare(this.#pages, page, cellOffset(page, count - 1), path.layout) < 0
  }

  /** Adds an entry on the leaf where `path` ends. */
  #add(path: WritePath, data: Uint8Array, offset: number, size: number, bulk: boolean): void {
    const level = path.depth
    const leaf = path.levels[level]!
    const index = path.indexes[level]!
    if (!this.#addLocal(path, data, offset, size)) {
      const cellSize = this.#makeCell(0, data, offset, size, leaf.pgno, path.layout)
      this.#pages.write(leaf)
      path.insert(level, index, cellScratch, 4, cellSize - 4)
    }
    this.#appending = path.endsTreeAt(index)
    if (path.overflow[level]!.length > 0) balance(path, level, bulk)
  }

  /** The usual case: the record stays whole, and its cell fits on the leaf. Answers false when not, having done nothing. */
  #addLocal(path: WritePath, data: Uint8Array, offset: number, recordSize: number): boolean {
    const { layout, depth } = path
    if (recordSize > layout.maxIndexLocal) return false
    const leaf = path.levels[depth]!
    const size = varintSize(recordSize) + recordSize
    if (freeBytes(leaf, layout) < Math.max(size, minCellSize) + 2) return false
    this.#pages.write(leaf)
    let at = placeCell(leaf, path.indexes[depth]!, size, layout)
    at += writeVarint(leaf.data, at, recordSize)
    copyInto(leaf.data, at, data, offset, recordSize)
    return true
  }

  /** Puts a new record in place of the entry where `path` ends. */
  #replace(path: WritePath, data: Uint8Array, dataOffset: number, size: number): void {
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
    const cellSize = this.#makeCell(child, data, dataOffset, size, page.pgno, layout)
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
    data: Uint8Array,
    offset: number,
    size: number,
    nearby: number,
    layout: Layout,
  ): number {
    if (cellScratch.length < layout.usableSize + 32)
      cellScratch = new Uint8Array(layout.usableSize + 32)
    writeUint32(cellScratch, 0, child)
    let at = 4 + writeVarint(cellScratch, 4, size)
    const localSize = localSizeOf(size, layout.maxIndexLocal, layout)
    copyInto(cellScratch, at, data, offset, localSize)
    at += localSize
    if (localSize < size) {
      const from = offset + localSize
      writeUint32(cellScratch, at, writeOverflow(this.#pages, data, from, offset + size, nearby))
      at += 4
    }
    return at
  }
}
