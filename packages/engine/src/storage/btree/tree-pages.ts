/**
 * Which pages belong to which tree, kept up to date from one state of a database to the next by the numbers of the pages that have changed in
 * between. It answers which trees a commit may have changed.
 *
 * Only interior pages are read, and of those only the ones that have changed: they name all others of a tree. What a change of a tree always changes is
 * one of its pages, before or after, but for one case: a payload on overflow pages that is overwritten in place. Those pages are named by no interior
 * page. So a changed page that is no page of a tree, and not free, is looked for behind the cells of changed pages; one that is not found there may be of
 * any tree, and is told as such.
 *
 * A tree is meant by its root.
 */
import { readUint32 } from '../../base/bytes.ts'
import { corrupt } from '../../base/error.ts'
import { readVarint, varintLength } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import {
  cellCountOf,
  headerOffset,
  interiorTable,
  isLeafType,
  layoutOf,
  leafTable,
  localSizeOf,
  pointersOffset,
  rightChildOf,
  verifyPage,
} from './page-layout.ts'
import { lockBytePgno } from './lock-byte.ts'
import { mapPageOf } from './pointer-map.ts'

/** Deeper than any tree of a database can be. */
const deepest = 32
/** In the header on page 1. */
const firstTrunkOffset = 32
const largestRootOffset = 52

interface Interior {
  /** 1: its children are leaves. */
  readonly level: number
  readonly children: readonly number[]
}

interface Tree {
  readonly root: number
  interiors: Map<number, Interior>
}

/** What a commit has changed. */
export interface ChangedTrees {
  /** Roots of trees of which a page has changed. */
  readonly roots: Set<number>
  /** A page has changed that may be of any tree. */
  hasUnknown: boolean
}

export class TreePages {
  readonly #trees: readonly Tree[]
  readonly #owners = new Map<number, Tree>()

  /** Reads the interior pages of the trees. A read transaction is open. @throws SQLITE_CORRUPT */
  constructor(pages: Pages, roots: Iterable<number>) {
    this.#trees = [...new Set(roots)].map((root) => ({ root, interiors: new Map() }))
    this.#walkAll(pages, this.#trees, null)
  }

  /** Brings the map to the state of the open read transaction, before which just these pages have changed. @throws SQLITE_CORRUPT */
  update(pages: Pages, changed: ReadonlySet<number>): ChangedTrees {
    const answer: ChangedTrees = { roots: new Set(), hasUnknown: false }
    const grown = new Set<Tree>()
    for (const pgno of changed) {
      const tree = this.#owners.get(pgno)
      if (tree === undefined) continue
      answer.roots.add(tree.root)
      if (tree.root === pgno || tree.interiors.has(pgno)) grown.add(tree)
    }
    this.#walkAll(pages, grown, changed)
    return this.#look(pages, changed, answer)
  }

  /** The same for a map that was made in this very state. Of trees that are no more it knows nothing. @throws SQLITE_CORRUPT */
  changedBy(pages: Pages, changed: ReadonlySet<number>): ChangedTrees {
    return this.#look(pages, changed, { roots: new Set(), hasUnknown: false })
  }

  #look(pages: Pages, changed: ReadonlySet<number>, answer: ChangedTrees): ChangedTrees {
    const unknown = new Set<number>()
    for (const pgno of changed) {
      const tree = this.#owners.get(pgno)
      if (tree !== undefined) answer.roots.add(tree.root)
      else if (pgno <= pages.pageCount) unknown.add(pgno)
    }
    if (unknown.size > 0) answer.hasUnknown = !this.#explain(pages, changed, unknown)
    return answer
  }

  /** @param changed null: all pages may have */
  #walkAll(pages: Pages, trees: Iterable<Tree>, changed: ReadonlySet<number> | null): void {
    const walked = Array.from(trees, (tree) => ({ tree, after: walk(pages, tree, changed) }))
    // All that trees have lost goes before what they have got: a page may have moved from one to another.
    for (const { tree, after } of walked) {
      for (const [pgno, interior] of tree.interiors) {
        if (after.get(pgno) === interior) continue
        this.#leave(pgno, tree)
        if (interior.level === 1) for (const leaf of interior.children) this.#leave(leaf, tree)
      }
    }
    for (const { tree, after } of walked) {
      this.#owners.set(tree.root, tree)
      for (const [pgno, interior] of after) {
        if (tree.interiors.get(pgno) === interior) continue
        this.#owners.set(pgno, tree)
        if (interior.level > 1) continue
        for (const leaf of interior.children) this.#owners.set(leaf, tree)
      }
      tree.interiors = after
    }
  }

  #leave(pgno: number, tree: Tree): void {
    if (this.#owners.get(pgno) === tree) this.#owners.delete(pgno)
  }

  /** Whether all these pages are free, of the pointer map, or on overflow chains that begin on changed pages. Takes out those that are. */
  #explain(pages: Pages, changed: ReadonlySet<number>, unknown: Set<number>): boolean {
    unknown.delete(lockBytePgno(pages.pageSize))
    if (readUint32(pages.get(1).data, largestRootOffset) !== 0) {
      for (const pgno of unknown) {
        if (pgno > 1 && mapPageOf(pgno, pages.pageSize, pages.usableSize) === pgno) {
          unknown.delete(pgno)
        }
      }
    }
    for (const pgno of changed) {
      if (unknown.size === 0) return true
      if (pgno > pages.pageCount || !this.#owners.has(pgno)) continue
      for (const first of overflowsOf(pages, pgno)) {
        for (let next = first; unknown.delete(next);) next = readUint32(pages.get(next).data, 0)
      }
    }
    if (unknown.size > 0) dropFree(pages, unknown)
    return unknown.size === 0
  }
}

