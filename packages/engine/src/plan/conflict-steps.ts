/**
 * Where a new row may meet another one, and in which order SQLite looks there: the rowid, then the indexes, the newest first; those
 * that were declared with REPLACE after the others; a rowid that was, last of all. The tree of a WITHOUT ROWID table is the index of
 * its primary key. (`sqlite3GenerateConstraintChecks`)
 *
 * Clauses of an UPSERT change the order: their indexes come first, as the clauses are written, and the rowid behind those that come
 * before its own clause.
 */
import { newestFirst } from '../schema/index.ts'
import type { Index } from '../schema/index.ts'
import type { ConflictAction } from '../sql/index.ts'
import { cannotFail } from './cannot-fail.ts'
import type { BoundUpsert, IndexTarget, WriteTarget } from './statement.ts'

/** What a statement says about conflicts. */
export interface ConflictPolicy {
  /** OR … */
  readonly orAction: ConflictAction | null
  /** ON CONFLICT … DO …: the first that concerns a conflict answers it. */
  readonly upserts: readonly BoundUpsert[]
}

/** The rowid, or an index, and what a conflict does. */
export interface Step {
  /** null: the rowid. */
  readonly index: IndexTarget | null
  /** An UPSERT that updates the row that is there; null: there are no conflicts in it. */
  readonly action: ConflictAction | BoundUpsert | null
}

export function stepsOf(target: WriteTarget, policy: ConflictPolicy): readonly Step[] {
  const { table, primary } = target
  const { orAction, upserts } = policy
  const steps = indexesInOrder(target, upserts).map((index): Step => {
    const { unique, onConflict } = index.index
    return { index, action: unique ? answerTo(index.index, onConflict, policy) : null }
  })
  if (primary !== null) return steps
  const rowid: Step = { index: null, action: answerTo('rowid', table.rowidConflict, policy) }
  const [first] = upserts
  if (first !== undefined && !concerns(first, 'rowid')) {
    const before = placeOfRowid(upserts)
    // SQLite replaces here, and where an index then fails or is passed over, and nothing is taken back, the old row has lost its entries.
    const mayEnd = steps.slice(before).some(({ action }) => action !== null && !undoes(action))
    if (rowid.action === 'REPLACE' && mayEnd) return [...steps, rowid]
    return [...steps.slice(0, before), rowid, ...steps.slice(before)]
  }
  const isLast = rowid.action === 'REPLACE' && orAction !== 'REPLACE'
  return isLast ? [...steps, rowid] : [rowid, ...steps]
}

/** Nothing of the row is kept, or all of it. */
function undoes(action: ConflictAction | BoundUpsert): boolean {
  return action === 'ABORT' || action === 'ROLLBACK' || action === 'REPLACE'
}

function answerTo(
  place: Index | 'rowid',
  own: ConflictAction,
  { orAction, upserts }: ConflictPolicy,
): Step['action'] {
  const upsert = upserts.find((clause) => concerns(clause, place))
  if (upsert === undefined) return orAction ?? own
  return upsert.update === null ? 'IGNORE' : upsert
}

function concerns({ index }: BoundUpsert, place: Index | 'rowid'): boolean {
  return index === null || index === place
}

function indexesInOrder(
  { table, indexes, primary }: WriteTarget,
  upserts: readonly BoundUpsert[],
): readonly IndexTarget[] {
  const targetOf = (index: Index): IndexTarget =>
    index === primary?.index ? primary : indexes.find((target) => target.index === index)!
  const named = upserts.flatMap(({ index }) => (typeof index === 'object' && index ? [index] : []))
  return [...new Set([...named, ...newestFirst(table.indexes)])].map(targetOf)
}

/** How many indexes come before the rowid: those of the clauses before the one that concerns it. */
function placeOfRowid(upserts: readonly BoundUpsert[]): number {
  const place = upserts.findIndex((clause) => concerns(clause, 'rowid'))
  return place < 0 ? upserts.length : place
}

/** A row that stands in the way may be deleted. */
export function mayReplace(target: WriteTarget, policy: ConflictPolicy): boolean {
  return stepsOf(target, policy).some(({ action }) => action === 'REPLACE')
}

/** Something may fail after a row that stands in the way has been deleted. */
export function mayFailAfterReplacing(target: WriteTarget, policy: ConflictPolicy): boolean {
  const steps = stepsOf(target, policy)
  const first = steps.findIndex(({ action }) => action === 'REPLACE')
  if (first < 0) return false
  for (const value of target.virtual?.values() ?? []) if (!cannotFail(value)) return true
  const isSafe = ({ oldKey, oldWhere }: IndexTarget): boolean =>
    oldKey.every(cannotFail) && (oldWhere === null || cannotFail(oldWhere))
  const isAnswered = ({ action }: Step): boolean => action === null || action === 'REPLACE'
  return !steps.slice(first).every(isAnswered) || !target.indexes.every(isSafe)
}
