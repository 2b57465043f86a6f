/**
 * Guesses: how many rows, at what price. The unit of cost is one step of a cursor. Without statistics
 * the numbers are SQLite's: a table has about a million rows, ten of them share the value of an indexed
 * column, a bound of a range keeps a quarter. (`sqlite3DefaultRowEst`, `whereRangeScanEst`)
 */
import type { Index, Table } from '../../schema/index.ts'
import type { Conjunct } from './terms.ts'

/** Rows of a table that nobody has analysed. */
export const defaultTableRows = 1_048_576
/** Fetching the row that an index entry points to. */
export const lookupCost = 2
/** Keeping a row in a hash table. */
export const buildCost = 12
/** Rows that one probe of a hash table finds, when nothing is known. */
export const probeRows = 10
/** Members of the set that a subquery of IN delivers. */
export const inQueryRows = 25

export function tableRows(table: Table): number {
  return Math.max(1, table.rowEstimate ?? defaultTableRows)
}

/** Going down the tree of a table. */
export function seekCost(rows: number): number {
  return 2 + Math.log2(rows + 1) / 2
}

/** Going down the tree of an index, whose keys are records: as is measured. Where nothing is known of a table SQLite's order of loops counts for more. */
export function entrySeekCost(rows: number): number {
  return 2 * seekCost(rows)
}

const defaultPrefixRows = [10, 9, 8, 7, 6]

/** Rows that share the values of the index's first `prefix` columns. */
export function prefixRows(index: Index, prefix: number, rows: number): number {
  if (prefix === 0) return rows
  if (index.unique && prefix >= index.columns.length) return 1
  const known = index.statistics?.[prefix]
  if (known !== undefined) return Math.max(1, known)
  return Math.min(rows, defaultPrefixRows[prefix - 1] ?? 5)
}

/** What the bounds of a range keep. */
export function rangeShare(hasLow: boolean, hasHigh: boolean): number {
  if (hasLow && hasHigh) return 1 / 64
  return hasLow || hasHigh ? 1 / 4 : 1
}

/** The share of rows that pass a condition that no access path takes care of. */
export function filterShare(from: Conjunct): number {
  const { expression } = from
  if (from.implied) return 1
  if (
    expression.kind === 'compare' &&
    (expression.operator === '=' || expression.operator === 'IS')
  ) {
    return 1 / 4
  }
  if (expression.kind === 'is-null' && !expression.negated) return 1 / 8
  if (expression.kind === 'in-list' && !expression.negated) return 1 / 3
  return 0.9
}

/** Sorting so many rows, of which `wanted` are kept. */
export function sortCost(rows: number, wanted: number | null): number {
  if (rows <= 1) return 0
  if (wanted !== null && wanted < rows) return 10 + rows * 0.3
  return 10 + rows * Math.log2(rows + 1) * 0.3
}
