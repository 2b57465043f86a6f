/** The keys of an IN, by which a scan looks up one after the other: not NULL, each once, sorted. */
import { compareValues } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { complete, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import { sortInSlices } from './sort-in-slices.ts'

export function sortKeys(keys: Value[], collation: Collation, descending: boolean): Value[] {
  return complete(sortingKeys(unsliced, keys, collation, descending))
}

export function* sortingKeys(
  slice: Slice,
  keys: readonly Value[],
  collation: Collation,
  descending: boolean,
): Work<Value[]> {
  const compare = (a: Value, b: Value): number => {
    const order = compareValues(a, b, collation)
    return descending ? -order : order
  }
  const known: Value[] = []
  for (const key of keys) {
    if (slice.isDue()) yield slice
    if (key !== null) known.push(key)
  }
  const sorted = yield* sortInSlices(known, (piece) => piece.sort(compare), compare, slice)
  return yield* distinct(slice, sorted, compare)
}

/** The rowids of `rowid IN (…)`, each once, ascending: the same array. */
export function sortRowids(rowids: (number | bigint)[]): (number | bigint)[] {
  rowids.sort(byRowid)
  let kept = 0
  for (let i = 0; i < rowids.length; i++)
    if (i === 0 || rowids[i] !== rowids[kept - 1]) rowids[kept++] = rowids[i]!
  rowids.length = kept
  return rowids
}

/** The same in slices, and in another array. */
export function* sortingRowids(
  slice: Slice,
  rowids: (number | bigint)[],
): Work<(number | bigint)[]> {
  const sorted = yield* sortInSlices(rowids, (piece) => piece.sort(byRowid), byRowid, slice)
  return yield* distinct(slice, sorted, byRowid)
}

function byRowid(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Of those that are equal the first. */
function* distinct<Key>(
  slice: Slice,
  sorted: readonly Key[],
  compare: (a: Key, b: Key) => number,
): Work<Key[]> {
  const found: Key[] = []
  for (const key of sorted) {
    if (slice.isDue()) yield slice
    if (found.length === 0 || compare(found.at(-1)!, key) !== 0) found.push(key)
  }
  return found
}
