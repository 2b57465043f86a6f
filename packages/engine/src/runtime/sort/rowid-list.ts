/** The rowids of the rows that a statement is going to change: in memory while its limit allows, then in the temporary file. */
import { ascendingRowids } from '../change/statement-end.ts'
import type { Rowid } from '../change/row-writer.ts'
import { RowList } from './row-list.ts'
import type { RowPart } from './row-file.ts'
import { rowComparison } from './row-order.ts'
import type { RowKey } from './row-order.ts'
import { Sorter } from './sorter.ts'
import { sortInSlices } from './sort-in-slices.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

const keys: readonly RowKey[] = [
  { place: 0, descending: false, nullsFirst: true, collation: 'BINARY' },
]

const byRowid = (a: Rowid, b: Rowid): number => (a < b ? -1 : a > b ? 1 : 0)

/** Bytes that a rowid takes in memory. */
const rowidSize = 16

/** So many fit under any limit. */
const uncounted = 32

export class RowidList implements Debtor {
  readonly #spill: Spill
  readonly #isAscending: boolean
  #rowids: Rowid[] = []
  #nextCheck = uncounted
  #checked = 0
  #held = 0
  #sorter: Sorter | null = null
  #list: RowList | null = null

  /** @param isAscending they are wanted in ascending order, not in that of their arrival */
  constructor(spill: Spill, isAscending: boolean) {
    this.#spill = spill
    this.#isAscending = isAscending
  }

  add(rowid: Rowid): void {
    if (this.#sorter !== null) this.#sorter.add([rowid])
    else if (this.#list !== null) this.#list.add([rowid])
    else if (this.#rowids.push(rowid) >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const rowids = this.#rowids
    const size = (rowids.length - this.#checked) * rowidSize
    spill.take(size)
    this.#held += size
    this.#checked = rowids.length
    this.#nextCheck = rowids.length + spill.rowsUntilCheck(rowids.length, this.#held)
    if (spill.isFull(this.#held)) spill.overflow(this)
  }

  /** From here on rowids go to what writes them to the file. */
  *settle(slice: Slice): Work<void> {
    if (this.#rowids.length === 0) return
    const spill = this.#spill
    const rowids = this.#rowids
    this.#forget()
    if (this.#isAscending) this.#sorter = new Sorter(spill, keys, rowComparison(keys), 'utf8')
    else this.#list = new RowList(spill)
    yield* slice.feed(rowids, (rowid) => this.add(rowid))
  }

  #forget(): void {
    this.#rowids = []
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** How many there are in memory. */
  get heldCount(): number {
    return this.#rowids.length
  }

  /** All rowids are in: those in ascending order, where they are in memory; else null. */
  get held(): readonly Rowid[] | null {
    if (this.#sorter !== null || this.#list !== null) return null
    return ascendingRowids(this.#rowids)
  }

  /** All rowids are in. */
  all(): Iterable<Rowid> {
    if (this.#sorter !== null || this.#list !== null) return complete(this.collecting(unsliced))
    return this.#isAscending ? ascendingRowids(this.#rowids) : this.#rowids
  }

  *collecting(slice: Slice): Work<Iterable<Rowid>> {
    yield* slice.settle()
    if (this.#sorter !== null) return eachRowid(yield* this.#sorter.sorting(slice))
    if (this.#list !== null) return eachRowid(this.#list.first())
    if (!this.#isAscending) return this.#rowids
    return yield* sortInSlices(this.#rowids, ascendingRowids, byRowid, slice)
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    this.#sorter?.close()
    this.#list?.close()
  }
}

function* eachRowid(first: RowPart | null): Iterable<Rowid> {
  for (let part = first; part !== null; part = part.next())
    for (const row of part.rows) yield row[0] as Rowid
}
