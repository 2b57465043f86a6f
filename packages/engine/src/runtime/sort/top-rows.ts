/**
 * ORDER BY with a LIMIT: no more rows are kept than are wanted, in a heap with the last of them on top. Where even those are too many for
 * the statement's limit of memory, all that come are sorted.
 */
import type { TextEncoding } from '../../record/index.ts'
import { WholePart } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { SourcePart } from './run-merge.ts'
import type { RowSource } from './run-merge.ts'
import { Sorter, sampledSize } from './sorter.ts'
import type { Spill } from './spill.ts'

/** The first `limit` rows of an order. */
export class TopRows {
  readonly #spill: Spill
  readonly #limit: number
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  /** A heap: each row comes before (or is) its parent at (i - 1) >> 1, so the last of them is at 0. */
  readonly #rows: Row[] = []
  readonly #numbers: number[] = []
  #added = 0
  /** How many rows there are at the next estimate. */
  #nextCheck = 1
  #checked = 0
  #held = 0
  #sorter: Sorter | null = null

  constructor(
    spill: Spill,
    limit: number,
    keys: readonly RowKey[],
    compare: RowComparison,
    encoding: TextEncoding,
  ) {
    this.#spill = spill
    this.#limit = limit
    this.#keys = keys
    this.#compare = compare
    this.#encoding = encoding
  }

  /** Whether there are `limit` rows, so that a newcomer has to come before `last`. */
  get full(): boolean {
    return this.#rows.length >= this.#limit
  }

  /** The last of the rows kept; for a quick test of a newcomer's first key. */
  get last(): Row | undefined {
    return this.#rows[0]
  }

  /** Whether a row with these keys would be kept. (A row that equals the last one came later, so no.) */
  wouldKeep(row: Row): boolean {
    if (this.#rows.length < this.#limit) return true
    return this.#limit > 0 && this.#compare(row, this.#rows[0]!) < 0
  }

  add(row: Row): void {
    if (this.#rows.length < this.#limit) {
      if (this.#sorter !== null) return this.#sorter.add(row)
      this.#rows.push(row)
      this.#numbers.push(this.#added++)
      this.#siftUp(this.#rows.length - 1)
      if (this.#rows.length >= this.#nextCheck) this.#check()
    } else if (this.wouldKeep(row)) {
      this.#rows[0] = row
      this.#numbers[0] = this.#added++
      this.#siftDown(0, this.#rows.length)
    }
  }

  /** Whether the row at `a` comes after the row at `b`. */
  #isAfter(a: number, b: number): boolean {
    const order = this.#compare(this.#rows[a]!, this.#rows[b]!)
    return order > 0 || (order === 0 && this.#numbers[a]! > this.#numbers[b]!)
  }

  #swap(a: number, b: number): void {
    const row = this.#rows[a]!
    this.#rows[a] = this.#rows[b]!
    this.#rows[b] = row
    const number = this.#numbers[a]!
    this.#numbers[a] = this.#numbers[b]!
    this.#numbers[b] = number
  }

  #siftUp(start: number): void {
    let i = start
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#isAfter(i, parent)) return
      this.#swap(i, parent)
      i = parent
    }
  }

  #siftDown(start: number, size: number): void {
    let i = start
    for (;;) {
      let child = 2 * i + 1
      if (child >= size) return
      if (child + 1 < size && this.#isAfter(child + 1, child)) child++
      if (!this.#isAfter(child, i)) return
      this.#swap(i, child)
      i = child
    }
  }

  #check(): void {
    const spill = this.#spill
    const rows = this.#rows
    const size = sampledSize(rows, this.#checked)
    spill.take(size)
    this.#held += size
    this.#checked = rows.length
    this.#nextCheck = rows.length + spill.rowsUntilCheck(rows.length, this.#held)
    if (spill.isFull(this.#held)) this.#sortAll()
  }

  /** From here on rows go to a sorter, in their order of arrival. */
  #sortAll(): void {
    const rows = this.#rows
    const numbers = this.#numbers
    const places = numbers.map((_, i) => i).sort((a, b) => numbers[a]! - numbers[b]!)
    const ordered = places.map((place) => rows[place]!)
    this.#drop()
    this.#sorter = new Sorter(this.#spill, this.#keys, this.#compare, this.#encoding)
    for (const row of ordered) this.#sorter.add(row)
  }

  #drop(): void {
    this.#rows.length = 0
    this.#numbers.length = 0
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** All rows are in: the first part of those kept, in order. */
  sorted(): RowPart | null {
    const limit = this.#limit
    if (this.#sorter !== null) {
      const source = this.#sorter.source()
      if (source !== null) return new SourcePart(new FirstRows(source, limit)).next()
      return new WholePart(this.#sorter.sorted()!.rows.slice(0, limit))
    }
    for (let size = this.#rows.length - 1; size > 0; size--) {
      this.#swap(0, size)
      this.#siftDown(0, size)
    }
    return new WholePart(this.#rows)
  }

  /** Gives up what it holds. */
  close(): void {
    this.#drop()
    this.#sorter?.close()
    this.#sorter = null
  }
}

/** No more than the first rows. */
class FirstRows implements RowSource {
  readonly #source: RowSource
  #left: number

  constructor(source: RowSource, limit: number) {
    this.#source = source
    this.#left = limit
  }

  next(): Row | null {
    return this.#left-- > 0 ? this.#source.next() : null
  }
}
