/** `.dump`: a database as the SQL that makes it. */
import type { Database } from '../../engine/src/index.ts'

interface SchemaRow {
  readonly name: string
  readonly type: string
  readonly sql: string
}

/** Writes the statements for the main database. `pattern`: only tables whose name is LIKE it. */
export function dump(database: Database, pattern: string, print: (line: string) => void): void {
  print('PRAGMA foreign_keys=OFF;')
  print('BEGIN TRANSACTION;')
  const objects = database
    .prepare<[string], SchemaRow>(
      `SELECT name, type, sql FROM main.sqlite_schema
       WHERE sql IS NOT NULL AND tbl_name LIKE ? ORDER BY rowid`,
    )
    .all(pattern)
  for (const { name, type, sql } of objects) {
    if (type !== 'table') continue
    if (name === 'sqlite_sequence') print('DELETE FROM sqlite_sequence;')
    else if (name.startsWith('sqlite_stat')) print('ANALYZE sqlite_schema;')
    else print(`${/^CREATE TABLE ['"]/i.test(sql) ? withIfNotExists(sql) : sql};`)
    if (!/^CREATE VIRTUAL/i.test(sql)) dumpRows(database, name, print)
  }
  for (const { type, sql } of objects) if (type !== 'table') print(`${sql};`)
  print('COMMIT;')
}

/** Quoted names may be those of virtual tables' own tables, which exist already when the dump is read. */
function withIfNotExists(sql: string): string {
  return `CREATE TABLE IF NOT EXISTS ${sql.slice('CREATE TABLE '.length)}`
}

function dumpRows(database: Database, table: string, print: (line: string) => void): void {
  const columns = database
    .prepare<[], { name: string }>(`PRAGMA main.table_info(${quoteName(table)})`)
    .all()
  const values = columns.map(({ name }) => quoted(quoteName(name))).join(" || ',' || ")
  const rows = database
    .prepare<[], string>(`SELECT ${values} FROM main.${quoteName(table)}`)
    .pluck()
  const into = /^[a-z_][a-z0-9_]*$/i.test(table) ? table : quoteName(table)
  for (const row of rows.iterate()) print(`INSERT INTO ${into} VALUES(${row});`)
}

/** An expression for the literal of a column's value; blobs in small letters. */
function quoted(column: string): string {
  return `iif(typeof(${column}) = 'blob', 'X''' || lower(hex(${column})) || '''', quote(${column}))`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
