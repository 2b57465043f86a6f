/**
 * Sorted runs as one. A heap of readers has the one with the next row on top; of equal rows the one from the earlier run comes first,
 * so that the order of arrival stays.
 */
import { mostAtHand, RowFileReader } from './row-file.ts'
import type { RowPart, RowRun } from './row-file.ts'
import type { Row, RowComparison } from './row-order.ts'
import type { Spill } from './spill.ts'

export class RunMerge {
  readonly #spill: Spill
  readonly #runs: readonly RowRun[]
  readonly #compare: RowComparison
  readonly #readers: RowFileReader[] = []
  /** Numbers of runs. */
  readonly #heap: number[] = []

  constructor(spill: Spill, runs: readonly RowRun[], compare: RowComparison) {
    this.#spill = spill
    this.#runs = runs
    this.#compare = compare
    for (const [i, run] of runs.entries()) {
      const reader = new RowFileReader(spill, run)
      this.#readers.push(reader)
      if (reader.advance() !== null) this.#heap.push(i)
    }
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  /** The next row, or `null` after the last. */
  next(): Row | null {
    const heap = this.#heap
    if (heap.length === 0) return null
    const top = heap[0]!
    const reader = this.#readers[top]!
    const { row } = reader
    if (reader.advance() === null) {
      this.#spill.release(this.#runs[top]!.chunks)
      const last = heap.pop()!
      if (heap.length === 0) return row
      heap[0] = last
    }
    if (heap.length > 1) this.#sink(0)
    return row
  }

  /** No more rows are wanted. */
  close(): void {
    for (const i of this.#heap) this.#spill.release(this.#runs[i]!.chunks)
    this.#heap.length = 0
  }

  #isBefore(a: number, b: number): boolean {
    const order = this.#compare(this.#readers[a]!.row!, this.#readers[b]!.row!)
    return order < 0 || (order === 0 && a < b)
  }

  #sink(start: number): void {
    const heap = this.#heap
    const size = heap.length
    for (let i = start; ;) {
      let child = 2 * i + 1
      if (child >= size) return
      if (child + 1 < size && this.#isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!this.#isBefore(heap[child]!, heap[i]!)) return
      const moved = heap[i]!
      heap[i] = heap[child]!
      heap[child] = moved
      i = child
    }
  }
}

/** Where rows come from one by one. */
export interface RowSource {
  /** null: there are none any more; undefined: many have been looked at, ask again. */
  next(): Row | null | undefined
}

/** Rows that come one by one, some at a time. */
export class SourcePart implements RowPart {
  rows: Row[] = []
  readonly #source: RowSource

  constructor(source: RowSource) {
    this.#source = source
  }

  next(): RowPart | null {
    const rows: Row[] = []
    this.rows = rows
    while (rows.length < mostAtHand) {
      const row = this.#source.next()
      if (row === undefined) return this
      if (row === null) break
      rows.push(row)
    }
    return rows.length === 0 ? null : this
  }
}
