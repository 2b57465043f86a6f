/**
 * Text that is put together as bytes of UTF-8, for whoever asks for its bytes: its length, how it compares, whether it matches, what it adds to an
 * aggregate. No JavaScript string is made of it.
 *
 * What appends a value answers whether there was one: NULL appends nothing. Escapes of bytes that are no characters (`record/text.ts`) are bytes
 * again here, so what they make together with their neighbours needs no second look.
 */
import { tooBig } from '../../base/error.ts'
import { maxLength } from '../../base/limits.ts'
import { encodedTextSize, realToText, writeText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { toText } from '../convert.ts'

/** A larger buffer is let go when the next text is begun. */
const mostKept = 1 << 20

/** Up to so many bytes are copied one by one. */
const fewBytes = 64

export class TextWriter {
  bytes: Uint8Array
  /** Where the text ends. */
  size = 0
  /** Where the room for it ends. */
  protected limit: number
  /** Items of the list that is being written have been written. */
  #hasItems = false
  /** Where the separator of the next item begins. */
  #itemStart = 0

  constructor(bytes: Uint8Array = Buffer.alloc(1024)) {
    this.bytes = bytes
    this.limit = bytes.length
  }

  /** Begins anew. @returns true */
  begin(): boolean {
    this.size = 0
    if (this.limit > mostKept) {
      this.bytes = Buffer.alloc(1024)
      this.limit = 1024
    }
    return true
  }

  /** Makes room for `more` bytes. @throws SQLITE_TOOBIG */
  reserve(more: number): void {
    const wanted = this.size + more
    if (wanted <= this.limit) return
    if (wanted > maxLength) throw tooBig()
    const grown = Buffer.allocUnsafeSlow(wanted + Math.min(wanted, 1 << 26))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
    this.limit = grown.length
  }

  /** Bytes as they are. */
  raw(text: Uint8Array): boolean {
    const { length } = text
    if (this.size + length > this.limit) this.reserve(length)
    const { bytes, size } = this
    if (length <= fewBytes) for (let i = 0; i < length; i++) bytes[size + i] = text[i]!
    else bytes.set(text, size)
    this.size = size + length
    return true
  }

  /** A text that is still in its page. */
  slice(data: Uint8Array, offset: number, count: number): boolean {
    if (this.size + count > this.limit) this.reserve(count)
    const { bytes, size } = this
    if (count <= fewBytes) for (let i = 0; i < count; i++) bytes[size + i] = data[offset + i]!
    else bytes.set(data.subarray(offset, offset + count), size)
    this.size = size + count
    return true
  }

  /** The same up to a NUL, as a C string is. */
  sliceUntilNul(data: Uint8Array, offset: number, count: number): boolean {
    if (this.size + count > this.limit) this.reserve(count)
    const { bytes, size } = this
    let i = 0
    for (; i < count; i++) {
      const byte = data[offset + i]!
      if (byte === 0) break
      bytes[size + i] = byte
    }
    this.size = size + i
    return true
  }

  /** One byte of ASCII so many times. */
  fill(byte: number, count: number): boolean {
    if (this.size + count > this.limit) this.reserve(count)
    const { bytes, size } = this
    for (let i = 0; i < count; i++) bytes[size + i] = byte
    this.size = size + count
    return true
  }

  string(text: string): boolean {
    const most = text.length <= 64 ? 3 * text.length : encodedTextSize(text, 'utf8')
    if (this.size + most > this.limit) this.reserve(most)
    this.size += writeText(this.bytes, this.size, text, 'utf8')
    return true
  }

  /** Characters of ASCII, and bytes above as characters of Latin 1. */
  byteString(text: string): boolean {
    const { length } = text
    if (this.size + length > this.limit) this.reserve(length)
    const { bytes, size } = this
    for (let i = 0; i < length; i++) bytes[size + i] = text.charCodeAt(i)
    this.size = size + length
    return true
  }

  /** An integer of 32 bits. */
  integer(value: number): boolean {
    if (this.size + 11 > this.limit) this.reserve(11)
    this.size = writeInteger(this.bytes, this.size, value)
    return true
  }

  /** A REAL. */
  real(value: number): boolean {
    return this.string(realToText(value))
  }

  /** Any value as text. */
  value(value: Value): boolean {
    if (typeof value === 'number' && (value | 0) === value) return this.integer(value)
    if (value === null) return false
    return this.string(typeof value === 'string' ? value : toText(value)!)
  }

  /** A list begins: items with something between them. Lists do not lie in each other. @returns true */
  list(): boolean {
    this.#hasItems = false
    return true
  }

  /** Before an item. @returns true */
  separate(separator: Uint8Array): boolean {
    this.#itemStart = this.size
    return !this.#hasItems || this.raw(separator)
  }

  /** Behind an item, or behind nothing, where there was none. @returns true */
  separated(hasItem: boolean): boolean {
    if (hasItem) this.#hasItems = true
    else this.size = this.#itemStart
    return true
  }
}

/** The two digits of each number below 100. */
const twoDigits: Uint8Array = Uint8Array.from({ length: 200 }, (_, i) => {
  const number = i >> 1
  return 0x30 + ((i & 1) === 0 ? Math.floor(number / 10) : number % 10)
})

/** Digits of a number from 0 to 2^31 - 1. */
export function digitCount(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2
    return value < 1000 ? 3 : value < 10_000 ? 4 : 5
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7
  return value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10
}

/** Writes an integer of 32 bits, where there is room for it. Answers where it ends. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let start = at
  let rest = value | 0
  if (rest < 0) {
    bytes[start++] = 0x2d
    rest = -rest | 0
    // The one whose opposite has no 32 bits.
    if (rest < 0) {
      for (let i = 0; i < lowest.length; i++) bytes[start + i] = lowest.charCodeAt(i)
      return start + lowest.length
    }
  }
  const end = start + digitCount(rest)
  let i = end
  while (rest >= 100) {
    const hundreds = (rest / 100) | 0
    const two = (rest - hundreds * 100) << 1
    bytes[--i] = twoDigits[two + 1]!
    bytes[--i] = twoDigits[two]!
    rest = hundreds
  }
  if (rest >= 10) {
    bytes[--i] = twoDigits[(rest << 1) + 1]!
    bytes[--i] = twoDigits[rest << 1]!
  } else bytes[--i] = 0x30 + rest
  return end
}

const lowest = '2147483648'
