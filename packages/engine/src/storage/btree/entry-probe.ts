/**
 * The entry that a writer of an index looks for, compared with the cells of a page.
 *
 * A `SearchKey` can compare any key with any record, but an insertion has the record at hand, and what decides is
 * nearly always its first field: a number, or a text in binary order. That field is compared here, bytes
 * with bytes, in one loop over the page; a tie and everything unusual goes to the `SearchKey`, whose values are only
 * set then. So a text is not encoded a second time for an ordinary insertion, and nothing is allocated.
 */
import { decodeRecord, readVarint } from '../../record/index.ts'
import type { SearchKey, Value } from '../../record/index.ts'
import type { Page, Pages } from '../pager/page.ts'
import { compareCell } from './index-cursor.ts'
import { cellCountOf, pointersOffset } from './page-layout.ts'
import type { Layout } from './page-layout.ts'

// How the first field is compared.
const byKey = 0
const byNumber = 1
const byBytes = 2

/** Stands for values that are read from the record when they are needed. */
const unread: readonly Value[] = []

export class EntryProbe {
  key: SearchKey | null = null
  /** What the key is to be set to; null: it is set. */
  #values: readonly Value[] | null = null
  /** How many of them the key takes. */
  #count = 0
  #kind = byKey
  /** 1 for an ascending first field, -1 for a descending one. */
  #sign = 1
  #number = 0
  #data: Uint8Array = new Uint8Array(0)
  #start = 0
  #size = 0
  // The record whose values have not been read.
  #record: Uint8Array = new Uint8Array(0)
  #recordOffset = 0
  #recordSize = 0
  // Bytes that the text has in common with the nearest entry found so far before it and after it, which all between
  // those two have in common with it as well; and with the entry looked at last.
  #lowShared = 0
  #highShared = 0
  #shared = 0
  /** Payloads up to this size are on the page as a whole, and their size takes one byte. */
  #maxSize = 0

  /** Looks for `key`, which has its values. */
  startKey(key: SearchKey): void {
    this.key = key
    this.#values = null
    this.#kind = byKey
  }

