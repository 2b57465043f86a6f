/**
 * Rows that are found by a key: the built side of a hash join. In memory a `Map` of lists. Where that becomes too large all rows are sorted by a
 * hash of their keys, and written to the temporary file, to be looked up there.
 */
import { HashRunWriter, hashOf } from './hash-run.ts'
import type { HashRun } from './hash-run.ts'
import { byHash } from './key-set.ts'
import { WholePart, estimatedRowSize } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import type { Row, RowKey } from './row-order.ts'
import { Sorter } from './sorter.ts'
import type { Spill } from './spill.ts'
import type { Key } from '../keys.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

const hashKey: readonly RowKey[] = [
  { place: 0, descending: false, nullsFirst: true, collation: 'BINARY' },
]

/** Bytes that an entry of a `Map` and its list take besides the row. */
const entrySize = 80

/** What can be asked when all rows are in. */
export interface RowsByKey {
  get(key: Key): RowPart | undefined
}

class Bucket extends WholePart {
  declare readonly rows: Row[]
}

export class HashRows implements Debtor {
  readonly #spill: Spill
  #buckets = new Map<Key, Bucket>()
  #count = 0
  #nextCheck = 1
  #checked = 0
  #held = 0
  #sorter: Sorter | null = null
  #run: HashRun | null = null

  constructor(spill: Spill) {
    this.#spill = spill
  }

  add(key: Key, row: Row): void {
    if (this.#sorter !== null) return this.#sorter.add([hashOf(key), key, ...row])
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) this.#buckets.set(key, new Bucket([row]))
    else bucket.rows.push(row)
    if (++this.#count >= this.#nextCheck) this.#check(row)
  }

  #check(row: Row): void {
    const spill = this.#spill
    const size = (this.#count - this.#checked) * (entrySize + estimatedRowSize(row))
    spill.take(size)
    this.#held += size
    this.#checked = this.#count
    this.#nextCheck = this.#count + spill.rowsUntilCheck(this.#count, this.#held)
    if (spill.isFull(this.#held)) spill.overflow(this)
  }

  /** From here on rows go to a sorter. */
  *settle(slice: Slice): Work<void> {
    if (this.#buckets.size === 0) return
    const sorter = new Sorter(this.#spill, hashKey, byHash, 'utf8')
    const buckets = this.#buckets
    this.#forget()
    this.#sorter = sorter
    for (const [key, { rows }] of buckets) {
      const hash = hashOf(key)
      yield* slice.feed(rows, (row) => sorter.add([hash, key, ...row]))
    }
  }

  #forget(): void {
    this.#buckets = new Map()
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** All rows are in. */
  done(): RowsByKey {
    return complete(this.collecting(unsliced))
  }

  *collecting(slice: Slice): Work<RowsByKey> {
    yield* slice.settle()
    if (this.#sorter === null) return this.#buckets
    const writer = new HashRunWriter(this.#spill, this.#count)
    for (let part = yield* this.#sorter.sorting(slice); part !== null; part = part.next())
      for (const entry of part.rows) {
        if (slice.isDue()) yield slice
        writer.write(entry)
      }
    this.#sorter.close()
    const run = writer.finish()
    this.#run = run
    return { get: (key) => run.rowsOf(hashOf(key), key) ?? undefined }
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    this.#sorter?.close()
    this.#run?.close()
    this.#run = null
  }
}
