/**
 * CAST. (SQL Language Expressions §4.) Unlike affinity a cast always converts: text that is no number becomes
 * the number that it begins with, or 0.
 */
import { Real, encodeText, realToInteger, realValue, textToNumber } from '../record/index.ts'
import type { Affinity, TextEncoding, Value } from '../record/index.ts'
import { blobAsText, textOfBlob, toInt64, toReal, toText, wideOperand } from './convert.ts'

/** `encoding` is that of the database: so BLOBs are read as text, and text as BLOBs. */
export function cast(given: Value, affinity: Affinity, encoding: TextEncoding = 'utf8'): Value {
  const value = affinity === 'blob' ? given : blobAsText(given, encoding)
  switch (affinity) {
    case 'integer':
      return castToInteger(value)
    case 'real':
      return castToReal(value)
    case 'numeric':
      return castToNumeric(encoding === 'utf8' ? value : wideOperand(given, encoding))
    case 'text':
      return castToText(value)
    case 'blob':
      return castToBlob(value, encoding)
    default:
      return affinity satisfies never
  }
}

export function castToInteger(value: Value): number | bigint | null {
  return value === null ? null : toInt64(value)
}

export function castToReal(value: Value): number | Real | null {
  if (value === null || value instanceof Real) return value
  return realValue(toReal(value))
}

/** A REAL without a fraction becomes an INTEGER only below this, where no bit of it can be in doubt. */
const sureInteger = 2251799813685248

/** Numbers stay as they are; text becomes an INTEGER if that says all, else a REAL. */
export function castToNumeric(value: Value): Value {
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof Real) return value
  const number = textToNumber(typeof value === 'string' ? value : textOfBlob(value))
  if (!(number instanceof Real)) return number
  return number.value >= -sureInteger && number.value < sureInteger ? realToInteger(number) : number
}

export function castToText(value: Value): string | null {
  return toText(value)
}

export function castToBlob(value: Value, encoding: TextEncoding = 'utf8'): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'object' && !(value instanceof Real)) return value
  return encodeText(toText(value)!, encoding)
}
