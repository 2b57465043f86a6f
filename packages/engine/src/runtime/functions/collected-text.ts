/**
 * Text of a UTF-8 database that grows at its end, for aggregates that join what they get. It is kept as bytes: strings that are joined one by one are
 * a tree of nodes, which lives as long as the whole and costs more than what is in it.
 *
 * Bytes of a page are taken as they are. What is no character comes out as it went in, and what makes one together is one.
 *
 * The bytes of short texts, of which there may be one for each of many groups, lie in slabs that they share.
 */
import { decodeUtf8, encodedTextSize, writeText } from '../../record/index.ts'
import { checkTextLength, maxTextLength } from '../../base/long-text.ts'
import { maxLength } from '../../base/limits.ts'
import { tooBig } from '../../base/error.ts'
import { digitCount, writeDigits } from './text-writer.ts'

const slabSize = 1 << 16
/** Bytes that a text has in a slab, at most. */
const mostInSlab = 1 << 12
/** Bytes that are allocated ahead, at most. */
const mostAhead = 1 << 26

let slab: Uint8Array = new Uint8Array(0)
let slabUsed = 0

const noBytes = new Uint8Array(0)

export class CollectedText {
  /** Where the text is: from `#start` to `#end`, with room up to `#limit`. */
  #bytes: Uint8Array = noBytes
  #start = 0
  #end = 0
  #limit = 0

  get isEmpty(): boolean {
    return this.#end === this.#start
  }

  add(text: string): void {
    const { length } = text
    // A unit may be three bytes.
    if (3 * length > this.#limit - this.#end) this.#grow(encodedTextSize(text, 'utf8'))
    this.#end += writeText(this.#bytes, this.#end, text, 'utf8')
  }

  /** The bytes of a text. */
  addBytes(data: Uint8Array, offset: number, size: number): void {
    if (size > this.#limit - this.#end) this.#grow(size)
    const bytes = this.#bytes
    const end = this.#end
    if (size <= 192) for (let i = 0; i < size; i++) bytes[end + i] = data[offset + i]!
    else bytes.set(data.subarray(offset, offset + size), end)
    this.#end = end + size
  }

  /** The bytes of a text, behind one byte. */
  addBytesBehind(before: number, data: Uint8Array, offset: number, size: number): void {
    if (size >= this.#limit - this.#end) this.#grow(size + 1)
    const bytes = this.#bytes
    const end = this.#end + 1
    bytes[end - 1] = before
    if (size <= 192) for (let i = 0; i < size; i++) bytes[end + i] = data[offset + i]!
    else bytes.set(data.subarray(offset, offset + size), end)
    this.#end = end + size
  }

  /** An integer of 32 bits in decimal, behind one byte. */
  addInteger(before: number, value: number): void {
    if (this.#limit - this.#end < 12) this.#grow(12)
    this.#bytes[this.#end++] = before
    this.addDigits(value)
  }

  /** An integer of 32 bits in decimal. */
  addDigits(value: number): void {
    if (this.#limit - this.#end < 11) this.#grow(11)
    let rest = value
    if (value < 0) {
      this.#bytes[this.#end++] = 0x2d
      rest = -value
    }
    this.#end += digitCount(rest)
    writeDigits(this.#bytes, this.#end, rest)
  }

  /** One byte of ASCII. */
  addByte(byte: number): void {
    if (this.#end === this.#limit) this.#grow(1)
    this.#bytes[this.#end++] = byte
  }

  /**
   * Bytes in quotes, behind one byte, where all of them may stand as they are (`isPlain`); false: one may not, and nothing was added.
   */
  addQuoted(
    before: number,
    data: Uint8Array,
    offset: number,
    size: number,
    isPlain: Uint8Array,
  ): boolean {
    if (size + 3 > this.#limit - this.#end) this.#grow(size + 3)
    const bytes = this.#bytes
    const start = this.#end + 2
    for (let i = 0; i < size; i++) {
      const byte = data[offset + i]!
      if (isPlain[byte] === 0) return false
      bytes[start + i] = byte
    }
    bytes[start - 2] = before
    bytes[start - 1] = 0x22
    bytes[start + size] = 0x22
    this.#end = start + size + 1
    return true
  }

  /** Makes room for `more` bytes, and as many as there are. @throws SQLITE_TOOBIG */
  #grow(more: number): void {
    const size = this.#end - this.#start
    const wanted = size + more
    if (wanted > maxLength) throw tooBig()
    const capacity = wanted + Math.min(Math.max(64, wanted), mostAhead)
    const old = this.#bytes
    const from = this.#start
    if (capacity <= mostInSlab) {
      if (slabUsed + capacity > slab.length) {
        slab = Buffer.allocUnsafeSlow(slabSize)
        slabUsed = 0
      }
      this.#bytes = slab
      this.#start = slabUsed
      slabUsed += capacity
    } else {
      this.#bytes = Buffer.allocUnsafeSlow(capacity)
      this.#start = 0
    }
    const to = this.#start
    if (size <= 64) for (let i = 0; i < size; i++) this.#bytes[to + i] = old[from + i]!
    else this.#bytes.set(old.subarray(from, from + size), to)
    this.#end = to + size
    this.#limit = to + capacity
  }

  /** All of it; more may come. @throws SQLITE_TOOBIG */
  text(): string {
    const size = this.#end - this.#start
    if (size > maxTextLength) checkTextLength(unitsOf(this.#bytes, this.#start, this.#end))
    return decodeUtf8(this.#bytes, this.#start, size)
  }
}

/** UTF-16 units of bytes of UTF-8. */
function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return units
}
