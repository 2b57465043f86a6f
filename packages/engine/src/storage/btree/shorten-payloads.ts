/**
 * All payloads of a tree made shorter, page by page and each page at once: what is left fits where it was, and nothing comes to another page.
 * (ALTER TABLE … DROP COLUMN)
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readUint32 } from '../../base/bytes.ts'
import { readVarint, varintLength, varintSize, writeVarint } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import {
  cellBytes,
  cellCountOf,
  headerOffset,
  isLeafType,
  isTableType,
  layoutOf,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { copyInto } from './page-space.ts'
import { treeStateOf } from './tree-state.ts'
import { childOffset, isLeaf, loadPage } from './write-path.ts'

/** What becomes of each payload. */
export interface Shortening {
  /** Bytes of it that are left, in another form; at most `size`, or -1: it stays as it is. */
  measure(data: Uint8Array, offset: number, size: number): number
  /** Writes what was measured last. */
  write(target: Uint8Array, at: number): void
}

/**
 * Shortens the payloads of a tree, which nobody reads meanwhile, but for those that spill. Each page is a step.
 * @param kind 1 for a table, 0 for an index
 * @returns whether some spill, and so are as they were
 */
export function* shortenPayloads(
  pages: Pages,
  root: number,
  kind: 0 | 1,
  shortening: Shortening,
): Generator<undefined, boolean, void> {
  const layout = layoutOf(pages.usableSize)
  const rest = [root]
  const levels = [0]
  let visited = 0
  let isAnySpilled = false
  treeStateOf(pages, root).settle(pages)
  treeStateOf(pages, root).version++
  for (let pgno = rest.pop(); pgno !== undefined; pgno = rest.pop()) {
    const level = levels.pop()!
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    if (visited++ > pages.pageCount) throw corrupt(pgno, 'a page is used twice')
    pages.beginOperation()
    try {
      const page = loadPage(pages, pgno, kind, layout)
      const isOnLeaf = isLeaf(page)
      for (let i = isOnLeaf ? -1 : cellCountOf(page); i >= 0; i--) {
        rest.push(readUint32(page.data, childOffset(page, i)))
        levels.push(level + 1)
      }
      if ((isOnLeaf || kind === 0) && shortenPage(pages, page, layout, shortening)) {
        isAnySpilled = true
      }
    } finally {
      pages.endOperation()
    }
    yield
  }
  return isAnySpilled
}

let scratch = new Uint8Array(4096)

/** Lays out the cells of a page anew. Answers whether a payload spills. */
function shortenPage(pages: Pages, page: Page, layout: Layout, shortening: Shortening): boolean {
  const { usableSize } = layout
  pages.write(page)
  const { data, pgno } = page
  if (scratch.length < usableSize) scratch = new Uint8Array(usableSize)
  const source = scratch
  source.set(data.length === usableSize ? data : data.subarray(0, usableSize))
  const header = headerOffset(pgno)
  const type = data[header]!
  const isTable = isTableType(type)
  const maxLocal = isTable ? layout.maxTableLocal : layout.maxIndexLocal
  const childSize = isLeafType(type) ? 0 : 4
  const pointers = pointersOffset(page)
  const end = pointers + 2 * cellCountOf(page)
  let top = usableSize
  let isAnySpilled = false
  for (let at = pointers; at < end; at += 2) {
    const offset = (source[at]! << 8) | source[at + 1]!
    const size = readVarint(source, offset + childSize)
    const rowid = offset + childSize + varintLength(source, offset + childSize)
    const payload = isTable ? rowid + varintLength(source, rowid) : rowid
    const left = size > maxLocal ? -1 : shortening.measure(source, payload, size)
    if (size > maxLocal) isAnySpilled = true
    const cellSize =
      left < 0
        ? cellBytes(source, offset, type, layout)
        : childSize + varintSize(left) + payload - rowid + left
    top -= cellSize < minCellSize ? minCellSize : cellSize
    if (top < end) throw corrupt(pgno, 'cells overlap')
    if (left < 0) copyInto(data, top, source, offset, cellSize)
    else {
      copyInto(data, top, source, offset, childSize)
      let to = top + childSize
      to += writeVarint(data, to, left)
      copyInto(data, to, source, rowid, payload - rowid)
      shortening.write(data, to + payload - rowid)
    }
    data[at] = top >>> 8
    data[at + 1] = top
  }
  data[header + 1] = 0
  data[header + 2] = 0
  data[header + 5] = top >>> 8
  data[header + 6] = top
  data[header + 7] = 0
  return isAnySpilled
}
