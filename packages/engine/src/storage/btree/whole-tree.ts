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
import { allocatePage, freePage } from './freelist.ts'
import { freeSpilledEntry, freeSpilledRow } from './overflow.ts'
import {
  cellCountOf,
  clearPage,
  headerOffset,
  layoutOf,
  leafIndex,
  leafTable,
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

/** The emptying of a tree, page by page: the tree is empty with the first one, or gone, then what it consisted of is freed. */
export class TreeClearing {
  /** Entries that there were, as far as pages have been looked at. */
  total = 0
  readonly #pages: Pages
  readonly #root: number
  readonly #kind: 0 | 1
  readonly #keepsRoot: boolean
  readonly #layout: Layout
  /** Pages that are still to be freed, and how deep each was. */
  readonly #rest: number[]
  readonly #levels: number[] = [0]
  /** All that have been met. */
  readonly #met: Set<number>

  constructor(pages: Pages, root: number, kind: 0 | 1, keepsRoot = true) {
    this.#pages = pages
    this.#root = root
    this.#kind = kind
    this.#keepsRoot = keepsRoot
    this.#layout = layoutOf(pages.usableSize)
    treeStateOf(pages, root).settle(pages)
    this.#rest = [root]
    this.#met = new Set(this.#rest)
  }

  /** Frees one page; false: there are none left. */
  next(): boolean {
    const pgno = this.#rest.pop()
    if (pgno === undefined) return false
    const level = this.#levels.pop()!
    this.#pages.beginOperation()
    try {
      this.#take(pgno, level)
    } finally {
      this.#pages.endOperation()
    }
    return true
  }

  #take(pgno: number, level: number): void {
    const pages = this.#pages
    if (pgno === this.#root) treeStateOf(pages, pgno).beforeClear()
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    this.#leave(loadPage(pages, pgno, this.#kind, this.#layout), level)
    if (pgno !== this.#root || !this.#keepsRoot) {
      freePage(pages, pgno)
      return
    }
    const page = pages.get(pgno)
    pages.write(page)
    clearPage(page, this.#kind === 1 ? leafTable : leafIndex, this.#layout)
  }

  /** Frees the overflow chains of a page's cells, and remembers its children. */
  #leave(page: Page, level: number): void {
    const pages = this.#pages
    const layout = this.#layout
    const leaf = isLeaf(page)
    const count = cellCountOf(page)
    if (leaf || this.#kind === 0) this.total += count
    const children: number[] = []
    if (!leaf) {
      for (let i = 0; i <= count; i++) children.push(readUint32(page.data, childOffset(page, i)))
    }
    for (let i = 0; i < count; i++) {
      if (this.#kind === 0) freeSpilledEntry(pages, page, i, leaf ? 0 : 4, layout)
      else if (leaf) freeSpilledRow(pages, page, i, layout)
    }
    for (const child of children.toReversed()) {
      if (this.#met.has(child)) throw corrupt(child, 'a page is used twice')
      this.#met.add(child)
      this.#rest.push(child)
      this.#levels.push(level + 1)
    }
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
