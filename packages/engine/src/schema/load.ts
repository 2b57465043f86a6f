/**
 * Reads the schema: every row of `sqlite_schema` (root page 1) is a table, an index, a view or a trigger, with the
 * text that made it. (Database File Format §2.6 Storage Of The SQL Database Schema)
 *
 * | column | |
 * |---|---|
 * | type | table, index, view, trigger |
 * | name | |
 * | tbl_name | the table that it belongs to |
 * | rootpage | 0 for views, triggers and virtual tables |
 * | sql | the text; NULL for the indexes that constraints make by themselves |
 *
 * The rows come from outside: one that makes no sense is SQLITE_CORRUPT, with SQLite's sentence.
 */
import { SqliteError, outOfMemory } from '../base/error.ts'
import { isRecursionLimit } from '../base/v8-error.ts'
import {
  Real,
  decodeRecord,
  decodeText,
  realToText,
  builtInCollations,
  type Collations,
  type TextEncoding,
  type Value,
} from '../record/index.ts'
import {
  parseStatement,
  type CreateIndex,
  type CreateTable,
  type CreateTrigger,
  type CreateView,
  type CreateVirtualTable,
  type Statement,
} from '../sql/index.ts'
import { TableCursor, type Pages } from '../storage/index.ts'
import { readStored } from './collation-name.ts'
import type { CollationReader } from './collation-name.ts'
import { indexFromDefinition } from './index-definition.ts'
import { foldName, sameName } from './name.ts'
import { primaryIndex } from './index-entry.ts'
import { noStatistics, readStatistics, usableSamples, type Statistics } from './statistics.ts'
import { schemaTableNames } from './no-objects.ts'
import { schemaTableOf } from './schema-table.ts'
import type { VirtualDefinition } from './module.ts'
import { tableFromDefinition } from './table-definition.ts'
import type { Index, Schema, Table, Trigger, View } from './table.ts'
import { checkChangedTables, foreignDatabase } from './view-references.ts'

/** A row as SQLite sees it: every column as text, whatever it is stored as. */
interface SchemaRow {
  readonly type: string | null
  /** As messages call it. */
  readonly name: string
  readonly isNamed: boolean
  readonly tableName: string | null
  /** null: the column is NULL. */
  readonly root: string | null
  readonly sql: string | null
}

/**
 * The schema that the open transaction sees. `cookie` is the one it is read under, `database` what it is called.
 * @param isForgiving rows that make no sense are passed over (PRAGMA writable_schema; SQLITE_NoSchemaError)
 */
export function loadSchema(
  pages: Pages,
  cookie: number,
  encoding: TextEncoding,
  database: string = 'main',
  collations: Collations = builtInCollations,
  isForgiving = false,
): Schema {
  const builder = new SchemaBuilder(pages.pageCount, database, readStored(collations))
  for (const row of readRows(pages, encoding)) {
    try {
      builder.add(row)
    } catch (error) {
      const isBadRow = error instanceof SqliteError && error.code === 'SQLITE_CORRUPT'
      if (!isForgiving || !isBadRow) throw error
    }
  }
  return builder.finish(cookie, (root, samples) => readStatistics(pages, root, samples, encoding))
}

/** An object that has a tree, as its row states it, whatever sense the row makes otherwise. */
export interface StoredTree {
  readonly type: string
  readonly name: string
  /** The table that it belongs to. */
  readonly table: string
  readonly root: number
  /** The whole row. */
  readonly row: string
}

/** The rows of the schema that the open transaction sees. `root` is 0 where there is no tree. */
export function storedTrees(pages: Pages, encoding: TextEncoding): readonly StoredTree[] {
  return readRows(pages, encoding).map(({ type, name, tableName, root, sql }) => ({
    type: type ?? '',
    name,
    table: tableName ?? name,
    root: root === null ? 0 : (pageNumber(root) ?? 0),
    row: JSON.stringify([type, name, tableName, root, sql]),
  }))
}

