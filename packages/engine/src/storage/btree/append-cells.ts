/**
 * Cells of a leaf copied as they are behind the last cell of a leaf of another tree: for trees that are written anew in order. (VACUUM)
 *
 * Cells that lie one below the other, as they do on a page that was filled in order, are copied in one go.
 */
import { corrupt } from '../../base/error.ts'
import { readVarint, varintLength } from '../../record/index.ts'
import type { Page } from '../pager/page.ts'
import {
  cellCountOf,
  contentStartOf,
  headerOffset,
  isTableType,
  minCellSize,
  pointersOffset,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { copyInto } from './page-space.ts'

/**
 * Copies cells of `source` from the place `from` on to `leaf`, which is of the same kind, writable and without freeblocks, while they fit and
 * keep their payloads whole. Answers the place of the first that it leaves.
 */
export function appendCells(leaf: Page, source: Page, from: number, layout: Layout): number {
  const { usableSize } = layout
  const { data: bytes } = source
  const { data } = leaf
  const isTable = isTableType(data[headerOffset(leaf.pgno)]!)
  const maxLocal = isTable ? layout.maxTableLocal : layout.maxIndexLocal
  const sourcePointers = pointersOffset(source)
  const sourceCount = cellCountOf(source)
  const header = headerOffset(leaf.pgno)
  let count = cellCountOf(leaf)
  let top = contentStartOf(data, header)
  let pointer = pointersOffset(leaf) + 2 * count
  let at = from
  // Bytes of `bytes` that are still to be copied to `top`.
  let runStart = 0
  let runEnd = 0
  for (; at < sourceCount; at++) {
    const place = sourcePointers + 2 * at
    const offset = (bytes[place]! << 8) | bytes[place + 1]!
    const size = readVarint(bytes, offset)
    if (size > maxLocal) break
    let end = offset + varintLength(bytes, offset)
    if (isTable) end += varintLength(bytes, end)
    end += size
    if (end > usableSize) throw corrupt(source.pgno, 'a cell reaches past the usable area')
    // One that is smaller takes bytes with it that mean nothing.
    const stored = Math.max(end - offset, minCellSize)
    if (top - stored < pointer + 2) break
    if (offset + stored !== runStart) {
      copyInto(data, top, bytes, runStart, runEnd - runStart)
      runEnd = offset + stored
    }
    runStart = offset
    top -= stored
    data[pointer++] = top >>> 8
    data[pointer++] = top
    count++
  }
  copyInto(data, top, bytes, runStart, runEnd - runStart)
  data[header + 3] = count >>> 8
  data[header + 4] = count
  data[header + 5] = top >>> 8
  data[header + 6] = top
  return at
}

/** Whether cells can be appended to a leaf: what is free is all in its gap. */
export function isGapAll({ data, pgno }: Page): boolean {
  const header = headerOffset(pgno)
  return (data[header + 1]! | data[header + 2]!) === 0
}
