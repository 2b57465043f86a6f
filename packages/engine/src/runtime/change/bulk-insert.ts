/**
 * An INSERT of many rows of constants into a table whose constraints are its columns' and its indexes': all rows, then all
 * entries of each index, each in one loop. What it meets that some conflict clause, or a message, is about (a row or a key
 * that is there already, a value that its column refuses) it leaves to the statement's program, which begins anew after
 * everything has been taken back: so the order in which it stores does not matter.
 */
import { storedAs, takesOf } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { plainRowid, RowAppender } from '../../storage/index.ts'
import type { AppendedRows } from '../../storage/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import { IndexWriter } from './index-writer.ts'
import { RowWriter, type Rowid } from './row-writer.ts'
import type { DatabaseContext, ExecutionContext } from '../context.ts'
import { approximateOrder } from './approximate-order.ts'

/** An index over columns alone, of all rows. */
interface BulkIndex {
  readonly index: Index
  /** For each column of the key the column of the table; -1: the rowid. */
  readonly places: readonly number[]
  readonly writer: IndexWriter
}

export class BulkInsert {
  /** Of the row stored last. */
  lastRowid: Rowid = 0
  readonly #context: ExecutionContext
  readonly #rows: AppendedRows
  readonly #appender: RowAppender
  readonly #writer: RowWriter
  readonly #indexes: readonly BulkIndex[]

  constructor(
    context: ExecutionContext,
    database: DatabaseContext,
    table: Table,
    rows: AppendedRows,
  ) {
    this.#context = context
    this.#rows = rows
    this.#appender = new RowAppender(rows, database.encoding)
    this.#writer = new RowWriter(database, table.root, table.columns.length)
    this.#indexes = table.indexes.map((index) => ({
      index,
      places: index.columns.map(({ column }) => (column === table.rowidAlias ? -1 : column)),
      writer: new IndexWriter(database, index, table),
    }))
  }

  /** Stores the rows of `values`; false: the statement has to be run by its program. */
  run(values: readonly Value[]): boolean {
    const context = this.#context
    context.beginStatement()
    let isStored: boolean
    try {
      isStored = this.#store(values)
    } catch (error) {
      context.rollbackStatement()
      context.changes = 0
      throw error
    }
    if (!isStored) {
      context.rollbackStatement()
      return false
    }
    context.endStatement()
    const count = values.length / this.#rows.width
    context.lastInsertRowid = this.lastRowid
    context.changes = count
    context.totalChanges += count
    return true
  }

  #store(values: readonly Value[]): boolean {
    const writer = this.#writer
    const { width } = this.#rows
    writer.start()
    const first = writer.nextRowid()
    if (first < 0) return false
    for (let at = 0; at < values.length;) {
      at = writer.append(this.#appender, values, at)
      if (at === values.length) break
      if (!this.#storeRow(values, at)) return false
      at += width
    }
    const rowids = this.#rowidsOf(values, first)
    const last = values.length / width - 1
    this.lastRowid = rowids === null ? first + last : rowids[last]!
    return this.#indexes.every((index) => this.#storeEntries(index, values, first, rowids))
  }

  /** A row that is not for the end of the last leaf, or that has no room there. */
  #storeRow(values: readonly Value[], at: number): boolean {
    const writer = this.#writer
    const { columns, rowidPlace } = this.#rows
    let rowid = writer.nextRowid()
    if (rowidPlace >= 0 && values[at + rowidPlace] !== null) {
      rowid = plainRowid(values[at + rowidPlace]!)
      if (rowid >= 0 && writer.exists(rowid)) return false
    }
    if (rowid < 0) return false
    for (let i = 0; i < columns.length; i++) {
      const { place, constant, affinity, takes } = columns[i]!
      const value = storedAs(place < 0 ? constant : values[at + place]!, affinity)
      if ((takes & takesOf(value)) === 0) return false
      writer.row[i] = value
    }
    writer.encode()
    writer.insert(rowid)
    return true
  }

  /** The rowids of all rows; null: one after the other. */
  #rowidsOf(values: readonly Value[], first: number): Float64Array | null {
    const { width, rowidPlace } = this.#rows
    if (rowidPlace < 0) return null
    const rowids = new Float64Array(values.length / width)
    let next = first
    for (let i = 0, at = rowidPlace; i < rowids.length; i++, at += width) {
      const given = values[at]!
      const rowid = given === null ? next : plainRowid(given)
      if (rowid >= next) next = rowid + 1
      rowids[i] = rowid
    }
    return rowids
  }

  #storeEntries(
    { index, places, writer }: BulkIndex,
    values: readonly Value[],
    first: number,
    rowids: Float64Array | null,
  ): boolean {
    const { width, columns } = this.#rows
    const { entry } = writer
    const count = values.length / width
    const [column] = index.columns
    const place = places[0]! < 0 ? -1 : columns[places[0]!]!.place
    const isSorted = place < 0 || column!.descending
    const order = isSorted ? null : approximateOrder(values, place, width)
    writer.start()
    for (let i = 0; i < count; i++) {
      const row = order === null ? i : order[i]!
      const rowid = rowids === null ? first + row : rowids[row]!
      const at = row * width
      for (let j = 0; j < places.length; j++) {
        const from = places[j]!
        if (from < 0) entry[j] = rowid
        else {
          const { place: cell, constant, affinity } = columns[from]!
          entry[j] = storedAs(cell < 0 ? constant : values[at + cell]!, affinity)
        }
      }
      entry[places.length] = rowid
      writer.encode()
      if (!index.unique) writer.insert()
      else if (!writer.insertUnique()) return false
    }
    return true
  }
}
