/**
 * The schemas of all databases of a connection: what a name in a statement is looked for in. A catalog never
 * changes; whatever changes one of its schemas, and ATTACH and DETACH, make a new one. So two programs that were
 * compiled under the same catalog mean the same by every name.
 */
import { sameName } from './name.ts'
import { schemaTableOf } from './schema-table.ts'
import type { Schema } from './table.ts'

export interface Catalog {
  /**
   * In the order in which a name without a database is looked for: temp, main, then the attached databases in the order
   * of their attachment. (ATTACH DATABASE)
   */
  readonly schemas: readonly Schema[]
}

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
  }
}

/** The names under which a database's own `sqlite_schema` is known. */
export function schemaTableNames(database: string): readonly string[] {
  return database === 'temp'
    ? ['sqlite_temp_master', 'sqlite_temp_schema']
    : ['sqlite_master', 'sqlite_schema']
}

/** Stands for the temporary database until something is created in it. */
const noTemporaryObjects = noObjects('temp', -1)

/** The catalog of a main database, with the temporary one (null: there is none yet) and the attached ones. */
export function catalogOf(
  main: Schema,
  temporary: Schema | null = null,
  attached: readonly Schema[] = [],
): Catalog {
  return { schemas: [temporary ?? noTemporaryObjects, main, ...attached] }
}

/** The schema of the database that is called so. */
export function schemaNamed(catalog: Catalog, name: string): Schema | null {
  for (const schema of catalog.schemas) if (sameName(schema.database, name)) return schema
  return null
}
