/**
 * The operators `+ - * / % & | ~ << >> ||` and unary minus on values. (SQL Language Expressions §2.)
 *
 * Each begins with the case that nearly always holds, two JavaScript numbers. A `number` that is an integer
 * is an INTEGER and any other a REAL, so the result of two integers is an INTEGER if it is safe, is
 * computed once more with bigints if it is not, and becomes a REAL where it leaves 64 bits, as SQLite has it.
 * Text and BLOBs count as the number that they begin with. NULL makes the result NULL, as does a NaN.
 */
import {
  Real,
  decodeText,
  encodeText,
  integerValue,
  normalizeText,
  realValue,
} from '../record/index.ts'
import type { TextEncoding, Value } from '../record/index.ts'
import { digitsOfWide, toInt64, toNumeric, toReal, toText } from './convert.ts'
import { checkTextLength } from '../base/long-text.ts'

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n

function real(value: number | bigint | Real): number {
  return value instanceof Real ? value.value : Number(value)
}

/** INTEGER of either representation. */
function isInteger(value: number | bigint | Real): value is number | bigint {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint'
}

/** The exact result where it fits 64 bits; else what doubles make of it. */
function int64Or(exact: bigint, inexact: number): Value {
  return exact >= minInt64 && exact <= maxInt64 ? integerValue(exact) : realValue(inexact)
}

export function add(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isInteger(a) && Number.isInteger(b))
      return Number.isSafeInteger(sum) ? sum : integerValue(BigInt(a) + BigInt(b))
    return realValue(sum)
  }
  if (a === null || b === null) return null
  const x = toNumeric(a)
  const y = toNumeric(b)
  if (typeof x === 'number' && typeof y === 'number') return add(x, y)
  const sum = real(x) + real(y)
  return isInteger(x) && isInteger(y) ? int64Or(BigInt(x) + BigInt(y), sum) : realValue(sum)
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (Number.isInteger(a) && Number.isInteger(b))
      return Number.isSafeInteger(difference) ? difference : integerValue(BigInt(a) - BigInt(b))
    return realValue(difference)
  }
  if (a === null || b === null) return null
  const x = toNumeric(a)
  const y = toNumeric(b)
  if (typeof x === 'number' && typeof y === 'number') return subtract(x, y)
  const difference = real(x) - real(y)
  return isInteger(x) && isInteger(y)
    ? int64Or(BigInt(x) - BigInt(y), difference)
    : realValue(difference)
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (Number.isInteger(a) && Number.isInteger(b))
      // `+ 0` turns -0 into the INTEGER 0.
      return Number.isSafeInteger(product) ? product + 0 : int64Or(BigInt(a) * BigInt(b), product)
    return realValue(product)
  }
  if (a === null || b === null) return null
  const x = toNumeric(a)
  const y = toNumeric(b)
  if (typeof x === 'number' && typeof y === 'number') return multiply(x, y)
  const product = real(x) * real(y)
  return isInteger(x) && isInteger(y) ? int64Or(BigInt(x) * BigInt(y), product) : realValue(product)
}

export function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0) return null
    // Two safe integers: the quotient is off by less than 1/b, so rounding never reaches the next integer.
    if (Number.isInteger(a) && Number.isInteger(b)) return Math.trunc(a / b) + 0
    return realValue(a / b)
  }
  if (a === null || b === null) return null
  const x = toNumeric(a)
  const y = toNumeric(b)
  if (typeof x === 'number' && typeof y === 'number') return divide(x, y)
  const divisor = real(y)
  if (divisor === 0) return null
  const quotient = real(x) / divisor
  return isInteger(x) && isInteger(y)
    ? int64Or(BigInt(x) / BigInt(y), quotient)
    : realValue(quotient)
}

