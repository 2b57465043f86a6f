/** What emitted code calls for LIMIT and for ORDER BY with a LIMIT. */
import { datatypeMismatch } from '../../base/error.ts'
import { Real, applyNumericAffinity } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { TopRows } from './top-rows.ts'

/** LIMIT: how many rows; Infinity for a negative number. Anything but an integer is a mismatch. */
export function limitCount(value: Value): number {
  const count = integerOf(value)
  return count < 0 ? Infinity : count
}

const maxInteger = 2 ** 63

/** LIMIT and OFFSET together: how many rows have to be kept. Their sum may be too large for an INTEGER. */
export function keptCount(value: Value): number {
  return value instanceof Real && value.value >= maxInteger ? Infinity : limitCount(value)
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

/** A key of the last row that is kept, as a plain number where it can be; `undefined`: any row is kept yet. */
export function lastKey(rows: TopRows, place: number): Value | undefined {
  const value = rows.full ? rows.last?.[place] : undefined
  return value instanceof Real ? value.value : value
}
