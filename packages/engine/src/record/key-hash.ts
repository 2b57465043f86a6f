/**
 * Hashes of the first fields of records, as they lie in their bytes: fields that are equal by the collations of the key have the same hash, whatever
 * their encoding (an INTEGER and a REAL may be equal). Different ones have the same now and then.
 */
import { readFloat64 } from '../base/bytes.ts'
import { SERIAL_SIZE, decodeInteger, serialTypeSize } from './record.ts'
import type { KeyField } from './search-key.ts'
import { readVarint, varintLength } from './varint.ts'

const firstPrime = 0x01000193
const secondPrime = 0x5bd1e995

const number = new Float64Array(1)
const words = new Int32Array(number.buffer)

export class KeyHash {
  /** Of each field: letters in ASCII count without their case; spaces at the end do not count. */
  readonly #foldsCase: readonly boolean[]
  readonly #trims: readonly boolean[]
  /** The bytes that were looked at last, and a view of them: it reads four at a time. */
  #data: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(this.#data.buffer)

  /** @param fields of the built-in collations */
  constructor(fields: readonly KeyField[]) {
    this.#foldsCase = fields.map(({ collation }) => collation === 'NOCASE')
    this.#trims = fields.map(({ collation }) => collation === 'RTRIM')
  }

  /** Of the first fields of the record in `data` at `offset`: 32 bits. @returns 0: one of them is NULL, which equals nothing */
  of(data: Uint8Array, offset: number): number {
    if (data !== this.#data) this.#look(data)
    const view = this.#view
    let first = 0x811c9dc5 | 0
    let second = ~first
    let content = data[offset]!
    let at = offset + 1
    if (content >= 0x80) {
      content = readVarint(data, offset)
      at = offset + varintLength(data, offset)
    }
    content += offset
    const count = this.#trims.length
    for (let field = 0; field < count; field++) {
      let type = data[at]!
      if (type < 0x80) at++
      else {
        type = readVarint(data, at)
        at += varintLength(data, at)
      }
      if (type === 0) return 0
      const next = content + (type < 0x80 ? SERIAL_SIZE[type]! : serialTypeSize(type))
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
          low = wordAt(view, content, folds)
          high = wordAt(view, content + 4, folds)
          first = stirred(Math.imul(first ^ low, firstPrime))
          second = stirred(Math.imul(second ^ high, secondPrime))
        }
        // The last eight, some of them once more, and how many there are: texts of nearly the same length go the same way.
        if (size < 4) low = shortWord(data, content, end, folds)
        else {
          low = wordAt(view, size < 8 ? content : end - 8, folds)
          high = wordAt(view, end - 4, folds)
        }
        high ^= Math.imul(size + 1, firstPrime)
      }
      // What one half has gone through goes into the other: fields that change places have another hash.
      const half = first
      first = stirred(Math.imul(second ^ low, firstPrime))
      second = stirred(Math.imul(half ^ high, secondPrime))
      content = next
    }
    const hash = mixed(Math.imul(first, secondPrime) ^ second)
    return hash === 0 ? 1 : hash
  }

  #look(data: Uint8Array): void {
    this.#data = data
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  }
}

/** `words` of the number of serial type `type`, the same for an INTEGER and a REAL that are equal. */
function setNumber(data: Uint8Array, type: number, offset: number): void {
  const value = type === 7 ? readFloat64(data, offset) : Number(decodeInteger(data, type, offset))
  // Two zeros are equal.
  number[0] = value + 0
}

/** Four bytes. @param foldsCase capital letters in ASCII count as small ones */
function wordAt(view: DataView, at: number, foldsCase: boolean): number {
  const word = view.getInt32(at, true)
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
