/**
 * The five storage classes as JavaScript values. (Datatypes In SQLite §2 Storage Classes.)
 *
 * | SQL     | JavaScript |
 * |---------|------------|
 * | NULL    | `null` |
 * | INTEGER | `number` while it is exact (|x| <= 2^53-1), `bigint` beyond; never a `bigint` inside that range |
 * | REAL    | `number` when it has a fraction and so cannot be taken for an INTEGER, else a `Real` |
 * | TEXT    | `string`; a byte that is not part of valid UTF-8 is the lone surrogate U+DC00 + byte |
 * | BLOB    | `Uint8Array` |
 *
 * Always true: NaN never occurs (it is NULL), `Number.isInteger(v)` for a `number` v means INTEGER, and
 * -0 occurs only inside a `Real`.
 */

/** A REAL whose number could be mistaken for an INTEGER (1.0, 1e300, -0.0), or that is infinite. */
export class Real {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** An SQL value. */
export type Value = null | number | bigint | Real | string | Uint8Array

/** The REAL `x`, boxed only where it must be; NaN becomes NULL, as in SQLite. */
export function realValue(x: number): number | Real | null {
  if (Number.isInteger(x)) return new Real(x)
  if (x === Infinity || x === -Infinity) return new Real(x)
  return Number.isNaN(x) ? null : x
}

/** The INTEGER `x`, as a number where that is exact. */
export function integerValue(x: bigint): number | bigint {
  return x >= -9007199254740991n && x <= 9007199254740991n ? Number(x) : x
}

/** SQLite's name of a value's storage class, as `typeof()` answers it. */
export function storageClass(value: Value): 'null' | 'integer' | 'real' | 'text' | 'blob' {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'real'
    case 'string':
      return 'text'
    case 'bigint':
      return 'integer'
    default:
      if (value === null) return 'null'
      return value instanceof Real ? 'real' : 'blob'
  }
}
