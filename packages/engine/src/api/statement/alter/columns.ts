/**
 * ALTER TABLE … ADD and DROP COLUMN. A column is added to the definition alone: records that end before it have its default. A column
 * that goes is taken out of every record. (`sqlite3AlterFinishAddColumn`, `sqlite3AlterDropColumn`)
 */
import { sqlError, tableLocked } from '../../../base/error.ts'
import { missingValue } from '../../../codegen/index.ts'
import { encodeRecord, FieldRemoval, SearchKey, decodeRecord } from '../../../record/index.ts'
import { inSlices, type Slice, type Work } from '../../../runtime/index.ts'
import {
  entryColumns,
  foldName,
  isVirtual,
  primaryIndex,
  tableFromDefinition,
} from '../../../schema/index.ts'
import type { Column, Table } from '../../../schema/index.ts'
import {
  parseStatement,
  printExpression,
  quoteName,
  quoteText,
  withColumn,
  withoutColumn,
} from '../../../sql/index.ts'
import type { AlterTable, ColumnDefinition, Expression } from '../../../sql/index.ts'
import { IndexCursor, shortenPayloads, TableCursor } from '../../../storage/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { checkAlterable, columnPlace, ordinaryTable, type Found, type Planned } from './found.ts'
import type { Alteration } from './alteration.ts'

type Action<Kind> = AlterTable['action'] & { readonly kind: Kind }

export function addColumn(
  { context, foreignKeys }: Session,
  found: Found,
  { column: written, textStart, textEnd }: Action<'add-column'>,
  sql: string,
): Planned {
  const { object, schema } = found
  if (object.kind === 'virtual-table') throw sqlError('virtual tables may not be altered')
  if (object.kind === 'view') throw sqlError('Cannot add a column to a view')
  checkAlterable(found)
  const column = newColumn(object, written, sql, (name) => {
    const collation = context.catalog.environment.collation(name)
    return collation === null ? null : collation.name
  })
  const onlyIfEmpty = refusedWithRows(column, written, foreignKeys)
  const text = sql.slice(textStart, textEnd)
  return {
    database: schema.database,
    change: function* (alteration, slice): Work<void> {
      if (onlyIfEmpty !== null && hasRows(alteration, object)) throw sqlError(onlyIfEmpty)
      alteration.editTable(object, (definition) =>
        withColumn(definition, object.columns.length, text),
      )
      alteration.allowShortRecords()
      alteration.reload(object.name, ' after add column')
      const isChecked = written.constraints.some(({ kind }) => kind === 'check')
      const isComputed = column.generated !== null && column.notNull !== null
      if (isChecked || isComputed || object.strict) {
        yield* checkRows(alteration, object.name, slice)
      }
    },
  }
}

/** The column as its definition says, which must go together with those that are there. */
function newColumn(
  table: Table,
  written: ColumnDefinition,
  sql: string,
  collationName: (name: string) => string | null,
): Column {
  const { statement } = parseStatement(table.sql)
  if (statement?.kind !== 'create-table') throw sqlError(`table ${table.name} may not be altered`)
  for (const { kind } of written.constraints) {
    if (kind === 'primary-key') throw sqlError('Cannot add a PRIMARY KEY column')
    if (kind === 'unique') throw sqlError('Cannot add a UNIQUE column')
  }
  const columns = [...statement.columns, written]
  const plain = { ...statement, columns, constraints: [], withoutRowid: false, strict: false }
  const known = (name: string): string => {
    const found = collationName(name)
    if (found === null) throw sqlError(`no such collation sequence: ${name}`)
    return found
  }
  return tableFromDefinition(plain, sql, 0, known).columns.at(-1)!
}

/** The sentence that refuses the column where the table has rows; null: none does. */
function refusedWithRows(
  column: Column,
  { constraints }: ColumnDefinition,
  foreignKeys: boolean,
): string | null {
  const { generated, notNull, defaultExpression } = column
  if (generated !== null) return generated.stored ? 'cannot add a STORED column' : null
  const value = defaultExpression?.kind === 'null' ? null : defaultExpression
  const refers = constraints.some(({ kind }) => kind === 'references')
  if (foreignKeys && refers && value !== null) {
    return 'Cannot add a REFERENCES column with non-NULL default value'
  }
  if (notNull !== null && value === null) {
    return 'Cannot add a NOT NULL column with default value NULL'
  }
  if (value !== null && !isConstant(value)) return 'Cannot add a column with non-constant default'
  return null
}

