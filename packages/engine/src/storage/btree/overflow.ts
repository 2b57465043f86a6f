/**
 * Payloads that do not fit on their page. (Database File Format §1.7 Cell Payload Overflow Pages.)
 *
 * The local part of the payload is followed by the number of the first overflow page. An overflow page is four
 * bytes that name the next one (0 at the end) and then payload up to the usable size. A chain is exactly
 * as long as the payload needs: whatever the pages say, no more of them is ever followed, and a chain
 * that ends early is corrupt.
 */
import { corrupt } from '../../base/error.ts'
import { isPartEqual, readUint32, writeUint32 } from '../../base/bytes.ts'
import { maxLength } from '../../base/limits.ts'
import type { Page, Pages } from '../pager/page.ts'
import { allocatePage, freePage } from './freelist.ts'
import { pointerType } from './pointer-map.ts'
import { readVarint, varintLength } from '../../record/index.ts'
import { cellCountOf, localSizeOf, pointersOffset } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset } from './page-space.ts'

/** How many overflow pages hold `spilled` bytes. */
export function overflowPageCount(spilled: number, layout: Layout): number {
  return Math.ceil(spilled / (layout.usableSize - 4))
}

/** Refuses a payload size that the database could not hold, before anything of that size is allocated. */
export function checkPayloadSize(pages: Pages, pgno: number, payloadSize: number): void {
  if (payloadSize > pages.pageCount * pages.usableSize || payloadSize > maxLength + 65536)
    throw corrupt(pgno, 'a payload is larger than the database')
}

/**
 * Copies the first `size` bytes of a spilled payload into a new array. The local part lies at `offset` in `data`,
 * the cell on page `pgno`; `data` must stay valid while other pages are read.
 */
export function readPayload(
  pages: Pages,
  pgno: number,
  data: Uint8Array,
  offset: number,
  localSize: number,
  payloadSize: number,
): Uint8Array {
  checkPayloadSize(pages, pgno, payloadSize)
  const payload = new Uint8Array(payloadSize)
  payload.set(data.subarray(offset, offset + localSize))
  const capacity = pages.usableSize - 4
  let filled = localSize
  let next = readUint32(data, offset + localSize)
  while (filled < payloadSize) {
    if (next < 2 || next > pages.pageCount)
      throw corrupt(pgno, `an overflow chain leads to page ${next}`)
    const overflow = pages.get(next).data
    const size = Math.min(capacity, payloadSize - filled)
    payload.set(overflow.subarray(4, 4 + size), filled)
    filled += size
    next = readUint32(overflow, 0)
  }
  return payload
}

/**
 * Whether the chain whose first page is named at `at` on a page holds just these bytes. One that leads nowhere does not; whoever
 * replaces it finds out.
 */
export function holdsSpilled(pages: Pages, page: Page, at: number, bytes: Uint8Array): boolean {
  if (at + 4 > pages.usableSize) return false
  const capacity = pages.usableSize - 4
  let next = readUint32(page.data, at)
  for (let done = 0; done < bytes.length; done += capacity) {
    if (next < 2 || next > pages.pageCount) return false
    const { data } = pages.get(next)
    if (!isPartEqual(data, 4, bytes, done, Math.min(capacity, bytes.length - done))) return false
    next = readUint32(data, 0)
  }
  return true
}

/** Stores `payload[from..size)` in new overflow pages near `nearby` and answers the first one's number. */
export function writeOverflow(
  pages: Pages,
  payload: Uint8Array,
  from: number,
  size: number,
  nearby: number,
): number {
  const capacity = pages.usableSize - 4
  let first = 0
  let previous: Page | null = null
  let at = from
  while (at < size) {
    const page = allocatePage(pages, previous === null ? nearby : previous.pgno)
    const chunk = Math.min(capacity, size - at)
    page.data.set(payload.subarray(at, at + chunk), 4)
    writeUint32(page.data, 0, 0)
    if (previous === null) first = page.pgno
    else writeUint32(previous.data, 0, page.pgno)
    pages.pointers?.set(
      page.pgno,
      previous === null ? pointerType.firstOverflow : pointerType.overflow,
      previous === null ? 0 : previous.pgno,
    )
    previous = page
    at += chunk
  }
  return first
}

/** Frees the chain that starts at page `first` and holds `spilled` bytes. `pgno` is the page of the cell. */
export function freeOverflow(
  pages: Pages,
  pgno: number,
  first: number,
  spilled: number,
  layout: Layout,
): void {
  let remaining = overflowPageCount(spilled, layout)
  if (remaining >= pages.pageCount)
    throw corrupt(pgno, 'an overflow chain is longer than the database')
  let next = first
  for (; remaining > 0; remaining--) {
    if (next < 2 || next > pages.pageCount)
      throw corrupt(pgno, `an overflow chain leads to page ${next}`)
    const following = remaining > 1 ? readUint32(pages.get(next).data, 0) : 0
    freePage(pages, next)
    next = following
  }
}

/** Whether some row of a leaf of a table has overflow pages. */
export function holdsSpilledRow(leaf: Page, { maxTableLocal }: Layout): boolean {
  const { data } = leaf
  const pointers = pointersOffset(leaf)
  const end = pointers + 2 * cellCountOf(leaf)
  for (let at = pointers; at < end; at += 2) {
    const cell = (data[at]! << 8) | data[at + 1]!
    let size = data[cell]!
    if (size >= 0x80) {
      const low = data[cell + 1]!
      size = low < 0x80 ? ((size & 0x7f) << 7) | low : readVarint(data, cell)
    }
    if (size > maxTableLocal) return true
  }
  return false
}

/** Frees the overflow pages, if any, of cell `index` of a leaf of a table. */
export function freeSpilledRow(pages: Pages, leaf: Page, index: number, layout: Layout): void {
  const offset = cellOffset(leaf, index)
  const rowid = offset + varintLength(leaf.data, offset)
  const start = rowid + varintLength(leaf.data, rowid)
  freeSpilled(pages, leaf, readVarint(leaf.data, offset), start, layout.maxTableLocal, layout)
}

/** Frees the overflow pages, if any, of cell `index` of a page of an index; `childSize` is 4 on interior pages. */
export function freeSpilledEntry(
  pages: Pages,
  page: Page,
  index: number,
  childSize: number,
  layout: Layout,
): void {
  const offset = cellOffset(page, index) + childSize
  const start = offset + varintLength(page.data, offset)
  freeSpilled(pages, page, readVarint(page.data, offset), start, layout.maxIndexLocal, layout)
}

function freeSpilled(
  pages: Pages,
  page: Page,
  payloadSize: number,
  start: number,
  maxLocal: number,
  layout: Layout,
): void {
  if (payloadSize <= maxLocal) return
  checkPayloadSize(pages, page.pgno, payloadSize)
  const localSize = localSizeOf(payloadSize, maxLocal, layout)
  const end = start + localSize
  if (end + 4 > layout.usableSize) throw corrupt(page.pgno, 'a cell reaches past the usable area')
  freeOverflow(pages, page.pgno, readUint32(page.data, end), payloadSize - localSize, layout)
}
