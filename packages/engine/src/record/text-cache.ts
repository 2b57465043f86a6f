/**
 * A small cache from short byte strings to the JavaScript strings they spell. Columns that are grouped by or
 * shown row after row often hold few distinct texts; handing out the same string again costs a hash over the
 * bytes and one comparison, and no garbage.
 *
 * Direct-mapped: a text has one slot, and a newcomer takes it over. UTF-8 databases only.
 */
import { decodeUtf8 } from './text.ts'

const slotCount = 512
const slotSize = 32

export class TextCache {
  readonly #bytes = new Uint8Array(slotCount * slotSize)
  readonly #sizes = new Uint8Array(slotCount)
  readonly #texts: string[] = Array.from({ length: slotCount }, () => '')

  /** The text of `size` bytes at `offset`. */
  get(data: Uint8Array, offset: number, size: number): string {
    if (size > slotSize) return decodeUtf8(data, offset, size)
    let hash = size
    for (let i = 0; i < size; i++) hash = (Math.imul(hash, 31) + data[offset + i]!) | 0
    const slot = (hash ^ (hash >>> 9)) & (slotCount - 1)
    if (this.#sizes[slot] === size) {
      const bytes = this.#bytes
      const start = slot * slotSize
      let i = 0
      while (i < size && bytes[start + i] === data[offset + i]) i++
      if (i === size) return this.#texts[slot]!
    }
    return this.#fill(slot, data, offset, size)
  }

  #fill(slot: number, data: Uint8Array, offset: number, size: number): string {
    const text = decodeUtf8(data, offset, size)
    const start = slot * slotSize
    for (let i = 0; i < size; i++) this.#bytes[start + i] = data[offset + i]!
    this.#sizes[slot] = size
    this.#texts[slot] = text
    return text
  }
}
