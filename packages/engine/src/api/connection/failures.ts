/** What a failure of a statement means for its connection, and what a connection refuses. */
import { SqliteError } from '../../base/error.ts'
import { callersMistake } from '../../base/foreign-error.ts'

export function isBusy(): TypeError {
  return callersMistake(new TypeError('This database connection is busy executing a query'))
}

export function stillActive(what: string): SqliteError {
  return new SqliteError(`unable to delete/modify ${what} due to active statements`, 'SQLITE_BUSY')
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_NOMEM'
}

export function isLostSnapshot(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_BUSY_SNAPSHOT'
}

/**
 * Errors after which the whole transaction is taken back. (ROLLBACK, "Response To Errors Within A Transaction") What is no
 * answer of the database, and the end of stack or memory, may have stopped a change half-way: only a savepoint tells that
 * nothing of it is left.
 */
export function endsTransaction(error: unknown, mayBeHalfWay: boolean): boolean {
  if (!(error instanceof SqliteError) || isOutOfMemory(error)) return mayBeHalfWay
  return (
    error.code === 'SQLITE_FULL' ||
    error.code === 'SQLITE_INTERRUPT' ||
    error.code.startsWith('SQLITE_IOERR')
  )
}

/** A statement was given up in the middle of its changes. */
export function givenUp(): SqliteError {
  return new SqliteError('query aborted', 'SQLITE_ABORT')
}

export function abortedByRollback(): SqliteError {
  return new SqliteError('abort due to ROLLBACK', 'SQLITE_ABORT_ROLLBACK')
}

/** Two statements in one text. */
export function tooManyStatements(): RangeError {
  return callersMistake(new RangeError('The supplied SQL string contains more than one statement'))
}

/** Nothing but space and comments. */
export function noStatement(): RangeError {
  return callersMistake(new RangeError('The supplied SQL string contains no statements'))
}