/** The interior pages of a tree; those that have not changed are the same objects as before. */
function walk(
  pages: Pages,
  { root, interiors }: Tree,
  changed: ReadonlySet<number> | null,
): Map<number, Interior> {
  const after = new Map<number, Interior>()
  const interiorAt = (pgno: number, level: number): Interior => {
    const known = changed !== null && !changed.has(pgno) ? interiors.get(pgno) : undefined
    return known !== undefined && known.level === level
      ? known
      : { level, children: childrenOf(sound(pages, pgno)) }
  }
  const visit = (pgno: number, level: number): void => {
    if (after.has(pgno)) throw corrupt(pgno, 'a tree names the page twice')
    const interior = interiorAt(pgno, level)
    after.set(pgno, interior)
    if (level > 1) for (const child of interior.children) visit(child, level - 1)
  }
  const height = heightOf(pages, root)
  if (height > 0) visit(root, height)
  return after
}

/** Levels above the leaves. */
function heightOf(pages: Pages, root: number): number {
  let page = sound(pages, root)
  for (let height = 0; height < deepest; height++) {
    if (isLeafType(page.data[headerOffset(page.pgno)]!)) return height
    page = sound(pages, childrenOf(page)[0]!)
  }
  throw corrupt(root, 'the tree is too deep')
}

function sound(pages: Pages, pgno: number): Page {
  const page = pages.get(pgno)
  if (!page.verified) verifyPage(page, layoutOf(pages.usableSize))
  return page
}

function childrenOf(page: Page): readonly number[] {
  if (isLeafType(page.data[headerOffset(page.pgno)]!))
    throw corrupt(page.pgno, 'a leaf has children')
  const pointers = pointersOffset(page)
  const children: number[] = []
  for (let i = 0; i < cellCountOf(page); i++) {
    const at = pointers + 2 * i
    children.push(readUint32(page.data, (page.data[at]! << 8) | page.data[at + 1]!))
  }
  children.push(rightChildOf(page))
  return children
}

/** First pages of the overflow chains of a page. */
function* overflowsOf(pages: Pages, pgno: number): Generator<number, void, undefined> {
  const layout = layoutOf(pages.usableSize)
  const page = sound(pages, pgno)
  const { data } = page
  const type = data[headerOffset(pgno)]!
  if (type === interiorTable) return
  const maxLocal = type === leafTable ? layout.maxTableLocal : layout.maxIndexLocal
  const pointers = pointersOffset(page)
  for (let i = 0; i < cellCountOf(page); i++) {
    let at = (data[pointers + 2 * i]! << 8) | data[pointers + 2 * i + 1]!
    if (!isLeafType(type)) at += 4
    const size = readVarint(data, at)
    if (size <= maxLocal) continue
    at += varintLength(data, at)
    if (type === leafTable) at += varintLength(data, at)
    yield readUint32(data, at + localSizeOf(size, maxLocal, layout))
  }
}

/** Takes out the pages of the freelist. (Database File Format §1.5 The Freelist) */
function dropFree(pages: Pages, unknown: Set<number>): void {
  let trunk = readUint32(pages.get(1).data, firstTrunkOffset)
  const most = (pages.usableSize >> 2) - 2
  for (let left = pages.pageCount; trunk !== 0 && left > 0 && unknown.size > 0; left--) {
    const { data } = pages.get(trunk)
    unknown.delete(trunk)
    const count = Math.min(readUint32(data, 4), most)
    for (let i = 0; i < count; i++) unknown.delete(readUint32(data, 8 + 4 * i))
    trunk = readUint32(data, 0)
  }
}
