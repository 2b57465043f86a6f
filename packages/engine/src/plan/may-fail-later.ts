/**
 * Whether a statement may fail when it has changed something already: such a statement runs under a savepoint (`StatementScope`), and no
 * other does. (`sqlite3MultiWrite`, `sqlite3MayAbort`)
 */
import { cannotFail } from './cannot-fail.ts'
import { mayFailAfterReplacing, mayReplace } from './conflict-steps.ts'
import { firesAny } from './fires.ts'
import type { KeyChecks } from './key-checks.ts'
import { mayFailByKeys } from './key-violations.ts'
import { changesOneRow } from './one-row.ts'
import { programsMayFail } from './programs-may-fail.ts'
import type { BoundDelete, BoundInsert, BoundUpdate } from './statement.ts'

type RowChange = BoundInsert | BoundUpdate | BoundDelete

/** @param callsUsers it calls functions of the user's, which may fail anywhere, also between two changes of a row */
export function mayFailAfterChange(statement: RowChange, callsUsers: boolean): boolean {
  if (
    callsUsers ||
    (firesAny(statement) && programsMayFail(statement)) ||
    mayFailReturning(statement) ||
    keysMayFail(statement, callsUsers) ||
    conflictsMayFailLater(statement)
  )
    return true
  if (statement.kind === 'delete' && statement.input === null) {
    return statement.target.indexes.length > 0
  }
  return !changesOneRow(statement, callsUsers)
}

/** A row that stands in the way is deleted, and what comes then may fail. */
function conflictsMayFailLater(statement: RowChange): boolean {
  if (statement.kind === 'delete') return false
  const { orAction, target } = statement
  const upserts = statement.kind === 'insert' ? statement.upserts : []
  const policy = { orAction, upserts }
  if (mayFailAfterReplacing(target, policy)) return true
  // Foreign keys are asked after that.
  return statement.keys !== null && mayReplace(target, policy)
}

/** Violations of foreign keys are seen when rows have been changed. */
function keysMayFail(statement: RowChange, callsUsers: boolean): boolean {
  if (statement.target.victimKeys !== null) return true
  const mayFail = (keys: KeyChecks | null, isUpsert: boolean): boolean =>
    keys !== null && mayFailByKeys({ statement, keys, callsUsers, isInProgram: false, isUpsert })
  if (mayFail(statement.keys, false)) return true
  if (statement.kind !== 'insert') return false
  return statement.upserts.some(({ update }) => update !== null && mayFail(update.keys, true))
}

/** What is returned is evaluated when the row has been changed. */
function mayFailReturning({ returning }: RowChange): boolean {
  return returning !== null && !returning.expressions.every(cannotFail)
}
