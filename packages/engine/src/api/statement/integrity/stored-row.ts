/**
 * The record of a row as it is stored, column by column, with SQLite's eyes: what the header says of each column, and the content of those that
 * are asked for. Overflow pages are read only for them. (`OP_Column`, `OP_IsType`)
 */
import {
  decodeValue,
  readVarint,
  serialTypeSize,
  varintLength,
  type TextEncoding,
  type Value,
} from '../../../record/index.ts'
import type { IndexCursor, TableCursor } from '../../../storage/index.ts'

/** Storage classes as bits. */
export const isInteger = 1
export const isReal = 2
export const isText = 4
export const isBlob = 8
export const isNull = 16

export function classOfValue(value: Value): number {
  if (value === null) return isNull
  if (typeof value === 'string') return isText
  if (typeof value === 'bigint') return isInteger
  if (typeof value === 'number') return Number.isInteger(value) ? isInteger : isReal
  return value instanceof Uint8Array ? isBlob : isReal
}

function classOfSerialType(type: number): number {
  if (type >= 12) return type % 2 === 0 ? isBlob : isText
  if (type === 7) return isReal
  return type === 0 || type > 9 ? isNull : isInteger
}

/** Header and content of a record do not agree. Other damage makes the check fail; this ends it with a row that says so. */
export class DamagedRecord extends Error {}

export class StoredRow {
  readonly #cursor: TableCursor | IndexCursor
  readonly #encoding: TextEncoding
  /** What a record that ends early has at each place. */
  readonly #missing: readonly Value[]
  readonly #types: number[] = []
  /** From the beginning of the record. */
  readonly #offsets: number[] = []
  #count = 0

  constructor(
    cursor: TableCursor | IndexCursor,
    encoding: TextEncoding,
    missing: readonly Value[],
  ) {
    this.#cursor = cursor
    this.#encoding = encoding
    this.#missing = missing
  }

  /**
   * Reads what the header says of the first `count` places.
   * @throws DamagedRecord
   */
  read(count: number): void {
    this.#count = 0
    if (count === 0) return
    const cursor = this.#cursor
    const size = cursor.payloadSize
    const headerSize = readVarint(cursor.data, cursor.payloadOffset)
    if (headerSize > size) throw new DamagedRecord()
    if (headerSize > cursor.localSize) cursor.loadPayload()
    const { data, payloadOffset } = cursor
    const end = payloadOffset + headerSize
    let at = payloadOffset + varintLength(data, payloadOffset)
    let content = headerSize
    let read = 0
    // SQLite does not ask first whether there is a column.
    do {
      const type = readVarint(data, at)
      at += varintLength(data, at)
      this.#types[read] = type
      this.#offsets[read++] = content
      content += serialTypeSize(type)
    } while (read < count && at < end)
    const isWhole = at >= end
    if ((isWhole && (at > end || content !== size)) || content > size) {
      if (headerSize > 0) throw new DamagedRecord()
      read = 0
    }
    this.#count = read
  }

  /** Which class the header gives the column; a REAL may be none all the same. */
  classAt(place: number): number {
    return place < this.#count
      ? classOfSerialType(this.#types[place]!)
      : classOfValue(this.#missing[place] ?? null)
  }

  valueAt(place: number): Value {
    if (place >= this.#count) return this.#missing[place] ?? null
    const cursor = this.#cursor
    const type = this.#types[place]!
    if (type === 10 || type === 11) return null
    const offset = this.#offsets[place]!
    if (offset + serialTypeSize(type) > cursor.localSize) cursor.loadPayload()
    return decodeValue(cursor.data, type, cursor.payloadOffset + offset, this.#encoding)
  }
}
