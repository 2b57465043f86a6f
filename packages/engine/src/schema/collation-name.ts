/** Collating sequences by name. */
import { SqliteError } from '../base/error.ts'
import { collationByName } from '../record/index.ts'

/** The name in upper case, as everything that is bound carries it. */
export function checkCollation(name: string): string {
  const collation = collationByName(name)
  if (collation === null) {
    throw new SqliteError('SQLITE_ERROR_MISSING_COLLSEQ', `no such collation sequence: ${name}`)
  }
  return collation.name
}
