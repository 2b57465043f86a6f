/** Bound statements: a plan, and what is done with its rows. */
import type { KeyChecks } from './key-checks.ts'
import type { BoundExpression, PlanNode, SourceId, VirtualColumns } from './node.ts'
import type { Affinity } from '../record/index.ts'
import type { ForeignKey, Index, Table, VirtualDefinition } from '../schema/index.ts'
import type { ConflictAction } from '../sql/index.ts'

export type { ConflictAction }

/** What a column of the answer is called and where it comes from. */
export interface OutputColumn {
  readonly name: string
  /** Origin, where the column is just a column of a table. */
  readonly column: string | null
  readonly table: string | null
  readonly database: string | null
  /** Declared type of the origin. */
  readonly type: string | null
}

/** A statement, bound. */
export type BoundStatement =
  | BoundQuery
  | BoundInsert
  | BoundUpdate
  | BoundDelete
  | BoundCreateTable
  | BoundCreateIndex
  | BoundReindex
  | BoundCreateView
  | BoundCreateTrigger
  | BoundViewChange
  | BoundCreateVirtualTable
  | BoundDrop

export interface BoundQuery {
  readonly kind: 'query'
  readonly plan: PlanNode
  /** The source that delivers the answer; its first `columns.length` columns are shown. */
  readonly source: SourceId
  readonly columns: readonly OutputColumn[]
}

/** The table that a statement writes, with everything that a row must pass. */
export interface WriteTarget {
  readonly table: Table
  /**
   * The row as it will be stored: source whose columns are the new values (after affinity), -1 the rowid.
   * Check, default, index and partial-index expressions name it.
   */
  readonly newRow: SourceId
  /** The row as it was (update, delete, and the victims of REPLACE). Index expressions are bound over it too. */
  readonly oldRow: SourceId
  readonly checks: readonly { readonly name: string; readonly condition: BoundExpression }[]
  /** What REPLACE puts in the place of a NULL in a NOT NULL column; null: nothing. */
  readonly defaults: readonly (BoundExpression | null)[]
  /** The generated columns over `newRow`, each behind those that it names. */
  readonly generated: readonly GeneratedColumn[]
  /** The virtual columns over `oldRow`; null: there are none. */
  readonly virtual: VirtualColumns | null
  /** The indexes beside the table's own tree. */
  readonly indexes: readonly IndexTarget[]
  /** The index that is a WITHOUT ROWID table's own tree; null: the table's rows have rowids. */
  readonly primary: IndexTarget | null
  /** What fires for rows that REPLACE deletes. */
  readonly victims: RowTriggers
  /** What foreign keys ask of them; null: nothing, or no row is ever replaced. */
  readonly victimKeys: KeyChecks | null
}

/**
 * What fires for each row that a statement changes: programs of the statement's module by their places there, in the order in which
 * they run.
 */
export interface RowTriggers {
  readonly before: readonly number[]
  /** Those of AFTER that come before RETURNING is evaluated: temporary ones. */
  readonly early: readonly number[]
  readonly after: readonly number[]
}

/** The body of a trigger, as it runs under one conflict policy. */
export interface TriggerProgram {
  readonly name: string
  /** The same number for all programs of one trigger. */
  readonly trigger: number
  /** It may be started while a program of the same trigger runs. */
  readonly recurs: boolean
  /** The values of OLD and NEW: the columns of the table, then its rowid. null: there is no such row. */
  readonly oldRow: SourceId | null
  readonly newRow: SourceId | null
  /** The table or view that it is on. */
  readonly on: TriggerRow
  readonly when: BoundExpression | null
  readonly steps: readonly BoundStatement[]
  /** It may end with RAISE(IGNORE). */
  readonly ignores: boolean
  /** The action of a foreign key that it is; null: a trigger's. */
  readonly action: { readonly key: ForeignKey; readonly event: 'DELETE' | 'UPDATE' } | null
}

/** The rows of a table or view, as OLD and NEW show them. */
export interface TriggerRow {
  /** Place of the column that is the rowid; -1: none. */
  readonly rowidAlias: number
  readonly columnCount: number
  /** The columns that are read as REALs whatever they are given. */
  readonly reals: readonly boolean[]
}

export interface GeneratedColumn {
  readonly column: number
  readonly value: BoundExpression
}

