/** `sqlite_schema`, whose older name `sqlite_master` is the one that SQLite says in its messages. */
import { plainColumn, plainTable } from './plain-table.ts'
import type { Schema, Table } from './table.ts'

/** Its root is page 1, always. */
export const schemaTable: Table = plainTable('sqlite_master', 'main', 1, [
  plainColumn('type', 'TEXT'),
  plainColumn('name', 'TEXT'),
  plainColumn('tbl_name', 'TEXT'),
  plainColumn('rootpage', 'INT'),
  plainColumn('sql', 'TEXT'),
])

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
