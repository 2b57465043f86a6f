/**
 * The order in which a node delivers its rows, and whether that is one that somebody wants. Sorts, DISTINCT, GROUP BY, min() and
 * max() all ask `delivers`.
 *
 * Nested loops deliver the rows of the outermost in its order, for each of them those of the next in theirs, and so on
 * (`nested`). What an outer loop leaves open of its order ends the whole: only where rows that agree on all its columns are
 * one row does the order of the next matter.
 */
import type { BoundExpression, SortKey, SourceId } from './expression.ts'
import { isConstant } from './literal.ts'
import type { AggregateNode, CompoundNode, DerivedNode, ProjectNode, WindowNode } from './node.ts'

/** A column by which rows are ordered, or are to be. */
export interface OrderColumn {
  readonly source: SourceId
  /** -1: the rowid. */
  readonly column: number
  readonly descending: boolean
  /** Where NULLs stand; of an order that is delivered also: there are none. */
  readonly nulls: 'first' | 'last' | 'none'
  readonly collation: string
}

/** A column with one value among rows that agree on the first columns of an order. */
export interface SettledColumn {
  readonly source: SourceId
  /** null: every column of the source. */
  readonly column: number | null
  /** The collation under which the values are one. */
  readonly collation: string | null
  /** On how many columns of the order rows have to agree; 0: it is one in all rows. */
  readonly after: number
}

/** A column by which rows arrive ordered. */
export interface DeliveredColumn extends OrderColumn {
  /** Other columns of the source with the same values. */
  readonly twins?: readonly number[]
}

export interface RowOrder {
  readonly columns: readonly DeliveredColumn[]
  /** Rows that agree on all columns are one row; without columns: there is one row at most. */
  readonly isTotal: boolean
  readonly settled: readonly SettledColumn[]
}

export const noOrder: RowOrder = { columns: [], isTotal: false, settled: [] }
/** One row at most. */
export const oneRow: RowOrder = { columns: [], isTotal: true, settled: [] }

/** Whether rows in this order are in the wanted one, too. */
export function delivers(order: RowOrder, wanted: readonly OrderColumn[]): boolean {
  return agrees(order, wanted, isWanted)
}

/** Whether rows with the same values in these columns come side by side: in whichever direction they are ordered. */
export function gathers(order: RowOrder, wanted: readonly OrderColumn[]): boolean {
  return agrees(order, wanted, isAlike)
}

function agrees(
  order: RowOrder,
  wanted: readonly OrderColumn[],
  matches: (key: OrderColumn, column: DeliveredColumn) => boolean,
): boolean {
  const { columns, isTotal } = order
  let used = 0
  for (const key of wanted) {
    if (isTotal && used === columns.length) return true
    if (isSettled(order, key, used)) continue
    while (used < columns.length && isSkipped(order, key, used)) used++
    const column = columns[used]
    if (column === undefined || !matches(key, column)) return isTotal && used === columns.length
    used++
  }
  return true
}

/** A column of the order that says nothing here, and is not the one that is wanted. */
function isSkipped(order: RowOrder, key: OrderColumn, used: number): boolean {
  const column = order.columns[used]!
  return !isThis(column, key) && isSettled(order, column, used)
}

function isSettled({ settled }: RowOrder, key: OrderColumn, used: number): boolean {
  return settled.some(
    ({ source, column, collation, after }) =>
      source === key.source &&
      after <= used &&
      (column === null || column === key.column) &&
      (collation === null || collation === key.collation || key.column === -1),
  )
}

function isThis(
  column: DeliveredColumn,
  key: { readonly source: SourceId; readonly column: number },
): boolean {
  if (column.source !== key.source) return false
  return column.column === key.column || column.twins?.includes(key.column) === true
}

/** The same values are neighbours in both. */
function isAlike(key: OrderColumn, column: DeliveredColumn): boolean {
  return isThis(column, key) && (key.column === -1 || key.collation === column.collation)
}

function isWanted(key: OrderColumn, column: DeliveredColumn): boolean {
  if (!isAlike(key, column) || key.descending !== column.descending) return false
  return key.column === -1 || column.nulls === 'none' || column.nulls === key.nulls
}

/** The order of an inner loop within that of an outer one, whose rows carry `sources`. */
export function nested(outer: RowOrder, sources: Iterable<SourceId>, inner: RowOrder): RowOrder {
  if (!outer.isTotal) return outer
  const after = outer.columns.length
  const rows = [...sources].map((source) => ({ source, column: null, collation: null, after }))
  return {
    columns: [...outer.columns, ...inner.columns],
    isTotal: inner.isTotal,
    settled: [
      ...outer.settled,
      ...rows,
      ...inner.settled.map((column) => ({ ...column, after: column.after + after })),
    ],
  }
}

