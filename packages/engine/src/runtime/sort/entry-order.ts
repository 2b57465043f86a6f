/**
 * The order of entries of an index that lie in an `EntryList`.
 *
 * Comparing two entries costs 30 to 60 ns, and a sort compares each twenty times. So of the first field, and of a further one where entries agree
 * in those before it, 64 bits are taken at a time, which order as the fields do, and go through a radix sort:
 *
 * | field  | bits |
 * |--------|------|
 * | NULL   | 0 |
 * | number | its double, those of negative ones turned round, so that −∞ is 0x000fffff… and ∞ 0xfff00000… |
 * | text   | 0xfff8, then six bytes |
 * | BLOB   | 0xfffc, then six bytes |
 *
 * Entries that these do not tell apart are sorted by the next eight bytes of the text, or by the next field. Fields that descend have all bits
 * turned round. What has no such bits (texts of collations that are functions) is compared.
 *
 * The sort is stable.
 */
import {
  decodeInteger,
  foldedByte,
  readVarint,
  serialTypeSize,
  textOrder,
  trimmedSize,
  varintLength,
} from '../../record/index.ts'
import type { RecordComparison } from '../../record/index.ts'
import { recordAt } from './entry-list.ts'
import { signedWords, sortByWords } from './word-order.ts'

/** Ranges up to this size are sorted by comparing entries, up to the next by inserting digits. */
const mostCompared = 4
const mostInserted = 96

/** Ranges up to this size are sorted natively where their digits allow it. */
const mostNative = 32_768

/** How often bytes of a text are taken up again behind what entries share; then they are compared. */
const maxRounds = 12

const textTag = 0xfff80000
const blobTag = 0xfffc0000

/** Digits of a range, by the places of its entries in it: bits that count without a sign, as `sortByWords` wants them. */
class Digits {
  high: Int32Array = new Int32Array(0)
  low: Int32Array = new Int32Array(0)

  reserve(size: number): void {
    if (this.high.length >= size) return
    this.high = new Int32Array(size)
    this.low = new Int32Array(size)
  }
}

const sign = 1 << 31

/** How a round of digits tells entries apart. */
const exact = 0
/** Equal digits say that fields are equal as far as they go. */
const partly = 1
/** There are fields without digits. */
const none = 2

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)
const top = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
/** Of a word of 64 bits, the place of its upper half. */
const highWord = top

export class EntrySort {
  readonly #comparison: RecordComparison
  /** Fields that are looked at. */
  readonly #fieldCount: number
  #bytes: Uint8Array = new Uint8Array(0)
  #places: Uint32Array = new Uint32Array(0)
  readonly #levels: Digits[] = []
  #order: Uint32Array = new Uint32Array(0)
  #other: Uint32Array = new Uint32Array(0)
  /** The same bytes. */
  #free: Int32Array = new Int32Array(0)

  /** @param fieldCount so many fields decide; entries that agree in them stay in the order in which they came */
  constructor(comparison: RecordComparison, fieldCount: number) {
    this.#comparison = comparison
    this.#fieldCount = fieldCount
  }

  /** Sorts the entries of `bytes` whose places are those from `from` up to `to` of `places`. */
  sort(bytes: Uint8Array, places: Uint32Array, from: number, to: number): void {
    this.#bytes = bytes
    this.#places = places
    const size = to - from
    if (size > mostInserted && this.#order.length < size) {
      this.#order = new Uint32Array(size)
      this.#other = new Uint32Array(size)
      this.#free = signedWords(this.#other)
    }
    this.#sortRange(from, to, 0, 0, 0)
  }

  /** Gives up what it needs for sorting. */
  release(): void {
    this.#levels.length = 0
    this.#order = new Uint32Array(0)
    this.#other = new Uint32Array(0)
    this.#free = new Int32Array(0)
    this.#bytes = new Uint8Array(0)
    this.#places = new Uint32Array(0)
  }