/** What a record that ends before the column can be given. (`valueFromExpr`) */
function isConstant(e: Expression): boolean {
  switch (e.kind) {
    case 'integer':
    case 'real':
    case 'text':
    case 'blob':
    case 'boolean':
    case 'null':
      return true
    case 'unary':
      return (e.operator === '-' || e.operator === '+') && isConstant(e.operand)
    case 'cast':
      return isConstant(e.operand)
    default:
      return false
  }
}

function hasRows({ database }: Alteration, { root, withoutRowid }: Table): boolean {
  const cursor = withoutRowid
    ? new IndexCursor(database.pages, root)
    : new TableCursor(database.pages, root)
  try {
    return cursor.first()
  } finally {
    cursor.close()
  }
}

/** What a row of the table may break that was there before. */
const problems = [
  'NOT NULL constraint failed',
  'type mismatch on DEFAULT',
  'CHECK constraint failed',
]

/** Every row must be one that the table could take. (`PRAGMA quick_check`, by which SQLite finds it out) */
function* checkRows(alteration: Alteration, name: string, slice: Slice): Work<void> {
  const { database } = alteration
  const query = queryForProblems(database.name, alteration.tableNow(name))
  const found = yield* alteration.firstValue(query, slice)
  if (typeof found === 'number') throw sqlError(problems[found]!)
}

function queryForProblems(database: string, table: Table): string {
  const branches: string[] = []
  table.columns.forEach((column, i) => {
    if (i === table.rowidAlias) return
    const name = quoteName(column.name)
    // (`IS NULL` would be answered from the schema.)
    if (column.notNull !== null) branches.push(`WHEN typeof(${name}) = 'null' THEN 0`)
    const types = table.strict ? strictTypes.get(foldName(column.type)) : undefined
    if (types !== undefined) branches.push(`WHEN typeof(${name}) NOT IN ('null', ${types}) THEN 1`)
  })
  for (const { expression } of table.checks) {
    branches.push(`WHEN (${printExpression(expression)}) IS FALSE THEN 2`)
  }
  if (branches.length === 0) return 'SELECT NULL'
  const from = `${quoteName(database)}.${quoteName(table.name)}`
  const problem = `CASE ${branches.join(' ')} END`
  return `SELECT ${problem} FROM ${from} WHERE ${problem} IS NOT NULL LIMIT 1`
}

const strictTypes: ReadonlyMap<string, string> = new Map([
  ['int', quoteText('integer')],
  ['integer', quoteText('integer')],
  ['real', `${quoteText('real')}, ${quoteText('integer')}`],
  ['text', quoteText('text')],
  ['blob', quoteText('blob')],
])

export function dropColumn(
  found: Found,
  { column: name, place: written }: Action<'drop-column'>,
  sql: string,
): Planned {
  checkAlterable(found)
  const table = ordinaryTable(found, 'cannot drop column from')
  const place = columnPlace(table, name, `"${sql.slice(written.start, written.end)}"`)
  const { columns } = table
  const { name: own } = columns[place]!
  const key = keyOf(table, place)
  if (key !== null) throw sqlError(`cannot drop ${key} column: "${own}"`)
  if (columns.length === 1) throw sqlError(`cannot drop column "${own}": no other columns exist`)
  return {
    database: found.schema.database,
    change: (alteration, slice) => drop(alteration, table, place, slice),
  }
}

/** PRIMARY KEY or UNIQUE, where the column is or was declared one; null: neither. */
function keyOf(table: Table, place: number): string | null {
  if (table.columns[place]!.primaryKeyPlace > 0) return 'PRIMARY KEY'
  const isUnique = table.indexes.some(
    ({ origin, columns }) => origin === 'u' && columns.length === 1 && columns[0]!.column === place,
  )
  return isUnique && isDeclaredUnique(table, place) ? 'UNIQUE' : null
}

function isDeclaredUnique(table: Table, place: number): boolean {
  const { statement } = parseStatement(table.sql)
  if (statement?.kind !== 'create-table') return false
  return statement.columns[place]!.constraints.some(({ kind }) => kind === 'unique')
}

