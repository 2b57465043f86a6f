/**
 * What page and server say to each other. Types only: both are compiled against them, and nothing of them runs.
 *
 * Each request is a POST of JSON to `api/<name>` below the token's path, and answers JSON, or `Failure` with a status from 400 on. `api/sql` answers lines of
 * `SqlEvent` while the statements run; `api/live` is a stream of server-sent events, each a `LiveState`.
 */
import type { DatabaseStatus } from '../../engine/src/index.ts'

/**
 * A value as JSON carries it, such that its type survives the way:
 *
 * | value | is |
 * |---|---|
 * | NULL | `null` |
 * | INTEGER within ±(2^53 - 1) | a number |
 * | another INTEGER | `['i', digits]` |
 * | REAL | `['r', text]`, as JavaScript writes it, `-0` and `Infinity` among them |
 * | TEXT | a string |
 * | TEXT that is too long to be shown | `['t', beginning, size in bytes]` |
 * | BLOB | `['b', its beginning in Base64, size in bytes]` |
 */
export type WireValue =
  | null
  | number
  | string
  | readonly ['i', string]
  | readonly ['r', string]
  | readonly ['t', string, number]
  | readonly ['b', string, number]

/** An error as the page shows it. */
export interface Failure {
  /** SQLite's code; null: the studio's own sentence. */
  readonly code: string | null
  readonly message: string
  /** `conflict`: the row is no longer what was shown. `cancelled`: the user wanted it so. */
  readonly kind: 'error' | 'conflict' | 'cancelled'
}

export interface DatabaseInfo {
  readonly path: string
  readonly name: string
  readonly readonly: boolean
  readonly mode: DatabaseStatus['mode']
  readonly sqliteVersion: string
  readonly encoding: string
  readonly pageSize: number
  readonly tables: readonly TableSummary[]
  /** Names of SQL functions, for completion. */
  readonly functions: readonly string[]
}

export interface TableSummary {
  readonly name: string
  readonly kind: 'table' | 'view' | 'virtual' | 'shadow'
  /** One of SQLite's own. */
  readonly isSystem: boolean
  readonly columnNames: readonly string[]
}

export interface ColumnDetails {
  readonly name: string
  /** As declared; empty: none. */
  readonly type: string
  readonly notNull: boolean
  /** An expression; null: none. */
  readonly defaultValue: string | null
  /** Its place in the primary key, from 1; 0: it is not in it. */
  readonly keyPlace: number
  readonly generated: 'virtual' | 'stored' | null
  /** Why it cannot be edited; null: it can. */
  readonly fixed: string | null
}

export interface IndexDetails {
  readonly name: string
  readonly isUnique: boolean
  readonly isPartial: boolean
  /** `c`: by CREATE INDEX, `u`: for UNIQUE, `pk`: for PRIMARY KEY. */
  readonly origin: string
  readonly columns: readonly string[]
  readonly sql: string | null
}

export interface ForeignKeyDetails {
  readonly from: readonly string[]
  readonly table: string
  readonly to: readonly string[]
  readonly onUpdate: string
  readonly onDelete: string
}

export interface TableDetails {
  readonly name: string
  readonly kind: TableSummary['kind']
  readonly sql: string
  readonly isStrict: boolean
  readonly isWithoutRowid: boolean
  readonly columns: readonly ColumnDetails[]
  readonly indexes: readonly IndexDetails[]
  readonly triggers: readonly { readonly name: string; readonly sql: string }[]
  readonly foreignKeys: readonly ForeignKeyDetails[]
  /** How one of its rows is told from the others. */
  readonly identity: 'rowid' | 'key' | 'values' | 'none'
  readonly can: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /** Why nothing of it can be edited; null: something can. */
  readonly fixed: string | null
}

export type FilterOperator =
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'contains'
  | 'begins with'
  | 'is null'
  | 'is not null'

export interface Filter {
  readonly column: string
  readonly operator: FilterOperator
  readonly value: string
}

export interface Order {
  readonly column: string
  readonly isDescending: boolean
}

/** A place between rows: that of one row, in the order that was asked for. */
export interface Anchor {
  /** Of the column that rows are ordered by. */
  readonly sort: WireValue
  readonly key: readonly WireValue[]
}

