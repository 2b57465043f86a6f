/** AUTOINCREMENT. */
import { TableCursor } from '../../storage/index.ts'
import { decodeColumn, encodeRecord } from '../../record/index.ts'
import { blobAsText, toInt64 } from '../convert.ts'
import { fromBigint, maxRowid } from './row-writer.ts'
import { databaseFull } from '../../base/error.ts'
import type { DatabaseContext } from '../context.ts'
import type { RowWriter, Rowid } from './row-writer.ts'

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
