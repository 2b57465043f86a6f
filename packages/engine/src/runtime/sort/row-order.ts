/**
 * The order of rows by their keys, and a sort that is fast where it matters. (SQL: ORDER BY; Datatypes In
 * SQLite §4.1.)
 *
 * Rows are arrays of values; a key names a place in them. The sort is stable: rows with equal keys stay in the
 * order in which they came, as in SQLite's sorter.
 *
 * Comparing two rows through a function costs 20 to 40 ns, and a sort compares each row twenty times. So the first
 * key of every row is turned into a double that never contradicts the order: the number itself, or the first
 * six bytes of a text. Those doubles go through a radix sort, which compares nothing. Only rows whose
 * doubles are equal, and more than that needed to tell them apart, are compared.
 */
import { Real, builtInCollations, compareValues } from '../../record/index.ts'
import type { Collation, Collations, TextEncoding } from '../../record/index.ts'
import { orderByNumbers } from './key-numbers.ts'
import type { Row, RowKey } from './row.ts'

export type { Row, RowKey }

/** How two rows stand to each other. */
export type RowComparison = (a: Row, b: Row) => number

/** A comparison by all keys. */
export function rowComparison(
  keys: readonly RowKey[],
  encoding: TextEncoding = 'utf8',
  collations: Collations = builtInCollations,
): RowComparison {
  const steps = keys.map((key) => keyComparison(key, encoding, collations))
  const first = steps[0] ?? ((): number => 0)
  if (steps.length <= 1) return first
  if (steps.length === 2) {
    const second = steps[1]!
    return (a, b) => first(a, b) || second(a, b)
  }
  return (a, b) => {
    for (let i = 0; i < steps.length; i++) {
      const order = steps[i]!(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

function collationOf(key: RowKey, encoding: TextEncoding, collations: Collations): Collation {
  const collation = collations.collation(key.collation, encoding)
  if (collation === null) throw new RangeError(`no such collation sequence: ${key.collation}`)
  return collation
}

function keyComparison(key: RowKey, encoding: TextEncoding, collations: Collations): RowComparison {
  const { place, descending, nullsFirst } = key
  const collation = collationOf(key, encoding, collations)
  if (nullsFirst !== descending) {
    // NULLs are least, as everywhere.
    return descending
      ? (a, b) => compareValues(b[place]!, a[place]!, collation)
      : (a, b) => compareValues(a[place]!, b[place]!, collation)
  }
  const nullOrder = nullsFirst ? -1 : 1
  return (a, b) => {
    const x = a[place]!
    const y = b[place]!
    if (x === null) return y === null ? 0 : nullOrder
    if (y === null) return -nullOrder
    return descending ? compareValues(y, x, collation) : compareValues(x, y, collation)
  }
}

/** Below this many rows a comparison sort is as good. */
const radixThreshold = 256

/** How often texts are taken up again behind what they share; then they are compared. */
const maxRounds = 8

/** Sorts rows, in place or not: use the answer. */
export function sortRows(
  rows: Row[],
  keys: readonly RowKey[],
  compare: RowComparison,
  encoding: TextEncoding = 'utf8',
): Row[] {
  if (keys.length > 1 && rows.length >= radixThreshold) {
    const sorted = sortByNumbers(rows, keys, compare, encoding)
    if (sorted !== null) return sorted
  }
  return sortRound(rows, keys, compare, encoding, maxRounds)
}

/** By as many of the first keys as numbers stand for; rows that these do not tell apart are compared by the others. */
function sortByNumbers(
  rows: readonly Row[],
  keys: readonly RowKey[],
  compare: RowComparison,
  encoding: TextEncoding,
): Row[] | null {
  const ordered = orderByNumbers(rows, keys, encoding)
  if (ordered === null) return null
  const { places, keyCount, isNew } = ordered
  const count = rows.length
  // Every place of the copy is written.
  const sorted = rows.slice()
  for (let i = 0; i < count; i++) sorted[i] = rows[places[i]!]!
  if (isNew === null) return sorted
  const others = keys.slice(keyCount)
  for (let i = 0; i < count;) {
    let end = i + 1
    while (end < count && isNew[end] === 0) end++
    if (end - i >= radixThreshold) {
      const part = sortRound(sorted.slice(i, end), others, compare, encoding, maxRounds)
      for (let k = 0; k < part.length; k++) sorted[i + k] = part[k]!
    } else if (end - i > 1) sortRange(sorted, i, end, compare)
    i = end
  }
  return sorted
}

function sortRound(
  rows: Row[],
  keys: readonly RowKey[],
  compare: RowComparison,
  encoding: TextEncoding,
  rounds: number,
): Row[] {
  const key = keys[0]
  if (rows.length < radixThreshold || key === undefined || rounds === 0) return rows.sort(compare)
  const prefixes = keyPrefixes(rows, key, encoding)
  if (prefixes === null) return rows.sort(compare)
  return sortByPrefixes(rows, prefixes, keys, compare, encoding, rounds)
}

interface Prefixes {
  /** For each row that has one. */
  readonly numbers: Float64Array
  /** The rows of `numbers`. */
  readonly places: Uint32Array
  readonly count: number
  /** Rows whose key is NULL. */
  readonly nulls: Row[]
  /** Equal numbers mean equal keys. */
  readonly exact: boolean
}

/** Doubles that stand for the first key; `null` where its values are of several kinds. */
function keyPrefixes(rows: readonly Row[], key: RowKey, encoding: TextEncoding): Prefixes | null {
  const { place } = key
  const foldsCase = key.collation === 'NOCASE'
  const texts = encoding === 'utf8' && (foldsCase || key.collation === 'BINARY')
  const numbers = new Float64Array(rows.length)
  const places = new Uint32Array(rows.length)
  const nulls: Row[] = []
  let count = 0
  let exact = true
  let kind = ''
  let shared = -1
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![place]!
    if (value === null) {
      nulls.push(rows[i]!)
      continue
    }
    const valueKind = typeof value === 'string' ? 'text' : 'number'
    if (kind !== valueKind) {
      if (kind !== '' || (valueKind === 'text' && !texts)) return null
      kind = valueKind
    }
    if (typeof value === 'number') numbers[count] = value
    else if (typeof value === 'string') {
      if (shared < 0) shared = sharedPrefixSize(rows, place, value)
      const prefix = textPrefix(value, shared, foldsCase)
      if (prefix < 0) return null
      numbers[count] = prefix
      exact = false
    } else if (value instanceof Real) numbers[count] = value.value + 0
    else if (typeof value === 'bigint') {
      numbers[count] = Number(value)
      exact = false
    } else return null
    places[count++] = i
  }
  return { numbers, places, count, nulls, exact }
}

/** How many ASCII characters all texts begin with alike: they decide nothing, so the prefix starts behind them. */
function sharedPrefixSize(rows: readonly Row[], place: number, text: string): number {
  let size = 0
  while (size < text.length && text.charCodeAt(size) < 0x80) size++
  for (let i = 0; i < rows.length && size > 0; i++) {
    const other = rows[i]![place]!
    if (typeof other !== 'string') continue
    let same = 0
    while (same < size && other.charCodeAt(same) === text.charCodeAt(same)) same++
    size = same
  }
  return size
}

/** Six bytes of a text from `start` on as a number; -1 where bytes and characters do not order alike. */
function textPrefix(text: string, start: number, foldsCase: boolean): number {
  let prefix = 0
  const length = text.length
  for (let i = 0; i < 6; i++) {
    const at = start + i
    let unit = at < length ? text.charCodeAt(at) : 0
    if (unit >= 0x80) {
      // A character's first byte says enough; what follows it is left to the comparison.
      if (unit >= 0xd800) return -1
      return (prefix * 256 + leadByte(unit)) * 256 ** (5 - i)
    }
    if (unit === 0 && at < length) return -1
    if (foldsCase && unit >= 0x41 && unit <= 0x5a) unit += 0x20
    prefix = prefix * 256 + unit
  }
  return prefix
}

/** The first byte of a character of two or three bytes. */
function leadByte(unit: number): number {
  return unit < 0x800 ? 0xc0 | (unit >> 6) : 0xe0 | (unit >> 12)
}

function sortByPrefixes(
  rows: readonly Row[],
  prefixes: Prefixes,
  keys: readonly RowKey[],
  compare: RowComparison,
  encoding: TextEncoding,
  rounds: number,
): Row[] {
  const { count, nulls } = prefixes
  const key = keys[0]!
  const onlyKey = keys.length === 1
  const { groups, places } = radixSort(prefixes, key.descending)
  // Every place of the copy is written below.
  const sorted: Row[] = rows.slice()
  const start = key.nullsFirst ? nulls.length : 0
  for (let i = 0; i < count; i++) sorted[start + i] = rows[places[i]!]!
  if (nulls.length > 1 && !onlyKey) nulls.sort(compare)
  const nullStart = key.nullsFirst ? 0 : count
  for (let i = 0; i < nulls.length; i++) sorted[nullStart + i] = nulls[i]!
  if (prefixes.exact && onlyKey) return sorted
  for (let i = 0; i < count;) {
    let end = i + 1
    while (end < count && groups[end] === groups[i]) end++
    const size = end - i
    if (size >= radixThreshold && size < rows.length) {
      // Texts with more in common than the prefix: theirs begins further on.
      const equal = sorted.slice(start + i, start + end)
      const part = sortRound(equal, keys, compare, encoding, rounds - 1)
      for (let k = 0; k < size; k++) sorted[start + i + k] = part[k]!
    } else if (size > 1) sortRange(sorted, start + i, start + end, compare)
    i = end
  }
  return sorted
}

function sortRange(rows: Row[], start: number, end: number, compare: RowComparison): void {
  if (end - start > 12) {
    const part = rows.slice(start, end).sort(compare)
    for (let i = 0; i < part.length; i++) rows[start + i] = part[i]!
    return
  }
  for (let i = start + 1; i < end; i++) {
    const row = rows[i]!
    let j = i - 1
    for (; j >= start && compare(rows[j]!, row) > 0; j--) rows[j + 1] = rows[j]!
    rows[j + 1] = row
  }
}

/** Bits of each pass, from the least significant: three passes for either half of a double. */
const digitShifts = [0, 11, 22] as const
const digitMask = 0x7ff

/**
 * Sorts doubles with their places, stably. The bits of a double order as the number does once the sign is
 * turned round, and for negative ones all the rest.
 */
function radixSort(
  prefixes: Prefixes,
  descending: boolean,
): { readonly groups: Uint32Array; readonly places: Uint32Array } {
  const { count } = prefixes
  const halves = new Uint32Array(prefixes.numbers.buffer)
  const high = littleEndian ? 1 : 0
  const flip = descending ? 0xffffffff : 0
  let from: Halves = newHalves(count, prefixes.places)
  let to: Halves = newHalves(count, new Uint32Array(count))
  for (let i = 0; i < count; i++) {
    const top = halves[2 * i + high]!
    const bottom = halves[2 * i + 1 - high]!
    const negative = top >>> 31
    from.high[i] = (negative ? ~top : top ^ 0x80000000) ^ flip
    from.low[i] = (negative ? ~bottom : bottom) ^ flip
  }
  const buckets = new Uint32Array(digitMask + 1)
  for (const half of ['low', 'high'] as const)
    for (const shift of digitShifts) {
      const digits = from[half]
      buckets.fill(0)
      for (let i = 0; i < count; i++) buckets[(digits[i]! >>> shift) & digitMask]!++
      if (buckets[(digits[0]! >>> shift) & digitMask] === count) continue
      let sum = 0
      for (let b = 0; b <= digitMask; b++) {
        const size = buckets[b]!
        buckets[b] = sum
        sum += size
      }
      scatter(from, to, digits, shift, buckets, count)
      ;[from, to] = [to, from]
    }
  return { groups: tieGroups(from, count), places: from.places }
}

/** Equal numbers get the same group, different ones different groups. */
function tieGroups(sorted: Halves, count: number): Uint32Array {
  const groups = new Uint32Array(count)
  let group = 0
  for (let i = 1; i < count; i++) {
    if (sorted.high[i] !== sorted.high[i - 1] || sorted.low[i] !== sorted.low[i - 1]) group++
    groups[i] = group
  }
  return groups
}

interface Halves {
  readonly high: Uint32Array
  readonly low: Uint32Array
  readonly places: Uint32Array
}

function newHalves(count: number, places: Uint32Array): Halves {
  return { high: new Uint32Array(count), low: new Uint32Array(count), places }
}

function scatter(
  from: Halves,
  to: Halves,
  digits: Uint32Array,
  shift: number,
  buckets: Uint32Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const target = buckets[(digits[i]! >>> shift) & digitMask]!++
    to.high[target] = from.high[i]!
    to.low[target] = from.low[i]!
    to.places[target] = from.places[i]!
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
