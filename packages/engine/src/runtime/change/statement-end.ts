/** The order in which a statement changes rows, and how it ends when it fails. */
import { SqliteError } from '../../base/error.ts'
import type { Rowid } from './row-writer.ts'
import type { ExecutionContext } from '../context.ts'

/** Rowids in ascending order: in which SQLite changes rows that it has collected, and the pages lie. */
export function ascendingRowids(rowids: Rowid[]): Rowid[] {
  for (let i = 1; i < rowids.length; i++) {
    if (rowids[i]! < rowids[i - 1]!) return rowids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }
  return rowids
}

/** Ends the program of a trigger, and the row that has started it, without an error: RAISE(IGNORE). It is thrown, and never shown. */
export const ignoredRow: Error = Object.freeze(new Error('RAISE(IGNORE)'))

/** An error of SQL that is thrown later, when the rows before it have been changed. Any other is thrown at once. */
export function keptError(error: unknown): Error {
  if (error instanceof SqliteError || error === ignoredRow) return error as Error
  throw error
}

/** How a statement that fails ends. */
export type Failure = 'ABORT' | 'FAIL' | 'ROLLBACK'

/** How the statement ends that has started the program of a trigger in which an error was thrown, where that is not ABORT. */
const failures = new WeakMap<Error, Failure>()

/** The error, to be thrown in the program of a trigger. */
export function failingAs<Thrown extends Error>(error: Thrown, failure: Failure): Thrown {
  failures.set(error, failure)
  return error
}

/** How a statement ends that has started programs of triggers. `own`: what is said by the statement itself. */
export function failureOf(error: unknown, own: Failure): Failure {
  const failure = error instanceof Error ? failures.get(error) : undefined
  if (failure === undefined) return own
  // The caller of a function of the user's may throw it again.
  failures.delete(error as Error)
  return failure
}

/**
 * Ends a statement that failed. `changed` says how it began: under a `savepoint`, or without one, and then whether it has
 * changed something, which can only be taken back with the whole transaction.
 * (The ON CONFLICT Clause; `sqlite3VdbeHalt`)
 */
export function endFailed(
  context: ExecutionContext,
  failure: Failure,
  changed: 'savepoint' | boolean,
  changes: number,
): void {
  switch (failure) {
    case 'ABORT':
      if (changed === 'savepoint') context.rollbackStatement()
      else if (changed) context.rollbackTransaction()
      context.changes = 0
      return
    case 'FAIL':
      if (changed === 'savepoint') context.endStatement()
      context.keepChanges()
      context.changes = changes
      context.totalChanges += changes
      return
    case 'ROLLBACK':
      context.rollbackTransaction()
      context.changes = 0
      return
    default:
      failure satisfies never
  }
}