export interface RowsRequest {
  readonly table: string
  readonly order: Order | null
  readonly filters: readonly Filter[]
  /** Rows behind the anchor, or before it: also these come in the order that was asked for. */
  readonly direction: 'after' | 'before'
  /** Null: the beginning or, before, the end. */
  readonly anchor: Anchor | null
  /** Rows that are left out next to the anchor. */
  readonly skip: number
  readonly limit: number
}

export interface Row {
  /** What tells it from the others; empty: nothing does. */
  readonly key: readonly WireValue[]
  /** What its values were, in short: an edit says it again, and is refused where they are others. */
  readonly print: string
  readonly values: readonly WireValue[]
}

export interface RowsAnswer {
  readonly rows: readonly Row[]
  /** Null: no keyset paging from there. */
  readonly first: Anchor | null
  readonly last: Anchor | null
}

export interface CountRequest {
  readonly table: string
  readonly filters: readonly Filter[]
}

export interface CountAnswer {
  readonly count: number
}

export interface ValueRequest {
  readonly table: string
  readonly column: string
  readonly key: readonly WireValue[]
}

export interface ValueAnswer {
  /** Whole. */
  readonly value: WireValue
  /** What the whole value was, in short. */
  readonly print: string
}

export interface RowPlace {
  readonly key: readonly WireValue[]
  readonly print: string
}

export type EditRequest =
  | {
      readonly action: 'update'
      readonly table: string
      readonly row: RowPlace
      readonly column: string
      readonly value: WireValue
      /** Of a value that was shown in part: what the whole was. */
      readonly valuePrint: string | null
    }
  | {
      readonly action: 'insert'
      readonly table: string
      readonly values: Readonly<Record<string, WireValue>>
    }
  | { readonly action: 'delete'; readonly table: string; readonly rows: readonly RowPlace[] }

export interface EditAnswer {
  /** The row as it now is; null: it is gone, or cannot be found again. */
  readonly row: Row | null
  readonly changes: number
}

export interface SqlRequest {
  /** Of this page: its statements share a connection, and so a transaction. */
  readonly session: string
  readonly sql: string
  /** Rows of each statement at most. */
  readonly limit: number
}

export interface ResultColumn {
  readonly name: string
  readonly type: string | null
  readonly table: string | null
}

export type SqlEvent =
  /** A statement begins: from `start` to `end` of the text. */
  | {
      readonly kind: 'statement'
      readonly index: number
      readonly start: number
      readonly end: number
    }
  | { readonly kind: 'columns'; readonly columns: readonly ResultColumn[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly WireValue[])[] }
  /** It has ended. `changes`: rows that it changed; null: not known of one that returns rows. */
  | {
      readonly kind: 'end'
      readonly rows: number
      readonly changes: number | null
      readonly ms: number
      readonly isCut: boolean
    }
  /** It has failed; `from` and `to` are where in the text. */
  | {
      readonly kind: 'error'
      readonly failure: Failure
      readonly from: number
      readonly to: number
      readonly ms: number
    }
  /** The text is through. */
  | { readonly kind: 'done'; readonly inTransaction: boolean; readonly ms: number }

export interface SessionRequest {
  readonly session: string
}

export interface CancelAnswer {
  /** False: what runs cannot be stopped, or nothing runs. */
  readonly isStopped: boolean
}

export interface PlanRequest {
  readonly session: string
  readonly sql: string
}

export interface PlanNode {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

export interface CodeLine {
  readonly text: string
  readonly depth: number
  readonly kind: string
}

export interface PlannedStatement {
  readonly sql: string
  readonly nodes: readonly PlanNode[]
  /** What the statement is compiled to. */
  readonly code: readonly CodeLine[]
}

export interface PlanAnswer {
  readonly statements: readonly PlannedStatement[]
  /** Why the statement behind these has no plan; null: there is none. */
  readonly failure:
    | (Failure & { readonly from: number; readonly to: number; readonly sql: string })
    | null
}

export interface LiveState {
  readonly status: DatabaseStatus
  /** Changes with each commit. */
  readonly dataVersion: number
  /** Changes with the schema. */
  readonly schemaVersion: number
}
