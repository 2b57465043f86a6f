/**
 * Changing a table: rows by rowid. (Database File Format §1.6, table b-trees.)
 *
 * Cell of a leaf: payload size, rowid (both varints), the local payload, and the first overflow page when the payload
 * spills. Rows live on leaves only, so every insertion and deletion begins on a leaf, and `balance` does the rest.
 *
 * Most insertions append. The tree remembers its last leaf; while no row has come to another page since, a
 * greater rowid goes there without a descent. Otherwise a tree that was last appended to goes down its right edge, which needs no
 * searching. Only other rowids are searched for, and not where the way to their leaf is known: by the last change, or by the cursor that has
 * just found the row.
 */
import { corrupt } from '../../base/error.ts'
import { isPartEqual, readUint32, writeUint32 } from '../../base/bytes.ts'
import { readVarint, varintLength, varintSize, writeVarint } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import { appendCells, isGapAll } from './append-cells.ts'
import type { RowAppender } from './append-rows.ts'
import { balance } from './balance.ts'
import { freeSpilledRow, holdsSpilled, writeOverflow } from './overflow.ts'
import {
  cellCountOf,
  contentStartOf,
  freeBytes,
  headerOffset,
  layoutOf,
  leafTable,
  localSizeOf,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, copyInto, dropCell, placeCell } from './page-space.ts'
