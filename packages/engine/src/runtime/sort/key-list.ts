/**
 * The primary keys of the rows of a WITHOUT ROWID table that a statement is going to change: in memory while its limit allows, then in
 * the temporary file.
 */
import type { Collations, TextEncoding } from '../../record/index.ts'
import type { IndexColumn } from '../../schema/index.ts'
import type { RowPart } from './row-file.ts'
import { RowList } from './row-list.ts'
import { rowComparison } from './row-order.ts'
import type { Row, RowKey } from './row-order.ts'
import { Sorter } from './sorter.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

export class KeyList {
  readonly #sorter: Sorter | null
  readonly #list: RowList | null

  /** @param columns the primary key, in whose order the rows are wanted; null: in that of their arrival */
  constructor(
    spill: Spill,
    columns: readonly IndexColumn[] | null,
    encoding: TextEncoding,
    collations: Collations,
  ) {
    const keys = columns === null ? null : keysOf(columns)
    this.#list = keys === null ? new RowList(spill) : null
    this.#sorter =
      keys === null
        ? null
        : new Sorter(spill, keys, rowComparison(keys, encoding, collations), encoding)
  }

  add(key: Row): void {
    if (this.#sorter !== null) this.#sorter.add(key)
    else this.#list!.add(key)
  }

  /** All keys are in. */
  first(): RowPart | null {
    return complete(this.collecting(unsliced))
  }

  *collecting(slice: Slice): Work<RowPart | null> {
    yield* slice.settle()
    return this.#sorter === null ? this.#list!.first() : yield* this.#sorter.sorting(slice)
  }

  /** Gives up what it holds. */
  close(): void {
    this.#sorter?.close()
    this.#list?.close()
  }
}

/** The order of the table's own tree. */
function keysOf(columns: readonly IndexColumn[]): RowKey[] {
  return columns.map(({ collation, descending }, place) => ({
    place,
    descending,
    nullsFirst: !descending,
    collation,
  }))
}
