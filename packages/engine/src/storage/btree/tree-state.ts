/**
 * What those who use one tree at the same time must know of each other.
 *
 * `pages.changeCount` moves with every change of any page, most of which belong to other trees. Between the objects
 * that read and write one tree there is therefore one `TreeState` for each root: it counts the changes of this
 * tree and lists the cursors that must save their position before one.
 *
 * A cursor may go on without seeking when its tree has the same version and its pages are still the ones in the
 * cache: a rollback or a new snapshot loads pages anew, which makes them unverified or other objects.
 */
import type { SearchKey } from '../../record/index.ts'
import type { Deferral, Page, Pages } from '../pager/page.ts'

/** A cursor that cannot find its place again unless it is told before the tree changes. */
export interface SavingCursor {
  nextInTree: SavingCursor | null
  previousInTree: SavingCursor | null
  /** The tree is about to change; `key` is any key of it that has its values. */
  savePosition(key: SearchKey): void
  /** The tree is about to lose all its entries. */
  loseTree(): void
}

/** From a root down to a page. */
export interface Way {
  readonly levels: Page[]
  /** On each level but the last, the child that it goes through. */
  readonly indexes: number[]
  /** The last level. */
  depth: number
}

/** A cursor of a table, as a writer sees it. */
export interface LeadingCursor {
  /** Leads a writer to the leaf where a row is or would be, if it is certainly the one on which the cursor stands. */
  lead(path: Way, rowid: number | bigint): boolean
  /** The place of the cell on a leaf where the cursor stands, or stood before others changed the leaf; -1: it is elsewhere. */
  placeOn(leaf: Page): number
}

export class TreeState {
  /** Grows with every change of the tree. */
  version = 0
  /** Grows where rows or entries come to other pages. Meanwhile the pages that lead to one of them stay the same. */
  shape = 0
  /** The cursor of a table that was last sent to a row: what it has found is mostly what is changed next. */
  seeker: LeadingCursor | null = null
  /** Entries that wait to be inserted; null: none do. */
  deferral: Deferral | null = null
  #cursors: SavingCursor | null = null

  /** A cursor is about to look at the tree. Entries that wait are inserted before; while it is there none will wait. */
  add(cursor: SavingCursor, pages: Pages): void {
    this.settle(pages)
    if (this.#cursors === cursor || cursor.previousInTree !== null) return
    cursor.nextInTree = this.#cursors
    if (this.#cursors !== null) this.#cursors.previousInTree = cursor
    this.#cursors = cursor
  }

  remove(cursor: SavingCursor): void {
    if (this.#cursors === cursor) this.#cursors = cursor.nextInTree
    else if (cursor.previousInTree === null) return
    else cursor.previousInTree.nextInTree = cursor.nextInTree
    if (cursor.nextInTree !== null) cursor.nextInTree.previousInTree = cursor.previousInTree
    cursor.nextInTree = null
    cursor.previousInTree = null
  }

  /** Whether some cursor may save its position before a change. */
  get hasCursors(): boolean {
    return this.#cursors !== null
  }

  /** Inserts the entries that wait: to be called before anybody looks at the tree, or changes it. */
  settle(pages: Pages): void {
    if (this.deferral !== null) pages.settleDeferred()
  }

  /** To be called before an entry is inserted or deleted. */
  beforeChange(key: SearchKey): void {
    for (let cursor = this.#cursors; cursor !== null; cursor = cursor.nextInTree)
      cursor.savePosition(key)
    this.version++
  }

  /** To be called before the tree is emptied or dropped. */
  beforeClear(): void {
    for (let cursor = this.#cursors; cursor !== null; cursor = cursor.nextInTree) cursor.loseTree()
    this.version++
    this.shape++
  }
}

const statesOfPages = new WeakMap<Pages, Map<number, TreeState>>()

/** The one state of the tree at `root`. */
export function treeStateOf(pages: Pages, root: number): TreeState {
  let states = statesOfPages.get(pages)
  if (states === undefined) {
    states = new Map()
    statesOfPages.set(pages, states)
  }
  let state = states.get(root)
  if (state === undefined) {
    state = new TreeState()
    states.set(root, state)
  }
  return state
}

/** Whether the pages of a cursor's path, down to `level`, are still those in the cache. */
export function isPathCurrent(pages: Pages, path: readonly Page[], level: number): boolean {
  for (let i = 0; i <= level; i++) {
    const page = path[i]!
    if (!page.verified || page.pgno > pages.pageCount || pages.get(page.pgno) !== page) return false
  }
  return true
}
