/**
 * Collating sequences: in which order texts stand, and which are equal. (Datatypes In SQLite §7.)
 *
 * | name   | order |
 * |--------|-------|
 * | BINARY | the bytes of the text in the encoding of the database, as `memcmp` has them |
 * | NOCASE | UTF-8 bytes with A–Z folded to a–z, only those 26 |
 * | RTRIM  | as BINARY over UTF-8, spaces at the end left out |
 *
 * JavaScript compares strings by UTF-16 units, which puts U+10000 and above before U+E000 … U+FFFF; UTF-8 has
 * them the other way round. So the first differing unit decides only after surrogates have been moved to where
 * their bytes stand. An escaped byte (text.ts) counts as its byte.
 */
import { compareBytes } from '../base/bytes.ts'
import { encodeText } from './text.ts'
import type { TextEncoding } from './text.ts'

export interface Collation {
  /** Upper case. */
  readonly name: string
  /** Negative, zero or positive. */
  compare(left: string, right: string): number
}

/** The collating sequences that names mean somewhere: on a connection, or where nobody has defined any. */
export interface Collations {
  /** The one of that name, in any case of ASCII; `null` if there is none. */
  collation(name: string, encoding?: TextEncoding): Collation | null
}

/** Orders texts by their UTF-8 bytes. */
export function compareBinary(left: string, right: string): number {
  if (left === right) return 0
  const size = left.length < right.length ? left.length : right.length
  for (let i = 0; i < size; i++) {
    const a = left.charCodeAt(i)
    const b = right.charCodeAt(i)
    if (a !== b) return a < 0xd800 && b < 0xd800 ? a - b : compareWideUnits(left, right, a, b)
  }
  return left.length - right.length
}

function compareWideUnits(left: string, right: string, a: number, b: number): number {
  // An escape may share its byte with the first byte of a character: then the bytes themselves decide. (The
  // second half of a pair looks the same, and comparing bytes is right for it too.)
  if ((a & 0xfc00) === 0xdc00 || (b & 0xfc00) === 0xdc00)
    return compareBytes(encodeText(left, 'utf8'), encodeText(right, 'utf8'))
  return utf8Rank(a) - utf8Rank(b)
}

/** Units in the order of the UTF-8 bytes that they begin: surrogate pairs come last. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function foldUnit(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit
}

/**
 * NOCASE. As in SQLite a NUL ends the comparison of characters: texts that are alike up to one differ
 * by their lengths in bytes only. (`sqlite3StrNICmp`)
 */
export function compareNocase(left: string, right: string): number {
  if (left === right) return 0
  const size = left.length < right.length ? left.length : right.length
  for (let i = 0; i < size; i++) {
    const a = foldUnit(left.charCodeAt(i))
    const b = foldUnit(right.charCodeAt(i))
    if (a === b) {
      if (a !== 0) continue
      return encodeText(left, 'utf8').length - encodeText(right, 'utf8').length
    }
    if (a < 0xd800 && b < 0xd800) return a - b
    return compareWideUnits(left, right, a, b)
  }
  return left.length - right.length
}

/** RTRIM: BINARY without the spaces at the end. Only U+0020 is a space here. */
export function compareRtrim(left: string, right: string): number {
  if (left === right) return 0
  return compareBinary(trimSpaces(left), trimSpaces(right))
}

function trimSpaces(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--
  return end === text.length ? text : text.slice(0, end)
}

/** BINARY in a UTF-16 database: the order of its bytes, which for UTF-16LE is no order of characters at all. */
function compareUtf16(encoding: 'utf16le' | 'utf16be'): (left: string, right: string) => number {
  return (left, right) =>
    left === right ? 0 : compareBytes(encodeText(left, encoding), encodeText(right, encoding))
}

export const binaryCollation: Collation = { name: 'BINARY', compare: compareBinary }
export const nocaseCollation: Collation = { name: 'NOCASE', compare: compareNocase }
export const rtrimCollation: Collation = { name: 'RTRIM', compare: compareRtrim }
const binaryUtf16le: Collation = { name: 'BINARY', compare: compareUtf16('utf16le') }
const binaryUtf16be: Collation = { name: 'BINARY', compare: compareUtf16('utf16be') }

/** The built-in collation of that name, in any case of ASCII; `null` if there is none. */
export function collationByName(name: string, encoding: TextEncoding = 'utf8'): Collation | null {
  switch (/^[a-z]{5,6}$/i.test(name) ? name.toUpperCase() : '') {
    case 'BINARY':
      if (encoding === 'utf8') return binaryCollation
      return encoding === 'utf16le' ? binaryUtf16le : binaryUtf16be
    case 'NOCASE':
      return nocaseCollation
    case 'RTRIM':
      return rtrimCollation
    default:
      return null
  }
}

export const builtInCollations: Collations = { collation: collationByName }
