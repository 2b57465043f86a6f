/**
 * Sorting by several keys without comparing rows. As many of the first keys as can be are turned into numbers that are equal, and stand to each
 * other, exactly as the keys do: numbers themselves, and texts of which there are few by their rank. A radix sort that is stable goes
 * over them from the last to the first.
 */
import { Real, collationByName, compareValues } from '../../record/index.ts'
import type { TextEncoding } from '../../record/index.ts'
import { keyOf, nocaseKey } from '../keys.ts'
import type { Key } from '../keys.ts'
import type { Row, RowKey } from './row.ts'

/** The rows, as far as the first `keyCount` keys order them. */
export interface OrderedByNumbers {
  readonly places: Uint32Array
  readonly keyCount: number
  /** Where a row begins that those keys tell from the one before it. Only where there are more keys. */
  readonly isNew: Uint8Array | null
}

/** null: already the first key is not to be had in numbers. */
export function orderByNumbers(
  rows: readonly Row[],
  keys: readonly RowKey[],
  encoding: TextEncoding,
): OrderedByNumbers | null {
  const numbers: Float64Array[] = []
  for (const key of keys) {
    const exact = exactNumbers(rows, key, encoding)
    if (exact === null) break
    numbers.push(exact)
  }
  if (numbers.length === 0) return null
  const count = rows.length
  let from = new Uint32Array(count)
  for (let i = 0; i < count; i++) from[i] = i
  let to = new Uint32Array(count)
  for (let k = numbers.length - 1; k >= 0; k--) {
    for (const digits of digitsOf(numbers[k]!, keys[k]!.descending)) {
      const used = differingBits(digits)
      for (let shift = 0; shift < 32 && used >>> shift !== 0; shift += digitBits) {
        if (((used >>> shift) & digitMask) === 0) continue
        scatter(from, to, digits, shift)
        ;[from, to] = [to, from]
      }
    }
  }
  const isWhole = numbers.length === keys.length
  return {
    places: from,
    keyCount: numbers.length,
    isNew: isWhole ? null : beginnings(from, numbers),
  }
}

function exactNumbers(
  rows: readonly Row[],
  key: RowKey,
  encoding: TextEncoding,
): Float64Array | null {
  const { place } = key
  const nullNumber = key.nullsFirst === key.descending ? Infinity : -Infinity
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![place]!
    let number = nullNumber
    if (typeof value === 'number') number = value + 0
    else if (value instanceof Real) number = value.value + 0
    else if (typeof value === 'string')
      return i === 0 || isText(rows, place, i) ? ranks(rows, key, nullNumber, encoding) : null
    else if (value !== null) return null
    if (value !== null && !Number.isFinite(number)) return null
    numbers[i] = number
  }
  return numbers
}

/** The rows before `end` have no number. */
function isText(rows: readonly Row[], place: number, end: number): boolean {
  for (let i = 0; i < end; i++) if (rows[i]![place] !== null) return false
  return true
}

/** Texts by their rank; null: there are too many different ones, or others than texts. */
function ranks(
  rows: readonly Row[],
  { place, collation: name }: RowKey,
  nullNumber: number,
  encoding: TextEncoding,
): Float64Array | null {
  if (name !== 'BINARY' && name !== 'NOCASE') return null
  const collation = collationByName(name, encoding)
  if (collation === null) return null
  const mostDifferent = rows.length >> 3
  const known = new Map<Key, number>()
  const texts: string[] = []
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![place]!
    if (value === null) {
      numbers[i] = -1
      continue
    }
    if (typeof value !== 'string') return null
    const key = name === 'BINARY' ? keyOf(value) : nocaseKey(value)
    let number = known.get(key)
    if (number === undefined) {
      number = texts.push(value) - 1
      if (number >= mostDifferent) return null
      known.set(key, number)
    }
    numbers[i] = number
  }
  const order = texts.map((_, i) => i)
  order.sort((a, b) => compareValues(texts[a]!, texts[b]!, collation))
  const rank = new Float64Array(texts.length)
  for (let i = 0; i < order.length; i++) rank[order[i]!] = i
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    numbers[i] = number < 0 ? nullNumber : rank[number]!
  }
  return numbers
}

/** The numbers in digits of 32 bits that order as they do, the last ones first. */
function digitsOf(numbers: Float64Array, descending: boolean): Uint32Array[] {
  const { length } = numbers
  let low = Infinity
  let high = -Infinity
  let areIntegers = true
  for (let i = 0; i < length; i++) {
    const number = numbers[i]!
    if (number < low) low = number
    if (number > high) high = number
    if (areIntegers && number !== Math.trunc(number)) areIntegers = false
  }
  const digits = new Uint32Array(length)
  if (areIntegers && high - low <= 0xffffffff) {
    for (let i = 0; i < length; i++) digits[i] = descending ? high - numbers[i]! : numbers[i]! - low
    return [digits]
  }
  const halves = new Uint32Array(numbers.buffer)
  const top = littleEndian ? 1 : 0
  const flip = descending ? 0xffffffff : 0
  const tops = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    const upper = halves[2 * i + top]!
    const lower = halves[2 * i + 1 - top]!
    const isNegative = upper >>> 31 === 1
    tops[i] = (isNegative ? ~upper : upper ^ 0x80000000) ^ flip
    digits[i] = (isNegative ? ~lower : lower) ^ flip
  }
  return [digits, tops]
}

/** The bits in which not all are alike. */
function differingBits(digits: Uint32Array): number {
  const first = digits[0]!
  let bits = 0
  for (let i = 1; i < digits.length; i++) bits |= digits[i]! ^ first
  return bits >>> 0
}

const digitBits = 11
const digitMask = 0x7ff
const buckets = new Uint32Array(digitMask + 1)

function scatter(from: Uint32Array, to: Uint32Array, digits: Uint32Array, shift: number): void {
  const { length } = from
  buckets.fill(0)
  for (let i = 0; i < length; i++) buckets[(digits[i]! >>> shift) & digitMask]!++
  let sum = 0
  for (let b = 0; b <= digitMask; b++) {
    const size = buckets[b]!
    buckets[b] = sum
    sum += size
  }
  for (let i = 0; i < length; i++) {
    const place = from[i]!
    to[buckets[(digits[place]! >>> shift) & digitMask]!++] = place
  }
}

function beginnings(places: Uint32Array, keys: readonly Float64Array[]): Uint8Array {
  const isNew = new Uint8Array(places.length)
  for (const numbers of keys) {
    for (let i = 1; i < places.length; i++) {
      if (numbers[places[i]!] !== numbers[places[i - 1]!]) isNew[i] = 1
    }
  }
  return isNew
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
