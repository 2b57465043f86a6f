/**
 * Trees as a whole: making one, emptying it, giving it up, counting what is in it.
 *
 * A walk over all pages of a tree goes no deeper than a tree may be and meets no page twice; both would mean a
 * damaged file, and a walk that frees pages must not find that out from a page it has freed.
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readUint32 } from '../../base/bytes.ts'
import type { Page, Pages } from '../pager/page.ts'
import { allocatePage, freePages } from './freelist.ts'
import { freeSpilledEntry, freeSpilledRow } from './overflow.ts'
import {
  cellCountOf,
  clearPage,
  headerOffset,
  layoutOf,
  leafIndex,
  leafTable,
  minCellSize,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { allocateRoot, releaseRoot } from './page-moves.ts'
import { PointerMap } from './pointer-map.ts'
import { treeStateOf } from './tree-state.ts'
import { childOffset, isLeaf, loadPage } from './write-path.ts'

/** Makes an empty tree and answers its root. */
export function createTree(pages: Pages, kind: 'table' | 'index'): number {
  pages.beginOperation()
  try {
    const { pointers } = pages
    const page =
      pointers instanceof PointerMap ? allocateRoot(pages, pointers) : allocatePage(pages)
    clearPage(page, kind === 'table' ? leafTable : leafIndex, layoutOf(pages.usableSize))
    treeStateOf(pages, page.pgno).beforeClear()
    return page.pgno
  } finally {
    pages.endOperation()
  }
}

/** Bit 0 of the type of a page is set for tables. */
function kindOf(pages: Pages, root: number): 0 | 1 {
  return (pages.get(root).data[headerOffset(root)]! & 1) as 0 | 1
}

/** Empties a tree but for its root and answers how many entries it had. `kind` is 1 for a table, 0 for an index. */
export function clearTree(pages: Pages, root: number, kind: 0 | 1): number {
  const clearing = new TreeClearing(pages, root, kind)
  while (clearing.next());
  return clearing.total
}

/** Pages that one step looks at. */
const pagesInStep = 64

/**
 * The emptying of a tree, a few pages at a time: the tree is empty with the first step, or gone, then what it consisted of is freed.
 *
 * A leaf is looked at for the number of its cells and for payloads that spill, and is not changed: it is freed as it is.
 */
export class TreeClearing {
  /** Entries that there were, as far as pages have been looked at. */
  total = 0
  readonly #pages: Pages
  readonly #root: number
  readonly #kind: 0 | 1
  readonly #keepsRoot: boolean
  readonly #layout: Layout
  /** Pages that are still to be freed, the next one last, and how deep each is. */
  readonly #rest: number[]
  readonly #levels: number[] = [0]
  /** A bit for each page that has been met. */
  #met = new Uint8Array(0)
  readonly #freed = new Uint32Array(pagesInStep)
  #freedCount = 0

  constructor(pages: Pages, root: number, kind: 0 | 1, keepsRoot = true) {
    this.#pages = pages
    this.#root = root
    this.#kind = kind
    this.#keepsRoot = keepsRoot
    this.#layout = layoutOf(pages.usableSize)
    treeStateOf(pages, root).settle(pages)
    this.#rest = [root]
  }

