/**
 * Searching a page of an index for a key that begins with a number.
 *
 * A binary search of a page looks at eight or nine cells, and in a large index nearly each look is a cache miss. Numbers
 * can do better: the bounds that the levels above have left for the page, and the key's place between them, say
 * about where in the page it is; a few cells around there decide. Where numbers are not evenly spread the guess
 * costs two looks and the rest is searched as ever.
 *
 * Only small integers in short records are read here; any other cell, and a tie with a longer key, is compared by the
 * `SearchKey`.
 */
import type { SearchKey } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import type { Layout } from './page-layout.ts'

type CompareCell = (
  pages: Pages,
  page: Page,
  cell: number,
  key: SearchKey,
  layout: Layout,
) => number

/** Fewer cells are searched without a guess. */
const guessFrom = 24
/** How far from the guess the key is looked for first. */
const window = 6

// What the search of the level above found on both sides of the child that it chose; NaN: nothing.
let lowerBound = NaN
let upperBound = NaN

/** Before the search of a root: nothing is known. */
export function forgetBounds(): void {
  lowerBound = NaN
  upperBound = NaN
}

/** The number that the record at `cell` begins with; NaN when it takes a closer look to tell. */
function leadingNumber(data: Uint8Array, cell: number): number {
  const size = data[cell]!
  const headerSize = data[cell + 1]!
  const type = data[cell + 2]!
  if (size > 0x7f || headerSize < 2 || headerSize + type > size) return NaN
  const at = cell + 1 + headerSize
  switch (type) {
    case 1:
      return (data[at]! << 24) >> 24
    case 2:
      return ((data[at]! << 24) >> 16) | data[at + 1]!
    case 3:
      return ((data[at]! << 24) >> 8) | (data[at + 1]! << 8) | data[at + 2]!
    case 4:
      return (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
    default:
      return NaN
  }
}

/** As `findEntry`, for a key whose first field is `number`, in ascending order. Records are short enough to be local. */
export function findByNumber(
  pages: Pages,
  page: Page,
  pointers: number,
  count: number,
  childSize: number,
  key: SearchKey,
  number: number,
  threshold: 0 | 1,
  layout: Layout,
  compareCell: CompareCell,
): number {
  const data = page.data
  const isWhole = key.count === 1
  let low = 0
  let high = count
  let probe = -1
  let step = 0
  if (count >= guessFrom) {
    const from = lowerBound
    const share = (number - from) / (upperBound - from)
    // False for NaN, too.
    if (share >= 0 && share <= 1) {
      probe = (share * (count - 1)) | 0
      step = window
    }
  }
  while (low < high) {
    const middle = probe >= 0 ? probe : (low + high) >>> 1
    const at = pointers + 2 * middle
    const cell = ((data[at]! << 8) | data[at + 1]!) + childSize
    const found = leadingNumber(data, cell)
    let order: number
    if (found < number) order = -1
    else if (found > number) order = 1
    else if (found === number && isWhole) order = 0
    else order = compareCell(pages, page, cell, key, layout)
    if (order < threshold) {
      low = middle + 1
      lowerBound = found
      probe = step > 0 ? middle + step : -1
      if (probe >= high) probe = -1
    } else {
      high = middle
      upperBound = found
      probe = step > 0 ? middle - step : -1
      if (probe < low) probe = -1
    }
    // One look at the other end of the window; after that halves.
    step = 0
  }
  return low
}
