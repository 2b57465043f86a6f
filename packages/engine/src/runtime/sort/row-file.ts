/**
 * Rows in the temporary file: written one after another into chunks, and read back in the order in which they were written.
 *
 * They are not records, for a row in the file is to be exactly what it was: numbers of both domains (an integer-valued one of a REAL column
 * stays what it is), −0.0, texts that no encoding has. Each row is its size in bytes, then a tag and content for each value:
 *
 * | tag | content | value |
 * |-----|---------|-------|
 * | 0   |         | NULL |
 * | 1   | int32   | number |
 * | 2   | double  | number |
 * | 3   | double  | `Real` |
 * | 4   | int64   | bigint |
 * | 5   | size, a byte for each unit | text whose units are all below 256 |
 * | 6   | size, two bytes for each unit | text |
 * | 7   | size, bytes | BLOB |
 * | 8   | a text, with its tag | `JsonText` |
 *
 * Sizes are four bytes; all numbers are little-endian.
 */
import { assert } from '../../base/assert.ts'
import { tooBig } from '../../base/error.ts'
import { Real } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { JsonText } from '../functions/json/json-text.ts'
import type { Row } from './row-order.ts'
import type { Spill } from './spill.ts'

/** Rows that have been written. */
export interface RowRun {
  readonly chunks: readonly number[]
  readonly size: number
}

/** Rows that are at hand, and those behind them. */
export interface RowPart {
  /** There may be none, and more behind. */
  readonly rows: readonly Row[]
  /** What comes next; the rows before it may then be forgotten. */
  next(): RowPart | null
}

/** All rows. */
export class WholePart implements RowPart {
  readonly rows: readonly Row[]

  constructor(rows: readonly Row[]) {
    this.rows = rows
  }

  next(): null {
    return null
  }
}

/** Bytes that a value takes in memory, roughly. */
export function estimatedSize(value: Value): number {
  if (typeof value === 'string') return 32 + value.length
  if (typeof value === 'number') return Number.isInteger(value) ? 8 : 24
  if (value === null) return 8
  if (value instanceof Uint8Array) return 128 + value.length
  return 32
}

/** Bytes that a row takes in memory, roughly, and the sorting of it. */
export function estimatedRowSize(row: Row): number {
  let size = 80
  for (let i = 0; i < row.length; i++) size += estimatedSize(row[i]!)
  return size
}

/** No buffer is longer. */
const largestRow = 0x7fff_0000

export class RowFileWriter {
  readonly #spill: Spill
  readonly #chunk: Buffer
  #used = 0
  #chunks: number[] = []
  #size = 0
  /** The row that is being written. */
  #row: Buffer = Buffer.allocUnsafe(1024)

  constructor(spill: Spill) {
    this.#spill = spill
    this.#chunk = Buffer.allocUnsafe(spill.chunkSize)
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size + this.#used
  }

  write(row: Row): void {
    let at = 4
    for (let i = 0; i < row.length; i++) at = this.#encode(row[i]!, at)
    this.#row.writeUInt32LE(at - 4, 0)
    this.#append(this.#row, at)
  }

  /** Writes bytes that are no row; a reader of such a run takes them with `advanceBytes`. */
  writeBytes(bytes: Uint8Array, offset: number, size: number): void {
    const head = this.#row
    head.writeUInt32LE(size, 0)
    this.#append(head, 4)
    this.#append(Buffer.from(bytes.buffer, bytes.byteOffset + offset, size), size)
  }