import { findChild, findRow, isWithin, readCellRowid } from './rowid-search.ts'
import { isPathCurrent, treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { clearTree, countEntries, EntryCount, TreeClearing } from './whole-tree.ts'
import { childOffset, isLeaf, loadPage, WritePath } from './write-path.ts'

let cellScratch = new Uint8Array(4096)

const noBytes = new Uint8Array(0)
const noView = new DataView(noBytes.buffer)
/** More bytes are copied by the runtime. */
const mostByWords = 256

/** Inserts, replaces and deletes the rows of one table. */
export class TableTree {
  readonly #pages: Pages
  readonly #root: number
  readonly #tree: TreeState
  #path: WritePath
  /** `#path` leads to a leaf while the tree has this shape and the pages have these relocations. */
  #shape = -1
  #relocations = -1
  /** The last leaf, good for as long; 0 when not known. */
  #lastLeaf = 0
  #lastShape = -1
  #lastRelocations = -1
  /** The latest insertion was an append, so the next one may be. */
  #appending = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#tree = treeStateOf(pages, root)
    this.#path = new WritePath(pages, layoutOf(pages.usableSize), this.#tree)
  }

  /** It has no rows. */
  get isEmpty(): boolean {
    const root = loadPage(this.#pages, this.#root, 1, layoutOf(this.#pages.usableSize))
    return isLeaf(root) && cellCountOf(root) === 0 && this.#root !== 1
  }

  /** Moves with each change of the tree, whoever makes it. */
  get version(): number {
    return this.#tree.version
  }

  /**
   * Stores `payloadSize` bytes of `payload`, from `start`, as the row `rowid`.
   * @returns true when it replaced a row
   */
  insert(
    rowid: number | bigint,
    payload: Uint8Array,
    payloadSize: number,
    start: number = 0,
  ): boolean {
    const pages = this.#pages
    pages.beginOperation()
    try {
      this.#tree.version++
      if (this.#appending && this.#appendRow(rowid, payload, start, payloadSize)) return false
      const found = this.#findForInsert(rowid)
      const path = this.#path
      if (found) this.#replace(path, rowid, payload, start, payloadSize)
      else this.#add(path, rowid, payload, start, payloadSize)
      return found
    } finally {
      pages.endOperation()
    }
  }

  /** Stores a row that the caller knows is not there. */
  insertNew(
    rowid: number | bigint,
    payload: Uint8Array,
    payloadSize: number,
    start: number = 0,
  ): void {
    if (typeof rowid === 'number' && this.#appendLocal(rowid, payload, start, payloadSize)) return
    this.insert(rowid, payload, payloadSize, start)
  }

  /** The usual case of many rows: one that goes behind the last, and into the gap of the last leaf. Answers false when it does not, having done nothing. */
  #appendLocal(rowid: number, payload: Uint8Array, start: number, payloadSize: number): boolean {
    const pages = this.#pages
    if (!this.#appending || !this.#knowsLast() || pages.pointers !== null) return false
    const leaf = pages.get(this.#lastLeaf)
    const { data } = leaf
    // Rows of a page with freeblocks go there first, and page 1 has another header.
    if (!leaf.verified || leaf.pgno === 1 || (data[1]! | data[2]!) !== 0) return false
    if (payloadSize > pages.usableSize - 35 || !isAfterLast(leaf, rowid)) return false
    const size = varintSize(payloadSize) + varintSize(rowid) + payloadSize
    const count = (data[3]! << 8) | data[4]!
    const end = 8 + 2 * count
    let at = contentStartOf(data, 0) - (size < minCellSize ? minCellSize : size)
    if (at < end + 2) return false
    this.#tree.version++
    pages.beginOperation()
    try {
      pages.write(leaf)
      const target = leaf.data
      target[3] = (count + 1) >>> 8
      target[4] = count + 1
      target[5] = at >>> 8
      target[6] = at
      target[end] = at >>> 8
      target[end + 1] = at
      at += writeVarint(target, at, payloadSize)
      at += writeVarint(target, at, rowid)
      this.#copy(target, at, payload, start, payloadSize)
    } finally {
      pages.endOperation()
    }
    return true
  }

  // The arrays that were copied between, to be read and written four bytes at a time.
  #target: Uint8Array = noBytes
  #targetView: DataView = noView
  #source: Uint8Array = noBytes
  #sourceView: DataView = noView

  /** Copies between two arrays, which are mostly those of the row before. */
  #copy(target: Uint8Array, at: number, source: Uint8Array, start: number, size: number): void {
    if (size > mostByWords) {
      target.set(source.subarray(start, start + size), at)
      return
    }
    if (this.#target !== target) {
      this.#target = target
      this.#targetView = new DataView(target.buffer, target.byteOffset, target.length)
    }
    if (this.#source !== source) {
      this.#source = source
      this.#sourceView = new DataView(source.buffer, source.byteOffset, source.length)
    }
    const to = this.#targetView
    const from = this.#sourceView
    const whole = size & ~3
    for (let i = 0; i < whole; i += 4) to.setUint32(at + i, from.getUint32(start + i))
    for (let i = whole; i < size; i++) target[at + i] = source[start + i]!
  }

  /**
   * Stores rows of `values`, from the place `from` on, behind the last row while there is room for them on the last leaf and
   * they are nothing unusual. Answers the place of the first that is not stored; it may be the first of all.
   * @param next more than the rowid of any row
   */
  append(appender: RowAppender, values: readonly Value[], from: number, next: number): number {
    const pages = this.#pages
    if (!this.#appending || !this.#knowsLast()) return from
    const leaf = pages.get(this.#lastLeaf)
    const { data } = leaf
    // Rows of a page with freeblocks go there first, and page 1 has another header.
    if (!leaf.verified || leaf.pgno === 1 || (data[1]! | data[2]!) !== 0) return from
    pages.beginOperation()
    try {
      this.#tree.version++
      pages.write(leaf)
      return appender.append(leaf, layoutOf(pages.usableSize), values, from, next)
    } finally {
      pages.endOperation()
    }
  }

  /**
   * Copies rows of a leaf of another tree behind the last row, from the place `from` on, as long as they fit on the last leaf as they are.
   * Answers the place of the first that it leaves.
   */
  appendCells(source: Page, from: number): number {
    const pages = this.#pages
    if (!this.#appending || !this.#knowsLast()) return from
    pages.beginOperation()
    try {
      const layout = layoutOf(pages.usableSize)
      const leaf = loadPage(pages, this.#lastLeaf, 1, layout)
      if (!isGapAll(leaf)) return from
      this.#tree.version++
      pages.write(leaf)
      return appendCells(leaf, source, from, layout)
    } finally {
      pages.endOperation()
    }
  }

  /** Deletes the row `rowid`; false when there is none. */
  delete(rowid: number | bigint): boolean {
    const pages = this.#pages
    pages.beginOperation()
    try {
      if (!this.#find(rowid)) return false
      const path = this.#path
      this.#tree.version++
      this.#appending = false
      const level = path.depth
      const leaf = path.levels[level]!
      const index = path.indexes[level]!
      pages.write(leaf)
      freeSpilledRow(pages, leaf, index, path.layout)
      dropCell(leaf, index, path.layout)
      if (level > 0) balance(path, level, false)
      return true
    } finally {
      pages.endOperation()
    }
  }

  /** Whether there is a row `rowid`. */
  exists(rowid: number | bigint): boolean {
    const layout = layoutOf(this.#pages.usableSize)
    let page = loadPage(this.#pages, this.#root, 1, layout)
    for (let level = 0; !isLeaf(page); level++) {
      const index = findChild(page.data, pointersOffset(page), cellCountOf(page), rowid)
      page = this.#child(page, index, level, layout)
    }
    const count = cellCountOf(page)
    const pointers = pointersOffset(page)
    const index = findRow(page.data, pointers, count, rowid)
    return index < count && readCellRowid(page.data, pointers, index) === rowid
  }

  /** The greatest rowid; null when the table is empty. */
  lastRowid(): number | bigint | null {
    const pages = this.#pages
    const layout = layoutOf(pages.usableSize)
    let page: Page
    if (this.#knowsLast()) page = loadPage(pages, this.#lastLeaf, 1, layout)
    else {
      page = loadPage(pages, this.#root, 1, layout)
      for (let level = 0; !isLeaf(page); level++)
        page = this.#child(page, cellCountOf(page), level, layout)
      this.#keepLast(page)
    }
    const count = cellCountOf(page)
    return count === 0 ? null : readCellRowid(page.data, pointersOffset(page), count - 1)
  }

  /** Deletes all rows and answers how many there were. The tree keeps its root. */
  clear(): number {
    this.#appending = false
    return clearTree(this.#pages, this.#root, 1)
  }

  /** The same, page by page. */
  clearing(): TreeClearing {
    this.#appending = false
    return new TreeClearing(this.#pages, this.#root, 1)
  }

  /** How many rows there are. */
  count(): number {
    return countEntries(this.#pages, this.#root, 1)
  }

  /** The same, page by page. */
  counting(): EntryCount {
    return new EntryCount(this.#pages, this.#root, 1)
  }

  #freshPath(): WritePath {
    if (this.#path.layout.usableSize !== this.#pages.usableSize)
      this.#path = new WritePath(this.#pages, layoutOf(this.#pages.usableSize), this.#tree)
    this.#path.reset()
    this.#shape = -1
    return this.#path
  }

  /** `#lastLeaf` is the last leaf. */
  #knowsLast(): boolean {
    return (
      this.#lastShape === this.#tree.shape &&
      this.#lastRelocations === this.#pages.relocations &&
      this.#lastLeaf !== 0
    )
  }

  #keepLast({ pgno }: Page): void {
    this.#lastLeaf = pgno
    this.#lastShape = this.#tree.shape
    this.#lastRelocations = this.#pages.relocations
  }

  /** `#path` leads from the root to a leaf, and will do so until the shape of the tree changes. */
  #keepPath(): void {
    this.#shape = this.#tree.shape
    this.#relocations = this.#pages.relocations
  }

  /** `#path` still leads to a leaf, and that is certainly the one for `rowid`. */
  #staysOn(rowid: number | bigint): boolean {
    const pages = this.#pages
    if (this.#shape !== this.#tree.shape || this.#relocations !== pages.relocations) return false
    const { levels, depth, layout } = this.#path
    if (layout.usableSize !== pages.usableSize || !isPathCurrent(pages, levels, depth)) return false
    const leaf = levels[depth]!
    if (leaf.data[headerOffset(leaf.pgno)] !== leafTable) return false
    return isWithin(leaf.data, pointersOffset(leaf), cellCountOf(leaf), rowid)
  }

  #child(page: Page, index: number, level: number, layout: Layout): Page {
    const pgno = readUint32(page.data, childOffset(page, index))
    if (level > 18) throw corrupt(pgno, 'the tree is too deep')
    return loadPage(this.#pages, pgno, 1, layout)
  }

  /** Leads `#path` to the place of `rowid`. Answers whether the row exists. */
  #findForInsert(rowid: number | bigint): boolean {
    const pages = this.#pages
    if (!this.#appending) return this.#find(rowid)
    if (this.#knowsLast()) {
      // The path is only known to its leaf, which suffices while the row fits there (`#add`).
      const leaf = pages.get(this.#lastLeaf)
      if (leaf.verified && isAfterLast(leaf, rowid)) {
        const path = this.#freshPath()
        path.levels[0] = leaf
        path.indexes[0] = cellCountOf(leaf)
        path.depth = 0
        return false
      }
      return this.#find(rowid)
    }
    if (this.#descendRight(this.#freshPath(), rowid)) return false
    return this.#find(rowid)
  }

  /** Leads `path` behind the last row, if `rowid` belongs there. */
  #descendRight(path: WritePath, rowid: number | bigint): boolean {
    let page = path.enter(this.#root, 1)
    while (!isLeaf(page)) {
      const count = cellCountOf(page)
      path.indexes[path.depth] = count
      page = path.enter(path.child(path.depth, count), 1)
    }
    path.indexes[path.depth] = cellCountOf(page)
    return isAfterLast(page, rowid)
  }

  /** Leads `#path` to the leaf of `rowid`, and to the row or its place. Answers whether it exists. */
  #find(rowid: number | bigint): boolean {
    if (!this.#staysOn(rowid)) {
      const path = this.#freshPath()
      const { seeker } = this.#tree
      if (seeker === null || !seeker.lead(path, rowid)) path.descendTo(this.#root, rowid)
      this.#keepPath()
    }
    const path = this.#path
    const leaf = path.levels[path.depth]!
    const count = cellCountOf(leaf)
    const pointers = pointersOffset(leaf)
    // What has been found is mostly changed next.
    const { seeker } = this.#tree
    const place = seeker === null ? -1 : seeker.placeOn(leaf)
    if (place >= 0 && place < count && readCellRowid(leaf.data, pointers, place) === rowid) {
      path.indexes[path.depth] = place
      return true
    }
    const index = findRow(leaf.data, pointers, count, rowid)
    path.indexes[path.depth] = index
    return index < count && readCellRowid(leaf.data, pointers, index) === rowid
  }

  /** The usual case of many insertions: the row goes behind the last one, onto a known leaf. Answers false when not, having done nothing. */
  #appendRow(
    rowid: number | bigint,
    payload: Uint8Array,
    start: number,
    payloadSize: number,
  ): boolean {
    if (!this.#knowsLast()) return false
    const pages = this.#pages
    const leaf = pages.get(this.#lastLeaf)
    if (!leaf.verified || !isAfterLast(leaf, rowid)) return false
    const layout = layoutOf(pages.usableSize)
    if (!this.#addLocal(leaf, cellCountOf(leaf), rowid, payload, start, payloadSize, layout))
      return false
    this.#keepLast(leaf)
    return true
  }

  /** Adds a row where `path` ends. */
  #add(
    path: WritePath,
    rowid: number | bigint,
    payload: Uint8Array,
    start: number,
    payloadSize: number,
  ): void {
    const pages = this.#pages
    const leaf = path.levels[path.depth]!
    const { layout } = path
    if (
      !this.#addLocal(leaf, path.indexes[path.depth]!, rowid, payload, start, payloadSize, layout)
    ) {
      const size = this.#makeCell(rowid, payload, start, payloadSize, leaf.pgno, layout)
      if (path.depth === 0 && leaf.pgno !== this.#root) {
        // Only the leaf is known so far, and balancing needs the whole path.
        path.reset()
        this.#descendRight(path, rowid)
      }
      const level = path.depth
      const index = path.indexes[level]!
      pages.write(path.levels[level]!)
      path.insert(level, index, cellScratch, 0, size)
      if (path.overflow[level]!.length > 0) {
        this.#appending = path.endsTreeAt(index)
        balance(path, level, false)
        return
      }
    }
    this.#appending = path.endsTreeAt(path.indexes[path.depth]!)
    if (this.#appending) this.#keepLast(path.levels[path.depth]!)
  }

  /** The usual case: the payload stays whole, and its cell fits on the leaf. Answers false when not, having done nothing. */
  #addLocal(
    leaf: Page,
    index: number,
    rowid: number | bigint,
    payload: Uint8Array,
    start: number,
    payloadSize: number,
    layout: Layout,
  ): boolean {
    if (payloadSize > layout.maxTableLocal) return false
    const size = varintSize(payloadSize) + varintSize(rowid) + payloadSize
    if (freeBytes(leaf, layout) < Math.max(size, minCellSize) + 2) return false
    this.#pages.write(leaf)
    let at = placeCell(leaf, index, size, layout)
    const { data } = leaf
    at += writeVarint(data, at, payloadSize)
    at += writeVarint(data, at, rowid)
    copyInto(data, at, payload, start, payloadSize)
    return true
  }

  /**
   * Puts a new payload in place of the row where `path` ends. Where it is the one that is there nothing is written, as in SQLite: such a
   * commit changes no page, so nobody who has read is refused because of it.
   */
  #replace(
    path: WritePath,
    rowid: number | bigint,
    payload: Uint8Array,
    start: number,
    size: number,
  ): void {
    const pages = this.#pages
    const { layout } = path
    const level = path.depth
    const leaf = path.levels[level]!
    const index = path.indexes[level]!
    this.#appending = false
    const { data } = leaf
    const offset = cellOffset(leaf, index)
    if (readVarint(data, offset) === size) {
      const rowidAt = offset + varintLength(data, offset)
      const local = rowidAt + varintLength(data, rowidAt)
      const localSize = localSizeOf(size, layout.maxTableLocal, layout)
      if (local + localSize > layout.usableSize)
        throw corrupt(leaf.pgno, 'a cell reaches past the usable area')
      const isSame = isPartEqual(data, local, payload, start, localSize)
      if (localSize === size) {
        if (isSame) return
        pages.write(leaf)
        copyInto(leaf.data, local, payload, start, size)
        return
      }
      const end = local + localSize
      const rest = payload.subarray(start + localSize, start + size)
      if (isSame && holdsSpilled(pages, leaf, end, rest)) return
    }
    pages.write(leaf)
    freeSpilledRow(pages, leaf, index, layout)
    dropCell(leaf, index, layout)
    const cellSize = this.#makeCell(rowid, payload, start, size, leaf.pgno, layout)
    path.insert(level, index, cellScratch, 0, cellSize)
    if (path.overflow[level]!.length > 0) balance(path, level, false)
  }

  /** Makes the cell in the scratch array, storing what spills. Answers its size. */
  #makeCell(
    rowid: number | bigint,
    payload: Uint8Array,
    start: number,
    payloadSize: number,
    nearby: number,
    layout: Layout,
  ): number {
    if (cellScratch.length < layout.usableSize + 32)
      cellScratch = new Uint8Array(layout.usableSize + 32)
    let at = writeVarint(cellScratch, 0, payloadSize)
    at += writeVarint(cellScratch, at, rowid)
    const localSize = localSizeOf(payloadSize, layout.maxTableLocal, layout)
    copyInto(cellScratch, at, payload, start, localSize)
    at += localSize
    if (localSize < payloadSize) {
      writeUint32(
        cellScratch,
        at,
        writeOverflow(this.#pages, payload, start + localSize, start + payloadSize, nearby),
      )
      at += 4
    }
    return at
  }
}

function isAfterLast(leaf: Page, rowid: number | bigint): boolean {
  const count = cellCountOf(leaf)
  return count === 0 || readCellRowid(leaf.data, pointersOffset(leaf), count - 1) < rowid
}
