/**
 * Functions on numbers. (Built-In Scalar SQL Functions; Built-In Mathematical SQL Functions.)
 *
 * `abs` and `round` take whatever arithmetic would take. The mathematical functions take numbers and text
 * that is a number as a whole, and answer NULL for everything else and outside their domain.
 */
import { integerOverflow } from '../../base/error.ts'
import { Real, integerValue, realValue, textAsWritten, textToReal } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { toCount, toReal } from '../convert.ts'
import type { ScalarFunction } from './function.ts'
import { scalar } from './function.ts'
import { ln, log10, log2 } from './logarithm.ts'
import { fixedReal } from './printf.ts'

function abs(value: Value): Value {
  if (typeof value === 'number') return value < 0 ? -value : value
  if (value === null) return null
  if (typeof value !== 'bigint') {
    // Not `Math.abs`: -0.0 keeps its sign.
    const x = toReal(value)
    return realValue(x < 0 ? -x : x)
  }
  if (value >= 0n) return value
  if (value === -(2n ** 63n)) throw integerOverflow()
  return integerValue(-value)
}

/** Above this a double has no fraction. */
const noFraction = 4503599627370496

/** Half away from zero, of the decimal digits that SQLite would print. Always a REAL. */
export function round(value: Value, places?: Value): number | Real | null {
  if (value === null || places === null) return null
  const count = places === undefined ? 0 : Math.min(30, Math.max(0, toCount(places)))
  const x = toReal(value)
  if (x < -noFraction || x > noFraction) return realValue(x)
  if (count === 0) return new Real(Math.trunc(x + (x < 0 ? -0.5 : 0.5)) + 0)
  return realValue(roundedQuickly(x, count) ?? textToReal(fixedReal(x, count)))
}

/** Places up to which a power of ten, and what is divided by it, are exact. */
const exactPlaces = 15
const powersOfTen = Array.from({ length: exactPlaces + 1 }, (_, n) => 10 ** n)

/**
 * Where the digits that go away are far from one half, the whole number of units is certain, and dividing it by a power of ten gives the
 * double that is nearest to the decimal. null: the digits have to be looked at.
 */
function roundedQuickly(x: number, places: number): number | null {
  if (places > exactPlaces) return null
  const scale = powersOfTen[places]!
  const units = Math.abs(x) * scale
  const whole = Math.floor(units)
  if (!(units < 1e12) || Math.abs(units - whole - 0.5) < 0.001) return null
  const rounded = units - whole > 0.5 ? whole + 1 : whole
  if (rounded === 0) return null
  return (x < 0 ? -rounded : rounded) / scale
}

/** The number that a value is as a whole; `null` for NULL, BLOBs and text that is something else. */
function wholeNumber(value: Value): number | bigint | Real | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'string') return textAsWritten(value)
  return value instanceof Real ? value : null
}

/** As a double; NaN where `wholeNumber` says `null`. */
function double(value: Value): number {
  if (typeof value === 'number') return value
  const number = wholeNumber(value)
  if (number === null) return NaN
  return number instanceof Real ? number.value : Number(number)
}

function sign(value: Value): number | null {
  const x = double(value)
  return x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : null
}

/** A function of one double. NaN, in or out, is NULL. */
function unary(name: string, compute: (x: number) => number): ScalarFunction {
  const invoke = (value: Value): number | Real | null => realValue(compute(double(value)))
  return scalar(name, 1, invoke, { takesBlobs: 'all', returns: 'real' })
}

function binary(name: string, compute: (x: number, y: number) => number): ScalarFunction {
  const invoke = (a: Value, b: Value): number | Real | null => {
    const x = double(a)
    const y = double(b)
    return x === x && y === y ? realValue(compute(x, y)) : null
  }
  return scalar(name, 2, invoke, { takesBlobs: 'all', returns: 'real' })
}

/** Rounding to a whole number: an INTEGER stays one, a REAL stays a REAL. */
function rounding(name: string, compute: (x: number) => number): ScalarFunction {
  const invoke = (value: Value): Value => {
    const number = wholeNumber(value)
    if (number === null || typeof number === 'bigint') return number
    if (typeof number === 'number' && Number.isInteger(number)) return number
    return realValue(compute(number instanceof Real ? number.value : number))
  }
  return scalar(name, 1, invoke, { takesBlobs: 'all' })
}

/** log(x) to base 10, log(b, x) to base b. */
function log(a: Value, b?: Value): number | Real | null {
  const x = double(a)
  if (!(x > 0)) return null
  if (b === undefined) return realValue(log10(x))
  const base = ln(x)
  if (!(base > 0)) return null
  // SQLite asks of the first argument alone that it be a number as a whole.
  const y = toReal(b)
  return y > 0 ? realValue(ln(y) / base) : null
}

function positive(compute: (x: number) => number): (x: number) => number {
  return (x) => (x > 0 ? compute(x) : NaN)
}

/** C's pow: 1 to any power is 1, and so is -1 to an infinite one. */
function power(x: number, y: number): number {
  if ((y === Infinity || y === -Infinity) && (x === 1 || x === -1)) return 1
  return x ** y
}

const degree = Math.PI / 180

export const mathFunctions: readonly ScalarFunction[] = [
  scalar('abs', 1, abs),
  scalar('round', [1, 2], round, { returns: 'real' }),
  scalar('sign', 1, sign, { takesBlobs: 'all', returns: 'integer' }),
  scalar('pi', 0, () => Math.PI, { returns: 'real' }),
  scalar('log', [1, 2], log, { takesBlobs: 'all', returns: 'real' }),
  rounding('ceil', Math.ceil),
  rounding('ceiling', Math.ceil),
  rounding('floor', Math.floor),
  rounding('trunc', Math.trunc),
  unary('acos', Math.acos),
  unary('acosh', Math.acosh),
  unary('asin', Math.asin),
  unary('asinh', Math.asinh),
  unary('atan', Math.atan),
  unary('atanh', Math.atanh),
  unary('cos', Math.cos),
  unary('cosh', Math.cosh),
  unary('degrees', (x) => x * (180 / Math.PI)),
  unary('exp', Math.exp),
  unary('ln', positive(ln)),
  unary('log10', positive(log10)),
  unary('log2', positive(log2)),
  unary('radians', (x) => x * degree),
  unary('sin', Math.sin),
  unary('sinh', Math.sinh),
  unary('sqrt', Math.sqrt),
  unary('tan', Math.tan),
  unary('tanh', Math.tanh),
  binary('atan2', Math.atan2),
  binary('mod', (x, y) => x % y),
  binary('pow', power),
  binary('power', power),
]
