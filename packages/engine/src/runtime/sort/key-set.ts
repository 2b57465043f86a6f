/**
 * The keys that have been seen: DISTINCT, the rows of IN, count(DISTINCT …). In memory a `Set`. What does not fit is written to the
 * temporary file as a run of keys that can be looked up; then the set begins anew.
 */
import { HashRunWriter, hashOf } from './hash-run.ts'
import type { HashRun } from './hash-run.ts'
import { estimatedSize } from './row-file.ts'
import { RunMerge } from './run-merge.ts'
import type { RowComparison } from './row-order.ts'
import { sortInSlices } from './sort-in-slices.ts'
import { laterRun } from './spill.ts'
import type { Spill } from './spill.ts'
import type { Debtor, Slice, Work } from '../slice.ts'
import type { Key } from '../keys.ts'

/** Runs that are looked up one after the other, at most; more become one. */
const mostRuns = 8

/** Bytes of keys that are worth a run. */
const smallestRun = 32_768

/**
 * Keys of one run, at most. They are sorted by numbers that have a hash of 32 bits above the place of its key: an array for each key would be garbage
 * that has grown old when its run is written, and V8 lets much of that gather.
 */
const mostKeys = 2 ** 21

/** Bytes that an entry of a `Set` takes besides the key. */
const entrySize = 40

export const byHash: RowComparison = (a, b) => (a[0] as number) - (b[0] as number)

function ascending(piece: number[]): number[] {
  return Array.from(Float64Array.from(piece).sort())
}

/** What can be asked when all keys are in. */
export interface Keys {
  readonly size: number
  has(key: Key): boolean
}

export class KeySet implements Keys, Debtor {
  readonly #spill: Spill
  #keys = new Set<Key>()
  #nextCheck = 1
  #checked = 0
  #held = 0
  #runs: HashRun[] = []
  #written = 0

  constructor(spill: Spill) {
    this.#spill = spill
  }

  get size(): number {
    return this.#written + this.#keys.size
  }

  has(key: Key): boolean {
    return this.#keys.has(key) || this.#isWritten(key)
  }

  #isWritten(key: Key): boolean {
    if (this.#runs.length === 0) return false
    const hash = hashOf(key)
    for (const run of this.#runs) if (run.has(hash, key)) return true
    return false
  }

  /** Adds a key; answers whether it was not there. */
  add(key: Key): boolean {
    const keys = this.#keys
    const { size } = keys
    keys.add(key)
    if (keys.size === size) return false
    if (this.#runs.length > 0 && this.#isWritten(key)) {
      keys.delete(key)
      return false
    }
    if (size + 1 >= this.#nextCheck) this.#check(key)
    return true
  }

  #check(key: Key): void {
    const spill = this.#spill
    const count = this.#keys.size
    const size = (count - this.#checked) * (entrySize + estimatedSize(key))
    spill.take(size)
    this.#held += size
    this.#checked = count
    this.#nextCheck = count + spill.rowsUntilCheck(count, this.#held)
    const part = this.#runs.length > 0 ? laterRun : 1
    if (spill.isFull(this.#held, part, smallestRun)) spill.overflow(this)
  }

  /** Writes the keys in memory as a run, or as several. */
  *settle(slice: Slice): Work<void> {
    if (this.#keys.size === 0) return
    let keys: Key[] = []
    let places: number[] = []
    for (const key of this.#keys) {
      if (slice.isDue()) yield slice
      places.push(hashOf(key) * mostKeys + keys.length)
      if (keys.push(key) < mostKeys) continue
      yield* this.#writeRun(keys, places, slice)
      keys = []
      places = []
    }
    if (keys.length > 0) yield* this.#writeRun(keys, places, slice)
    this.#forget()
    while (this.#runs.length > mostRuns) yield* this.#mergeRuns(slice)
  }

  *#writeRun(keys: readonly Key[], places: number[], slice: Slice): Work<void> {
    const sorted = yield* sortInSlices(places, ascending, (a, b) => a - b, slice)
    const writer = new HashRunWriter(this.#spill, keys.length)
    for (const place of sorted) {
      if (slice.isDue()) yield slice
      const hash = Math.floor(place / mostKeys)
      writer.write([hash, keys[place - hash * mostKeys]!])
    }
    this.#runs.push(writer.finish())
    this.#written += keys.length
  }

  #forget(): void {
    this.#keys = new Set()
    this.#checked = 0
    this.#nextCheck = 1
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** The last runs, up to the first that is larger than all after it together. */
  *#mergeRuns(slice: Slice): Work<void> {
    const runs = this.#runs
    let start = runs.length - 2
    let count = runs[start]!.count + runs[start + 1]!.count
    while (start > 0 && runs[start - 1]!.count <= count) count += runs[--start]!.count
    const merged = runs.splice(start)
    const writer = new HashRunWriter(this.#spill, count)
    const merge = new RunMerge(
      this.#spill,
      merged.map(({ run }) => run),
      byHash,
    )
    for (let entry = merge.next(); entry !== null; entry = merge.next()) {
      if (slice.isDue()) yield slice
      writer.write(entry)
    }
    runs.push(writer.finish())
  }

  /** All keys are in. In memory that is a `Set`, which is looked up without a detour. */
  done(): Keys {
    return this.#runs.length === 0 ? this.#keys : this
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    for (const run of this.#runs) run.close()
    this.#runs = []
    this.#written = 0
  }
}
