/**
 * JSON text that is put together piece by piece: what `json_object()` and `json_array()` answer, one inside the other. There is one
 * builder, for nothing else is built between `begin` and `done`.
 */
import { decodeUtf8, encodedTextSize, writeText } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { tooBig } from '../../../base/error.ts'
import { maxLength } from '../../../base/limits.ts'
import { checkTextLength, maxTextLength } from '../../../base/long-text.ts'
import { inText } from './characters.ts'
import type { JsonText } from './json-text.ts'
import { textAsJson, valueAsJson } from './value.ts'

/** A larger buffer is let go when what was built in it is done. */
const mostKept = 1 << 16

export class JsonBuilder {
  bytes: Uint8Array = Buffer.alloc(1024)
  size = 0

  begin(): void {
    this.size = 0
  }

  #reserve(more: number): void {
    const wanted = this.size + more
    if (wanted > maxLength) throw tooBig()
    const grown = Buffer.allocUnsafeSlow(wanted + Math.min(wanted, 1 << 26))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
  }

  /** What stands between values. */
  raw(text: Uint8Array): void {
    const { length } = text
    if (this.size + length > this.bytes.length) this.#reserve(length)
    const { bytes, size } = this
    for (let i = 0; i < length; i++) bytes[size + i] = text[i]!
    this.size = size + length
  }

  /** JSON as it is; NULL is null. */
  json(text: Value): void {
    if (typeof text === 'string') this.#add(text)
    else this.#add(valueAsJson(text))
  }

  #add(text: string): void {
    const most = text.length <= 64 ? 3 * text.length : encodedTextSize(text, 'utf8')
    if (this.size + most > this.bytes.length) this.#reserve(most)
    this.size += writeText(this.bytes, this.size, text, 'utf8')
  }

  value(value: Value | JsonText): void {
    if (typeof value === 'string') this.#quoted(value)
    else if (typeof value === 'number' && (value | 0) === value && value >= 0) this.#digits(value)
    else this.#add(valueAsJson(value))
  }

  #digits(value: number): void {
    if (this.size + 10 > this.bytes.length) this.#reserve(10)
    const { bytes } = this
    let end = this.size + 1
    for (let rest = (value / 10) | 0; rest > 0; rest = (rest / 10) | 0) end++
    let rest = value
    for (let i = end - 1; i >= this.size; i--) {
      const tens = (rest / 10) | 0
      bytes[i] = 0x30 + rest - tens * 10
      rest = tens
    }
    this.size = end
  }

  #quoted(text: string): void {
    const { length } = text
    if (length > 64) return this.#add(textAsJson(text))
    if (this.size + length + 2 > this.bytes.length) this.#reserve(length + 2)
    const { bytes } = this
    const start = this.size + 1
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80 || inText[unit] === 0) return this.#add(textAsJson(text))
      bytes[start + i] = unit
    }
    bytes[start - 1] = 0x22
    bytes[start + length] = 0x22
    this.size = start + length + 1
  }

  /** A text that is still in its page. */
  text(data: Uint8Array, offset: number, count: number): void {
    if (this.size + count + 2 > this.bytes.length) this.#reserve(count + 2)
    const { bytes } = this
    const start = this.size + 1
    for (let i = 0; i < count; i++) {
      const byte = data[offset + i]!
      if (inText[byte] === 0) return this.#add(textAsJson(decodeUtf8(data, offset, count)))
      bytes[start + i] = byte
    }
    bytes[start - 1] = 0x22
    bytes[start + count] = 0x22
    this.size = start + count + 1
  }

  /** All of it. @throws SQLITE_TOOBIG */
  done(): string {
    const { bytes, size } = this
    if (size > maxTextLength) checkTextLength(size)
    const text = decodeUtf8(bytes, 0, size)
    if (bytes.length > mostKept) this.bytes = Buffer.alloc(1024)
    return text
  }
}

export const jsonBuilder: JsonBuilder = new JsonBuilder()