function* drop(alteration: Alteration, table: Table, place: number, slice: Slice): Work<void> {
  // Who reads the table goes by the places of its columns.
  if (alteration.session.hasOtherStatements) throw tableLocked()
  alteration.checkNames('')
  alteration.fixQuotes()
  alteration.editTable(table, (sql) => {
    const { statement } = parseStatement(sql)
    if (statement?.kind !== 'create-table') return sql
    const { columns } = statement
    return withoutColumn(sql, place, columns[place]!.start, columns[place + 1]?.start ?? null)
  })
  alteration.reload(table.name, ' after drop column')
  alteration.checkNames(' after drop column', false)
  if (isVirtual(table.columns[place]!)) return
  const shorten = table.withoutRowid ? shortenEntries : shortenRows
  yield* shorten(alteration.database, table, place, slice)
}

/** Records that are taken out before they are put back shorter: a cursor looks for its place anew after each change of its tree. */
const mostBytes = 1 << 18

/** Takes a column out of every row. Those that spill are stored anew when all others are done. */
function* shortenRows(
  database: OpenDatabase,
  table: Table,
  place: number,
  slice: Slice,
): Work<void> {
  const { pages } = database
  const field = table.columns.slice(0, place).filter((column) => !isVirtual(column)).length
  const least = leastRecord(database, table, place)
  const removal = new FieldRemoval(field, least)
  // One that holds a value may be longer than the record that it takes the place of.
  const isInPlace = least.length === shortestRecord
  if (isInPlace) {
    const isAnyLeft = yield* inSlices(shortenPayloads(pages, table.root, 1, removal), slice)
    if (!isAnyLeft) return
  }
  const tree = database.tableTree(table.root)
  const cursor = new TableCursor(pages, table.root)
  let shorter: { readonly rowid: number | bigint; readonly record: Uint8Array }[] = []
  let bytes = 0
  const putBack = (): void => {
    for (const { rowid, record } of shorter) tree.insert(rowid, record, record.length)
    shorter = []
    bytes = 0
  }
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (slice.isDue()) yield slice
      if (isInPlace && cursor.localSize === cursor.payloadSize) continue
      cursor.loadPayload()
      const { rowid, data, payloadOffset, payloadSize } = cursor
      const record = removal.without(data, payloadOffset, payloadSize)
      if (record === null) continue
      shorter.push({ rowid, record })
      bytes += record.length
      if (bytes > mostBytes) putBack()
    }
    putBack()
  } finally {
    cursor.close()
  }
}

/** Bytes of a record of one NULL. */
const shortestRecord = 2

/** A record has one field at the least: SQLite takes one without any for damaged. */
function leastRecord({ encoding }: OpenDatabase, table: Table, place: number): Uint8Array {
  const first = table.columns.findIndex((column, i) => i !== place && !isVirtual(column))
  const isRowid = first < 0 || first === table.rowidAlias
  return encodeRecord([isRowid ? null : missingValue(table.columns[first]!, encoding)], encoding)
}

/** The same for a WITHOUT ROWID table, whose columns have other places in the record. */
function* shortenEntries(
  database: OpenDatabase,
  table: Table,
  place: number,
  slice: Slice,
): Work<void> {
  const { encoding, collations, pages } = database
  const { columns: keyColumns } = primaryIndex(table)!
  const removal = new FieldRemoval(entryColumns(table, primaryIndex(table)!).indexOf(place), null)
  if (!(yield* inSlices(shortenPayloads(pages, table.root, 0, removal), slice))) return
  const key = new SearchKey(keyColumns, encoding, collations)
  const tree = database.indexTree(table.root)
  const cursor = new IndexCursor(pages, table.root)
  let shorter: Uint8Array[] = []
  let bytes = 0
  const putBack = (): void => {
    for (const record of shorter) {
      key.set(decodeRecord(record, 0, record.length, encoding), keyColumns.length)
      tree.insert(record, record.length, key)
    }
    shorter = []
    bytes = 0
  }
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (slice.isDue()) yield slice
      if (cursor.localSize === cursor.payloadSize) continue
      cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      const record = removal.without(data, payloadOffset, payloadSize)
      if (record === null) continue
      shorter.push(record)
      bytes += record.length
      if (bytes > mostBytes) putBack()
    }
    putBack()
  } finally {
    cursor.close()
  }
}
