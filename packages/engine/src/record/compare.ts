/**
 * The order of values: NULL, then numbers, then text by a collation, then BLOBs by their bytes. (Datatypes In
 * SQLite §4.1 Sort Order.) This is the order of ORDER BY, GROUP BY and indexes, where NULLs are equal; the
 * operators of SQL add that a comparison with NULL is NULL.
 *
 * INTEGER and REAL compare as the exact numbers they are: 9007199254740993 is greater than 9007199254740992.0.
 * A `bigint` lies outside ±2^53 and JavaScript compares it with a number exactly, so no rounding creeps in.
 */
import { compareBytes } from '../base/bytes.ts'
import type { Collation } from './collation.ts'
import { Real } from './value.ts'
import type { Value } from './value.ts'

/** Negative, zero or positive: how `a` stands to `b`. */
export function compareValues(a: Value, b: Value, collation: Collation): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') {
    if (a === b) return 0
    return collation.compare(a, b)
  }
  return compareMixed(a, b)
}

/** 0 NULL, 1 number, 2 text, 3 BLOB. */
function rank(value: Value): number {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 1
    case 'string':
      return 2
    default:
      if (value === null) return 0
      return value instanceof Real ? 1 : 3
  }
}

function compareMixed(a: Value, b: Value): number {
  const left = rank(a)
  const right = rank(b)
  if (left !== right) return left - right
  if (left === 1) return compareNumbers(a as number, b as number)
  return left === 3 ? compareBytes(a as Uint8Array, b as Uint8Array) : 0
}

/** Compares INTEGERs and REALs of any representation exactly. */
export function compareNumbers(a: number | bigint | Real, b: number | bigint | Real): number {
  const left = a instanceof Real ? a.value : a
  const right = b instanceof Real ? b.value : b
  return left < right ? -1 : left > right ? 1 : 0
}
