/**
 * What the pages of a tree are used for, one after the other: a page, then for each of its cells the overflow pages and the child below it, then the
 * right-most child. (The DBSTAT Virtual Table §2)
 *
 * A page of which nothing can be made out is said to be `corrupted`, and what may lie below it is left out; a page that is not there is
 * SQLITE_CORRUPT.
 */
import { SqliteError, corrupt } from '../../base/error.ts'
import { readVarint, varintLength } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import {
  cellCountOf,
  freeBytes,
  headerOffset,
  interiorTable,
  isLeafType,
  layoutOf,
  leafTable,
  localSizeOf,
  pointersOffset,
  rightChildOf,
  verifyPage,
  type Layout,
} from './page-layout.ts'

/** Deeper than any tree of a database can be. */
const deepest = 32

export interface PageUse {
  readonly pgno: number
  /** From the root down: `/`, the numbers of cells, each in three hexadecimal digits and followed by `/`; of an overflow page `+` and its place. */
  readonly path: string
  readonly type: 'internal' | 'leaf' | 'overflow' | 'corrupted'
  readonly cellCount: number
  /** Bytes of payload on the page. */
  readonly payload: number
  /** Bytes that nothing takes. */
  readonly unused: number
  /** The largest payload of a cell, overflow pages counted. */
  readonly maxPayload: number
}

interface CellUse {
  /** 0: a leaf. */
  readonly child: number
  /** Bytes on overflow pages. */
  readonly spilled: number
  readonly firstOverflow: number
}

export function* pagesOfTree(pages: Pages, root: number): Generator<PageUse, void, undefined> {
  pages.settleDeferred()
  yield* pagesBelow(pages, root, '/', 0)
}

function* pagesBelow(
  pages: Pages,
  pgno: number,
  path: string,
  depth: number,
): Generator<PageUse, void, undefined> {
  if (depth === deepest) throw corrupt(pgno, 'the tree is too deep')
  const layout = layoutOf(pages.usableSize)
  const page = pages.get(pgno)
  if (!isSound(page, layout)) {
    const nothing = { cellCount: 0, payload: 0, unused: 0, maxPayload: 0 }
    yield { pgno, path, type: 'corrupted', ...nothing }
    return
  }
  // The page may be gone, or changed, when the caller asks for the next.
  const isLeaf = isLeafType(page.data[headerOffset(pgno)]!)
  const rightChild = isLeaf ? 0 : rightChildOf(page)
  const { cells, payload, maxPayload } = cellsOf(page, layout)
  const type = isLeaf ? 'leaf' : 'internal'
  const unused = freeBytes(page, layout)
  yield { pgno, path, type, cellCount: cells.length, payload, unused, maxPayload }
  for (const [i, cell] of cells.entries()) {
    const place = path + hexadecimal(i, 3)
    if (cell.spilled > 0) yield* overflowPages(pages, cell, place)
    if (cell.child !== 0) yield* pagesBelow(pages, cell.child, `${place}/`, depth + 1)
  }
  if (!isLeaf) {
    yield* pagesBelow(pages, rightChild, `${path}${hexadecimal(cells.length, 3)}/`, depth + 1)
  }
}

function isSound(page: Page, layout: Layout): boolean {
  if (page.verified) return true
  try {
    verifyPage(page, layout)
    return true
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'SQLITE_CORRUPT') return false
    throw error
  }
}

function cellsOf(
  page: Page,
  layout: Layout,
): { readonly cells: readonly CellUse[]; readonly payload: number; readonly maxPayload: number } {
  const { data } = page
  const type = data[headerOffset(page.pgno)]!
  const isLeaf = isLeafType(type)
  const pointers = pointersOffset(page)
  const maxLocal = type === leafTable ? layout.maxTableLocal : layout.maxIndexLocal
  const cells: CellUse[] = []
  let payload = 0
  let maxPayload = 0
  for (let i = 0; i < cellCountOf(page); i++) {
    let at = (data[pointers + 2 * i]! << 8) | data[pointers + 2 * i + 1]!
    const child = isLeaf ? 0 : fourBytes(data, at)
    if (!isLeaf) at += 4
    if (type === interiorTable) {
      cells.push({ child, spilled: 0, firstOverflow: 0 })
      continue
    }
    const size = readVarint(data, at)
    at += varintLength(data, at)
    if (type === leafTable) at += varintLength(data, at)
    const local = localSizeOf(size, maxLocal, layout)
    payload += local
    maxPayload = Math.max(maxPayload, size)
    const firstOverflow = size > local ? fourBytes(data, at + local) : 0
    cells.push({ child, spilled: size - local, firstOverflow })
  }
  return { cells, payload, maxPayload }
}

function* overflowPages(
  pages: Pages,
  { spilled, firstOverflow }: CellUse,
  place: string,
): Generator<PageUse, void, undefined> {
  const room = pages.usableSize - 4
  let pgno = firstOverflow
  let left = spilled
  for (let i = 0; left > 0; i++) {
    const payload = Math.min(left, room)
    left -= payload
    const next = left > 0 ? fourBytes(pages.get(pgno).data, 0) : 0
    const path = `${place}+${hexadecimal(i, 6)}`
    const unused = room - payload
    yield { pgno, path, type: 'overflow', cellCount: 0, payload, unused, maxPayload: 0 }
    pgno = next
  }
}

function fourBytes(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0
}

function hexadecimal(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
