/** Statements, changes of the schema among them. (SQL As Understood By SQLite.) */
import type {
  Expression,
  FromClause,
  OrderingTerm,
  ResultColumn,
  Select,
  Span,
  WithClause,
} from './query.ts'

export type Statement =
  | Select
  | Insert
  | Update
  | Delete
  | CreateTable
  | CreateIndex
  | CreateView
  | CreateTrigger
  | CreateVirtualTable
  | AlterTable
  | Drop
  | Begin
  | Commit
  | Rollback
  | Savepoint
  | Release
  | Pragma
  | Explain
  | Attach
  | Detach
  | Vacuum
  | Reindex
  | Analyze

export type ConflictAction = 'ROLLBACK' | 'ABORT' | 'FAIL' | 'IGNORE' | 'REPLACE'

export interface QualifiedTable {
  readonly schema: string | null
  readonly name: string
  readonly alias: string | null
  readonly indexedBy: string | false | null
}

export interface Insert extends Span {
  readonly kind: 'insert'
  readonly with: WithClause | null
  /** `REPLACE INTO` is `REPLACE`; null when no OR clause is there. */
  readonly orAction: ConflictAction | null
  readonly table: QualifiedTable
  readonly columns: readonly string[] | null
  /** null: DEFAULT VALUES. */
  readonly source: Select | null
  readonly upserts: readonly Upsert[]
  readonly returning: readonly ResultColumn[]
}
export interface Upsert {
  /** The conflict target; null: any. */
  readonly target: {
    readonly columns: readonly OrderingTerm[]
    readonly where: Expression | null
  } | null
  /** null: DO NOTHING. */
  readonly update: {
    readonly assignments: readonly Assignment[]
    readonly where: Expression | null
  } | null
}
/** `a = x`, or `(a, b) = row`. */
export interface Assignment {
  readonly columns: readonly string[]
  readonly value: Expression
}
export interface Update extends Span {
  readonly kind: 'update'
  readonly with: WithClause | null
  readonly orAction: ConflictAction | null
  readonly table: QualifiedTable
  readonly assignments: readonly Assignment[]
  readonly from: FromClause | null
  readonly where: Expression | null
  readonly returning: readonly ResultColumn[]
  readonly orderBy: readonly OrderingTerm[]
  readonly limit: Expression | null
  readonly offset: Expression | null
}
export interface Delete extends Span {
  readonly kind: 'delete'
  readonly with: WithClause | null
  readonly table: QualifiedTable
  readonly where: Expression | null
  readonly returning: readonly ResultColumn[]
  readonly orderBy: readonly OrderingTerm[]
  readonly limit: Expression | null
  readonly offset: Expression | null
}
export interface Begin extends Span {
  readonly kind: 'begin'
  readonly mode: 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE' | 'CONCURRENT'
}
export interface Commit extends Span {
  readonly kind: 'commit'
}
export interface Rollback extends Span {
  readonly kind: 'rollback'
  /** ROLLBACK TO a savepoint. */
  readonly savepoint: string | null
}
export interface Savepoint extends Span {
  readonly kind: 'savepoint'
  readonly name: string
}
export interface Release extends Span {
  readonly kind: 'release'
  readonly name: string
}
export interface Pragma extends Span {
  readonly kind: 'pragma'
  readonly schema: string | null
  readonly name: string
  /** `= value` or `(value)`: a number, a string or a bare word (as text). null: a question. */
  readonly value: string | number | bigint | null
}
export interface Explain extends Span {
  readonly kind: 'explain'
  readonly queryPlan: boolean
  readonly statement: Statement
  /** How many SELECTs and VALUES there are in it. */
  readonly selects: number
}
export interface Attach extends Span {
  readonly kind: 'attach'
  readonly file: Expression
  readonly name: Expression
  readonly key: Expression | null
}
export interface Detach extends Span {
  readonly kind: 'detach'
  readonly name: Expression
}
export interface Vacuum extends Span {
  readonly kind: 'vacuum'
  readonly schema: string | null
  readonly into: Expression | null
}
export interface Reindex extends Span {
  readonly kind: 'reindex'
  readonly schema: string | null
  readonly name: string | null
}
export interface Analyze extends Span {
  readonly kind: 'analyze'
  readonly schema: string | null
  readonly name: string | null
}

export interface CreateTable extends Span {
  readonly kind: 'create-table'
  /** What `sqlite_schema` keeps is `CREATE TABLE ` and then the text from here to `textEnd`. */
  readonly nameStart: number
  readonly textEnd: number
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
  readonly columns: readonly ColumnDefinition[]
  readonly constraints: readonly TableConstraint[]
  readonly withoutRowid: boolean
  readonly strict: boolean
  /** CREATE TABLE … AS SELECT; `columns` is then empty. */
  readonly select: Select | null
}
export interface ColumnDefinition extends Span {
  readonly name: string
  /** The declared type as written, words joined by one space; empty when there is none. */
  readonly type: string
  readonly constraints: readonly ColumnConstraint[]
}
/**
 * The text that SQLite shows: what stands between the parentheses of CHECK and DEFAULT, comments
 * included and spaces at both ends not, or the literal after DEFAULT with its sign.
 */
