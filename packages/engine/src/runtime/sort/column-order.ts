/**
 * The order of rows whose keys lie in columns, one array for each key. (SQL: ORDER BY; Datatypes In SQLite §4.1.)
 *
 * What is sorted are places in the columns. Comparing two rows through a function costs 20 to 40 ns, and a sort compares each row twenty times. So keys
 * are turned into digits of 32 bits that order as they do, and go through a radix sort, which compares nothing. Numbers are exact: as many of the
 * first keys as are numbers (or texts of which there are few, by their rank) are sorted from the last to the first. Of other texts
 * as many bytes are taken at a time as fit into a few words; rows that these do not tell apart are sorted by the next ones, and at last compared.
 *
 * The sort is stable: rows with equal keys stay in the order in which they came, as in SQLite's sorter.
 */
import { Real, collationByName, compareValues, encodeText } from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import { keyOf, nocaseKey } from '../keys.ts'
import type { Key } from '../keys.ts'
import type { RowKey } from './row.ts'

/** A key of all rows. In doubles NaN stands for NULL. */
export interface KeyColumn {
  readonly values: readonly Value[] | Float64Array
  readonly key: RowKey
}

/** How two rows stand to each other, by their places. */
export type PlaceComparison = (a: number, b: number) => number

/** Below this many rows a comparison sort is as good. */
const radixThreshold = 256

/** Ranges up to this size are sorted by insertion. */
const insertionThreshold = 12

/** Words of four bytes that are taken of texts at a time. */
const mostWords = 8

/** How often texts are taken up again behind what they share; then they are compared. */
const maxRounds = 8

/**
 * The places of `count` rows in the order of their keys.
 *
 * @param compare by all keys
 */
export function orderColumns(
  columns: readonly KeyColumn[],
  count: number,
  compare: PlaceComparison,
  encoding: TextEncoding,
): Uint32Array {
  return new ColumnOrder(columns, count, compare, encoding).sort()
}

class ColumnOrder {
  readonly #columns: readonly KeyColumn[]
  readonly #count: number
  readonly #compare: PlaceComparison
  readonly #encoding: TextEncoding
  #places: Uint32Array
  /** Of the same size, to be sorted into. */
  #other: Uint32Array

  constructor(
    columns: readonly KeyColumn[],
    count: number,
    compare: PlaceComparison,
    encoding: TextEncoding,
  ) {
    this.#columns = columns
    this.#count = count
    this.#compare = compare
    this.#encoding = encoding
    this.#places = new Uint32Array(count)
    for (let i = 0; i < count; i++) this.#places[i] = i
    this.#other = new Uint32Array(0)
  }

  sort(): Uint32Array {
    const columns = this.#columns
    const count = this.#count
    if (count < radixThreshold) {
      this.#sortByComparing(0, count)
      return this.#places
    }
    this.#other = new Uint32Array(count)
    const digits: (readonly Uint32Array[])[] = []
    for (const { values, key } of columns) {
      const exact = exactDigits(values, key, count, columns.length > 1 ? this.#encoding : null)
      if (exact === null) break
      digits.push(exact)
    }
    if (digits.length === 0) {
      this.#sortRange(0, count, 0, maxRounds)
      return this.#places
    }
    for (let k = digits.length - 1; k >= 0; k--) {
      const [last, ...others] = digits[k]!.toReversed()
      this.#scatterAll(last!)
      for (const low of others) this.#sortRuns(last!, low)
    }
    if (digits.length < columns.length) this.#refine(digits.flat(), digits.length)
    return this.#places
  }

  /** One stable pass over all digits of 11 bits in which places differ. */
  #scatterAll(digits: Uint32Array): void {
    const used = differingBits(digits)
    for (let shift = 0; shift < 32 && used >>> shift !== 0; shift += digitBits) {
      if (((used >>> shift) & digitMask) === 0) continue
      scatter(this.#places, this.#other, 0, this.#count, digits, shift, digitBits)
      const places = this.#places
      this.#places = this.#other
      this.#other = places
    }
  }

  /** Rows that have the high digits in common are put in the order of the low ones: mostly they have these in common too. */
  #sortRuns(high: Uint32Array, low: Uint32Array): void {
    const places = this.#places
    const count = this.#count
    for (let i = 0; i < count;) {
      const first = places[i]!
      const top = high[first]!
      let last = low[first]!
      let isSorted = true
      let end = i + 1
      for (; end < count; end++) {
        const place = places[end]!
        if (high[place] !== top) break
        const next = low[place]!
        if (next < last) isSorted = false
        last = next
      }
      if (!isSorted) sortRun(places, i, end, low)
      i = end
    }
  }

