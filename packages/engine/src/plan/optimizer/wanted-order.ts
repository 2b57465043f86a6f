/**
 * The order that somebody above wants, and whether loops deliver it.
 *
 * Nested loops deliver the rows of the outermost item in its order, for each of them those of the next in
 * theirs, and so on. So keys are matched item by item. What an item leaves unmatched of its own order
 * ends the matching, unless all columns of its order were used and it is total: then it has at most one row.
 */
import type { SourceId } from '../expression.ts'
import type { ScanNode } from '../node.ts'
import type { AccessPath, OrderColumn } from './access-path.ts'

export interface WantedKey {
  readonly source: SourceId
  readonly column: number
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
  readonly collation: string
}

export interface WantedOrder {
  readonly keys: readonly WantedKey[]
  /** What it costs whoever wants it to do without, for so many rows. */
  readonly penalty: (rows: number) => number
  /** Only the first so many rows are read; null: all. */
  readonly limit: number | null
}

/** One loop of the nest. */
export interface LoopOrder {
  readonly scan: ScanNode | null
  readonly path: AccessPath | null
  /** Columns of the scan that conditions hold to one value in a turn, however they are reached. */
  readonly isFixed: (column: number, collation: string) => boolean
}

export function deliversOrder(keys: readonly WantedKey[], loops: readonly LoopOrder[]): boolean {
  let next = 0
  for (const { scan, path, isFixed } of loops) {
    if (next === keys.length) return true
    if (scan === null || path === null) return false
    const { columns, isTotal } = path.order
    let used = 0
    while (next < keys.length && keys[next]!.source === scan.source) {
      const key = keys[next]!
      // Where all columns of a total order agree there is one row: nothing after them can matter.
      const isOneRow = isTotal && used === columns.length
      if (isOneRow || isFixed(key.column, key.collation)) {
        next++
        continue
      }
      const column = columns[used]
      if (column === undefined) return false
      if (isFixed(column.column, column.collation) && column.column !== key.column) {
        used++
        continue
      }
      if (!matches(key, column, scan)) return false
      used++
      next++
    }
    if (next === keys.length) return true
    if (!isTotal || used < columns.length) return false
  }
  return next === keys.length
}

function matches(key: WantedKey, order: OrderColumn, scan: ScanNode): boolean {
  if (key.column !== order.column || key.descending !== order.descending) return false
  if (key.column === -1) return true
  if (key.collation !== order.collation) return false
  // An index holds NULLs before everything else.
  const natural = key.descending ? 'last' : 'first'
  return key.nulls === natural || scan.table.columns[key.column]!.notNull !== null
}