export interface TextSpan {
  readonly textStart: number
  readonly textEnd: number
}
export type ColumnConstraint = { readonly name: string | null } & (
  | {
      readonly kind: 'primary-key'
      readonly descending: boolean
      readonly onConflict: ConflictAction | null
      readonly autoincrement: boolean
    }
  | { readonly kind: 'not-null'; readonly onConflict: ConflictAction | null }
  /** A bare `NULL`, which SQLite accepts and ignores. */
  | { readonly kind: 'null' }
  | { readonly kind: 'unique'; readonly onConflict: ConflictAction | null }
  | ({ readonly kind: 'check'; readonly expression: Expression } & TextSpan)
  | ({ readonly kind: 'default'; readonly expression: Expression } & TextSpan)
  | { readonly kind: 'collate'; readonly collation: string }
  | { readonly kind: 'references'; readonly reference: ForeignKeyReference }
  | { readonly kind: 'generated'; readonly expression: Expression; readonly stored: boolean }
)
export type TableConstraint = { readonly name: string | null } & (
  | {
      readonly kind: 'primary-key'
      readonly columns: readonly OrderingTerm[]
      readonly onConflict: ConflictAction | null
      readonly autoincrement: boolean
    }
  | {
      readonly kind: 'unique'
      readonly columns: readonly OrderingTerm[]
      readonly onConflict: ConflictAction | null
    }
  | ({
      readonly kind: 'check'
      readonly expression: Expression
      readonly onConflict: ConflictAction | null
    } & TextSpan)
  | {
      readonly kind: 'foreign-key'
      readonly columns: readonly string[]
      readonly reference: ForeignKeyReference
    }
)
export type ForeignKeyAction = 'SET NULL' | 'SET DEFAULT' | 'CASCADE' | 'RESTRICT' | 'NO ACTION'
export interface ForeignKeyReference {
  readonly table: string
  readonly columns: readonly string[]
  readonly onDelete: ForeignKeyAction
  readonly onUpdate: ForeignKeyAction
  readonly match: string | null
  readonly deferred: boolean
}
export interface CreateIndex extends Span {
  readonly kind: 'create-index'
  /** What `sqlite_schema` keeps is `CREATE INDEX` or `CREATE UNIQUE INDEX ` and then the text from here to `textEnd`. */
  readonly nameStart: number
  readonly textEnd: number
  readonly unique: boolean
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
  readonly table: string
  readonly columns: readonly OrderingTerm[]
  readonly where: Expression | null
}
export interface CreateView extends Span {
  readonly kind: 'create-view'
  /** What `sqlite_schema` keeps is `CREATE VIEW ` and then the text from here to `textEnd`. */
  readonly nameStart: number
  readonly textEnd: number
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
  readonly columns: readonly string[] | null
  readonly select: Select
}
export interface CreateTrigger extends Span {
  readonly kind: 'create-trigger'
  /** What `sqlite_schema` keeps is `CREATE TRIGGER ` and then the text from here to `textEnd`. */
  readonly nameStart: number
  readonly textEnd: number
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
  readonly time: 'BEFORE' | 'AFTER' | 'INSTEAD OF'
  readonly event: 'INSERT' | 'DELETE' | 'UPDATE'
  /** UPDATE OF these columns. */
  readonly columns: readonly string[] | null
  readonly tableSchema: string | null
  readonly table: string
  readonly when: Expression | null
  readonly body: readonly Statement[]
}
export interface CreateVirtualTable extends Span {
  readonly kind: 'create-virtual-table'
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
  readonly nameStart: number
  readonly textEnd: number
  readonly module: string
  /** Texts between the commas, as written; what is empty is left out. */
  readonly args: readonly string[]
}
export interface AlterTable extends Span {
  readonly kind: 'alter-table'
  readonly schema: string | null
  readonly table: string
  readonly action:
    | { readonly kind: 'rename-table'; readonly name: string }
    | {
        readonly kind: 'rename-column'
        readonly from: string
        readonly to: string
        /** Where the names stand. */
        readonly fromPlace: Span
        readonly toPlace: Span
      }
    /** The text span is what is appended to the table's definition. */
    | ({ readonly kind: 'add-column'; readonly column: ColumnDefinition } & TextSpan)
    | {
        readonly kind: 'drop-column'
        readonly column: string
        /** Where the name stands. */
        readonly place: Span
      }
    /** (3.53) `constraint` is a CHECK; the text span is what is appended to the table's definition. */
    | ({ readonly kind: 'add-constraint'; readonly constraint: TableConstraint } & TextSpan)
    | { readonly kind: 'drop-constraint'; readonly name: string }
    /** The text span is what is added to the column's definition. */
    | ({
        readonly kind: 'set-not-null'
        readonly column: string
        readonly onConflict: ConflictAction | null
      } & TextSpan)
    | { readonly kind: 'drop-not-null'; readonly column: string }
}
export interface Drop extends Span {
  readonly kind: 'drop'
  readonly what: 'table' | 'index' | 'view' | 'trigger'
  readonly ifExists: boolean
  readonly schema: string | null
  readonly name: string
}
