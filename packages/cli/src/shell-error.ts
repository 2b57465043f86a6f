/** Errors of functions that the shell adds to SQL. */
import { SqliteError } from '../../engine/src/index.ts'

/** A mistake in a call of such a function. */
export function sqlError(message: string): SqliteError {
  return new SqliteError(message, 'SQLITE_ERROR')
}
