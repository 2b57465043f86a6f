/** Switches of a connection: on or off, answered as 1 and 0. (`sqlite3PragmaFlags`) */
import type { Settings } from '../../../runtime/index.ts'
import type { Session } from '../../connection/session.ts'
import { likeFunctions } from '../../../runtime/index.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'
import { booleanOf } from './values.ts'

type Named = readonly [string, PragmaDefinition]

function flag(
  name: string,
  read: (connection: Session) => boolean,
  write: (connection: Session, value: boolean) => void,
): Named {
  const answer = (connection: Session, value: PragmaValue): Rows => {
    if (value === null) return [[read(connection) ? 1 : 0]]
    const wanted = booleanOf(value)
    if (wanted !== read(connection)) write(connection, wanted)
    return []
  }
  return [name, { columns: [name], columnsWhenSet: [], needs: 'nothing', answer }]
}

/** One that decides about the meaning of statements: those that were compiled are compiled anew. */
function setting(name: string, key: keyof Settings): Named {
  return flag(
    name,
    ({ environment }) => environment.settings[key],
    (connection, value) => {
      connection.environment.settings[key] = value
      connection.namesChanged()
    },
  )
}

/**
 * One that is remembered and changes nothing here; what it is about in SQLite this engine does not have, or does in another way.
 * (COMPATIBILITY.md)
 */
function remembered(name: string, first = false): Named {
  return flag(
    name,
    ({ remembered }) => (remembered.get(name) ?? (first ? 1 : 0)) !== 0,
    ({ remembered }, value) => void remembered.set(name, value ? 1 : 0),
  )
}

/** RESET switches it off and reads the schemas again. */
function writableSchema(connection: Session, value: PragmaValue): Rows {
  const { settings } = connection.environment
  if (value === null) return [[connection.asksWritableSchema ? 1 : 0]]
  const isReset = String(value).toLowerCase() === 'reset'
  if (!connection.isDefensive) {
    connection.asksWritableSchema = !isReset && booleanOf(value)
    settings.writableSchema = connection.asksWritableSchema
  }
  if (isReset) for (const database of connection.databases.all) database.forgetAll()
  connection.namesChanged()
  return []
}

/** LIKE is another function from then on, over one that the connection may have defined. (`sqlite3RegisterLikeFunctions`) */
function caseSensitiveLike(connection: Session, value: PragmaValue): Rows {
  if (value === null) return []
  for (const definition of likeFunctions(booleanOf(value))) connection.define(definition)
  return []
}

export const flagPragmas: readonly Named[] = [
  flag(
    'query_only',
    ({ queryOnly }) => queryOnly,
    (connection, value) => {
      connection.queryOnly = value
    },
  ),
  setting('ignore_check_constraints', 'ignoresChecks'),
  setting('full_column_names', 'fullColumnNames'),
  setting('short_column_names', 'shortColumnNames'),
  setting('trusted_schema', 'trustsSchema'),
  [
    'writable_schema',
    { columns: ['writable_schema'], columnsWhenSet: [], needs: 'nothing', answer: writableSchema },
  ],
  ['case_sensitive_like', { columns: [], needs: 'nothing', answer: caseSensitiveLike }],
  setting('count_changes', 'countsChanges'),
  setting('reverse_unordered_selects', 'reversesUnordered'),
  remembered('automatic_index', true),
  remembered('cell_size_check'),
  remembered('checkpoint_fullfsync'),
  remembered('empty_result_callbacks'),
  remembered('fullfsync'),
  remembered('read_uncommitted'),
]