  /** Sorts by the fields from `field` on, of which the first `shared` bytes are known to be alike, if they are texts. */
  #sortRange(from: number, to: number, field: number, shared: number, depth: number): void {
    const size = to - from
    if (size < 2 || field >= this.#fieldCount) return
    if (size <= mostCompared || depth >= maxRounds) return this.#compareRange(from, to, field)
    const digits = (this.#levels[depth] ??= new Digits())
    digits.reserve(size)
    const kind = this.#take(digits, from, size, field, shared)
    if (kind === none) return this.#compareRange(from, to, field)
    const { high, low } = digits
    if (size <= mostInserted) this.#insertDigits(high, low, from, size)
    else if (!isAscending(high, low, size)) this.#scatter(high, low, from, size)
    const taken = shared === 0 ? 6 : 8
    for (let i = 0; i < size;) {
      const upper = high[i]!
      const lower = low[i]!
      let end = i + 1
      while (end < size && high[end] === upper && low[end] === lower) end++
      if (end - i > 1) {
        if (kind === exact) this.#sortRange(from + i, from + end, field + 1, 0, depth + 1)
        else this.#sortAlike(from + i, from + end, field, shared, taken, depth, end - i === size)
      }
      i = end
    }
  }

  /** Sorts entries whose digits are the same, and need not say all. */
  #sortAlike(
    from: number,
    to: number,
    field: number,
    shared: number,
    taken: number,
    depth: number,
    isWhole: boolean,
  ): void {
    if (to - from <= mostCompared) return this.#compareRange(from, to, field)
    const places = this.#places
    this.#seek(places[from]!, field)
    const type = this.#type
    const start = this.#content
    const size = this.#size
    // Numbers of 64 bits that share a double.
    if (type < 12) {
      if (this.#areSameNumbers(from, to, field, type, start, size))
        return this.#sortRange(from, to, field + 1, 0, depth + 1)
      return this.#compareRange(from, to, field)
    }
    let least = size
    let most = size
    for (let i = from + 1; i < to; i++) {
      this.#seek(places[i]!, field)
      if (this.#size < least) least = this.#size
      if (this.#size > most) most = this.#size
    }
    const known = shared + taken
    if (least === most && most <= known) return this.#sortRange(from, to, field + 1, 0, depth + 1)
    // One that ends here may only differ by NULs from those that go on.
    if (least < known) return this.#compareRange(from, to, field)
    const alike = isWhole ? this.#sharedSize(from, to, field, start, known, least) : known
    if (alike < 0) return this.#compareRange(from, to, field)
    if (alike === most) return this.#sortRange(from, to, field + 1, 0, depth + 1)
    this.#sortRange(from, to, field, alike, depth + 1)
  }

  /** How many bytes all texts of a range have in common with the one at `start`, from `known` up to `least`; -1: a NUL may end them. */
  #sharedSize(
    from: number,
    to: number,
    field: number,
    start: number,
    known: number,
    least: number,
  ): number {
    const bytes = this.#bytes
    const foldsCase = this.#comparison.textOrders[field] === textOrder.folded
    let alike = least
    for (let i = from + 1; i < to; i++) {
      this.#seek(this.#places[i]!, field)
      const content = this.#content
      let same = known
      while (same < alike && bytes[content + same] === bytes[start + same]) same++
      if (same < alike && foldsCase) {
        const isSame = (at: number): boolean =>
          foldedByte[bytes[content + at]!] === foldedByte[bytes[start + at]!]
        while (same < alike && isSame(same)) same++
      }
      alike = same
    }
    if (!foldsCase) return alike
    for (let i = known; i < alike; i++) if (bytes[start + i] === 0) return -1
    return alike
  }

  #areSameNumbers(
    from: number,
    to: number,
    field: number,
    type: number,
    start: number,
    size: number,
  ): boolean {
    const bytes = this.#bytes
    for (let i = from + 1; i < to; i++) {
      this.#seek(this.#places[i]!, field)
      if (this.#type !== type) return false
      for (let j = 0; j < size; j++) if (bytes[start + j] !== bytes[this.#content + j]) return false
    }
    return true
  }

  #type = 0
  #content = 0
  #size = 0

  /** Looks a field of the entry at `place` up. The size of a text is that of what is compared. */
  #seek(place: number, field: number): void {
    const bytes = this.#bytes
    const at = recordAt(bytes, place)
    let header = bytes[at]!
    let next = at + 1
    if (header >= 0x80) {
      header = readVarint(bytes, at)
      next = at + varintLength(bytes, at)
    }
    let content = at + header
    for (let i = 0; ; i++) {
      let type = bytes[next]!
      if (type >= 0x80) {
        type = readVarint(bytes, next)
        next += varintLength(bytes, next)
      } else next++
      const size = serialTypeSize(type)
      if (i < field) {
        content += size
        continue
      }
      this.#type = type
      this.#content = content
      this.#size =
        (type & 1) === 1 && type > 12 && this.#comparison.textOrders[field] === textOrder.trimmed
          ? trimmedSize(bytes, content, size)
          : size
      return
    }
  }

  /** Takes the digits of a field of all entries of a range. Answers how they tell entries apart. */
  #take(digits: Digits, from: number, count: number, field: number, shared: number): number {
    const { high, low } = digits
    const bytes = this.#bytes
    const places = this.#places
    const order = this.#comparison.textOrders[field]!
    const flip = this.#comparison.descending[field] === 1 ? -1 : 0
    let kind = exact
    for (let i = 0; i < count; i++) {
      this.#seek(places[from + i]!, field)
      const type = this.#type
      const content = this.#content
      let upper = 0
      let lower = 0
      if (type >= 12) {
        kind = partly
        const isText = (type & 1) === 1
        if (isText && order === textOrder.collation) return none
        const foldsCase = isText && order === textOrder.folded
        const end = content + this.#size
        let at = content + shared
        if (shared === 0) {
          upper = isText ? textTag : blobTag
          for (let shift = 8; shift >= 0; shift -= 8, at++) {
            if (at >= end) break
            const byte = foldsCase ? foldedByte[bytes[at]!]! : bytes[at]!
            if (byte === 0 && foldsCase) return none
            upper |= byte << shift
          }
        } else {
          for (let shift = 24; shift >= 0; shift -= 8, at++) {
            if (at >= end) break
            const byte = foldsCase ? foldedByte[bytes[at]!]! : bytes[at]!
            if (byte === 0 && foldsCase) return none
            upper |= byte << shift
          }
        }
        for (let shift = 24; shift >= 0; shift -= 8, at++) {
          if (at >= end) break
          const byte = foldsCase ? foldedByte[bytes[at]!]! : bytes[at]!
          if (byte === 0 && foldsCase) return none
          lower |= byte << shift
        }
      } else if (type !== 0) {
        let number: number
        if (type === 7) {
          // Sound records have no NaN.
          halves[top] = word(bytes, content)
          halves[1 - top] = word(bytes, content + 4)
          number = double[0]!
        } else if (type < 5) {
          number = (bytes[content]! << 24) >> 24
          for (let j = 1; j < type; j++) number = (number << 8) | bytes[content + j]!
        } else if (type >= 8) number = type - 8
        else {
          const integer = decodeInteger(bytes, type, content)
          number = Number(integer)
          // Beyond 2^53 several have one double.
          if (type === 6) kind = partly
        }
        if (number !== 0) {
          double[0] = number
          upper = halves[top]!
          lower = halves[1 - top]!
        }
        if (upper >>> 31 === 1) {
          upper = ~upper
          lower = ~lower
        } else upper ^= 0x80000000
      }
      high[i] = upper ^ flip
      low[i] = lower ^ flip
    }
    return kind
  }

  #insertDigits(high: Int32Array, low: Int32Array, from: number, size: number): void {
    const places = this.#places
    for (let i = 1; i < size; i++) {
      const upper = high[i]!
      const lower = low[i]!
      const place = places[from + i]!
      let j = i - 1
      for (; j >= 0; j--) {
        const other = high[j]!
        if (
          other === upper ? (low[j]! ^ sign) <= (lower ^ sign) : (other ^ sign) < (upper ^ sign)
        ) {
          break
        }
        high[j + 1] = other
        low[j + 1] = low[j]!
        places[from + j + 1] = places[from + j]!
      }
      high[j + 1] = upper
      low[j + 1] = lower
      places[from + j + 1] = place
    }
  }

  /** Puts places and digits into the order of the digits. */
  #scatter(high: Int32Array, low: Int32Array, from: number, size: number): void {
    const order = this.#order
    const other = this.#other
    if (size > mostNative || !nativeOrder(high, low, size, order)) {
      for (let i = 0; i < size; i++) order[i] = i
      sortByWords(order, other, 0, size, [high, low], 0)
    }
    const free = this.#free
    permuteDigits(high, order, free, size)
    permuteDigits(low, order, free, size)
    permute(this.#places, order, other, from, size)
  }

  /** Sorts by comparing, all fields from `field` on. */
  #compareRange(from: number, to: number, field: number): void {
    const bytes = this.#bytes
    const places = this.#places
    const comparison = this.#comparison
    const count = this.#fieldCount
    if (to - from > 12) {
      const sorted = Array.from(places.subarray(from, to)).sort((a, b) =>
        comparison.compare(bytes, recordAt(bytes, a), bytes, recordAt(bytes, b), field, count),
      )
      places.set(sorted, from)
      return
    }
    for (let i = from + 1; i < to; i++) {
      const place = places[i]!
      const record = recordAt(bytes, place)
      let j = i - 1
      for (; j >= from; j--) {
        const other = recordAt(bytes, places[j]!)
        if (comparison.compare(bytes, other, bytes, record, field, count) <= 0) break
        places[j + 1] = places[j]!
      }
      places[j + 1] = place
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

function isAscending(high: Int32Array, low: Int32Array, size: number): boolean {
  let upperBefore = high[0]! ^ sign
  let lowerBefore = low[0]! ^ sign
  for (let i = 1; i < size; i++) {
    const upper = high[i]! ^ sign
    const lower = low[i]! ^ sign
    if (upper < upperBefore || (upper === upperBefore && lower < lowerBefore)) return false
    upperBefore = upper
    lowerBefore = lower
  }
  return true
}

/**
 * The order of digits, sorted natively as words of 64 bits: digits without the bits that all have in common in front, and places. A tenth of the time that the radix
 * sort takes before it is compiled. Answers false where they do not fit.
 */
function nativeOrder(high: Int32Array, low: Int32Array, size: number, order: Uint32Array): boolean {
  const upper = high[0]!
  const lower = low[0]!
  let usedHigh = 0
  let usedLow = 0
  let lowBits = 0
  for (let i = 0; i < size; i++) {
    usedHigh |= high[i]! ^ upper
    usedLow |= low[i]! ^ lower
    lowBits |= low[i]!
  }
  const placeBits = 32 - Math.clz32(size - 1)
  const placeMask = (1 << placeBits) - 1
  const lead = usedHigh === 0 ? 32 + Math.clz32(usedLow) : Math.clz32(usedHigh)
  // What is left at the end is free for the place.
  const isExact = lead >= placeBits || (lowBits & (placeMask >>> lead)) === 0
  if (!isExact) return false
  const words = new BigUint64Array(size)
  const halves = new Int32Array(words.buffer)
  for (let i = 0; i < size; i++) {
    let top = high[i]!
    let bottom = low[i]!
    if (lead >= 32) {
      top = lead === 64 ? 0 : bottom << (lead - 32)
      bottom = 0
    } else if (lead > 0) {
      top = (top << lead) | (bottom >>> (32 - lead))
      bottom <<= lead
    }
    halves[2 * i + highWord] = top
    halves[2 * i + 1 - highWord] = bottom | i
  }
  words.sort()
  for (let i = 0; i < size; i++) order[i] = halves[2 * i + 1 - highWord]! & placeMask
  return true
}

/** Digits in the order of `sorted`. `free` is written over. */
function permuteDigits(
  digits: Int32Array,
  sorted: Uint32Array,
  free: Int32Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) free[i] = digits[sorted[i]!]!
  for (let i = 0; i < size; i++) digits[i] = free[i]!
}

/** `values`, from `from` on, in the order of `sorted`. `free` is written over. */
function permute(
  values: Uint32Array,
  sorted: Uint32Array,
  free: Uint32Array,
  from: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) free[i] = values[from + sorted[i]!]!
  for (let i = 0; i < size; i++) values[from + i] = free[i]!
}
