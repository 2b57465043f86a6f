/**
 * Functions on text and BLOBs. (Built-In Scalar SQL Functions.)
 *
 * Case is that of the 26 ASCII letters. Positions count characters in text and bytes in a BLOB. `hex` and
 * `octet_length` show the bytes of the database's encoding.
 */
import { sqlError, tooBig } from '../../base/error.ts'
import { maxLength } from '../../base/limits.ts'
import {
  Real,
  encodeText,
  encodedTextSize,
  normalizeText,
  noteEscapedText,
} from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import {
  characterAt,
  characterCount,
  characterSet,
  firstCodePoint,
  fromByteString,
  sliceCharacters,
  toByteString,
  untilNul,
} from '../characters.ts'
import { blobAsText, toCount, toInt64, toText } from '../convert.ts'
import { changeInPieces, checkTextLength, replaceAll } from '../../base/long-text.ts'
import type { FunctionContext } from './function.ts'
import { format } from './printf.ts'

function isBlob(value: Value): value is Uint8Array {
  return typeof value === 'object' && value !== null && !(value instanceof Real)
}

/** The bytes of a BLOB, of a text as it is stored, and of a number as UTF-8, whatever the encoding. */
function bytesOf(context: FunctionContext, value: Exclude<Value, null>): Uint8Array {
  if (isBlob(value)) return value
  return encodeText(toText(value)!, typeof value === 'string' ? context.encoding : 'utf8')
}

export function length(value: Value): number | null {
  if (typeof value === 'string') return characterCount(value)
  if (value === null) return null
  return isBlob(value) ? value.length : toText(value)!.length
}

export function octetLength(context: FunctionContext, value: Value): number | null {
  if (value === null) return null
  return isBlob(value) ? value.length : encodedTextSize(toText(value)!, context.encoding)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

export function lower(value: Value): string | null {
  const text = toText(value)
  if (text === null) return null
  if (isAscii(text)) return text.toLowerCase()
  return changeInPieces(text, (piece) => piece.replace(/[A-Z]+/g, (part) => part.toLowerCase()))
}

export function upper(value: Value): string | null {
  const text = toText(value)
  if (text === null) return null
  if (isAscii(text)) return text.toUpperCase()
  return changeInPieces(text, (piece) => piece.replace(/[a-z]+/g, (part) => part.toUpperCase()))
}

export function hex(context: FunctionContext, value: Value): string {
  if (value === null) return ''
  return hexDigits(bytesOf(context, value))
}

function hexDigits(bytes: Uint8Array): string {
  checkTextLength(2 * bytes.length)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase()
}

/** Pairs of hex digits; characters of `ignored` may stand between pairs, anything else makes it NULL. */
export function unhex(value: Value, ignored: Value = ''): Uint8Array | null {
  const allDigits = toText(value)
  const skip = toText(ignored)
  if (allDigits === null || skip === null) return null
  const digits = untilNul(allDigits)
  const skipped = characterSet(skip)
  const bytes = Buffer.alloc(digits.length >> 1)
  let size = 0
  for (let i = 0; i < digits.length;) {
    const high = hexDigit(digits, i)
    if (high < 0) {
      const character = characterAt(digits, i)
      if (!skipped.has(character)) return null
      i += character.length
      continue
    }
    const low = hexDigit(digits, i + 1)
    if (low < 0) return null
    bytes[size++] = high * 16 + low
    i += 2
  }
  return bytes.subarray(0, size)
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Place of the first `needle` from 1; 0 if there is none. */
export function instr(context: FunctionContext, haystack: Value, needle: Value): number | null {
  if (haystack === null || needle === null) return null
  if (isBlob(haystack) && isBlob(needle))
    return Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length).indexOf(needle) + 1
  const text = toText(blobAsText(haystack, context.encoding))!
  const wanted = toText(blobAsText(needle, context.encoding))!
  if (!wanted.isWellFormed() || !text.isWellFormed()) return instrBytes(text, wanted)
  const at = text.indexOf(wanted)
  if (at <= 0) return at + 1
  return characterCountBefore(text, at) + 1
}

/** A match begins where a character begins, but need not end where one ends. */
function instrBytes(text: string, wanted: string): number {
  const bytes = toByteString(text)
  const pattern = toByteString(wanted)
  for (let at = 0, place = 1; at + pattern.length <= bytes.length; place++) {
    if (bytes.startsWith(pattern, at)) return place
    at++
    while ((bytes.charCodeAt(at) & 0xc0) === 0x80) at++
  }
  return 0
}

function characterCountBefore(text: string, end: number): number {
  let count = 0
  for (let i = 0; i < end; i++, count++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) i++
  }
  return count
}

/**
 * `substr(x, start, count)`: from the `start`-th on, from the end where it is negative; a negative count takes
 * what stands before.
 */
