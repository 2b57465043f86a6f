/**
 * `PRAGMA integrity_check(N)` and `quick_check(N)`: at most N complaints (100), or one row `ok`.
 *
 * First the structure: every page of the file is used exactly once, every tree is in order
 * (`checkDatabase`). Then, where the structure is sound, the contents: NOT NULL columns and CHECK constraints, and for
 * `integrity_check` that every row has its entry in every index, that unique entries are unique, and that
 * no index has entries besides. A table with an index under an unknown collation cannot be checked.
 */
import { sqlError, SqliteError } from '../../../base/error.ts'
import { maxColumns } from '../../../base/limits.ts'
import {
  compareValues,
  decodeText,
  integerValue,
  SearchKey,
  type TextEncoding,
  type Value,
} from '../../../record/index.ts'
import type { DatabaseContext } from '../../../runtime/index.ts'
import { checkedCollation, entryTail, type Index, type Table } from '../../../schema/index.ts'
import { printExpression, quoteName } from '../../../sql/index.ts'
import { checkDatabase, IndexCursor, type Pager, type TreeRoot } from '../../../storage/index.ts'
import type { Session } from '../../connection/session.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { asStatement } from '../as-statement.ts'
import { withStoredMeaning } from '../stored-meaning.ts'
import { integerOf } from './values.ts'

const defaultLimit = 100

class Complaints {
  readonly list: string[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.list.length >= this.#limit
  }

  /** How many more are wanted. */
  get left(): number {
    return this.#limit - this.list.length
  }

  add(complaint: string): void {
    if (!this.isFull) this.list.push(complaint)
  }
}

function integrityCheck(full: boolean): PragmaDefinition['answer'] {
  return (connection: Session, value: PragmaValue, place: PragmaPlace): Rows => {
    const asked = integerOf(value)
    const limit = asked > 0 ? asked : defaultLimit
    const complaints = new Complaints(limit)
    const databases = place.isNamed ? [place.database] : connection.databases.all
    const named = typeof value === 'string' ? value.toLowerCase() : ''
    const owner = databases.find(({ schema }) => schema.tables.has(named))
    if (owner === undefined && typeof value === 'string' && !/^[-+]?\d+$/.test(value)) {
      throw sqlError(`no such table: ${place.isNamed ? `${place.database.name}.` : ''}${value}`)
    }
    for (const database of owner === undefined ? databases : [owner]) {
      asStatement(connection, false, usesOf(database, false), null, () => {
        const only = database.schema.tables.get(named)
        withStoredMeaning(connection, () => checkOne(connection, database, only, full, complaints))
      })
    }
    if (complaints.list.length === 0) return [['ok']]
    return complaints.list.map((complaint) => [complaint])
  }
}

/** A database, or one table of it; in an open read transaction. */
function checkOne(
  connection: Session,
  { pager, schema }: OpenDatabase,
  only: Table | undefined,
  full: boolean,
  complaints: Complaints,
): void {
  const tables = only === undefined ? distinctTables(schema.tables.values()) : [only]
  if (only === undefined) {
    for (const complaint of checkDatabase(pager, tables.flatMap(rootsOf), complaints.left)) {
      complaints.add(complaint)
      if (complaints.isFull) return
    }
  }
  if (complaints.list.length > 0) return
  for (const table of tables) {
    if (complaints.isFull || table.sql === '') continue
    const { collations } = connection.context
    for (const { columns } of table.indexes) {
      for (const { collation } of columns) checkedCollation(collations, collation)
    }
    checkRows(connection, table, complaints)
    if (!full) continue
    for (const index of table.indexes) {
      if (index.root !== table.root) checkIndex(connection, pager, table, index, complaints)
    }
  }
}

/** As it is written in a statement that means no other. */
function fullName({ database, name }: Table): string {
  return `${quoteName(database)}.${quoteName(name)}`
}

/** `sqlite_schema` has several names. */
function distinctTables(tables: Iterable<Table>): Table[] {
  return [...new Set(tables)]
}

function rootsOf(table: Table): TreeRoot[] {
  const kind = table.withoutRowid ? 'index' : 'table'
  const roots: TreeRoot[] = [{ root: table.root, kind, name: table.name }]
  for (const index of table.indexes) {
    if (index.root !== table.root) roots.push({ root: index.root, kind: 'index', name: index.name })
  }
  return roots
}

/** NOT NULL columns hold no NULL, and no row fails a CHECK. */
function checkRows(connection: Session, table: Table, complaints: Complaints): void {
  const columns = table.columns.filter(
    (column, i) => column.notNull !== null && i !== table.rowidAlias,
  )
  for (const column of columns) {
    const name = quoteName(column.name)
    const sql = `SELECT count(*) FROM ${fullName(table)} NOT INDEXED WHERE ${name} IS NULL`
    const count = connection.prepare(sql).get([], 'pluck', false) as number
    for (let i = 0; i < count && !complaints.isFull; i++) {
      complaints.add(`NULL value in ${table.name}.${column.name}`)
    }
  }
  if (connection.context.catalog.environment.settings.ignoresChecks) return
  for (const { expression } of table.checks) {
    const sql = `SELECT count(*) FROM ${fullName(table)} NOT INDEXED WHERE NOT (${printExpression(expression)})`
    const count = connection.prepare(sql).get([], 'pluck', false) as number
    for (let i = 0; i < count && !complaints.isFull; i++) {
      complaints.add(`CHECK constraint failed in ${table.name}`)
    }
  }
}

