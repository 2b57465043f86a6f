/**
 * Many rows of a table deleted: a scan marks them, and when it goes on to another leaf, those that it has marked are taken off all at
 * once.
 *
 * Nothing comes to another page meanwhile, and no leaf is left empty: so the scan keeps its way. A leaf all of whose rows go is left as it is, and given up
 * at the end together with its neighbours of which the same is true: it is not written any more. Of a leaf that would be left with
 * too little one marked row stays, and is deleted at the end like any other row, which brings the leaf and its neighbours in balance.
 *
 * Always true: between two calls the tree is one that others may read; the rows that are marked are still in it.
 */
import { corrupt } from '../../base/error.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { balance } from './balance.ts'
import { dropCells, weightOfCells } from './drop-cells.ts'
import { freePages } from './freelist.ts'
import { freeSpilledRow, holdsSpilledRow } from './overflow.ts'
import { cellCountOf, freeBytes, headerOffset, layoutOf, pointersOffset } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { dropCell } from './page-space.ts'
import { readCellRowid } from './rowid-search.ts'
import type { TableCursor } from './table-cursor.ts'
import type { TableTree } from './table-tree.ts'
import { treeStateOf } from './tree-state.ts'
import type { TreeState } from './tree-state.ts'
import { childOffset, WritePath } from './write-path.ts'

/** Leaves that are given up in one step. */
const mostLeaves = 64

/** A leaf all of whose rows go. */
interface EmptiedLeaf {
  readonly pgno: number
  readonly firstRowid: number | bigint
  /** Some of them have overflow pages. */
  readonly hasSpilled: boolean
}