  #append(bytes: Buffer, size: number): void {
    const chunk = this.#chunk
    for (let from = 0; from < size;) {
      if (this.#used === chunk.length) this.#flush()
      const part = Math.min(size - from, chunk.length - this.#used)
      bytes.copy(chunk, this.#used, from, from + part)
      this.#used += part
      from += part
    }
  }

  #flush(): void {
    this.#chunks.push(this.#spill.write(this.#chunk, this.#used))
    this.#size += this.#used
    this.#used = 0
  }

  /** All rows are in; another run may begin. */
  finish(): RowRun {
    if (this.#used > 0) this.#flush()
    const run = { chunks: this.#chunks, size: this.#size }
    this.#chunks = []
    this.#size = 0
    return run
  }

  /** Room for `size` bytes at `at`. */
  #reserve(at: number, size: number): Buffer {
    const needed = at + size
    if (needed <= this.#row.length) return this.#row
    if (needed > largestRow) throw tooBig()
    const grown = Buffer.allocUnsafe(Math.min(largestRow, Math.max(needed, 2 * this.#row.length)))
    this.#row.copy(grown, 0, 0, at)
    this.#row = grown
    return grown
  }

  /** Writes a value; answers where it ends. */
  #encode(value: Value, at: number): number {
    if (typeof value === 'number') {
      const row = this.#reserve(at, 9)
      if (value === (value | 0) && !Object.is(value, -0)) {
        row[at] = 1
        return row.writeInt32LE(value, at + 1)
      }
      row[at] = 2
      return row.writeDoubleLE(value, at + 1)
    }
    if (typeof value === 'string') return this.#encodeText(value, at)
    if (value === null) {
      this.#reserve(at, 1)[at] = 0
      return at + 1
    }
    if (value instanceof Real) {
      const row = this.#reserve(at, 9)
      row[at] = 3
      return row.writeDoubleLE(value.value, at + 1)
    }
    if (typeof value === 'bigint') {
      const row = this.#reserve(at, 9)
      row[at] = 4
      return row.writeBigInt64LE(value, at + 1)
    }
    // An operand of an aggregate, which is no value of SQL.
    const operand: Uint8Array | JsonText = value
    if (operand instanceof JsonText) {
      this.#reserve(at, 1)[at] = 8
      return this.#encodeText(operand.text, at + 1)
    }
    const row = this.#reserve(at, 5 + value.length)
    row[at] = 7
    row.writeUInt32LE(value.length, at + 1)
    row.set(value, at + 5)
    return at + 5 + value.length
  }

  #encodeText(text: string, at: number): number {
    const { length } = text
    const row = this.#reserve(at, 5 + length)
    row.writeUInt32LE(length, at + 1)
    row[at] = 5
    const start = at + 5
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0xff) return this.#encodeWide(text, at)
      row[start + i] = unit
    }
    return start + length
  }

  #encodeWide(text: string, at: number): number {
    const size = text.length * 2
    const row = this.#reserve(at, 5 + size)
    row[at] = 6
    row.writeUInt32LE(size, at + 1)
    return at + 5 + row.write(text, at + 5, size, 'utf16le')
  }
}

const noBytes = new Uint8Array(0)

/** Reads a run from its beginning. */
export class RowFileReader {
  /** The current row; null: there are no more. */
  row: Row | null = null
  /** Bytes of it in the file. */
  size = 0
  readonly #spill: Spill
  readonly #run: RowRun
  readonly #chunk: Buffer
  #nextChunk = 0
  #left: number
  #at = 0
  #filled = 0
  /** For what lies in two chunks. */
  #joined: Buffer = Buffer.alloc(0)
  /** Where what `#take` answered begins. */
  #start = 0

  constructor(spill: Spill, run: RowRun) {
    this.#spill = spill
    this.#run = run
    this.#left = run.size
    this.#chunk = Buffer.allocUnsafe(Math.min(spill.chunkSize, run.size))
  }

