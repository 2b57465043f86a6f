/**
 * One run of ALTER TABLE, under the lock of its database: the rows of `sqlite_schema`, there and in the temporary database, and the
 * questions that SQLite asks before and after it has edited them.
 */
import { SqliteError, sqlError } from '../../../base/error.ts'
import { readStoredNames, withFixedQuotes, type StoredObject } from '../../../plan/index.ts'
import type { Value } from '../../../record/index.ts'
import type { Catalog, Slice, Work } from '../../../runtime/index.ts'
import {
  foldName,
  readStoredRows,
  replaceSchemaRow,
  sameName,
  tableFromDefinition,
} from '../../../schema/index.ts'
import type { Schema, StoredRow, Table } from '../../../schema/index.ts'
import { parseStatement } from '../../../sql/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { firstValue } from '../sliced-query.ts'

/** A row of the schema that has a text. */
export interface TextRow extends StoredObject, StoredRow {
  readonly tableName: string
}

/** What nothing knows in double quotes is a text, but after a change of columns. */
const doubleQuotedStrings = true

export class Alteration {
  readonly session: Session
  readonly database: OpenDatabase
  /** null: there is none, or it is the database itself. */
  readonly temporary: OpenDatabase | null

  constructor(session: Session, name: string) {
    const { databases } = session
    this.session = session
    this.database = databases.find(name)!
    this.temporary = databases.temporary === this.database ? null : databases.temporary
  }

  get catalog(): Catalog {
    return this.session.context.catalog
  }

  get isLegacy(): boolean {
    return this.session.legacyAlterTable
  }

