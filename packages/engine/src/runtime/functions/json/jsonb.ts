/**
 * JSONB: JSON as SQLite keeps it in a BLOB. An element is a header and a payload. (The JSONB Format §3.)
 *
 * | byte 0, high bits | header | payload |
 * |---|---|---|
 * | 0 … 11 | 1 byte | as many bytes |
 * | 12, 13, 14, 15 | 2, 3, 5, 9 bytes | as the big-endian number behind byte 0 says |
 *
 * Its low bits are the type. The payload of a number or text is its JSON text without quotes; of an array its elements, of an
 * object labels and values in turn. A BLOB comes from outside: sizes are checked as SQLite checks them, where an element is read, so that a damaged
 * one gives the answer, or the error, that it gives there. Reading past the end gives `undefined`, which the operators on bits take for 0.
 */

export const nullType = 0
export const trueType = 1
export const falseType = 2
/** Digits, as JSON and SQL have them. */
export const intType = 3
/** Hexadecimal. */
export const int5Type = 4
export const floatType = 5
/** With nothing before or behind the point. */
export const float5Type = 6
/** Stands for itself in JSON and in SQL. */
export const textType = 7
/** With escapes of JSON. */
export const textJType = 8
/** With escapes of JSON5. */
export const text5Type = 9
/** As SQL has it: what JSON cannot hold is to be escaped. */
export const textRawType = 10
export const arrayType = 11
export const objectType = 12

/** What `json_type()` answers. */
export const typeNames: readonly string[] = [
  'null',
  'true',
  'false',
  'integer',
  'integer',
  'real',
  'real',
  'text',
  'text',
  'text',
  'text',
  'array',
  'object',
]

/** Levels of arrays and objects. (`JSON_MAX_DEPTH`) */
export const maxJsonDepth = 1000

/** Whether an object may have an element of this type as a label. */
export function isLabelType(type: number): boolean {
  return type >= textType && type <= textRawType
}

/** Whether the payload of a text of this type has no escapes. */
export function isRawText(type: number): boolean {
  return type === textType || type === textRawType
}

/** One JSONB value in memory: bytes from 0 to `size`, which may be part of a larger array. */
export class Jsonb {
  bytes: Uint8Array
  size: number
  /** By how much an edit in progress has changed the size: enclosing elements still have the old one. */
  delta = 0
  /** Payload of the element whose header was read last. */
  payloadSize = 0

  constructor(bytes: Uint8Array, size: number = bytes.length) {
    this.bytes = bytes
    this.size = size
  }

  type(i: number): number {
    return this.bytes[i]! & 0x0f
  }

  /**
   * The size of the header of the element at `i`, and in `payloadSize` that of its payload; 0: there is no such element, or it
   * would end past the end.
   */
  headerSize(i: number): number {
    const { bytes } = this
    this.payloadSize = 0
    if (i >= this.size) return 0
    const kind = bytes[i]! >>> 4
    let header = 1
    let payload = kind
    if (kind === 12) {
      if (i + 1 >= this.size) return 0
      header = 2
      payload = bytes[i + 1]!
    } else if (kind === 13) {
      if (i + 2 >= this.size) return 0
      header = 3
      payload = (bytes[i + 1]! << 8) + bytes[i + 2]!
    } else if (kind === 14) {
      if (i + 4 >= this.size) return 0
      header = 5
      payload = uint32(bytes, i + 1)
    } else if (kind === 15) {
      if (i + 8 >= this.size || uint32(bytes, i + 1) !== 0) return 0
      header = 9
      payload = uint32(bytes, i + 5)
    }
    const end = i + header + payload
    if (end > this.size && end > this.size - this.delta) return 0
    this.payloadSize = payload
    return header
  }

  /** How many elements the array at `i` has. */
  arrayLength(i: number): number {
    let header = this.headerSize(i)
    const end = i + header + this.payloadSize
    let count = 0
    for (let at = i + header; header > 0 && at < end; count++) {
      header = this.headerSize(at)
      at += header + this.payloadSize
    }
    return count
  }
}

function uint32(bytes: Uint8Array, i: number): number {
  return bytes[i]! * 0x1000000 + ((bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!)
}

/** Bytes that the size of a payload takes behind the first of a header. */
export function extraHeaderSize(payloadSize: number): number {
  if (payloadSize <= 11) return 0
  if (payloadSize <= 0xff) return 1
  return payloadSize <= 0xffff ? 2 : 4
}

/** Writes a header at `i`, where there is room for it; answers where it ends. */
export function writeHeader(
  bytes: Uint8Array,
  i: number,
  type: number,
  payloadSize: number,
): number {
  if (payloadSize <= 11) {
    bytes[i] = type | (payloadSize << 4)
    return i + 1
  }
  if (payloadSize <= 0xff) {
    bytes[i] = type | 0xc0
    bytes[i + 1] = payloadSize
    return i + 2
  }
  if (payloadSize <= 0xffff) {
    bytes[i] = type | 0xd0
    bytes[i + 1] = payloadSize >>> 8
    bytes[i + 2] = payloadSize
    return i + 3
  }
  bytes[i] = type | 0xe0
  bytes[i + 1] = payloadSize >>> 24
  bytes[i + 2] = payloadSize >>> 16
  bytes[i + 3] = payloadSize >>> 8
  bytes[i + 4] = payloadSize
  return i + 5
}

/** Bytes that grow at their end. */
export class ByteWriter {
  bytes: Uint8Array
  size = 0

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes room for `more` bytes behind the last. */
  reserve(more: number): void {
    const wanted = this.size + more
    if (wanted <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.size === this.bytes.length) this.reserve(1)
    this.bytes[this.size++] = value
  }

  /** `count` bytes of another array. */
  copy(from: Uint8Array, start: number, count: number): void {
    this.reserve(count)
    const { bytes, size } = this
    if (count <= 96) for (let i = 0; i < count; i++) bytes[size + i] = from[start + i]!
    else bytes.set(from.subarray(start, start + count), size)
    this.size = size + count
  }

  /** Characters of ASCII. */
  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.size++] = text.charCodeAt(i)
  }

  header(type: number, payloadSize: number): void {
    this.reserve(5)
    this.size = writeHeader(this.bytes, this.size, type, payloadSize)
  }

  /** An element of its payload's bytes. */
  element(type: number, from: Uint8Array, start: number, count: number): void {
    this.header(type, count)
    this.copy(from, start, count)
  }

  /** Gives the element at `i`, the last one, the size that it has come to. */
  close(i: number, type: number, headerSize: number): void {
    const payload = this.size - i - headerSize
    const wanted = 1 + extraHeaderSize(payload)
    if (wanted !== headerSize) {
      this.reserve(wanted)
      this.bytes.copyWithin(i + wanted, i + headerSize, this.size)
      this.size += wanted - headerSize
    }
    writeHeader(this.bytes, i, type, payload)
  }

  /** A copy of what has been written. */
  taken(): Uint8Array {
    return copyOf(this.bytes, this.size)
  }
}

/** The first `size` bytes in an array of their own. Small ones share one allocation, which costs less. */
export function copyOf(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.allocUnsafe(size)
  if (size <= 96) for (let i = 0; i < size; i++) copy[i] = bytes[i]!
  else copy.set(size === bytes.length ? bytes : bytes.subarray(0, size))
  return copy
}