export class RowRemoval implements PageHolder {
  readonly #pages: Pages
  readonly #root: number
  readonly #state: TreeState
  /** The leaf with rows that are marked. */
  #page: Page | null = null
  /** Their places, ascending. */
  #marks = new Int32Array(512)
  #count = 0
  /** Rows that are deleted at the end. */
  #last: (number | bigint)[] = []
  /** Leaves that are given up at the end, in the order of their rows, and how many have been. */
  #emptied: EmptiedLeaf[] = []
  #emptiedDone = 0
  readonly #freed = new Uint32Array(mostLeaves)
  #path: WritePath | null = null
  #registered = false

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#state = treeStateOf(pages, root)
  }

  holds(page: Page): boolean {
    return page === this.#page
  }

  /** The current row of a cursor goes, which visits rows in ascending order, each once. */
  delete(cursor: TableCursor): void {
    const { page } = cursor
    if (page !== this.#page) this.#turnTo(page, cursor)
    this.#marks[this.#count++] = cursor.index
  }

  #turnTo(page: Page, cursor: TableCursor): void {
    if (this.#page !== null) {
      this.#flushLeaf()
      cursor.keepPlace()
    }
    if (!this.#registered) {
      this.#pages.register(this)
      this.#registered = true
    }
    this.#page = page
    const count = cellCountOf(page)
    if (this.#marks.length < count) this.#marks = new Int32Array(2 * count)
  }

  /** Takes the marked rows out, but for some that are deleted at the end; false: there are none. A cursor that stands in the table has to seek its row again. */
  flush(): boolean {
    const isFlushed = this.#flushLeaf() || this.#hasEmptied
    while (this.#hasEmptied) this.#dropLeaves()
    return isFlushed
  }

  #flushLeaf(): boolean {
    const page = this.#page
    if (page === null) return false
    const pages = this.#pages
    this.#page = null
    pages.beginOperation()
    try {
      this.#dropMarked(page)
    } finally {
      this.#count = 0
      pages.endOperation()
    }
    return true
  }

  #dropMarked(page: Page): void {
    const pages = this.#pages
    const layout = layoutOf(pages.usableSize)
    const marks = this.#marks
    let count = this.#count
    if (page.pgno !== this.#root) {
      if (count === cellCountOf(page)) {
        this.#emptied.push({
          pgno: page.pgno,
          firstRowid: readCellRowid(page.data, pointersOffset(page), 0),
          hasSpilled: holdsSpilledRow(page, layout),
        })
        return
      }
      const free = freeBytes(page, layout) + weightOfCells(page, marks, count, layout)
      if (free * 3 > layout.usableSize * 2) {
        const mark = marks[--count]!
        this.#last.push(readCellRowid(page.data, pointersOffset(page), mark))
      }
      if (count === 0) return
    }
    this.#state.version++
    if (holdsSpilledRow(page, layout)) {
      for (let i = 0; i < count; i++) freeSpilledRow(pages, page, marks[i]!, layout)
    }
    pages.write(page)
    dropCells(page, marks, count, layout)
  }

  get #hasEmptied(): boolean {
    return this.#emptiedDone < this.#emptied.length
  }

  /** Gives up some leaves that follow each other under one parent. */
  #dropLeaves(): void {
    const pages = this.#pages
    pages.beginOperation()
    try {
      const layout = layoutOf(pages.usableSize)
      const at = this.#emptiedDone
      const { pgno, firstRowid } = this.#emptied[at]!
      const path = this.#freshPath(layout)
      const leaf = path.descendTo(this.#root, firstRowid)
      if (leaf.pgno !== pgno) throw corrupt(pgno, 'a page of the tree is not where its rows are')
      const count = this.#countTogether(path, at)
      if (count === 0) this.#emptyAlone(leaf, layout)
      else this.#giveUp(path, at, count, layout)
      this.#emptiedDone += Math.max(count, 1)
      if (!this.#hasEmptied) this.#forgetEmptied()
    } finally {
      pages.endOperation()
    }
  }

  /** How many of the leaves from number `at` on, to which `path` leads, follow each other in their parent and can go: it keeps two. */
  #countTogether(path: WritePath, at: number): number {
    const parent = path.levels[path.depth - 1]!
    const index = path.indexes[path.depth - 1]!
    const cellCount = cellCountOf(parent)
    const most = Math.min(mostLeaves, this.#emptied.length - at, cellCount - 1)
    let count = 0
    while (count < most && index + count <= cellCount) {
      const child = readUint32(parent.data, childOffset(parent, index + count))
      if (child !== this.#emptied[at + count]!.pgno) break
      count++
    }
    return count
  }

  #giveUp(path: WritePath, at: number, count: number, layout: Layout): void {
    const pages = this.#pages
    for (let i = 0; i < count; i++) {
      const { pgno, hasSpilled } = this.#emptied[at + i]!
      this.#freed[i] = pgno
      if (!hasSpilled) continue
      const leaf = pages.get(pgno)
      for (let j = cellCountOf(leaf) - 1; j >= 0; j--) freeSpilledRow(pages, leaf, j, layout)
    }
    this.#state.version++
    this.#state.shape++
    const level = path.depth - 1
    const parent = path.levels[level]!
    let first = path.indexes[level]!
    pages.write(parent)
    if (first + count > cellCountOf(parent)) {
      // The last child goes: the one before these takes its place.
      first--
      const last = readUint32(parent.data, childOffset(parent, first))
      writeUint32(parent.data, headerOffset(parent.pgno) + 8, last)
    }
    for (let i = count - 1; i >= 0; i--) dropCell(parent, first + i, layout)
    freePages(pages, this.#freed, count)
    path.depth = level
    balance(path, level, false)
  }

  /** All rows of a leaf go but one, which is deleted at the end. */
  #emptyAlone(leaf: Page, layout: Layout): void {
    const pages = this.#pages
    const count = cellCountOf(leaf) - 1
    const marks = this.#marks.length < count ? new Int32Array(count) : this.#marks
    for (let i = 0; i < count; i++) marks[i] = i
    this.#last.push(readCellRowid(leaf.data, pointersOffset(leaf), count))
    if (count === 0) return
    this.#state.version++
    for (let i = 0; i < count; i++) freeSpilledRow(pages, leaf, i, layout)
    pages.write(leaf)
    dropCells(leaf, marks, count, layout)
  }

  #freshPath(layout: Layout): WritePath {
    if (this.#path === null || this.#path.layout !== layout) {
      this.#path = new WritePath(this.#pages, layout, this.#state)
    }
    this.#path.reset()
    return this.#path
  }

  #forgetEmptied(): void {
    this.#emptied = []
    this.#emptiedDone = 0
  }

  /** No more rows are marked: all that are go. A part of the work with each step; false: there is nothing left to do. */
  next(tree: TableTree): boolean {
    if (this.#page !== null) {
      this.#flushLeaf()
      return true
    }
    if (this.#hasEmptied) {
      this.#dropLeaves()
      return true
    }
    const rowid = this.#last.pop()
    if (rowid === undefined) return false
    tree.delete(rowid)
    return true
  }

  /** Gives up what has not been done. */
  close(): void {
    this.#page = null
    this.#count = 0
    this.#last = []
    this.#forgetEmptied()
    if (!this.#registered) return
    this.#registered = false
    this.#pages.unregister(this)
  }
}
