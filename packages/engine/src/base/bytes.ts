/**
 * Big-endian integers in byte arrays, the byte order of SQLite's files.
 * Small functions with plain arguments, which the engine inlines. Hot loops read two-byte fields in place.
 */

export function readUint16(data: Uint8Array, offset: number): number {
  return (data[offset]! << 8) | data[offset + 1]!
}

export function writeUint16(data: Uint8Array, offset: number, value: number): void {
  data[offset] = value >>> 8
  data[offset + 1] = value
}

export function readUint32(data: Uint8Array, offset: number): number {
  return (
    ((data[offset]! << 24) |
      (data[offset + 1]! << 16) |
      (data[offset + 2]! << 8) |
      data[offset + 3]!) >>>
    0
  )
}

export function writeUint32(data: Uint8Array, offset: number, value: number): void {
  data[offset] = value >>> 24
  data[offset + 1] = value >>> 16
  data[offset + 2] = value >>> 8
  data[offset + 3] = value
}

const float64 = new Float64Array(1)
const float64Bytes = new Uint8Array(float64.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** An IEEE 754 double stored big-endian at `offset`. */
export function readFloat64(data: Uint8Array, offset: number): number {
  if (isLittleEndian) for (let i = 0; i < 8; i++) float64Bytes[7 - i] = data[offset + i]!
  else for (let i = 0; i < 8; i++) float64Bytes[i] = data[offset + i]!
  return float64[0]!
}

/** Stores `value` as a big-endian IEEE 754 double. */
export function writeFloat64(data: Uint8Array, offset: number, value: number): void {
  float64[0] = value
  if (isLittleEndian) for (let i = 0; i < 8; i++) data[offset + i] = float64Bytes[7 - i]!
  else for (let i = 0; i < 8; i++) data[offset + i] = float64Bytes[i]!
}

/**
 * Whether `size` bytes from `offset` on are those of `other` from `start` on; false also where either ends before. From both
 * ends at once: parts that are mostly the same mostly differ near one of them.
 */
export function isPartEqual(
  data: Uint8Array,
  offset: number,
  other: Uint8Array,
  start: number,
  size: number,
): boolean {
  if (offset + size > data.length || start + size > other.length) return false
  for (let i = 0, j = size - 1; i <= j; i++, j--) {
    if (data[offset + i] !== other[start + i] || data[offset + j] !== other[start + j]) return false
  }
  return true
}

/** Compares byte by byte as `memcmp` does, the shorter first when one is a prefix of the other. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const size = left.length < right.length ? left.length : right.length
  for (let i = 0; i < size; i++) {
    const difference = left[i]! - right[i]!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
