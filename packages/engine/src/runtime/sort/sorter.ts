/**
 * Sorting of rows that do not arrive in order: ORDER BY, the building of an index, and whatever has outgrown its hash table.
 *
 *     add(row) …  sorted(): a part of the rows, then the next …
 *
 * Rows are kept in memory while the statement's limit allows. Beyond it they are sorted and written to the temporary file as one run; at
 * the end the runs are merged. Rows with equal keys stay in the order in which they came.
 */
import type { TextEncoding } from '../../record/index.ts'
import { RowFileWriter, WholePart, estimatedRowSize } from './row-file.ts'
import type { RowPart, RowRun } from './row-file.ts'
import { sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { RunMerge, SourcePart } from './run-merge.ts'
import type { RowSource } from './run-merge.ts'
import { laterRun } from './spill.ts'
import type { Spill } from './spill.ts'
import { sortInSlices } from './sort-in-slices.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

/** A run, and how often what is in it has been merged. */
interface SortedRun extends RowRun {
  readonly level: number
}

export class Sorter implements Debtor {
  readonly #spill: Spill
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  #rows: Row[] = []
  /** How many rows there are at the next estimate. */
  #nextCheck = 1
  #checked = 0
  #held = 0
  #writer: RowFileWriter | null = null
  #runs: SortedRun[] = []
  #merge: RunMerge | null = null

  constructor(
    spill: Spill,
    keys: readonly RowKey[],
    compare: RowComparison,
    encoding: TextEncoding,
  ) {
    this.#spill = spill
    this.#keys = keys
    this.#compare = compare
    this.#encoding = encoding
  }

  /** Takes a row; it must not be changed afterwards. */
  add(row: Row): void {
    if (this.#rows.push(row) >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const rows = this.#rows
    const size = sampledSize(rows, this.#checked)
    spill.take(size)
    this.#held += size
    this.#checked = rows.length
    if (spill.isFull(this.#held, this.#runs.length > 0 ? laterRun : 1)) spill.overflow(this)
    this.#nextCheck =
      rows === this.#rows ? rows.length + spill.rowsUntilCheck(rows.length, this.#held) : 1
  }

  /** Writes what is in memory as a run. */
  *settle(slice: Slice): Work<void> {
    if (this.#rows.length === 0) return
    const rows = yield* this.#sort(slice)
    const writer = (this.#writer ??= new RowFileWriter(this.#spill))
    for (const row of rows) {
      if (slice.isDue()) yield slice
      writer.write(row)
    }
    this.#runs.push({ ...writer.finish(), level: 0 })
    this.#dropRows()
    yield* this.#mergeRuns(slice)
  }

  #sort(slice: Slice): Work<Row[]> {
    const sort = (rows: Row[]): Row[] => sortRows(rows, this.#keys, this.#compare, this.#encoding)
    return sortInSlices(this.#rows, sort, this.#compare, slice)
  }

  #dropRows(): void {
    this.#rows = []
    this.#checked = 0
    this.#nextCheck = 1
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** Runs of one level that have become too many to be merged at once become one of the next. */
  *#mergeRuns(slice: Slice): Work<void> {
    const { mostRuns } = this.#spill
    for (;;) {
      const runs = this.#runs
      const level = runs.at(-1)!.level
      let start = runs.length
      while (start > 0 && runs[start - 1]!.level === level) start--
      if (runs.length - start < mostRuns) return
      this.#runs = runs.slice(0, start)
      const merged = yield* this.#merged(runs.slice(start), slice)
      this.#runs.push({ ...merged, level: level + 1 })
    }
  }

  *#merged(runs: readonly SortedRun[], slice: Slice): Work<RowRun> {
    const writer = this.#writer!
    const merge = new RunMerge(this.#spill, runs, this.#compare)
    for (let row = merge.next(); row !== null; row = merge.next()) {
      if (slice.isDue()) yield slice
      writer.write(row)
    }
    return writer.finish()
  }

  /** All rows are in; the first part of them in order. Called once. */
  sorted(): RowPart | null {
    return complete(this.sorting(unsliced))
  }

  *sorting(slice: Slice): Work<RowPart | null> {
    const source = yield* this.source(slice)
    if (source !== null) return new SourcePart(source).next()
    this.#rows = yield* this.#sort(slice)
    return new WholePart(this.#rows)
  }

  /** The rows in order, one by one, where they have not all stayed in memory; else null. */
  *source(slice: Slice): Work<RowSource | null> {
    yield* slice.settle()
    if (this.#runs.length === 0) return null
    yield* this.settle(slice)
    const { mostRuns } = this.#spill
    while (this.#runs.length > mostRuns) {
      // The last runs are the smallest.
      const count = Math.min(mostRuns, this.#runs.length - mostRuns + 1)
      const level = this.#runs.at(-count)!.level + 1
      const last = this.#runs.splice(-count)
      this.#runs.push({ ...(yield* this.#merged(last, slice)), level })
    }
    const runs = this.#runs
    this.#runs = []
    return (this.#merge = new RunMerge(this.#spill, runs, this.#compare))
  }

  /** Gives up what the sorter holds. */
  close(): void {
    this.#dropRows()
    for (const { chunks } of this.#runs) this.#spill.release(chunks)
    this.#runs = []
    this.#merge?.close()
    this.#merge = null
  }
}

/** Bytes that the rows from `start` on take, by some of them. */
export function sampledSize(rows: readonly Row[], start: number): number {
  const count = rows.length - start
  const step = Math.max(1, count >> 4)
  let size = 0
  let samples = 0
  for (let i = start; i < rows.length; i += step) {
    size += estimatedRowSize(rows[i]!)
    samples++
  }
  return Math.ceil((size * count) / Math.max(1, samples))
}