/** An empty database has no page yet, and no rows. */
function readRows(pages: Pages, encoding: TextEncoding): SchemaRow[] {
  const rows: SchemaRow[] = []
  if (pages.pageCount === 0) return rows
  const cursor = new TableCursor(pages, 1)
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
      const values = decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, encoding)
      rows.push(schemaRow(values, encoding))
    }
  } finally {
    cursor.close()
  }
  return rows
}

function schemaRow(values: readonly Value[], encoding: TextEncoding): SchemaRow {
  const [type, name, tableName, root, sql] = values.map((value) => toText(value, encoding))
  return {
    type: type ?? null,
    name: name ?? '?',
    isNamed: name != null,
    tableName: tableName ?? null,
    root: root ?? null,
    sql: sql ?? null,
  }
}

/** (`sqlite3_column_text`, which ends at a NUL when SQLite takes it for a text of C) */
function toText(value: Value, encoding: TextEncoding): string | null {
  if (value === null) return null
  const text =
    value instanceof Uint8Array
      ? decodeText(value, 0, value.length, encoding)
      : value instanceof Real
        ? realToText(value.value)
        : typeof value === 'number' && !Number.isInteger(value)
          ? realToText(value)
          : String(value)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** The number of a page as decimal digits and nothing else; null: it is none. (`sqlite3GetUInt32`) */
function pageNumber(text: string): number | null {
  if (!/^[0-9]+$/.test(text)) return null
  const pgno = Number(text)
  return pgno <= 0xffffffff ? pgno : null
}

function malformed(name: string, detail: string, cause?: unknown): SqliteError {
  const more = detail === '' ? '' : ` - ${detail}`
  return new SqliteError(`malformed database schema (${name})${more}`, 'SQLITE_CORRUPT', { cause })
}

class SchemaBuilder {
  readonly #pageCount: number
  readonly #database: string
  readonly #readCollation: CollationReader
  readonly #tables = new Map<string, Table>()
  readonly #views = new Map<string, View>()
  readonly #indexes = new Map<string, Index>()
  readonly #triggers = new Map<string, Trigger>()
  readonly #virtualTables = new Map<string, VirtualDefinition>()
  readonly #names: string[]
  /** Indexes of constraints that no row has given a place yet; `table`: the key of their table. */
  readonly #unplaced = new Map<string, { readonly table: string; readonly index: Index }>()
  /** Indexes of each table, in the order of the rows. */
  readonly #indexesOf = new Map<string, Index[]>()

  constructor(pageCount: number, database: string, readCollation: CollationReader) {
    this.#pageCount = pageCount
    this.#database = database
    this.#readCollation = readCollation
    const own = schemaTableOf(database)
    const names = schemaTableNames(database)
    for (const name of names) this.#tables.set(name, own)
    this.#names = names.slice(0, 1)
  }

  /** (`sqlite3InitCallback`) */
  add(row: SchemaRow): void {
    const { name, sql } = row
    if (row.root === null) throw malformed(name, '')
    if (sql !== null && /^cr/i.test(sql)) {
      const root = pageNumber(row.root)
      if (root === null || root > this.#pageCount) throw malformed(name, 'invalid rootpage')
      this.#addObject(row, sql, root)
    } else if (!row.isNamed || (sql !== null && sql !== '')) {
      throw malformed(name, '')
    } else {
      this.#addAutomaticIndex(name, pageNumber(row.root))
    }
  }

  #addObject(row: SchemaRow, sql: string, root: number): void {
    const statement = this.#parse(row, sql)
    switch (statement.kind) {
      case 'create-table':
        this.#checkRow(row, 'table', statement, statement.name)
        this.#addTable(row, sql, root, statement)
        return
      case 'create-virtual-table':
        this.#checkRow(row, 'table', statement, statement.name)
        this.#checkNew(row.name, statement.name)
        this.#addVirtualTable(sql, statement)
        return
      case 'create-view':
        this.#checkRow(row, 'view', statement, statement.name)
        if (root !== 0) throw malformed(row.name, '')
        this.#addView(row, sql, statement)
        return
      case 'create-index':
        this.#addIndex(row, sql, root, statement)
        return
      case 'create-trigger':
        this.#addTrigger(row, sql, statement)
        return
      default:
        throw malformed(row.name, '')
    }
  }

  /** What the row says must be what its text says, and the text names no database. (`sqlite3CheckObjectName`) */
  #checkRow(
    row: SchemaRow,
    type: string,
    statement: { readonly schema: string | null; readonly name: string },
    table: string,
  ): void {
    if (statement.schema !== null) throw malformed(row.name, 'corrupt database')
    const isSame =
      sameText(row.type, type) &&
      row.isNamed &&
      sameText(row.name, statement.name) &&
      sameText(row.tableName, table)
    if (!isSame) throw malformed(row.name, '')
  }

  /** A table or view of that name is not there yet. */
  #checkNew(row: string, name: string): void {
    const key = foldName(name)
    if (this.#views.has(key)) throw malformed(row, `view ${name} already exists`)
    if (this.#tables.has(key) || this.#virtualTables.has(key)) {
      throw malformed(row, `table ${name} already exists`)
    }
    if (this.#indexes.has(key)) throw malformed(row, `there is already an index named ${name}`)
  }

  #addTable(row: SchemaRow, sql: string, root: number, statement: CreateTable): void {
    this.#checkNew(row.name, statement.name)
    // Page 1 is the schema itself; no table is made of a query again.
    if (root === 1 || statement.select !== null) throw malformed(row.name, '')
    const key = foldName(statement.name)
    const table = this.#guard(row, () =>
      tableFromDefinition(statement, sql, root, this.#readCollation, this.#database),
    )
    this.#tables.set(key, table)
    this.#names.push(key)
    this.#indexesOf.set(key, [])
    for (const index of table.indexes) {
      this.#indexes.set(foldName(index.name), index)
      if (index !== primaryIndex(table))
        this.#unplaced.set(foldName(index.name), { table: key, index })
    }
  }

  #addVirtualTable(sql: string, { name, module, args }: CreateVirtualTable): void {
    const database = this.#database
    this.#names.push(foldName(name))
    this.#virtualTables.set(foldName(name), { name, database, module, args, sql })
  }

  #addView(row: SchemaRow, sql: string, definition: CreateView): void {
    const { name } = definition
    this.#checkNew(row.name, name)
    const database = this.#database
    const foreign = database === 'temp' ? null : foreignDatabase(definition.select, database)
    if (foreign !== null) {
      const detail = `view ${name} cannot reference objects in database ${foreign}`
      throw malformed(row.name, detail)
    }
    this.#names.push(foldName(name))
    this.#views.set(foldName(name), { kind: 'view', name, database, definition, sql })
  }

  #addIndex(row: SchemaRow, sql: string, root: number, statement: CreateIndex): void {
    const tableKey = foldName(statement.table)
    const table = this.#tables.get(tableKey)
    const list = this.#indexesOf.get(tableKey)
    if (table === undefined || list === undefined) {
      throw malformed(row.name, `no such table: ${this.#database}.${statement.table}`)
    }
    this.#checkRow(row, 'index', statement, table.name)
    const key = foldName(statement.name)
    if (this.#indexes.has(key)) {
      throw malformed(row.name, `index ${statement.name} already exists`)
    }
    const index = this.#guard(row, () =>
      indexFromDefinition(statement, table, sql, root, this.#readCollation),
    )
    this.#checkRoot(row.name, list, root)
    this.#indexes.set(key, index)
    list.push(index)
  }

  #addTrigger(row: SchemaRow, sql: string, statement: CreateTrigger): void {
    const { name, table } = statement
    const key = foldName(table)
    // A temporary trigger may be on a table of any database.
    const isKnown = this.#tables.has(key) || this.#views.has(key) || this.#database === 'temp'
    if (!isKnown) throw malformed(row.name, `no such table: ${this.#database}.${table}`)
    this.#checkRow(row, 'trigger', statement, table)
    if (this.#triggers.has(foldName(name))) {
      throw malformed(row.name, `trigger ${name} already exists`)
    }
    const database = this.#database
    if (database !== 'temp') this.#guard(row, () => checkChangedTables(statement))
    const definition = statement
    this.#triggers.set(foldName(name), { kind: 'trigger', name, database, table, definition, sql })
  }

  /** The index of a constraint, which the table's own definition describes: the row says where it is. */
  #addAutomaticIndex(name: string, root: number | null): void {
    const key = foldName(name)
    const known = this.#unplaced.get(key)
    if (known === undefined) {
      throw malformed(name, this.#indexes.has(key) ? 'invalid rootpage' : 'orphan index')
    }
    const list = this.#indexesOf.get(known.table)!
    if (root === null || root < 2 || root > this.#pageCount) {
      throw malformed(name, 'invalid rootpage')
    }
    this.#checkRoot(name, list, root)
    this.#unplaced.delete(key)
    list.push({ ...known.index, root })
  }

  /** No two indexes of a table are in one place. (`sqlite3IndexHasDuplicateRootPage`) */
  #checkRoot(name: string, list: readonly Index[], root: number): void {
    if (list.some((index) => index.root === root)) throw malformed(name, 'invalid rootpage')
  }

  #parse(row: SchemaRow, sql: string): Statement {
    const parsed = this.#guard(row, () => parseStatement(sql))
    if (parsed.statement === null) throw malformed(row.name, '')
    if (parsed.statement.kind === 'create-view' && parsed.parameters.count > 0) {
      throw malformed(row.name, 'parameters are not allowed in views')
    }
    return parsed.statement
  }

  /** What the definition itself gets wrong is said as part of the schema's error. */
  #guard<Result>(row: SchemaRow, read: () => Result): Result {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      // The definition is not to blame for the stack that its reader was left.
      if (isRecursionLimit(error) || error.code === 'SQLITE_NOMEM') throw outOfMemory(error)
      throw malformed(row.name, error.message, error)
    }
  }

  finish(
    cookie: number,
    statisticsOf: (root: number, samplesRoot: number | null) => Statistics,
  ): Schema {
    // Without a place there is nothing to read: whoever needs the index finds the file damaged.
    for (const { table, index } of this.#unplaced.values()) this.#indexesOf.get(table)!.push(index)
    const stat1 = this.#tables.get('sqlite_stat1')
    const samplesRoot = this.#tables.get('sqlite_stat4')?.root ?? null
    const statistics = stat1 === undefined ? noStatistics : statisticsOf(stat1.root, samplesRoot)
    for (const [key, rows] of this.#indexesOf) {
      this.#tables.set(key, this.#finishTable(this.#tables.get(key)!, rows, statistics))
    }
    return {
      database: this.#database,
      cookie,
      tables: this.#tables,
      views: this.#views,
      indexes: this.#indexes,
      triggers: this.#triggers,
      virtualTables: this.#virtualTables,
      names: this.#names,
    }
  }

  #finishTable(table: Table, rows: readonly Index[], { counts, samples }: Statistics): Table {
    let rowEstimate = counts.get(`${foldName(table.name)}\n`)?.[0] ?? null
    const indexes = inOrder(table, rows).map((index) => {
      const statKey = index.root === table.root ? table.name : index.name
      const key = `${foldName(table.name)}\n${foldName(statKey)}`
      const known = counts.get(key)
      if (known === undefined) return index
      if (index.where === null) rowEstimate ??= known[0]!
      return { ...index, statistics: known, samples: usableSamples(samples.get(key), index) }
    })
    for (const index of indexes) this.#indexes.set(foldName(index.name), index)
    return { ...table, indexes, rowEstimate }
  }
}

/** The tree of a WITHOUT ROWID table has no row: its place is behind the indexes of the constraints before its own. */
function inOrder(table: Table, rows: readonly Index[]): readonly Index[] {
  const own = primaryIndex(table)
  if (own === null) return rows
  const before = table.indexes.indexOf(own)
  return [...rows.slice(0, before), own, ...rows.slice(before)]
}

function sameText(text: string | null, other: string): boolean {
  return text !== null && sameName(text, other)
}
