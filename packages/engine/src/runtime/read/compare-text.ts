/**
 * Comparisons of a text that is still in its page with another one, whose bytes are at hand: BINARY and NOCASE in a database of UTF-8. Most texts
 * differ in their first bytes, so decoding one would cost more than comparing it.
 */
import { compareNumbers, compareValues, decodeUtf8, encodeText } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'

/** The bytes of what a column is compared with; null: it is no text. */
export function bytesOfText(value: Value): Uint8Array | null {
  return typeof value === 'string' ? encodeText(value, 'utf8') : null
}

export function isSameText(
  data: Uint8Array,
  offset: number,
  size: number,
  other: Uint8Array,
): boolean {
  if (size !== other.length) return false
  for (let i = 0; i < size; i++) if (data[offset + i] !== other[i]) return false
  return true
}

/** Negative, zero or positive: how the text stands to the other under BINARY. */
export function compareText(
  data: Uint8Array,
  offset: number,
  size: number,
  other: Uint8Array,
): number {
  const { length } = other
  const least = size < length ? size : length
  for (let i = 0; i < least; i++) {
    const difference = data[offset + i]! - other[i]!
    if (difference !== 0) return difference
  }
  return size - length
}

/** The same of two texts that are both in their pages. */
export function compareTexts(
  data: Uint8Array,
  offset: number,
  size: number,
  otherData: Uint8Array,
  otherOffset: number,
  otherSize: number,
): number {
  const least = size < otherSize ? size : otherSize
  for (let i = 0; i < least; i++) {
    const difference = data[offset + i]! - otherData[otherOffset + i]!
    if (difference !== 0) return difference
  }
  return size - otherSize
}

/** Whether a text is certainly no number, as a date is none: numeric affinity leaves it as it is. */
export function isNoNumber(data: Uint8Array, offset: number, size: number): boolean {
  const end = offset + size
  let i = offset
  while (i < end && (data[i] === 0x20 || (data[i]! >= 0x09 && data[i]! <= 0x0d))) i++
  if (i < end && (data[i] === 0x2b || data[i] === 0x2d)) i++
  const first = i
  while (i < end && data[i]! >= 0x30 && data[i]! <= 0x39) i++
  if (i === end) return false
  const byte = data[i]!
  // A point, an exponent, white space, a NUL: it has to be read.
  if (byte === 0x2e || byte <= 0x20) return false
  return i === first || (byte !== 0x45 && byte !== 0x65)
}

function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}

/** The same under NOCASE: a NUL in both ends the comparison, and the sizes decide. */
export function compareFoldedText(
  data: Uint8Array,
  offset: number,
  size: number,
  other: Uint8Array,
): number {
  const { length } = other
  const least = size < length ? size : length
  for (let i = 0; i < least; i++) {
    const byte = data[offset + i]!
    const wanted = other[i]!
    if (byte === 0 && wanted === 0) break
    if (byte === wanted) continue
    const difference = fold(byte) - fold(wanted)
    if (difference !== 0) return difference
  }
  return size - length
}

export type OrderOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** `value operator other` of any values; `whenNull` where one of them is NULL. */
export function compareAny(
  value: Value,
  operator: OrderOperator,
  other: Value,
  collation: Collation,
  whenNull: boolean,
): boolean {
  if (value === null || other === null) return whenNull
  const order =
    typeof value === 'number' && typeof other === 'number'
      ? compareNumbers(value, other)
      : compareValues(value, other, collation)
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return operator satisfies never
  }
}

/** min() or max() under BINARY, of texts most of which need not be decoded: the first of the best. */
export class BestText {
  readonly #isLeast: boolean
  readonly #collation: Collation
  /** The best; of a text that came in bytes it is those. */
  #value: Value = null
  #bytes: Uint8Array | null = null

  constructor(isLeast: boolean, collation: Collation) {
    this.#isLeast = isLeast
    this.#collation = collation
  }

  /** @returns whether it is the best so far */
  stepBytes(data: Uint8Array, offset: number, size: number): boolean {
    const bytes = this.#bytes
    if (bytes !== null) {
      const order = compareText(data, offset, size, bytes)
      if (this.#isLeast ? order >= 0 : order <= 0) return false
    } else if (this.#value !== null) {
      // What is no text is either less, or greater.
      const isLess = this.#value instanceof Uint8Array
      if (isLess !== this.#isLeast) return false
    }
    this.#bytes = Uint8Array.prototype.slice.call(data, offset, offset + size)
    this.#value = null
    return true
  }

  step(value: Value): boolean {
    if (value === null) return false
    if (this.#bytes !== null || this.#value !== null) {
      const order = compareValues(value, this.value(), this.#collation)
      if (this.#isLeast ? order >= 0 : order <= 0) return false
    }
    this.#value = value
    this.#bytes = typeof value === 'string' ? encodeText(value, 'utf8') : null
    return true
  }

  /** There has been none. */
  get isEmpty(): boolean {
    return this.#value === null && this.#bytes === null
  }

  value(): Value {
    if (this.#value === null && this.#bytes !== null)
      this.#value = decodeUtf8(this.#bytes, 0, this.#bytes.length)
    return this.#value
  }
}
