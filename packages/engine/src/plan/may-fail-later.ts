/**
 * Whether a statement may fail when it has changed something already: such a statement runs under a savepoint (`StatementScope`), and no
 * other does. (`sqlite3MultiWrite`, `sqlite3MayAbort`)
 */
import { cannotFail } from './cannot-fail.ts'
import type { PlanNode } from './node.ts'
import type { BoundDelete, BoundInsert, BoundUpdate, IndexTarget } from './statement.ts'

type RowChange = BoundInsert | BoundUpdate | BoundDelete

/** @param callsUsers it calls functions of the user's, which may fail anywhere, also between two changes of a row */
export function mayFailAfterChange(statement: RowChange, callsUsers: boolean): boolean {
  if (callsUsers || mayFailReturning(statement) || mayFailAfterReplacing(statement)) return true
  if (statement.kind === 'delete' && statement.input === null) {
    return statement.target.indexes.length > 0
  }
  return !changesOneRow(statement, callsUsers)
}

/** It changes one row at most. A function of its condition may change what it has found. */
export function changesOneRow(statement: RowChange, callsUsers: boolean): boolean {
  if (statement.kind === 'insert') return deliversOneRow(statement.input)
  return statement.input !== null && !callsUsers && reachesOneRow(statement.input)
}

/** One row at most. */
function deliversOneRow(input: PlanNode): boolean {
  switch (input.kind) {
    case 'single-row':
      return true
    case 'values':
      return input.rows.length === 1
    case 'project':
    case 'filter':
      return deliversOneRow(input.input)
    default:
      return false
  }
}

/** The input looks a rowid up, and tests no more than that row. */
function reachesOneRow(input: PlanNode): boolean {
  if (input.kind === 'filter') return reachesOneRow(input.input)
  return input.kind === 'scan' && input.access.kind === 'rowid'
}

/** Rows that stand in the way are deleted, and what their index entries are is found out then. */
function mayFailAfterReplacing(statement: RowChange): boolean {
  if (statement.kind === 'delete' || !replaces(statement)) return false
  const isSafe = ({ oldKey, oldWhere }: IndexTarget): boolean =>
    oldKey.every(cannotFail) && (oldWhere === null || cannotFail(oldWhere))
  return !statement.target.indexes.every(isSafe)
}

/** Some conflict may be answered by deleting rows. */
function replaces({ orAction, target }: BoundInsert | BoundUpdate): boolean {
  if (orAction !== null) return orAction === 'REPLACE'
  const { table, indexes } = target
  return (
    table.rowidConflict === 'REPLACE' ||
    indexes.some(({ index }) => index.unique && index.onConflict === 'REPLACE')
  )
}

/** What is returned is evaluated when the row has been changed. */
function mayFailReturning({ returning }: RowChange): boolean {
  return returning !== null && !returning.expressions.every(cannotFail)
}
