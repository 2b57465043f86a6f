/**
 * Pages that follow each other in the database file, read many at once where somebody reads one after the other: asking the system for a page costs
 * more than copying it.
 *
 * What has been read ahead waits outside the page cache until it is asked for, so nothing is evicted for its sake. It holds for a transaction at most, and
 * until that writes to the log.
 */
import { used } from '../../base/first-use.ts'
import { lockBytePgno } from '../btree/lock-byte.ts'
import type { FileView } from './door.ts'

/** Bytes that are read at once, at most. */
const mostBytes = 262_144

/** So many pages are asked for in order before more than one is read. */
const fewInOrder = 3

/** A scan leaves out pages that it has met before, those that lead to the others. */
const mostLeftOut = 2

const noRoom = new Uint8Array(0)
/** An array that nobody uses. */
let spare: Uint8Array = noRoom

export class ReadAhead {
  readonly #pageSize: number
  /** The page after the one asked for last. */
  #next = 0
  /** Pages that have been asked for in order. */
  #inOrder = 0
  /** The first page that waits, and how many there are. */
  #first = 0
  #count = 0
  #room: Uint8Array = noRoom

  constructor(pageSize: number) {
    this.#pageSize = pageSize
  }

  /** More than one page is read at once. */
  get isAhead(): boolean {
    return this.#inOrder >= fewInOrder
  }

  /** Copies a page that waits; false: it does not. */
  take(pgno: number, target: Uint8Array): boolean {
    const place = pgno - this.#first
    if (place < 0 || place >= this.#count) return false
    const start = place * this.#pageSize
    target.set(this.#room.subarray(start, start + this.#pageSize))
    this.#inOrder += pgno - this.#next <= mostLeftOut ? 1 : 0
    this.#next = pgno + 1
    return true
  }

  /**
   * Reads page `pgno`, and with it pages that follow, if they are wanted, it seems, and `isThere` answers that they are in the file. Bytes beyond the end of
   * the file are zeros.
   */
  read(file: FileView, pgno: number, target: Uint8Array, isThere: (pgno: number) => boolean): void {
    const pageSize = this.#pageSize
    const position = (pgno - 1) * pageSize
    const count = this.#together(pgno, isThere)
    if (count > 1) {
      used.add('read-ahead')
      this.#count = 0
      const size = file.read(this.#takeRoom(), 0, count * pageSize, position)
      this.#first = pgno
      this.#count = Math.floor(size / pageSize)
      if (this.take(pgno, target)) return
    }
    const size = file.read(target, 0, pageSize, position)
    if (size < pageSize) target.fill(0, size)
  }

  /** How many pages are read from page `pgno` on. */
  #together(pgno: number, isThere: (pgno: number) => boolean): number {
    const leftOut = pgno - this.#next
    this.#inOrder = leftOut >= 0 && leftOut <= mostLeftOut ? this.#inOrder + 1 : 0
    this.#next = pgno + 1
    if (this.#inOrder < fewInOrder) return 1
    const most = Math.min(2 * this.#inOrder, Math.floor(mostBytes / this.#pageSize))
    // Somebody may have locked its bytes.
    const lock = lockBytePgno(this.#pageSize)
    let count = 1
    while (count < most && pgno + count !== lock && isThere(pgno + count)) count++
    return count
  }

  #takeRoom(): Uint8Array {
    if (this.#room.length === 0) {
      this.#room = spare.length > 0 ? spare : Buffer.allocUnsafeSlow(mostBytes)
      spare = noRoom
    }
    return this.#room
  }

  /** What waits is void. */
  drop(): void {
    if (this.#room.length === 0) return
    this.#count = 0
    spare = this.#room
    this.#room = noRoom
  }
}
