/**
 * Functions on a text that is still in its page: `data, offset, size` are its bytes, of UTF-8. Nothing is decoded but the answer.
 *
 * A character is a byte, or one from 0xC0 on with all continuation bytes behind it, and a NUL ends the text: that is how SQLite counts, and of
 * well-formed text it is how everybody does.
 */
import { decodeUtf8, encodeText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { castToInteger } from '../cast.ts'
import type { FunctionContext } from './function.ts'
import type { TextWriter } from './text-writer.ts'
import { hex, instr, lower, placeOf, quote, replace, substr, trim, unicode, upper } from './text.ts'

/** Where answers are put together. */
const scratch = Buffer.alloc(4096)

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** Where the character ends that begins at `i`. */
function characterEnd(data: Uint8Array, i: number, end: number): number {
  const lead = data[i++]!
  if (lead >= 0xc0) while (i < end && isContinuation(data[i]!)) i++
  return i
}

export function lengthOfBytes(data: Uint8Array, offset: number, size: number): number {
  const end = offset + size
  let count = 0
  for (let i = offset; i < end; count++) {
    const byte = data[i]!
    if (byte === 0) return count
    i = byte < 0xc0 ? i + 1 : characterEnd(data, i, end)
  }
  return count
}

/** The place behind `count` characters from `i` on, or of the NUL or the end before that. */
function skipCharacters(data: Uint8Array, i: number, end: number, count: number): number {
  for (; count > 0 && i < end; count--) {
    const byte = data[i]!
    if (byte === 0) return i
    i = byte < 0xc0 ? i + 1 : characterEnd(data, i, end)
  }
  return i
}

/** CAST AS INTEGER. */
export function integerOfBytes(data: Uint8Array, offset: number, size: number): Value {
  const isNegative = size > 1 && data[offset] === 0x2d
  const first = isNegative ? 1 : 0
  // So many digits are exact, and nothing else is there.
  if (size === 0 || size > 15) return castToInteger(decodeUtf8(data, offset, size))
  let value = 0
  for (let i = first; i < size; i++) {
    const digit = data[offset + i]! - 0x30
    if (digit < 0 || digit > 9) return castToInteger(decodeUtf8(data, offset, size))
    value = value * 10 + digit
  }
  return isNegative ? 0 - value : value
}

function isSmall(value: Value | undefined): value is number {
  return typeof value === 'number' && (value | 0) === value
}

export function appendPart(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  start: Value,
  count: Value = 0x7fffffff,
): boolean {
  if (!isSmall(start) || !isSmall(count)) return false
  const end = offset + size
  const length = start < 0 ? lengthOfBytes(data, offset, size) : 0
  const { first, wanted } = placeOf(start, count, length)
  const from = skipCharacters(data, offset, end, first)
  return writer.slice(data, from, skipCharacters(data, from, end, wanted) - from)
}

export function substrOfBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  start: Value,
  count: Value = 0x7fffffff,
): Value {
  if (!isSmall(start) || !isSmall(count))
    return substr(decodeUtf8(data, offset, size), start, count)
  const end = offset + size
  const length = start < 0 ? lengthOfBytes(data, offset, size) : 0
  const { first, wanted } = placeOf(start, count, length)
  const from = skipCharacters(data, offset, end, first)
  const to = skipCharacters(data, from, end, wanted)
  return decodeUtf8(data, from, to - from)
}

/** The text with its letters from `low` to `low + 25` in the other case; null: it is too long for this. */
function withCase(data: Uint8Array, offset: number, size: number, low: number): string | null {
  if (size > scratch.length) return null
  for (let i = 0; i < size; i++) {
    const byte = data[offset + i]!
    scratch[i] = byte >= low && byte <= low + 25 ? byte ^ 0x20 : byte
  }
  return decodeUtf8(scratch, 0, size)
}

export function upperOfBytes(data: Uint8Array, offset: number, size: number): string | null {
  return withCase(data, offset, size, 0x61) ?? upper(decodeUtf8(data, offset, size))
}

export function lowerOfBytes(data: Uint8Array, offset: number, size: number): string | null {
  return withCase(data, offset, size, 0x41) ?? lower(decodeUtf8(data, offset, size))
}

function appendCase(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  low: number,
): boolean {
  writer.reserve(size)
  const { bytes, size: start } = writer
  for (let i = 0; i < size; i++) {
    const byte = data[offset + i]!
    bytes[start + i] = byte >= low && byte <= low + 25 ? byte ^ 0x20 : byte
  }
  writer.size = start + size
  return true
}

export function appendUpper(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  return appendCase(writer, data, offset, size, 0x61)
}

export function appendLower(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  return appendCase(writer, data, offset, size, 0x41)
}

export function appendTrimmed(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  removed?: Value,
): boolean {
  if (removed !== undefined) return false
  let start = offset
  let end = offset + size
  while (start < end && data[start] === 0x20) start++
  while (end > start && data[end - 1] === 0x20) end--
  return writer.slice(data, start, end - start)
}

/** Spaces off both ends. */
export function trimOfBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  removed?: Value,
): string | null {
  if (removed !== undefined) return trim(decodeUtf8(data, offset, size), removed)
  let start = offset
  let end = offset + size
  while (start < end && data[start] === 0x20) start++
  while (end > start && data[end - 1] === 0x20) end--
  return decodeUtf8(data, start, end - start)
}

let lastText: string | null = null
let lastBytes: Uint8Array = new Uint8Array(0)

