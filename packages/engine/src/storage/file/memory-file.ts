/** A file in memory: grows by doubling, reads as zeros where nothing was written. */
import type { File } from './file.ts'

export class MemoryFile implements File {
  #bytes: Uint8Array = new Uint8Array(8192)
  #size = 0

  constructor(content: Uint8Array = new Uint8Array(0)) {
    if (content.length > 0) this.write([content], 0)
  }

  read(buffer: Uint8Array, bufferOffset: number, size: number, position: number): number {
    const count = Math.max(0, Math.min(size, this.#size - position))
    buffer.set(this.#bytes.subarray(position, position + count), bufferOffset)
    return count
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    let at = position
    for (const buffer of buffers) {
      this.#reserve(at + buffer.length)
      this.#bytes.set(buffer, at)
      at += buffer.length
      if (at > this.#size) this.#size = at
    }
  }

  sync(): void {}

  truncate(size: number): void {
    this.#reserve(size)
    if (size < this.#size) this.#bytes.fill(0, size, this.#size)
    this.#size = size
  }

  size(): number {
    return this.#size
  }

  close(): void {}

  /** A copy of all bytes. */
  content(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