  /** Rows that have all these digits in common are sorted by the keys from `k` on. */
  #refine(digits: readonly Uint32Array[], k: number): void {
    const places = this.#places
    const count = this.#count
    for (let i = 0; i < count;) {
      let end = i + 1
      const first = places[i]!
      while (end < count && areAlike(digits, first, places[end]!)) end++
      if (end - i > 1) this.#sortRange(i, end, k, maxRounds)
      i = end
    }
  }

  #sortByComparing(from: number, to: number): void {
    const compare = this.#compare
    const places = this.#places
    if (to - from > insertionThreshold) {
      const part = Array.from(places.subarray(from, to)).sort(compare)
      for (let i = 0; i < part.length; i++) places[from + i] = part[i]!
      return
    }
    for (let i = from + 1; i < to; i++) {
      const place = places[i]!
      let j = i - 1
      for (; j >= from && compare(places[j]!, place) > 0; j--) places[j + 1] = places[j]!
      places[j + 1] = place
    }
  }

  /** Sorts places from `from` up to `to` by the keys from `k` on. */
  #sortRange(from: number, to: number, k: number, rounds: number): void {
    const column = this.#columns[k]
    if (column === undefined) return
    const size = to - from
    const prefixes = size < radixThreshold || rounds === 0 ? null : this.#prefixes(from, to, column)
    if (prefixes === null) return this.#sortByComparing(from, to)
    const { words, isExact } = prefixes
    const order = orderOfWords(words)
    const places = this.#places
    const sorted = this.#other
    for (let i = 0; i < size; i++) sorted[from + i] = places[from + order[i]!]!
    for (let i = from; i < to; i++) places[i] = sorted[i]!
    const isLast = k + 1 === this.#columns.length
    if (isExact && isLast) return
    for (let i = 0; i < size;) {
      const first = order[i]!
      let end = i + 1
      while (end < size && areAlike(words, first, order[end]!)) end++
      if (end - i > 1) {
        const areEqual = isExact || this.#areSame(from + i, from + end, k)
        if (areEqual) this.#sortRange(from + i, from + end, k + 1, maxRounds)
        else if (end - i < size) this.#sortRange(from + i, from + end, k, rounds - 1)
        else this.#sortByComparing(from + i, from + end)
      }
      i = end
    }
  }

  /** The rows have one value for the key. */
  #areSame(from: number, to: number, k: number): boolean {
    const { values } = this.#columns[k]!
    const first = values[this.#places[from]!]!
    for (let i = from + 1; i < to; i++) if (values[this.#places[i]!]! !== first) return false
    return true
  }

  /** Digits for a range of places, by their order there; null: its keys are of several kinds. */
  #prefixes(from: number, to: number, { values, key }: KeyColumn): Prefixes | null {
    const size = to - from
    const part: Value[] = []
    for (let i = from; i < to; i++) {
      const value = values[this.#places[i]!]!
      // In doubles NaN is NULL.
      part.push(typeof value === 'number' && value !== value ? null : value)
    }
    const exact = exactDigits(part, key, size, null)
    if (exact !== null) return { words: exact.toReversed(), isExact: true }
    return this.#encoding === 'utf8' ? textPrefixes(part, key) : null
  }
}

interface Prefixes {
  /** The first decides. */
  readonly words: readonly Uint32Array[]
  /** Equal digits mean equal keys. */
  readonly isExact: boolean
}

/** What stands for NULL in the highest digits: before or behind all that values have. */
function nullDigit({ nullsFirst }: RowKey): number {
  return nullsFirst ? 0 : 0xffffffff
}

function areAlike(digits: readonly Uint32Array[], a: number, b: number): boolean {
  for (let i = 0; i < digits.length; i++) if (digits[i]![a] !== digits[i]![b]) return false
  return true
}

/** Digits of a key that is exact in them, the last ones first; null: it is not. @param encoding of texts that are worth counting; null: none are */
function exactDigits(
  values: KeyColumn['values'],
  key: RowKey,
  count: number,
  encoding: TextEncoding | null,
): readonly Uint32Array[] | null {
  if (values instanceof Float64Array) return digitsOfNumbers(values, key)
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    if (typeof value === 'number') numbers[i] = value
    else if (value === null) numbers[i] = NaN
    else if (value instanceof Real) numbers[i] = value.value
    else if (typeof value === 'bigint') return digitsOfIntegers(values, key, count)
    else if (typeof value !== 'string' || encoding === null || !areNull(values, i)) return null
    else return ranks(values, key, count, encoding)
  }
  return digitsOfNumbers(numbers, key)
}

