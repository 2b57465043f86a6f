import { encodeText } from './text.ts'

/** A text that is put together from bytes of others, for a record that takes it over without any of them being decoded. Used again and again. (UTF-8) */
export class StoredJoin {
  /** Of all pieces. */
  size = 0
  readonly #data: Uint8Array[]
  readonly #offsets: number[]
  readonly #sizes: number[]
  /** Of pieces that are not from records: the texts of which they are the bytes. */
  readonly #texts: string[]

  constructor(count: number) {
    this.#data = Array.from({ length: count }, () => noBytes)
    this.#offsets = Array.from({ length: count }, () => 0)
    this.#sizes = Array.from({ length: count }, () => 0)
    this.#texts = Array.from({ length: count }, () => '')
  }

  /** A piece is `size` bytes of `data` from now on. */
  field(piece: number, data: Uint8Array, offset: number, size: number): void {
    this.size += size - this.#sizes[piece]!
    this.#data[piece] = data
    this.#offsets[piece] = offset
    this.#sizes[piece] = size
  }

  /** A piece is a text from now on, mostly the one that it has been. */
  text(piece: number, text: string): void {
    if (this.#texts[piece] === text) return
    const bytes = encodeText(text, 'utf8')
    this.#texts[piece] = text
    this.field(piece, bytes, 0, bytes.length)
  }

  /** Copies all pieces, one behind the other. */
  copyTo(target: Uint8Array, at: number): void {
    const count = this.#data.length
    for (let piece = 0; piece < count; piece++) {
      const data = this.#data[piece]!
      const offset = this.#offsets[piece]!
      const size = this.#sizes[piece]!
      if (size > 64) target.set(data.subarray(offset, offset + size), at)
      else for (let i = 0; i < size; i++) target[at + i] = data[offset + i]!
      at += size
    }
  }
}

const noBytes = new Uint8Array(0)
