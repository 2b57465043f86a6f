/**
 * What compiled INSERT, UPDATE and DELETE call: indexes kept in step with their table, rowids chosen,
 * AUTOINCREMENT, and the end of a statement that fails.
 *
 * A program makes one `IndexWriter` for each index when it is linked and reuses it for every row: the
 * values of an entry are put into `entry`, one after another, so that nothing is allocated for a row.
 * Values in an entry are as they are stored: a REAL column's whole numbers are INTEGERs there.
 */
import { SqliteError, datatypeMismatch, databaseFull } from '../../base/error.ts'
import {
  applyNumericAffinity,
  applyRealAffinity,
  decodeColumn,
  encodeRecord,
  readIndexRowid,
  Real,
  RecordWriter,
  SearchKey,
  textToNumeric,
} from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { Index } from '../../schema/index.ts'
import { TableCursor } from '../../storage/index.ts'
import type { IndexTree, RowAppender, TableTree } from '../../storage/index.ts'
import type { DatabaseContext, ExecutionContext } from '../context.ts'
import { blobAsText, toInt64 } from '../convert.ts'

export type Rowid = number | bigint

const maxRowid = 9223372036854775807n

/** One index of a table that is written. */
export class IndexWriter {
  /** Of the row that is being stored: the key columns, then the rowid. */
  readonly entry: Value[]
  /** The same of a row that is being deleted or replaced. */
  readonly old: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #columnCount: number
  readonly #key: SearchKey
  readonly #writer: RecordWriter
  #tree: IndexTree
  /** `conflict` has found the entry's place. */
  #isPlaced = false

