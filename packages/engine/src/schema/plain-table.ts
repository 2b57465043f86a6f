/** Tables and columns of which nothing has been declared but a name and a type: those that no CREATE TABLE has made. */
import { affinityOfType } from '../record/index.ts'
import type { Column, Table } from './table.ts'

export function plainColumn(name: string, type: string): Column {
  return {
    name,
    type,
    affinity: affinityOfType(type),
    collation: 'BINARY',
    notNull: null,
    defaultExpression: null,
    defaultText: null,
    defaultStart: 0,
    primaryKeyPlace: 0,
    generated: null,
  }
}

/** @param root 0: it has no tree */
export function plainTable(
  name: string,
  database: string,
  root: number,
  columns: readonly Column[],
): Table {
  return {
    kind: 'table',
    name,
    database,
    root,
    columns,
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
    sql: '',
  }
}
