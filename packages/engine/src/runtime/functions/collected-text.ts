/**
 * Text of a UTF-8 database that grows at its end, for aggregates that join what they get. While it is short it is a JavaScript string. A long one is
 * bytes: strings that are joined one by one are a tree of nodes, which lives as long as the whole and costs more than what is in it.
 *
 * Bytes of a page are taken as they are. What is no character comes out as it went in, and what makes one together is one.
 */
import { decodeUtf8, encodedTextSize, normalizeText, writeText } from '../../record/index.ts'
import { checkTextLength, maxTextLength } from '../../base/long-text.ts'
import { maxLength } from '../../base/limits.ts'
import { tooBig } from '../../base/error.ts'

/** Units up to which it is a string. */
const mostInString = 1024

/** Bytes that are allocated ahead, at most. */
const mostAhead = 1 << 26

export class CollectedText {
  /** The last part, behind what is in the bytes. */
  #text = ''
  #bytes: Buffer | null = null
  #size = 0

  /** It has grown out of a string. */
  get isLong(): boolean {
    return this.#bytes !== null
  }

  add(text: string): void {
    const joined = this.#text + text
    this.#text = joined
    if (joined.length > mostInString) this.#flush()
  }

  /** The bytes of a text. */
  addBytes(data: Uint8Array, offset: number, size: number): void {
    if (this.#bytes === null && size <= mostInString) {
      this.add(decodeUtf8(data, offset, size))
      return
    }
    if (this.#text !== '') this.#flush()
    const bytes = this.#room(size)
    const at = this.#size
    if (size <= 64) for (let i = 0; i < size; i++) bytes[at + i] = data[offset + i]!
    else bytes.set(data.subarray(offset, offset + size), at)
    this.#size = at + size
  }

  /** An integer of 32 bits in decimal. */
  addInteger(value: number): void {
    if (this.#bytes === null) {
      this.add(String(value))
      return
    }
    if (this.#text !== '') this.#flush()
    const bytes = this.#room(11)
    let at = this.#size
    let rest = value
    if (value < 0) {
      bytes[at++] = 0x2d
      rest = -value
    }
    let end = at + 1
    for (let power = 10; power <= rest; power *= 10) end++
    for (let i = end - 1; i >= at; i--) {
      const tens = Math.trunc(rest / 10)
      bytes[i] = 0x30 + rest - tens * 10
      rest = tens
    }
    this.#size = end
  }

  /** One byte of ASCII. */
  addByte(byte: number): void {
    if (this.#bytes === null) {
      this.add(String.fromCharCode(byte))
      return
    }
    if (this.#text !== '') this.#flush()
    const bytes = this.#room(1)
    bytes[this.#size++] = byte
  }

  /** Bytes that may all be taken as they are (`isPlain`); false: one may not, and nothing was taken. */
  addPlain(data: Uint8Array, offset: number, size: number, isPlain: Uint8Array): boolean {
    if (this.#bytes === null) {
      for (let i = 0; i < size; i++) if (isPlain[data[offset + i]!] === 0) return false
      this.addBytes(data, offset, size)
      return true
    }
    if (this.#text !== '') this.#flush()
    const bytes = this.#room(size)
    const at = this.#size
    for (let i = 0; i < size; i++) {
      const byte = data[offset + i]!
      if (isPlain[byte] === 0) return false
      bytes[at + i] = byte
    }
    this.#size = at + size
    return true
  }

  #flush(): void {
    const text = this.#text
    this.#text = ''
    const size = encodedTextSize(text, 'utf8')
    const bytes = this.#room(size)
    writeText(bytes, this.#size, text, 'utf8')
    this.#size += size
  }

  /** The bytes, with room for `size` more. @throws SQLITE_TOOBIG */
  #room(size: number): Buffer {
    const wanted = this.#size + size
    const bytes = this.#bytes
    if (bytes !== null && wanted <= bytes.length) return bytes
    if (wanted > maxLength) throw tooBig()
    const ahead = Math.min(Math.max(4 * mostInString, wanted), mostAhead)
    const grown = Buffer.allocUnsafeSlow(wanted + ahead)
    if (bytes !== null) bytes.copy(grown, 0, 0, this.#size)
    this.#bytes = grown
    return grown
  }

  /** All of it; more may come. @throws SQLITE_TOOBIG */
  text(): string {
    if (this.#bytes === null) return normalizeText(this.#text)
    if (this.#text !== '') this.#flush()
    const bytes = this.#bytes
    const size = this.#size
    if (size > maxTextLength) checkTextLength(unitsOf(bytes, size))
    return decodeUtf8(bytes, 0, size)
  }
}

/** UTF-16 units of bytes of UTF-8. */
function unitsOf(bytes: Uint8Array, size: number): number {
  let units = 0
  for (let i = 0; i < size; i++) {
    const byte = bytes[i]!
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return units
}
