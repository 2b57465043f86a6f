/** What the database holds: its tables and views, and what there is to know of each. */
import type { Database } from '../../../engine/src/index.ts'
import type {
  ColumnDetails,
  ForeignKeyDetails,
  IndexDetails,
  TableDetails,
  TableSummary,
} from '../protocol.ts'
import { notFound } from './failures.ts'
import { quoted } from './names.ts'

interface ListedTable {
  readonly schema: string
  readonly name: string
  readonly type: TableSummary['kind']
  readonly wr: bigint
  readonly strict: bigint
}

/** A row of `PRAGMA table_xinfo`. */
interface ListedColumn {
  readonly name: string
  readonly type: string
  readonly notnull: bigint
  readonly dflt_value: string | null
  readonly pk: bigint
  /** 1: hidden, of a virtual table; 2: generated, virtual; 3: generated, stored. */
  readonly hidden: bigint
}

/** A table, and how its rows are told from each other in SQL. */
export interface KnownTable extends TableDetails {
  /** Names of columns, among them the rowid's, whose values are a row's key, in the order of the table's tree. */
  readonly keyNames: readonly string[]
}

/** Tables and views of the main database, by name. */
export function listTables(database: Database): TableSummary[] {
  return listed(database)
    .map(({ name, type }) => ({
      name,
      kind: type,
      isSystem: isSystem(name),
      columnNames: namesOfColumns(database, name),
    }))
    .toSorted((a, b) => Number(a.isSystem) - Number(b.isSystem) || compareNames(a.name, b.name))
}

function listed(database: Database): ListedTable[] {
  const sql = `SELECT * FROM pragma_table_list WHERE schema = 'main'`
  return database.prepare<[], ListedTable>(sql).all()
}

/** A table that cannot be read, such as one whose module is not here, has no columns. */
function namesOfColumns(database: Database, table: string): string[] {
  try {
    return columnsOf(database, table).map(({ name }) => name)
  } catch {
    return []
  }
}

function columnsOf(database: Database, table: string): ListedColumn[] {
  const all = database.pragma(`main.table_xinfo(${quoted(table)})`) as ListedColumn[]
  return all.filter(({ hidden }) => hidden !== 1n)
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { sensitivity: 'base', numeric: true })
}

function isSystem(name: string): boolean {
  return /^sqlite_/i.test(name)
}

/** Names of SQL functions. */
export function functionNames(database: Database): string[] {
  const sql = 'SELECT DISTINCT name FROM pragma_function_list ORDER BY name'
  return database.prepare<[], string>(sql).pluck().all()
}

/** All there is to know of a table. @throws Refusal where there is none */
export function describeTable(database: Database, name: string, readonly: boolean): KnownTable {
  const found = listed(database).find((table) => table.name === name)
  if (found === undefined) throw notFound(`no such table: ${name}`)
  const columns = columnsOf(database, name)
  const triggers = triggersOf(database, name)
  const isView = found.type === 'view'
  const fixed = whyFixed(found, triggers, readonly)
  const keyNames = isView ? [] : keyNamesOf(found, columns)
  const instead = (event: string): boolean =>
    triggers.some(({ sql }) => isInsteadOf(sql, event)) && !readonly
  const isOpen = fixed === null
  const hasKey = keyNames.length > 0
  return {
    name,
    kind: found.type,
    sql: sqlOf(database, name),
    isStrict: found.strict === 1n,
    isWithoutRowid: found.wr === 1n && !isView,
    columns: columns.map((column) => detailsOf(column)),
    indexes: isView || found.type === 'virtual' ? [] : indexesOf(database, name),
    triggers,
    foreignKeys: isView ? [] : foreignKeysOf(database, name),
    identity: identityOf(found, keyNames),
    can: {
      insert: isOpen && (!isView || instead('INSERT')),
      update: isOpen && (isView ? instead('UPDATE') : hasKey),
      delete: isOpen && (isView ? instead('DELETE') : hasKey),
    },
    fixed,
    keyNames,
  }
}

