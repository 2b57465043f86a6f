/** Collating sequences by name. */
import { SqliteError } from '../base/error.ts'
import { builtInCollations } from '../record/index.ts'
import type { Collations } from '../record/index.ts'

/**
 * Finds the collation of a name, or refuses it. In a stored definition a name may be one that another program
 * has defined: then it is kept, and refused where something has to be compared by it.
 */
export type CollationReader = (name: string) => string

export function noSuchCollation(name: string): SqliteError {
  return new SqliteError(`no such collation sequence: ${name}`, 'SQLITE_ERROR_MISSING_COLLSEQ')
}

/** The name in upper case, as everything that is bound carries it. @throws where there is none of that name */
export function checkedCollation(collations: Collations, name: string): string {
  const collation = collations.collation(name)
  if (collation === null) throw noSuchCollation(name)
  return collation.name
}

/** Refuses what is not built in. */
export const readBuiltIn: CollationReader = (name) => checkedCollation(builtInCollations, name)

/** Keeps what is not known. */
export function readStored(collations: Collations): CollationReader {
  return (name) => collations.collation(name)?.name ?? name
}
