/**
 * The bytes of a b-tree page. (Database File Format §1.6 B-tree Pages.)
 *
 * | offset | size | field |
 * |--------|------|-------|
 * | 0      | 1    | type: 2 interior index, 5 interior table, 10 leaf index, 13 leaf table |
 * | 1      | 2    | first freeblock, or 0 |
 * | 3      | 2    | number of cells |
 * | 5      | 2    | start of the cell content area; 0 means 65536 |
 * | 7      | 1    | fragmented free bytes inside the content area |
 * | 8      | 4    | right-most child; interior pages only |
 *
 * The header is at offset 0, or at 100 on page 1, where the database header comes first. Cell pointers of two
 * bytes follow it, in key order; cells fill the page from the end of the usable area downwards; the gap
 * is in between. A freeblock is a hole of four bytes or more among the cells: two bytes name the next one
 * (ascending), two its size. Smaller holes are fragments and only counted.
 *
 * A page is verified once, when it is first used after being read: every rule that reading rests on is checked
 * then, and `page.verified` remembers it. What a page says about other pages (children, overflow chains)
 * is checked where it is followed.
 */
import { corrupt } from '../../base/error.ts'
import { readVarint, varintLength } from '../../record/index.ts'
import type { Page } from '../pager/page.ts'

export const interiorIndex = 2
export const interiorTable = 5
export const leafIndex = 10
export const leafTable = 13

/** No cell takes less room than a freeblock needs, so that every cell can become one. */
export const minCellSize = 4

/** What follows from the usable size of a page. (Database File Format §1.6, the spilling rule "U, P, X, M, K".) */
export class Layout {
  readonly usableSize: number
  /** Largest payload that a leaf of a table keeps whole. */
  readonly maxTableLocal: number
  /** Largest payload that a page of an index keeps whole. */
  readonly maxIndexLocal: number
  /** Least payload that stays on the page when the rest spills. */
  readonly minLocal: number

  constructor(usableSize: number) {
    this.usableSize = usableSize
    this.maxTableLocal = usableSize - 35
    this.maxIndexLocal = (((usableSize - 12) * 64) / 255 - 23) | 0
    this.minLocal = (((usableSize - 12) * 32) / 255 - 23) | 0
  }
}

let latestLayout = new Layout(4096)

/** The layout for pages of `usableSize`; the most recent one is kept. */
export function layoutOf(usableSize: number): Layout {
  if (latestLayout.usableSize !== usableSize) latestLayout = new Layout(usableSize)
  return latestLayout
}

/** Where the b-tree header of a page starts. */
export function headerOffset(pgno: number): number {
  return pgno === 1 ? 100 : 0
}

/** Whether the type byte names a leaf. */
export function isLeafType(type: number): boolean {
  return (type & 8) !== 0
}

/** Whether the type byte names a page of a table tree. */
export function isTableType(type: number): boolean {
  return (type & 1) !== 0
}

/** Where the cell pointers start. */
export function pointersOffset(page: Page): number {
  const header = page.pgno === 1 ? 100 : 0
  return (page.data[header]! & 8) !== 0 ? header + 8 : header + 12
}

export function cellCountOf(page: Page): number {
  const header = page.pgno === 1 ? 100 : 0
  return (page.data[header + 3]! << 8) | page.data[header + 4]!
}

/** The right-most child of an interior page. */
export function rightChildOf(page: Page): number {
  const at = page.pgno === 1 ? 108 : 8
  const data = page.data
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0
}

/** Where the content of cells begins. */
export function contentStartOf(data: Uint8Array, header: number): number {
  const start = (data[header + 5]! << 8) | data[header + 6]!
  return start === 0 ? 65536 : start
}

/** How much of a payload of `payloadSize` stays on the page. */
export function localSizeOf(payloadSize: number, maxLocal: number, layout: Layout): number {
  if (payloadSize <= maxLocal) return payloadSize
  const surplus = layout.minLocal + ((payloadSize - layout.minLocal) % (layout.usableSize - 4))
  return surplus <= maxLocal ? surplus : layout.minLocal
}

/**
 * Bytes that the cell at `offset` has: its fields, its local payload and the overflow page number.
 * On the page it takes at least `minCellSize`. Not checked against the end of the page.
 */
export function cellBytes(data: Uint8Array, offset: number, type: number, layout: Layout): number {
  if (type === interiorTable) return 4 + varintLength(data, offset + 4)
  let at = type === interiorIndex ? offset + 4 : offset
  const maxLocal = type === leafTable ? layout.maxTableLocal : layout.maxIndexLocal
  let payloadSize = data[at]!
  if (payloadSize < 0x80) at++
  else {
    payloadSize = readVarint(data, at)
    at += varintLength(data, at)
  }
  if (type === leafTable) at += data[at]! < 0x80 ? 1 : varintLength(data, at)
  if (payloadSize <= maxLocal) return at - offset + payloadSize
  return at - offset + localSizeOf(payloadSize, maxLocal, layout) + 4
}

