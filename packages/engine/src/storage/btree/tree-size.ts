/**
 * About how many rows a table has, from one page of each level of its tree: so many children as the page in the middle has, all of them have.
 * (`sqlite3BtreeRowCountEst`)
 */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import type { Pages } from '../pager/page.ts'
import {
  cellCountOf,
  headerOffset,
  isLeafType,
  layoutOf,
  pointersOffset,
  rightChildOf,
  verifyPage,
} from './page-layout.ts'

export function approximateRows(pages: Pages, root: number): number {
  const layout = layoutOf(pages.usableSize)
  let rows = 1
  let pgno = root
  for (let depth = 0; depth < maxBtreeDepth; depth++) {
    const page = pages.get(pgno)
    if (!page.verified) verifyPage(page, layout)
    const count = cellCountOf(page)
    const { data } = page
    if (isLeafType(data[headerOffset(pgno)]!)) return rows * count
    rows *= count + 1
    const middle = count >> 1
    if (middle === count) pgno = rightChildOf(page)
    else {
      const pointer = pointersOffset(page) + 2 * middle
      const at = (data[pointer]! << 8) | data[pointer + 1]!
      pgno = new DataView(data.buffer, data.byteOffset).getUint32(at)
    }
  }
  throw corrupt(root, 'the tree is too deep')
}
