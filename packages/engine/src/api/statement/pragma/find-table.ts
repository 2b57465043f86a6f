/** The table that a PRAGMA about the schema is asked for. */
import { sqlError } from '../../../base/error.ts'
import { foldName, tableNamed, type Schema, type Table, type View } from '../../../schema/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaPlace, PragmaValue } from './definition.ts'

/** The schemas to look through: that of the database which is named, or all as names are looked for. */
export function schemasOf(
  connection: Session,
  { database, isNamed }: PragmaPlace,
): readonly Schema[] {
  return isNamed ? [database.schema] : connection.context.catalog.schemas
}

export function nameOf(value: PragmaValue): string {
  return foldName(String(value ?? ''))
}

export function find(
  connection: Session,
  value: PragmaValue,
  place: PragmaPlace,
): Table | View | null {
  const name = nameOf(value)
  const { environment } = connection.context.catalog
  for (const schema of schemasOf(connection, place)) {
    const { views, virtualTables } = schema
    const found = tableNamed(schema, name, place.isNamed) ?? views.get(name)
    if (found !== undefined) return found
    const created = virtualTables.get(name)
    if (created === undefined) continue
    const table = environment.virtualTable(created)
    if (table === null) throw sqlError(`no such module: ${created.module}`)
    return table
  }
  return environment.eponymousTable(name)
}

export function findTable(
  connection: Session,
  value: PragmaValue,
  place: PragmaPlace,
): Table | null {
  const found = find(connection, value, place)
  return found?.kind === 'table' ? found : null
}