  /** Looks for the key that is the first `count` of `values`, the values of the record in `data`. */
  start(
    key: SearchKey,
    values: readonly Value[],
    count: number,
    data: Uint8Array,
    offset: number,
    size: number,
  ): void {
    this.key = key
    this.#values = values
    this.#count = count
    this.#kind = byKey
    const headerSize = data[offset]!
    if (key.fields.length === 0 || headerSize < 2 || headerSize >= 0x80) return
    let type = data[offset + 1]!
    if (type >= 0x80) type = readVarint(data, offset + 1)
    const at = offset + headerSize
    const field = key.fields[0]!
    if (type >= 1 && type <= 4) this.#number = smallInteger(data, type, at)
    else if (type === 8 || type === 9) this.#number = type - 8
    else if (type >= 13 && (type & 1) === 1 && field.collation === 'BINARY') {
      this.#data = data
      this.#start = at
      this.#size = (type - 13) / 2
      this.#lowShared = 0
      this.#highShared = 0
      if (headerSize + this.#size > size) return
      this.#kind = byBytes
    } else return
    if (type < 10) this.#kind = byNumber
    this.#sign = field.descending ? -1 : 1
  }

  /** Looks for the key that is the first `count` fields of the record in `data`. */
  startRecord(key: SearchKey, count: number, data: Uint8Array, offset: number, size: number): void {
    this.start(key, unread, count, data, offset, size)
    this.#record = data
    this.#recordOffset = offset
    this.#recordSize = size
  }

  /** Sees to it that the key has its values. */
  setKey(): void {
    if (this.#values === null) return
    const key = this.key!
    const isUnread = this.#values === unread
    key.set(
      isUnread
        ? decodeRecord(this.#record, this.#recordOffset, this.#recordSize, key.encoding)
        : this.#values,
      this.#count,
    )
    this.#values = null
  }

  /**
   * Where the entry belongs: the first cell that comes after it; the complement of its index when a cell equals it.
   * `childSize` is 4 on interior pages.
   */
  find(pages: Pages, page: Page, childSize: number, layout: Layout): number {
    const { data } = page
    const pointers = pointersOffset(page)
    const kind = this.#kind
    this.#setMaxSize(layout)
    let lowShared = this.#lowShared
    let highShared = this.#highShared
    let low = 0
    let high = cellCountOf(page)
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = pointers + 2 * middle
      const cell = ((data[at]! << 8) | data[at + 1]!) + childSize
      let order = 0
      if (kind === byNumber) order = this.#compareNumber(data, cell)
      else if (kind === byBytes) {
        order = this.#compareBytes(data, cell, lowShared < highShared ? lowShared : highShared)
      }
      if (order === 0) {
        order = this.#compareAll(pages, page, cell, layout)
        if (order === 0) return ~middle
      }
      if (order < 0) {
        low = middle + 1
        lowShared = this.#shared
      } else {
        high = middle
        highShared = this.#shared
      }
    }
    this.#lowShared = lowShared
    this.#highShared = highShared
    return low
  }

  /** How the record of the cell whose payload size is at `cell` stands to the entry. */
  compare(pages: Pages, page: Page, cell: number, layout: Layout): number {
    let order = 0
    this.#setMaxSize(layout)
    if (this.#kind === byNumber) order = this.#compareNumber(page.data, cell)
    else if (this.#kind === byBytes) order = this.#compareBytes(page.data, cell, 0)
    return order !== 0 ? order : this.#compareAll(pages, page, cell, layout)
  }

  #setMaxSize({ maxIndexLocal }: Layout): void {
    this.#maxSize = maxIndexLocal < 0x80 ? maxIndexLocal : 0x7f
  }

  #compareAll(pages: Pages, page: Page, cell: number, layout: Layout): number {
    this.setKey()
    return compareCell(pages, page, cell, this.key!, layout)
  }

  /** By the first field alone; 0 when that does not decide, or the cell is not of the simplest form. */
  #compareNumber(data: Uint8Array, cell: number): number {
    const size = data[cell]!
    const headerSize = data[cell + 1]!
    const type = data[cell + 2]!
    if (size > this.#maxSize || headerSize < 2 || headerSize + type > size) return 0
    const at = cell + 1 + headerSize
    let x: number
    switch (type) {
      case 1:
        x = (data[at]! << 24) >> 24
        break
      case 2:
        x = ((data[at]! << 24) >> 16) | data[at + 1]!
        break
      case 3:
        x = ((data[at]! << 24) >> 8) | (data[at + 1]! << 8) | data[at + 2]!
        break
      case 4:
        x = (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
        break
      default:
        return 0
    }
    const key = this.#number
    return x < key ? -this.#sign : x > key ? this.#sign : 0
  }

  /** The same for a text, of which the first `from` bytes are known to be equal. */
  #compareBytes(data: Uint8Array, cell: number, from: number): number {
    const size = data[cell]!
    const headerSize = data[cell + 1]!
    const type = data[cell + 2]!
    this.#shared = 0
    if (size > this.#maxSize || headerSize < 2 || type < 13 || (type & 0x81) !== 1) return 0
    const textSize = (type - 13) >> 1
    if (headerSize + textSize > size) return 0
    const key = this.#data
    const at = cell + 1 + headerSize
    const start = this.#start
    const ownSize = this.#size
    const shared = textSize < ownSize ? textSize : ownSize
    let i = from
    while (i < shared && data[at + i] === key[start + i]) i++
    this.#shared = i
    const difference = i < shared ? data[at + i]! - key[start + i]! : textSize - ownSize
    return difference * this.#sign
  }
}

function smallInteger(data: Uint8Array, type: number, at: number): number {
  let x = (data[at]! << 24) >> 24
  for (let i = 1; i < type; i++) x = (x << 8) | data[at + i]!
  return x
}
