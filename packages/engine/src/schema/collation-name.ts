/** Collating sequences by name. */
import { SqliteError } from '../base/error.ts'
import { collationByName } from '../record/index.ts'

/**
 * Finds the collation of a name, or refuses it. In a stored definition a name may be one that another program
 * has defined: then it is kept, and refused where something has to be compared by it.
 */
export type CollationReader = (name: string) => string

/** The name in upper case, as everything that is bound carries it. */
export function checkCollation(name: string): string {
  const collation = collationByName(name)
  if (collation === null) {
    throw new SqliteError('SQLITE_ERROR_MISSING_COLLSEQ', `no such collation sequence: ${name}`)
  }
  return collation.name
}

export function storedCollation(name: string): string {
  return collationByName(name)?.name ?? name
}
