/** What CREATE says of the object that it makes, and what SQLite answers where that cannot be: it shows names as they are written. */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { writtenDatabase, writtenWord } from '../../sql/index.ts'
import type { Binder } from './binder.ts'

/** What CREATE says of the object that it makes. */
export interface NewObject {
  readonly schema: string | null
  readonly name: string
  readonly ifNotExists: boolean
  readonly start: number
  /** Where the name begins in the text. */
  readonly nameStart: number
}

/** The database that was named is not there. */
export function unknownDatabase(b: Binder, { start, nameStart }: NewObject): SqliteError {
  return sqlError(`unknown database ${writtenDatabase(b.text, start, nameStart)}`)
}

/** SQLite shows the name as it was written. */
export function alreadyExists(b: Binder, what: string, { nameStart }: NewObject): SqliteError {
  return sqlError(`${what} ${writtenWord(b.text, nameStart)} already exists`)
}
