/**
 * How an index entry stands to a key, step by step as SQLite compares them: in a sound index that is what `SearchKey` says, only slower; in a damaged one
 * it decides which entries SQLite finds. (`sqlite3VdbeRecordCompareWithSkip`, `vdbeRecordCompareInt`, `vdbeRecordCompareString` of vdbeaux.c.)
 */
import { corrupt } from '../base/error.ts'
import type { Collation, Collations } from './collation.ts'
import { binaryCollation } from './collation.ts'
import { compareValues } from './compare.ts'
import { decodeValue, serialTypeSize } from './record.ts'
import type { KeyField } from './search-key.ts'
import type { TextEncoding } from './text.ts'
import type { Value } from './value.ts'
import { readVarint, varintLength } from './varint.ts'

/** With so many fields or fewer the first one is looked at before anything else. */
const fewFields = 13

export class EntryOrder {
  readonly #fields: readonly KeyField[]
  readonly #collations: readonly Collation[]
  readonly #encoding: TextEncoding
  #values: readonly Value[] = []

  constructor(fields: readonly KeyField[], encoding: TextEncoding, collations: Collations) {
    this.#fields = fields
    this.#encoding = encoding
    this.#collations = fields.map(
      ({ collation }) => collations.collation(collation, encoding) ?? binaryCollation,
    )
  }

  /** One value for each field, or for the first ones. */
  set(values: readonly Value[]): void {
    this.#values = values
  }

  /**
   * Negative where the entry comes first.
   * @throws SQLITE_CORRUPT where SQLite finds the record damaged
   */
  compare(data: Uint8Array, offset: number, size: number): number {
    const first = this.#fields.length <= fewFields ? this.#values[0]! : null
    const type = data[offset + 1]!
    const content = offset + (data[offset]! & 0x3f)
    if (isInteger(first) && type < 10 && type !== 0 && type !== 7) {
      const order = compareValues(
        decodeValue(data, type, content, this.#encoding),
        first,
        binaryCollation,
      )
      return order === 0 ? this.#compareFrom(1, data, offset, size) : this.#turned(0, order)
    }
    if (typeof first === 'string' && this.#collations[0]!.name === 'BINARY') {
      const order = this.#compareText(data, offset, size)
      return order === 0 ? this.#compareFrom(1, data, offset, size) : this.#turned(0, order)
    }
    return this.#compareFrom(0, data, offset, size)
  }

  #compareText(data: Uint8Array, offset: number, size: number): number {
    const type = readVarint(data, offset + 1)
    if (type < 12) return -1
    if (type % 2 === 0) return 1
    const headerSize = data[offset]!
    if (headerSize + serialTypeSize(type) > size) throw damaged()
    const text = decodeValue(data, type, offset + headerSize, this.#encoding)
    return compareValues(text, this.#values[0]!, this.#collations[0]!)
  }

  /** The fields from `from` on, 0 or 1; those before are equal. */
  #compareFrom(from: number, data: Uint8Array, offset: number, size: number): number {
    const values = this.#values
    if (from === values.length) return 0
    let headerSize = data[offset]!
    let at = offset + 1
    let content: number
    if (from === 0) {
      headerSize = readVarint(data, offset)
      at = offset + varintLength(data, offset)
      content = headerSize
    } else {
      content = headerSize + serialTypeSize(readVarint(data, at))
      at += varintLength(data, at)
    }
    if (content > size) throw damaged()
    for (let i = from; ;) {
      const type = readVarint(data, at)
      const value = values[i]!
      const isContent = typeof value === 'string' || value instanceof Uint8Array
      const contentSize = serialTypeSize(type)
      const isSameClass = typeof value === 'string' ? type % 2 === 1 : type % 2 === 0
      if (isContent && type >= 12 && isSameClass && content + contentSize > size) throw damaged()
      const order = this.#compareField(i, data, type, offset + content, value)
      if (order !== 0) return this.#turned(i, order)
      if (++i === values.length) return 0
      content += contentSize
      if (content > size) return 0
      at += varintLength(data, at)
      if (at - offset >= headerSize) throw damaged()
    }
  }

  #compareField(i: number, data: Uint8Array, type: number, content: number, value: Value): number {
    if (type === 0 || type === 10) return value === null ? 0 : -1
    if (value === null) return 1
    const isNumber = typeof value !== 'string' && !(value instanceof Uint8Array)
    if (isNumber) {
      if (type > 10) return 1
    } else if (typeof value === 'string') {
      if (type < 12) return -1
      if (type % 2 === 0) return 1
    } else if (type < 12 || type % 2 === 1) return -1
    const stored = decodeValue(data, type, content, this.#encoding)
    return compareValues(stored, value, this.#collations[i] ?? binaryCollation)
  }

  #turned(i: number, order: number): number {
    return this.#fields[i]?.descending === true ? -order : order
  }
}

function isInteger(value: Value): boolean {
  if (typeof value === 'bigint') return true
  return typeof value === 'number' && Number.isInteger(value)
}

function damaged(): Error {
  return corrupt(0, 'record header and content do not agree')
}
