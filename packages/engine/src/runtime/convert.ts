/**
 * What a value is when an operator or a function wants it as a number, an integer, a truth or a text.
 * (SQL Language Expressions §2; `sqlite3VdbeRealValue`, `sqlite3VdbeIntValue`, `sqlite3_value_text`.)
 *
 * BLOBs are read as if their bytes were text in every one of these: UTF-8. In a database of another encoding emitted code
 * passes them through `blobAsText` before they come here.
 */
import {
  Real,
  decodeText,
  integerToText,
  realToInt64,
  realToText,
  textToInteger,
  textToNumber,
  textToOperand,
  textToReal,
} from '../record/index.ts'
import type { TextEncoding, Value } from '../record/index.ts'

/** A value that is not NULL as an operand of arithmetic: INTEGER or REAL. */
export function toNumeric(value: Exclude<Value, null>): number | bigint | Real {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'string') return textToOperand(value)
  return value instanceof Real ? value : textToOperand(textOfBlob(value))
}

/** As a double; NULL is 0. */
export function toReal(value: Value): number {
  if (typeof value === 'number') return value
  if (value === null) return 0
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') return textToReal(value)
  return value instanceof Real ? value.value : textToReal(textOfBlob(value))
}

/** As a 64-bit integer; a REAL is cut off towards zero and held to the range; NULL is 0. */
export function toInt64(value: Value): number | bigint {
  if (typeof value === 'number') return Number.isInteger(value) ? value : realToInt64(value)
  if (value === null) return 0
  if (typeof value === 'bigint') return value
  if (typeof value === 'string') return textToInteger(value)
  return value instanceof Real ? realToInt64(value.value) : textToInteger(textOfBlob(value))
}

/** As a 64-bit integer held to ±2^53, for counts and places where more makes no difference. */
export function toCount(value: Value): number {
  const integer = toInt64(value)
  if (typeof integer === 'number') return integer
  return integer < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER
}

/** As text; `null` for NULL. */
export function toText(value: Value): string | null {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number')
    return Number.isInteger(value) ? integerToText(value) : realToText(value)
  if (typeof value === 'bigint') return integerToText(value)
  if (value instanceof Real) return realToText(value.value)
  return textOfBlob(value)
}

export function textOfBlob(value: Uint8Array): string {
  return decodeText(value, 0, value.length, 'utf8')
}

/** A BLOB as the text that has its bytes in `encoding`; any other value as it is. */
export function blobAsText(value: Value, encoding: TextEncoding): Exclude<Value, Uint8Array> {
  if (typeof value !== 'object' || value === null || value instanceof Real) return value
  return decodeText(value, 0, value.length, encoding)
}

const wideCharacter = /[^\0-\xff]/

/** Whether a text has a character that one byte cannot hold. */
export function isWide(text: string): boolean {
  return wideCharacter.test(text)
}

/**
 * What the operators on integers, a minus and CAST AS NUMERIC read in a database of UTF-16: of a text with a wide character only
 * the digits before that count, a REAL if they are too many for an INTEGER. Any other value stays. (`sqlite3MemRealValueRC`,
 * `computeNumericType`.)
 */
export function wideOperand(value: Value, encoding: TextEncoding): Exclude<Value, Uint8Array> {
  const text = blobAsText(value, encoding)
  return typeof text === 'string' ? digitsOfWide(text) : text
}

/** The number that stands for a text with a wide character; any other text stays. */
export function digitsOfWide(text: string): string | number | bigint | Real {
  const end = text.search(wideCharacter)
  if (end < 0) return text
  return textToNumber(/^[\t-\r ]*[-+]?\d*/.exec(text.slice(0, end))![0])
}

/** A BLOB as the REAL that the text of its bytes begins with; any other value as it is. */
export function blobAsReal(value: Value, encoding: TextEncoding): Exclude<Value, Uint8Array> {
  const text = blobAsText(value, encoding)
  return value instanceof Uint8Array ? new Real(toReal(text)) : text
}

/** Whether a value counts as true: a number that is not zero; `null` for NULL. */
export function truth(value: Value): boolean | null {
  if (typeof value === 'number') return value !== 0
  if (value === null) return null
  return toReal(value) !== 0
}

/** Whether a condition holds: true, not false and not NULL. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0
  return value !== null && toReal(value) !== 0
}