  /** PRAGMA writable_schema: a text that does not hold stays as it is, and stops nothing. (`sqlite3WritableSchema` in alter.c) */
  get #isForgiving(): boolean {
    return this.catalog.environment.settings.writableSchema
  }

  /** The database, and the temporary one. */
  get #both(): readonly OpenDatabase[] {
    return this.temporary === null ? [this.database] : [this.database, this.temporary]
  }

  // ── Rows ──

  /** Rows whose texts may be edited, in order: all but what belongs to SQLite itself. */
  rows(database: OpenDatabase = this.database): TextRow[] {
    return readStoredRows(database).flatMap((row): TextRow[] => {
      const [type, name, tableName, , sql] = row.values
      if (typeof name !== 'string' || typeof sql !== 'string' || typeof tableName !== 'string')
        return []
      if (foldName(name).startsWith('sqlite_') || !isType(type)) return []
      return [{ ...row, type, name, tableName, sql, database: database.name }]
    })
  }

  /** Puts another text into a row, and perhaps other names. */
  replace(
    database: OpenDatabase,
    row: TextRow,
    sql: string,
    name?: string,
    tableName?: string,
  ): void {
    const [type, oldName, oldTable, root] = row.values as [Value, Value, Value, Value]
    const values = [type, name ?? oldName, tableName ?? oldTable, root, sql]
    if (values.every((value, i) => value === row.values[i])) return
    replaceSchemaRow(database, row.rowid, values)
  }

  /** Edits the texts of the rows that `which` answers yes for. `when`: as in `checkNames`. */
  edit(
    database: OpenDatabase,
    which: (row: TextRow) => boolean,
    edit: (row: TextRow) => string,
    when: string = '',
  ): void {
    for (const row of this.rows(database)) {
      if (!which(row)) continue
      const sql = this.#edited(row, () => editing(row, when, () => edit(row)))
      this.replace(database, row, sql)
    }
  }

  /** What an edit makes of a text. */
  #edited({ sql }: TextRow, edit: () => string): string {
    if (!this.#isForgiving) return edit()
    try {
      return edit()
    } catch (error) {
      if (error instanceof SqliteError && error.code === 'SQLITE_ERROR') return sql
      throw error
    }
  }

  /** Edits the text of the table itself. */
  editTable(table: Table, edit: (sql: string) => string): void {
    const row = this.rows().find(({ type, name }) => type === 'table' && sameName(name, table.name))
    if (row === undefined) throw sqlError(`no such table: ${table.name}`)
    this.replace(this.database, row, edit(row.sql))
  }

  /** Records may end before a column that has a default. Format 4 is not entered: it would change what DESC in an index means. */
  allowShortRecords(): void {
    const { header } = this.database.pager
    if (header.schemaFormat < 3) header.schemaFormat = 3
  }

  // ── Questions ──

  /**
   * Whether everything holds that names tables and columns. With PRAGMA legacy_alter_table nobody asks what views and triggers name.
   * (`renameTestSchema`)
   * @param when what the sentence says about it, with a space before
   */
  checkNames(
    when: string,
    quotesAreTexts: boolean = this.catalog.environment.settings.doubleQuotedStrings,
  ): void {
    if (this.#isForgiving) return
    for (const database of this.#both) {
      for (const row of this.rows(database)) {
        if (this.isLegacy && (row.type === 'view' || row.type === 'trigger')) continue
        checking(row, when, () => readStoredNames(row, this.catalog, quotesAreTexts))
      }
    }
  }

  /** Texts in double quotes get single ones, so that none of them becomes a name. */
  fixQuotes(): void {
    for (const database of this.#both) {
      for (const row of this.rows(database)) {
        const fix = (): string => withFixedQuotes(row, this.catalog, doubleQuotedStrings)
        this.replace(
          database,
          row,
          this.#edited(row, () => fixing(fix)),
        )
      }
    }
  }

  /**
   * Reads the schema anew. The table and its indexes are looked at before that, one after the other, so that the sentence says which of
   * them does not hold.
   */
  reload(tableName: string, when: string): void {
    let { catalog } = this
    for (const row of this.#isForgiving ? [] : this.rows()) {
      if (!sameName(row.tableName, tableName)) continue
      if (row.type !== 'table' && row.type !== 'index') continue
      checking(row, when, () => {
        if (row.type === 'table') catalog = this.#catalogWith(catalog, row)
        readStoredNames(row, catalog, true)
      })
    }
    for (const database of this.#both) database.schemaChanged()
  }

  /** The catalog in which the table of a row is as the row says. */
  #catalogWith(catalog: Catalog, row: TextRow): Catalog {
    const { statement } = parseStatement(row.sql)
    if (statement?.kind !== 'create-table') return catalog
    const { environment } = catalog
    const known = (name: string): string => environment.collation(name)?.name ?? name
    const table = tableFromDefinition(statement, row.sql, 0, known, row.database)
    const within = (schema: Schema): Schema => {
      if (!sameName(schema.database, row.database)) return schema
      return { ...schema, tables: new Map(schema.tables).set(foldName(table.name), table) }
    }
    return { ...catalog, schemas: catalog.schemas.map(within) }
  }

  /** The first value of the first row of a query; null where there is none. */
  firstValue(sql: string, slice: Slice): Work<unknown> {
    return firstValue(this.session, sql, slice)
  }

  /** The table, as the schema has it by now. */
  tableNow(name: string): Table {
    return this.database.schema.tables.get(foldName(name))!
  }
}

function isType(type: Value | undefined): type is TextRow['type'] {
  return type === 'table' || type === 'index' || type === 'view' || type === 'trigger'
}

/** What goes wrong is said of the row, unless it is no definition at all. (`renameColumnParseError`) */
export function editing<Result>(row: TextRow, when: string, body: () => Result): Result {
  return saying(row, when, body, (error) => error)
}

/** What goes wrong is said of the row; of what is no definition there is nothing to say. */
function checking<Result>(row: TextRow, when: string, body: () => Result): Result {
  return saying(row, when, body, () => sqlError(`error in ${row.type} ${row.name}${when}: `))
}

function saying<Result>(
  row: TextRow,
  when: string,
  body: () => Result,
  noDefinition: (error: SqliteError) => SqliteError,
): Result {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof SqliteError) || error.code === 'SQLITE_NOMEM') throw error
    if (error.code === 'SQLITE_CORRUPT') throw noDefinition(error)
    throw sqlError(`error in ${row.type} ${row.name}${when}: ${error.message}`)
  }
}

/** A text that does not hold is refused without a word about it. */
function fixing(body: () => string): string {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof SqliteError) || error.code !== 'SQLITE_ERROR') throw error
    throw sqlError('SQL logic error')
  }
}
