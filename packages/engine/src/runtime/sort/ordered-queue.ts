/**
 * The queue of a recursive common table with ORDER BY: the least row comes out first, of equal ones the one that came first.
 *
 * A binary heap while the statement's limit allows; beyond it what is in the heap is sorted and written as a run, and the next row is the least
 * of the heap's top and of the next rows of all runs.
 */
import type { Value } from '../../record/index.ts'
import { RowFileWriter } from './row-file.ts'
import type { RowRun } from './row-file.ts'
import type { Row, RowComparison } from './row-order.ts'
import { RunMerge } from './run-merge.ts'
import { sampledSize } from './sorter.ts'
import { laterRun } from './spill.ts'
import type { Spill } from './spill.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

/** A run that is being read. */
interface Reading {
  readonly merge: RunMerge
  row: Row | null
}

export class OrderedQueue implements Debtor {
  readonly #spill: Spill
  readonly #compare: RowComparison
  /** Rows with their number at the end. */
  #heap: Row[] = []
  #count = 0
  #added = 0
  #nextCheck = 64
  #held = 0
  #readings: Reading[] = []

  /** @param compare by the keys of ORDER BY */
  constructor(spill: Spill, compare: RowComparison) {
    this.#spill = spill
    this.#compare = (a, b) => {
      const order = compare(a, b)
      return order === 0 ? (a.at(-1) as number) - (b.at(-1) as number) : order
    }
  }

  /** Takes a row, which becomes its own. */
  add(row: Value[]): void {
    row.push(this.#count++)
    const heap = this.#heap
    let i = heap.push(row) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (this.#compare(row, heap[parent]!) >= 0) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = row
    if (++this.#added >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    spill.give(this.#held)
    this.#held = sampledSize(this.#heap, 0)
    spill.take(this.#held)
    this.#nextCheck = this.#added + Math.max(64, this.#heap.length >> 2)
    if (spill.isFull(this.#held, this.#readings.length > 0 ? laterRun : 1)) spill.overflow(this)
  }

  /** Takes the least out; null: there is none. */
  next(): Row | null {
    const top = this.#heap.length === 0 ? null : this.#heap[0]!
    if (this.#readings.length === 0) return top === null ? null : this.#takeTop()
    let least: Reading | null = null
    for (const reading of this.#readings) {
      const { row } = reading
      if (row !== null && (least === null || this.#compare(row, least.row!) < 0)) least = reading
    }
    if (least === null) {
      this.#readings = []
      return top === null ? null : this.#takeTop()
    }
    if (top !== null && this.#compare(top, least.row!) < 0) return this.#takeTop()
    const { row } = least
    least.row = least.merge.next()
    return row
  }

  #takeTop(): Row {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= size) break
      if (child + 1 < size && this.#compare(heap[child + 1]!, heap[child]!) < 0) child++
      if (this.#compare(last, heap[child]!) <= 0) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return top
  }

  /** Writes the heap as a run; when there are too many runs, they become one. */
  *settle(slice: Slice): Work<void> {
    const rows = this.#heap.toSorted(this.#compare)
    this.#heap = []
    this.#spill.give(this.#held)
    this.#held = 0
    const writer = new RowFileWriter(this.#spill)
    for (const row of rows) {
      if (slice.isDue()) yield slice
      writer.write(row)
    }
    this.#read(writer.finish())
    if (this.#readings.length < this.#spill.mostRuns) return
    const merged = new RowFileWriter(this.#spill)
    for (let row = this.next(); row !== null; row = this.next()) {
      if (slice.isDue()) yield slice
      merged.write(row)
    }
    this.#read(merged.finish())
  }

  #read(run: RowRun): void {
    const merge = new RunMerge(this.#spill, [run], this.#compare)
    this.#readings.push({ merge, row: merge.next() })
  }

  /** Gives up what it holds. */
  close(): void {
    this.#heap = []
    this.#spill.give(this.#held)
    this.#held = 0
    for (const { merge } of this.#readings) merge.close()
    this.#readings = []
  }
}
