/**
 * Texts as words of four bytes that order as they do, by the BINARY and the NOCASE collation of a UTF-8 database. (Datatypes In SQLite §7.)
 */
import { encodeText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { RowKey } from './row.ts'

/** What is told of the keys of some rows. */
export interface Prefixes {
  /** The first decides. */
  readonly words: readonly Uint32Array[]
  /** Equal digits mean equal keys. */
  readonly isExact: boolean
}

/** Words of four bytes that are taken of texts at a time. */
const mostWords = 8

/** The bytes of each text behind what they all share, as many as fit; null: there are others than texts, or they are not in the order of bytes. */
export function textPrefixes(values: readonly Value[], key: RowKey): Prefixes | null {
  const foldsCase = key.collation === 'NOCASE'
  if (!foldsCase && key.collation !== 'BINARY') return null
  const first = values.find((value) => value !== null)
  if (typeof first !== 'string') return null
  const shared = sharedPrefixSize(values, first)
  const size = values.length
  let longest = 0
  let hasNull = false
  for (let i = 0; i < size; i++) {
    const value = values[i]!
    if (value === null) hasNull = true
    else if (typeof value !== 'string') return null
    else if (value.length > longest) longest = value.length
  }
  const count = Math.min(mostWords, Math.max(1, (longest - shared + 3) >> 2))
  const words = Array.from({ length: count }, () => new Uint32Array(size))
  let isExact = true
  for (let i = 0; i < size; i++) {
    const text = values[i] as string | null
    if (text !== null && !putText(words, i, text, shared, foldsCase)) isExact = false
  }
  if (key.descending) for (const word of words) for (let i = 0; i < size; i++) word[i] = ~word[i]!
  return { words: hasNull ? [nullMarks(values, key), ...words] : words, isExact }
}

/** A word that NULLs have otherwise than the rest; what they have in others is alike. */
function nullMarks(values: readonly Value[], { nullsFirst }: RowKey): Uint32Array {
  return Uint32Array.from(values, (value) => ((value === null) === nullsFirst ? 0 : 1))
}

/** The bytes of `text` from `start` on, filled up with zeros. @returns whether they say all about it */
function putText(
  words: readonly Uint32Array[],
  place: number,
  text: string,
  start: number,
  foldsCase: boolean,
): boolean {
  const { length } = text
  const room = 4 * words.length
  const end = Math.min(length, start + room)
  let word = 0
  let isExact = end === length
  for (let at = start; at < end; at++) {
    let unit = text.charCodeAt(at)
    if (unit >= 0x80) return putWideText(words, place, text.slice(start), foldsCase)
    if (unit === 0) isExact = false
    if (foldsCase && unit >= 0x41 && unit <= 0x5a) unit += 0x20
    word = (word << 8) | unit
    const filled = at - start
    if ((filled & 3) === 3) {
      words[filled >> 2]![place] = word
      word = 0
    }
  }
  const rest = (end - start) & 3
  if (rest > 0) words[(end - start) >> 2]![place] = word << (8 * (4 - rest))
  return isExact
}

/** The same for a text that is not all ASCII. */
function putWideText(
  words: readonly Uint32Array[],
  place: number,
  text: string,
  foldsCase: boolean,
): boolean {
  const bytes = encodeText(text, 'utf8')
  const room = 4 * words.length
  let isExact = bytes.length <= room
  for (let w = 0; w < words.length; w++) {
    let word = 0
    for (let i = 4 * w; i < 4 * w + 4; i++) {
      let byte = i < bytes.length ? bytes[i]! : 0
      if (byte === 0 && i < bytes.length) isExact = false
      if (foldsCase && byte >= 0x41 && byte <= 0x5a) byte += 0x20
      word = (word << 8) | byte
    }
    words[w]![place] = word
  }
  return isExact
}

/** How many ASCII characters all texts begin with alike: they decide nothing, so the prefix starts behind them. */
function sharedPrefixSize(values: readonly Value[], text: string): number {
  let size = 0
  while (size < text.length && text.charCodeAt(size) < 0x80) size++
  for (let i = 0; i < values.length && size > 0; i++) {
    const other = values[i]!
    if (typeof other !== 'string') continue
    let same = 0
    while (same < size && other.charCodeAt(same) === text.charCodeAt(same)) same++
    size = same
  }
  return size
}
