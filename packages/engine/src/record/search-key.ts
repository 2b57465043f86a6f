/**
 * An index key to search for, compared with the bytes of index entries.
 *
 * A seek compares a dozen entries, an insertion the same, so this runs millions of times a second. The key is
 * prepared once (numbers as doubles, texts as bytes, folded or trimmed as their collation wants), then each
 * comparison walks the header of the entry and looks at its content in place: no text is decoded and nothing
 * is allocated.
 *
 * The answer is how the *entry* stands to the key: negative when it comes before it, zero when all fields of
 * the key are equal, positive when it comes after. An entry with fewer fields than the key that is equal as far
 * as it goes counts as equal. (`sqlite3VdbeRecordCompare`; Database File Format §2.3, §2.5.)
 */
import { readFloat64 } from '../base/bytes.ts'
import { corrupt } from '../base/error.ts'
import { builtInCollations } from './collation.ts'
import type { Collation, Collations } from './collation.ts'
import { compareNumbers } from './compare.ts'
import { SERIAL_SIZE, decodeInteger, serialTypeSize } from './record.ts'
import { decodeText, encodeText } from './text.ts'
import type { TextEncoding } from './text.ts'
import { Real } from './value.ts'
import type { Value } from './value.ts'
import { readVarint, varintLength } from './varint.ts'

/** How one column of an index is ordered. */
export interface KeyField {
  /** Of one that is no built-in, texts are decoded to be compared. */
  readonly collation: string
  readonly descending: boolean
}

// What a field of the key is.
const nullKey = 0
const numberKey = 1
const bigintKey = 2
const textKey = 3
const blobKey = 4

// How its text is compared.
const byBytes = 0
const byFoldedBytes = 1
const byTrimmedBytes = 2
const byCollation = 3

const noBytes = new Uint8Array(0)

/** a–z for A–Z, all other bytes themselves. */
export const foldedByte: Uint8Array = new Uint8Array(256)
for (let i = 0; i < 256; i++) foldedByte[i] = i >= 0x41 && i <= 0x5a ? i + 0x20 : i

export class SearchKey {
  /** What the key was made for: another key of the same index is `new SearchKey(key.fields, key.encoding, key.collations)`. */
  readonly fields: readonly KeyField[]
  readonly encoding: TextEncoding
  readonly collations: Collations
  readonly #encoding: TextEncoding
  readonly #descending: Uint8Array
  readonly #textOrder: Uint8Array
  readonly #orders: Collation[] = []
  #count = 0
  readonly #kinds: Uint8Array
  readonly #numbers: Float64Array
  readonly #bigints: bigint[] = []
  readonly #bytes: Uint8Array[] = []
  readonly #texts: string[] = []

  /** Fields beyond those given (the rowid that ends an entry) are BINARY and ascending. */
  constructor(
    fields: readonly KeyField[],
    encoding: TextEncoding,
    collations: Collations = builtInCollations,
  ) {
    this.collations = collations
    this.fields = fields
    this.encoding = encoding
    this.#encoding = encoding
    // Room for the rowid, or the primary key, after the declared columns.
    const capacity = fields.length
    this.#descending = new Uint8Array(capacity)
    this.#textOrder = new Uint8Array(capacity)
    this.#kinds = new Uint8Array(capacity + 1)
    this.#numbers = new Float64Array(capacity + 1)
    for (let i = 0; i < capacity; i++) {
      const field = fields[i]!
      const collation = collations.collation(field.collation, encoding)
      if (collation === null) throw new RangeError(`no such collation sequence: ${field.collation}`)
      this.#descending[i] = field.descending ? 1 : 0
      this.#orders.push(collation)
      this.#textOrder[i] =
        collation.name === 'BINARY'
          ? byBytes
          : encoding !== 'utf8'
            ? byCollation
            : collation.name === 'NOCASE'
              ? byFoldedBytes
              : collation.name === 'RTRIM'
                ? byTrimmedBytes
                : byCollation
    }
    for (let i = 0; i <= capacity; i++) {
      this.#bigints.push(0n)
      this.#bytes.push(noBytes)
      this.#texts.push('')
    }
  }

  /** The number that the key begins with; NaN when it begins with something else, or descends. */
  leadingNumber: number = NaN

  /** How many fields the key has. */
  get count(): number {
    return this.#count
  }

  /** Takes the first `count` values for the key. At most one more than there are fields. */
  set(values: readonly Value[], count: number = values.length): void {
    if (count > this.#kinds.length) throw new RangeError('the key has more values than fields')
    this.#count = count
    for (let i = 0; i < count; i++) this.#setField(i, values[i]!)
    const isNumber = count > 0 && this.#kinds[0] === numberKey && this.#descending[0] !== 1
    this.leadingNumber = isNumber ? this.#numbers[0]! : NaN
  }

  #setField(i: number, value: Value): void {
    if (typeof value === 'number') {
      this.#kinds[i] = numberKey
      this.#numbers[i] = value
    } else if (typeof value === 'string') {
      this.#kinds[i] = textKey
      const order = this.#textOrder[i] ?? byBytes
      if (order === byCollation) this.#texts[i] = value
      else this.#bytes[i] = keyBytes(encodeText(value, this.#encoding), order)
    } else if (value === null) {
      this.#kinds[i] = nullKey
    } else if (typeof value === 'bigint') {
      this.#kinds[i] = bigintKey
      this.#bigints[i] = value
      this.#numbers[i] = Number(value)
    } else if (value instanceof Real) {
      this.#kinds[i] = numberKey
      this.#numbers[i] = value.value
    } else {
      this.#kinds[i] = blobKey
      this.#bytes[i] = value
    }
  }