export function substr(value: Value, start: Value, count?: Value): string | Uint8Array | null {
  if (value === null || start === null || count === null) return null
  const blob = isBlob(value) ? value : null
  if (blob !== null && blob.length === 0) return null
  const text = blob === null ? toText(value)! : ''
  let first = toInt64(start)
  let wanted = count === undefined ? maxLength : toInt64(count)
  const size = blob !== null ? blob.length : first < 0 ? characterCount(text) : 0
  if (typeof first === 'bigint' || typeof wanted === 'bigint') {
    // Sums of 64 bits do not overflow here, but they have to be exact.
    const [from, total] = placeExactly(BigInt(first), BigInt(wanted), BigInt(size))
    // Beyond any text, where it is not exact.
    first = Number(from)
    wanted = Number(total)
  } else {
    ;({ first, wanted } = placeOf(first, wanted, size))
  }
  if (blob === null) return sliceCharacters(text, first, wanted)
  return Buffer.from(blob.subarray(first, Math.min(blob.length, first + wanted)))
}

/**
 * Which characters or bytes `substr()` means, from 0: counted from the end of `size` where `start` is negative, backwards where `count` is.
 * (`substrFunc`)
 */
export function placeOf(
  start: number,
  count: number,
  size: number,
): { first: number; wanted: number } {
  let first = start
  let wanted = count
  if (first < 0) {
    first += size
    if (first < 0) {
      wanted = wanted < 0 ? 0 : wanted + first
      first = 0
    }
  } else if (first > 0) first--
  else if (wanted > 0) wanted--
  if (wanted < 0) {
    wanted = wanted < -first ? first : -wanted
    first -= wanted
  }
  return { first, wanted }
}

/** The same where sums may be beyond what a number holds exactly. */
function placeExactly(start: bigint, count: bigint, size: bigint): [bigint, bigint] {
  let first = start
  let wanted = count
  if (first < 0n) {
    first += size
    if (first < 0n) {
      wanted = wanted < 0n ? 0n : wanted + first
      first = 0n
    }
  } else if (first > 0n) first--
  else if (wanted > 0n) wanted--
  if (wanted < 0n) {
    wanted = wanted < -first ? first : -wanted
    first -= wanted
  }
  return [first, wanted]
}

export function replace(value: Value, pattern: Value, replacement: Value): string | null {
  const text = toText(value)
  const old = toText(pattern)
  if (text === null || old === null) return null
  // An empty pattern leaves the text alone, whatever the replacement.
  if (old === '' || old.charCodeAt(0) === 0) return text
  const put = toText(replacement)
  if (put === null) return null
  if (!text.isWellFormed() || !old.isWellFormed()) {
    // What looks for bytes may find them inside a character.
    return fromByteString(replaceAll(toByteString(text), toByteString(old), toByteString(put)))
  }
  return normalizeText(replaceAll(text, old, put))
}

function trimmed(
  value: Value,
  removed: Value | undefined,
  left: boolean,
  right: boolean,
): string | null {
  const text = toText(value)
  const set = removed === undefined ? ' ' : toText(removed)
  if (text === null || set === null) return null
  let start = 0
  let end = text.length
  const unit = set.length === 1 ? set.charCodeAt(0) : 0
  if (unit !== 0 && (unit & 0xf800) !== 0xd800) {
    if (left) while (start < end && text.charCodeAt(start) === unit) start++
    if (right) while (end > start && text.charCodeAt(end - 1) === unit) end--
    return text.slice(start, end)
  }
  const members = [...characterSet(untilNul(set))]
  if (text.isWellFormed() && set.isWellFormed()) return trimMembers(text, members, left, right)
  const bytes = trimMembers(toByteString(text), members.map(toByteString), left, right)
  return fromByteString(bytes)
}

function trimMembers(
  text: string,
  members: readonly string[],
  left: boolean,
  right: boolean,
): string {
  let start = 0
  let end = text.length
  if (left)
    for (let found: string | undefined; ; start += found.length) {
      found = start < end ? members.find((member) => text.startsWith(member, start)) : undefined
      if (found === undefined) break
    }
  if (right)
    for (let found: string | undefined; ; end -= found.length) {
      const rest = text.slice(start, end)
      found = rest === '' ? undefined : members.find((member) => rest.endsWith(member))
      if (found === undefined) break
    }
  return text.slice(start, end)
}

export function trim(value: Value, removed?: Value): string | null {
  return trimmed(value, removed, true, true)
}

export function ltrim(value: Value, removed?: Value): string | null {
  return trimmed(value, removed, true, false)
}

export function rtrim(value: Value, removed?: Value): string | null {
  return trimmed(value, removed, false, true)
}

