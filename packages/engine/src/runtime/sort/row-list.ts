/**
 * Rows that are kept in the order in which they come, to be read from the beginning as often as is wanted: the rows of a materialised subquery, of
 * INSERT … SELECT, of CREATE TABLE … AS. In memory while the statement's limit allows, then in the temporary file as a whole.
 */
import { RowFileWriter, RunPart, WholePart } from './row-file.ts'
import type { RowPart, RowRun } from './row-file.ts'
import type { Row } from './row-order.ts'
import { sampledSize } from './sorter.ts'
import type { Spill } from './spill.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

export class RowList implements Debtor {
  readonly #spill: Spill
  #rows: Row[] = []
  #whole: WholePart
  #nextCheck = 1
  #checked = 0
  #held = 0
  #writer: RowFileWriter | null = null
  #run: RowRun | null = null

  constructor(spill: Spill) {
    this.#spill = spill
    this.#whole = new WholePart(this.#rows)
  }

  /** Takes a row; it must not be changed afterwards. */
  add(row: Row): void {
    if (this.#writer !== null) this.#writer.write(row)
    else if (this.#rows.push(row) >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const rows = this.#rows
    const size = sampledSize(rows, this.#checked)
    spill.take(size)
    this.#held += size
    this.#checked = rows.length
    this.#nextCheck = rows.length + spill.rowsUntilCheck(rows.length, this.#held)
    if (spill.isFull(this.#held)) spill.overflow(this)
  }

  /** Writes what is in memory; so does whatever comes from here on. */
  *settle(slice: Slice): Work<void> {
    if (this.#rows.length === 0) return
    const writer = new RowFileWriter(this.#spill)
    for (const row of this.#rows) {
      if (slice.isDue()) yield slice
      writer.write(row)
    }
    this.#writer = writer
    this.#forget()
  }

  #forget(): void {
    this.#rows = []
    this.#whole = new WholePart(this.#rows)
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** All rows are in: the first part of them. What is owed need not be done: they have fitted into memory. */
  first(): RowPart | null {
    if (this.#writer === null) return this.#whole
    this.#run ??= this.#writer.finish()
    return new RunPart(this.#spill, this.#run).next()
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    if (this.#writer !== null) this.#spill.release((this.#run ?? this.#writer.finish()).chunks)
    this.#writer = null
    this.#run = null
  }
}
