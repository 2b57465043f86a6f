/** What stands in the database header: sizes, versions, encoding. (Database File Format §1.3.) */
import { sqlError } from '../../../base/error.ts'
import { encodingName, type TextEncoding } from '../../../record/index.ts'
import type { Pager } from '../../../storage/index.ts'
import type { Session } from '../../connection/session.ts'
import { asStatement } from '../as-statement.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { integerOf } from './values.ts'

/** The page size of a database that is still empty can be chosen; of any other it stays, silently, as in SQLite. */
function pageSize(
  connection: Session,
  value: PragmaValue,
  { database: { pager } }: PragmaPlace,
): Rows {
  if (value === null) return connection.withSchemas(() => [[pager.pageSize]])
  const wanted = integerOf(value)
  const isPower = wanted >= 512 && wanted <= 65_536 && (wanted & (wanted - 1)) === 0
  if (!isPower) return []
  connection.remembered.set('page_size', wanted)
  pager.choosePageSize(wanted)
  return []
}

/** A header field that may be written: `user_version` at 60, `application_id` at 68. */
function writableField(offset: number): PragmaDefinition['answer'] {
  return (connection, value, { database }) => {
    const { pager } = database
    if (value === null) {
      return asStatement(connection, false, usesOf(database, false), null, () => [
        [pager.header.read(offset) | 0],
      ])
    }
    return asStatement(connection, true, usesOf(database, true), null, () => {
      pager.header.write(offset, integerOf(value) >>> 0)
      return []
    })
  }
}

/** The order of bytes of this machine. */
const native: TextEncoding =
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'utf16le' : 'utf16be'

/** As `PRAGMA encoding` takes them, in any case; without an order of bytes, this machine's. */
const encodings: ReadonlyMap<string, TextEncoding> = new Map([
  ['UTF-8', 'utf8'],
  ['UTF8', 'utf8'],
  ['UTF-16LE', 'utf16le'],
  ['UTF16LE', 'utf16le'],
  ['UTF-16BE', 'utf16be'],
  ['UTF16BE', 'utf16be'],
  ['UTF-16', native],
  ['UTF16', native],
])

/** Before anything is stored, it can be chosen; later it stays, silently, as in SQLite. */
function encoding(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[encodingName(connection.main.encoding)]]
  if (connection.databases.isEncodingFixed) return []
  const wanted = encodings.get(String(value).toUpperCase())
  if (wanted === undefined) throw sqlError(`unsupported encoding: ${String(value)}`)
  connection.chooseEncoding(wanted)
  return []
}

/** Who writes it makes everybody read the schema again. */
function schemaVersion(connection: Session, value: PragmaValue, { database }: PragmaPlace): Rows {
  const { pager } = database
  if (value === null) {
    connection.beginStatement(false, usesOf(database, false))
    try {
      return [[pager.schemaCookie | 0]]
    } finally {
      connection.endStatement(false)
    }
  }
  if (connection.isDefensive) return []
  return asStatement(connection, true, usesOf(database, true), null, () => {
    pager.setSchemaCookie(integerOf(value) >>> 0)
    database.forgetAll()
    return []
  })
}

const question = (
  name: string,
  answer: (pager: Pager) => number,
): readonly [string, PragmaDefinition] => [
  name,
  {
    columns: [name],
    needs: 'pages',
    answer: (_, _value, { database: { pager } }) => {
      pager.settleDeferred()
      return [[answer(pager)]]
    },
  },
]

export const headerPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['page_size', { columns: ['page_size'], columnsWhenSet: [], needs: 'nothing', answer: pageSize }],
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
  ['encoding', { columns: ['encoding'], columnsWhenSet: [], needs: 'schemas', answer: encoding }],
  [
    'schema_version',
    {
      columns: ['schema_version'],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'when-set',
      answer: schemaVersion,
    },
  ],
  question('freelist_count', (pager) => pager.header.read(36)),
  // What has not been written yet has no page.
  question('page_count', (pager) =>
    pager.isEmpty && pager.state !== 'write' ? 0 : pager.pageCount,
  ),
  question('data_version', (pager) => pager.dataVersion),
]
