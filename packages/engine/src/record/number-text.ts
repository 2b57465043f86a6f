/**
 * Numbers as text and text as numbers, digit for digit as SQLite 3.53 has them.
 *
 * REAL to text is `%!.17g`: 17 significant digits, or fewer where fewer read back the same (see decimal.ts),
 * always with a decimal point, an exponent of at least two digits outside 1e-4 … 1e17, `Inf` for infinity.
 * (SQL Language Expressions §4 CAST, Floating Point Numbers §2.)
 *
 * Text to number takes the longest prefix of the form
 *
 *     spaces sign digits . digits e sign digits
 *
 * with a digit somewhere before the exponent. Neither hexadecimal, `inf` nor digit separators are numbers.
 * Of the mantissa's digits 19 or 20 count (as many as fit 64 bits); the rest only move the decimal point.
 * The result is the double nearest to that decimal. (`sqlite3AtoF`, `sqlite3Atoi64`.)
 */
import { decodeDecimal } from './decimal.ts'
import { Real, integerValue } from './value.ts'

export function integerToText(value: number | bigint): string {
  return String(value)
}

/** The REAL `x` as SQLite's text of it. */
export function realToText(x: number): string {
  const magnitude = x < 0 ? -x : x
  if (magnitude >= 1e-3 && magnitude < 1e15) {
    const hundredths = Math.round(magnitude * 100)
    // No other decimal of so few digits is this double.
    if (hundredths < 1e9 && hundredths / 100 === magnitude)
      return x < 0 ? '-' + fewDecimals(hundredths) : fewDecimals(hundredths)
    // At most 13 digits that read back the same are what SQLite's rule for short decimals finds, as long as the noise stays below 100 units of the 18th
    // digit. That is half a unit of the double's last bit, which in this range is 98 at most (just above 2^43).
    const text = String(magnitude)
    if (text.length <= 14) {
      const whole = Number.isInteger(x) ? text + '.0' : text
      return x < 0 ? '-' + whole : whole
    }
  }
  return longRealToText(x)
}

/** A number of hundredths that is above 0, with one decimal or two. */
function fewDecimals(hundredths: number): string {
  const whole = (hundredths / 100) | 0
  const rest = hundredths - whole * 100
  if (rest < 10) return rest === 0 ? `${whole}.0` : `${whole}.0${rest}`
  const tenths = (rest / 10) | 0
  return tenths * 10 === rest ? `${whole}.${tenths}` : `${whole}.${rest}`
}

/** The REAL `x` as text of so many significant digits, where it needs them. (`%!.15g`) */
export function roundedRealToText(x: number, significantDigits: number): string {
  return longRealToText(x, significantDigits)
}

