/**
 * Whether a statement may fail when it has changed something already: such a statement runs under a savepoint (`StatementScope`), and no
 * other does. (`sqlite3MultiWrite`, `sqlite3MayAbort`)
 */
import { primaryIndex } from '../schema/index.ts'
import { cannotFail } from './cannot-fail.ts'
import { mayFailAfterReplacing } from './conflict-steps.ts'
import { firesAny } from './fires.ts'
import type { PlanNode } from './node.ts'
import type { BoundDelete, BoundInsert, BoundUpdate } from './statement.ts'

type RowChange = BoundInsert | BoundUpdate | BoundDelete

/** @param callsUsers it calls functions of the user's, which may fail anywhere, also between two changes of a row */
export function mayFailAfterChange(statement: RowChange, callsUsers: boolean): boolean {
  if (
    callsUsers ||
    firesAny(statement) ||
    mayFailReturning(statement) ||
    conflictsMayFailLater(statement)
  )
    return true
  if (statement.kind === 'delete' && statement.input === null) {
    return statement.target.indexes.length > 0
  }
  return !changesOneRow(statement, callsUsers)
}

/** It changes one row at most. A function of its condition may change what it has found; triggers come when it has been found. */
export function changesOneRow(statement: RowChange, callsUsers: boolean): boolean {
  if (statement.kind === 'insert') return deliversOneRow(statement.input)
  if (statement.input === null || callsUsers) return false
  return reachesOneRow(statement.input)
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

/** The input looks a row up by its identity, and tests no more than that row. */
function reachesOneRow(input: PlanNode): boolean {
  if (input.kind === 'filter') return reachesOneRow(input.input)
  if (input.kind !== 'scan') return false
  const { access, table } = input
  if (access.kind === 'rowid') return true
  if (access.kind !== 'index' || access.index !== primaryIndex(table)) return false
  return access.in === null && access.equal.length === access.index.columns.length
}

/** A row that stands in the way is deleted, and what comes then may fail. */
function conflictsMayFailLater(statement: RowChange): boolean {
  if (statement.kind === 'delete') return false
  const { orAction, target } = statement
  const upserts = statement.kind === 'insert' ? statement.upserts : []
  return mayFailAfterReplacing(target, { orAction, upserts })
}

/** What is returned is evaluated when the row has been changed. */
function mayFailReturning({ returning }: RowChange): boolean {
  return returning !== null && !returning.expressions.every(cannotFail)
}
