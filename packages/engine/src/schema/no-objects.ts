/** The schema of a database in which there is nothing but its own table. */
import { schemaTableOf } from './schema-table.ts'
import type { Schema } from './table.ts'

/** A schema without objects: of a database that has not been read yet, or that does not exist yet. */
export function noObjects(database: string, cookie: number): Schema {
  const own = schemaTableOf(database)
  return {
    database,
    cookie,
    tables: new Map(schemaTableNames(database).map((name) => [name, own])),
    views: new Map(),
    indexes: new Map(),
    triggers: new Map(),
    virtualTables: new Map(),
    names: schemaTableNames(database).slice(0, 1),
  }
}

/** The names under which a database's own `sqlite_schema` is known. */
export function schemaTableNames(database: string): readonly string[] {
  return database === 'temp'
    ? ['sqlite_temp_master', 'sqlite_temp_schema']
    : ['sqlite_master', 'sqlite_schema']
}
