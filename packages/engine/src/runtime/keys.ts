/**
 * Small functions that emitted code calls where the kinds of its operands are not known: comparisons as plain
 * booleans, and the keys under which values are equal in a `Map` or a `Set`.
 *
 * A *key* is a primitive that two values share exactly when SQL holds them equal: numbers and bigints by their
 * numeric value, texts as their collation sees them, BLOBs as a text that no text is.
 */
import {
  Real,
  applyComparisonAffinity,
  compareNumbers,
  compareValues,
  textToNumeric,
} from '../record/index.ts'
import type { Affinity, Collation, Value } from '../record/index.ts'
import { isTrue } from './convert.ts'

export type Key = null | number | bigint | string

/** `a = b` holds: false where either is NULL. */
export function isEqual(a: Value, b: Value, collation: Collation): boolean {
  if (a === null || b === null) return false
  if (a === b) return true
  return compareValues(a, b, collation) === 0
}

/** `a < b` holds. */
export function isLess(a: Value, b: Value, collation: Collation): boolean {
  if (a === null || b === null) return false
  return compareValues(a, b, collation) < 0
}

/** `a <= b` holds. */
export function isAtMost(a: Value, b: Value, collation: Collation): boolean {
  if (a === null || b === null) return false
  return compareValues(a, b, collation) <= 0
}

/** A condition is false: neither true nor unknown. */
export function isFalse(value: Value): boolean {
  return value !== null && !isTrue(value)
}

/** Text that is a number becomes one: what numeric affinity does to one side of a comparison. */
export function numericOf(value: Value): Value {
  return typeof value === 'string' ? textToNumeric(value) : value
}

/** An INTEGER beyond ±2^53 as the REAL next to it; anything else as it is. */
export function roundedInteger(value: Value): Value {
  return typeof value === 'bigint' ? new Real(Number(value)) : value
}

// An unpaired high surrogate: text from SQL never has one, so no text equals the key of a BLOB.
const blobMark = '\ud800'

/** The key of a value under BINARY. */
export function keyOf(value: Value): Key {
  switch (typeof value) {
    case 'number':
    case 'string':
      return value
    case 'bigint':
      return bigintKey(value)
    default:
      if (value === null) return null
      if (value instanceof Real) return value.value
      return blobKey(value)
  }
}

/** A REAL that equals a large INTEGER is a number, so the INTEGER must be one too. */
function bigintKey(value: bigint): number | bigint {
  const number = Number(value)
  return compareNumbers(value, number) === 0 ? number : value
}

function blobKey(value: Uint8Array): string {
  return blobMark + Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
}

/** The key of a value under NOCASE. */
export function nocaseKey(value: Value): Key {
  return typeof value === 'string' ? foldText(value) : keyOf(value)
}

/** The key of a value under RTRIM. */
export function rtrimKey(value: Value): Key {
  return typeof value === 'string' ? trimText(value) : keyOf(value)
}

/** A–Z as a–z. A NUL ends the comparison of NOCASE, after which only the size in bytes counts. */
function foldText(text: string): string {
  const folded = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  const end = folded.indexOf('\0')
  return end < 0 ? folded : `${folded.slice(0, end)}\0${Buffer.byteLength(text)}`
}

function trimText(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--
  return text.slice(0, end)
}

/** The keys of values after a comparison's conversion. */
export function keySet(
  values: readonly Value[],
  affinity: Affinity | null,
  key: (value: Value) => Key,
): Set<Key> {
  const keys = new Set<Key>()
  for (const value of values) keys.add(key(applyComparisonAffinity(value, affinity)))
  return keys
}

/** Integers from -2^25 up to 2^25: two of them are one number. */
const halfRange = 33554432

/** One key for several, always of the same number: lengths keep the parts apart. */
export function joinKeys(keys: readonly Key[]): Key {
  if (keys.length === 2) {
    const a = keys[0]!
    const b = keys[1]!
    if (
      typeof a === 'number' &&
      typeof b === 'number' &&
      (a | 0) === a &&
      (b | 0) === b &&
      a >= -halfRange &&
      a < halfRange &&
      b >= -halfRange &&
      b < halfRange
    )
      return (a + halfRange) * (2 * halfRange) + b + halfRange
  }
  let joined = ''
  for (const key of keys) {
    switch (typeof key) {
      case 'string':
        joined += `s${key.length}:${key}`
        break
      case 'number':
        joined += `n${key === 0 ? 0 : key};`
        break
      case 'bigint':
        joined += `i${key};`
        break
      default:
        joined += '-'
    }
  }
  return joined
}
