/**
 * Hashes of the first fields of records, as they lie in their bytes: fields that are equal by the collations of the key have the same hash, whatever
 * their encoding (an INTEGER and a REAL may be equal). Different ones have the same now and then.
 */
import { readFloat64 } from '../base/bytes.ts'
import { decodeInteger, serialTypeSize } from './record.ts'
import type { KeyField } from './search-key.ts'
import { readVarint, varintLength } from './varint.ts'

const offsetBasis = 0x811c9dc5 | 0
const firstPrime = 0x01000193
const secondPrime = 0x5bd1e995

const number = new Float64Array(1)
const words = new Int32Array(number.buffer)

export class KeyHash {
  /** Two words of 32 bits, not both 0. */
  first = 0
  second = 0
  /** Of each field: letters in ASCII count without their case; spaces at the end do not count. */
  readonly #foldsCase: readonly boolean[]
  readonly #trims: readonly boolean[]

  /** @param fields of the built-in collations */
  constructor(fields: readonly KeyField[]) {
    this.#foldsCase = fields.map(({ collation }) => collation === 'NOCASE')
    this.#trims = fields.map(({ collation }) => collation === 'RTRIM')
  }

  /** Of the first fields of the record in `data` at `offset`. @returns false: one of them is NULL, which equals nothing */
  of(data: Uint8Array, offset: number): boolean {
    this.first = offsetBasis
    this.second = ~offsetBasis
    let at = offset + varintLength(data, offset)
    let content = offset + readVarint(data, offset)
    const count = this.#trims.length
    for (let i = 0; i < count; i++) {
      let type = data[at]!
      if (type < 0x80) at++
      else {
        type = readVarint(data, at)
        at += varintLength(data, at)
      }
      if (type === 0) return false
      const size = serialTypeSize(type)
      if (type === 7) this.#addNumber(readFloat64(data, content))
      else if (type < 12) this.#addNumber(Number(decodeInteger(data, type, content)))
      else if ((type & 1) === 0) this.#addBytes(data, content, content + size, false)
      else {
        const end = this.#trims[i]! ? trimmedEnd(data, content, content + size) : content + size
        this.#addBytes(data, content, end, this.#foldsCase[i]!)
      }
      content += size
    }
    this.first = mixed(this.first)
    this.second = mixed(this.second) | 1
    return true
  }

  #addNumber(value: number): void {
    // Two zeros are equal.
    number[0] = value + 0
    this.#add(words[0]!)
    this.#add(words[1]!)
  }

  #add(word: number): void {
    this.first = mixed(Math.imul(this.first ^ word, firstPrime))
    this.second = mixed(Math.imul(this.second ^ word, secondPrime))
  }

  #addBytes(data: Uint8Array, start: number, end: number, foldsCase: boolean): void {
    let { first, second } = this
    for (let i = start; i < end; i++) {
      let byte = data[i]!
      if (foldsCase && byte >= 0x41 && byte <= 0x5a) byte |= 0x20
      first = Math.imul(first ^ byte, firstPrime)
      second = Math.imul(second ^ byte, secondPrime)
    }
    this.first = first
    this.second = second
    this.#add(end - start)
  }
}

/** Without spaces at the end, in whichever encoding: bytes that are part of one are left out too. */
function trimmedEnd(data: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && (data[at - 1] === 0x20 || data[at - 1] === 0)) at--
  return at
}

/** Each bit of a word depends on all of them. */
function mixed(word: number): number {
  let x = word ^ (word >>> 16)
  x = Math.imul(x, 0x7feb352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846ca68b)
  return x ^ (x >>> 16)
}
