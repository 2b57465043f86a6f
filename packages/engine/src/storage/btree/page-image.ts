/** A page of a tree that is built from what comes in order: laid out in memory, and written when it is full. */
import { writeUint32 } from '../../base/bytes.ts'
import { corrupt } from '../../base/error.ts'
import type { Page, Pages } from '../pager/page.ts'
import { allocatePage } from './freelist.ts'
import { isLeafType, minCellSize } from './page-layout.ts'
import { copyInto } from './page-space.ts'
import { treeStateOf } from './tree-state.ts'

export class PageImage {
  readonly data: Uint8Array
  readonly view: DataView
  /** Of the page. (Database File Format §1.6) */
  readonly type: number
  readonly isLeaf: boolean
  readonly #usableSize: number
  count = 0
  /** Where the content of cells begins. */
  top: number
  /** Behind the last cell pointer. */
  end: number
  /** The cell that does not fit: its child (4 bytes, none on a leaf) and what follows. */
  readonly held: Uint8Array
  /** 0: none is. */
  heldSize = 0

  constructor(type: number, usableSize: number) {
    this.type = type
    this.isLeaf = isLeafType(type)
    this.#usableSize = usableSize
    this.data = new Uint8Array(usableSize)
    this.view = new DataView(this.data.buffer)
    this.held = new Uint8Array(usableSize)
    this.top = usableSize
    this.end = this.isLeaf ? 8 : 12
  }

  reset(): void {
    this.count = 0
    this.top = this.#usableSize
    this.end = this.isLeaf ? 8 : 12
    this.heldSize = 0
  }

  /** Puts a cell behind the others, or holds it. */
  put(cell: Uint8Array, size: number): void {
    const at = this.place(size)
    if (at > 0) {
      copyInto(this.data, at, cell, 0, size)
      return
    }
    copyInto(this.held, 0, cell, 0, size)
    this.heldSize = size
  }

  /** Makes room for a cell behind the others; answers where it begins, or 0: there is none. */
  place(size: number): number {
    const at = this.top - (size < minCellSize ? minCellSize : size)
    const { end } = this
    if (at < end + 2) return 0
    this.data[end] = at >>> 8
    this.data[end + 1] = at
    this.end = end + 2
    this.top = at
    this.count++
    return at
  }

  /** Where the last cell begins. */
  get last(): number {
    return (this.data[this.end - 2]! << 8) | this.data[this.end - 1]!
  }

  /** Takes the last cell away, whose content begins at `top`. */
  dropLast(size: number): void {
    this.top += size < minCellSize ? minCellSize : size
    this.end -= 2
    this.count--
  }

  /** Writes it to a new page near another one, and answers that. */
  write(pages: Pages, rightChild: number, nearby: number, root: number): number {
    pages.beginOperation()
    try {
      const page = allocatePage(pages, nearby)
      if (page.pgno === root) throw corrupt(root, 'a page in use is on the freelist')
      this.#copyTo(page, rightChild)
      return page.pgno
    } finally {
      pages.endOperation()
    }
  }

  /** Writes it to the root of the tree. */
  writeRoot(pages: Pages, rightChild: number, root: number): void {
    pages.beginOperation()
    try {
      const page = pages.get(root)
      treeStateOf(pages, root).beforeClear()
      pages.write(page)
      page.data.fill(0, 0, this.#usableSize)
      this.#copyTo(page, rightChild)
    } finally {
      pages.endOperation()
    }
  }

  /** The whole page, as it is, into an empty one. */
  #copyTo(page: Page, rightChild: number): void {
    const { data } = page
    const { count, top, end } = this
    data.set(this.data.subarray(0, end))
    data.set(this.data.subarray(top), top)
    data[0] = this.type
    data[1] = 0
    data[2] = 0
    data[3] = count >>> 8
    data[4] = count
    data[5] = top >>> 8
    data[6] = top
    data[7] = 0
    if (!this.isLeaf) writeUint32(data, 8, rightChild)
    page.verified = true
  }
}

/** The child of an interior page's cell. */
export function childOf(cell: Uint8Array): number {
  return ((cell[0]! << 24) | (cell[1]! << 16) | (cell[2]! << 8) | cell[3]!) >>> 0
}