  constructor(context: DatabaseContext, index: Index) {
    this.#context = context
    this.#root = index.root
    this.#columnCount = index.columns.length
    this.entry = Array.from({ length: this.#columnCount + 1 }, () => null)
    this.old = Array.from({ length: this.#columnCount + 1 }, () => null)
    this.#key = new SearchKey(index.columns, context.encoding)
    this.#writer = new RecordWriter(context.encoding)
    this.#tree = context.indexTree(index.root)
  }

  /** Before the first row of each run: trees are thrown away when a transaction ends badly. */
  start(): void {
    this.#tree = this.#context.indexTree(this.#root)
    this.#isPlaced = false
  }

  /** Encodes the entry of the row `rowid`: of a row that is too long, before anything is changed. */
  encode(rowid: Rowid): void {
    const { entry } = this
    entry[this.#columnCount] = rowid
    this.#isPlaced = false
    this.#writer.encode(entry, entry.length)
  }

  /** The row that has the same key columns as the entry; null: none. Keys with a NULL are all different. */
  conflict(): Rowid | null {
    const count = this.#columnCount
    const { entry } = this
    for (let i = 0; i < count; i++) if (entry[i] === null) return null
    const { data, offset, size } = this.#writer
    const found = this.#tree.findKey(data, offset, size, this.#key, entry, count)
    this.#isPlaced = found === null
    return found === null ? null : readIndexRowid(found.data, found.offset, found.size)
  }

  /** Adds the entry as it was encoded; in a UNIQUE index at the place that `conflict` has found. */
  insert(): void {
    const { data, offset, size } = this.#writer
    if (this.#isPlaced) {
      this.#isPlaced = false
      this.#tree.insertPlaced(data, offset, size, this.#key, this.entry)
    } else this.#tree.insertEntry(data, offset, size, this.#key, this.entry)
  }

  /** Takes the old entry of the row `rowid` out. */
  delete(rowid: Rowid): void {
    const { old } = this
    const count = this.#columnCount + 1
    old[count - 1] = rowid
    this.#key.set(old, count)
    this.#tree.delete(this.#key)
  }

  clear(): void {
    this.#tree.clear()
  }
}

/** Rows of the table that is written. */
export class RowWriter {
  /** The values of the record. */
  readonly row: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #writer: RecordWriter
  #tree: TableTree
  /** One more than the greatest rowid; -1: not known, or too large for a number. */
  #next = -1

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
  }

  exists(rowid: Rowid): boolean {
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

  /** Encodes `row`, which `insert` and `replace` store. */
  encode(): void {
    this.#writer.encode(this.row, this.row.length)
  }

  /** Adds it as the row `rowid`, which is not there. */
  insert(rowid: Rowid): void {
    const { data, offset, size } = this.#writer
    this.#tree.insertNew(rowid, data, size, offset)
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

  /** One more than the greatest rowid, where that is a positive number; else -1. */
  nextRowid(): number {
    if (this.#next < 0) {
      const last = this.#tree.lastRowid() ?? 0
      if (typeof last === 'number' && last >= 0) this.#next = last + 1
    }
    return this.#next <= Number.MAX_SAFE_INTEGER ? this.#next : -1
  }

  /** Puts it in the place of the row `rowid`. */
  replace(rowid: Rowid): void {
    const { data, offset, size } = this.#writer
    this.#tree.insert(rowid, data, size, offset)
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
}

function fromBigint(x: bigint): Rowid {
  return x >= -9007199254740991n && x <= 9007199254740991n ? Number(x) : x
}

/** A value given for the rowid, as a rowid; NULL is for the caller to see. (`OP_MustBeInt`) */
export function toRowid(value: Value): Rowid {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return value
  const converted = applyNumericAffinity(value)
  if (typeof converted === 'bigint') return converted
  if (typeof converted === 'number' && Number.isInteger(converted)) return converted
  throw datatypeMismatch()
}

/** REAL affinity in the raw domain: any number becomes a JavaScript number that means a REAL. */
export function toRaw(value: Value): number | null | string | Uint8Array {
  if (typeof value === 'number' || value === null) return value
  if (typeof value === 'string') {
    const number = textToNumeric(value)
    if (typeof number === 'string') return number
    return toRaw(number)
  }
  if (value instanceof Real) return value.value
  return typeof value === 'bigint' ? Number(value) : value
}

/** How a REAL column keeps a raw number: small whole ones as INTEGER. */
export function storedRaw(value: number | null | string | Uint8Array): Value {
  if (typeof value !== 'number') return value
  if (Number.isInteger(value)) {
    if (value >= -0x800000000000 && value <= 0x7fffffffffff) return value + 0
    return new Real(value)
  }
  return value === Infinity || value === -Infinity ? new Real(value) : value
}

/** As `storedRaw`, for a value that no affinity has been applied to. */
export function storedRealOf(value: Value): Value {
  const real = applyRealAffinity(value)
  return real instanceof Real ? storedRaw(real.value) : real
}

/**
 * The row of `sqlite_sequence` for one table with AUTOINCREMENT: the greatest rowid that it ever had. It is read
 * when a statement starts and written when it ends. (Autoincrement §3 "The AUTOINCREMENT Keyword")
 */
export class Sequence {
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #table: string
  readonly #cursor: TableCursor
  /** The row in sqlite_sequence; null: there is none yet. */
  #rowid: Rowid | null = null
  #greatest = 0n
  #stored = 0n

  constructor(context: DatabaseContext, root: number, table: string) {
    this.#context = context
    this.#root = root
    this.#table = table
    this.#cursor = new TableCursor(context.pages, root)
  }

  start(): void {
    this.#rowid = null
    this.#greatest = 0n
    const cursor = this.#cursor
    for (let found = cursor.first(); found; found = cursor.next()) {
      if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      const { encoding } = this.#context
      if (decodeColumn(data, payloadOffset, payloadSize, 0, encoding) !== this.#table) continue
      const value = decodeColumn(data, payloadOffset, payloadSize, 1, encoding)
      this.#rowid = cursor.rowid
      // Anybody may have written something else there than an INTEGER: it counts for what CAST makes of it.
      this.#greatest = BigInt(toInt64(blobAsText(value, encoding)))
      break
    }
    this.#stored = this.#greatest
    cursor.close()
  }

  /** A rowid greater than any the table ever had. Where there is none, no free one is looked for. */
  choose(writer: RowWriter): Rowid {
    if (this.#greatest >= maxRowid) throw databaseFull()
    const candidate = writer.chooseRowid(false)
    return BigInt(candidate) > this.#greatest ? candidate : fromBigint(this.#greatest + 1n)
  }

  /** The statement is about to insert this rowid. */
  note(rowid: Rowid): void {
    const big = BigInt(rowid)
    if (big > this.#greatest) this.#greatest = big
  }

  /** Writes what has changed. The row is made even by a statement that inserts nothing, as in SQLite. */
  end(): void {
    if (this.#rowid !== null && this.#greatest === this.#stored) return
    const tree = this.#context.tableTree(this.#root)
    const last = tree.lastRowid()
    const rowid = this.#rowid ?? (last === null ? 1 : fromBigint(BigInt(last) + 1n))
    const record = encodeRecord([this.#table, fromBigint(this.#greatest)], this.#context.encoding)
    tree.insert(rowid, record, record.length)
  }
}

/** Rowids in ascending order: in which SQLite changes rows that it has collected, and the pages lie. */
export function ascendingRowids(rowids: Rowid[]): Rowid[] {
  for (let i = 1; i < rowids.length; i++) {
    if (rowids[i]! < rowids[i - 1]!) return rowids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }
  return rowids
}

/** An error of SQL that is thrown later, when the rows before it have been changed. Any other is thrown at once. */
export function keptError(error: unknown): SqliteError {
  if (error instanceof SqliteError) return error
  throw error
}

/** How a statement that fails ends. */
export type Failure = 'ABORT' | 'FAIL' | 'ROLLBACK'

/**
 * Ends a statement that failed. `changed` says how it began: under a `savepoint`, or without one, and then whether it has
 * changed something, which can only be taken back with the whole transaction.
 * (The ON CONFLICT Clause; `sqlite3VdbeHalt`)
 */
export function endFailed(
  context: ExecutionContext,
  failure: Failure,
  changed: 'savepoint' | boolean,
  changes: number,
): void {
  switch (failure) {
    case 'ABORT':
      if (changed === 'savepoint') context.rollbackStatement()
      else if (changed) context.rollbackTransaction()
      context.changes = 0
      return
    case 'FAIL':
      if (changed === 'savepoint') context.endStatement()
      context.keepChanges()
      context.changes = changes
      context.totalChanges += changes
      return
    case 'ROLLBACK':
      context.rollbackTransaction()
      context.changes = 0
      return
    default:
      failure satisfies never
  }
}
