/**
 * A set of hashes of keys (`KeyHash`): whether a key may be among them.
 *
 * Most that are asked for are new. A few bits of each hash, in a filter that is small enough for the processor's cache, say so of nearly all; the hashes
 * themselves are only written down one after the other. Where the bits are there already, those that have been written down since the last time
 * are put into a table, and the hash is looked for in it.
 */

/** Room for so many, at first, and what is kept of it when all are forgotten. */
const leastHashes = 256
const mostKept = 8192

/** Words of the filter for each hash, at least. */
const filterShare = 2

export class KeyHashes {
  /** Pairs of words, in the order in which they came. */
  #hashes: Int32Array = new Int32Array(2 * leastHashes)
  #count = 0
  /** Words of 32 bits: of each hash two bits of one word. */
  #filter: Int32Array = new Int32Array(leastHashes / filterShare)
  /** Pairs of words, each where it belongs or in the next free place; the second of one that is taken is not 0. */
  #table: Int32Array = new Int32Array(0)
  /** So many are in it: the first ones. */
  #tableCount = 0

  has(first: number, second: number): boolean {
    const bits = filterBits(second)
    const filter = this.#filter
    if ((filter[first & (filter.length - 1)]! & bits) !== bits) return false
    this.#fillTable()
    const table = this.#table
    return table[placeIn(table, first, second) + 1] !== 0
  }

  add(first: number, second: number): void {
    if (2 * this.#count === this.#hashes.length) this.#grow()
    const hashes = this.#hashes
    const at = 2 * this.#count++
    hashes[at] = first
    hashes[at + 1] = second
    const filter = this.#filter
    const word = first & (filter.length - 1)
    filter[word] = filter[word]! | filterBits(second)
  }

  /** Forgets all. */
  clear(): void {
    if (this.#count === 0) return
    this.#count = 0
    this.#tableCount = 0
    if (this.#hashes.length > 2 * mostKept) {
      this.#hashes = new Int32Array(2 * leastHashes)
      this.#filter = new Int32Array(leastHashes / filterShare)
      this.#table = new Int32Array(0)
    } else {
      this.#filter.fill(0)
      this.#table.fill(0)
    }
  }

  #grow(): void {
    const old = this.#hashes
    const hashes = new Int32Array(2 * old.length)
    hashes.set(old)
    this.#hashes = hashes
    const filter = new Int32Array(hashes.length / 2 / filterShare)
    const mask = filter.length - 1
    for (let i = 0; i < old.length; i += 2) {
      const word = old[i]! & mask
      filter[word] = filter[word]! | filterBits(old[i + 1]!)
    }
    this.#filter = filter
  }

  /** It is at most half full. */
  #fillTable(): void {
    const hashes = this.#hashes
    const count = this.#count
    if (this.#table.length < 2 * hashes.length) {
      this.#table = new Int32Array(2 * hashes.length)
      this.#tableCount = 0
    }
    const table = this.#table
    for (let i = 2 * this.#tableCount; i < 2 * count; i += 2) {
      const first = hashes[i]!
      const second = hashes[i + 1]!
      const at = placeIn(table, first, second)
      table[at] = first
      table[at + 1] = second
    }
    this.#tableCount = count
  }
}

/** Two bits of a word, which may be one. The lowest bit of a hash's second word says nothing: it is always set. */
function filterBits(second: number): number {
  return (1 << (second >>> 1)) | (1 << (second >>> 6))
}

/** Where a pair is in a table, or would be. */
function placeIn(table: Int32Array, first: number, second: number): number {
  const mask = table.length - 1
  let at = (first << 1) & mask
  while (table[at + 1] !== 0 && (table[at] !== first || table[at + 1] !== second)) {
    at = (at + 2) & mask
  }
  return at
}
