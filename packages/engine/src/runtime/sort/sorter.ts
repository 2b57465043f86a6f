/**
 * Sorting of rows that do not arrive in order: ORDER BY, GROUP BY, the building of an index.
 *
 *     add(row) …  finish()  next() next() … null
 *
 * Rows are kept in memory up to a limit. Beyond it they are sorted and written to a spill file as one run,
 * records one after another with their sizes; at the end the runs are merged. Whoever makes the sorter says
 * where a spill file comes from; without one everything stays in memory.
 *
 * `TopRows` is for ORDER BY with a LIMIT: it keeps no more rows than are wanted, in a heap with the last of
 * them on top.
 */
import { assert } from '../../base/assert.ts'
import {
  RecordWriter,
  decodeRecord,
  readVarint,
  varintLength,
  varintSize,
  writeVarint,
} from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import { rowComparison, sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'

/** Bytes that a sorter keeps in memory unless it is told otherwise. */
export const defaultSorterLimit = 67_108_864

/** Temporary storage for sorted runs. */
export interface SpillFile {
  /** Adds bytes at the end. */
  append(bytes: Uint8Array): void
  /** Fills `target` from `offset` on, as far as the file goes; answers how many bytes it got. */
  read(offset: number, target: Uint8Array): number
  close(): void
}

export interface SorterOptions {
  readonly keys: readonly RowKey[]
  /** By default a comparison made from `keys`. */
  readonly compare?: RowComparison
  readonly encoding?: TextEncoding
  readonly openSpill?: () => SpillFile
  readonly memoryLimit?: number
}

export class Sorter {
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  readonly #openSpill: (() => SpillFile) | null
  readonly #memoryLimit: number
  #rows: Row[] = []
  #next = 0
  #memory = 0
  #spill: SpillFile | null = null
  #spillSize = 0
  readonly #runs: { readonly start: number; readonly end: number }[] = []
  #merge: RunMerge | null = null

  constructor(options: SorterOptions) {
    this.#keys = options.keys
    this.#encoding = options.encoding ?? 'utf8'
    this.#compare = options.compare ?? rowComparison(options.keys, this.#encoding)
    this.#openSpill = options.openSpill ?? null
    this.#memoryLimit = options.memoryLimit ?? defaultSorterLimit
  }

  /** Takes a row; it must not be changed afterwards. */
  add(row: Row): void {
    this.#rows.push(row)
    // Rows of one query are much alike: looking at some of them is enough.
    if ((this.#rows.length & 0xff) === 0) this.#checkMemory(row)
  }

  #checkMemory(row: Row): void {
    this.#memory += 256 * estimateSize(row)
    if (this.#memory > this.#memoryLimit && this.#openSpill !== null) this.#spillRun()
  }

  #spillRun(): void {
    this.#spill ??= this.#openSpill!()
    const rows = sortRows(this.#rows, this.#keys, this.#compare, this.#encoding)
    const start = this.#spillSize
    const chunk = new RunWriter(this.#spill, this.#encoding)
    for (const row of rows) chunk.write(row)
    chunk.flush()
    this.#spillSize += chunk.size
    this.#runs.push({ start, end: this.#spillSize })
    this.#rows = []
    this.#memory = 0
  }

  /** All rows are in: puts them in order. */
  finish(): void {
    if (this.#spill !== null) {
      if (this.#rows.length > 0) this.#spillRun()
      this.#merge = new RunMerge(this.#spill, this.#runs, this.#compare, this.#encoding)
      return
    }
    this.#rows = sortRows(this.#rows, this.#keys, this.#compare, this.#encoding)
  }

  /** The next row in order, or `null` after the last. */
  next(): Row | null {
    if (this.#next < this.#rows.length) return this.#rows[this.#next++]!
    return this.#merge === null ? null : this.#merge.next()
  }

  /** Gives back what the sorter holds. */
  close(): void {
    this.#rows = []
    this.#spill?.close()
    this.#spill = null
    this.#merge = null
  }
}

/** Bytes that a row takes in memory, roughly. */
function estimateSize(row: Row): number {
  let size = 32 + row.length * 8
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!
    if (typeof value === 'string') size += 24 + value.length
    else if (typeof value === 'object' && value !== null)
      size += value instanceof Uint8Array ? 100 + value.length : 24
    else if (typeof value !== 'number' || !Number.isInteger(value)) size += 16
  }
  return size
}

const chunkSize = 65536

/** Writes records with their sizes, a chunk at a time. */
class RunWriter {
  size = 0
  readonly #file: SpillFile
  readonly #writer: RecordWriter
  #chunk = new Uint8Array(chunkSize)
  #used = 0

  constructor(file: SpillFile, encoding: TextEncoding) {
    this.#file = file
    this.#writer = new RecordWriter(encoding)
  }

  write(row: readonly Value[]): void {
    const writer = this.#writer
    const size = writer.encode(row)
    const needed = varintSize(size) + size
    if (this.#used + needed > this.#chunk.length) this.flush()
    if (needed > this.#chunk.length) this.#chunk = new Uint8Array(needed)
    const at = this.#used + writeVarint(this.#chunk, this.#used, size)
    this.#chunk.set(writer.data.subarray(writer.offset, writer.offset + size), at)
    this.#used = at + size
  }

  flush(): void {
    if (this.#used > 0) this.#file.append(this.#chunk.subarray(0, this.#used))
    this.size += this.#used
    this.#used = 0
  }
}

/** Reads one run back. */
class RunReader {
  row: Row | null = null
  readonly #file: SpillFile
  readonly #encoding: TextEncoding
  readonly #end: number
  #fileOffset: number
  #chunk = new Uint8Array(chunkSize)
  #at = 0
  #filled = 0

  constructor(file: SpillFile, start: number, end: number, encoding: TextEncoding) {
    this.#file = file
    this.#encoding = encoding
    this.#fileOffset = start
    this.#end = end
    this.advance()
  }

  /** Makes the next row `row`, or `null` at the end. */
  advance(): void {
    if (this.#filled - this.#at < 9) this.#fill(9)
    if (this.#at === this.#filled) {
      this.row = null
      return
    }
    const size = readVarint(this.#chunk, this.#at)
    this.#at += varintLength(this.#chunk, this.#at)
    if (this.#filled - this.#at < size) this.#fill(size)
    assert(this.#filled - this.#at >= size, 'a spilled record is as long as it says')
    this.row = decodeRecord(this.#chunk, this.#at, size, this.#encoding)
    this.#at += size
  }

  /** Has at least `wanted` bytes ready, if the run has so many. */
  #fill(wanted: number): void {
    const rest = this.#chunk.subarray(this.#at, this.#filled)
    const chunk = wanted > this.#chunk.length ? new Uint8Array(wanted) : this.#chunk
    chunk.set(rest)
    let filled = rest.length
    // A file may give less than was asked for.
    while (filled < wanted && this.#fileOffset < this.#end) {
      const room = Math.min(chunk.length - filled, this.#end - this.#fileOffset)
      const got = this.#file.read(this.#fileOffset, chunk.subarray(filled, filled + room))
      if (got === 0) break
      this.#fileOffset += got
      filled += got
    }
    this.#chunk = chunk
    this.#at = 0
    this.#filled = filled
  }
}

/** Merges sorted runs. Of equal rows the one from the earlier run comes first. */
class RunMerge {
  readonly #readers: RunReader[] = []
  readonly #compare: RowComparison

  constructor(
    file: SpillFile,
    runs: readonly { readonly start: number; readonly end: number }[],
    compare: RowComparison,
    encoding: TextEncoding,
  ) {
    this.#compare = compare
    for (const { start, end } of runs) this.#readers.push(new RunReader(file, start, end, encoding))
  }

  next(): Row | null {
    // Runs are large, so there are few of them: looking at each is cheaper than keeping a heap in order.
    let best: RunReader | null = null
    for (const reader of this.#readers) {
      if (reader.row === null) continue
      if (best === null || this.#compare(reader.row, best.row!) < 0) best = reader
    }
    if (best === null) return null
    const { row } = best
    best.advance()
    return row
  }
}

/** The first `limit` rows of an order. */
export class TopRows {
  readonly #limit: number
  readonly #compare: RowComparison
  /** A heap: each row comes before (or is) its parent at (i - 1) >> 1, so the last of them is at 0. */
  readonly #rows: Row[] = []
  readonly #numbers: number[] = []
  #added = 0
  #next = 0

  constructor(limit: number, compare: RowComparison) {
    this.#limit = limit
    this.#compare = compare
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
      this.#rows.push(row)
      this.#numbers.push(this.#added++)
      this.#siftUp(this.#rows.length - 1)
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

  /** All rows are in: puts those kept in order. */
  finish(): void {
    for (let size = this.#rows.length - 1; size > 0; size--) {
      this.#swap(0, size)
      this.#siftDown(0, size)
    }
  }

  /** The next row in order, or `null` after the last. */
  next(): Row | null {
    return this.#next < this.#rows.length ? this.#rows[this.#next++]! : null
  }
}
