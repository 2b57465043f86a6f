/**
 * Index entries made from the rows of a table without decoding them: the bytes of a column are in an entry what they are in the row. (Database File
 * Format §2.1, §2.4)
 */
import { tooBig } from '../../base/error.ts'
import { maxLength } from '../../base/limits.ts'
import {
  encodeRecord,
  readSerialHeader,
  readVarint,
  SERIAL_SIZE,
  serialTypeSize,
  varintSize,
  writeVarint,
} from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import type { TableCursor } from '../../storage/index.ts'
import type { EntrySorter } from '../sort/entry-sorter.ts'
import type { Slice } from '../slice.ts'

/** A field of an entry. */
export interface EntryColumn {
  /** The place of the column in the table's records; -1: it is the rowid. */
  readonly place: number
  /** What stands for it where a record ends before it, as a record of its own. */
  readonly missing: Uint8Array
}

/** A value as `EntryColumn.missing` has it. */
export function missingField(value: Value, encoding: TextEncoding): Uint8Array {
  return encodeRecord([value], encoding)
}

/** Rows that are taken by one call: a loop that begins anew now and then is compiled sooner. */
const mostRows = 1024

export class EntryFeed {
  readonly #columns: readonly EntryColumn[]
  readonly #cursor: TableCursor
  readonly #sorter: EntrySorter
  /** The last place in a record that is wanted. */
  readonly #lastPlace: number
  /** Of the record's columns. */
  readonly #types: number[] = []
  readonly #offsets: number[] = []
  /** Of the entry's fields: where the bytes of each are. */
  readonly #data: Uint8Array[] = []
  readonly #fieldTypes: number[] = []
  readonly #fieldOffsets: number[] = []
  readonly #rowid: Uint8Array = new Uint8Array(8)
  readonly #rowidView: DataView

  constructor(columns: readonly EntryColumn[], cursor: TableCursor, sorter: EntrySorter) {
    this.#columns = columns
    this.#cursor = cursor
    this.#sorter = sorter
    this.#lastPlace = Math.max(...columns.map(({ place }) => place))
    this.#rowidView = new DataView(this.#rowid.buffer)
    for (let i = 0; i <= this.#lastPlace; i++) {
      this.#types.push(0)
      this.#offsets.push(0)
    }
    for (let i = 0; i <= columns.length; i++) {
      this.#data.push(this.#rowid)
      this.#fieldTypes.push(0)
      this.#fieldOffsets.push(0)
    }
  }

  /** Adds the entries of the row under the cursor and some that follow, which it moves to; false: there are no more. */
  take(slice: Slice): boolean {
    const cursor = this.#cursor
    for (let rows = 0; rows < mostRows; rows++) {
      this.#add()
      if (!cursor.next()) return false
      if (--slice.left < 0) return true
    }
    return true
  }

