/**
 * What foreign keys ask where a row of a table is stored, changed or deleted. (SQLite Foreign Key Support; `sqlite3FkCheck`)
 *
 * A violation is a row of a child table whose parent is not there. Violations are counted, for what a statement does later may mend
 * them: those of immediate keys to the end of the statement, those of deferred ones to the end of the transaction. Where nothing can
 * mend the first one, it ends the statement at once (`key-violations.ts`), which then needs neither a counter nor a savepoint for it.
 */
import type { ForeignKey, Index, Table } from '../schema/index.ts'
import type { PlanNode } from './node.ts'

/** Of one statement, or one clause of it, that changes rows of a table. */
export interface KeyChecks {
  /** The keys of the table itself. */
  readonly parents: readonly ParentCheck[]
  /** The keys of tables that refer to this one. */
  readonly children: readonly ChildCheck[]
  /** What follows when the row has been changed, in SQLite's order. */
  readonly actions: readonly KeyAction[]
  /** An UPDATE takes the row out before it looks for parents and children of the new one. */
  readonly takesOut: boolean
  /** PRAGMA defer_foreign_keys: all keys are as deferred. */
  readonly defers: boolean
}

/** Whether the row that a row refers to is there. */
export interface ParentCheck {
  readonly key: ForeignKey
  /** null: it does not exist, and so has no rows. Only DROP TABLE goes on then. */
  readonly parent: Table | null
  /** Whose entries are looked at; null: the parent's rowid. */
  readonly index: Index | null
  /** The columns of the child, in the order of the index. */
  readonly columns: readonly number[]
  /** The table refers to itself. */
  readonly isSelf: boolean
  /** Both sides are compared as they are looked up. */
  readonly isPlain: boolean
}

/** How many rows refer to a row. Those that are the row itself are left out where it is about to go. */
export interface ChildCheck {
  readonly key: ForeignKey
  readonly isPlain: boolean
  /** To the row as it was, over `oldRow`; null: it is not asked. */
  readonly old: PlanNode | null
  /** To the row as it is to be, over `newRow`. */
  readonly new: PlanNode | null
}

export type KeyAction =
  /** CASCADE, SET NULL, SET DEFAULT: a program, by its place. */
  | { readonly kind: 'program'; readonly key: ForeignKey; readonly place: number }
  /** RESTRICT: any row that is found ends the statement. */
  | { readonly kind: 'restrict'; readonly key: ForeignKey; readonly rows: PlanNode }
