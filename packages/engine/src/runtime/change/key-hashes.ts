/** A set of hashes of keys (`KeyHash`): whether a key may be among them. */

/** Room for so many, at first. */
const leastSlots = 256

export class KeyHashes {
  /** Pairs of words; the second of one that is taken is not 0. */
  #slots: Int32Array = new Int32Array(2 * leastSlots)
  #count = 0

  has(first: number, second: number): boolean {
    return this.#slots[this.#place(first, second) + 1] !== 0
  }

  add(first: number, second: number): void {
    const at = this.#place(first, second)
    if (this.#slots[at + 1] !== 0) return
    this.#slots[at] = first
    this.#slots[at + 1] = second
    this.#count++
    if (4 * this.#count > this.#slots.length) this.#grow()
  }

  /** Forgets all. */
  clear(): void {
    if (this.#count === 0) return
    this.#count = 0
    if (this.#slots.length > 32 * leastSlots) this.#slots = new Int32Array(2 * leastSlots)
    else this.#slots.fill(0)
  }

  /** Where a pair is, or would be. */
  #place(first: number, second: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = (first << 1) & mask
    while (slots[at + 1] !== 0 && (slots[at] !== first || slots[at + 1] !== second)) {
      at = (at + 2) & mask
    }
    return at
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue
      const at = this.#place(old[i]!, old[i + 1]!)
      this.#slots[at] = old[i]!
      this.#slots[at + 1] = old[i + 1]!
    }
  }
}