export interface IndexTarget {
  readonly index: Index
  /** Values of the entry, in order, over `newRow`: key columns, then the rowid (or missing primary key columns). */
  readonly newKey: readonly BoundExpression[]
  readonly oldKey: readonly BoundExpression[]
  /** The partial index's condition over each row. */
  readonly newWhere: BoundExpression | null
  readonly oldWhere: BoundExpression | null
  /** The columns by which `UNIQUE constraint failed: …` names them, as `table.column`; null: an expression index. */
  readonly columnNames: readonly string[] | null
}

/** RETURNING: what is delivered of each row that is changed. */
export interface Returning {
  /** The source that the emitter delivers the answer under. */
  readonly source: SourceId
  readonly columns: readonly OutputColumn[]
  /** Over the row as it is stored (`newRow`); of DELETE over the row as it was (`oldRow`). */
  readonly expressions: readonly BoundExpression[]
}

export interface BoundInsert {
  readonly kind: 'insert'
  readonly target: WriteTarget
  readonly orAction: ConflictAction | null
  /** The rows to insert; delivered under `inputSource`. */
  readonly input: PlanNode
  readonly inputSource: SourceId
  /** The input reads the table that is written: its rows are collected first. */
  readonly materialize: boolean
  /** For each column of the table: the value over `inputSource` (defaults filled in). */
  readonly values: readonly BoundExpression[]
  /** The rowid to use over `inputSource`; null: choose one. (NULL value: choose one.) */
  readonly rowid: BoundExpression | null
  /** ON CONFLICT …, in order of writing; those that never answer a conflict are left out. */
  readonly upserts: readonly BoundUpsert[]
  /** The source of the row that could not be inserted: the columns of the table, then its rowid. null: no upsert. */
  readonly excluded: SourceId | null
  readonly returning: Returning | null
  readonly triggers: RowTriggers
  /** What foreign keys ask; null: nothing. */
  readonly keys: KeyChecks | null
  /** Of all triggers that may come to fire; those of a program's step are its statement's. */
  readonly programs: readonly TriggerProgram[]
}

/** ON CONFLICT … DO … */
export interface BoundUpsert {
  /** The index whose conflicts it answers, or the rowid; null: all that no clause before it answers. */
  readonly index: Index | 'rowid' | null
  /** null: DO NOTHING. */
  readonly update: UpsertUpdate | null
}

/** DO UPDATE: as in an update, over the row that is there (`oldRow`) and `excluded`. */
export interface UpsertUpdate {
  readonly values: readonly (BoundExpression | null)[]
  readonly rowid: BoundExpression | null
  readonly where: BoundExpression | null
  readonly triggers: RowTriggers
  readonly keys: KeyChecks | null
}

export interface BoundUpdate {
  readonly kind: 'update'
  readonly target: WriteTarget
  readonly orAction: ConflictAction | null
  /** Delivers the rows to change: the scan of `target.table` runs under source `target.oldRow`. With `joined`: what that says. */
  readonly input: PlanNode
  /** UPDATE … FROM; null: there is no FROM. */
  readonly joined: JoinedRows | null
  /** For each column: its new value over `oldRow`, or over the joined row; null: unchanged. */
  readonly values: readonly (BoundExpression | null)[]
  /** New rowid over `oldRow`; null: unchanged. */
  readonly rowid: BoundExpression | null
  /** The condition asks another query. */
  readonly asksQuery: boolean
  readonly returning: Returning | null
  readonly triggers: RowTriggers
  readonly keys: KeyChecks | null
  readonly programs: readonly TriggerProgram[]
}

/**
 * The rows that a FROM clause finds for an UPDATE: first what tells the row to be changed (its rowid or its primary key), then the new values. Of
 * several that mean the same row the last one counts.
 */
export interface JoinedRows {
  /** The source that the input delivers them under. */
  readonly source: SourceId
  /** Its one column counts them. */
  readonly count: SourceId
  readonly columnCount: number
}

export interface BoundDelete {
  readonly kind: 'delete'
  readonly target: WriteTarget
  /** As in update. null: every row, none of which is looked at (the truncate optimisation). */
  readonly input: PlanNode | null
  readonly returning: Returning | null
  readonly triggers: RowTriggers
  readonly keys: KeyChecks | null
  readonly programs: readonly TriggerProgram[]
}

