/**
 * Comparison operators and three-valued logic: 1, 0, or NULL for "unknown". (SQL Language Expressions §2,
 * Datatypes In SQLite §4.) Affinity has been applied to both sides by whoever calls.
 */
import { compareValues } from '../record/index.ts'
import type { Collation, Value } from '../record/index.ts'
import { truth } from './convert.ts'

/** The truths of SQL as a value. */
export type Ternary = 1 | 0 | null

export function equal(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) === 0 ? 1 : 0
}

export function notEqual(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a !== b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) !== 0 ? 1 : 0
}

export function lessThan(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) < 0 ? 1 : 0
}

export function lessOrEqual(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a <= b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) <= 0 ? 1 : 0
}

export function greaterThan(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a > b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) > 0 ? 1 : 0
}

export function greaterOrEqual(a: Value, b: Value, collation: Collation): Ternary {
  if (typeof a === 'number' && typeof b === 'number') return a >= b ? 1 : 0
  if (a === null || b === null) return null
  return compareValues(a, b, collation) >= 0 ? 1 : 0
}

/** `IS`: as `=`, but NULL is equal to NULL and to nothing else. */
export function isSame(a: Value, b: Value, collation: Collation): 1 | 0 {
  return compareValues(a, b, collation) === 0 ? 1 : 0
}

/** `IS NOT`. */
export function isNotSame(a: Value, b: Value, collation: Collation): 1 | 0 {
  return compareValues(a, b, collation) === 0 ? 0 : 1
}

export function and(a: Value, b: Value): Ternary {
  const left = truth(a)
  if (left === false) return 0
  const right = truth(b)
  if (right === false) return 0
  return left === null || right === null ? null : 1
}

export function or(a: Value, b: Value): Ternary {
  const left = truth(a)
  if (left === true) return 1
  const right = truth(b)
  if (right === true) return 1
  return left === null || right === null ? null : 0
}

export function not(a: Value): Ternary {
  const value = truth(a)
  return value === null ? null : value ? 0 : 1
}
