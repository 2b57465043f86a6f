/**
 * Virtual tables: tables whose rows come from code. A *module* makes them, by CREATE VIRTUAL TABLE or under its own name, without having been
 * created: that is what a table-valued function is. (The Virtual Table Mechanism Of SQLite §1, §1.3.1 Eponymous Virtual Tables, §1.3.2)
 *
 * What a caller writes between the parentheses of `f(a, b)` are constraints on the hidden columns, `hidden0 = a AND hidden1 = b`. The planner
 * shows a table all constraints on its columns and asks for the best way to answer (`bestIndex`); the emitted code then runs through
 * the rows of a cursor, which it opens when the program is linked and uses again for each run. Nothing is allocated for a row but
 * what the cursor allocates itself.
 */
import type { TextEncoding, Value } from '../record/index.ts'
import type { Pages } from '../storage/index.ts'

/** What virtual tables are made by. */
export interface Module {
  readonly name: string
  /** Makes the table that goes by the module's own name, when it is first asked for; null: there is none. */
  readonly eponymous: (() => VirtualTable) | null
  /** Makes the table of a CREATE VIRTUAL TABLE; null: to that statement there is no such module. */
  readonly create: ((definition: VirtualDefinition) => VirtualTable) | null
}

/** A CREATE VIRTUAL TABLE, as it stands in the schema. */
export interface VirtualDefinition {
  readonly name: string
  readonly database: string
  readonly module: string
  /** What stands between the commas of `USING module(…)`. */
  readonly args: readonly string[]
  readonly sql: string
}

export interface VirtualColumn {
  readonly name: string
  /** As declared; empty when there was none. It gives the column its affinity. */
  readonly type: string
  /** Not among `*`. The hidden columns of an eponymous table are the parameters of the function, in this order. */
  readonly hidden: boolean
  /** What each of its values is, where all of them are: the emitted code need not ask. */
  readonly values?: 'integer' | 'text'
}

export interface VirtualTable {
  readonly columns: readonly VirtualColumn[]
  /** Its column `value` is JSON wherever its column `type` says `array` or `object`: their places. */
  readonly json?: { readonly value: number; readonly type: number }
  /** Not for views and triggers: only who writes a statement may name it. (SQLITE_VTAB_DIRECTONLY) */
  readonly isDirectOnly?: boolean
  /** Its cursors run code of the user's. */
  readonly isUsers?: boolean
  /** Its cursors have `beginBytes`. */
  readonly takesBytes?: boolean
  /**
   * How a scan would be answered; null: not with what is usable, so another order of loops is tried.
   * @throws SqliteError to refuse the statement
   */
  bestIndex(question: AccessQuestion): AccessAnswer | null
  /** A cursor for one place in a program. */
  open(context: ModuleContext): VirtualCursor
}

/** The database in which the table is: main, for those that were not created. */
export interface ModuleContext {
  readonly pages: Pages
  readonly encoding: TextEncoding
}

export type ConstraintOperator =
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'IS'
  | 'IS NOT'
  | 'IS NULL'
  | 'IS NOT NULL'
  | 'LIKE'
  | 'GLOB'
  | 'REGEXP'
  | 'MATCH'

/** A condition of the form `column operator value`. A column that is in a list or a query comes as `=`. */
export interface Constraint {
  /** -1: the rowid. */
  readonly column: number
  readonly operator: ConstraintOperator
  /** The value is known when the scan begins. What is not usable is only shown. */
  readonly usable: boolean
  readonly collation: string
}

/** What a scan has to answer. (`sqlite3_index_info`) */
export interface AccessQuestion {
  readonly constraints: readonly Constraint[]
  /** The order that is wanted, where all of it is about columns of this table; else empty. */
  readonly orderBy: readonly { readonly column: number; readonly descending: boolean }[]
  /** The columns that are read, -1 for the rowid; null: perhaps all. */
  readonly columnsUsed: ReadonlySet<number> | null
}

export interface AccessAnswer {
  /** Numbers of the constraints whose values the cursor gets, in the order in which it gets them. */
  readonly args: readonly number[]
  /** Those of them that the cursor's rows satisfy for certain. All others are tested on each row. */
  readonly consumed: readonly number[]
  /** Says to the cursor what was agreed. */
  readonly plan: number
  readonly text?: string
  /** EXPLAIN QUERY PLAN shows `plan` as a hexadecimal number. (SQLITE_INDEX_SCAN_HEX) */
  readonly isHex?: boolean
  /** In steps of a cursor. */
  readonly cost: number
  readonly rows: number
  /** The rows come as `orderBy` wants them. */
  readonly isOrdered?: boolean
}

/** Runs through the rows of one scan after the other. */
export interface VirtualCursor {
  /** A scan begins. @returns whether there is a first row, on which the cursor then stands */
  begin(plan: number, text: string, args: readonly Value[]): boolean
  /** As `begin`, where the first argument is a text of UTF-8 that is still in its page (`takesBytes`); `args` are those behind it. */
  beginBytes?(
    plan: number,
    text: string,
    data: Uint8Array,
    offset: number,
    size: number,
    args: readonly Value[],
  ): boolean
  /** @returns whether there is another row */
  next(): boolean
  /** The value of a column, hidden ones counted. Asked for at most once for a row, or not at all. */
  column(place: number): Value
  rowid(): number | bigint
  /** The scan is over, or given up. */
  close(): void
}
