/**
 * The record format: a row of a table or an entry of an index as bytes. (Database File Format §2.1.)
 *
 *     ┌─────────────┬───────────────────────┬───────────────────────┐
 *     │ header size │ serial type × columns │ content × columns     │
 *     │ varint      │ varints               │ sizes by serial types │
 *     └─────────────┴───────────────────────┴───────────────────────┘
 *
 * | serial type | bytes | content |
 * |-------------|-------|---------|
 * | 0           | 0     | NULL |
 * | 1 2 3 4     | = n   | big-endian two's complement INTEGER |
 * | 5, 6        | 6, 8  | the same |
 * | 7           | 8     | big-endian IEEE 754 REAL |
 * | 8, 9        | 0     | INTEGER 0, 1 |
 * | 10, 11      |       | reserved: such a record is corrupt |
 * | n ≥ 12 even | (n-12)/2 | BLOB |
 * | n ≥ 13 odd  | (n-13)/2 | TEXT in the encoding of the database |
 *
 * The header size counts itself. A record may have fewer columns than its table (a column was added later) and
 * none of the functions here knows what the missing ones are.
 *
 * A column with REAL affinity keeps whole numbers as INTEGER on disk where that is at most six bytes.
 * Here a `Real` is always written as serial type 7; whoever writes such a column passes `storedReal(value)`
 * and, reading it, turns INTEGER into REAL.
 *
 * Bytes come from outside: a header that exceeds the record, a reserved serial type or content that ends
 * behind the record is answered with SQLITE_CORRUPT.
 */
import { readFloat64, writeFloat64 } from '../base/bytes.ts'
import { corrupt, tooBig } from '../base/error.ts'
import { maxLength } from '../base/limits.ts'
import { decodeText, encodedTextSize, writeText } from './text.ts'
import type { TextEncoding } from './text.ts'
import { StoredField, StoredRun } from './stored-field.ts'
import { StoredJoin } from './stored-join.ts'
import { Real } from './value.ts'
import type { Value } from './value.ts'
import { joinInt64, readVarint, varintLength, varintSize, writeVarint } from './varint.ts'

/** Bytes of content for each one-byte serial type (0 for the reserved ones). */
export const SERIAL_SIZE: Uint8Array = buildSerialSizes()

function buildSerialSizes(): Uint8Array {
  const sizes = new Uint8Array(128)
  sizes.set([0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0])
  for (let type = 12; type < 128; type++) sizes[type] = (type - 12) >> 1
  return sizes
}

/** Bytes of content for a serial type. */
export function serialTypeSize(type: number): number {
  if (type < 128) return SERIAL_SIZE[type]!
  // Larger than 2^31 only in a corrupt record, so no bit operations.
  return Math.floor((type - 12) / 2)
}

/** The INTEGER of serial type 1 to 6, 8 or 9. */
export function decodeInteger(data: Uint8Array, type: number, offset: number): number | bigint {
  switch (type) {
    case 1:
      return (data[offset]! << 24) >> 24
    case 2:
      return ((data[offset]! << 24) >> 16) | data[offset + 1]!
    case 3:
      return ((data[offset]! << 24) >> 8) | (data[offset + 1]! << 8) | data[offset + 2]!
    case 4:
      return readInt32(data, offset)
    case 5:
      return readInt48(data, offset)
    case 6:
      return joinInt64(readInt32(data, offset), readInt32(data, offset + 4))
    case 8:
      return 0
    case 9:
      return 1
    default:
      throw corrupt(0, `serial type ${type} is no integer`)
  }
}

function readInt32(data: Uint8Array, offset: number): number {
  return (
    (data[offset]! << 24) | (data[offset + 1]! << 16) | (data[offset + 2]! << 8) | data[offset + 3]!
  )
}

function readInt48(data: Uint8Array, offset: number): number {
  const high = ((data[offset]! << 24) >> 16) | data[offset + 1]!
  return high * 0x100000000 + (readInt32(data, offset + 2) >>> 0)
}

/** The REAL of serial type 7; a NaN on disk reads as NULL. */
export function decodeReal(data: Uint8Array, offset: number): number | Real | null {
  const x = readFloat64(data, offset)
  if (Number.isInteger(x) || x === Infinity || x === -Infinity) return new Real(x)
  return x === x ? x : null
}

