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
    let first = offsetBasis
    let second = ~offsetBasis
    let at = offset + varintLength(data, offset)
    let content = offset + readVarint(data, offset)
    const count = this.#trims.length
    for (let field = 0; field < count; field++) {
      let type = data[at]!
      if (type < 0x80) at++
      else {
        type = readVarint(data, at)
        at += varintLength(data, at)
      }
      if (type === 0) return false
      const next = content + serialTypeSize(type)
      let low = 0
      let high = 0
      if (type < 12) {
        setNumber(data, type, content)
        low = words[0]!
        high = words[1]!
      } else {
        const isText = (type & 1) === 1
        const end = isText && this.#trims[field]! ? trimmedEnd(data, content, next) : next
        const folds = isText && this.#foldsCase[field]!
        const size = end - content
        for (; content < end - 8; content += 8) {
          low = wordAt(data, content, folds)
          high = wordAt(data, content + 4, folds)
          first = stirred(Math.imul(stirred(Math.imul(first ^ low, firstPrime)) ^ high, firstPrime))
          second = stirred(
            Math.imul(stirred(Math.imul(second ^ high, secondPrime)) ^ low, secondPrime),
          )
        }
        // The last eight, some of them once more, and how many there are: texts of nearly the same length go the same way.
        if (size < 4) low = shortWord(data, content, end, folds)
        else {
          low = wordAt(data, size < 8 ? content : end - 8, folds)
          high = wordAt(data, end - 4, folds)
        }
        high ^= Math.imul(size + 1, firstPrime)
      }
      first = stirred(Math.imul(stirred(Math.imul(first ^ low, firstPrime)) ^ high, firstPrime))
      second = stirred(Math.imul(stirred(Math.imul(second ^ high, secondPrime)) ^ low, secondPrime))
      content = next
    }
    this.first = mixed(first)
    this.second = mixed(second) | 1
    return true
  }
}

/** `words` of the number of serial type `type`, the same for an INTEGER and a REAL that are equal. */
function setNumber(data: Uint8Array, type: number, offset: number): void {
  const value = type === 7 ? readFloat64(data, offset) : Number(decodeInteger(data, type, offset))
  // Two zeros are equal.
  number[0] = value + 0
}

/** Four bytes. @param foldsCase capital letters in ASCII count as small ones */
function wordAt(data: Uint8Array, at: number, foldsCase: boolean): number {
  const word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
  return foldsCase ? folded(word) : word
}

/** Three bytes or fewer. */
function shortWord(data: Uint8Array, start: number, end: number, foldsCase: boolean): number {
  let word = 0
  for (let at = start; at < end; at++) word = (word << 8) | data[at]!
  return foldsCase ? folded(word) : word
}

/** Four bytes with those that are capital letters in ASCII as small ones. */
function folded(word: number): number {
  const bits = word & 0x7f7f7f7f
  const areLetters = ((bits + 0x3f3f3f3f) | 0) ^ ((bits + 0x25252525) | 0)
  return word | ((areLetters & ~word & 0x80808080) >>> 2)
}

/** High bits come down, where a product does not carry them. */
function stirred(word: number): number {
  return word ^ (word >>> 15)
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