/** The code point of the first character. */
export function unicode(value: Value): number | null {
  const text = toText(value)
  if (text === null || text === '') return null
  const point = firstCodePoint(text)
  // Bytes that are no character may spell more than 31 bits; SQLite's answer has 32, with a sign.
  return point === 0 ? null : point | 0
}

/** The characters with those code points; U+FFFD for what is none. */
export function char(...points: Value[]): string {
  let text = ''
  for (const value of points) {
    const point = toCount(value)
    if (point < 0 || point > 0x10ffff) text += '\ufffd'
    else if (point >= 0xd800 && point <= 0xdfff) text += escapedSurrogate(point)
    else text += String.fromCodePoint(point)
  }
  return text
}

/** A surrogate as the three bytes that SQLite writes for it, which are no UTF-8. */
function escapedSurrogate(point: number): string {
  noteEscapedText()
  return String.fromCharCode(
    0xdce0 | (point >> 12),
    0xdc80 | ((point >> 6) & 0x3f),
    0xdc80 | (point & 0x3f),
  )
}

/** A number beyond the last character as the four bytes that SQLite writes for it, which are no UTF-8. */
function escapedBeyond(point: number): string {
  noteEscapedText()
  return String.fromCharCode(
    0xdcf0 | ((point >>> 18) & 0x07),
    0xdc80 | ((point >>> 12) & 0x3f),
    0xdc80 | ((point >>> 6) & 0x3f),
    0xdc80 | (point & 0x3f),
  )
}

export function concat(...values: Value[]): string {
  let text = ''
  for (const value of values) {
    const part = toText(value) ?? ''
    checkTextLength(text.length + part.length)
    text += part
  }
  return normalizeText(text)
}

export function concatWs(separator: Value, ...values: Value[]): string | null {
  const between = toText(separator)
  if (between === null) return null
  const parts: string[] = []
  let length = 0
  for (const value of values) {
    if (value === null) continue
    const part = toText(value)!
    parts.push(part)
    length += part.length + between.length
  }
  checkTextLength(length - between.length)
  return normalizeText(parts.join(between))
}

/** The value as an SQL literal. */
export function quote(value: Value): string | null {
  return quoteLiteral(value, '%Q')
}

function quoteLiteral(value: Value, conversion: string): string | null {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return format(conversion, value)
  if (typeof value === 'number' && Number.isInteger(value)) return String(value)
  if (typeof value === 'bigint') return String(value)
  // Infinity is written as a number that is read back as infinity.
  if (typeof value === 'number' || value instanceof Real) return format('%!0.17g', value)
  checkTextLength(2 * value.length + 3)
  return `X'${hexDigits(value)}'`
}

/** `quote`, with control characters as escapes inside unistr(). */
export function unistrQuote(value: Value): string | null {
  return quoteLiteral(value, '%#Q')
}

/** Replaces `\XXXX`, `\uXXXX`, `\+XXXXXX` and `\UXXXXXXXX` by characters, `\\` by a backslash. */
export function unistr(value: Value): string | null {
  const text = toText(value)
  if (text === null) return null
  // As in C, a NUL ends what is looked through, not what is answered.
  const read = untilNul(text)
  const pattern = /\\(?:(\\)|u?([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|U([0-9a-fA-F]{8})|)/g
  const replaced = read.replace(pattern, (all, backslash, four, six, eight) => {
    if (backslash !== undefined) return '\\'
    if (all === '\\') throw sqlError('invalid Unicode escape')
    const point = parseInt(four ?? six ?? eight, 16)
    return point > 0x10ffff ? escapedBeyond(point) : char(point)
  })
  return replaced + text.slice(read.length)
}

/** A BLOB of so many zeros. */
export function zeroblob(size: Value): Uint8Array {
  const count = Math.max(0, toCount(size))
  if (count > maxLength) throw tooBig()
  return Buffer.alloc(count)
}

/** Of the letters a to z; 0: it separates. */
const soundexCodes = '01230120022455012623010202'

/** How an English word sounds: its first letter and three digits. Other characters count as what their bytes come to. (`soundexFunc`) */
export function soundex(value: Value): string {
  const word = /[A-Za-z].*/s.exec(toText(value)?.split('\0', 1)[0] ?? '')?.[0]
  if (word === undefined) return '?000'
  let sound = ''
  let last = '0'
  for (const byte of Buffer.from(word)) {
    const letter = String.fromCharCode(byte & 0x7f)
    const code = /[a-z]/i.test(letter) ? soundexCodes[(byte & 0x1f) - 1]! : '0'
    if (sound === '') sound = letter.toUpperCase()
    else if (code !== '0' && code !== last) sound += code
    last = code
    if (sound.length === 4) break
  }
  return sound.padEnd(4, '0')
}
