/**
 * Tables, columns and indexes as the rest of the engine knows them: read from `sqlite_schema`, never
 * changed in place. A schema change loads a new `Schema`. Names keep the case in which they were
 * created; look-ups fold ASCII case (`Schema` maps have lower-case keys).
 */
import type { Affinity, Value } from '../record/index.ts'
import type { VirtualDefinition, VirtualTable } from './module.ts'
import type {
  ConflictAction,
  CreateTrigger,
  CreateView,
  Expression,
  ForeignKeyReference,
} from '../sql/index.ts'

export interface Column {
  readonly name: string
  /** As declared; empty when there was none. */
  readonly type: string
  readonly affinity: Affinity
  /** Upper case: BINARY, NOCASE, RTRIM. */
  readonly collation: string
  /** NOT NULL, and what to do when it fails; null: nullable. */
  readonly notNull: ConflictAction | null
  readonly defaultExpression: Expression | null
  /** The text of the default as `PRAGMA table_info` shows it. */
  readonly defaultText: string | null
  /** Where that begins in the text of the table, which spans in the expression count from. */
  readonly defaultStart: number
  /** Place in the primary key from 1; 0: not in it. */
  readonly primaryKeyPlace: number
  readonly generated: { readonly expression: Expression; readonly stored: boolean } | null
  /** A column of a virtual table that `*` leaves out. */
  readonly hidden?: true
}

export interface Check {
  /** The constraint's name; null: messages show the expression's text. */
  readonly name: string | null
  readonly expression: Expression
  readonly text: string
}

export interface ForeignKey {
  readonly columns: readonly number[]
  readonly reference: ForeignKeyReference
}

export interface Table {
  readonly kind: 'table'
  readonly name: string
  /** The database that it is in, by the name of the schema that holds it. */
  readonly database: string
  /** Root page of the b-tree. */
  readonly root: number
  readonly columns: readonly Column[]
  /** The column that is another name of the rowid (INTEGER PRIMARY KEY); -1: none. */
  readonly rowidAlias: number
  /** The conflict clause of that primary key. */
  readonly rowidConflict: ConflictAction
  readonly autoincrement: boolean
  readonly withoutRowid: boolean
  readonly strict: boolean
  /** Columns of the primary key in key order (also where it is the rowid alias). */
  readonly primaryKey: readonly number[]
  readonly checks: readonly Check[]
  readonly foreignKeys: readonly ForeignKey[]
  /** In order of creation. One of a WITHOUT ROWID table's is its own tree, with origin `pk` and the table's root. */
  readonly indexes: readonly Index[]
  /** Estimated rows, from sqlite_stat1; null: unknown. */
  readonly rowEstimate: number | null
  /** The text of CREATE TABLE; empty for sqlite_schema itself. */
  readonly sql: string
  /** Where its rows come from, if not from a tree: then `root` is 0. */
  readonly virtual?: VirtualTable
}

export interface IndexColumn {
  /** Column of the table; -1: the rowid; -2: `expression`. */
  readonly column: number
  readonly expression: Expression | null
  readonly collation: string
  readonly descending: boolean
}

export interface Index {
  readonly kind: 'index'
  readonly name: string
  readonly table: string
  readonly root: number
  /** The declared key columns, without the rowid (or primary key columns) that every entry ends with. */
  readonly columns: readonly IndexColumn[]
  readonly unique: boolean
  /** c: CREATE INDEX, u: UNIQUE constraint, pk: PRIMARY KEY. */
  readonly origin: 'c' | 'u' | 'pk'
  readonly onConflict: ConflictAction
  /** The WHERE of a partial index. */
  readonly where: Expression | null
  /** From sqlite_stat1: rows, then average rows for each distinct prefix of 1, 2 … columns; null: unknown. */
  readonly statistics: readonly number[] | null
  /** From sqlite_stat4, in the order of the index; null: none. */
  readonly samples: readonly IndexSample[] | null
  /** null for the indexes that constraints make by themselves. */
  readonly sql: string | null
}

/** An entry of an index. The lists have a number for its first column, its first two columns, and so on. */
export interface IndexSample {
  readonly values: readonly Value[]
  /** Entries that share them. */
  readonly equal: readonly number[]
  /** Entries that come before. */
  readonly less: readonly number[]
  /** How many different ones those have. */
  readonly distinctLess: readonly number[]
}

export interface View {
  readonly kind: 'view'
  readonly name: string
  readonly database: string
  readonly definition: CreateView
  readonly sql: string
}

export interface Trigger {
  readonly kind: 'trigger'
  readonly name: string
  /** The database that it is in. The table of a temporary one may be in another. */
  readonly database: string
  readonly table: string
  readonly definition: CreateTrigger
  readonly sql: string
}

export interface Schema {
  /** What the connection calls the database: `main`, `temp`, or the name that it was attached under. */
  readonly database: string
  /** The schema cookie it was read under. */
  readonly cookie: number
  readonly tables: ReadonlyMap<string, Table>
  readonly views: ReadonlyMap<string, View>
  readonly indexes: ReadonlyMap<string, Index>
  readonly triggers: ReadonlyMap<string, Trigger>
  /** Virtual tables, as they were created: whoever names one asks its module for the table. */
  readonly virtualTables: ReadonlyMap<string, VirtualDefinition>
  /** The keys of tables, views and virtual tables, each once, in the order of the rows of `sqlite_schema`; its own comes first. */
  readonly names: readonly string[]
}
