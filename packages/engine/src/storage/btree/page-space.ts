/**
 * Room on a page: putting a cell in, taking one out. (Database File Format §1.6, "freeblock" and "fragmented bytes".)
 *
 * A new cell goes into the first freeblock that is large enough, else to the end of the gap between pointers and
 * content; when the gap is too small but all free bytes together suffice, the content is first moved together.
 * A removed cell becomes a freeblock, joined with its neighbours, or widens the gap when it was the lowest.
 * A freeblock that is used up but for three bytes or less turns those into fragments, of which a page may
 * count 60.
 *
 * All functions expect a page that is writable and was verified. Cells that overlap, which only a damaged page has, can
 * make the accounts disagree: that is answered with SQLITE_CORRUPT where it is met. So is a page that is no longer
 * verified: in a damaged file the freelist may have handed it out as an overflow page meanwhile.
 */
import { corrupt } from '../../base/error.ts'
import type { Page } from '../pager/page.ts'
import {
  cellBytes,
  cellCountOf,
  clearPage,
  contentStartOf,
  freeBytes,
  headerOffset,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'

const maxFragments = 60

const mostHoles = 12

/** Copies bytes between arrays; short runs in a loop, which costs less than a view and a call. */
export function copyInto(
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  sourceOffset: number,
  size: number,
): void {
  if (size <= 64) {
    for (let i = 0; i < size; i++) target[targetOffset + i] = source[sourceOffset + i]!
  } else if (sourceOffset === 0 && size === source.length) target.set(source, targetOffset)
  else target.set(source.subarray(sourceOffset, sourceOffset + size), targetOffset)
}

function checkVerified(page: Page): void {
  if (!page.verified) throw corrupt(page.pgno, 'a page in use is on the freelist')
}

/** Where the cell at `index` starts. */
export function cellOffset(page: Page, index: number): number {
  const at = pointersOffset(page) + 2 * index
  return (page.data[at]! << 8) | page.data[at + 1]!
}

/**
 * Makes room for a cell of `size` bytes before cell `index`, and its pointer. Answers where the cell's bytes go, or 0,
 * having done nothing, when it does not fit.
 */
export function placeCell(page: Page, index: number, size: number, layout: Layout): number {
  checkVerified(page)
  const { data } = page
  const header = page.pgno === 1 ? 100 : 0
  const cellCount = (data[header + 3]! << 8) | data[header + 4]!
  const pointers = header + ((data[header]! & 8) !== 0 ? 8 : 12)
  const stored = size < minCellSize ? minCellSize : size
  let offset = contentStartOf(data, header) - stored
  if ((data[header + 1]! | data[header + 2]!) === 0 && offset >= pointers + 2 * cellCount + 2) {
    data[header + 5] = offset >>> 8
    data[header + 6] = offset
  } else {
    if (freeBytes(page, layout) < stored + 2) return 0
    offset = allocateSpace(page, stored, layout)
  }
  const at = pointers + 2 * index
  if (index < cellCount) data.copyWithin(at + 2, at, pointers + 2 * cellCount)
  data[at] = offset >>> 8
  data[at + 1] = offset
  data[header + 3] = (cellCount + 1) >>> 8
  data[header + 4] = cellCount + 1
  return offset
}

/** Puts a cell of `size` bytes before cell `index`. Answers false, having done nothing, when it does not fit. */
export function insertCell(
  page: Page,
  index: number,
  cell: Uint8Array,
  cellStart: number,
  size: number,
  layout: Layout,
): boolean {
  const offset = placeCell(page, index, size, layout)
  if (offset === 0) return false
  copyInto(page.data, offset, cell, cellStart, size)
  return true
}

/** Takes cell `index` off the page. What it referred to is the caller's business. */
export function dropCell(page: Page, index: number, layout: Layout): void {
  checkVerified(page)
  const { data } = page
  const header = headerOffset(page.pgno)
  const cellCount = (data[header + 3]! << 8) | data[header + 4]!
  const pointers = pointersOffset(page)
  const at = pointers + 2 * index
  const offset = (data[at]! << 8) | data[at + 1]!
  const type = data[header]!
  if (cellCount === 1) {
    clearPage(page, type, layout)
    return
  }
  const size = Math.max(minCellSize, cellBytes(data, offset, type, layout))
  // What is left of many holes is moved together, or each hole would have to pass all others.
  if (hasManyHoles(data, header)) defragment(page, layout)
  const start = (data[at]! << 8) | data[at + 1]!
  releaseSpace(page, start, size, layout)
  data.copyWithin(at, at + 2, pointers + 2 * cellCount)
  data[header + 3] = (cellCount - 1) >>> 8
  data[header + 4] = cellCount - 1
}

/** The page has more freeblocks than one more should have to be compared with. */
function hasManyHoles(data: Uint8Array, header: number): boolean {
  let at = (data[header + 1]! << 8) | data[header + 2]!
  for (let i = 0; at !== 0; i++) {
    if (i === mostHoles) return true
    at = (data[at]! << 8) | data[at + 1]!
  }
  return false
}

/** Finds `size` bytes; the page is known to have them and a pointer's two. Answers their offset. */
function allocateSpace(page: Page, size: number, layout: Layout): number {
  const { data } = page
  const header = headerOffset(page.pgno)
  const gapStart = pointersOffset(page) + 2 * cellCountOf(page) + 2
  let contentStart = contentStartOf(data, header)
  if ((data[header + 1]! | data[header + 2]!) !== 0 && gapStart <= contentStart) {
    const slot = takeFromFreeblocks(data, header, size)
    if (slot !== 0) return slot
  }
  if (gapStart + size > contentStart) {
    defragment(page, layout)
    contentStart = contentStartOf(data, header)
    if (gapStart + size > contentStart) throw corrupt(page.pgno, 'free space does not add up')
  }
  contentStart -= size
  data[header + 5] = contentStart >>> 8
  data[header + 6] = contentStart
  return contentStart
}

/** The first freeblock of `size` bytes or more, taken out or cut at its end; 0 when there is none. */
function takeFromFreeblocks(data: Uint8Array, header: number, size: number): number {
  let link = header + 1
  let at = (data[link]! << 8) | data[link + 1]!
  while (at !== 0) {
    const surplus = ((data[at + 2]! << 8) | data[at + 3]!) - size
    if (surplus >= 4) {
      data[at + 2] = surplus >>> 8
      data[at + 3] = surplus
      return at + surplus
    }
    if (surplus >= 0) {
      if (data[header + 7]! + surplus > maxFragments) return 0
      data[link] = data[at]!
      data[link + 1] = data[at + 1]!
      data[header + 7]! += surplus
      return at
    }
    link = at
    at = (data[at]! << 8) | data[at + 1]!
  }
  return 0
}

/** Gives back `size` bytes at `offset`. */
function releaseSpace(page: Page, offset: number, size: number, layout: Layout): void {
  const { data, pgno } = page
  const header = headerOffset(pgno)
  let start = offset
  let end = offset + size
  if (end > layout.usableSize) throw corrupt(pgno, 'a cell reaches past the usable area')
  let link = header + 1
  let next = (data[link]! << 8) | data[link + 1]!
  while (next !== 0 && next < start) {
    if (link !== header + 1 && next <= link)
      throw corrupt(pgno, 'freeblocks are not in ascending order')
    link = next
    next = (data[link]! << 8) | data[link + 1]!
  }
  let fragments = data[header + 7]!
  if (next !== 0 && end + 3 >= next) {
    if (end > next) throw corrupt(pgno, 'a cell overlaps a freeblock')
    fragments -= next - end
    end = next + ((data[next + 2]! << 8) | data[next + 3]!)
    if (end > layout.usableSize) throw corrupt(pgno, 'a freeblock has an impossible size')
    next = (data[next]! << 8) | data[next + 1]!
  }
  if (link !== header + 1) {
    const linkEnd = link + ((data[link + 2]! << 8) | data[link + 3]!)
    if (linkEnd + 3 >= start) {
      if (linkEnd > start) throw corrupt(pgno, 'a cell overlaps a freeblock')
      fragments -= start - linkEnd
      start = link
    }
  }
  if (fragments < 0) throw corrupt(pgno, 'free space does not add up')
  data[header + 7] = fragments
  const contentStart = contentStartOf(data, header)
  if (start <= contentStart) {
    if (start < contentStart || (link !== header + 1 && link !== start))
      throw corrupt(pgno, 'a cell lies before the content')
    data[header + 1] = next >>> 8
    data[header + 2] = next
    data[header + 5] = end >>> 8
    data[header + 6] = end
    return
  }
  if (start !== link) {
    data[link] = start >>> 8
    data[link + 1] = start
  }
  data[start] = next >>> 8
  data[start + 1] = next
  data[start + 2] = (end - start) >>> 8
  data[start + 3] = end - start
}

let scratch = new Uint8Array(4096)

/** Moves all cells to the end of the page, so that the free bytes are one gap. */
export function defragment(page: Page, layout: Layout): void {
  const { data, pgno } = page
  const usableSize = layout.usableSize
  if (scratch.length < usableSize) scratch = new Uint8Array(usableSize)
  scratch.set(usableSize === data.length ? data : data.subarray(0, usableSize))
  const header = headerOffset(pgno)
  const type = data[header]!
  const cellCount = cellCountOf(page)
  const pointers = pointersOffset(page)
  const pointersEnd = pointers + 2 * cellCount
  let top = usableSize
  // Cells that lie one below the other are copied in one go.
  let runStart = 0
  let runEnd = 0
  for (let i = 0; i < cellCount; i++) {
    const at = pointers + 2 * i
    const offset = (scratch[at]! << 8) | scratch[at + 1]!
    const bytes = cellBytes(scratch, offset, type, layout)
    const size = bytes < minCellSize ? minCellSize : bytes
    if (top - size < pointersEnd || offset + size > usableSize) throw corrupt(pgno, 'cells overlap')
    if (offset + size !== runStart) {
      copyInto(data, top, scratch, runStart, runEnd - runStart)
      runEnd = offset + size
    }
    runStart = offset
    top -= size
    data[at] = top >>> 8
    data[at + 1] = top
  }
  copyInto(data, top, scratch, runStart, runEnd - runStart)
  data[header + 1] = 0
  data[header + 2] = 0
  data[header + 5] = top >>> 8
  data[header + 6] = top
  data[header + 7] = 0
}
