/** The order that somebody above wants, and what it is worth. */
import { isConstant } from '../literal.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import type { AggregateNode, DerivedNode, DistinctNode } from '../node.ts'
import type { OrderColumn } from '../row-order.ts'

export interface WantedOrder {
  readonly keys: readonly OrderColumn[]
  /** What it costs whoever wants it to do without, for so many rows. */
  readonly penalty: (rows: number) => number
  /** Only the first so many rows are read; null: all. */
  readonly limit: number | null
}

/** The wanted order in terms of what a node computes its columns from; null: nothing below can deliver it. */
export function throughColumns(
  wanted: WantedOrder,
  source: SourceId,
  columns: readonly BoundExpression[],
): WantedOrder | null {
  const keys: OrderColumn[] = []
  for (const key of wanted.keys) {
    if (key.source !== source) return null
    const column = columns[key.column]
    if (column === undefined) return null
    // A constant is in every order.
    if (isConstant(column)) continue
    if (column.kind !== 'column') return null
    keys.push({ ...key, source: column.source, column: column.column })
  }
  return { ...wanted, keys }
}

export function throughDerived(wanted: WantedOrder, node: DerivedNode): WantedOrder | null {
  if (wanted.keys.some((key) => key.source !== node.source)) return null
  return { ...wanted, keys: wanted.keys.map((key) => ({ ...key, source: node.inputSource })) }
}

/** Equal rows come side by side when all columns arrive in order. */
export function distinctOrder(node: DistinctNode): WantedOrder {
  const keys: OrderColumn[] = []
  for (let column = 0; column < node.columnCount; column++) {
    const collation = node.collations[column]!
    keys.push({ source: node.source, column, descending: false, nulls: 'first', collation })
  }
  return { keys, penalty: (rows) => rows * 1.5, limit: null }
}

/** The order in which groups come one after the other; null: some key is no column. */
export function groupingOrder(node: AggregateNode): WantedOrder | null {
  if (node.groupBy.length === 0) return null
  const keys: OrderColumn[] = []
  for (const { expression, collation } of node.groupBy) {
    if (expression.kind !== 'column') return null
    const { source, column } = expression
    keys.push({ source, column, descending: false, nulls: 'first', collation })
  }
  return { keys, penalty: (rows) => rows * 1.5, limit: null }
}

/** min(x) or max(x) alone: the order of x makes the first row the answer. */
export function extremeOrder(node: AggregateNode): WantedOrder | null {
  const call = node.aggregates[0]
  if (node.groupBy.length > 0 || node.aggregates.length !== 1 || node.bare.length > 0) return null
  if (call?.function.extreme == null || call.args.length !== 1 || call.filter !== null) return null
  const argument = call.args[0]!
  if (argument.kind !== 'column') return null
  const descending = call.function.extreme === 'max'
  const { source, column } = argument
  const nulls = descending ? 'last' : 'first'
  return {
    keys: [{ source, column, descending, nulls, collation: call.collation }],
    penalty: () => 0,
    limit: 1,
  }
}