/** The value of a serial type whose content is at `offset`. The caller knows that the content is there. */
export function decodeValue(
  data: Uint8Array,
  type: number,
  offset: number,
  encoding: TextEncoding,
): Value {
  if (type >= 12) {
    const size = serialTypeSize(type)
    return type & 1 ? decodeText(data, offset, size, encoding) : copyBytes(data, offset, size)
  }
  if (type === 0) return null
  return type === 7 ? decodeReal(data, offset) : decodeInteger(data, type, offset)
}

/** A BLOB of its own: pages change under views of them. */
export function copyBytes(data: Uint8Array, offset: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(size)
  if (size <= 32) for (let i = 0; i < size; i++) bytes[i] = data[offset + i]!
  else bytes.set(data.subarray(offset, offset + size))
  return bytes
}

/**
 * Reads the header of a record: the serial types into `types` and, for each, where its content begins into
 * `offsets`. Answers how many columns there are; reads no more than `limit`. Checks what it reads.
 */
export function readSerialHeader(
  data: Uint8Array,
  offset: number,
  size: number,
  types: number[],
  offsets: number[],
  limit: number,
): number {
  const headerSize = readVarint(data, offset)
  if (headerSize > size) throw corrupt(0, 'record header exceeds the record')
  // As SQLite takes it: no columns.
  if (headerSize === 0) return 0
  let at = offset + varintLength(data, offset)
  const headerEnd = offset + headerSize
  const end = offset + size
  let content = headerEnd
  let count = 0
  while (at < headerEnd && count < limit) {
    let type = data[at]!
    if (type < 0x80) at++
    else {
      type = readVarint(data, at)
      at += varintLength(data, at)
    }
    if (type === 10 || type === 11) throw corrupt(0, `reserved serial type ${type}`)
    types[count] = type
    offsets[count++] = content
    content += serialTypeSize(type)
    if (content > end) throw corrupt(0, 'record content exceeds the record')
  }
  if (at > headerEnd) throw corrupt(0, 'serial type exceeds the record header')
  return count
}

/** How many columns a record has. */
export function recordColumnCount(data: Uint8Array, offset: number, size: number): number {
  const headerSize = readVarint(data, offset)
  if (headerSize > size) throw corrupt(0, 'record header exceeds the record')
  const headerEnd = offset + headerSize
  let count = 0
  for (let at = offset + varintLength(data, offset); at < headerEnd; count++)
    at += varintLength(data, at)
  return count
}

/** All values of a record. */
export function decodeRecord(
  data: Uint8Array,
  offset: number,
  size: number,
  encoding: TextEncoding,
): Value[] {
  const types: number[] = []
  const offsets: number[] = []
  const count = readSerialHeader(data, offset, size, types, offsets, Infinity)
  const values: Value[] = []
  for (let i = 0; i < count; i++) values.push(decodeValue(data, types[i]!, offsets[i]!, encoding))
  return values
}

/** One value of a record; `missing` where the record ends before that column. */
export function decodeColumn(
  data: Uint8Array,
  offset: number,
  size: number,
  columnIndex: number,
  encoding: TextEncoding,
  missing: Value = null,
): Value {
  const headerSize = readVarint(data, offset)
  if (headerSize > size) throw corrupt(0, 'record header exceeds the record')
  let at = offset + varintLength(data, offset)
  const headerEnd = offset + headerSize
  let content = headerEnd
  for (let column = 0; at < headerEnd; column++) {
    let type = data[at]!
    if (type < 0x80) at++
    else {
      type = readVarint(data, at)
      at += varintLength(data, at)
    }
    if (column === columnIndex) {
      if (content + serialTypeSize(type) > offset + size)
        throw corrupt(0, 'record content exceeds the record')
      return decodeValue(data, type, content, encoding)
    }
    content += serialTypeSize(type)
  }
  return missing
}

/**
 * The rowid that an index entry ends with. It is the last column, so its serial type is the last byte of the
 * header and its content the last bytes of the record. (`sqlite3VdbeIdxRowid`)
 */
