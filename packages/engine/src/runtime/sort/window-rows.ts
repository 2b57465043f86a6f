/**
 * The rows of window functions, partition after partition: of the current one any row can be read by its place.
 *
 *     begin(first part of all rows in order);  while (next()) { count, at(0) … at(count - 1) }
 *
 * A partition that lies in one array stays where it is. Otherwise its rows are kept here, and beyond the statement's limit in blocks of a
 * fixed number of rows in the temporary file, of which those that were read last stay at hand: a frame reads at its start, at its end and
 * at the row itself.
 */
import { RowFileReader, RowFileWriter, WholePart } from './row-file.ts'
import type { RowPart, RowRun } from './row-file.ts'
import type { Row } from './row-order.ts'
import { sampledSize } from './sorter.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

/** Whether two rows are of one partition. */
export type SamePartition = (a: Row, b: Row) => boolean

/** Blocks at hand. */
const mostBlocks = 6

interface Block {
  number: number
  rows: readonly Row[]
  used: number
}

export class WindowRows {
  /** Rows of the current partition. */
  count = 0
  readonly #spill: Spill
  readonly #same: SamePartition | null
  #part: RowPart | null = null
  #place = 0
  /** Where the partition is: in this array from `#base` on, as far as it is in memory. */
  #rows: readonly Row[] = []
  #base = 0
  #own: Row[] = []
  #checked = 0
  #nextCheck = 1
  #held = 0
  #writer: RowFileWriter | null = null
  /** Rows of each block. */
  #blockSize = 0
  #blocks: RowRun[] = []
  readonly #recent: Block[] = []
  #clock = 0

  /** @param same null: all rows are one partition */
  constructor(spill: Spill, same: SamePartition | null) {
    this.#spill = spill
    this.#same = same
  }

  begin(first: RowPart | null): void {
    this.#part = first
    this.#place = 0
  }

  /** Goes on with the next partition. @returns false: there is none */
  next(): boolean {
    return complete(this.advancing(unsliced))
  }

  *advancing(slice: Slice): Work<boolean> {
    this.#forget()
    let part = this.#part
    while (part !== null && this.#place >= part.rows.length) {
      part = part.next()
      this.#place = 0
    }
    this.#part = part
    if (part === null) return false
    const first = part.rows[this.#place]!
    const end = yield* this.#endIn(part.rows, first, this.#place, slice)
    if (end < part.rows.length || part instanceof WholePart) {
      this.#rows = part.rows
      this.#base = this.#place
      this.count = end - this.#place
      this.#place = end
      return true
    }
    yield* this.#collect(part, first, slice)
    return true
  }

  /** Where the partition of `first` ends among the rows. */
  *#endIn(rows: readonly Row[], first: Row, from: number, slice: Slice): Work<number> {
    const same = this.#same
    if (same === null) return rows.length
    let end = from
    while (end < rows.length) {
      const stop = Math.min(rows.length, end + 1024)
      while (end < stop && same(first, rows[end]!)) end++
      if (end < stop) break
      if (slice.isDue()) yield slice
    }
    return end
  }

  /** Keeps the rows of a partition that goes on in the next part. */
  *#collect(part: RowPart, first: Row, slice: Slice): Work<void> {
    let current: RowPart | null = part
    let end = part.rows.length
    for (;;) {
      for (let i = this.#place; i < end; i++) this.#keep(current.rows[i]!)
      this.#place = end
      if (end < current.rows.length) break
      current = current.next()
      this.#place = 0
      if (current === null) break
      if (slice.isDue()) yield slice
      end = yield* this.#endIn(current.rows, first, 0, slice)
    }
    this.#part = current
    this.#rows = this.#own
    this.#base = 0
  }

  #keep(row: Row): void {
    this.count++
    const own = this.#own
    own.push(row)
    if (this.#writer !== null) {
      if (own.length === this.#blockSize) this.#writeBlocks()
    } else if (own.length >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const own = this.#own
    const size = sampledSize(own, this.#checked)
    spill.take(size)
    this.#held += size
    this.#checked = own.length
    this.#nextCheck = own.length + spill.rowsUntilCheck(own.length, this.#held)
    if (!spill.isFull(this.#held)) return
    const rowSize = this.#held / own.length
    this.#blockSize = Math.max(1, Math.floor(spill.chunkSize / rowSize))
    this.#writer = new RowFileWriter(spill)
    this.#writeBlocks()
    spill.give(this.#held)
    this.#held = 0
  }

  /** Writes what makes whole blocks; the rest stays. */
  #writeBlocks(): void {
    const own = this.#own
    const size = this.#blockSize
    let start = 0
    for (; start + size <= own.length; start += size) {
      for (let i = start; i < start + size; i++) this.#writer!.write(own[i]!)
      this.#blocks.push(this.#writer!.finish())
    }
    this.#own = own.slice(start)
  }

  /** A row of the partition, by its place. */
  at(place: number): Row {
    if (this.#writer !== null) return this.#read(place)
    return this.#rows[this.#base + place]!
  }

  #read(place: number): Row {
    const number = Math.floor(place / this.#blockSize)
    const within = place - number * this.#blockSize
    if (number >= this.#blocks.length) return this.#own[within]!
    const recent = this.#recent
    for (let i = 0; i < recent.length; i++) {
      const block = recent[i]!
      if (block.number !== number) continue
      block.used = ++this.#clock
      return block.rows[within]!
    }
    const rows = this.#readBlock(this.#blocks[number]!)
    const used = ++this.#clock
    if (recent.length < mostBlocks) recent.push({ number, rows, used })
    else {
      let oldest = recent[0]!
      for (const block of recent) if (block.used < oldest.used) oldest = block
      oldest.number = number
      oldest.rows = rows
      oldest.used = used
    }
    return rows[within]!
  }

  #readBlock(run: RowRun): readonly Row[] {
    const reader = new RowFileReader(this.#spill, run)
    const rows: Row[] = []
    for (let row = reader.advance(); row !== null; row = reader.advance()) rows.push(row)
    return rows
  }

  /** The partition is done with. */
  #forget(): void {
    this.count = 0
    this.#rows = []
    this.#own = []
    this.#checked = 0
    this.#nextCheck = 1
    this.#spill.give(this.#held)
    this.#held = 0
    if (this.#writer === null) return
    for (const { chunks } of this.#blocks) this.#spill.release(chunks)
    this.#blocks = []
    this.#recent.length = 0
    this.#writer = null
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    this.#part = null
  }
}