function longRealToText(x: number, significantDigits = 17): string {
  if (x === Infinity) return 'Inf'
  if (x === -Infinity) return '-Inf'
  const { negative, digits, point } = decodeDecimal(x, significantDigits, 20)
  const sign = negative ? '-' : ''
  const exponent = point - 1
  if (exponent < -4 || exponent >= significantDigits) {
    const size = Math.abs(exponent)
    const fraction = digits.length > 1 ? digits.slice(1) : '0'
    const suffix = (exponent < 0 ? '-' : '+') + (size < 10 ? '0' : '') + size
    return `${sign}${digits[0]}.${fraction}e${suffix}`
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (digits.length <= point) return `${sign}${digits}${'0'.repeat(point - digits.length)}.0`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

// What `scanNumber` found: nothing, digits only, or digits with a point or an exponent.
const noNumber = 0
const integerForm = 1
const realForm = 2

let numberStart = 0
let numberEnd = 0
let numberComplete = false
/** It ends at a NUL and not with the text. */
let endsAtNul = false

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** Finds the numeric prefix of `text`: sets its bounds, and whether only spaces follow. */
function scanNumber(text: string): number {
  const length = text.length
  let i = 0
  while (i < length && isSpace(text.charCodeAt(i))) i++
  numberStart = i
  let code = i < length ? text.charCodeAt(i) : 0
  if (code === 0x2d || code === 0x2b) i++
  const first = i
  while (i < length && ((code = text.charCodeAt(i)), code >= 0x30 && code <= 0x39)) i++
  let digits = i - first
  let kind: number = integerForm
  if (i < length && text.charCodeAt(i) === 0x2e) {
    const dot = i
    i++
    while (i < length && ((code = text.charCodeAt(i)), code >= 0x30 && code <= 0x39)) i++
    digits += i - dot - 1
    kind = realForm
  }
  if (digits === 0) {
    numberEnd = numberStart
    numberComplete = false
    endsAtNul = false
    return noNumber
  }
  numberEnd = i
  if (i < length && (text.charCodeAt(i) | 0x20) === 0x65) {
    let j = i + 1
    if (j < length && (text.charCodeAt(j) === 0x2b || text.charCodeAt(j) === 0x2d)) j++
    const exponentStart = j
    while (j < length && ((code = text.charCodeAt(j)), code >= 0x30 && code <= 0x39)) j++
    if (j > exponentStart) {
      numberEnd = i = j
      kind = realForm
    }
  }
  while (i < length && isSpace(text.charCodeAt(i))) i++
  // SQLite's scanner works on a C string: it takes a NUL for the end.
  endsAtNul = i < length && text.charCodeAt(i) === 0
  numberComplete = i >= length || endsAtNul
  return kind
}

/** The double of `text` between the bounds that `scanNumber` set. */
function scannedReal(text: string): number {
  const part = text.slice(numberStart, numberEnd)
  return part.length <= 19 ? Number(part) : longReal(part)
}

/** `(2^64 - 1 - 9) / 10`: a mantissa this large takes no further digit. */
const mantissaLimit = 1844674407370955160n

function longReal(part: string): number {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(part)!
  const digits = (match[2]! + match[3]!).replace(/^0+/, '')
  let exponent = -match[3]!.length
  let mantissa = digits
  if (digits.length > 19) {
    const keep = BigInt(digits.slice(0, 19)) < mantissaLimit ? 20 : 19
    mantissa = digits.slice(0, keep)
    exponent += digits.length - mantissa.length
  }
  if (match[4] !== undefined) {
    const given = Number(match[4])
    exponent += Math.max(-10000, Math.min(10000, given))
  }
  const magnitude = mantissa === '' ? 0 : Number(`${mantissa}e${exponent}`)
  return match[1] === '-' ? -magnitude : magnitude
}

/** The INTEGER of decimal digits with a sign, or `null` where it does not fit 64 bits. */
function exactInteger(part: string): number | bigint | null {
  if (part.length <= 15) return Number(part) + 0
  const value = BigInt(part.charCodeAt(0) === 0x2b ? part.slice(1) : part)
  if (value < -9223372036854775808n || value > 9223372036854775807n) return null
  return integerValue(value)
}

function boxed(x: number): number | Real {
  return Number.isInteger(x) || x === Infinity || x === -Infinity ? new Real(x) : x
}

/**
 * Numeric affinity for text: the INTEGER or REAL that the whole text spells, spaces around it allowed, else
 * the text itself. A REAL without a fraction that fits becomes an INTEGER (`'1e3'` is 1000). An integer before a NUL is read as a REAL first.
 */
export function textToNumeric(text: string): number | bigint | Real | string {
  if (text.length === 0) return text
  // Most texts are no numbers, and their first character says so.
  if (text.charCodeAt(0) > 0x39) return text
  const kind = scanNumber(text)
  if (kind === noNumber || !numberComplete) return text
  if (kind === integerForm && !endsAtNul) {
    const integer = exactInteger(text.slice(numberStart, numberEnd))
    if (integer !== null) return integer
  }
  const x = scannedReal(text)
  if (Number.isSafeInteger(x)) return x + 0
  if (Number.isInteger(x) && x > -9223372036854775808 && x < 9223372036854775808) return BigInt(x)
  return boxed(x)
}

/** An integer before a NUL stays one up to here. */
const sureInteger = 2251799813685248

/**
 * The number that a whole text spells, `null` where it spells none: an INTEGER where it is written as one and fits, else a
 * REAL, be there a fraction or not. (`sqlite3_value_numeric_type`.)
 */
export function textAsWritten(text: string): number | bigint | Real | null {
  const kind = scanNumber(text)
  if (kind === noNumber || !numberComplete) return null
  if (kind === integerForm) {
    const integer = exactInteger(text.slice(numberStart, numberEnd))
    const isSure =
      !endsAtNul || (integer !== null && integer >= -sureInteger && integer < sureInteger)
    if (integer !== null && isSure) return integer
  }
  return boxed(scannedReal(text))
}

/** Whether the whole text reads as a number, so that numeric affinity would convert it. */
export function isNumericText(text: string): boolean {
  return scanNumber(text) !== noNumber && numberComplete
}

/**
 * What a CAST makes of text: the number its prefix spells, an INTEGER where that is written as one and
 * fits, else a REAL; 0 where there is no number. (SQL Language Expressions §2 Operators.)
 */
export function textToNumber(text: string): number | bigint | Real {
  const kind = scanNumber(text)
  if (kind === noNumber) return 0
  if (kind === integerForm) {
    const integer = exactInteger(text.slice(numberStart, numberEnd))
    if (integer !== null) return integer
  }
  return boxed(scannedReal(text))
}

/**
 * What arithmetic makes of a text: as `textToNumber`, but an integer is a REAL where a NUL ends it, be there spaces between.
 */
export function textToOperand(text: string): number | bigint | Real {
  const number = textToNumber(text)
  if (number instanceof Real || !endsAtNul) return number
  return new Real(Number(number))
}

/** The REAL that the numeric prefix of a text spells; 0 where there is none. */
export function textToReal(text: string): number {
  return scanNumber(text) === noNumber ? 0 : scannedReal(text)
}

/** The INTEGER that the leading digits of a text spell, held to the range of 64 bits: CAST AS INTEGER. */
export function textToInteger(text: string): number | bigint {
  const length = text.length
  let i = 0
  while (i < length && isSpace(text.charCodeAt(i))) i++
  const start = i
  let code = i < length ? text.charCodeAt(i) : 0
  const negative = code === 0x2d
  if (negative || code === 0x2b) i++
  const first = i
  while (i < length && ((code = text.charCodeAt(i)), code >= 0x30 && code <= 0x39)) i++
  if (i === first) return 0
  return (
    exactInteger(text.slice(start, i)) ?? (negative ? -9223372036854775808n : 9223372036854775807n)
  )
}

/** The INTEGER nearest to zero of a double, held to the range of 64 bits. */
export function realToInt64(x: number): number | bigint {
  if (x >= 9223372036854775808) return 9223372036854775807n
  if (x <= -9223372036854775808) return -9223372036854775808n
  const whole = Math.trunc(x) + 0
  return Number.isSafeInteger(whole) ? whole : BigInt(whole)
}
