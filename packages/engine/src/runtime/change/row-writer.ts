/** The table that a statement writes: rowids chosen, records encoded and stored. */
import { RecordWriter } from '../../record/index.ts'
import { databaseFull, tableLocked } from '../../base/error.ts'
import type { StoredField, StoredRun, Value } from '../../record/index.ts'
import type { DatabaseContext } from '../context.ts'
import type { RecordCursor } from '../read/record.ts'
import { counting } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'
import { TableBuild } from '../../storage/index.ts'
import type { RowAppender, TableTree } from '../../storage/index.ts'

export type Rowid = number | bigint

export const maxRowid = 9223372036854775807n

const noBytes = new Uint8Array(0)

/** Rows of the table that is written. */
export class RowWriter {
  /** The values of the record. */
  readonly row: (Value | StoredField | StoredRun)[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #writer: RecordWriter
  // The record.
  #data: Uint8Array = noBytes
  #offset = 0
  #size = 0
  #tree: TableTree
  /** One more than the greatest rowid; -1: not known, or too large for a number. */
  #next = -1
  /** Of a table that was empty: the rows that have been added; null: there are none that are not stored. */
  #build: TableBuild | null = null
  /** None has been added yet. */
  #mayBuild = true
  /** How often it was asked for a row since the run began. */
  #asked = 0
  /** The version of the tree that what has been found out about it holds for. */
  #watched = -1

  constructor(context: DatabaseContext, root: number, columnCount: number) {
    this.#context = context
    this.#root = root
    this.row = Array.from({ length: columnCount }, () => null)
    this.#writer = new RecordWriter(context.encoding)
    this.#tree = context.tableTree(root)
  }

  start(): void {
    this.#tree = this.#context.tableTree(this.#root)
    this.#next = -1
    this.#asked = 0
    this.#build = null
    this.#mayBuild = true
  }

  /**
   * From here on a row is prepared whose statement calls functions of the user's, which may change the table themselves: what was
   * known of it before need not be true.
   */
  watch(): void {
    this.#next = -1
    this.#watched = this.#tree.version
  }

  /** Of the table: it grows with each change. */
  get version(): number {
    return this.#tree.version
  }

  /** Refuses to go on where they have done so since. @throws SQLITE_LOCKED */
  checkWatched(): void {
    if (this.#tree.version !== this.#watched) throw tableLocked()
  }

  exists(rowid: Rowid): boolean {
    if (this.#build !== null) {
      if (typeof rowid === 'number' && rowid >= this.#build.next) return false
      this.finish()
    }
    // Of many rows most come behind those that are there.
    if (this.#asked++ > 0 && this.#next < 0) this.nextRowid()
    // Whatever is not below the next rowid is not there.
    if (this.#next >= 0 && typeof rowid === 'number' && rowid >= this.#next) return false
    return this.#tree.exists(rowid)
  }

  /**
   * A rowid for a new row: one more than the greatest. When that is the greatest there can be, free ones
   * are tried at random. (Autoincrement §1 "Introduction")
   */
  chooseRowid(mayProbe: boolean = true): Rowid {
    const next = this.#next
    if (next >= 0 && next <= Number.MAX_SAFE_INTEGER) return next
    this.finish()
    const last = this.#tree.lastRowid()
    if (last === null) return (this.#next = 1)
    if (typeof last === 'number' && last < Number.MAX_SAFE_INTEGER) {
      // A negative rowid has a successor too, but it must not be taken for "not known".
      if (last < -1) return last + 1
      return (this.#next = last + 1)
    }
    if (BigInt(last) < maxRowid) return fromBigint(BigInt(last) + 1n)
    if (!mayProbe) throw databaseFull()
    return this.#randomRowid()
  }

  #randomRowid(): Rowid {
    for (let tries = 0; tries < 100; tries++) {
      const high = BigInt(Math.floor(Math.random() * 0x40000000))
      const low = BigInt(Math.floor(Math.random() * 0x100000000))
      const rowid = fromBigint((high << 32n) + low + 1n)
      if (!this.#tree.exists(rowid)) return rowid
    }
    throw databaseFull()
  }

  /** Encodes `row`, or the first `count` of it where some are several columns, which `insert` and `replace` store. */
  encode(count: number = this.row.length): void {
    const writer = this.#writer
    this.#size = writer.encode(this.row, count, this.row.length)
    this.#data = writer.data
    this.#offset = writer.offset
  }

  /** The record under a cursor, as it is, is what `insert` and `replace` store. */
  copy(cursor: RecordCursor): void {
    if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
    this.#size = cursor.payloadSize
    this.#data = cursor.data
    this.#offset = cursor.payloadOffset
  }

  /** Adds it as the row `rowid`, which is not there. */
  insert(rowid: Rowid): void {
    this.#tree.insertNew(rowid, this.#data, this.#size, this.#offset)
    if (typeof rowid === 'number') {
      if (this.#next >= 0 && rowid >= this.#next) this.#next = rowid + 1
    } else this.#next = -1
  }

  /**
   * Appends rows of `values`, from the place `from` on, as long as they need no look at any of them. Answers the place of the
   * first that is left, for whoever goes on with it.
   */
  append(appender: RowAppender, values: readonly Value[], from: number): number {
    const next = this.nextRowid()
    if (next < 0) return from
    const at = this.#tree.append(appender, values, from, next)
    if (at > from) this.#next = appender.next
    return at
  }

  /**
   * As `insert`, for a statement that stores many rows, and that nobody looks at before `finish`: those of a table that was empty are laid out page
   * after page.
   */
  add(rowid: Rowid): void {
    if (this.#build === null) {
      if (!this.#mayBuild) return this.insert(rowid)
      this.#mayBuild = false
      if (!this.#tree.isEmpty) return this.insert(rowid)
      this.#build = new TableBuild(this.#context.pages, this.#root)
    }
    const build = this.#build
    if (typeof rowid !== 'number' || rowid < build.next || rowid >= Number.MAX_SAFE_INTEGER) {
      this.finish()
      return this.insert(rowid)
    }
    build.add(rowid, this.#data, this.#offset, this.#size)
    this.#next = build.next
  }

  /** All rows that were added are stored. */
  finish(): void {
    const build = this.#build
    if (build === null) return
    this.#build = null
    if (build.next > -Infinity) build.finish()
  }

  /** One more than the greatest rowid, where that is a positive number; else -1. */
  nextRowid(): number {
    if (this.#next < 0) this.finish()
    if (this.#next < 0) {
      const last = this.#tree.lastRowid() ?? 0
      if (typeof last === 'number' && last >= 0) this.#next = last + 1
    }
    return this.#next <= Number.MAX_SAFE_INTEGER ? this.#next : -1
  }

  /** Puts it in the place of the row `rowid`. */
  replace(rowid: Rowid): void {
    this.#tree.insert(rowid, this.#data, this.#size, this.#offset)
  }

  delete(rowid: Rowid): void {
    this.#next = -1
    this.#tree.delete(rowid)
  }

  /** Deletes all rows; how many there were. */
  clear(): number {
    this.#next = -1
    return this.#tree.clear()
  }

  clearing(slice: Slice): Work<number> {
    this.#next = -1
    return counting(slice, this.#tree.clearing())
  }
}

export function fromBigint(x: bigint): Rowid {
  return x >= -9007199254740991n && x <= 9007199254740991n ? Number(x) : x
}
