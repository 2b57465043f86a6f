/** A virtual table among the tables of the schema: it has columns, and no tree. */
import { affinityOfType } from '../record/index.ts'
import type { VirtualTable } from './module.ts'
import type { Table } from './table.ts'

/** @param database where it is: main, for one that was not created */
export function tableOfModule(
  virtual: VirtualTable,
  name: string,
  database: string,
  sql: string,
): Table {
  return {
    kind: 'table',
    name,
    database,
    root: 0,
    columns: virtual.columns.map((column) => ({
      name: column.name,
      type: column.type,
      affinity: affinityOfType(column.type),
      collation: 'BINARY',
      notNull: null,
      defaultExpression: null,
      defaultText: null,
      defaultStart: 0,
      primaryKeyPlace: 0,
      generated: null,
      ...(column.hidden ? { hidden: true as const } : {}),
    })),
    rowidAlias: -1,
    rowidConflict: 'ABORT',
    autoincrement: false,
    withoutRowid: false,
    strict: false,
    primaryKey: [],
    checks: [],
    foreignKeys: [],
    indexes: [],
    rowEstimate: null,
    sql,
    virtual,
  }
}
