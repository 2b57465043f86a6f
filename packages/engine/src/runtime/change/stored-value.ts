/** Values as a row of a table keeps them. */
import { Real, applyNumericAffinity, textToNumeric } from '../../record/index.ts'
import { datatypeMismatch } from '../../base/error.ts'
import type { Value } from '../../record/index.ts'
import type { Rowid } from './row-writer.ts'

/** A value given for the rowid, as a rowid; NULL is for the caller to see. (`OP_MustBeInt`) */
export function toRowid(value: Value): Rowid {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return value
  const converted = applyNumericAffinity(value)
  if (typeof converted === 'bigint') return converted
  if (typeof converted === 'number' && Number.isInteger(converted)) return converted
  throw datatypeMismatch()
}

/** REAL affinity in the raw domain: any number becomes a JavaScript number that means a REAL. */
export function toRaw(value: Value): number | null | string | Uint8Array {
  if (typeof value === 'number' || value === null) return value
  if (typeof value === 'string') {
    const number = textToNumeric(value)
    if (typeof number === 'string') return number
    return toRaw(number)
  }
  if (value instanceof Real) return value.value
  return typeof value === 'bigint' ? Number(value) : value
}

/** How a REAL column keeps a raw number: small whole ones as INTEGER. */
export function storedRaw(value: number | null | string | Uint8Array): Value {
  if (typeof value !== 'number') return value
  if (Number.isInteger(value)) {
    if (value >= -0x800000000000 && value <= 0x7fffffffffff) return value + 0
    return new Real(value)
  }
  return value === Infinity || value === -Infinity ? new Real(value) : value
}