/** Each row's entry is in the index, and the index has no others. */
function checkIndex(
  connection: Session,
  pager: Pager,
  table: Table,
  index: Index,
  complaints: Complaints,
): void {
  const { collations, encoding } = connection.context
  for (const { collation } of index.columns) checkedCollation(collations, collation)
  const tail = entryTail(table, index)
  const keys = index.columns.map(({ column, expression }) => {
    if (expression !== null) return printExpression(expression)
    return column < 0 ? 'rowid' : quoteName(table.columns[column]!.name)
  })
  const trailing = tail.map(({ column }) =>
    column < 0 ? 'rowid' : quoteName(table.columns[column]!.name),
  )
  const where = index.where === null ? '' : ` WHERE ${printExpression(index.where)}`
  const from = `FROM ${fullName(table)} NOT INDEXED${where}`
  const fields = [...index.columns, ...tail].map(({ collation, descending }) => ({
    collation,
    descending,
  }))
  const searchKey = new SearchKey(fields, encoding, collations)
  const cursor = new IndexCursor(pager, index.root)
  const terms = [...keys, ...trailing].map(storedText)
  const entries = rowsOf(connection, terms, from).map((row) => storedValues(row, encoding))
  try {
    for (const [at, values] of entries.entries()) {
      searchKey.set(values, values.length)
      if (!cursor.seekAtLeast(searchKey) || !isAt(cursor, searchKey)) {
        complaints.add(`row ${at + 1} missing from index ${index.name}`)
      }
      if (complaints.isFull) return
    }
    if (countEntries(cursor) !== entries.length) {
      complaints.add(`wrong # of entries in index ${index.name}`)
    }
    if (index.unique) checkUnique(index, entries, connection.context, complaints)
  } finally {
    cursor.close()
  }
}

/** The values of terms that are two columns each, of which a result may have fewer than an index needs. */
function rowsOf(connection: Session, terms: readonly string[], from: string): unknown[][] {
  const most = maxColumns / 2
  const rows: unknown[][] = []
  for (let at = 0; at < terms.length; at += most) {
    const sql = `SELECT ${terms.slice(at, at + most).join(', ')} ${from}`
    const read = connection.prepare(sql).all([], 'raw', true) as unknown[][]
    for (const [i, row] of read.entries()) {
      const known = rows[i]
      if (known === undefined) rows.push(row)
      else known.push(...row)
    }
  }
  return rows
}

function isAt(cursor: IndexCursor, key: SearchKey): boolean {
  cursor.loadPayload()
  return key.compare(cursor.data, cursor.payloadOffset, cursor.payloadSize) === 0
}

function countEntries(cursor: IndexCursor): number {
  let count = 0
  for (let found = cursor.first(); found; found = cursor.next()) count++
  return count
}

/** Two rows with the same key, none of it NULL. */
function checkUnique(
  index: Index,
  entries: readonly Value[][],
  { collations, encoding }: DatabaseContext,
  complaints: Complaints,
): void {
  const count = index.columns.length
  const orders = index.columns.map(({ collation }) => collations.collation(collation, encoding)!)
  const compare = (left: readonly Value[], right: readonly Value[]): number => {
    for (let i = 0; i < count; i++) {
      const order = compareValues(left[i]!, right[i]!, orders[i]!)
      if (order !== 0) return order
    }
    return 0
  }
  const whole = entries.filter((entry) => !entry.slice(0, count).includes(null)).toSorted(compare)
  for (let i = 1; i < whole.length && !complaints.isFull; i++) {
    if (compare(whole[i - 1]!, whole[i]!) === 0) {
      complaints.add(`non-unique entry in index ${index.name}`)
    }
  }
}

/** Two result columns for a value: what is shown of a text may not be all its bytes, so these are asked for, and whether it is one. */
function storedText(key: string): string {
  return `iif(typeof(${key}) = 'text', CAST(${key} AS BLOB), ${key}), typeof(${key}) = 'text'`
}

/** The values of such pairs, as the engine has them. */
function storedValues(row: readonly unknown[], encoding: TextEncoding): Value[] {
  const values: Value[] = []
  for (let i = 0; i < row.length; i += 2) {
    const value = row[i]
    const isText = row[i + 1] === 1n && value instanceof Uint8Array
    values.push(isText ? decodeText(value, 0, value.length, encoding) : toEngineValue(value))
  }
  return values
}

/** A shown value (INTEGERs as bigints) as the engine's own. REALs without a fraction compare as INTEGERs. */
function toEngineValue(shown: unknown): Value {
  if (typeof shown === 'bigint') return integerValue(shown)
  if (shown === null || typeof shown === 'string' || typeof shown === 'number') return shown
  if (shown instanceof Uint8Array) return shown
  throw new SqliteError('SQLITE_INTERNAL', 'unexpected value')
}

export const integrityPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'integrity_check',
    { columns: ['integrity_check'], needs: 'schemas', answer: integrityCheck(true) },
  ],
  ['quick_check', { columns: ['quick_check'], needs: 'schemas', answer: integrityCheck(false) }],
]
