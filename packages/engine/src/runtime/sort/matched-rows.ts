/** Which rows of a numbered collection have been met: one bit for each, from 0. It is not part of what may spill. */
export class MatchedRows {
  #bits = new Uint8Array(64)

  add(place: number): void {
    const index = place >>> 3
    if (index >= this.#bits.length) this.#grow(index)
    this.#bits[index]! |= 1 << (place & 7)
  }

  has(place: number): boolean {
    const index = place >>> 3
    return index < this.#bits.length && (this.#bits[index]! & (1 << (place & 7))) !== 0
  }

  #grow(index: number): void {
    const bits = new Uint8Array(Math.max(index + 1, this.#bits.length * 2))
    bits.set(this.#bits)
    this.#bits = bits
  }
}
