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
import { Real, collationByName, compareValues } from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import { keyOf, nocaseKey } from '../keys.ts'
import type { Key } from '../keys.ts'
import type { RowKey } from './row.ts'
import { textPrefixes } from './text-words.ts'
import type { Prefixes } from './text-words.ts'
import { orderOfWords, signedWords, sortByWords } from './word-order.ts'

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
      sortByWords(this.#places, this.#other, 0, count, [signedWords(last!)], 0)
      for (const low of others) this.#sortRuns(last!, low)
    }
    if (digits.length < columns.length) this.#refine(digits.flat(), digits.length)
    return this.#places
  }

  /** Rows that have the high digits in common are put in the order of the low ones: mostly they have these in common too. */
  #sortRuns(high: Uint32Array, low: Uint32Array): void {
    const places = this.#places
    const count = this.#count
    const words = [signedWords(low)]
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
      if (!isSorted) sortByWords(places, this.#other, i, end, words, 0)
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

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