function areNull(values: readonly Value[], end: number): boolean {
  for (let i = 0; i < end; i++) if (values[i] !== null) return false
  return true
}

/** Numbers in digits that order as they do; NaN is NULL. */
function digitsOfNumbers(numbers: Float64Array, key: RowKey): Uint32Array[] {
  const { descending } = key
  const { length } = numbers
  let low = Infinity
  let high = -Infinity
  let areIntegers = true
  let hasNull = false
  for (let i = 0; i < length; i++) {
    const number = numbers[i]!
    if (number !== number) {
      hasNull = true
      continue
    }
    if (number < low) low = number
    if (number > high) high = number
    if (areIntegers && number !== Math.trunc(number)) areIntegers = false
  }
  const nullAs = nullDigit(key)
  const digits = new Uint32Array(length)
  // 0 and the last one are left for NULL.
  if (areIntegers && high - low <= 0xfffffffd) {
    for (let i = 0; i < length; i++) {
      const number = numbers[i]!
      digits[i] = number === number ? (descending ? high - number : number - low) + 1 : nullAs
    }
    if (hasNull && nullAs !== 0) {
      // As near as can be, so that few bits differ.
      const behind = high - low + 2
      for (let i = 0; i < length; i++) if (digits[i] === nullAs) digits[i] = behind
    }
    return [digits]
  }
  const halves = new Uint32Array(numbers.buffer, numbers.byteOffset, 2 * length)
  const top = littleEndian ? 1 : 0
  const flip = descending ? 0xffffffff : 0
  const tops = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    const number = numbers[i]!
    if (number !== number) {
      tops[i] = nullAs
      digits[i] = nullAs
      continue
    }
    // Both zeros are one.
    const upper = number === 0 ? 0 : halves[2 * i + top]!
    const lower = halves[2 * i + 1 - top]!
    const isNegative = upper >>> 31 === 1
    tops[i] = (isNegative ? ~upper : upper ^ 0x80000000) ^ flip
    digits[i] = (isNegative ? ~lower : lower) ^ flip
  }
  return [digits, tops]
}

/** INTEGERs of 64 bits; null: there are other values, or one that looks like NULL in digits. */
function digitsOfIntegers(
  values: readonly Value[],
  key: RowKey,
  count: number,
): Uint32Array[] | null {
  const nullAs = nullDigit(key)
  const flip = key.descending ? 0xffffffff : 0
  const tops = new Uint32Array(count)
  const digits = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    let top = 0
    if (typeof value === 'bigint') {
      top = Number(value >> 32n)
      digits[i] = Number(value & 0xffffffffn) ^ flip
    } else if (typeof value === 'number' && Number.isInteger(value)) {
      top = Math.floor(value / 0x100000000)
      digits[i] = (value - top * 0x100000000) ^ flip
    } else if (value === null) {
      tops[i] = nullAs
      digits[i] = nullAs
      continue
    } else return null
    tops[i] = top ^ 0x80000000 ^ flip
    if (tops[i] === nullAs && digits[i] === nullAs) return null
  }
  return [digits, tops]
}

/** Texts by their rank; null: there are too many different ones, or others than texts. */
function ranks(
  values: readonly Value[],
  key: RowKey,
  count: number,
  encoding: TextEncoding,
): Uint32Array[] | null {
  const { collation: name, descending } = key
  if (name !== 'BINARY' && name !== 'NOCASE') return null
  const collation = collationByName(name, encoding)
  if (collation === null) return null
  const mostDifferent = count >> 3
  const known = new Map<Key, number>()
  const texts: string[] = []
  const numbers = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    if (value === null) {
      numbers[i] = 0xffffffff
      continue
    }
    if (typeof value !== 'string') return null
    const one = name === 'BINARY' ? keyOf(value) : nocaseKey(value)
    let number = known.get(one)
    if (number === undefined) {
      number = texts.push(value) - 1
      if (number >= mostDifferent) return null
      known.set(one, number)
    }
    numbers[i] = number
  }
  const order = texts.map((_, i) => i)
  order.sort((a, b) => compareValues(texts[a]!, texts[b]!, collation))
  if (descending) order.reverse()
  const rank = new Uint32Array(texts.length)
  for (let i = 0; i < order.length; i++) rank[order[i]!] = i + 1
  const nullAs = key.nullsFirst ? 0 : texts.length + 1
  for (let i = 0; i < count; i++)
    numbers[i] = numbers[i] === 0xffffffff ? nullAs : rank[numbers[i]!]!
  return [numbers]
}

