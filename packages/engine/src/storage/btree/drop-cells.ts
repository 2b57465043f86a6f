/**
 * Several cells taken off a leaf at once: what is left is laid out anew, so that the free bytes are one gap.
 */
import { corrupt } from '../../base/error.ts'
import type { Page } from '../pager/page.ts'
import { cellBytes, cellCountOf, clearPage, headerOffset, minCellSize } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { copyInto } from './page-space.ts'

let scratch = new Uint8Array(4096)

/** A copy of a page, good until the next one is taken. */
export function copyOfPage({ data }: Page, layout: Layout): Uint8Array {
  const { usableSize } = layout
  if (scratch.length < usableSize) scratch = new Uint8Array(usableSize)
  scratch.set(data.length === usableSize ? data : data.subarray(0, usableSize))
  return scratch
}

/** Bytes that some cells of a leaf take, with their pointers. */
export function weightOfCells(
  page: Page,
  indexes: Int32Array,
  count: number,
  layout: Layout,
): number {
  const { data, pgno } = page
  const header = headerOffset(pgno)
  const type = data[header]!
  let weight = 0
  for (let i = 0; i < count; i++) {
    const at = header + 8 + 2 * indexes[i]!
    const size = cellBytes(data, (data[at]! << 8) | data[at + 1]!, type, layout)
    weight += (size < minCellSize ? minCellSize : size) + 2
  }
  return weight
}

/**
 * Takes the cells with the first `count` of `indexes`, which ascend, off a writable leaf. What they referred to is the caller's
 * business.
 */
export function dropCells(page: Page, indexes: Int32Array, count: number, layout: Layout): void {
  const { data, pgno } = page
  if (!page.verified) throw corrupt(pgno, 'a page in use is on the freelist')
  const header = headerOffset(pgno)
  const type = data[header]!
  const cellCount = cellCountOf(page)
  const left = cellCount - count
  if (left === 0) {
    clearPage(page, type, layout)
    return
  }
  const source = copyOfPage(page, layout)
  const { usableSize } = layout
  const pointersEnd = header + 8 + 2 * left
  let to = header + 8
  let top = usableSize
  let next = 0
  // Cells that lie one below the other, as on a page that was filled in order, are copied in one go.
  let runStart = 0
  let runEnd = 0
  for (let i = 0; i < cellCount; i++) {
    if (next < count && indexes[next] === i) {
      next++
      continue
    }
    const at = header + 8 + 2 * i
    const offset = (source[at]! << 8) | source[at + 1]!
    const bytes = cellBytes(source, offset, type, layout)
    const size = bytes < minCellSize ? minCellSize : bytes
    if (offset + size !== runStart) {
      copyInto(data, top, source, runStart, runEnd - runStart)
      runEnd = offset + size
    }
    runStart = offset
    top -= size
    if (top < pointersEnd || offset + size > usableSize) throw corrupt(pgno, 'cells overlap')
    data[to++] = top >>> 8
    data[to++] = top
  }
  copyInto(data, top, source, runStart, runEnd - runStart)
  data[header + 1] = 0
  data[header + 2] = 0
  data[header + 3] = left >>> 8
  data[header + 4] = left
  data[header + 5] = top >>> 8
  data[header + 6] = top
  data[header + 7] = 0
}
