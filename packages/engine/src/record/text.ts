/**
 * Text as bytes and bytes as text.
 *
 * A database stores all its text in one encoding: UTF-8, UTF-16LE or UTF-16BE (Database File Format §1.3.13).
 * SQLite never checks it, so a file may hold any bytes as TEXT, and they have to survive being read and
 * written again. Therefore each byte that is not part of well-formed UTF-8 becomes one lone surrogate,
 * U+DC00 + byte (U+DC80 to U+DCFF), and becomes that byte again when it is encoded. Well-formed text has no
 * lone surrogates, so the two never mix.
 *
 * Always true for text from a UTF-8 database: surrogates are pairs, or escapes U+DC80 … U+DCFF; an escape
 * never stands where its bytes together with its neighbours' would be well-formed.
 * Any other lone surrogate (only an application can make one) is encoded as U+FFFD.
 *
 * Reading text is one of the hottest things that the engine does. Short ASCII text is built in place;
 * longer text goes through the runtime's own decoders.
 */
import { SqliteError } from '../base/error.ts'
import { maxShortText, shortAscii } from './short-text.ts'

/** The text encoding of a whole database. */
export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be'

/** Methods of every Buffer that its type definitions leave out. They work on any Uint8Array. */
interface RawBuffer {
  utf8Slice(this: Uint8Array, start: number, end: number): string
  ucs2Slice(this: Uint8Array, start: number, end: number): string
  utf8Write(this: Uint8Array, text: string, offset: number): number
}

const { utf8Slice, ucs2Slice, utf8Write } = Buffer.prototype as unknown as RawBuffer

let escapesSeen = false

/**
 * Whether any text with invalid bytes was decoded since the process began. While it is false, no text that
 * came from a database needs to be made well-formed for the application.
 */
export function escapedTextSeen(): boolean {
  return escapesSeen
}

/** Notes that escaped text was made by other means than decoding (a function, a cast). */
export function noteEscapedText(): void {
  escapesSeen = true
}

/** The text of `size` bytes at `offset`. */
export function decodeText(
  data: Uint8Array,
  offset: number,
  size: number,
  encoding: TextEncoding,
): string {
  if (encoding === 'utf8') return decodeUtf8(data, offset, size)
  return decodeUtf16(data, offset, size, encoding)
}

/** `decodeText` for UTF-8, for callers that know the encoding. */
export function decodeUtf8(data: Uint8Array, offset: number, size: number): string {
  if (size === 0) return ''
  if (size <= maxShortText) {
    let seen = 0
    for (let i = 0; i < size; i++) seen |= data[offset + i]!
    if (seen < 0x80) return shortAscii(data, offset, size)
  }
  return decodeWideUtf8(data, offset, offset + size)
}

function decodeWideUtf8(data: Uint8Array, offset: number, end: number): string {
  const text = utf8Slice.call(data, offset, end)
  // The decoder puts U+FFFD for what it cannot read; only then is a closer look needed.
  if (text.includes('\ufffd') && !isWellFormedUtf8(data, offset, end))
    return decodeEscaped(data, offset, end)
  return text
}

/** Bytes in the well-formed UTF-8 character at `i`, or 0. (The Unicode Standard, table 3-7.) */
function characterSize(data: Uint8Array, i: number, end: number): number {
  const a = data[i]!
  if (a < 0x80) return 1
  if (a < 0xc2) return 0
  const b = i + 1 < end ? data[i + 1]! : 0
  if (a < 0xe0) return (b & 0xc0) === 0x80 ? 2 : 0
  const c = i + 2 < end ? data[i + 2]! : 0
  if (a < 0xf0) {
    if (b < (a === 0xe0 ? 0xa0 : 0x80) || b > (a === 0xed ? 0x9f : 0xbf)) return 0
    return (c & 0xc0) === 0x80 ? 3 : 0
  }
  if (a > 0xf4) return 0
  if (b < (a === 0xf0 ? 0x90 : 0x80) || b > (a === 0xf4 ? 0x8f : 0xbf)) return 0
  const d = i + 3 < end ? data[i + 3]! : 0
  return (c & 0xc0) === 0x80 && (d & 0xc0) === 0x80 ? 4 : 0
}

function isWellFormedUtf8(data: Uint8Array, offset: number, end: number): boolean {
  let i = offset
  while (i < end) {
    const size = characterSize(data, i, end)
    if (size === 0) return false
    i += size
  }
  return true
}

function decodeEscaped(data: Uint8Array, offset: number, end: number): string {
  escapesSeen = true
  let text = ''
  let start = offset
  let i = offset
  while (i < end) {
    const size = characterSize(data, i, end)
    if (size > 0) {
      i += size
      continue
    }
    if (i > start) text += utf8Slice.call(data, start, i)
    text += String.fromCharCode(0xdc00 + data[i]!)
    start = ++i
  }
  return i > start ? text + utf8Slice.call(data, start, i) : text
}

