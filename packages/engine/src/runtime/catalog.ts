/**
 * What a name in a statement is looked for in: the schemas of all databases of a connection, and its environment of functions and
 * collations. A catalog never means anything else; whatever changes one of its schemas, ATTACH and DETACH, and whoever defines a
 * function or a collation, make a new one. So two programs that were compiled under the same catalog mean the same by every name.
 */
import { noObjects, sameName } from '../schema/index.ts'
import type { Schema, Table } from '../schema/index.ts'
import { builtInEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'

export interface Catalog {
  /**
   * In the order in which a name without a database is looked for: temp, main, then the attached databases in the order
   * of their attachment. (ATTACH DATABASE)
   */
  readonly schemas: readonly Schema[]
  readonly environment: Environment
  /** About how many rows each table has now; null: it cannot be told. Absent: there are no trees to ask. */
  readonly sizesOf?: (tables: readonly Table[]) => readonly (number | null)[]
}

/** Stands for the temporary database until something is created in it. */
const noTemporaryObjects = noObjects('temp', -1)

/** The catalog of a main database, with the temporary one (null: there is none yet) and the attached ones. */
export function catalogOf(
  main: Schema,
  temporary: Schema | null = null,
  attached: readonly Schema[] = [],
  environment: Environment = builtInEnvironment,
): Catalog {
  return { schemas: [temporary ?? noTemporaryObjects, main, ...attached], environment }
}

/** The schema of the database that is called so. */
export function schemaNamed(catalog: Catalog, name: string): Schema | null {
  for (const schema of catalog.schemas) if (sameName(schema.database, name)) return schema
  return null
}
