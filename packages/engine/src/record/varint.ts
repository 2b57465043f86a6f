/**
 * Variable-length integers: one to nine bytes, big-endian, seven bits a byte, except that a ninth byte gives
 * all its eight. (Database File Format §1.6 B-tree Pages, "a variable-length integer".)
 *
 * | bytes | bits | largest           |
 * |-------|------|-------------------|
 * | 1     | 7    | 127               |
 * | 2     | 14   | 16 383            |
 * | …     | 7 n  | 2^(7n) - 1        |
 * | 8     | 56   | 2^56 - 1          |
 * | 9     | 64   | a whole 64-bit word, two's complement where the number is signed |
 *
 * A varint is a size, a serial type or a rowid. The first two are never negative and never large in a sound
 * file, so `readVarint` answers a number (inexact above 2^53, where the caller's check of the size fails
 * anyway). Rowids are signed 64-bit integers and come from `readVarintBig`.
 *
 * Nothing here looks at the end of the array: a byte past it reads as `undefined`, which acts as zero and
 * ends the varint. Callers check the offset that they arrive at.
 */

/** The unsigned number at `offset`: a size or a serial type. Exact up to 2^53. */
export function readVarint(data: Uint8Array, offset: number): number {
  const a = data[offset]!
  if (a < 0x80) return a
  const b = data[offset + 1]!
  if (b < 0x80) return ((a & 0x7f) << 7) | b
  const c = data[offset + 2]!
  if (c < 0x80) return ((a & 0x7f) << 14) | ((b & 0x7f) << 7) | c
  return readLongVarint(data, offset)
}

function readLongVarint(data: Uint8Array, offset: number): number {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = data[offset + i]!
    if (!(byte & 0x80)) return value * 128 + (byte | 0)
    value = value * 128 + (byte & 0x7f)
  }
  return value * 256 + (data[offset + 8]! | 0)
}

/** How many bytes the varint at `offset` has: 1 to 9. */
export function varintLength(data: Uint8Array, offset: number): number {
  if (!(data[offset]! & 0x80)) return 1
  if (!(data[offset + 1]! & 0x80)) return 2
  for (let i = 2; i < 8; i++) if (!(data[offset + i]! & 0x80)) return i + 1
  return 9
}

/** The signed 64-bit integer at `offset`: a rowid. */
export function readVarintBig(data: Uint8Array, offset: number): number | bigint {
  const a = data[offset]!
  if (a < 0x80) return a
  const b = data[offset + 1]!
  if (b < 0x80) return ((a & 0x7f) << 7) | b
  const c = data[offset + 2]!
  if (c < 0x80) return ((a & 0x7f) << 14) | ((b & 0x7f) << 7) | c
  const length = varintLength(data, offset)
  // Seven bytes carry 49 bits, always exact.
  if (length < 8) return readLongVarint(data, offset)
  let high = 0
  let low = 0
  if (length === 8) {
    // 56 bits: 24 above, 32 below.
    for (let i = 0; i < 3; i++) high = (high << 7) | (data[offset + i]! & 0x7f)
    low = data[offset + 3]! & 0x7f
    high = (high << 3) | (low >>> 4)
    low &= 0x0f
    for (let i = 4; i < 8; i++) low = (low << 7) | (data[offset + i]! & 0x7f)
  } else {
    // 64 bits: the first 32 are four bytes and the upper four bits of the fifth.
    for (let i = 0; i < 4; i++) high = (high << 7) | (data[offset + i]! & 0x7f)
    low = data[offset + 4]! & 0x7f
    high = (high << 4) | (low >>> 3)
    low &= 0x07
    for (let i = 5; i < 8; i++) low = (low << 7) | (data[offset + i]! & 0x7f)
    low = (low << 8) | data[offset + 8]!
  }
  return joinInt64(high, low)
}

/** The signed 64-bit integer whose upper half is `high` (signed) and lower half `low` (any sign). */
export function joinInt64(high: number, low: number): number | bigint {
  const unsignedLow = low >>> 0
  // Inside ±2^53 the sum of both halves is exact. -2^53 itself is not a safe integer.
  if (high >= -0x200000 && high < 0x200000 && (high !== -0x200000 || unsignedLow !== 0))
    return high * 0x100000000 + unsignedLow
  return (BigInt(high) << 32n) | BigInt(unsignedLow)
}

/** How many bytes `value` takes; a negative one takes nine. */
export function varintSize(value: number | bigint): number {
  if (typeof value === 'bigint') return value >= 0n && value < 0x1_00_0000_0000_0000n ? 8 : 9
  if (value < 0) return 9
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  if (value < 0x10000000) return 4
  let size = 5
  for (let limit = 0x800000000; value >= limit; limit *= 128) size++
  return size
}

/** Writes `value` (a negative one as its two's complement) and answers how many bytes that took. */
export function writeVarint(data: Uint8Array, offset: number, value: number | bigint): number {
  if (typeof value === 'number') {
    if (value >= 0) {
      if (value < 0x80) {
        data[offset] = value
        return 1
      }
      if (value < 0x4000) {
        data[offset] = (value >>> 7) | 0x80
        data[offset + 1] = value & 0x7f
        return 2
      }
      if (value < 0x200000) {
        data[offset] = (value >>> 14) | 0x80
        data[offset + 1] = (value >>> 7) | 0x80
        data[offset + 2] = value & 0x7f
        return 3
      }
      const size = varintSize(value)
      let rest = value
      for (let i = size - 1; i >= 0; i--) {
        const next = Math.floor(rest / 128)
        data[offset + i] = (rest - next * 128) | 0x80
        rest = next
      }
      data[offset + size - 1]! &= 0x7f
      return size
    }
    return writeVarint(data, offset, BigInt(value))
  }
  return writeLongVarint(data, offset, BigInt.asUintN(64, value))
}

function writeLongVarint(data: Uint8Array, offset: number, value: bigint): number {
  if (value < 0x1_00_0000_0000_0000n) {
    let rest = value
    let size = 1
    for (let limit = 128n; value >= limit; limit *= 128n) size++
    for (let i = size - 1; i >= 0; i--) {
      data[offset + i] = Number(rest & 0x7fn) | (i === size - 1 ? 0 : 0x80)
      rest >>= 7n
    }
    return size
  }
  data[offset + 8] = Number(value & 0xffn)
  let rest = value >> 8n
  for (let i = 7; i >= 0; i--) {
    data[offset + i] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  return 9
}
