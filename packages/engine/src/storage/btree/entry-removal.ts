/**
 * The entries of many rows taken out of an index: all of its pages are walked through once, and each loses all of them at once. Which row an
 * entry belongs to, its end says; so nobody has to know its key.
 *
 * Nothing comes to another page in the walk, and no page is left empty: entries that divide pages, and one entry of each leaf that would be
 * left with too little, stay until the walk is over, and are then deleted by their keys like any other.
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readUint32 } from '../../base/bytes.ts'
import {
  copyBytes,
  decodeInteger,
  decodeRecord,
  readIndexRowid,
  readVarint,
  varintLength,
} from '../../record/index.ts'
import type { SearchKey } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import { dropCells, weightOfCells } from './drop-cells.ts'
import type { IndexTree } from './index-tree.ts'
import { freeSpilledEntry, readPayload } from './overflow.ts'
import { cellCountOf, freeBytes, layoutOf, localSizeOf, pointersOffset } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { childOffset, isLeaf, loadPage } from './write-path.ts'

/** Rows that are gone. */
export interface GoneRows {
  has(rowid: number | bigint): boolean
}

export class EntryRemoval {
  readonly #pages: Pages
  readonly #root: number
  readonly #state: TreeState
  readonly #layout: Layout
  readonly #gone: GoneRows
  /** A key of the index. */
  readonly #key: SearchKey
  /** Pages that are still to be looked at, the next one last, and how deep each is. */
  readonly #rest: number[]
  readonly #levels: number[] = [0]
  #visited = 0
  #marks = new Int32Array(512)
  /** Records of the entries that are deleted at the end. */
  readonly #last: Uint8Array[] = []

  constructor(pages: Pages, root: number, gone: GoneRows, key: SearchKey) {
    this.#pages = pages
    this.#root = root
    this.#state = treeStateOf(pages, root)
    this.#layout = layoutOf(pages.usableSize)
    this.#gone = gone
    this.#key = key
    this.#rest = [root]
    this.#state.settle(pages)
  }

  /** Goes through one page; false: nothing is left to do. */
  next(tree: IndexTree): boolean {
    const pgno = this.#rest.pop()
    if (pgno === undefined) return this.#deleteLast(tree)
    const level = this.#levels.pop()!
    const pages = this.#pages
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    if (this.#visited++ > pages.pageCount) throw corrupt(pgno, 'a page is used twice')
    pages.beginOperation()
    try {
      const page = loadPage(pages, pgno, 0, this.#layout)
      if (isLeaf(page)) this.#sweep(page)
      else this.#enter(page, level)
    } finally {
      pages.endOperation()
    }
    return true
  }

  #deleteLast(tree: IndexTree): boolean {
    const record = this.#last.pop()
    if (record === undefined) return false
    const key = this.#key
    const values = decodeRecord(record, 0, record.length, key.encoding)
    key.set(values, values.length)
    tree.delete(key)
    return true
  }

  #enter(page: Page, level: number): void {
    const count = cellCountOf(page)
    const pointers = pointersOffset(page)
    for (let i = count; i >= 0; i--) {
      this.#rest.push(readUint32(page.data, childOffset(page, i)))
      this.#levels.push(level + 1)
      if (i === count) continue
      const at = pointers + 2 * i
      const cell = ((page.data[at]! << 8) | page.data[at + 1]!) + 4
      if (this.#isGone(page, cell)) this.#last.push(this.#recordOf(page, cell))
    }
  }

  #sweep(page: Page): void {
    const { data, pgno } = page
    const layout = this.#layout
    const cellCount = cellCountOf(page)
    if (this.#marks.length < cellCount) this.#marks = new Int32Array(2 * cellCount)
    const marks = this.#marks
    const pointers = pointersOffset(page)
    let count = 0
    for (let i = 0, at = pointers; i < cellCount; i++, at += 2) {
      if (this.#isGone(page, (data[at]! << 8) | data[at + 1]!)) marks[count++] = i
    }
    if (count === 0) return
    const pages = this.#pages
    if (pgno !== this.#root) {
      const free = freeBytes(page, layout) + weightOfCells(page, marks, count, layout)
      if (count === cellCount || free * 3 > layout.usableSize * 2) {
        const at = pointers + 2 * marks[--count]!
        this.#last.push(this.#recordOf(page, (data[at]! << 8) | data[at + 1]!))
      }
      if (count === 0) return
    }
    this.#state.beforeChange(this.#key)
    for (let i = 0; i < count; i++) freeSpilledEntry(pages, page, marks[i]!, 0, layout)
    pages.write(page)
    dropCells(page, marks, count, layout)
  }

  /** The entry whose payload size is at `cell`. */
  #isGone(page: Page, cell: number): boolean {
    const { data } = page
    const { maxIndexLocal, usableSize } = this.#layout
    let size = data[cell]!
    let at = cell + 1
    if (size >= 0x80) {
      size = readVarint(data, cell)
      at = cell + varintLength(data, cell)
    }
    if (size > maxIndexLocal) {
      const record = this.#recordOf(page, cell)
      return this.#gone.has(readIndexRowid(record, 0, record.length))
    }
    if (at + size > usableSize) throw corrupt(page.pgno, 'a cell reaches past the usable area')
    const headerSize = data[at]!
    if (headerSize < 2 || headerSize >= 0x80 || headerSize > size) {
      return this.#gone.has(readIndexRowid(data, at, size))
    }
    const end = at + size
    switch (data[at + headerSize - 1]) {
      case 1:
        return this.#gone.has((data[end - 1]! << 24) >> 24)
      case 2:
        return this.#gone.has(((data[end - 2]! << 24) >> 16) | data[end - 1]!)
      case 3:
        return this.#gone.has(
          ((data[end - 3]! << 24) >> 8) | (data[end - 2]! << 8) | data[end - 1]!,
        )
      case 4:
        return this.#gone.has(decodeInteger(data, 4, end - 4))
      default:
        return this.#gone.has(readIndexRowid(data, at, size))
    }
  }

  /** A copy of the record of the entry whose payload size is at `cell`. */
  #recordOf({ data, pgno }: Page, cell: number): Uint8Array {
    const size = readVarint(data, cell)
    const at = cell + varintLength(data, cell)
    const localSize = localSizeOf(size, this.#layout.maxIndexLocal, this.#layout)
    if (at + localSize > this.#layout.usableSize)
      throw corrupt(pgno, 'a cell reaches past the usable area')
    if (localSize === size) return copyBytes(data, at, size)
    return readPayload(this.#pages, pgno, data, at, localSize, size)
  }
}
