/**
 * What an entry of an index holds: the declared columns, then what leads to the row. (Database File Format §2.4
 * Representation Of WITHOUT ROWID Tables; §2.5.1 Suppression of redundant columns within WITHOUT ROWID secondary
 * indexes)
 *
 * | tree | behind the declared columns |
 * |---|---|
 * | index of an ordinary table | the rowid |
 * | a WITHOUT ROWID table's own | all columns that the key does not name, as declared, but for virtual ones |
 * | index of a WITHOUT ROWID table | the columns of the key that are not among them under the same collation |
 *
 * Columns of the key are in the order and under the collation that the key gives them; but in an index that a constraint has made they
 * are ascending, by an old mistake that SQLite keeps. (`sqlite3CreateIndex`, `convertToWithoutRowidTable`)
 */
import type { Column, Index, IndexColumn, Table } from './table.ts'

/** The index that is a WITHOUT ROWID table's own tree. */
export function primaryIndex(table: Table): Index | null {
  if (!table.withoutRowid) return null
  return table.indexes.find((index) => index.origin === 'pk') ?? null
}

const rowid: IndexColumn = {
  column: -1,
  expression: null,
  collation: 'BINARY',
  descending: false,
}

/** A generated column that no record holds. */
export function isVirtual({ generated }: Column): boolean {
  return generated !== null && !generated.stored
}

/** The columns that the record of an ordinary table's row holds, in their order. (Generated Columns §2.1 VIRTUAL versus STORED columns) */
export function storedColumns({ columns }: Table): readonly number[] {
  const stored: number[] = []
  columns.forEach((column, i) => {
    if (!isVirtual(column)) stored.push(i)
  })
  return stored
}

/** The columns behind the declared ones that tell entries apart which agree on those. */
export function entryTail(table: Table, index: Index): readonly IndexColumn[] {
  if (!table.withoutRowid) return [rowid]
  const primary = primaryIndex(table)
  if (primary === null || index === primary) return []
  return primary.columns
    .filter(
      ({ column, collation }) =>
        !index.columns.some((c) => c.column === column && c.collation === collation),
    )
    .map((column) => (index.origin === 'c' ? column : { ...column, descending: false }))
}

/** The indexes of a table in the order in which SQLite has them: the newest first, those that were declared with REPLACE last. */
export function newestFirst(indexes: readonly Index[]): readonly Index[] {
  const isLate = ({ unique, onConflict }: Index): boolean => unique && onConflict === 'REPLACE'
  const all = indexes.toReversed()
  return [...all.filter((index) => !isLate(index)), ...all.filter(isLate)]
}

/** The table's column at each place of an entry; -1: the rowid; -2: an expression. */
export function entryColumns(table: Table, index: Index): readonly number[] {
  const columns = [...index.columns, ...entryTail(table, index)].map(({ column }) => column)
  if (index !== primaryIndex(table)) return columns
  const named = new Set(columns)
  for (const column of storedColumns(table)) if (!named.has(column)) columns.push(column)
  return columns
}

/** Where an entry of a WITHOUT ROWID table's index has the columns of the primary key. */
export function entryPlaces(table: Table, index: Index): number[] {
  const columns = entryColumns(table, index)
  return primaryIndex(table)!.columns.map(({ column }) => columns.indexOf(column))
}