/** `%`: both sides are cut to integers; the result is a REAL unless both were INTEGERs. */
export function remainder(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b))
    return b === 0 ? null : (a % b) + 0
  if (a === null || b === null) return null
  // Text is cut at its leading digits, not at its numeric value: '1e3' % 7 is 1.0.
  const left = toInt64(a)
  const right = toInt64(b)
  if (right === 0) return null
  const rest =
    typeof left === 'number' && typeof right === 'number'
      ? (left % right) + 0
      : integerValue(BigInt(left) % BigInt(right))
  return isInteger(toNumeric(a)) && isInteger(toNumeric(b)) ? rest : realValue(Number(rest))
}

/** `-x`, which is `0 - x`. */
export function negate(a: Value): Value {
  if (typeof a === 'number') return 0 - a
  return subtract(0, a)
}

export function bitAnd(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number' && (a | 0) === a && (b | 0) === b) return a & b
  if (a === null || b === null) return null
  return integerValue(BigInt(toInt64(a)) & BigInt(toInt64(b)))
}

export function bitOr(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number' && (a | 0) === a && (b | 0) === b) return a | b
  if (a === null || b === null) return null
  return integerValue(BigInt(toInt64(a)) | BigInt(toInt64(b)))
}

export function bitNot(a: Value): Value {
  if (typeof a === 'number' && (a | 0) === a) return ~a
  if (a === null) return null
  return integerValue(~BigInt(toInt64(a)))
}

export function shiftLeft(a: Value, b: Value): Value {
  if (a === null || b === null) return null
  return shift(toInt64(a), toInt64(b))
}

export function shiftRight(a: Value, b: Value): Value {
  if (a === null || b === null) return null
  const places = toInt64(b)
  return shift(toInt64(a), typeof places === 'number' ? -places : places < 0n ? 64 : -64)
}

/** Left by `places`, or right by as many where they are negative; zeros come in, or the sign from the left. */
function shift(value: number | bigint, places: number | bigint): number | bigint {
  if (places >= 64) return 0
  if (places <= -64) return value < 0 ? -1 : 0
  const count = Number(places)
  if (typeof value === 'number') {
    if (count >= 0) {
      const shifted = value * 2 ** count
      if (Number.isSafeInteger(shifted)) return shifted + 0
    } else {
      return Math.floor(value / 2 ** -count)
    }
  }
  const bits = BigInt(value)
  return integerValue(
    count >= 0 ? BigInt.asIntN(64, bits << BigInt(count)) : bits >> BigInt(-count),
  )
}

/** `||` in a database that is not UTF-8: the bytes of BLOBs and of text are joined, and read as text. */
export function concatEncoded(a: Value, b: Value, encoding: TextEncoding): Value {
  if (a === null || b === null) return null
  if (!(a instanceof Uint8Array || b instanceof Uint8Array)) return concat(a, b)
  const bytes = Buffer.concat([a, b].map((side) => encodedBytes(side, encoding)))
  return decodeText(bytes, 0, bytes.length, encoding)
}

function encodedBytes(value: Exclude<Value, null>, encoding: TextEncoding): Uint8Array {
  return value instanceof Uint8Array ? value : encodeText(toText(value)!, encoding)
}

/** `||`: both sides as text. */
export function concat(a: Value, b: Value): Value {
  if (a === null || b === null) return null
  const left = typeof a === 'string' ? a : toText(a)!
  const right = typeof b === 'string' ? b : toText(b)!
  checkTextLength(left.length + right.length)
  return normalizeText(left + right)
}

type Operand = Exclude<Value, Uint8Array>

/**
 * `+`, `-`, `*` and `/` in a database of UTF-16 (`wideOperand`): two INTEGERs are computed as such, and beside a REAL a text is the REAL that it begins with.
 */
export function wideArithmetic(
  operate: (a: Operand, b: Operand) => Value,
  a: Operand,
  b: Operand,
): Value {
  const x = typeof a === 'string' ? digitsOfWide(a) : a
  const y = typeof b === 'string' ? digitsOfWide(b) : b
  if ((x === a && y === b) || x === null || y === null) return operate(a, b)
  if (isInteger(toNumeric(x)) && isInteger(toNumeric(y))) return operate(x, y)
  return operate(x === a ? a : new Real(toReal(a)), y === b ? b : new Real(toReal(b)))
}