  /** How the entry at `offset` stands to the key. */
  compare(data: Uint8Array, offset: number, size: number): number {
    let headerSize = data[offset]!
    let at = offset + 1
    if (headerSize >= 0x80) {
      headerSize = readVarint(data, offset)
      at = offset + varintLength(data, offset)
    }
    if (headerSize > size) throw corrupt(0, 'record header exceeds the record')
    const headerEnd = offset + headerSize
    const end = offset + size
    let content = headerEnd
    const count = this.#count
    for (let i = 0; i < count; i++) {
      if (at >= headerEnd) return 0
      let type = data[at]!
      let contentSize: number
      if (type < 0x80) {
        at++
        contentSize = SERIAL_SIZE[type]!
      } else {
        type = readVarint(data, at)
        at += varintLength(data, at)
        contentSize = serialTypeSize(type)
      }
      if (content + contentSize > end) throw corrupt(0, 'record content exceeds the record')
      let order: number
      switch (this.#kinds[i]) {
        case numberKey:
          order = compareWithNumber(data, type, content, this.#numbers[i]!)
          break
        case textKey:
          if (type < 12) order = -1
          else if (!(type & 1)) order = 1
          else if (i < this.#textOrder.length && this.#textOrder[i] !== byBytes)
            order = this.#compareCollated(data, content, contentSize, i)
          else order = compareContent(data, content, contentSize, this.#bytes[i]!)
          break
        default:
          order = this.#compareRare(data, type, content, contentSize, i)
      }
      if (order !== 0) return i < this.#descending.length && this.#descending[i] ? -order : order
      content += contentSize
    }
    return 0
  }

  #compareRare(
    data: Uint8Array,
    type: number,
    content: number,
    contentSize: number,
    i: number,
  ): number {
    switch (this.#kinds[i]) {
      case nullKey:
        return type === 0 || (type === 7 && Number.isNaN(readFloat64(data, content))) ? 0 : 1
      case bigintKey:
        if (type >= 12) return 1
        if (type === 0) return -1
        return compareWithBigint(data, type, content, this.#bigints[i]!)
      default:
        if (type < 12 || type & 1) return -1
        return compareContent(data, content, contentSize, this.#bytes[i]!)
    }
  }

  #compareCollated(data: Uint8Array, content: number, contentSize: number, i: number): number {
    const bytes = this.#bytes[i]!
    switch (this.#textOrder[i]) {
      case byFoldedBytes:
        return compareFolded(data, content, contentSize, bytes)
      case byTrimmedBytes: {
        let size = contentSize
        while (size > 0 && data[content + size - 1] === 0x20) size--
        return compareContent(data, content, size, bytes)
      }
      default: {
        const text = decodeText(data, content, contentSize, this.#encoding)
        return this.#orders[i]!.compare(text, this.#texts[i]!)
      }
    }
  }
}

/** The bytes of a key's text as its collation compares them. */
function keyBytes(bytes: Uint8Array, order: number): Uint8Array {
  if (order === byFoldedBytes) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = foldedByte[bytes[i]!]!
    return bytes
  }
  if (order !== byTrimmedBytes) return bytes
  let size = bytes.length
  while (size > 0 && bytes[size - 1] === 0x20) size--
  return bytes.subarray(0, size)
}

function compareWithNumber(data: Uint8Array, type: number, content: number, key: number): number {
  let x: number
  switch (type) {
    case 0:
      return -1
    case 1:
      x = (data[content]! << 24) >> 24
      break
    case 2:
      x = ((data[content]! << 24) >> 16) | data[content + 1]!
      break
    case 3:
      x = ((data[content]! << 24) >> 8) | (data[content + 1]! << 8) | data[content + 2]!
      break
    case 4:
      x =
        (data[content]! << 24) |
        (data[content + 1]! << 16) |
        (data[content + 2]! << 8) |
        data[content + 3]!
      break
    case 5:
    case 6: {
      const integer = decodeInteger(data, type, content)
      if (typeof integer === 'bigint') return compareNumbers(integer, key)
      x = integer
      break
    }
    case 7:
      x = readFloat64(data, content)
      // A NaN on disk is a NULL.
      if (x !== x) return -1
      break
    case 8:
      x = 0
      break
    case 9:
      x = 1
      break
    default:
      if (type >= 12) return 1
      throw corrupt(0, `reserved serial type ${type}`)
  }
  return x < key ? -1 : x > key ? 1 : 0
}

function compareWithBigint(data: Uint8Array, type: number, content: number, key: bigint): number {
  if (type === 7) {
    const x = readFloat64(data, content)
    return x < key ? -1 : x > key ? 1 : x === x ? 0 : -1
  }
  return compareNumbers(decodeInteger(data, type, content), key)
}

/** `memcmp` of content with a key's bytes, the shorter first. */
function compareContent(data: Uint8Array, content: number, size: number, key: Uint8Array): number {
  const keySize = key.length
  const shared = size < keySize ? size : keySize
  for (let i = 0; i < shared; i++) {
    const difference = data[content + i]! - key[i]!
    if (difference !== 0) return difference
  }
  return size - keySize
}

/** NOCASE; a NUL ends the comparison of characters, as in SQLite. */
function compareFolded(data: Uint8Array, content: number, size: number, key: Uint8Array): number {
  const keySize = key.length
  const shared = size < keySize ? size : keySize
  for (let i = 0; i < shared; i++) {
    const byte = foldedByte[data[content + i]!]!
    const difference = byte - key[i]!
    if (difference !== 0) return difference
    if (byte === 0) break
  }
  return size - keySize
}
