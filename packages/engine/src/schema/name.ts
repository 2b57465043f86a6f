/**
 * Names in the schema. SQLite folds the 26 letters of ASCII and no others, so `É` and `é` are two names.
 * (SQLite Keywords; `sqlite3StrICmp`)
 */
import { sqlError } from '../base/error.ts'

const upperCase = /[A-Z]/
const upperCaseRun = /[A-Z]+/g

/** The name under which the maps of a `Schema` keep it. */
export function foldName(name: string): string {
  return upperCase.test(name) ? name.replace(upperCaseRun, (run) => run.toLowerCase()) : name
}

export function sameName(left: string, right: string): boolean {
  return left === right || (left.length === right.length && foldName(left) === foldName(right))
}

const rowidNames: ReadonlySet<string> = new Set(['rowid', 'oid', '_rowid_'])

/** Whether a folded name means the rowid where no column is called so. */
export function isRowidName(folded: string): boolean {
  return rowidNames.has(folded)
}

/** Names that begin with `sqlite_` belong to SQLite. */
export function isReservedName(name: string): boolean {
  return name.length > 7 && foldName(name.slice(0, 7)) === 'sqlite_'
}

/** Refuses to create an object under a name that belongs to SQLite. */
export function checkObjectName(name: string): void {
  if (isReservedName(name)) throw sqlError(`object name reserved for internal use: ${name}`)
}
