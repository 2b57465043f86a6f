/**
 * What the names in a text of the schema mean. The text is bound as it stands, against the schemas as they are; what is found out is
 * where columns are named, and of which table, where tables are named, and where something in double quotes is a text. Whoever renames
 * something writes at these places, and whoever changes a table asks so whether all that names it still holds.
 *
 * (`sqlite_rename_column`, `sqlite_rename_table`, `sqlite_rename_quotefix` and `sqlite_rename_test` of alter.c, which look at names in
 * the same way)
 */
import { corrupt } from '../../base/error.ts'
import { sameName, type Table } from '../../schema/index.ts'
import { parseWithPlaces } from '../../sql/index.ts'
import type { ColumnName, NamePlaces, Span, Statement } from '../../sql/index.ts'
import type { SourceId } from '../expression.ts'
import type { ScopeSource } from '../scope.ts'
import type { WrittenNames } from '../binder/written-names.ts'

/** A row of `sqlite_schema` with a text. */
export interface StoredObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger'
  readonly name: string
  readonly sql: string
  /** The database that it is in. */
  readonly database: string
}

interface Place {
  readonly span: Span
  readonly table: Table
}

interface ColumnPlace extends Place {
  /** Of the table's columns; -1: the rowid. */
  readonly column: number
}

/** A list of columns of a table, which need not have them. */
interface ListPlace {
  readonly names: readonly string[]
  readonly spans: readonly Span[]
  readonly table: Table
}

export class StoredNames implements WrittenNames {
  readonly statement: Statement
  readonly columns: ColumnPlace[] = []
  readonly tables: Place[] = []
  /** Tables before a column or a star. */
  readonly qualifiers: Place[] = []
  readonly lists: ListPlace[] = []
  /** With their double quotes. */
  readonly texts: Span[] = []
  readonly #places: NamePlaces
  readonly #standing = new Map<object, object>()
  readonly #aliased = new Set<SourceId>()

  /** @throws SqliteError SQLITE_CORRUPT where the text is no definition (`renameParseSql`) */
  constructor(sql: string) {
    if (!/^CREATE /i.test(sql)) throw corrupt(1, 'a definition does not begin with CREATE')
    const { statement, places } = parseWithPlaces(sql)
    if (statement === null) throw corrupt(1, 'a definition is empty')
    this.statement = statement
    this.#places = places
  }

  /** Where the name is written that a piece of the statement holds; null: it is no piece of it. */
  placeOf(piece: object): Span | null {
    return this.#places.last(this.#standing.get(piece) ?? piece)
  }

  placesOf(names: readonly string[]): readonly Span[] {
    return this.#places.list(names)
  }

  // ── Told by the binder ──

  stands(piece: object, written: object): void {
    this.#standing.set(piece, written)
  }

  table(reference: object, table: Table, source: SourceId, hasAlias: boolean): void {
    if (hasAlias) this.#aliased.add(source)
    const span = this.placeOf(reference)
    if (span !== null) this.tables.push({ span, table })
  }

  column(name: ColumnName, { id, table }: ScopeSource, column: number): void {
    if (table === null) return
    const span = this.placeOf(name)
    if (span === null) return
    this.columns.push({ span, table, column })
    const qualifier = this.#places.beforeLast(name)
    if (qualifier !== null && !this.#aliased.has(id))
      this.qualifiers.push({ span: qualifier, table })
  }

  star(star: object, { id, table }: ScopeSource): void {
    const span = this.placeOf(star)
    if (span === null || table === null || this.#aliased.has(id)) return
    this.qualifiers.push({ span, table })
  }

  text(name: ColumnName): void {
    const span = this.placeOf(name)
    if (span !== null) this.texts.push(span)
  }

  // ── Told by those who bind stored texts ──

  /** The source goes by another name than its table's. */
  alias(source: SourceId): void {
    this.#aliased.add(source)
  }

  /** A column that stands as a whole at a place of its own. */
  indexed(span: Span, table: Table, column: number): void {
    this.columns.push({ span, table, column })
  }

  list(names: readonly string[], table: Table): void {
    this.lists.push({ names, spans: this.placesOf(names), table })
  }
}

/** Whether two descriptions are of one table, be one of them of a text that is not in the schema yet. */
export function isCalledAlike(left: Table, right: Table): boolean {
  return sameName(left.name, right.name) && sameName(left.database, right.database)
}
