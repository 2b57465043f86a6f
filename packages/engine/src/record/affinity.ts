/**
 * Column affinity: which storage class a column would rather have, and the conversions that follow from it.
 * (Datatypes In SQLite §3 Type Affinity, §4.2 Type Conversions Prior To Comparison.)
 *
 * A conversion never loses anything: text that does not read as a number stays text, and a REAL becomes an
 * INTEGER only where the two are the same number.
 */
import { integerToText, realToText, textToNumeric } from './number-text.ts'
import { Real } from './value.ts'
import type { Value } from './value.ts'

export type Affinity = 'blob' | 'text' | 'numeric' | 'integer' | 'real'

/**
 * The affinity of a declared type, by the substrings it contains: INT before CHAR, CLOB, TEXT before BLOB
 * (or no type at all) before REAL, FLOA, DOUB; else NUMERIC. (§3.1 Determination Of Column Affinity)
 */
export function affinityOfType(declared: string): Affinity {
  if (declared === '') return 'blob'
  const type = declared.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  if (type.includes('INT')) return 'integer'
  if (type.includes('CHAR') || type.includes('CLOB') || type.includes('TEXT')) return 'text'
  if (type.includes('BLOB')) return 'blob'
  if (type.includes('REAL') || type.includes('FLOA') || type.includes('DOUB')) return 'real'
  return 'numeric'
}

/** Values of such a column are numbers wherever they read as one. */
export function isNumericAffinity(affinity: Affinity | null): boolean {
  return affinity === 'integer' || affinity === 'numeric' || affinity === 'real'
}

/** What a value becomes when it is stored in a column of this affinity. */
export function applyAffinity(value: Value, affinity: Affinity): Value {
  switch (affinity) {
    case 'blob':
      return value
    case 'text':
      return applyTextAffinity(value)
    case 'integer':
    case 'numeric':
      return applyNumericAffinity(value)
    case 'real':
      return applyRealAffinity(value)
    default:
      return affinity satisfies never
  }
}

/** Numbers become text; everything else stays. */
export function applyTextAffinity(value: Value): Value {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number')
    return Number.isInteger(value) ? integerToText(value) : realToText(value)
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Real ? realToText(value.value) : value
}

/**
 * INTEGER and NUMERIC: text that is a number becomes one, and a REAL without a fraction an INTEGER where it
 * fits. The two differ only in CAST.
 */
export function applyNumericAffinity(value: Value): Value {
  if (typeof value === 'number' || value === null) return value
  if (typeof value === 'string') return textToNumeric(value)
  if (value instanceof Real) return realToInteger(value)
  return value
}

/** As NUMERIC, but an INTEGER becomes a REAL. */
export function applyRealAffinity(value: Value): Value {
  if (value === null) return value
  const number = typeof value === 'string' ? textToNumeric(value) : value
  if (typeof number === 'number') return Number.isInteger(number) ? new Real(number) : number
  if (typeof number === 'bigint') return new Real(Number(number))
  // A REAL column keeps small whole numbers as INTEGER on disk, and there is no integer -0.
  if (number instanceof Real && number.value === 0) return new Real(0)
  return number
}

/**
 * What one side of a comparison becomes before it is compared. `null`: no conversion. Comparisons know three
 * kinds only: text, numeric (INTEGER, REAL and NUMERIC alike), none. Numbers are compared as numbers
 * whatever their class, so a number needs no conversion here.
 */
export function applyComparisonAffinity(value: Value, affinity: Affinity | null): Value {
  if (affinity === null || affinity === 'blob') return value
  if (affinity === 'text') return applyTextAffinity(value)
  return typeof value === 'string' ? textToNumeric(value) : value
}

/** The INTEGER that equals a REAL, strictly inside the range of 64 bits; else the REAL itself. */
export function realToInteger(real: Real): number | bigint | Real {
  const x = real.value
  if (Number.isSafeInteger(x)) return x + 0
  if (Number.isInteger(x) && x > -9223372036854775808 && x < 9223372036854775808) return BigInt(x)
  return real
}
