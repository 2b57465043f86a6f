/** A virtual table among the tables of the schema: it has columns, and no tree. */
import type { VirtualTable } from './module.ts'
import { plainColumn, plainTable } from './plain-table.ts'
import type { Column, Table } from './table.ts'

/** @param database where it is: main, for one that was not created */
export function tableOfModule(
  virtual: VirtualTable,
  name: string,
  database: string,
  sql: string,
): Table {
  const columns = virtual.columns.map((column): Column => {
    const plain = plainColumn(column.name, column.type)
    return column.hidden ? { ...plain, hidden: true } : plain
  })
  return { ...plainTable(name, database, 0, columns), sql, virtual }
}
