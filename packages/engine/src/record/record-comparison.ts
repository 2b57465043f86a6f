/**
 * How two records stand to each other as entries of an index, by their bytes. (Datatypes In SQLite §4.1; Database File Format §2.3)
 *
 * Both are sound: whoever sorts records has made them, and has put NULL where a REAL was NaN. Texts are compared where they lie, but for those of
 * collations that are no matter of bytes.
 */
import { builtInCollations } from './collation.ts'
import type { Collation, Collations } from './collation.ts'
import { compareNumbers } from './compare.ts'
import { SERIAL_SIZE, decodeInteger, decodeReal, serialTypeSize } from './record.ts'
import { foldedByte } from './search-key.ts'
import type { KeyField } from './search-key.ts'
import { decodeText } from './text.ts'
import type { TextEncoding } from './text.ts'
import type { Real } from './value.ts'
import { readVarint, varintLength } from './varint.ts'

/** How texts of a field are compared. */
export const textOrder = {
  bytes: 0,
  /** A–Z as a–z; a NUL ends the comparison of characters, as in SQLite. */
  folded: 1,
  /** Without the spaces at the end. */
  trimmed: 2,
  /** By a function. */
  collation: 3,
} as const

/** The fields of a record, as they are compared. */
export class RecordComparison {
  readonly #encoding: TextEncoding
  /** 1 for a field that descends. */
  readonly descending: Uint8Array
  /** Of `textOrder`. */
  readonly textOrders: Uint8Array
  readonly #collations: Collation[] = []

  constructor(
    fields: readonly KeyField[],
    encoding: TextEncoding,
    collations: Collations = builtInCollations,
  ) {
    this.#encoding = encoding
    this.descending = new Uint8Array(fields.length)
    this.textOrders = new Uint8Array(fields.length)
    for (let i = 0; i < fields.length; i++) {
      const { collation: name, descending } = fields[i]!
      const collation = collations.collation(name, encoding)
      if (collation === null) throw new RangeError(`no such collation sequence: ${name}`)
      this.descending[i] = descending ? 1 : 0
      this.textOrders[i] = orderOf(collation.name, encoding)
      this.#collations.push(collation)
    }
  }

  /** How many fields there are. */
  get count(): number {
    return this.descending.length
  }

  /**
   * How the record at `at` of `a` stands to that at `to` of `b`, by the fields from `from` up to `count`: negative where it comes first. Those
   * before are not looked at.
   */
  compare(
    a: Uint8Array,
    at: number,
    b: Uint8Array,
    to: number,
    from: number,
    count: number,
  ): number {
    const aHeader = readVarint(a, at)
    const bHeader = readVarint(b, to)
    let aType = at + varintLength(a, at)
    let bType = to + varintLength(b, to)
    let aContent = at + aHeader
    let bContent = to + bHeader
    for (let i = 0; i < count; i++) {
      let x = a[aType]!
      let y = b[bType]!
      let xSize: number
      let ySize: number
      if (x < 0x80) {
        xSize = SERIAL_SIZE[x]!
        aType++
      } else {
        x = readVarint(a, aType)
        xSize = serialTypeSize(x)
        aType += varintLength(a, aType)
      }
      if (y < 0x80) {
        ySize = SERIAL_SIZE[y]!
        bType++
      } else {
        y = readVarint(b, bType)
        ySize = serialTypeSize(y)
        bType += varintLength(b, bType)
      }
      if (i >= from) {
        const order = this.#compareField(a, x, aContent, xSize, b, y, bContent, ySize, i)
        if (order !== 0) return this.descending[i] === 1 ? -order : order
      }
      aContent += xSize
      bContent += ySize
    }
    return 0
  }

  #compareField(
    a: Uint8Array,
    x: number,
    aContent: number,
    xSize: number,
    b: Uint8Array,
    y: number,
    bContent: number,
    ySize: number,
    field: number,
  ): number {
    if (x >= 12 && y >= 12) {
      // Texts come before BLOBs.
      if (((x ^ y) & 1) !== 0) return (y & 1) - (x & 1)
      const order = (x & 1) === 0 ? textOrder.bytes : this.textOrders[field]!
      return this.#compareTexts(a, aContent, xSize, b, bContent, ySize, order, field)
    }
    if (x >= 12 || y >= 12 || x === 0 || y === 0) return classOf(x) - classOf(y)
    const p = numberOf(a, x, aContent)
    const q = numberOf(b, y, bContent)
    if (typeof p === 'number' && typeof q === 'number') return p < q ? -1 : p > q ? 1 : 0
    return compareNumbers(p, q)
  }

  #compareTexts(
    a: Uint8Array,
    aContent: number,
    xSize: number,
    b: Uint8Array,
    bContent: number,
    ySize: number,
    order: number,
    field: number,
  ): number {
    if (order === textOrder.collation) {
      const left = decodeText(a, aContent, xSize, this.#encoding)
      return this.#collations[field]!.compare(left, decodeText(b, bContent, ySize, this.#encoding))
    }
    let left = xSize
    let right = ySize
    if (order === textOrder.trimmed) {
      left = trimmedSize(a, aContent, xSize)
      right = trimmedSize(b, bContent, ySize)
    }
    const shared = left < right ? left : right
    if (order === textOrder.folded) {
      for (let i = 0; i < shared; i++) {
        const byte = foldedByte[a[aContent + i]!]!
        const difference = byte - foldedByte[b[bContent + i]!]!
        if (difference !== 0) return difference
        if (byte === 0) break
      }
      return left - right
    }
    for (let i = 0; i < shared; i++) {
      const difference = a[aContent + i]! - b[bContent + i]!
      if (difference !== 0) return difference
    }
    return left - right
  }
}

/** How the texts of a collation are compared. */
function orderOf(collation: string, encoding: TextEncoding): number {
  if (collation === 'BINARY') return textOrder.bytes
  if (encoding !== 'utf8') return textOrder.collation
  if (collation === 'NOCASE') return textOrder.folded
  return collation === 'RTRIM' ? textOrder.trimmed : textOrder.collation
}

/** Bytes of a text without the spaces at its end. */
export function trimmedSize(data: Uint8Array, content: number, size: number): number {
  let end = size
  while (end > 0 && data[content + end - 1] === 0x20) end--
  return end
}

/** 0 NULL, 1 number, 2 text, 3 BLOB. */
function classOf(type: number): number {
  return type >= 12 ? 3 - (type & 1) : type === 0 ? 0 : 1
}

function numberOf(data: Uint8Array, type: number, content: number): number | bigint | Real {
  switch (type) {
    case 1:
      return (data[content]! << 24) >> 24
    case 2:
      return ((data[content]! << 24) >> 16) | data[content + 1]!
    case 3:
      return ((data[content]! << 24) >> 8) | (data[content + 1]! << 8) | data[content + 2]!
    case 8:
      return 0
    case 9:
      return 1
    case 7:
      // It is no NaN.
      return decodeReal(data, content)!
    default:
      return decodeInteger(data, type, content)
  }
}
