/**
 * Characters of a text as SQLite counts them: code points, up to a NUL. (`length()`, `substr()`, `instr()`.)
 *
 * In text that is not well-formed a character is a byte, or a byte from 0xC0 on with all continuation bytes behind
 * it, whether they belong together or not; such text is taken apart as bytes.
 */
import { decodeUtf8, encodeText, type TextEncoding, type Value } from '../record/index.ts'

/** How many characters the text has before its first NUL. */
export function characterCount(text: string): number {
  const length = text.length
  // Of a long text it is found out at once that it is ASCII.
  if (length > 256 && Buffer.byteLength(text) === length) {
    const nul = text.indexOf('\0')
    return nul < 0 ? length : nul
  }
  let count = 0
  for (let i = 0; i < length; i++, count++) {
    const unit = text.charCodeAt(i)
    if (unit === 0) return count
    if ((unit & 0xf800) !== 0xd800) continue
    if (unit >= 0xdc00) return byteCharacterCount(text)
    i++
  }
  return count
}

/** `count` characters from the `start`-th on (from 0), as far as the text goes before its first NUL. */
export function sliceCharacters(text: string, start: number, count: number): string {
  const length = text.length
  let from = -1
  let seen = 0
  let i = 0
  for (; i < length; i++, seen++) {
    if (seen === start) from = i
    if (seen - start >= count && from >= 0) break
    const unit = text.charCodeAt(i)
    if (unit === 0) break
    if ((unit & 0xf800) !== 0xd800) continue
    if (unit >= 0xdc00) return sliceByteCharacters(text, start, count)
    i++
  }
  return from < 0 ? '' : text.slice(from, i)
}

/** The characters of a text each by itself, not stopping at a NUL. */
export function characters(text: string): string[] {
  if (text.isWellFormed()) return Array.from(text)
  const { bytes, starts } = byteCharacters(text)
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? bytes.length
    return decodeUtf8(bytes, start, end - start)
  })
}

/** The different characters of a text, in the order in which they come first. */
export function characterSet(text: string): ReadonlySet<string> {
  const set = new Set<string>()
  if (text.isWellFormed()) for (const character of text) set.add(character)
  else for (const character of characters(text)) set.add(character)
  return set
}

/** The character at a place; of text that is not well-formed the unit there. */
export function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at)!)
}

/** Where the character ends that begins at a byte. */
function byteCharacterEnd(bytes: Uint8Array, start: number): number {
  let end = start + 1
  if (bytes[start]! >= 0xc0) while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++
  return end
}

function byteCharacters(text: string): { readonly bytes: Uint8Array; readonly starts: number[] } {
  const bytes = encodeText(text, 'utf8')
  const starts: number[] = []
  for (let i = 0; i < bytes.length; i = byteCharacterEnd(bytes, i)) starts.push(i)
  return { bytes, starts }
}

function bytesUntilNul(text: string): Uint8Array {
  const bytes = encodeText(text, 'utf8')
  const nul = bytes.indexOf(0)
  return nul < 0 ? bytes : bytes.subarray(0, nul)
}

function byteCharacterCount(text: string): number {
  const bytes = bytesUntilNul(text)
  let count = 0
  for (let i = 0; i < bytes.length; i = byteCharacterEnd(bytes, i)) count++
  return count
}

function sliceByteCharacters(text: string, start: number, count: number): string {
  const bytes = bytesUntilNul(text)
  let at = 0
  for (let i = 0; i < start && at < bytes.length; i++) at = byteCharacterEnd(bytes, at)
  const from = at
  for (let i = 0; i < count && at < bytes.length; i++) at = byteCharacterEnd(bytes, at)
  return decodeUtf8(bytes, from, at - from)
}

/** The text up to its first NUL: what SQLite sees where it reads a C string. */
export function untilNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/**
 * The code point that SQLite reads at the start of a text that is not empty. On bytes that are no UTF-8 it takes
 * whatever bits it finds; overlong forms, surrogates and U+FFFE, U+FFFF read as U+FFFD. (`sqlite3Utf8Read`)
 */
export function firstCodePoint(text: string): number {
  const point = text.codePointAt(0)!
  // A character takes all continuation bytes that follow, also those beyond its own.
  const next = text.charCodeAt(point > 0xffff ? 2 : 1)
  const isLonger = point >= 0x80 && next >= 0xdc80 && next <= 0xdcbf
  if (!isLonger) {
    if (point < 0xd800 || point > 0xffff) return point
    if (point >= 0xe000) return point >= 0xfffe ? 0xfffd : point
  }
  const bytes = encodeText(text.slice(0, 16), 'utf8')
  const lead = bytes[0]!
  if (lead < 0xc0) return lead
  let value = lead < 0xe0 ? lead & 0x1f : lead < 0xf0 ? lead & 0x0f : lead < 0xf8 ? lead & 0x07 : 0
  if (lead >= 0xf8 && lead < 0xfe) value = lead & (lead < 0xfc ? 0x03 : 0x01)
  for (let i = 1; i < bytes.length && (bytes[i]! & 0xc0) === 0x80; i++)
    value = ((value << 6) + (bytes[i]! & 0x3f)) >>> 0
  if (value < 0x80 || (value & 0xfffff800) === 0xd800 || (value & 0xfffffffe) === 0xfffe)
    return 0xfffd
  return value
}

/** UTF-8 as a string with one character for each byte, for searching in text that may not be well-formed. */
export function toByteString(text: string): string {
  return Buffer.from(encodeText(text, 'utf8')).toString('latin1')
}

/** The text of such a string. */
export function fromByteString(bytes: string): string {
  const data = Buffer.from(bytes, 'latin1')
  return decodeUtf8(data, 0, data.length)
}

/**
 * What a function has put together byte by byte, in the encoding of the database: UTF-16 has no room for bytes that are no
 * character. (`sqlite3VdbeMemTranslate`)
 */
export function inEncoding<V extends Value>(text: V, encoding: TextEncoding): V | string {
  if (typeof text !== 'string' || encoding === 'utf8' || isInEveryEncoding(text)) return text
  let read = ''
  for (const character of characters(text)) read += String.fromCodePoint(firstCodePoint(character))
  return read
}

/** The text is the same whatever the encoding of the database is. */
export function isInEveryEncoding(text: string): boolean {
  return text.isWellFormed() && !/[\ufffe\uffff]/.test(text)
}
