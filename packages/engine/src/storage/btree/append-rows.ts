/**
 * Many rows of plain values after the last row of a table: encoded straight onto its last leaf, in one loop, without a record
 * of their own in between. Bulk inserts are mostly their first run in a process, of which what counts is how little is done
 * for a value before any of it is compiled.
 *
 * A cell is written from its end: contents from the last column to the first, then the serial types, then the sizes. So
 * nothing is known of a row but what its values say one after the other, and a row that turns out not to fit, or to be
 * for others (a payload that spills, a value that its column refuses), leaves nothing but bytes in the gap, which mean
 * nothing. (Database File Format §1.6, §2.1)
 */
import {
  encodedTextSize,
  Real,
  SERIAL_SIZE,
  storedAs,
  takesBlob,
  takesInteger,
  takesNull,
  takesReal,
  takesText,
  varintSize,
  writeText,
  writeVarint,
} from '../../record/index.ts'
import type { Affinity, TextEncoding, Value } from '../../record/index.ts'
import type { Page } from '../pager/page.ts'
import { contentStartOf, minCellSize } from './page-layout.ts'
import type { Layout } from './page-layout.ts'

/** A column of the table, as the rows fill it. */
export interface AppendedColumn {
  /** The place of its value in a row; -1: the same value in all of them. */
  readonly place: number
  /** That value. */
  readonly constant: Value
  readonly affinity: Affinity
  /** The storage classes that it takes after conversion. A row with any other is not appended. */
  readonly takes: number
}

/** Rows one after the other in one array. */
export interface AppendedRows {
  /** Values of a row. */
  readonly width: number
  readonly columns: readonly AppendedColumn[]
  /** The place of the rowid in a row; -1: one more than the last. */
  readonly rowidPlace: number
}

/** A value given for the rowid, where it is an integer that a number can be; else -1. */
export function plainRowid(value: Value): number {
  const number = value instanceof Real ? value.value : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number + 0 : -1
}

/** No serial type of a value that a page has room for is longer. */
const longestType = 3
/** Longer texts are encoded by the runtime. */
const longestLooped = 24
/** From here on a rowid is for others. */
const greatestRowid = Number.MAX_SAFE_INTEGER - 1

export class RowAppender {
  readonly #rows: AppendedRows
  readonly #encoding: TextEncoding
  readonly #types: number[]
  /** One more than the rowid of the last row. */
  next = 0

  constructor(rows: AppendedRows, encoding: TextEncoding) {
    this.#rows = rows
    this.#encoding = encoding
    this.#types = rows.columns.map(() => 0)
  }

  /**
   * Appends rows from `values[from]` on to a writable leaf without freeblocks, whose last rowid is below `next`. Answers
   * the place of the first row that it leaves.
   */
  append(leaf: Page, layout: Layout, values: readonly Value[], from: number, next: number): number {
    const { width, columns, rowidPlace } = this.#rows
    const isUtf8 = this.#encoding === 'utf8'
    const types = this.#types
    const count = columns.length
    const { data } = leaf
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    const end = values.length
    let cellCount = (data[3]! << 8) | data[4]!
    let top = contentStartOf(data, 0)
    // Where the pointer of the next cell ends.
    let gap = 8 + 2 * cellCount + 2
    let nextRowid = next
    let at = from
    rows: while (at < end) {
      let rowid = nextRowid
      if (rowidPlace >= 0 && values[at + rowidPlace] !== null) {
        rowid = plainRowid(values[at + rowidPlace]!)
        if (rowid < nextRowid) break
      }
      if (rowid > greatestRowid) break
      let to = top
      let typesSize = count
      for (let i = count - 1; i >= 0; i--) {
        const column = columns[i]!
        const { affinity, place, takes } = column
        let value = place < 0 ? column.constant : values[at + place]!
        if (affinity !== 'blob') value = storedAs(value, affinity)
        // Room for any number.
        if (to - 8 < gap) break rows
        let type = 0
        if (typeof value === 'number') {
          if ((value | 0) === value) {
            if ((takes & takesInteger) === 0) break rows
            if (value >= -128 && value <= 127) {
              if (value === 0) type = 8
              else if (value === 1) type = 9
              else {
                type = 1
                data[--to] = value
              }
            } else if (value >= -32768 && value <= 32767) {
              type = 2
              to -= 2
              data[to] = value >> 8
              data[to + 1] = value
            } else if (value >= -8388608 && value <= 8388607) {
              type = 3
              to -= 3
              data[to] = value >> 16
              data[to + 1] = value >> 8
              data[to + 2] = value
            } else {
              type = 4
              to -= 4
              view.setInt32(to, value)
            }
          } else if (Number.isInteger(value)) {
            if ((takes & takesInteger) === 0) break rows
            const isShort = value >= -0x800000000000 && value <= 0x7fffffffffff
            type = isShort ? 5 : 6
            to -= SERIAL_SIZE[type]!
            const high = Math.floor(value / 0x100000000)
            if (isShort) view.setInt16(to, high)
            else view.setInt32(to, high)
            view.setUint32(isShort ? to + 2 : to + 4, value - high * 0x100000000)
          } else {
            if ((takes & takesReal) === 0) break rows
            type = 7
            to -= 8
            view.setFloat64(to, value)
          }
        } else if (typeof value === 'string') {
          if ((takes & takesText) === 0) break rows
          const { length } = value
          let size = length
          let done = 0
          if (isUtf8 && length <= longestLooped) {
            const start = to - length
            if (start < gap) break rows
            while (done < length) {
              const unit = value.charCodeAt(done)
              if (unit >= 0x80) break
              data[start + done++] = unit
            }
          }
          if (done < length) {
            size = encodedTextSize(value, this.#encoding)
            if (to - size < gap) break rows
            writeText(data, to - size, value, this.#encoding)
          }
          to -= size
          type = 2 * size + 13
        } else if (value === null) {
          if ((takes & takesNull) === 0) break rows
        } else if (value instanceof Real) {
          if ((takes & takesReal) === 0) break rows
          type = 7
          to -= 8
          view.setFloat64(to, value.value)
        } else if (typeof value === 'bigint') {
          if ((takes & takesInteger) === 0) break rows
          type = 6
          to -= 8
          view.setBigInt64(to, value)
        } else {
          const size = value.length
          if ((takes & takesBlob) === 0 || to - size < gap) break rows
          to -= size
          for (let j = 0; j < size; j++) data[to + j] = value[j]!
          type = 2 * size + 12
        }
        if (type >= 0x80) typesSize += type < 0x4000 ? 1 : longestType - 1
        types[i] = type
      }
      // The size counts itself.
      const headerSize = typesSize + (typesSize < 0x7f ? 1 : 2)
      const payloadSize = top - to + headerSize
      if (payloadSize > layout.maxTableLocal) break
      to -= headerSize
      const cell = to - varintSize(payloadSize) - varintSize(rowid)
      if (cell < gap || top - cell < minCellSize) break
      let header = cell + writeVarint(data, cell, payloadSize)
      header += writeVarint(data, header, rowid)
      header += writeVarint(data, header, headerSize)
      for (let i = 0; i < count; i++) {
        const type = types[i]!
        if (type < 0x80) data[header++] = type
        else header += writeVarint(data, header, type)
      }
      data[gap - 2] = cell >>> 8
      data[gap - 1] = cell
      cellCount++
      gap += 2
      top = cell
      nextRowid = rowid + 1
      at += width
    }
    data[3] = cellCount >>> 8
    data[4] = cellCount
    data[5] = top >>> 8
    data[6] = top
    this.next = nextRowid
    return at
  }
}
