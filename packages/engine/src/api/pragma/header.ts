/** What stands in the database header: sizes, versions, encoding. (Database File Format §1.3.) */
import { SqliteError } from '../../base/error.ts'
import type { Pager } from '../../storage/index.ts'
import type { Session } from '../session.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { integerOf } from './values.ts'

/** The page size of a database that is still empty can be chosen; of any other it stays, silently, as in SQLite. */
function pageSize(_: Session, value: PragmaValue, { database: { pager } }: PragmaPlace): Rows {
  if (value === null) return [[pager.pageSize]]
  const wanted = integerOf(value)
  const isPower = wanted >= 512 && wanted <= 65_536 && (wanted & (wanted - 1)) === 0
  if (isPower) pager.choosePageSize(wanted)
  return []
}

/** A header field that may be written: `user_version` at 60, `application_id` at 68. */
function writableField(offset: number): PragmaDefinition['answer'] {
  return (connection, value, { database }) => {
    const { pager } = database
    if (value === null) {
      connection.beginStatement(false, usesOf(database, false))
      try {
        return [[pager.readHeaderField(offset) | 0]]
      } finally {
        connection.endStatement(false)
      }
    }
    connection.beginStatement(true, usesOf(database, true))
    try {
      pager.writeHeaderField(offset, integerOf(value) >>> 0)
    } catch (error) {
      throw connection.failStatement(error, true)
    }
    connection.endStatement(true)
    return []
  }
}

function encoding(connection: Session, value: PragmaValue): Rows {
  const names = { utf8: 'UTF-8', utf16le: 'UTF-16le', utf16be: 'UTF-16be' } as const
  const name = names[connection.pager.encoding]
  if (value === null) return [[name]]
  const wanted = String(value).toUpperCase()
  if (
    !['UTF-8', 'UTF8', 'UTF-16', 'UTF16', 'UTF-16LE', 'UTF16LE', 'UTF-16BE', 'UTF16BE'].includes(
      wanted,
    )
  ) {
    throw new SqliteError('SQLITE_ERROR', `unsupported encoding: ${String(value)}`)
  }
  // A database that exists keeps its encoding, silently, as in SQLite. A new one is UTF-8.
  if (connection.pager.isEmpty && !wanted.startsWith('UTF-8') && wanted !== 'UTF8') {
    throw new SqliteError('SQLITE_ERROR', 'creating databases in UTF-16 is not supported')
  }
  return []
}

const question = (
  name: string,
  answer: (pager: Pager) => number,
): readonly [string, PragmaDefinition] => [
  name,
  {
    columns: [name],
    needs: 'pages',
    answer: (_, _value, { database }) => [[answer(database.pager)]],
  },
]

export const headerPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['page_size', { columns: ['page_size'], columnsWhenSet: [], needs: 'pages', answer: pageSize }],
  [
    'user_version',
    {
      columns: ['user_version'],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'when-set',
      answer: writableField(60),
    },
  ],
  [
    'application_id',
    {
      columns: ['application_id'],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'when-set',
      answer: writableField(68),
    },
  ],
  ['encoding', { columns: ['encoding'], columnsWhenSet: [], needs: 'pages', answer: encoding }],
  question('schema_version', (pager) => pager.schemaCookie),
  question('freelist_count', (pager) => pager.readHeaderField(36)),
  question('page_count', (pager) => pager.pageCount),
  question('data_version', (pager) => pager.dataVersion),
]
