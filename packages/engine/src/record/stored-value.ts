/** What a column makes of a value that it is to keep, and which storage classes it keeps. */
import { applyNumericAffinity, applyRealAffinity, applyTextAffinity } from './affinity.ts'
import type { Affinity } from './affinity.ts'
import { storedReal } from './record.ts'
import { Real } from './value.ts'
import type { Value } from './value.ts'

// Sets of storage classes.
export const takesNull = 1
export const takesInteger = 2
export const takesReal = 4
export const takesText = 8
export const takesBlob = 16
export const takesAll = 31

/** The storage class of a value, as one of the above. */
export function takesOf(value: Value): number {
  if (value === null) return takesNull
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? takesInteger : takesReal
    case 'string':
      return takesText
    case 'bigint':
      return takesInteger
    default:
      return value instanceof Real ? takesReal : takesBlob
  }
}

/** The value as the record keeps it in a column of this affinity. */
export function storedAs(value: Value, affinity: Affinity): Value {
  if (value === null || affinity === 'blob') return value
  if (affinity === 'text') return typeof value === 'string' ? value : applyTextAffinity(value)
  if (typeof value === 'number') {
    if (affinity !== 'real' || (value | 0) === value) return value
  } else if (affinity !== 'real') return applyNumericAffinity(value)
  return storedReal(applyRealAffinity(value))
}
