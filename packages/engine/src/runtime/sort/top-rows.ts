/**
 * ORDER BY with a LIMIT: no more rows are kept than are wanted. They are only collected until there are as many; then they become a heap with the last
 * of them on top. Where even those are too many for the statement's limit of memory, all that come are sorted.
 */
import type { TextEncoding } from '../../record/index.ts'
import { WholePart } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import { sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { SourcePart } from './run-merge.ts'
import type { RowSource } from './run-merge.ts'
import { Sorter, sampledSize } from './sorter.ts'
import { sortInSlices } from './sort-in-slices.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

/** The first `limit` rows of an order. */
export class TopRows implements Debtor {
  readonly #spill: Spill
  readonly #limit: number
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  /** In the order in which they came; or a heap: each row comes before (or is) its parent at (i - 1) >> 1, so the last of them is at 0. */
  #rows: Row[] = []
  /** Of a heap: when each row came. */
  #numbers: number[] = []
  #added = 0
  #isHeap = false
  #isTooMuch = false
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
    return this.#isHeap
  }

  /** The last of the rows kept, when there are enough; for a quick test of a newcomer's first key. */
  get last(): Row | undefined {
    return this.#rows[0]
  }

  /** Whether a row with these keys would be kept. (A row that equals the last one came later, so no.) */
  wouldKeep(row: Row): boolean {
    if (!this.#isHeap) return this.#limit > 0
    return this.#compare(row, this.#rows[0]!) < 0
  }

  add(row: Row): void {
    if (this.#isHeap) {
      if (!this.wouldKeep(row)) return
      this.#rows[0] = row
      this.#numbers[0] = this.#added++
      this.#siftDown(0, this.#rows.length)
    } else if (this.#sorter !== null) this.#sorter.add(row)
    else if (this.#limit > 0) {
      this.#rows.push(row)
      const count = this.#rows.length
      if (count >= this.#limit) this.#spill.overflow(this)
      else if (count >= this.#nextCheck) this.#check()
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
    this.#isTooMuch = spill.isFull(this.#held)
    if (this.#isTooMuch) spill.overflow(this)
  }

  /** The rows become a heap, or go to a sorter, as all that come later. */
  *settle(slice: Slice): Work<void> {
    if (this.#rows.length === 0 || this.#sorter !== null || this.#isHeap) return
    const rows = this.#rows
    if (!this.#isTooMuch) return yield* this.#makeHeap(slice)
    this.#drop()
    const sorter = new Sorter(this.#spill, this.#keys, this.#compare, this.#encoding)
    this.#sorter = sorter
    yield* slice.feed(rows, (row) => sorter.add(row))
  }

  *#makeHeap(slice: Slice): Work<void> {
    const late = this.#rows.splice(this.#limit)
    const count = this.#rows.length
    for (let i = 0; i < count; i++) this.#numbers.push(i)
    this.#added = count
    for (let i = (count >> 1) - 1; i >= 0; i--) {
      if (slice.isDue()) yield slice
      this.#siftDown(i, count)
    }
    this.#isHeap = true
    yield* slice.feed(late, (row) => this.add(row))
  }

  #drop(): void {
    this.#rows = []
    this.#numbers = []
    this.#isHeap = false
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** All rows are in: the first part of those kept, in order. */
  sorted(): RowPart | null {
    return complete(this.sorting(unsliced))
  }

  *sorting(slice: Slice): Work<RowPart | null> {
    yield* slice.settle()
    const limit = this.#limit
    if (this.#sorter !== null) {
      const source = yield* this.#sorter.source(slice)
      if (source !== null) return new SourcePart(new FirstRows(source, limit)).next()
      const whole = yield* this.#sorter.sorting(slice)
      return new WholePart(whole!.rows.slice(0, limit))
    }
    const sort = (rows: Row[]): Row[] => sortRows(rows, this.#keys, this.#compare, this.#encoding)
    return new WholePart(
      yield* sortInSlices(yield* this.#arrivals(slice), sort, this.#compare, slice),
    )
  }

  /** The rows in the order in which they came, for those with equal keys stay in it. */
  *#arrivals(slice: Slice): Work<Row[]> {
    const rows = this.#rows
    if (!this.#isHeap) return rows
    const numbers = this.#numbers
    const byNumber = (a: number, b: number): number => numbers[a]! - numbers[b]!
    const sort = (piece: number[]): number[] => piece.sort(byNumber)
    const places = yield* sortInSlices(Array.from(numbers.keys()), sort, byNumber, slice)
    return places.map((place) => rows[place]!)
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

  next(): Row | null | undefined {
    if (this.#left === 0) return null
    const row = this.#source.next()
    if (row !== undefined) this.#left--
    return row
  }
}
