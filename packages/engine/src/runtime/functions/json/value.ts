/** Elements of JSONB as SQL values, and SQL values as JSON. */
import { sqlError } from '../../../base/error.ts'
import { changeInPieces } from '../../../base/long-text.ts'
import {
  decodeUtf8,
  encodedTextSize,
  encodeText,
  integerValue,
  isNumericText,
  Real,
  realValue,
  textToReal,
  writeText,
} from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { toText } from '../../convert.ts'
import { isDigit } from './characters.ts'
import { lastCharacter, noCharacter, unescape } from './escape.ts'
import { jsonbOfBlob } from './argument.ts'
import { JsonText } from './json-text.ts'
import {
  arrayType,
  ByteWriter,
  falseType,
  float5Type,
  floatType,
  int5Type,
  intType,
  Jsonb,
  nullType,
  objectType,
  text5Type,
  textJType,
  textRawType,
  textType,
  trueType,
  writeHeader,
} from './jsonb.ts'
import { parseJson } from './parse.ts'
import { malformedJson } from './path.ts'
import { freshWriter, jsonText } from './render.ts'

/** The SQL value of the element at `i`; `undefined`: it is an array or object. */
export function primitiveValue(json: Jsonb, i: number): Value | undefined {
  const header = json.headerSize(i)
  if (header === 0) throw malformedJson()
  const type = json.type(i)
  if (type >= arrayType) {
    if (type > objectType) throw malformedJson()
    return undefined
  }
  return payloadValue(json.bytes, type, i + header, i + header + json.payloadSize)
}

/** The SQL value of a payload of a type that is neither array nor object. */
export function payloadValue(bytes: Uint8Array, type: number, start: number, end: number): Value {
  switch (type) {
    case nullType:
    case trueType:
    case falseType:
      if (end > start) throw malformedJson()
      return type === nullType ? null : type === trueType ? 1 : 0
    case intType:
    case int5Type:
      return integerOf(bytes, start, end)
    case floatType:
    case float5Type:
      return realOf(bytes, start, end)
    case textType:
    case textRawType:
      return decodeUtf8(bytes, start, end - start)
    case textJType:
    case text5Type:
      return unescapedText(bytes, start, end)
    default:
      throw malformedJson()
  }
}

function integerOf(bytes: Uint8Array, start: number, end: number): Value {
  const isNegative = bytes[start] === 0x2d
  const first = isNegative ? start + 1 : start
  if (first >= end) throw malformedJson()
  // As many digits fit a double exactly, and most numbers are as short.
  if (end - first <= 15) {
    let value = 0
    let i = first
    for (; i < end && isDigit(bytes[i]!); i++) value = value * 10 + bytes[i]! - 0x30
    if (i === end) return isNegative && value !== 0 ? -value : value
  }
  const text = decodeUtf8(bytes, first, end - first)
  if (/^0[xX]/.test(text)) return hexadecimalOf(text.slice(2), isNegative)
  const match = /^[ \t-\r]*([+-]?\d+)[ \t-\r]*$/.exec(text)
  if (match === null) {
    if (/^[ \t-\r]*[+-]?\d/.test(text)) throw malformedJson()
    return realOf(bytes, start, end)
  }
  const value = BigInt(match[1]!.replace('+', '')) * (isNegative ? -1n : 1n)
  const isWide = value < -9223372036854775808n || value > 9223372036854775807n
  return isWide ? realOf(bytes, start, end) : integerValue(value)
}

/** Hexadecimal digits are a number without a sign. */
function hexadecimalOf(digits: string, isNegative: boolean): Value {
  const significant = digits.replace(/^0+/, '')
  if (!/^[0-9a-fA-F]{0,16}$/.test(significant)) throw malformedJson()
  const value = significant === '' ? 0n : BigInt(`0x${significant}`)
  if (value <= 9223372036854775807n) return integerValue(isNegative ? -value : value)
  return realValue(isNegative ? -Number(value) : Number(value))
}

function realOf(bytes: Uint8Array, start: number, end: number): Value {
  const text = decodeUtf8(bytes, start, end - start)
  if (!isNumericText(text)) throw malformedJson()
  return realValue(textToReal(text))
}

const unescaped = new ByteWriter(256)

/** SQL text of a text with escapes; one that is none is left out. */
export function unescapedText(bytes: Uint8Array, start: number, end: number): string {
  const out = unescaped
  out.size = 0
  for (let i = start; i < end;) {
    if (bytes[i] !== 0x5c) {
      out.byte(bytes[i++]!)
      continue
    }
    i += unescape(bytes, i, end)
    const character = lastCharacter()
    if (character !== noCharacter) appendUtf8(out, character)
  }
  return decodeUtf8(out.bytes, 0, out.size)
}

