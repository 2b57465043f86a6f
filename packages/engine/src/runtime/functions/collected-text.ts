/**
 * Text of a UTF-8 database that grows at its end, for aggregates that join what they get. It is kept as bytes: strings that are joined one by one are
 * a tree of nodes, which lives as long as the whole and costs more than what is in it.
 *
 * Bytes of a page are taken as they are. What is no character comes out as it went in, and what makes one together is one.
 *
 * The bytes of short texts, of which there may be one for each of many groups, lie in slabs that they share.
 */
import { decodeUtf8 } from '../../record/index.ts'
import { checkTextLength, maxTextLength } from '../../base/long-text.ts'
import { maxLength } from '../../base/limits.ts'
import { tooBig } from '../../base/error.ts'
import { JsonBuilder } from './json/builder.ts'

const slabSize = 1 << 16
/** Bytes that a text has in a slab, at most. */
const mostInSlab = 1 << 12
/** Bytes that are allocated ahead, at most. */
const mostAhead = 1 << 26

let slab: Uint8Array = new Uint8Array(0)
let slabUsed = 0

const noBytes = new Uint8Array(0)

export class CollectedText extends JsonBuilder {
  /** Where it begins. */
  #start = 0

  constructor() {
    super(noBytes)
  }

  get isEmpty(): boolean {
    return this.size === this.#start
  }

  /** One byte of ASCII. */
  byte(byte: number): void {
    if (this.size === this.limit) this.reserve(1)
    this.bytes[this.size++] = byte
  }

  /** The bytes of a text, behind one byte. */
  sliceBehind(before: number, data: Uint8Array, offset: number, count: number): void {
    if (this.size + count >= this.limit) this.reserve(count + 1)
    this.bytes[this.size++] = before
    this.slice(data, offset, count)
  }

  /** An integer of 32 bits, behind one byte. */
  integerBehind(before: number, value: number): void {
    if (this.size + 12 > this.limit) this.reserve(12)
    this.bytes[this.size++] = before
    this.integer(value)
  }

  /** Makes room for `more` bytes, and as many as there are. @throws SQLITE_TOOBIG */
  override reserve(more: number): void {
    if (this.size + more <= this.limit) return
    const from = this.#start
    const size = this.size - from
    const wanted = size + more
    if (wanted > maxLength) throw tooBig()
    const capacity = wanted + Math.min(Math.max(64, wanted), mostAhead)
    const old = this.bytes
    if (capacity <= mostInSlab) {
      if (slabUsed + capacity > slab.length) {
        slab = Buffer.allocUnsafeSlow(slabSize)
        slabUsed = 0
      }
      this.bytes = slab
      this.#start = slabUsed
      slabUsed += capacity
    } else {
      this.bytes = Buffer.allocUnsafeSlow(capacity)
      this.#start = 0
    }
    const to = this.#start
    if (size <= 64) for (let i = 0; i < size; i++) this.bytes[to + i] = old[from + i]!
    else this.bytes.set(old.subarray(from, from + size), to)
    this.size = to + size
    this.limit = to + capacity
  }

  /** All of it and one byte of ASCII behind it, which is no part of it afterwards. @throws SQLITE_TOOBIG */
  textBefore(byte: number): string {
    this.byte(byte)
    const whole = this.text()
    this.size--
    return whole
  }

  /** All of it; more may come. @throws SQLITE_TOOBIG */
  text(): string {
    const size = this.size - this.#start
    if (size > maxTextLength) checkTextLength(unitsOf(this.bytes, this.#start, this.size))
    return decodeUtf8(this.bytes, this.#start, size)
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