function whyFixed(
  { name, type }: ListedTable,
  triggers: readonly { readonly sql: string }[],
  readonly: boolean,
): string | null {
  if (readonly) return 'The database is open for reading only.'
  if (isSystem(name)) return 'Tables of SQLite itself are not edited here.'
  if (type === 'virtual') return 'Rows of a virtual table come from code.'
  if (type === 'shadow') return 'It belongs to a virtual table.'
  if (type === 'view' && !triggers.some(({ sql }) => isInsteadOf(sql, ''))) {
    return 'A view is edited only where it has INSTEAD OF triggers.'
  }
  return null
}

/** @param event INSERT, UPDATE or DELETE; empty: any */
function isInsteadOf(sql: string, event: string): boolean {
  const plain = sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|"[^"]*"|`[^`]*`|\[[^\]]*\]/g, ' ')
  const [, found] = /\bINSTEAD\s+OF\s+(\w+)/i.exec(plain) ?? []
  return found !== undefined && (event === '' || found.toUpperCase() === event)
}

function identityOf(
  { type, wr }: ListedTable,
  keyNames: readonly string[],
): TableDetails['identity'] {
  if (type === 'view') return 'values'
  if (keyNames.length === 0) return 'none'
  return wr === 1n ? 'key' : 'rowid'
}

/** A column may be called as the rowid is: then it goes by another of its names, if one is left. */
function keyNamesOf({ type, wr }: ListedTable, columns: readonly ListedColumn[]): string[] {
  if (type === 'virtual') return []
  const key = columns
    .filter(({ pk }) => pk > 0n)
    .toSorted((a, b) => Number(a.pk - b.pk))
    .map(({ name }) => name)
  if (wr === 1n) return key
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  const free = ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name))
  if (free !== undefined) return [free]
  const [only] = columns.filter(({ pk }) => pk > 0n)
  return key.length === 1 && /^integer$/i.test(only!.type) ? key : []
}

function detailsOf(column: ListedColumn): ColumnDetails {
  const { name, type, notnull, dflt_value: defaultValue, pk, hidden } = column
  const generated = hidden === 2n ? 'virtual' : hidden === 3n ? 'stored' : null
  return {
    name,
    type: generated === null ? type : type.replace(/ ?GENERATED ALWAYS$/i, ''),
    notNull: notnull === 1n,
    defaultValue,
    keyPlace: Number(pk),
    generated,
    fixed: generated === null ? null : 'A generated column has the value of its expression.',
  }
}

function sqlOf(database: Database, name: string): string {
  const sql = 'SELECT sql FROM main.sqlite_schema WHERE name = ?'
  return database.prepare<[string], string | null>(sql).pluck().get(name) ?? ''
}

function triggersOf(database: Database, table: string): { name: string; sql: string }[] {
  const sql = `SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?) ORDER BY name`
  return database.prepare<[string], { name: string; sql: string }>(sql).all(table)
}

function indexesOf(database: Database, table: string): IndexDetails[] {
  interface Listed {
    readonly name: string
    readonly unique: bigint
    readonly origin: string
    readonly partial: bigint
  }
  const all = database.pragma(`main.index_list(${quoted(table)})`) as Listed[]
  return all.map(({ name, unique, origin, partial }) => {
    const parts = database.pragma(`main.index_xinfo(${quoted(name)})`) as {
      readonly name: string | null
      readonly key: bigint
      readonly desc: bigint
    }[]
    return {
      name,
      isUnique: unique === 1n,
      isPartial: partial === 1n,
      origin,
      columns: parts
        .filter(({ key }) => key === 1n)
        .map((part) => `${part.name ?? '(expression)'}${part.desc === 1n ? ' DESC' : ''}`),
      sql: sqlOf(database, name) || null,
    }
  })
}

function foreignKeysOf(database: Database, table: string): ForeignKeyDetails[] {
  interface Listed {
    readonly id: bigint
    readonly table: string
    readonly from: string
    readonly to: string | null
    readonly on_update: string
    readonly on_delete: string
  }
  const rows = database.pragma(`main.foreign_key_list(${quoted(table)})`) as Listed[]
  const ids = [...new Set(rows.map(({ id }) => id))]
  return ids.map((id) => {
    const parts = rows.filter((row) => row.id === id)
    const { table: parent, on_update: onUpdate, on_delete: onDelete } = parts[0]!
    return {
      from: parts.map(({ from }) => from),
      table: parent,
      to: parts.flatMap(({ to }) => (to === null ? [] : [to])),
      onUpdate,
      onDelete,
    }
  })
}