/** The same rows where some columns are known to have one value. */
export function withSettled(order: RowOrder, settled: readonly SettledColumn[]): RowOrder {
  return settled.length === 0 ? order : { ...order, settled: [...order.settled, ...settled] }
}

/** Backwards. */
export function reversed(order: RowOrder): RowOrder {
  return { ...order, columns: order.columns.map(backwards) }
}

function backwards(column: DeliveredColumn): DeliveredColumn {
  const { descending, nulls } = column
  const turned = nulls === 'none' ? nulls : nulls === 'first' ? 'last' : 'first'
  return { ...column, descending: !descending, nulls: turned }
}

/** Of the rows of a projection, as it delivers them. */
export function projectedOrder(order: RowOrder, { source, columns }: ProjectNode): RowOrder {
  return passedOrder(order, source, 0, columns)
}

/** Of the rows of window functions: they come out as they come in. */
export function windowOrder(order: RowOrder, { source, calls, kept }: WindowNode): RowOrder {
  return passedOrder(order, source, calls.length, kept)
}

/** Of rows whose columns from `first` on are `columns`. */
function passedOrder(
  order: RowOrder,
  source: SourceId,
  first: number,
  columns: readonly BoundExpression[],
): RowOrder {
  const projected: DeliveredColumn[] = []
  /** For so many columns of the order: how many of the projection's. */
  const counts = [0]
  let isWhole = true
  for (const [used, column] of order.columns.entries()) {
    const places = placesOfColumn(columns, column).map((place) => place + first)
    if (places.length > 0) {
      projected.push({ ...column, source, column: places[0]!, twins: places.slice(1) })
    } else if (!isSettled(order, column, used)) {
      isWhole = false
      break
    }
    counts.push(projected.length)
  }
  const settled: SettledColumn[] = []
  columns.forEach((e, place) => {
    const column = place + first
    if (isConstant(e)) settled.push({ source, column, collation: null, after: 0 })
    if (e.kind !== 'column') return
    for (const known of order.settled) {
      const after = counts[known.after]
      if (after === undefined || known.source !== e.source) continue
      if (known.column !== null && known.column !== e.column) continue
      settled.push({ source, column, collation: known.collation, after })
    }
  })
  return { columns: projected, isTotal: order.isTotal && isWhole, settled }
}

/** Where a projection has a column. */
function placesOfColumn(columns: readonly BoundExpression[], wanted: DeliveredColumn): number[] {
  return columns.flatMap((e, place) => (e.kind === 'column' && isThis(wanted, e) ? [place] : []))
}

/** Of the rows of a subquery under its own source. */
export function derivedOrder(order: RowOrder, { source, inputSource }: DerivedNode): RowOrder {
  const isOwn = (column: { readonly source: SourceId }): boolean => column.source === inputSource
  const count = order.columns.findIndex((column) => !isOwn(column))
  const columns = count < 0 ? order.columns : order.columns.slice(0, count)
  return {
    columns: columns.map((column) => ({ ...column, source })),
    isTotal: order.isTotal && count < 0,
    settled: order.settled
      .filter((column) => isOwn(column) && column.after <= columns.length)
      .map((column) => ({ ...column, source })),
  }
}

/** Of groups that are sorted by their keys, or come in ascending order. */
export function groupedOrder({ source, groupBy }: AggregateNode, isSorted: boolean): RowOrder {
  const order = ascending(
    source,
    groupBy.map(({ collation }) => collation),
  )
  if (!isSorted) return order
  const columns = order.columns.map((column, i): OrderColumn => {
    if (groupBy[i]!.descending !== true) return column
    return { ...column, descending: true, nulls: 'last' }
  })
  return { ...order, columns }
}

/** Of UNION, INTERSECT and EXCEPT where they are sorted. */
export function compoundOrder({ source, collations, sorted, reals }: CompoundNode): RowOrder {
  if (!sorted) return noOrder
  // Two large INTEGERs may become one REAL.
  return { ...ascending(source, collations), isTotal: reals === null }
}

/** By all columns of a source, of which no two rows agree. */
function ascending(source: SourceId, collations: readonly string[]): RowOrder {
  const columns = collations.map((collation, column): OrderColumn => {
    return { source, column, descending: false, nulls: 'first', collation }
  })
  return { columns, isTotal: true, settled: [] }
}

/** Terms of ORDER BY as columns; null: one is none. */
export function orderColumns(keys: readonly SortKey[]): readonly OrderColumn[] | null {
  const columns: OrderColumn[] = []
  for (const { expression, descending, nulls, collation } of keys) {
    if (expression.kind !== 'column') return null
    const { source, column } = expression
    columns.push({ source, column, descending, nulls, collation })
  }
  return columns
}