function decodeUtf16(
  data: Uint8Array,
  offset: number,
  size: number,
  encoding: 'utf16le' | 'utf16be',
): string {
  // An odd last byte is no character; SQLite ignores it too.
  const even = size & ~1
  if (encoding === 'utf16le') return ucs2Slice.call(data, offset, offset + even)
  const swapped = Buffer.allocUnsafe(even)
  for (let i = 0; i < even; i += 2) {
    swapped[i] = data[offset + i + 1]!
    swapped[i + 1] = data[offset + i]!
  }
  return ucs2Slice.call(swapped, 0, even)
}

/** The bytes of a text. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array {
  const bytes = Buffer.allocUnsafe(encodedTextSize(text, encoding))
  writeText(bytes, 0, text, encoding)
  return bytes
}

/** How many bytes `encodeText` answers. */
export function encodedTextSize(text: string, encoding: TextEncoding): number {
  const length = text.length
  if (encoding !== 'utf8') return length * 2
  if (length > 64) {
    const size = Buffer.byteLength(text)
    return size === length ? size : size - escapeSurplus(text)
  }
  let size = length
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) size++
    else if (unit < 0xd800 || unit >= 0xe000) size += 2
    else if (isPairAt(text, i)) {
      size += 2
      i++
    } else size += isEscape(unit) ? 0 : 2
  }
  return size
}

/** What `Buffer.byteLength` counts too much: it takes each escape for U+FFFD, three bytes. */
function escapeSurplus(text: string): number {
  if (text.isWellFormed()) return 0
  let surplus = 0
  for (let i = 0; i < text.length; i++) {
    if (isPairAt(text, i)) i++
    else if (isEscape(text.charCodeAt(i))) surplus += 2
  }
  return surplus
}

function isEscape(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff
}

function isPairAt(text: string, i: number): boolean {
  const high = text.charCodeAt(i)
  if (high < 0xd800 || high > 0xdbff) return false
  const low = text.charCodeAt(i + 1)
  return low >= 0xdc00 && low <= 0xdfff
}

/** Writes a text at `offset`, where there is room for `encodedTextSize` bytes; answers the bytes written. */
export function writeText(
  target: Uint8Array,
  offset: number,
  text: string,
  encoding: TextEncoding,
): number {
  if (encoding === 'utf8') return writeUtf8(target, offset, text)
  const length = text.length
  const lowFirst = encoding === 'utf16le' ? 0 : 1
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    target[offset + i * 2 + lowFirst] = unit
    target[offset + i * 2 + 1 - lowFirst] = unit >>> 8
  }
  return length * 2
}

function writeUtf8(target: Uint8Array, offset: number, text: string): number {
  const length = text.length
  if (length <= 32) {
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return writeWideUtf8(target, offset, text)
      target[offset + i] = unit
    }
    return length
  }
  return writeWideUtf8(target, offset, text)
}

function writeWideUtf8(target: Uint8Array, offset: number, text: string): number {
  if (text.isWellFormed()) return utf8Write.call(target, text, offset)
  let at = offset
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0xd800 || unit >= 0xe000) continue
    if (isPairAt(text, i)) {
      i++
      continue
    }
    if (!isEscape(unit)) continue
    if (i > start) at += utf8Write.call(target, text.slice(start, i), at)
    target[at++] = unit - 0xdc00
    start = i + 1
  }
  if (start < text.length) at += utf8Write.call(target, text.slice(start), at)
  return at - offset
}

/**
 * Text whose escapes were joined anew, by `||` for example: escaped bytes that are well-formed together become
 * the character that they spell. Costs nothing as long as no invalid text has been seen.
 */
export function normalizeText(text: string): string {
  if (!escapesSeen || text.isWellFormed()) return text
  const bytes = encodeText(text, 'utf8')
  return decodeUtf8(bytes, 0, bytes.length)
}

/** Text as an application may see it: U+FFFD stands where bytes are invalid, once for bytes that begin a character together. */
export function wellFormedText(text: string): string {
  if (!escapesSeen || text.isWellFormed()) return text
  const bytes = encodeText(text, 'utf8')
  return utf8Slice.call(bytes, 0, bytes.length)
}

/** The encoding as `PRAGMA encoding` names it. */
export function encodingName(encoding: TextEncoding): 'UTF-8' | 'UTF-16le' | 'UTF-16be' {
  return encoding === 'utf8' ? 'UTF-8' : encoding === 'utf16le' ? 'UTF-16le' : 'UTF-16be'
}

/** The number at offset 56 of the header of a database with this encoding. */
export function encodingNumber(encoding: TextEncoding): 1 | 2 | 3 {
  return encoding === 'utf8' ? 1 : encoding === 'utf16le' ? 2 : 3
}

/** The encoding of a database by the number at offset 56 of its header. */
export function encodingByNumber(number: number): TextEncoding {
  if (number === 1 || number === 0) return 'utf8'
  if (number === 2) return 'utf16le'
  if (number === 3) return 'utf16be'
  throw new SqliteError('unsupported file format', 'SQLITE_CORRUPT')
}
