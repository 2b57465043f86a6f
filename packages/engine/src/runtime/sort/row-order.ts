/**
 * The order of rows by their keys. (SQL: ORDER BY; Datatypes In SQLite §4.1.) Rows are arrays of values; a key names a place in them.
 */
import { builtInCollations, compareValues } from '../../record/index.ts'
import type { Collation, Collations, TextEncoding, Value } from '../../record/index.ts'
import { orderColumns } from './column-order.ts'
import type { Row, RowKey } from './row.ts'

export type { Row, RowKey }

/** How two rows stand to each other. */
export type RowComparison = (a: Row, b: Row) => number

/** A comparison by all keys. */
export function rowComparison(
  keys: readonly RowKey[],
  encoding: TextEncoding = 'utf8',
  collations: Collations = builtInCollations,
): RowComparison {
  const steps = keys.map((key) => keyComparison(key, encoding, collations))
  const first = steps[0] ?? ((): number => 0)
  if (steps.length <= 1) return first
  if (steps.length === 2) {
    const second = steps[1]!
    return (a, b) => first(a, b) || second(a, b)
  }
  return (a, b) => {
    for (let i = 0; i < steps.length; i++) {
      const order = steps[i]!(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

function collationOf(key: RowKey, encoding: TextEncoding, collations: Collations): Collation {
  const collation = collations.collation(key.collation, encoding)
  if (collation === null) throw new RangeError(`no such collation sequence: ${key.collation}`)
  return collation
}

function keyComparison(key: RowKey, encoding: TextEncoding, collations: Collations): RowComparison {
  const { place, descending, nullsFirst } = key
  const collation = collationOf(key, encoding, collations)
  if (nullsFirst !== descending) {
    // NULLs are least, as everywhere.
    return descending
      ? (a, b) => compareValues(b[place]!, a[place]!, collation)
      : (a, b) => compareValues(a[place]!, b[place]!, collation)
  }
  const nullOrder = nullsFirst ? -1 : 1
  return (a, b) => {
    const x = a[place]!
    const y = b[place]!
    if (x === null) return y === null ? 0 : nullOrder
    if (y === null) return -nullOrder
    return descending ? compareValues(y, x, collation) : compareValues(x, y, collation)
  }
}

/** Below this many rows a comparison sort is as good. */
const columnThreshold = 256

/** Sorts rows, in place or not: use the answer. */
export function sortRows(
  rows: Row[],
  keys: readonly RowKey[],
  compare: RowComparison,
  encoding: TextEncoding = 'utf8',
): Row[] {
  const count = rows.length
  if (count < columnThreshold) return rows.sort(compare)
  const columns = keys.map((key) => {
    const { place } = key
    const values: Value[] = []
    for (let i = 0; i < count; i++) values.push(rows[i]![place]!)
    return { values, key }
  })
  const places = orderColumns(columns, count, (a, b) => compare(rows[a]!, rows[b]!), encoding)
  // Every place of the copy is written.
  const sorted = rows.slice()
  for (let i = 0; i < count; i++) sorted[i] = rows[places[i]!]!
  return sorted
}