  #add(): void {
    const cursor = this.#cursor
    if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
    const { data, payloadOffset } = cursor
    const count = this.#readHeader(data, payloadOffset, cursor.payloadSize)
    const columns = this.#columns
    const types = this.#types
    const fieldTypes = this.#fieldTypes
    const rowidType = this.#encodeRowid(cursor.rowid)
    let header = 1
    let size = 0
    for (let i = 0; i < columns.length; i++) {
      const { place, missing } = columns[i]!
      let type = rowidType
      if (place < 0) {
        this.#data[i] = this.#rowid
        this.#fieldOffsets[i] = 0
      } else if (place < count) {
        type = types[place]!
        this.#data[i] = data
        this.#fieldOffsets[i] = this.#offsets[place]!
        // NaN is NULL.
        if (type === 7 && isNaNAt(data, this.#offsets[place]!)) type = 0
      } else {
        type = readVarint(missing, 1)
        this.#data[i] = missing
        this.#fieldOffsets[i] = missing[0]!
      }
      fieldTypes[i] = type
      if (type < 0x80) {
        header++
        size += SERIAL_SIZE[type]!
      } else {
        header += varintSize(type)
        size += serialTypeSize(type)
      }
    }
    this.#write(header + 1, size, rowidType)
  }

  /** Puts the entry together. */
  #write(header: number, contentSize: number, rowidType: number): void {
    const sorter = this.#sorter
    const fieldTypes = this.#fieldTypes
    const count = this.#columns.length
    let headerSize = header
    if (headerSize > 0x7f) while (varintSize(headerSize) + header - 1 > headerSize) headerSize++
    const rowidSize = SERIAL_SIZE[rowidType]!
    const size = headerSize + contentSize + rowidSize
    if (size > maxLength) throw tooBig()
    const { list } = sorter
    let at = list.begin(size)
    const { bytes } = list
    at += writeVarint(bytes, at, headerSize)
    for (let i = 0; i < count; i++) {
      const type = fieldTypes[i]!
      if (type < 0x80) bytes[at++] = type
      else at += writeVarint(bytes, at, type)
    }
    bytes[at++] = rowidType
    for (let i = 0; i < count; i++) {
      const data = this.#data[i]!
      const offset = this.#fieldOffsets[i]!
      const fieldSize = serialTypeSize(fieldTypes[i]!)
      if (fieldSize > 64) bytes.set(data.subarray(offset, offset + fieldSize), at)
      else for (let j = 0; j < fieldSize; j++) bytes[at + j] = data[offset + j]!
      at += fieldSize
    }
    for (let j = 0; j < rowidSize; j++) bytes[at + j] = this.#rowid[j]!
    sorter.added()
  }

  /** Reads types and offsets up to the last place that is wanted. Answers how many of them there are. */
  #readHeader(data: Uint8Array, offset: number, size: number): number {
    const types = this.#types
    const offsets = this.#offsets
    const last = this.#lastPlace
    const headerSize = data[offset]!
    if (headerSize > 1 && headerSize < 0x80) {
      const headerEnd = offset + headerSize
      let content = headerEnd
      let at = offset + 1
      let place = 0
      for (; place <= last && at < headerEnd; place++, at++) {
        const type = data[at]!
        if (type >= 0x80 || type === 10 || type === 11) break
        types[place] = type
        offsets[place] = content
        content += SERIAL_SIZE[type]!
      }
      const isRead = place > last || at === headerEnd
      if (isRead && content <= offset + size) return place
    }
    return readSerialHeader(data, offset, size, types, offsets, last + 1)
  }

  /** The rowid's bytes and their serial type. */
  #encodeRowid(rowid: number | bigint): number {
    const bytes = this.#rowid
    if (typeof rowid === 'number') {
      if (rowid >= -0x80000000 && rowid <= 0x7fffffff) {
        if (rowid === 0) return 8
        if (rowid === 1) return 9
        if (rowid >= -0x80 && rowid <= 0x7f) {
          bytes[0] = rowid
          return 1
        }
        if (rowid >= -0x8000 && rowid <= 0x7fff) {
          bytes[0] = rowid >> 8
          bytes[1] = rowid
          return 2
        }
        if (rowid >= -0x800000 && rowid <= 0x7fffff) {
          bytes[0] = rowid >> 16
          bytes[1] = rowid >> 8
          bytes[2] = rowid
          return 3
        }
        this.#rowidView.setInt32(0, rowid)
        return 4
      }
      if (rowid >= -0x800000000000 && rowid <= 0x7fffffffffff) {
        const high = Math.floor(rowid / 0x100000000)
        this.#rowidView.setInt16(0, high)
        this.#rowidView.setUint32(2, rowid - high * 0x100000000)
        return 5
      }
    }
    this.#rowidView.setBigInt64(0, BigInt(rowid))
    return 6
  }
}

/** Whether the double at `at` is none. */
function isNaNAt(data: Uint8Array, at: number): boolean {
  if ((data[at]! & 0x7f) !== 0x7f || data[at + 1]! < 0xf0) return false
  if (data[at + 1]! > 0xf0) return true
  for (let i = 2; i < 8; i++) if (data[at + i] !== 0) return true
  return false
}
