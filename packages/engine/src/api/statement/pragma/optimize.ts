/** `PRAGMA optimize`: ANALYZE where it is worth it. (PRAGMA optimize; `PragTyp_OPTIMIZE`) */
import { complete, unsliced, type Slice, type Work } from '../../../runtime/index.ts'
import { quoteName } from '../../../sql/index.ts'
import { tablesInHashOrder, type Table } from '../../../schema/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { analyzeOne } from '../analyze.ts'
import { countRows } from '../sliced-query.ts'
import type { PragmaDefinition, PragmaPlace, PragmaValue, Rows } from './definition.ts'
import { integerOf } from './values.ts'

/** The bits of its argument: say what would be done and do nothing; ANALYZE; look at all tables, not only those without statistics. */
const onlySay = 0x00001
const analyzes = 0x00002
const looksAtAll = 0x10000

/** What is done without an argument. */
const usual = 0xfffe

/** Rows of a table of which nothing is known. */
const guessedRows = 1_048_576

function* optimize(
  connection: Session,
  value: PragmaValue,
  { database, isNamed }: PragmaPlace,
  slice: Slice,
): Work<Rows> {
  const mask = value === null ? usual : maskOf(value)
  if ((mask & analyzes) === 0) return []
  const searched = isNamed ? [database] : connection.databases.all
  const said: [string][] = []
  for (const one of searched) {
    if (one.name === 'temp') continue
    const tables = connection.withSchemas(() => tablesInHashOrder(one.schema))
    for (const table of tables) {
      if (!(yield* isWorthIt(connection, table, mask, slice))) continue
      if ((mask & onlySay) === 0) yield* analyzeOne(connection, one, table, slice)
      else said.push([textOf(one, table)])
    }
  }
  return said
}

function maskOf(value: PragmaValue): number {
  const hexadecimal = /^0x[\da-f]+$/i.exec(String(value))
  return hexadecimal === null ? integerOf(value) : Number(hexadecimal[0]) | 0
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function textOf({ name }: OpenDatabase, table: Table): string {
  return `ANALYZE ${quoted(name)}.${quoted(table.name)}`
}

/** An index has no statistics and the table has rows; or the table is ten times larger or smaller than is known. */
function* isWorthIt(connection: Session, table: Table, mask: number, slice: Slice): Work<boolean> {
  if (table.sql === '' || /^sqlite_/i.test(table.name)) return false
  const name = `${quoteName(table.database)}.${quoteName(table.name)}`
  if (table.indexes.some(({ statistics }) => statistics === null)) {
    return (yield* countRows(connection, name, slice)) > 0
  }
  if ((mask & looksAtAll) === 0) return false
  const known = table.rowEstimate ?? guessedRows
  const rows = yield* countRows(connection, name, slice)
  return rows * 10 < known || rows > known * 10
}

export const optimizePragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'optimize',
    {
      columns: ['optimize'],
      needs: 'nothing',
      writes: 'always',
      isReadonly: true,
      working: optimize,
      answer: (...asked) => complete(optimize(...asked, unsliced)),
    },
  ],
]
