/** The rows of a new table, stored while the query still delivers them. (CREATE TABLE … AS) */
import { RecordWriter } from '../../record/index.ts'
import type { StoredField, StoredRun, Value } from '../../record/index.ts'
import { createTree, TableBuild } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import type { RecordCursor } from '../read/record.ts'

const noBytes = new Uint8Array(0)

export class TableFill {
  /** The values of the next row as they are stored. */
  readonly row: (Value | StoredField | StoredRun)[]
  /** Of the new tree. */
  root = 0
  readonly #context: DatabaseContext
  readonly #writer: RecordWriter
  #build: TableBuild | null = null
  #rowid = 0
  // The record that is stored next.
  #data: Uint8Array = noBytes
  #offset = 0
  #size = 0

  constructor(context: DatabaseContext, columnCount: number) {
    this.#context = context
    this.row = Array.from({ length: columnCount }, () => null)
    this.#writer = new RecordWriter(context.encoding)
  }

  /** Makes the tree, which no schema knows yet. */
  start(): void {
    this.root = createTree(this.#context.pages, 'table')
    this.#build = new TableBuild(this.#context.pages, this.root)
    this.#rowid = 0
  }

  /** Encodes `row`, or the first `count` of it where some are several columns, which `add` stores. */
  encode(count: number = this.row.length): void {
    const writer = this.#writer
    this.#size = writer.encode(this.row, count, this.row.length)
    this.#data = writer.data
    this.#offset = writer.offset
  }

  /** The record under a cursor, as it is, is what `add` stores. */
  copy(cursor: RecordCursor): void {
    if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
    this.#size = cursor.payloadSize
    this.#data = cursor.data
    this.#offset = cursor.payloadOffset
  }

  /** Stores the next row. */
  add(): void {
    this.#build!.add(++this.#rowid, this.#data, this.#offset, this.#size)
  }

  /** All rows are there. */
  finish(): void {
    this.#build!.finish()
    this.#build = null
  }
}
