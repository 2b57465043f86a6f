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
  const distinct: Value[] = []
  for (const key of sorted) {
    if (slice.isDue()) yield slice
    if (distinct.length === 0 || compare(distinct.at(-1)!, key) !== 0) distinct.push(key)
  }
  return distinct
}