  /** Makes the next row the current one. */
  advance(): Row | null {
    if (this.#left === 0 && this.#at === this.#filled) return (this.row = null)
    const size = this.#take(4).readUInt32LE(this.#start)
    const bytes = this.#take(size)
    this.size = size
    return (this.row = decodeRow(bytes, this.#start, this.#start + size))
  }

  /** What `advanceBytes` found: `size` bytes of `bytes` from `start` on, until it is called again. */
  bytes: Uint8Array = noBytes

  get start(): number {
    return this.#start
  }

  /** Makes the next bytes the current ones; false: there are no more. */
  advanceBytes(): boolean {
    if (this.#left === 0 && this.#at === this.#filled) return false
    this.size = this.#take(4).readUInt32LE(this.#start)
    this.bytes = this.#take(this.size)
    return true
  }

  /** The next `size` bytes, in one piece from `#start`. */
  #take(size: number): Buffer {
    if (this.#filled - this.#at >= size) {
      this.#start = this.#at
      this.#at += size
      return this.#chunk
    }
    if (this.#joined.length < size) this.#joined = Buffer.allocUnsafe(size)
    const joined = this.#joined
    for (let got = 0; got < size;) {
      if (this.#at === this.#filled) this.#fill()
      const part = Math.min(size - got, this.#filled - this.#at)
      this.#chunk.copy(joined, got, this.#at, this.#at + part)
      this.#at += part
      got += part
    }
    this.#start = 0
    return joined
  }

  #fill(): void {
    assert(this.#left > 0, 'a row in a temporary file ends where it says')
    const size = Math.min(this.#left, this.#chunk.length)
    this.#spill.read(this.#run.chunks[this.#nextChunk++]!, this.#chunk, 0, size)
    this.#left -= size
    this.#at = 0
    this.#filled = size
  }
}

/** Methods of Node's buffers that its types do not name: without the checks of `toString`. */
interface RawBuffer {
  latin1Slice(this: Uint8Array, start: number, end: number): string
  ucs2Slice(this: Uint8Array, start: number, end: number): string
}

const { latin1Slice, ucs2Slice } = Buffer.prototype as unknown as RawBuffer

/** A row from its bytes. */
export function decodeRow(bytes: Buffer, start: number, end: number): Row {
  const row: Value[] = []
  let isMarked = false
  for (let at = start; at < end;) {
    const tag = bytes[at]!
    switch (tag) {
      case 8:
        isMarked = true
        at += 1
        break
      case 0:
        row.push(null)
        at += 1
        break
      case 1:
        row.push(bytes.readInt32LE(at + 1))
        at += 5
        break
      case 2:
        row.push(bytes.readDoubleLE(at + 1))
        at += 9
        break
      case 3:
        row.push(new Real(bytes.readDoubleLE(at + 1)))
        at += 9
        break
      case 4:
        row.push(bytes.readBigInt64LE(at + 1))
        at += 9
        break
      default: {
        const size = bytes.readUInt32LE(at + 1)
        at += 5
        if (isMarked) {
          const slice = tag === 5 ? latin1Slice : ucs2Slice
          row.push(new JsonText(slice.call(bytes, at, at + size)) as unknown as Value)
          isMarked = false
        } else if (tag === 5) row.push(latin1Slice.call(bytes, at, at + size))
        else if (tag === 6) row.push(ucs2Slice.call(bytes, at, at + size))
        else row.push(Buffer.from(bytes.subarray(at, at + size)))
        at += size
      }
    }
  }
  return row
}

/** The rows of a run, some at a time. */
export class RunPart implements RowPart {
  readonly rows: Row[] = []
  readonly #reader: RowFileReader
  readonly #mostBytes: number

  constructor(spill: Spill, run: RowRun) {
    this.#reader = new RowFileReader(spill, run)
    this.#mostBytes = spill.chunkSize
  }

  next(): RowPart | null {
    const { rows } = this
    const reader = this.#reader
    rows.length = 0
    for (let bytes = 0; bytes < this.#mostBytes && rows.length < mostAtHand;) {
      const row = reader.advance()
      if (row === null) break
      rows.push(row)
      bytes += reader.size
    }
    return rows.length === 0 ? null : this
  }
}

/** Rows of a part that is read from a file. */
export const mostAtHand = 256
