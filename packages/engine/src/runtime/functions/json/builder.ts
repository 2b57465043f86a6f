/**
 * JSON text that is put together piece by piece: what `json_object()` and `json_array()` answer, one inside the other. There is one
 * builder, which writes all other text too, for nothing else is written between `begin` and `done`.
 */
import { decodeUtf8 } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { checkTextLength, maxTextLength } from '../../../base/long-text.ts'
import { TextWriter } from '../text-writer.ts'
import { inText } from './characters.ts'
import type { JsonText } from './json-text.ts'
import { upToNul } from './path.ts'
import { textAsJson, valueAsJson } from './value.ts'

/** The page that was read last; its view is made when the next text is in it too. */
let page: Uint8Array = new Uint8Array(0)
let pageView: DataView | null = null

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Whether the lowest bytes of a word are a control character, a quote or a backslash: bits of 0x80808080 that are set tell. */
function unusualIn(word: number): number {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  return (
    ((word - 0x20202020) & ~word) |
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes)
  )
}

/** What writes text, and JSON. */
export class JsonBuilder extends TextWriter {
  #viewed: Uint8Array | null = null
  #view: DataView | null = null

  /** JSON as it is; NULL is null. */
  json(text: Value): void {
    this.string(typeof text === 'string' ? text : valueAsJson(text))
  }

  /** A value as JSON. */
  member(value: Value | JsonText): void {
    if (typeof value === 'string') this.#quotedString(value)
    else if (typeof value === 'number' && (value | 0) === value) this.integer(value)
    else this.string(valueAsJson(value))
  }

  #quotedString(text: string): void {
    const { length } = text
    if (length > 64) {
      this.string(textAsJson(text))
      return
    }
    if (this.size + length + 2 > this.limit) this.reserve(length + 2)
    const { bytes } = this
    const start = this.size + 1
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80 || inText[unit] === 0) {
        this.string(textAsJson(text))
        return
      }
      bytes[start + i] = unit
    }
    bytes[start - 1] = 0x22
    bytes[start + length] = 0x22
    this.size = start + length + 1
  }

  /** A text that is still in its page, in quotes. */
  quoted(data: Uint8Array, offset: number, count: number): boolean {
    if (!this.#plain(data, offset, count)) this.string(textAsJson(decodeUtf8(data, offset, count)))
    return true
  }

  /** The same up to a NUL, as labels are. */
  label(data: Uint8Array, offset: number, count: number): void {
    if (!this.#plain(data, offset, count))
      this.string(textAsJson(upToNul(decodeUtf8(data, offset, count))))
  }

  /** In quotes, where all of it may stand as it is; false: it may not, and nothing was written. */
  #plain(data: Uint8Array, offset: number, count: number): boolean {
    if (this.size + count + 2 > this.limit) this.reserve(count + 2)
    const { bytes } = this
    const start = this.size + 1
    if (count >= 4 && this.#isNearby(data)) {
      if (!this.#plainWords(offset, start, count)) return false
    } else
      for (let i = 0; i < count; i++) {
        const byte = data[offset + i]!
        if (inText[byte] === 0) return false
        bytes[start + i] = byte
      }
    bytes[start - 1] = 0x22
    bytes[start + count] = 0x22
    this.size = start + count + 1
    return true
  }

  /** Whether the text before was in the same array: it is worth a view then, which `pageView` is. */
  #isNearby(data: Uint8Array): boolean {
    if (data !== page) {
      page = data
      pageView = null
      return false
    }
    pageView ??= viewOf(data)
    return true
  }

  /** Copies at least four bytes of `pageView`, four at a time, the last of which may be copied twice; false: not all may stand as they are. */
  #plainWords(offset: number, start: number, count: number): boolean {
    if (this.#viewed !== this.bytes) {
      this.#viewed = this.bytes
      this.#view = viewOf(this.bytes)
    }
    const from = pageView!
    const to = this.#view!
    const last = count - 4
    const end = from.getInt32(offset + last, true)
    let unusual = unusualIn(end)
    for (let i = 0; i < last; i += 4) {
      const word = from.getInt32(offset + i, true)
      unusual |= unusualIn(word)
      to.setInt32(start + i, word, true)
    }
    to.setInt32(start + last, end, true)
    return (unusual & 0x80808080) === 0
  }

  /** All of it. @throws SQLITE_TOOBIG */
  done(): string {
    const { bytes, size } = this
    if (size > maxTextLength) checkTextLength(size)
    return decodeUtf8(bytes, 0, size)
  }
}

export const textWriter: JsonBuilder = new JsonBuilder()
