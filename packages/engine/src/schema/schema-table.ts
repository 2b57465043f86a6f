/** `sqlite_schema`, whose older name `sqlite_master` is the one that SQLite says in its messages. */
import type { Affinity } from '../record/index.ts'
import type { Column, Schema, Table } from './table.ts'

function column(name: string, type: string, affinity: Affinity): Column {
  return {
    name,
    type,
    affinity,
    collation: 'BINARY',
    notNull: null,
    defaultExpression: null,
    defaultText: null,
    defaultStart: 0,
    primaryKeyPlace: 0,
    generated: null,
  }
}

/** Its root is page 1, always. */
export const schemaTable: Table = {
  kind: 'table',
  name: 'sqlite_master',
  database: 'main',
  root: 1,
  columns: [
    column('type', 'TEXT', 'text'),
    column('name', 'TEXT', 'text'),
    column('tbl_name', 'TEXT', 'text'),
    column('rootpage', 'INT', 'integer'),
    column('sql', 'TEXT', 'text'),
  ],
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

/** That of a database; the temporary one's has a name of its own. */
export function schemaTableOf(database: string): Table {
  if (database === 'main') return schemaTable
  return {
    ...schemaTable,
    name: database === 'temp' ? 'sqlite_temp_master' : schemaTable.name,
    database,
  }
}

/** The table of a name. Where its database was named, that one's `sqlite_schema` goes by the common names too. (`sqlite3FindTable`) */
export function tableNamed(
  { tables }: Pick<Schema, 'tables'>,
  folded: string,
  isDatabaseNamed: boolean,
): Table | undefined {
  const found = tables.get(folded)
  const isOwn = folded === 'sqlite_schema' || folded === 'sqlite_master'
  return found ?? (isOwn && isDatabaseNamed ? tables.get('sqlite_temp_master') : undefined)
}