/** Checks every rule of a page that reading it rests on. Call when `page.verified` is false. */
export function verifyPage(page: Page, layout: Layout): void {
  const { data, pgno } = page
  const usableSize = layout.usableSize
  const header = headerOffset(pgno)
  const type = data[header]!
  if (type !== leafTable && type !== leafIndex && type !== interiorTable && type !== interiorIndex)
    throw corrupt(pgno, `${type} is not a type of b-tree page`)
  const cellCount = (data[header + 3]! << 8) | data[header + 4]!
  if (cellCount > (usableSize - 8) / 6) throw corrupt(pgno, `${cellCount} cells are too many`)
  const pointers = header + (isLeafType(type) ? 8 : 12)
  const pointersEnd = pointers + 2 * cellCount
  const contentStart = contentStartOf(data, header)
  if (contentStart < pointersEnd || contentStart > usableSize)
    throw corrupt(pgno, `cell content cannot start at ${contentStart}`)
  let checked = 0
  if (type === leafTable) checked = countPlainRows(data, pointers, cellCount, contentStart, layout)
  for (let i = checked; i < cellCount; i++) {
    const at = pointers + 2 * i
    const offset = (data[at]! << 8) | data[at + 1]!
    if (offset < contentStart || offset > usableSize - minCellSize)
      throw corrupt(pgno, `cell pointer ${i} lies outside the content area`)
    if (offset + cellBytes(data, offset, type, layout) > usableSize)
      throw corrupt(pgno, `cell ${i} reaches past the usable area`)
  }
  freeblockBytes(data, header, pgno, usableSize)
  page.verified = true
}

/** How many cells, from the first one on, are rows as most are, small and whole, and end on the page. */
function countPlainRows(
  data: Uint8Array,
  pointers: number,
  cellCount: number,
  contentStart: number,
  { usableSize, maxTableLocal }: Layout,
): number {
  const last = usableSize - minCellSize
  for (let i = 0, at = pointers; i < cellCount; i++, at += 2) {
    const offset = (data[at]! << 8) | data[at + 1]!
    if (offset < contentStart || offset > last) return i
    let size = data[offset]!
    let end = offset + 1
    if (size >= 0x80) {
      const low = data[end++]!
      if (low >= 0x80) return i
      size = ((size & 0x7f) << 7) | low
      if (size > maxTableLocal) return i
    }
    // A rowid of four bytes at most.
    if (
      data[end++]! >= 0x80 &&
      data[end++]! >= 0x80 &&
      data[end++]! >= 0x80 &&
      data[end++]! >= 0x80
    ) {
      return i
    }
    if (end + size > usableSize) return i
  }
  return cellCount
}

/** The sum of all freeblocks, having checked that they ascend, stay inside the content area and keep apart. */
export function freeblockBytes(
  data: Uint8Array,
  header: number,
  pgno: number,
  usableSize: number,
): number {
  let at = (data[header + 1]! << 8) | data[header + 2]!
  if (at === 0) return 0
  if (at < contentStartOf(data, header)) throw corrupt(pgno, 'a freeblock lies before the content')
  let total = 0
  for (;;) {
    if (at > usableSize - 4) throw corrupt(pgno, 'a freeblock lies past the usable area')
    const next = (data[at]! << 8) | data[at + 1]!
    const size = (data[at + 2]! << 8) | data[at + 3]!
    if (size < 4 || at + size > usableSize)
      throw corrupt(pgno, 'a freeblock has an impossible size')
    total += size
    if (next === 0) return total
    if (next < at + size + 4) throw corrupt(pgno, 'freeblocks are not in ascending order')
    at = next
  }
}

/** Bytes on a page that cells and their pointers do not take. */
export function freeBytes(page: Page, layout: Layout): number {
  const { data, pgno } = page
  const header = pgno === 1 ? 100 : 0
  const cellCount = (data[header + 3]! << 8) | data[header + 4]!
  const pointersEnd = header + ((data[header]! & 8) !== 0 ? 8 : 12) + 2 * cellCount
  const free =
    contentStartOf(data, header) -
    pointersEnd +
    data[header + 7]! +
    freeblockBytes(data, header, pgno, layout.usableSize)
  if (free < 0 || free > layout.usableSize) throw corrupt(pgno, 'free space does not add up')
  return free
}

/** Makes a writable page an empty b-tree page of `type`. The right-most child of an interior page is left to the caller. */
export function clearPage(page: Page, type: number, layout: Layout): void {
  const { data } = page
  const header = headerOffset(page.pgno)
  data[header] = type
  data[header + 1] = 0
  data[header + 2] = 0
  data[header + 3] = 0
  data[header + 4] = 0
  data[header + 5] = layout.usableSize >>> 8
  data[header + 6] = layout.usableSize
  data[header + 7] = 0
  page.verified = true
}