/** The bytes of each text behind what they all share, as many as fit; null: there are others than texts, or they are not in the order of bytes. */
function textPrefixes(values: readonly Value[], key: RowKey): Prefixes | null {
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

const digitBits = 11
const digitMask = 0x7ff
const buckets = new Uint32Array(digitMask + 1)

/** The bits in which not all are alike. */
function differingBits(digits: Uint32Array): number {
  const first = digits[0]!
  let bits = 0
  for (let i = 1; i < digits.length; i++) bits |= digits[i]! ^ first
  return bits >>> 0
}

/** Moves places from `start` up to `end`, in the order of `bits` of their digits. */
function scatter(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  end: number,
  digits: Uint32Array,
  shift: number,
  bits: number,
): void {
  const mask = (1 << bits) - 1
  buckets.fill(0, 0, mask + 1)
  for (let i = start; i < end; i++) buckets[(digits[from[i]!]! >>> shift) & mask]!++
  let sum = start
  for (let b = 0; b <= mask; b++) {
    const size = buckets[b]!
    buckets[b] = sum
    sum += size
  }
  for (let i = start; i < end; i++) {
    const place = from[i]!
    to[buckets[(digits[place]! >>> shift) & mask]!++] = place
  }
}

/** Sorts places from `from` up to `to` by their digits. */
function sortRun(places: Uint32Array, from: number, to: number, digits: Uint32Array): void {
  if (to - from > 4 * insertionThreshold) {
    const run = places.slice(from, to)
    const own = Uint32Array.from(run, (place) => digits[place]!)
    const order = orderOfWords([own])
    for (let i = 0; i < run.length; i++) places[from + i] = run[order[i]!]!
    return
  }
  for (let i = from + 1; i < to; i++) {
    const place = places[i]!
    const digit = digits[place]!
    let j = i - 1
    for (; j >= from && digits[places[j]!]! > digit; j--) places[j + 1] = places[j]!
    places[j + 1] = place
  }
}

/** The places of words in their order, of which the first decides. */
function orderOfWords(words: readonly Uint32Array[]): Uint32Array {
  const { length } = words[0]!
  const places = new Uint32Array(length)
  for (let i = 0; i < length; i++) places[i] = i
  sortByWords(places, new Uint32Array(length), 0, length, words, 0)
  return places
}

/** Sorts places from `from` up to `to` by the words from `w` on. `other` has their size and may be written. */
function sortByWords(
  places: Uint32Array,
  other: Uint32Array,
  from: number,
  to: number,
  words: readonly Uint32Array[],
  w: number,
): void {
  if (to - from <= 2 * insertionThreshold) {
    insertByWords(places, from, to, words, w)
    return
  }
  const word = words[w]!
  scatterRange(places, other, from, to, word)
  if (w + 1 === words.length) return
  for (let i = from; i < to;) {
    const one = word[places[i]!]!
    let end = i + 1
    while (end < to && word[places[end]!] === one) end++
    if (end - i > 1) sortByWords(places, other, i, end, words, w + 1)
    i = end
  }
}

function insertByWords(
  places: Uint32Array,
  from: number,
  to: number,
  words: readonly Uint32Array[],
  w: number,
): void {
  for (let i = from + 1; i < to; i++) {
    const place = places[i]!
    let j = i - 1
    for (; j >= from && isBehind(words, w, places[j]!, place); j--) places[j + 1] = places[j]!
    places[j + 1] = place
  }
}

function isBehind(words: readonly Uint32Array[], w: number, a: number, b: number): boolean {
  for (let i = w; i < words.length; i++) {
    const word = words[i]!
    const difference = word[a]! - word[b]!
    if (difference !== 0) return difference > 0
  }
  return false
}

/** Sorts places from `from` up to `to` by one word. */
function scatterRange(
  places: Uint32Array,
  other: Uint32Array,
  from: number,
  to: number,
  word: Uint32Array,
): void {
  const first = word[places[from]!]!
  let used = 0
  for (let i = from + 1; i < to; i++) used |= word[places[i]!]! ^ first
  // A small range would spend its time on empty buckets.
  const bits = to - from < 2048 ? 8 : digitBits
  let source = places
  let target = other
  for (let shift = 0; shift < 32 && used >>> shift !== 0; shift += bits) {
    if (((used >>> shift) & ((1 << bits) - 1)) === 0) continue
    scatter(source, target, from, to, word, shift, bits)
    ;[source, target] = [target, source]
  }
  if (source !== places) for (let i = from; i < to; i++) places[i] = source[i]!
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
