/** Rows of VALUES that are in one piece: see `ConstantRows` of the syntax tree. */
import { realValue, type Value } from '../record/index.ts'
import type { ConstantRows } from '../sql/index.ts'
import type { BoundConstantRows, ValuesRow } from './plan-node.ts'

export function isConstantRows(row: ValuesRow): row is BoundConstantRows {
  return 'kind' in row
}

export function bindConstantRows(rows: ConstantRows): BoundConstantRows {
  const { kind, width, wholeReals, parameterPlaces, parameterNumbers } = rows
  let values: readonly Value[] = rows.values
  if (wholeReals.length > 0) {
    const boxed: Value[] = rows.values.slice()
    for (const place of wholeReals) boxed[place] = realValue(rows.values[place] as number)
    values = boxed
  }
  return { kind, width, values, parameterPlaces, parameterNumbers }
}

/** How many rows these are. */
export function rowCount(rows: readonly ValuesRow[]): number {
  let count = 0
  for (const row of rows) count += isConstantRows(row) ? row.values.length / row.width : 1
  return count
}