/** INSERT, UPDATE or DELETE of a view: all that happens is that its INSTEAD OF triggers fire, once for each row. */
export interface BoundViewChange {
  readonly kind: 'view-change'
  readonly view: string
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE'
  /** Delivers the rows, `inputCount` columns under `inputSource`. All are there before the first trigger fires. */
  readonly input: PlanNode
  readonly inputSource: SourceId
  readonly inputCount: number
  /** The columns of the view, over `inputSource`; null: there is no such row. */
  readonly old: readonly BoundExpression[] | null
  readonly new: readonly BoundExpression[] | null
  /** The source of the row that RETURNING names. */
  readonly row: SourceId
  readonly on: TriggerRow
  readonly returning: Returning | null
  readonly triggers: RowTriggers
  readonly programs: readonly TriggerProgram[]
}

export interface BoundCreateTable {
  readonly kind: 'create-table'
  readonly database: string
  readonly name: string
  /** The text that goes into sqlite_schema. */
  readonly sql: string
  readonly withoutRowid: boolean
  readonly autoincrement: boolean
  /** Names of the indexes that its constraints make, in order: `sqlite_autoindex_t_1` … */
  readonly automaticIndexes: readonly string[]
  /** IF NOT EXISTS, and it exists: nothing to do. */
  readonly exists: boolean
  /** CREATE TABLE … AS SELECT. */
  readonly query: BoundQuery | null
  /** Of the columns that its rows become. */
  readonly affinities: readonly Affinity[]
}

export interface BoundCreateIndex {
  readonly kind: 'create-index'
  readonly name: string
  readonly sql: string
  readonly exists: boolean
  /** Over a schema in which the index already stands with root 0. */
  readonly index: Index
  readonly target: IndexTarget
  readonly table: Table
  /** The scan that fills it, and the source of its rows (= `target`'s newRow). */
  readonly input: PlanNode
  readonly source: SourceId
}

/** REINDEX: indexes that exist are emptied and filled anew. */
export interface BoundReindex {
  readonly kind: 'reindex'
  /** Whether any index was meant: SQLite begins to write then, and not before. */
  readonly writes: boolean
  readonly indexes: readonly IndexFill[]
}

/** An index and the scan that fills it. */
export interface IndexFill {
  readonly index: Index
  readonly target: IndexTarget
  readonly table: Table
  readonly input: PlanNode
  readonly source: SourceId
}

/** Only a row of sqlite_schema: a view is bound where it is used. */
export interface BoundCreateView {
  readonly kind: 'create-view'
  readonly database: string
  readonly name: string
  /** The text that goes into sqlite_schema. */
  readonly sql: string
  /** IF NOT EXISTS, and it exists: nothing to do. */
  readonly exists: boolean
}

/** Only a row of sqlite_schema: a trigger is bound where it fires. */
export interface BoundCreateTrigger {
  readonly kind: 'create-trigger'
  readonly database: string
  readonly name: string
  readonly table: string
  /** The text that goes into sqlite_schema. */
  readonly sql: string
  /** IF NOT EXISTS, and it exists: nothing to do. */
  readonly exists: boolean
}

/** Only a row of sqlite_schema: the module makes the table, here to see that it can, and then whenever the schema has been read. */
export interface BoundCreateVirtualTable {
  readonly kind: 'create-virtual-table'
  readonly database: string
  readonly name: string
  readonly definition: VirtualDefinition
  /** IF NOT EXISTS, and it exists: nothing to do. */
  readonly exists: boolean
}

export interface BoundDrop {
  readonly kind: 'drop'
  readonly what: 'table' | 'index' | 'view' | 'trigger'
  readonly database: string
  readonly name: string
  /** Temporary triggers on a table or view of another database, which go with it. */
  readonly temporaryTriggers: readonly string[]
  /** Roots to free, in the order in which to free them; empty: IF EXISTS, and nothing is there. */
  readonly roots: readonly number[]
  readonly exists: boolean
  /** DROP TABLE of a table with foreign keys, or that others refer to: its rows are deleted before; null: they are not looked at. */
  readonly emptied: BoundDelete | null
  /** They are deleted only where deferred keys are violated. */
  readonly emptiedIfViolated: boolean
  /** Those of the actions that this starts. */
  readonly programs: readonly TriggerProgram[]
}
