/**
 * `PRAGMA integrity_check` and `quick_check`: at most 100 complaints, or as many as are asked for, about all databases, one of them, or one table; or one
 * row `ok`. (PRAGMA Statements; `PragTyp_INTEGRITY_CHECK` of pragma.c.)
 */
import { sqlError } from '../../../base/error.ts'
import { foldName, tableNamed, type Schema } from '../../../schema/index.ts'
import { complete, unsliced, type Slice, type Work } from '../../../runtime/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { readingInSlices, stepsOf } from '../sliced-statement.ts'
import { Complaints } from '../integrity/complaints.ts'
import { checkOne, type CheckOrder } from '../integrity/database-check.ts'
import { withStoredMeaning } from '../stored-meaning.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'

const defaultLimit = 100

/** Beyond it a number is the name of a table. */
const largestLimit = 0x7fffffff

type Working = NonNullable<PragmaDefinition['working']>

function integrityCheck(full: boolean): Working {
  return function* (connection, value, place, slice): Work<Rows> {
    const limit = limitOf(value)
    const complaints = new Complaints(limit ?? defaultLimit)
    const only = limit === null ? foldName(String(value)) : null
    const databases = connection.withSchemas(() =>
      only === null
        ? place.isNamed
          ? [place.database]
          : connection.databases.all
        : ownersOf(connection, only, String(value), place),
    )
    for (const database of databases) {
      const order = { only, full }
      if (!(yield* checkAsStatement(connection, database, order, complaints, slice))) break
    }
    if (complaints.rows.length === 0) return [['ok']]
    return complaints.rows.map((complaint) => [complaint])
  }
}

/** null: the value is the name of a table. */
function limitOf(value: PragmaValue): number | null {
  if (value === null) return defaultLimit
  if (typeof value === 'string') return null
  const limit = Math.trunc(Number(value))
  if (Math.abs(limit) > largestLimit) return null
  return limit > 0 ? limit : defaultLimit
}

/** The database that holds a table, a view or a virtual table; none for what no database holds. */
function ownersOf(
  connection: Session,
  name: string,
  written: string,
  { database, isNamed }: PragmaPlace,
): readonly OpenDatabase[] {
  const { catalog } = connection.context
  const schemas = isNamed ? [database.schema] : catalog.schemas
  const owner = schemas.find((schema) => holds(schema, name, isNamed))
  if (owner !== undefined) {
    return connection.databases.all.filter(({ schema }) => schema === owner)
  }
  if (catalog.environment.eponymousTable(name) !== null) return []
  throw sqlError(`no such table: ${isNamed ? `${database.name}.` : ''}${written}`)
}

function holds(schema: Schema, name: string, isNamed: boolean): boolean {
  if (tableNamed(schema, name, isNamed) !== undefined) return true
  return schema.views.has(name) || schema.virtualTables.has(name)
}

function checkAsStatement(
  connection: Session,
  database: OpenDatabase,
  order: CheckOrder,
  complaints: Complaints,
  slice: Slice,
): Work<boolean> {
  return readingInSlices(connection, usesOf(database, false), slice, () =>
    stepsOf(checkOne(connection, database, order, complaints, slice), (step) =>
      withStoredMeaning(connection, step),
    ),
  )
}

function checking(name: string, full: boolean): readonly [string, PragmaDefinition] {
  const working = integrityCheck(full)
  const answer: PragmaDefinition['answer'] = (...asked) => complete(working(...asked, unsliced))
  return [name, { columns: [name], needs: 'nothing', working, answer }]
}

export const integrityPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  checking('integrity_check', true),
  checking('quick_check', false),
]
