/**
 * A set of hashes of keys (`KeyHash`): whether a key may be among them.
 *
 * Most that are asked for are new. A few bits of each hash, in a filter that is small enough for the processor's cache, say so of nearly all. Where the bits
 * are there already, the hashes of one bucket are looked through, from the latest one on; who is added is put in front of them, and nobody waits for that.
 */

/** Room for so many, at first, and what is kept of it when all are forgotten. */
const leastHashes = 256
const mostKept = 8192

/** Hashes for each word of the filter, and buckets for each hash, when there is room for no more. */
const hashesOfWord = 2
const bucketsOfHash = 2

/** Two words of a hash, and the place of the one before it in its bucket. */
const fields = 3

export class KeyHashes {
  #hashes: Int32Array
  #count = 0
  /** Words of 32 bits: of each hash two bits of one word. */
  #filter: Int32Array
  /** Where the latest hash of each bucket is, from 1 on; 0: it has none. */
  #buckets: Int32Array

  constructor() {
    this.#hashes = new Int32Array(fields * leastHashes)
    this.#filter = new Int32Array(leastHashes / hashesOfWord)
    this.#buckets = new Int32Array(leastHashes * bucketsOfHash)
  }

  has(first: number, second: number): boolean {
    const filter = this.#filter
    const bits = filterBits(second)
    if ((filter[first & (filter.length - 1)]! & bits) !== bits) return false
    return this.#isInBucket(first, second)
  }

  #isInBucket(first: number, second: number): boolean {
    const hashes = this.#hashes
    const buckets = this.#buckets
    let place = buckets[first & (buckets.length - 1)]!
    while (place !== 0) {
      const at = fields * (place - 1)
      if (hashes[at] === first && hashes[at + 1] === second) return true
      place = hashes[at + 2]!
    }
    return false
  }

  add(first: number, second: number): void {
    if (fields * this.#count === this.#hashes.length) this.#grow()
    const hashes = this.#hashes
    const at = fields * this.#count
    hashes[at] = first
    hashes[at + 1] = second
    this.#enter(++this.#count)
  }

  /** Puts a hash that has been written down into its bucket and into the filter. */
  #enter(place: number): void {
    const hashes = this.#hashes
    const at = fields * (place - 1)
    const first = hashes[at]!
    const buckets = this.#buckets
    const bucket = first & (buckets.length - 1)
    hashes[at + 2] = buckets[bucket]!
    buckets[bucket] = place
    const filter = this.#filter
    const word = first & (filter.length - 1)
    filter[word] = filter[word]! | filterBits(hashes[at + 1]!)
  }

  /** Forgets all. */
  clear(): void {
    if (this.#count === 0) return
    this.#count = 0
    if (this.#hashes.length > fields * mostKept) this.#make(leastHashes)
    else {
      this.#filter.fill(0)
      this.#buckets.fill(0)
    }
  }

  #make(size: number): void {
    this.#hashes = new Int32Array(fields * size)
    this.#filter = new Int32Array(size / hashesOfWord)
    this.#buckets = new Int32Array(size * bucketsOfHash)
  }

  #grow(): void {
    const old = this.#hashes
    this.#make((2 * old.length) / fields)
    this.#hashes.set(old)
    for (let place = 1; place <= this.#count; place++) this.#enter(place)
  }
}

/** Two bits of a word, which may be one. The lowest bit of a hash's second word says nothing: it is always set. */
function filterBits(second: number): number {
  return (1 << (second >>> 1)) | (1 << (second >>> 6))
}
