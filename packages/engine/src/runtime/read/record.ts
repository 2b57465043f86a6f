/**
 * Reading columns out of records: what emitted scans do not do in place.
 *
 * An emitted scan reads the header of a record itself where all serial types up to the last wanted column are one
 * byte, and the content is on the page. `RecordHeader` does it for all other records: long texts before the column, rows
 * that spill, rows with fewer columns than the table, and damaged ones, which it refuses.
 */
import { readFloat64 } from '../../base/bytes.ts'
import {
  SERIAL_SIZE,
  copyBytes,
  decodeInteger,
  decodeText,
  decodeUtf8,
  readSerialHeader,
  serialTypeSize,
  decodeReal,
} from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'

/** The current record of a cursor. */
export interface RecordCursor {
  readonly data: Uint8Array
  readonly payloadOffset: number
  readonly payloadSize: number
  readonly localSize: number
  loadPayload(): void
}

/**
 * Bytes of content for each one-byte serial type. What needs a closer look (longer types, the reserved ones)
 * has a size that no record has, so that one test of where the content ends finds it.
 */
export const CONTENT_SIZE: Int32Array = buildSizes()

function buildSizes(): Int32Array {
  const sizes = new Int32Array(256).fill(1 << 24)
  for (let type = 0; type < 128; type++) sizes[type] = SERIAL_SIZE[type]!
  sizes[10] = sizes[11] = 1 << 24
  return sizes
}

/** Serial types and content offsets of the current record. */
export class RecordHeader {
  readonly types: number[] = []
  readonly offsets: number[] = []

  /**
   * Reads the header up to column `last` and loads the payload where content up to there spills. A column that the record does
   * not have gets the type -1.
   */
  read(cursor: RecordCursor, last: number): void {
    const { types, offsets } = this
    if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
    const count = readSerialHeader(
      cursor.data,
      cursor.payloadOffset,
      cursor.payloadSize,
      types,
      offsets,
      last + 1,
    )
    for (let i = count; i <= last; i++) {
      types[i] = -1
      offsets[i] = 0
    }
  }
}

/** The value of a column with INTEGER or NUMERIC affinity; a missing one is NULL. */
export function integerColumn(
  data: Uint8Array,
  type: number,
  offset: number,
  encoding: TextEncoding,
): Value {
  switch (type) {
    case 1:
      return (data[offset]! << 24) >> 24
    case 2:
      return ((data[offset]! << 24) >> 16) | data[offset + 1]!
    case 3:
      return ((data[offset]! << 24) >> 8) | (data[offset + 1]! << 8) | data[offset + 2]!
    case 4:
      return (
        (data[offset]! << 24) |
        (data[offset + 1]! << 16) |
        (data[offset + 2]! << 8) |
        data[offset + 3]!
      )
    case 8:
      return 0
    case 9:
      return 1
    default:
      return anyColumn(data, type, offset, encoding)
  }
}

/** The value of a column that mostly holds text, in a UTF-8 database. */
export function textColumn(data: Uint8Array, type: number, offset: number): Value {
  if (type >= 13 && (type & 1) === 1) return decodeUtf8(data, offset, (type - 13) / 2)
  return anyColumn(data, type, offset, 'utf8')
}

/** The value of a column with REAL affinity in the raw domain: a number is REAL. */
export function rawColumn(
  data: Uint8Array,
  type: number,
  offset: number,
  encoding: TextEncoding,
): null | number | string | Uint8Array {
  if (type === 7) {
    const x = readFloat64(data, offset)
    return x === x ? x : null
  }
  if (type <= 0) return null
  if (type < 12) return Number(decodeInteger(data, type, offset))
  return anyColumn(data, type, offset, encoding) as string | Uint8Array
}

// 2^(e - 1075) for each sign and exponent e, by which the 53 bits of a double are multiplied; NaN where they are not
// 53 (zero and its neighbours) or no number.
const scales = new Float64Array(4096)
for (let e = 1, scale = 2 ** -1074; e < 2047; e++, scale *= 2) {
  scales[e] = scale
  scales[e + 2048] = -scale
}
for (const e of [0, 2047, 2048, 4095]) scales[e] = NaN

/** A double, by arithmetic: its bytes do not go through memory one by one to be loaded again as eight. */
export function readDouble(data: Uint8Array, offset: number): number {
  const high =
    (data[offset]! << 24) | (data[offset + 1]! << 16) | (data[offset + 2]! << 8) | data[offset + 3]!
  const low =
    ((data[offset + 4]! << 24) |
      (data[offset + 5]! << 16) |
      (data[offset + 6]! << 8) |
      data[offset + 7]!) >>>
    0
  const scale = scales[high >>> 20]!
  return scale === scale
    ? ((high & 0xfffff) * 4294967296 + 4503599627370496 + low) * scale
    : readFloat64(data, offset)
}

/** A REAL column's INTEGER content as a number; NaN for what is no number. */
export function rawNumber(data: Uint8Array, type: number, offset: number): number {
  return type > 0 && type < 12 && type !== 7 ? Number(decodeInteger(data, type, offset)) : NaN
}

/** The value of any column; a missing one is NULL. */
export function anyColumn(
  data: Uint8Array,
  type: number,
  offset: number,
  encoding: TextEncoding,
): Value {
  if (type >= 12) {
    const size = serialTypeSize(type)
    return (type & 1) === 1
      ? decodeText(data, offset, size, encoding)
      : copyBytes(data, offset, size)
  }
  if (type <= 0) return null
  return type === 7 ? decodeReal(data, offset) : decodeInteger(data, type, offset)
}
