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
import { SqliteError } from '../base/error.ts'
import { decodeRecord, type TextEncoding, type Value } from '../record/index.ts'
import { parseStatement, type CreateView, type Statement } from '../sql/index.ts'
import { TableCursor, type Pages } from '../storage/index.ts'
import { storedCollation } from './collation-name.ts'
import { indexFromDefinition } from './index-definition.ts'
import { foldName } from './name.ts'
import { readStatistics, type IndexStatistics } from './statistics.ts'
import { schemaTableNames } from './catalog.ts'
import { schemaTableOf } from './schema-table.ts'
import { tableFromDefinition } from './table-definition.ts'
import type { Index, Schema, Table, Trigger, View } from './table.ts'
import { foreignDatabase } from './view-references.ts'

interface SchemaRow {
  readonly type: string
  readonly name: string
  readonly tableName: string
  readonly root: number
  readonly sql: string | null
}

/** The schema that the open transaction sees. `cookie` is the one it is read under, `database` what it is called. */
export function loadSchema(
  pages: Pages,
  cookie: number,
  encoding: TextEncoding,
  database: string = 'main',
): Schema {
  const builder = new SchemaBuilder(pages.pageCount, database)
  const rows = readRows(pages, encoding)
  for (const row of rows) if (row.type === 'table') builder.addTable(row)
  for (const row of rows) if (row.type !== 'table') builder.add(row)
  return builder.finish(cookie, (root) => readStatistics(pages, root, encoding))
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
      rows.push(schemaRow(values))
    }
  } finally {
    cursor.close()
  }
  return rows
}

function schemaRow(values: readonly Value[]): SchemaRow {
  const [type, name, tableName, root, sql] = values
  if (values.length < 5 || typeof type !== 'string' || typeof name !== 'string') {
    throw malformed(typeof name === 'string' ? name : '?', '')
  }
  return {
    type: foldName(type),
    name,
    tableName: typeof tableName === 'string' ? tableName : name,
    root: typeof root === 'number' ? root : 0,
    sql: typeof sql === 'string' && sql !== '' ? sql : null,
  }
}

function malformed(name: string, detail: string, cause?: unknown): SqliteError {
  const more = detail === '' ? '' : ` - ${detail}`
  return new SqliteError('SQLITE_CORRUPT', `malformed database schema (${name})${more}`, { cause })
}

class SchemaBuilder {
  readonly #pageCount: number
  readonly #database: string
  readonly #tables = new Map<string, Table>()
  readonly #views = new Map<string, View>()
  readonly #indexes = new Map<string, Index>()
  readonly #triggers = new Map<string, Trigger>()
  readonly #virtualTables = new Map<string, string>()
  /** Indexes of each table, in the order of the rows. */
  readonly #indexesOf = new Map<string, Index[]>()

  constructor(pageCount: number, database: string) {
    this.#pageCount = pageCount
    this.#database = database
    const own = schemaTableOf(database)
    for (const name of schemaTableNames(database)) this.#tables.set(name, own)
  }

  addTable(row: SchemaRow): void {
    const statement = this.#parse(row)
    const key = foldName(row.name)
    switch (statement.kind) {
      case 'create-virtual-table':
        this.#virtualTables.set(key, statement.module)
        return
      case 'create-table': {
        this.#checkRoot(row)
        if (this.#tables.has(key)) throw malformed(row.name, `table ${row.name} already exists`)
        const definition = { ...statement, name: row.name }
        this.#tables.set(
          key,
          this.#guard(row, () =>
            tableFromDefinition(definition, row.sql!, row.root, storedCollation, this.#database),
          ),
        )
        this.#indexesOf.set(key, [])
        return
      }
      default:
        throw malformed(row.name, '')
    }
  }

  add(row: SchemaRow): void {
    if (row.type === 'index') {
      this.#addIndex(row)
      return
    }
    const statement = this.#parse(row)
    const key = foldName(row.name)
    if (statement.kind === 'create-view') {
      this.#addView(key, row, statement)
    } else if (statement.kind === 'create-trigger') {
      this.#triggers.set(key, {
        kind: 'trigger',
        name: row.name,
        table: row.tableName,
        definition: statement,
        sql: row.sql!,
      })
    } else {
      throw malformed(row.name, '')
    }
  }

  #addView(key: string, row: SchemaRow, definition: CreateView): void {
    const { name } = row
    const database = this.#database
    const foreign = database === 'temp' ? null : foreignDatabase(definition.select, database)
    if (foreign !== null) {
      throw malformed(name, `view ${name} cannot reference objects in database ${foreign}`)
    }
    this.#views.set(key, { kind: 'view', name, database, definition, sql: row.sql! })
  }

  #addIndex(row: SchemaRow): void {
    const tableKey = foldName(row.tableName)
    const table = this.#tables.get(tableKey)
    const list = this.#indexesOf.get(tableKey)
    if (table === undefined || list === undefined) throw malformed(row.name, 'orphan index')
    this.#checkRoot(row)
    list.push(row.sql === null ? automaticIndex(table, row) : this.#declaredIndex(table, row))
  }

  #declaredIndex(table: Table, row: SchemaRow): Index {
    const statement = this.#parse(row)
    if (statement.kind !== 'create-index') throw malformed(row.name, '')
    const definition = { ...statement, name: row.name }
    return this.#guard(row, () =>
      indexFromDefinition(definition, table, row.sql!, row.root, storedCollation),
    )
  }

  #parse(row: SchemaRow): Statement {
    if (row.sql === null) throw malformed(row.name, '')
    const { sql } = row
    const statement = this.#guard(row, () => parseStatement(sql).statement)
    if (statement === null) throw malformed(row.name, '')
    return statement
  }

  /** What the definition itself gets wrong is said as part of the schema's error. */
  #guard<Result>(row: SchemaRow, read: () => Result): Result {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      throw malformed(row.name, error.message, error)
    }
  }

  #checkRoot(row: SchemaRow): void {
    if (row.root < 2 || row.root > this.#pageCount) throw malformed(row.name, 'invalid rootpage')
  }

  finish(
    cookie: number,
    statisticsOf: (root: number) => ReadonlyMap<string, IndexStatistics>,
  ): Schema {
    const stat1 = this.#tables.get('sqlite_stat1')
    const statistics = stat1 === undefined ? null : statisticsOf(stat1.root)
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
    }
  }

  #finishTable(
    table: Table,
    rows: readonly Index[],
    statistics: ReadonlyMap<string, IndexStatistics> | null,
  ): Table {
    const own = table.withoutRowid ? table.indexes.slice(0, 1) : []
    let rowEstimate = statistics?.get(`${foldName(table.name)}\n`)?.[0] ?? null
    const indexes = [...own, ...rows].map((index) => {
      const statKey = index.root === table.root ? table.name : index.name
      const known = statistics?.get(`${foldName(table.name)}\n${foldName(statKey)}`)
      if (known === undefined) return index
      if (index.where === null) rowEstimate ??= known[0]!
      return { ...index, statistics: known }
    })
    for (const index of indexes) this.#indexes.set(foldName(index.name), index)
    return { ...table, indexes, rowEstimate }
  }
}

/** The index of a constraint, which the table's own definition describes. */
function automaticIndex(table: Table, row: SchemaRow): Index {
  const name = foldName(row.name)
  const index = table.indexes.find((candidate) => foldName(candidate.name) === name)
  if (index === undefined) throw malformed(row.name, 'orphan index')
  return { ...index, root: row.root }
}
