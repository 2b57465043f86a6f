/** What emitted code calls for LIMIT, ORDER BY and the keys of groups. */
import { datatypeMismatch } from '../base/error.ts'
import { Real, applyNumericAffinity, compareValues } from '../record/index.ts'
import type { Collation, Value } from '../record/index.ts'

/** LIMIT: how many rows; Infinity for a negative number. Anything but an integer is a mismatch. */
export function limitCount(value: Value): number {
  const count = integerOf(value)
  return count < 0 ? Infinity : count
}

/** OFFSET: how many rows to leave out. */
export function offsetCount(value: Value): number {
  const count = integerOf(value)
  return count < 0 ? 0 : count
}

/** As OP_MustBeInt: numeric affinity, then an INTEGER or an error. */
function integerOf(value: Value): number {
  const number = applyNumericAffinity(value)
  if (typeof number === 'number' && Number.isInteger(number)) return number
  if (typeof number === 'bigint') return Number(number)
  throw datatypeMismatch()
}

/** LIMIT and OFFSET together: how many of the first rows matter. */
export function topCount(limit: number, offset: number): number {
  return limit + offset
}

/** Order of values with NULLs least; for sorting groups. */
export function compareKeys(a: Value, b: Value, collation: Collation): number {
  return compareValues(a, b, collation)
}

/** A REAL of the raw domain for the application. */
export function unboxed(value: Value): unknown {
  return value instanceof Real ? value.value : value
}
