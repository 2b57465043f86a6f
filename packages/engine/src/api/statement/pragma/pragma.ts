/**
 * PRAGMA: questions to and settings of a connection. (PRAGMA Statements.)
 *
 * Two kinds of names: those in `pragmas`, which are all that SQLite knows, are answered; all others are ignored without a row,
 * as SQLite ignores them.
 */
import { sqlError } from '../../../base/error.ts'
import { used } from '../../../base/first-use.ts'
import { StatementLabel } from '../../../coordination/index.ts'
import { DatabaseNames, type DatabaseUses } from '../../../plan/index.ts'
import { sameName } from '../../../schema/index.ts'
import { writtenWord, type ParameterTable, type Pragma } from '../../../sql/index.ts'
import type { Work } from '../../../runtime/index.ts'
import type { Session } from '../../connection/session.ts'
import { asStatement } from '../as-statement.ts'
import { PreparedAction } from '../prepared-action.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { listingPragmas } from './listing.ts'
import { autoVacuumPragmas } from './auto-vacuum.ts'
import { flagPragmas } from './flags.ts'
import { foreignKeyPragmas } from './foreign-keys.ts'
import { journalPragmas } from './journal.ts'
import { headerPragmas } from './header.ts'
import { limitPragmas } from './limits.ts'
import { optimizePragmas } from './optimize.ts'
import { schemaPragmas } from './schema.ts'
import { integrityPragmas } from './integrity.ts'
import { cacheSizePragmas } from './cache-size.ts'
import { secureDeletePragmas } from './secure-delete.ts'
import { settingPragmas } from './settings.ts'
import { temporaryFolderPragmas } from './temporary-folder.ts'

const pragmas: ReadonlyMap<string, PragmaDefinition> = new Map([
  ['pragma_list', { columns: ['name'], needs: 'nothing', answer: pragmaList }] as const,
  ...listingPragmas,
  ...journalPragmas,
  ...headerPragmas,
  ...schemaPragmas,
  ...integrityPragmas,
  ...foreignKeyPragmas,
  ...settingPragmas,
  ...autoVacuumPragmas,
  ...flagPragmas,
  ...limitPragmas,
  ...optimizePragmas,
  ...cacheSizePragmas,
  ...secureDeletePragmas,
  ...temporaryFolderPragmas,
])

function pragmaList(): Rows {
  return [...pragmas.keys()].toSorted().map((name) => [name])
}

/** The PRAGMA of that folded name; null: it is not answered. */
export function pragmaNamed(name: string): PragmaDefinition | null {
  return pragmas.get(name) ?? null
}

export function preparePragma(
  connection: Session,
  statement: Pragma,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  const name = statement.name.toLowerCase()
  placeOf(connection, statement, sql)
  const definition = pragmas.get(name)
  const isLeftOut = name === 'default_cache_size' && !connection.options.profile.hasDeprecated
  if (definition === undefined || isLeftOut) {
    return new PreparedAction(connection, parameters, [], false, () => [])
  }
  used.add(`pragma ${name}`)
  const { value } = statement
  const columns =
    value === null ? definition.columns : (definition.columnsWhenSet ?? definition.columns)
  const writes =
    definition.writes === 'always' || (definition.writes === 'when-set' && value !== null)
  const answer = (): Rows => {
    connection.checkOpen()
    return answerPragma(connection, name, definition, value, () =>
      placeOf(connection, statement, sql),
    )
  }
  const isReadonly = definition.isReadonly ?? !writes
  const { working, worksOn } = definition
  const work =
    working === undefined || worksOn?.(value) === false
      ? null
      : (): Work<Rows> => {
          connection.checkOpen()
          const place = placeOf(connection, statement, sql)
          return working(connection, value, place, connection.context.slice)
        }
  return new PreparedAction(connection, parameters, columns, writes, answer, isReadonly, work)
}

/** The rows of a PRAGMA; `placeOf` says of which database it is asked. */
export function answerPragma(
  connection: Session,
  name: string,
  definition: PragmaDefinition,
  value: PragmaValue,
  placeOf: () => PragmaPlace,
): Rows {
  const place = placeOf()
  const answer = (): Rows => definition.answer(connection, value, place)
  const { needs, pins } = definition
  switch (needs) {
    case 'nothing':
      return answer()
    case 'schemas':
      return fromSchemas(connection, place, name, pins === true, answer)
    case 'pages':
      return inTransaction(connection, usesOf(place.database, false), name, answer)
    default:
      return needs satisfies never
  }
}

function fromSchemas(
  connection: Session,
  { database, isNamed }: PragmaPlace,
  name: string,
  pins: boolean,
  answer: () => Rows,
): Rows {
  const rows = connection.withSchemas(answer)
  if (!pins || rows.length === 0 || !connection.inTransaction) return rows
  const looked = isNamed ? [database] : connection.databases.all
  const reads = new DatabaseNames(...looked.map(({ name }) => name))
  return inTransaction(connection, { reads, writes: new DatabaseNames() }, name, () => rows)
}

function inTransaction(
  connection: Session,
  uses: DatabaseUses,
  name: string,
  answer: () => Rows,
): Rows {
  return asStatement(connection, false, uses, new StatementLabel(`PRAGMA ${name}`), answer)
}

/** The database whose name was written is looked for anew in each run: it may have been detached. */
function placeOf(connection: Session, { schema: name, start }: Pragma, sql: string): PragmaPlace {
  if (name === null) return { database: connection.main, isNamed: false }
  const isTemporary = sameName(name, 'temp')
  const database = isTemporary ? connection.openTemporary() : connection.databases.find(name)
  if (database === null) throw sqlError(`unknown database ${writtenWord(sql, start, 1)}`)
  return { database, isNamed: true }
}
