/**
 * Rows of a table that an UPDATE changes as its scan comes to them: new values for some fields, and the rest of each record as it is.
 */
import {
  decodeRecord,
  FieldChange,
  RecordWriter,
  varintSize,
  writeVarint,
} from '../../record/index.ts'
import { tooBig } from '../../base/error.ts'
import { maxLength } from '../../base/limits.ts'
import type { StoredField, StoredJoin, Value } from '../../record/index.ts'
import { RowRewrite } from '../../storage/index.ts'
import type { TableCursor, TableTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'

export class RowRewriter {
  /** The new values, in the order of their places in the record, as the record keeps them. */
  readonly row: (Value | StoredField | StoredJoin)[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #places: readonly number[]
  readonly #missing: readonly Value[]
  readonly #change: FieldChange
  readonly #rewrite: RowRewrite
  #tree: TableTree
  #cursor: TableCursor | null = null
  /** For records that are shorter than the table is wide. */
  #writer: RecordWriter | null = null
  #scratch = new Uint8Array(512)

  /**
   * @param places of the fields that get new values, ascending
   * @param missing what a record that ends before a field has there, for all fields
   */
  constructor(
    context: DatabaseContext,
    root: number,
    places: readonly number[],
    missing: readonly Value[],
  ) {
    this.#context = context
    this.#root = root
    this.#places = places
    this.#missing = missing
    this.#change = new FieldChange(places, context.encoding)
    this.row = this.#change.values
    this.#rewrite = new RowRewrite(context.pages, root)
    this.#tree = context.tableTree(root)
  }

  /** The cursor of the scan. */
  follow(cursor: TableCursor): void {
    this.#cursor = cursor
  }

  start(): void {
    this.#tree = this.#context.tableTree(this.#root)
  }

  /** Encodes `row`, which `store` stores. */
  encode(): void {
    this.#change.encode()
  }

  /** The same as `encode` and `store` for a row of one value. Mostly a number takes the room of another. */
  storeOne(value: Value): void {
    const cursor = this.#cursor!
    if (typeof value === 'number' && cursor.data === this.#rewrite.writtenBytes) {
      const { data, payloadOffset, localSize } = cursor
      const place = this.#places[0]!
      if (FieldChange.overwriteNumber(data, payloadOffset, localSize, place, value)) return
    }
    this.row[0] = value
    this.encode()
    this.store()
  }

  /** Changes the current row of the scan. What the cursor shows of it need not be there afterwards. */
  store(): void {
    const { pages } = this.#context
    const cursor = this.#cursor!
    pages.beginOperation()
    try {
      const rewrite = this.#rewrite
      rewrite.enter(cursor)
      const { data, payloadOffset, payloadSize } = cursor
      const { maxTableLocal } = rewrite.layout
      if (payloadSize > maxTableLocal) return this.#storeSpilled(cursor)
      const change = this.#change
      const size = change.measure(data, payloadOffset, payloadSize)
      if (size < 0) return this.#storeShort(cursor)
      if (change.fits) {
        if (!rewrite.isWritten && change.isSame) return
        rewrite.overwrite(cursor)
        change.overwrite(cursor.data)
        return
      }
      if (size > maxTableLocal) return this.#storeAlone(cursor, size)
      const body = this.#cell(cursor, size)
      change.write(rewrite.bytes, body)
      this.#replace(cursor, size)
    } finally {
      pages.endOperation()
    }
  }

  /** Begins a cell for a record of `size` bytes. Answers where the record goes. */
  #cell({ rowid, data, payloadOffset }: TableCursor, size: number): number {
    const rewrite = this.#rewrite
    const rowidSize = varintSize(rowid)
    const at = rewrite.room(varintSize(size) + rowidSize + size)
    const { bytes } = rewrite
    const body = at + writeVarint(bytes, at, size) + rowidSize
    // The rowid stands right before the payload.
    for (let i = 1; i <= rowidSize; i++) bytes[body - i] = data[payloadOffset - i]!
    return body
  }

  /** The cell is complete. */
  #replace(cursor: TableCursor, size: number): void {
    const sizeSize = varintSize(size)
    const growth = size + sizeSize - cursor.payloadSize - varintSize(cursor.payloadSize)
    this.#rewrite.replace(cursor, sizeSize + varintSize(cursor.rowid) + size, growth)
  }

  #storeSpilled(cursor: TableCursor): void {
    cursor.loadPayload()
    const { data, payloadOffset, payloadSize } = cursor
    const size = this.#change.measure(data, payloadOffset, payloadSize)
    if (size < 0) this.#storeShort(cursor)
    else this.#storeAlone(cursor, size)
  }

  /** A row that spills, or is to spill: as any other is stored. */
  #storeAlone({ rowid }: TableCursor, size: number): void {
    if (size > maxLength) throw tooBig()
    if (this.#scratch.length < size) this.#scratch = new Uint8Array(2 * size)
    this.#change.write(this.#scratch, 0)
    this.#rewrite.flush()
    this.#tree.insert(rowid, this.#scratch, size)
  }

  /** A record from before some columns were added gets all of them. */
  #storeShort(cursor: TableCursor): void {
    const { encoding } = this.#context
    const { rowid, data, payloadOffset, payloadSize } = cursor
    const values: (Value | StoredField | StoredJoin)[] = decodeRecord(
      data,
      payloadOffset,
      payloadSize,
      encoding,
    )
    const missing = this.#missing
    for (let i = values.length; i < missing.length; i++) values.push(missing[i]!)
    const places = this.#places
    for (let i = 0; i < places.length; i++) values[places[i]!] = this.row[i]!
    this.#writer ??= new RecordWriter(encoding)
    const size = this.#writer.encode(values, values.length)
    const { data: record, offset } = this.#writer
    const rewrite = this.#rewrite
    const { maxTableLocal } = rewrite.layout
    if (size > maxTableLocal || payloadSize > maxTableLocal) {
      rewrite.flush()
      this.#tree.insert(rowid, record, size, offset)
      return
    }
    const body = this.#cell(cursor, size)
    rewrite.bytes.set(record.subarray(offset, offset + size), body)
    this.#replace(cursor, size)
  }

  /** The scan pauses on its current row. */
  pause(): void {
    if (this.#rewrite.flush()) this.#cursor!.seek(this.#cursor!.rowid)
  }

  /** The scan is over. */
  end(): void {
    this.#rewrite.flush()
  }

  close(): void {
    this.#rewrite.close()
  }
}
