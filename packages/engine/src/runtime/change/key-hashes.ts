/**
 * Hashes of keys (`KeyHash`) with the numbers of their entries: which entries have a hash.
 *
 * Most that are asked for are new. Two bits of each hash, in a filter that is small enough for the processor's cache, say so of nearly all, and more is not
 * done for a hash when it comes. Where the bits are there already, the entries of one bucket are looked through, from the latest one on, and before that
 * all that have come meanwhile are put into theirs.
 */

/** Room for so many at first, by how much it grows, and what is kept of it when all are forgotten. */
const leastEntries = 256
const growth = 4
const mostKept = 16_384

/** Entries for each word of the filter, and for each bucket, when there is room for no more. */
const entriesOfWord = 2
const entriesOfBucket = 8

export class KeyHashes {
  /** Of each entry, by its number; 0: it has none. */
  #hashes: Int32Array = new Int32Array(leastEntries)
  /** The highest number of an entry, and 1. */
  #end = 0
  /** Words of 32 bits: of each hash two bits of one word. */
  #filter: Int32Array = new Int32Array(leastEntries / entriesOfWord)
  /** The latest entry of each bucket, from 1 on; 0: it has none. */
  #buckets: Int32Array = new Int32Array(0)
  /** Of each entry: the one before it in its bucket, from 1 on; 0: none. */
  #before: Int32Array = new Int32Array(0)
  /** So many entries, from the first one on, are in buckets. */
  #bucketed = 0

  /** An entry may have the hash; false: none has. */
  mayHave(hash: number): boolean {
    const filter = this.#filter
    const bits = filterBits(hash)
    return (filter[hash & (filter.length - 1)]! & bits) === bits
  }

  /** The latest entry that has the hash; -1: none. */
  latest(hash: number): number {
    this.#fillBuckets()
    return this.#from(this.#buckets[hash & (this.#buckets.length - 1)]!, hash)
  }

  /** The latest entry before another one that has the same hash; -1: none. */
  before(entry: number): number {
    return this.#from(this.#before[entry]!, this.#hashes[entry]!)
  }

  #from(place: number, hash: number): number {
    const hashes = this.#hashes
    const before = this.#before
    let at = place
    while (at !== 0 && hashes[at - 1] !== hash) at = before[at - 1]!
    return at - 1
  }

  #fillBuckets(): void {
    const hashes = this.#hashes
    if (this.#before.length !== hashes.length) {
      this.#before = new Int32Array(hashes.length)
      this.#buckets = new Int32Array(hashes.length / entriesOfBucket)
      this.#bucketed = 0
    }
    const before = this.#before
    const buckets = this.#buckets
    const mask = buckets.length - 1
    for (let entry = this.#bucketed; entry < this.#end; entry++) {
      const hash = hashes[entry]!
      if (hash === 0) continue
      before[entry] = buckets[hash & mask]!
      buckets[hash & mask] = entry + 1
    }
    this.#bucketed = this.#end
  }

  /** @param entry a higher number than all before. @param hash not 0 */
  add(entry: number, hash: number): void {
    if (entry >= this.#hashes.length) this.#grow(entry)
    this.#hashes[entry] = hash
    this.#end = entry + 1
    this.#note(hash)
  }

  #note(hash: number): void {
    const filter = this.#filter
    const word = hash & (filter.length - 1)
    filter[word] = filter[word]! | filterBits(hash)
  }

  /** Forgets all. */
  clear(): void {
    if (this.#end === 0) return
    if (this.#hashes.length > mostKept) {
      this.#hashes = new Int32Array(leastEntries)
      this.#filter = new Int32Array(leastEntries / entriesOfWord)
      this.#before = this.#buckets = new Int32Array(0)
    } else {
      this.#hashes.fill(0, 0, this.#end)
      this.#filter.fill(0)
      this.#buckets.fill(0)
    }
    this.#end = 0
    this.#bucketed = 0
  }

  #grow(entry: number): void {
    const old = this.#hashes
    let size = growth * old.length
    while (size <= entry) size *= growth
    this.#hashes = new Int32Array(size)
    this.#hashes.set(old)
    this.#filter = new Int32Array(size / entriesOfWord)
    for (const hash of old) if (hash !== 0) this.#note(hash)
  }
}

/** Two bits of a word, which may be one. */
function filterBits(hash: number): number {
  return (1 << (hash >>> 27)) | (1 << (hash >>> 22))
}
