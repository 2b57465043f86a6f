/**
 * Sorting of index entries, as records: for a new index, and for one that many entries are added to.
 *
 *     add(record) …  sorting(): where they come from in order
 *
 * Entries stay bytes. They are kept in memory while the statement's limit allows; beyond it they are sorted and written to the temporary file as one
 * run, and at the end the runs are merged. A statement that runs in slices sorts pieces of what is in memory, and merges these too. Equal entries stay
 * in the order in which they came.
 */
import type { RecordComparison } from '../../record/index.ts'
import { EntryList } from './entry-list.ts'
import { EntryMerge, ListEntries, RunEntries } from './entry-merge.ts'
import type { EntrySource } from './entry-merge.ts'
import { EntrySort } from './entry-order.ts'
import { RowFileWriter } from './row-file.ts'
import type { RowRun } from './row-file.ts'
import { laterRun } from './spill.ts'
import type { Spill } from './spill.ts'
import { unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

/** Entries that are sorted in a millisecond or two. */
const pieceSize = 8192

/** Places are numbers of 32 bits. */
const mostInMemory = 0x4000_0000

/** Bytes between two looks at the limit. */
const betweenChecks = 0x8000

/** A run, and how often what is in it has been merged. */
interface SortedRun extends RowRun {
  readonly level: number
}

export class EntrySorter implements Debtor {
  /** Who makes entries in it calls `added` after each. */
  readonly list: EntryList = new EntryList()
  readonly #spill: Spill
  readonly #comparison: RecordComparison
  readonly #fieldCount: number
  readonly #sort: EntrySort
  /** Bytes of the list at the next look at the limit. */
  #nextCheck = 0
  #held = 0
  #writer: RowFileWriter | null = null
  #runs: SortedRun[] = []
  #merge: EntryMerge | null = null

  /** @param fieldCount so many fields decide; entries that agree in them stay in the order in which they came */
  constructor(spill: Spill, comparison: RecordComparison, fieldCount: number) {
    this.#spill = spill
    this.#comparison = comparison
    this.#fieldCount = fieldCount
    this.#sort = new EntrySort(comparison, fieldCount)
  }

  /** Takes a record. */
  add(data: Uint8Array, offset: number, size: number): void {
    this.list.add(data, offset, size)
    this.added()
  }

  /** An entry has been added to the list. */
  added(): void {
    if (this.list.used >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const { list } = this
    spill.take(list.size - this.#held)
    this.#held = list.size
    const part = this.#runs.length > 0 ? laterRun : 1
    if (spill.isFull(this.#held, part) || list.used >= mostInMemory) spill.overflow(this)
    const step = Math.min(betweenChecks, Math.max(256, spill.memoryLimit >> 4))
    this.#nextCheck = this.list.used + step
  }

  /** Writes what is in memory as a run. */
  *settle(slice: Slice): Work<void> {
    if (this.list.count === 0) return
    const writer = (this.#writer ??= new RowFileWriter(this.#spill))
    const entries = yield* this.#inMemory(slice)
    while (entries.next()) {
      if (slice.isDue()) yield slice
      writer.writeBytes(entries.data, entries.offset, entries.size)
    }
    this.#runs.push({ ...writer.finish(), level: 0 })
    this.#forgetList()
    yield* this.#mergeRuns(slice)
  }

  /** What is in memory, in order. */
  *#inMemory(slice: Slice): Work<EntrySource> {
    const { list } = this
    const { bytes, places, count } = list
    if (slice === unsliced || count <= pieceSize) {
      this.#sort.sort(bytes, places, 0, count)
      return new ListEntries(bytes, places, 0, count)
    }
    const pieces: EntrySource[] = []
    for (let at = 0; at < count; at += pieceSize) {
      const end = Math.min(count, at + pieceSize)
      this.#sort.sort(bytes, places, at, end)
      pieces.push(new ListEntries(bytes, places, at, end))
      if (slice.isTimeUp()) yield slice
    }
    return new EntryMerge(pieces, this.#comparison, this.#fieldCount)
  }

  #forgetList(): void {
    this.list.clear()
    this.#nextCheck = 0
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
    const merge = this.#mergeOf(runs)
    while (merge.next()) {
      if (slice.isDue()) yield slice
      writer.writeBytes(merge.data, merge.offset, merge.size)
    }
    return writer.finish()
  }

  #mergeOf(runs: readonly SortedRun[]): EntryMerge {
    const sources = runs.map((run) => new RunEntries(this.#spill, run))
    return new EntryMerge(sources, this.#comparison, this.#fieldCount)
  }

  /** All entries are in: where they come from in order. Called once. */
  *sorting(slice: Slice): Work<EntrySource> {
    yield* slice.settle()
    if (this.#runs.length === 0) return yield* this.#inMemory(slice)
    yield* this.settle(slice)
    this.list.release()
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
    return (this.#merge = this.#mergeOf(runs))
  }

  /** Gives up what the sorter holds. */
  close(): void {
    this.#forgetList()
    this.list.release()
    this.#sort.release()
    for (const { chunks } of this.#runs) this.#spill.release(chunks)
    this.#runs = []
    this.#merge?.close()
    this.#merge = null
  }
}
