/** Rows that are sorted, and by what. */
import type { Value } from '../../record/index.ts'

/** One key of an order. */
export interface RowKey {
  /** Place of the value in the row. */
  readonly place: number
  readonly descending: boolean
  /** SQLite's default: NULLs first when ascending, last when descending. */
  readonly nullsFirst: boolean
  readonly collation: string
}

export type Row = readonly Value[]