  /** Frees some pages; false: there are none left. */
  next(): boolean {
    const rest = this.#rest
    if (rest.length === 0) return false
    const pages = this.#pages
    pages.beginOperation()
    try {
      for (let i = 0; i < pagesInStep && rest.length > 0; i++) {
        this.#take(rest.pop()!, this.#levels.pop()!)
      }
      freePages(pages, this.#freed, this.#freedCount)
      this.#freedCount = 0
    } finally {
      pages.endOperation()
    }
    return true
  }

  #take(pgno: number, level: number): void {
    const pages = this.#pages
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    const isRoot = pgno === this.#root
    if (isRoot) {
      treeStateOf(pages, pgno).beforeClear()
      this.#meet(pgno)
    }
    if (!isRoot && this.#leaveLeaf(pgno)) {
      this.#freed[this.#freedCount++] = pgno
      return
    }
    const page = loadPage(pages, pgno, this.#kind, this.#layout)
    this.#leave(page, level)
    if (!isRoot || !this.#keepsRoot) {
      this.#freed[this.#freedCount++] = pgno
      return
    }
    pages.write(page)
    clearPage(page, this.#kind === 1 ? leafTable : leafIndex, this.#layout)
  }

  /**
   * Most pages are leaves whose payloads are all whole. Such a one is looked at once, and goes. Answers false, having done nothing, for any
   * other page.
   */
  #leaveLeaf(pgno: number): boolean {
    const data = this.#pages.look(pgno)
    if (pgno === 1 || data[0] !== (this.#kind === 1 ? leafTable : leafIndex)) return false
    const count = (data[3]! << 8) | data[4]!
    const end = 8 + 2 * count
    const last = this.#layout.usableSize - minCellSize
    if (count === 0 || end > last) return false
    const least = this.#leastSpilled
    for (let at = 8; at < end; at += 2) {
      const cell = (data[at]! << 8) | data[at + 1]!
      if (cell < end || cell > last) return false
      const first = data[cell]!
      if (first >= least || (first >= 0x80 && data[cell + 1]! >= 0x80)) return false
    }
    this.total += count
    return true
  }

  /** What the first byte of a payload's size tells of most: a smaller one, of a size of two bytes at most, that the payload is whole. */
  get #leastSpilled(): number {
    const layout = this.#layout
    const maxLocal = this.#kind === 1 ? layout.maxTableLocal : layout.maxIndexLocal
    // A size of two bytes has its upper seven bits in the first one.
    return maxLocal < 0x80 ? maxLocal + 1 : 0x80 | Math.min(maxLocal >>> 7, 0x7f)
  }

  /** Frees the overflow chains of a page's cells, and remembers its children. */
  #leave(page: Page, level: number): void {
    const leaf = isLeaf(page)
    const count = cellCountOf(page)
    if (leaf || this.#kind === 0) {
      this.total += count
      this.#freeSpilled(page, leaf ? 0 : 4)
    }
    if (leaf) return
    for (let i = count; i >= 0; i--) {
      const child = readUint32(page.data, childOffset(page, i))
      this.#meet(child)
      this.#rest.push(child)
      this.#levels.push(level + 1)
    }
  }

  #freeSpilled(page: Page, childSize: 0 | 4): void {
    const count = cellCountOf(page)
    for (let i = 0; i < count; i++) {
      if (this.#kind === 1) freeSpilledRow(this.#pages, page, i, this.#layout)
      else freeSpilledEntry(this.#pages, page, i, childSize, this.#layout)
    }
  }

  /** No page is met twice. */
  #meet(pgno: number): void {
    const { pageCount } = this.#pages
    if (pgno < 1 || pgno > pageCount) throw corrupt(pgno, `the database has ${pageCount} pages`)
    if (this.#met.length === 0) this.#met = new Uint8Array((pageCount >>> 3) + 1)
    const bit = 1 << (pgno & 7)
    const byte = this.#met[pgno >>> 3]!
    if ((byte & bit) !== 0) throw corrupt(pgno, 'a page is used twice')
    this.#met[pgno >>> 3] = byte | bit
  }
}

/**
 * Frees all pages of a tree of whichever kind, page by page, its root too unless there is auto_vacuum: there `releaseTree` must follow.
 */
export function dropping(pages: Pages, root: number): TreeClearing {
  return new TreeClearing(pages, root, kindOf(pages, root), pages.pointers !== null)
}

/**
 * With auto_vacuum, gives up the root of a tree that has been emptied.
 * @returns the page of a root that now is where that one was; 0: none moved
 */
export function releaseTree(pages: Pages, root: number): number {
  const { pointers } = pages
  if (!(pointers instanceof PointerMap)) return 0
  pages.beginOperation()
  try {
    const moved = releaseRoot(pages, pointers, root)
    if (moved !== 0) treeStateOf(pages, moved).beforeClear()
    return moved
  } finally {
    pages.endOperation()
  }
}

/** How many entries a tree has, counted page by page. */
export class EntryCount {
  total = 0
  readonly #pages: Pages
  readonly #kind: 0 | 1
  readonly #layout: Layout
  /** Pages that are still to be looked at; and how deep each is. */
  readonly #rest: number[]
  readonly #levels: number[] = [0]
  #visited = 0

  constructor(pages: Pages, root: number, kind: 0 | 1) {
    this.#pages = pages
    this.#kind = kind
    this.#layout = layoutOf(pages.usableSize)
    treeStateOf(pages, root).settle(pages)
    this.#rest = [root]
  }

  /** Looks at one page; false: there are none left. */
  next(): boolean {
    const pgno = this.#rest.pop()
    if (pgno === undefined) return false
    const level = this.#levels.pop()!
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    if (this.#visited++ > this.#pages.pageCount) throw corrupt(pgno, 'a page is used twice')
    const page = loadPage(this.#pages, pgno, this.#kind, this.#layout)
    const count = cellCountOf(page)
    if (isLeaf(page)) {
      this.total += count
      return true
    }
    if (this.#kind === 0) this.total += count
    for (let i = count; i >= 0; i--) {
      this.#rest.push(readUint32(page.data, childOffset(page, i)))
      this.#levels.push(level + 1)
    }
    return true
  }
}

export function countEntries(pages: Pages, root: number, kind: 0 | 1): number {
  const count = new EntryCount(pages, root, kind)
  while (count.next());
  return count.total
}