export function readIndexRowid(data: Uint8Array, offset: number, size: number): number | bigint {
  const headerSize = readVarint(data, offset)
  if (headerSize < 2 || headerSize > size) throw corrupt(0, 'index entry without a rowid')
  const type = data[offset + headerSize - 1]!
  if (type < 1 || type > 9 || type === 7) throw corrupt(0, 'index entry without a rowid')
  const contentSize = SERIAL_SIZE[type]!
  if (headerSize + contentSize > size) throw corrupt(0, 'record content exceeds the record')
  return decodeInteger(data, type, offset + size - contentSize)
}

/** What a column with REAL affinity writes: a whole number of at most six bytes as INTEGER. */
export function storedReal(value: Value): Value {
  if (!(value instanceof Real)) return value
  const x = value.value
  return Number.isInteger(x) && x >= -0x800000000000 && x <= 0x7fffffffffff ? x + 0 : value
}

/** The serial type of an INTEGER. */
function integerSerialType(x: number): number {
  if (x >= -128 && x <= 127) return x === 0 ? 8 : x === 1 ? 9 : 1
  if (x >= -32768 && x <= 32767) return 2
  if (x >= -8388608 && x <= 8388607) return 3
  if (x >= -2147483648 && x <= 2147483647) return 4
  return x >= -0x800000000000 && x <= 0x7fffffffffff ? 5 : 6
}

/** The serial type of a number. */
export function numberSerialType(x: number): number {
  return Number.isInteger(x) ? integerSerialType(x) : 7
}

/** Writes the content of an INTEGER of serial type 1 to 6, 8 or 9. */
export function writeInteger(data: Uint8Array, at: number, value: number, type: number): void {
  if (type > 6) return
  const size = SERIAL_SIZE[type]!
  if (size > 4) {
    const high = Math.floor(value / 0x100000000)
    if (size === 8) {
      data[at] = high >>> 24
      data[at + 1] = high >>> 16
    }
    data[at + size - 6] = high >>> 8
    data[at + size - 5] = high
  }
  // `>>>` takes the lower 32 bits of any safe integer, two's complement for negative ones.
  for (let i = size < 4 ? size : 4, low = value >>> 0; i > 0; i--, low >>>= 8)
    data[at + i - 1 + (size > 4 ? size - 4 : 0)] = low
}

const bigScratch = new BigInt64Array(1)
const bigHalves = new Int32Array(bigScratch.buffer)
const lowHalf = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1

/**
 * Encodes records one after another into a buffer that it keeps. Contents are written first, far enough from
 * the start for any header of that many columns, then the header right before them: one pass over the values.
 */
export class RecordWriter {
  /** The last record is the bytes `offset` … `offset + size`, until the next `encode`. */
  data: Buffer = Buffer.allocUnsafe(512)
  offset = 0
  size = 0
  readonly #encoding: TextEncoding
  #types: number[] = []
  /** At most so much is left free around the contents. */
  #free = 0

  constructor(encoding: TextEncoding) {
    this.#encoding = encoding
  }