/** The bytes of a text that is likely to be asked for again and again. */
function bytesOf(text: string): Uint8Array {
  if (text !== lastText) {
    lastBytes = encodeText(text, 'utf8')
    lastText = text
  }
  return lastBytes
}

/** Whether `wanted` stands at `i`, where there is room for it. */
function isAt(data: Uint8Array, i: number, wanted: Uint8Array): boolean {
  for (let k = 0; k < wanted.length; k++) if (data[i + k] !== wanted[k]) return false
  return true
}

/** Where the bytes are found first from `i` on; -1: nowhere. */
function find(data: Uint8Array, i: number, end: number, wanted: Uint8Array): number {
  const first = wanted[0]!
  for (const last = end - wanted.length; i <= last; i++) {
    if (data[i] === first && isAt(data, i, wanted)) return i
  }
  return -1
}

export function instrOfBytes(
  context: FunctionContext,
  data: Uint8Array,
  offset: number,
  size: number,
  needle: Value,
): number | null {
  if (typeof needle !== 'string' || needle === '')
    return instr(context, decodeUtf8(data, offset, size), needle)
  const wanted = bytesOf(needle)
  const end = offset + size
  let found = find(data, offset, end, wanted)
  // A match begins where a character begins.
  while (found > offset && isContinuation(data[found]!)) found = find(data, found + 1, end, wanted)
  if (found < 0) return 0
  let place = 1
  for (let i = offset + 1; i <= found; i++) if (!isContinuation(data[i]!)) place++
  return place
}

export function replaceInBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  pattern: Value,
  replacement: Value,
): Value {
  if (typeof pattern !== 'string' || typeof replacement !== 'string' || pattern === '')
    return replace(decodeUtf8(data, offset, size), pattern, replacement)
  const old = bytesOf(pattern)
  const end = offset + size
  let found = find(data, offset, end, old)
  if (found < 0) return decodeUtf8(data, offset, size)
  const whole = (): Value => replace(decodeUtf8(data, offset, size), pattern, replacement)
  // Each unit of the replacement is three bytes at most.
  const most = (size / old.length) * (replacement.length * 3) + size
  if (old[0] === 0 || most > scratch.length) return whole()
  const put = replacement
  let from = offset
  let to = 0
  while (found >= 0) {
    while (from < found) scratch[to++] = data[from++]!
    for (let i = 0; i < put.length; i++) {
      const unit = put.charCodeAt(i)
      if (unit >= 0x80) return whole()
      scratch[to++] = unit
    }
    from += old.length
    found = find(data, from, end, old)
  }
  while (from < end) scratch[to++] = data[from++]!
  return decodeUtf8(scratch, 0, to)
}

export function appendReplaced(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  pattern: Value,
  replacement: Value,
): boolean {
  if (typeof pattern !== 'string' || typeof replacement !== 'string' || pattern === '') return false
  const old = bytesOf(pattern)
  if (old[0] === 0) return false
  const end = offset + size
  let from = offset
  for (let found = find(data, from, end, old); found >= 0; found = find(data, from, end, old)) {
    writer.slice(data, from, found - from)
    if (replacement !== '') writer.string(replacement)
    from = found + old.length
  }
  return writer.slice(data, from, end - from)
}

export function appendHex(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  writer.reserve(size * 2)
  const { bytes } = writer
  let to = writer.size
  for (let i = 0; i < size; i++) {
    const byte = data[offset + i]!
    bytes[to++] = hexDigits[byte >>> 4]!
    bytes[to++] = hexDigits[byte & 15]!
  }
  writer.size = to
  return true
}

export function appendQuoted(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  writer.reserve(size * 2 + 2)
  const { bytes } = writer
  let to = writer.size
  bytes[to++] = 0x27
  for (let i = offset; i < offset + size; i++) {
    const byte = data[i]!
    if (byte === 0) break
    if (byte === 0x27) bytes[to++] = 0x27
    bytes[to++] = byte
  }
  bytes[to++] = 0x27
  writer.size = to
  return true
}

const hexDigits = Buffer.from('0123456789ABCDEF')

export function hexOfBytes(
  context: FunctionContext,
  data: Uint8Array,
  offset: number,
  size: number,
): string {
  if (size * 2 > scratch.length) return hex(context, decodeUtf8(data, offset, size))
  for (let i = 0; i < size; i++) {
    const byte = data[offset + i]!
    scratch[2 * i] = hexDigits[byte >>> 4]!
    scratch[2 * i + 1] = hexDigits[byte & 15]!
  }
  return decodeUtf8(scratch, 0, 2 * size)
}

/** The code point of the first character. */
export function unicodeOfBytes(data: Uint8Array, offset: number, size: number): number | null {
  const first = size === 0 ? 0 : data[offset]!
  if (first < 0x80) return first === 0 ? null : first
  return unicode(decodeUtf8(data, offset, size))
}

/** As an SQL literal: quotes around it, and those in it doubled. */
export function quoteOfBytes(data: Uint8Array, offset: number, size: number): string | null {
  if (size * 2 + 2 > scratch.length) return quote(decodeUtf8(data, offset, size))
  let to = 0
  scratch[to++] = 0x27
  for (let i = offset; i < offset + size; i++) {
    const byte = data[i]!
    if (byte === 0) break
    if (byte === 0x27) scratch[to++] = 0x27
    scratch[to++] = byte
  }
  scratch[to++] = 0x27
  return decodeUtf8(scratch, 0, to)
}