/** A character's bytes by the rule of UTF-8, be it a surrogate. */
function appendUtf8(out: ByteWriter, c: number): void {
  if (c <= 0x7f) out.byte(c)
  else if (c <= 0x7ff) {
    out.byte(0xc0 | (c >> 6))
    out.byte(0x80 | (c & 0x3f))
  } else if (c < 0x10000) {
    out.byte(0xe0 | (c >> 12))
    out.byte(0x80 | ((c >> 6) & 0x3f))
    out.byte(0x80 | (c & 0x3f))
  } else {
    out.byte(0xf0 | (c >> 18))
    out.byte(0x80 | ((c >> 12) & 0x3f))
    out.byte(0x80 | ((c >> 6) & 0x3f))
    out.byte(0x80 | (c & 0x3f))
  }
}

function noBlob(): Error {
  return sqlError('JSON cannot hold BLOB values')
}

/** An SQL value as JSON text; a `JsonText` is JSON as it is. */
export function valueAsJson(value: Value | JsonText): string {
  if (typeof value === 'string') return textAsJson(value)
  if (value === null) return 'null'
  if (value instanceof JsonText) return value.text
  if (!(value instanceof Uint8Array)) return numberAsJson(value)
  const json = jsonbOfBlob(value)
  if (json === null) throw noBlob()
  return jsonText(json, 0)
}

/** From here on a text is written in pieces, each of which may become too long. */
const longText = 1 << 20

/** Text in quotes, with escapes where JSON needs them: the same ones that JavaScript writes, but for bytes that are no characters. */
export function textAsJson(text: string): string {
  if (isPlainText(text)) return `"${text}"`
  if (text.isWellFormed()) {
    if (text.length < longText) return JSON.stringify(text)
    return `"${changeInPieces(text, (piece) => JSON.stringify(piece).slice(1, -1))}"`
  }
  const bytes = encodeText(text, 'utf8')
  const out = freshWriter()
  out.quoted(bytes, 0, bytes.length)
  return out.text()
}

/** A short text that needs no escapes. */
function isPlainText(text: string): boolean {
  const { length } = text
  if (length > 64) return false
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0xd800) return false
  }
  return true
}

/** How long the parts are with something between and around them. */
export function joinedLength(parts: readonly string[]): number {
  let length = parts.length + 1
  for (const part of parts) length += part.length
  return length
}

function numberAsJson(value: number | bigint | Real): string {
  if (value instanceof Real) {
    if (value.value === Infinity) return '9.0e+999'
    if (value.value === -Infinity) return '-9.0e+999'
  }
  return toText(value)!
}

const nullJson = Uint8Array.of(nullType)

/** JSONB of an SQL value that is to be put into other JSONB. */
export function jsonbOfValue(value: Value | JsonText): Uint8Array {
  if (value === null) return nullJson
  if (value instanceof JsonText) {
    const parsed = parseJson(value.text)
    if (parsed === null) throw malformedJson()
    return parsed.bytes
  }
  if (value instanceof Uint8Array) {
    const json = jsonbOfBlob(value)
    if (json === null) throw noBlob()
    return value
  }
  const text = typeof value === 'string' ? value : numberInJsonb(value)
  const { length } = text
  if (length > 64) {
    const out = new ByteWriter(64)
    const bytes = encodeText(text, 'utf8')
    out.element(typeOfValue(value), bytes, 0, bytes.length)
    return out.taken()
  }
  // A unit may be three bytes, and as many are those of the header.
  const bytes = Buffer.allocUnsafe(3 * length + 5)
  const size = encodedTextSize(text, 'utf8')
  const start = writeHeader(bytes, 0, typeOfValue(value), size)
  writeText(bytes, start, text, 'utf8')
  return bytes.subarray(0, start + size)
}

function typeOfValue(value: string | number | bigint | Real): number {
  if (typeof value === 'string') return textRawType
  if (typeof value === 'bigint') return intType
  return typeof value === 'number' && Number.isInteger(value) ? intType : floatType
}

function numberInJsonb(value: number | bigint | Real): string {
  if (value instanceof Real) {
    if (value.value === Infinity) return '9e999'
    if (value.value === -Infinity) return '-9e999'
  }
  return toText(value)!
}
