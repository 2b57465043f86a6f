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

function twice(numbers: Float64Array): Float64Array {
  const larger = new Float64Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}

/** What can be asked when all rows are in. */
export interface RowsByKey {
  get(key: Key): RowPart | undefined
}

class Bucket extends WholePart {
  declare readonly rows: Row[]
}

/** What a key stands for: its row, or several. Most keys have one, for which a list would be more than the row itself. */
type Entry = Row | Bucket

/** Rows in memory. It is asked at one place of a program, which is through with a part when it asks for the next. */
class RowsInMap implements RowsByKey {
  readonly #entries: ReadonlyMap<Key, Entry>
  readonly #single = new Bucket([[]])

  constructor(entries: ReadonlyMap<Key, Entry>) {
    this.#entries = entries
  }

  get(key: Key): RowPart | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry instanceof Bucket) return entry
    this.#single.rows[0] = entry
    return this.#single
  }
}

/**
 * Rows in memory whose keys are all numbers: chains of places in arrays, which are made when all rows are in, and which the garbage collection does not go
 * through. It is asked as `RowsInMap`.
 */
class RowsByNumber implements RowsByKey {
  readonly #numbers: Float64Array
  readonly #rows: readonly Row[]
  /** By hash, the first place of a chain; -1: it is empty. */
  readonly #heads: Int32Array
  /** The place behind each in its chain; -1: it is the last. */
  readonly #next: Int32Array
  readonly #shift: number
  readonly #single = new Bucket([[]])

  constructor(numbers: Float64Array, rows: readonly Row[]) {
    const count = rows.length
    this.#numbers = numbers
    this.#rows = rows
    const bits = Math.max(4, 32 - Math.clz32(count))
    this.#shift = 32 - bits
    this.#heads = new Int32Array(2 ** bits).fill(-1)
    this.#next = new Int32Array(count)
    // Backwards, so that the rows of a key come in the order in which they were added.
    for (let i = count - 1; i >= 0; i--) {
      const hash = hashOfNumber(numbers[i]!) >>> this.#shift
      this.#next[i] = this.#heads[hash]!
      this.#heads[hash] = i
    }
  }

  get(key: Key): RowPart | undefined {
    if (typeof key !== 'number') return undefined
    const numbers = this.#numbers
    const first = this.#find(this.#heads[hashOfNumber(key) >>> this.#shift]!, key)
    if (first < 0) return undefined
    let place = this.#find(this.#next[first]!, key)
    if (place < 0) {
      this.#single.rows[0] = this.#rows[first]!
      return this.#single
    }
    const rows = [this.#rows[first]!]
    for (; place >= 0; place = this.#next[place]!)
      if (numbers[place] === key) rows.push(this.#rows[place]!)
    return new WholePart(rows)
  }

  /** The first place from `place` on in its chain that has the key; -1: none has. */
  #find(place: number, key: number): number {
    while (place >= 0 && this.#numbers[place] !== key) place = this.#next[place]!
    return place
  }
}

/** Of integers and of fractions: 32 bits, the upper of which are mixed best. */
function hashOfNumber(x: number): number {
  const bits = (x | 0) ^ ((x * 4096) | 0) ^ ((x * 2.3283064365386963e-10) | 0)
  return Math.imul(bits ^ (bits >>> 15), 0x9e3779b1)
}

export class HashRows implements Debtor {
  readonly #spill: Spill
  /** The keys of `#rows`, as long as all are numbers. */
  #numbers: Float64Array | null = new Float64Array(64)
  #rows: Row[] = []
  /** Afterwards. */
  #entries = new Map<Key, Entry>()
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
    if (typeof key === 'number' && this.#numbers !== null) {
      const place = this.#rows.push(row) - 1
      if (place === this.#numbers.length) this.#numbers = twice(this.#numbers)
      this.#numbers[place] = key
    } else this.#addEntry(key, row)
    if (++this.#count >= this.#nextCheck) this.#check(row)
  }

  #addEntry(key: Key, row: Row): void {
    if (this.#numbers !== null) {
      const numbers = this.#numbers
      const rows = this.#rows
      this.#numbers = null
      this.#rows = []
      for (let i = 0; i < rows.length; i++) this.#addEntry(numbers[i]!, rows[i]!)
    }
    const entry = this.#entries.get(key)
    if (entry === undefined) this.#entries.set(key, row)
    else if (entry instanceof Bucket) entry.rows.push(row)
    else this.#entries.set(key, new Bucket([entry, row]))
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
    if (this.#rows.length === 0 && this.#entries.size === 0) return
    const sorter = new Sorter(this.#spill, hashKey, byHash, 'utf8')
    const entries = this.#entries
    const numbers = this.#numbers
    const rows = this.#rows
    this.#forget()
    this.#sorter = sorter
    yield* slice.feed(rows.keys(), (i) => {
      const key = numbers![i]!
      sorter.add([hashOf(key), key, ...rows[i]!])
    })
    for (const [key, entry] of entries) {
      const hash = hashOf(key)
      const rows = entry instanceof Bucket ? entry.rows : [entry]
      yield* slice.feed(rows, (row) => sorter.add([hash, key, ...row]))
    }
  }

  #forget(): void {
    this.#entries = new Map()
    this.#numbers = new Float64Array(64)
    this.#rows = []
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** All rows are in. */
  done(): RowsByKey {
    return complete(this.collecting(unsliced))
  }

  *collecting(slice: Slice): Work<RowsByKey> {
    yield* slice.settle()
    if (this.#sorter === null) {
      if (this.#numbers === null) return new RowsInMap(this.#entries)
      return new RowsByNumber(this.#numbers, this.#rows)
    }
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
