/** Where sorted index entries come from, one by one: a list, a run in the temporary file, or several of them as one. */
import { readVarint } from '../../record/index.ts'
import type { RecordComparison } from '../../record/index.ts'
import { recordAt } from './entry-list.ts'
import { RowFileReader } from './row-file.ts'
import type { RowRun } from './row-file.ts'
import type { Spill } from './spill.ts'

export interface EntrySource {
  /** The record is `size` bytes of `data` from `offset` on, until the next call of `next`. */
  readonly data: Uint8Array
  readonly offset: number
  readonly size: number
  /** Makes the next entry the current one; false: there are no more. */
  next(): boolean
  /** No more entries are wanted. */
  close(): void
}

/** Entries in memory whose places are in order. */
export class ListEntries implements EntrySource {
  readonly data: Uint8Array
  offset = 0
  size = 0
  readonly #places: Uint32Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, places: Uint32Array, from: number, to: number) {
    this.data = bytes
    this.#places = places
    this.#at = from
    this.#end = to
  }

  next(): boolean {
    if (this.#at === this.#end) return false
    const place = this.#places[this.#at++]!
    this.size = readVarint(this.data, place)
    this.offset = recordAt(this.data, place)
    return true
  }

  close(): void {
    this.#at = this.#end
  }
}

/** Entries of a run. */
export class RunEntries implements EntrySource {
  data: Uint8Array
  offset = 0
  size = 0
  readonly #spill: Spill
  readonly #run: RowRun
  readonly #reader: RowFileReader
  #isOver = false

  constructor(spill: Spill, run: RowRun) {
    this.#spill = spill
    this.#run = run
    this.#reader = new RowFileReader(spill, run)
    this.data = this.#reader.bytes
  }

  next(): boolean {
    const reader = this.#reader
    if (!reader.advanceBytes()) {
      this.close()
      return false
    }
    this.data = reader.bytes
    this.offset = reader.start
    this.size = reader.size
    return true
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#spill.release(this.#run.chunks)
  }
}

/** Several sources as one. A heap has the one with the next entry on top; of equal entries that of the earlier source comes first. */
export class EntryMerge implements EntrySource {
  data: Uint8Array = new Uint8Array(0)
  offset = 0
  size = 0
  readonly #sources: readonly EntrySource[]
  readonly #comparison: RecordComparison
  readonly #fieldCount: number
  /** Numbers of sources. */
  readonly #heap: number[] = []
  /** The source on top has given its current entry away. */
  #isTaken = false

  constructor(sources: readonly EntrySource[], comparison: RecordComparison, fieldCount: number) {
    this.#sources = sources
    this.#comparison = comparison
    this.#fieldCount = fieldCount
    for (const [i, source] of sources.entries()) if (source.next()) this.#heap.push(i)
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  next(): boolean {
    const heap = this.#heap
    if (this.#isTaken && heap.length > 0) {
      if (!this.#sources[heap[0]!]!.next()) {
        const last = heap.pop()!
        if (heap.length > 0) heap[0] = last
      }
      if (heap.length > 1) this.#sink(0)
    }
    if (heap.length === 0) return false
    const source = this.#sources[heap[0]!]!
    this.data = source.data
    this.offset = source.offset
    this.size = source.size
    this.#isTaken = true
    return true
  }

  close(): void {
    for (const i of this.#heap) this.#sources[i]!.close()
    this.#heap.length = 0
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#sources[a]!
    const other = this.#sources[b]!
    const order = this.#comparison.compare(
      one.data,
      one.offset,
      other.data,
      other.offset,
      0,
      this.#fieldCount,
    )
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
