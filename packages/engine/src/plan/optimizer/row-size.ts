/**
 * How long SQLite takes the rows of a table and the entries of an index to be, by the types of their columns. Whether a scan reads an index that
 * has all it needs instead of the table, and which of several, is decided by that. (`estimateTableWidth`, `estimateIndexWidth`)
 *
 * Sizes are logarithms, ten times that to base 2, rounded as SQLite rounds them. (`sqlite3LogEst`)
 */
import { entryColumns, primaryIndex, type Index, type Table } from '../../schema/index.ts'

const roundedLogs = [0, 2, 3, 5, 6, 7, 8, 9] as const

function logarithm(value: number): number {
  if (value < 2) return 0
  // The three bits behind the leading one decide about the last digit.
  const exponent = 31 - Math.clz32(value)
  const bits = exponent >= 3 ? value >> (exponent - 3) : value << (3 - exponent)
  return exponent * 10 + roundedLogs[bits & 7]!
}

/** In units of four bytes. (`sqlite3AffinityType`) */
function columnUnits({ columns }: Table, column: number): number {
  const definition = columns[column]
  if (definition === undefined) return 1
  const { affinity, type } = definition
  if (type === '' || (affinity !== 'text' && affinity !== 'blob')) return 1
  // Without the flag i, for which V8 takes 0.2 ms when it first compiles it.
  const counted = /[cC][hH][aA][rR].*|[bB][lL][oO][bB]\(.*/s.exec(type)
  const bytes = counted === null ? 16 : Number(/\d+/.exec(counted[0])?.[0] ?? 0)
  return Math.min(255, Math.floor(bytes / 4) + 1)
}

function tableSize(table: Table): number {
  let units = table.rowidAlias < 0 ? 1 : 0
  for (let column = 0; column < table.columns.length; column++) units += columnUnits(table, column)
  return logarithm(units * 4)
}

function entrySize(table: Table, index: Index): number {
  let units = 0
  for (const column of entryColumns(table, index)) units += columnUnits(table, column)
  return logarithm(units * 4)
}

/**
 * What reading all of an index costs, from 1 (its entries are short beside the rows) to 16; null: reading the table costs no more. A table without rowids is
 * an index among the others, the last of them. (`whereLoopAddBtree`)
 */
export function relativeEntrySize(table: Table, index: Index): number | null {
  const rows = tableSize(table)
  const entries = entrySize(table, index)
  const steps = (size: number): number => 1 + Math.floor((15 * size) / rows)
  const own = primaryIndex(table)
  const isShorter = own === null ? entries < rows : steps(entries) <= steps(entrySize(table, own))
  return isShorter ? steps(entries) : null
}