  /**
   * Encodes the first `count` values, or fields of other records; answers the size of the record.
   * @param columnCount of the record, where some of them are several columns
   */
  encode(
    values: readonly (Value | StoredField | StoredRun | StoredJoin)[],
    count: number = values.length,
    columnCount: number = count,
  ): number {
    const types = this.#types
    // No serial type is longer than nine bytes, nor is the header's size; most are one byte.
    const start = 9 + columnCount * 9
    this.#free = start + count * 8 + 64
    if (this.data.length < start + count * 8) this.#grow(start + count * 8, 0)
    let at = start
    let headerSize = 0
    let typeCount = 0
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      let type: number
      if (typeof value === 'number') {
        if (Number.isInteger(value)) {
          type = integerSerialType(value)
          writeInteger(this.data, at, value, type)
        } else {
          type = 7
          writeFloat64(this.data, at, value)
        }
        at += SERIAL_SIZE[type]!
        headerSize++
      } else if (typeof value === 'string') {
        const size = this.#writeText(at, value, (count - i) * 8)
        at += size
        type = size * 2 + 13
        headerSize += type < 128 ? 1 : varintSize(type)
      } else if (value === null) {
        type = 0
        headerSize++
      } else if (value instanceof StoredRun) {
        this.#copyRun(at, value, (count - i) * 8)
        at += value.size
        headerSize += value.count
        for (let j = 0; j < value.count; j++) types[typeCount++] = value.data[value.types + j]!
        continue
      } else {
        type = this.#writeOther(at, value, (count - i) * 8)
        at += serialTypeSize(type)
        headerSize += type < 128 ? 1 : varintSize(type)
      }
      types[typeCount++] = type
    }
    // The size counts itself, which may push it over the next boundary.
    let sizeSize = 1
    while (varintSize(headerSize + sizeSize) > sizeSize) sizeSize++
    const data = this.data
    const offset = start - headerSize - sizeSize
    let header = offset + writeVarint(data, offset, headerSize + sizeSize)
    for (let i = 0; i < typeCount; i++) {
      const type = types[i]!
      if (type < 128) data[header++] = type
      else header += writeVarint(data, header, type)
    }
    this.offset = offset
    this.size = at - offset
    if (this.size > maxLength) throw tooBig()
    return this.size
  }

  /** A copy of the last record. */
  toBytes(): Uint8Array {
    return copyBytes(this.data, this.offset, this.size)
  }

  #grow(needed: number, used: number): void {
    // A record has two bytes at least besides its contents.
    if (needed > maxLength - 2 + this.#free) throw tooBig()
    let capacity = this.data.length * 2
    while (capacity < needed) capacity *= 2
    const grown = Buffer.allocUnsafe(capacity)
    this.data.copy(grown, 0, 0, used)
    this.data = grown
  }

  /** Leaves room for `reserve` bytes behind the text. */
  #writeText(at: number, text: string, reserve: number): number {
    // No unit becomes more than three bytes.
    if (this.data.length < at + text.length * 3 + reserve)
      this.#grow(at + encodedTextSize(text, this.#encoding) + reserve + 64, at)
    return writeText(this.data, at, text, this.#encoding)
  }

  #writeOther(
    at: number,
    value: bigint | Real | Uint8Array | StoredField | StoredJoin,
    reserve: number,
  ): number {
    if (value instanceof StoredField) return this.#copyField(at, value, reserve)
    if (value instanceof StoredJoin) return this.#join(at, value, reserve)
    if (typeof value === 'bigint') {
      bigScratch[0] = value
      const high = bigHalves[1 - lowHalf]!
      const low = bigHalves[lowHalf]!
      for (let i = 0; i < 4; i++) {
        this.data[at + i] = high >>> (24 - i * 8)
        this.data[at + 4 + i] = low >>> (24 - i * 8)
      }
      return 6
    }
    if (value instanceof Real) {
      writeFloat64(this.data, at, value.value)
      return 7
    }
    const size = value.length
    if (this.data.length < at + size + reserve) this.#grow(at + size + reserve, at)
    this.data.set(value, at)
    return size * 2 + 12
  }

  #copyRun(at: number, { data, offset, size }: StoredRun, reserve: number): void {
    if (this.data.length < at + size + reserve) this.#grow(at + size + reserve, at)
    const target = this.data
    if (size > 64) target.set(data.subarray(offset, offset + size), at)
    else for (let i = 0; i < size; i++) target[at + i] = data[offset + i]!
  }

  #join(at: number, value: StoredJoin, reserve: number): number {
    const { size } = value
    if (this.data.length < at + size + reserve) this.#grow(at + size + reserve, at)
    value.copyTo(this.data, at)
    return size * 2 + 13
  }

  #copyField(at: number, { data, type, offset }: StoredField, reserve: number): number {
    const size = serialTypeSize(type)
    if (this.data.length < at + size + reserve) this.#grow(at + size + reserve, at)
    const target = this.data
    if (size > 64) target.set(data.subarray(offset, offset + size), at)
    else for (let i = 0; i < size; i++) target[at + i] = data[offset + i]!
    return type
  }
}

const writers: { -readonly [E in TextEncoding]?: RecordWriter } = {}

/** A record of its own. Loops use a `RecordWriter`. */
export function encodeRecord(values: readonly Value[], encoding: TextEncoding): Uint8Array {
  const writer = (writers[encoding] ??= new RecordWriter(encoding))
  writer.encode(values)
  return writer.toBytes()
}
