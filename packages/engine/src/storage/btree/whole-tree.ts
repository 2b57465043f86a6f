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
import { treeStateOf } from './tree-state.ts'
import { childOffset, isLeaf, loadPage } from './write-path.ts'

/** Makes an empty tree and answers its root. */
export function createTree(pages: Pages, kind: 'table' | 'index'): number {
  pages.beginOperation()
  try {
    const page = allocatePage(pages)
    clearPage(page, kind === 'table' ? leafTable : leafIndex, layoutOf(pages.usableSize))
    treeStateOf(pages, page.pgno).beforeClear()
    return page.pgno
  } finally {
    pages.endOperation()
  }
}

/** Frees all pages of a tree, its root too. */
export function dropTree(pages: Pages, root: number): void {
  pages.beginOperation()
  try {
    const type = pages.get(root).data[headerOffset(root)]!
    clearTree(pages, root, (type & 1) as 0 | 1)
    freePage(pages, root)
  } finally {
    pages.endOperation()
  }
}

/** Empties a tree but for its root and answers how many entries it had. `kind` is 1 for a table, 0 for an index. */
export function clearTree(pages: Pages, root: number, kind: 0 | 1): number {
  const layout = layoutOf(pages.usableSize)
  pages.beginOperation()
  try {
    treeStateOf(pages, root).beforeClear()
    const freed = new Set<number>([root])
    const removed = clearPages(pages, root, kind, 0, freed, layout)
    const page = pages.get(root)
    pages.write(page)
    clearPage(page, kind === 1 ? leafTable : leafIndex, layout)
    return removed
  } finally {
    pages.endOperation()
  }
}

/** Frees what page `pgno` leads to: its children and its overflow chains. */
function clearPages(
  pages: Pages,
  pgno: number,
  kind: 0 | 1,
  level: number,
  freed: Set<number>,
  layout: Layout,
): number {
  if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
  const page = loadPage(pages, pgno, kind, layout)
  const leaf = isLeaf(page)
  const count = cellCountOf(page)
  let removed = kind === 1 && !leaf ? 0 : count
  for (let i = 0; i < count; i++) {
    if (kind === 0) freeSpilledEntry(pages, page, i, leaf ? 0 : 4, layout)
    else if (leaf) freeSpilledRow(pages, page, i, layout)
  }
  if (leaf) return removed
  for (let i = 0; i <= count; i++) {
    const child = readUint32(page.data, childOffset(page, i))
    if (freed.has(child)) throw corrupt(child, 'a page is used twice')
    freed.add(child)
    removed += clearPages(pages, child, kind, level + 1, freed, layout)
    freePage(pages, child)
  }
  return removed
}

/** How many entries a tree has. */
export function countEntries(pages: Pages, root: number, kind: 0 | 1): number {
  const layout = layoutOf(pages.usableSize)
  let visited = 0
  const countPage = (pgno: number, level: number): number => {
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    if (visited++ > pages.pageCount) throw corrupt(pgno, 'a page is used twice')
    const page = loadPage(pages, pgno, kind, layout)
    const count = cellCountOf(page)
    if (isLeaf(page)) return count
    // The page may be evicted while its children are counted, so their numbers are taken first.
    const children = childrenOf(page, count)
    let total = kind === 1 ? 0 : count
    for (const child of children) total += countPage(child, level + 1)
    return total
  }
  return countPage(root, 0)
}

function childrenOf(page: Page, count: number): number[] {
  const children: number[] = []
  for (let i = 0; i <= count; i++) children.push(readUint32(page.data, childOffset(page, i)))
  return children
}
