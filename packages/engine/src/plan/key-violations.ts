/** When a violation of a foreign key is answered, and which are counted at all. */
import { cannotFail } from './cannot-fail.ts'
import { firesAny } from './fires.ts'
import type { KeyChecks } from './key-checks.ts'
import { changesOneRow } from './one-row.ts'
import type { ForeignKey } from '../schema/index.ts'
import type {
  BoundDelete,
  BoundInsert,
  BoundStatement,
  BoundUpdate,
  TriggerProgram,
} from './statement.ts'

/** The counter of a key's violations is one of the statement. */
export function isImmediate({ key }: { readonly key: ForeignKey }, { defers }: KeyChecks): boolean {
  return !key.reference.deferred && !defers
}

type StatementWithPrograms = Extract<
  BoundStatement,
  { readonly programs: readonly TriggerProgram[] }
>

/** Where rows are changed: by a statement, or by a clause of it. */
export interface KeySite {
  readonly statement: BoundInsert | BoundUpdate | BoundDelete
  readonly keys: KeyChecks
  readonly callsUsers: boolean
  /** It is a step in the program of a trigger. */
  readonly isInProgram: boolean
  /** DO UPDATE of an UPSERT. */
  readonly isUpsert: boolean
}

/** One row is changed, and nothing follows that could mend a violation, or fail before SQLite would see it. */
export function endsAtViolation({
  statement,
  keys,
  callsUsers,
  isInProgram,
  isUpsert,
}: KeySite): boolean {
  if (isInProgram || keys.defers || firesAny(statement)) return false
  if (!changesOneRow(statement, callsUsers)) return false
  const { returning } = statement
  if (statement.kind === 'insert' && !isUpsert) {
    // Else SQLite counts, and the new row may make up for one that has long been without a parent.
    const { target, upserts } = statement
    const isPlain = upserts.every(({ update }) => update === null || update.keys === null)
    return returning === null && target.victimKeys === null && isPlain
  }
  if (returning !== null && !returning.expressions.every(cannotFail)) return false
  if (keys.parents.some(({ isSelf }) => isSelf)) return false
  return statement.kind === 'delete' || keys.children.length === 0
}

/** A violation may end the statement, or a clause of it, when it has changed something. */
export function mayFailByKeys(site: KeySite): boolean {
  const { keys } = site
  const { parents, children, actions } = keys
  if (endsAtViolation(site)) return false
  const some = [...parents, ...children].some((check) => isImmediate(check, keys))
  return some || actions.length > 0
}

/**
 * Every violation that the statement makes it mends itself: it deletes rows, and what follows are only ON DELETE CASCADE, and SET NULL of
 * columns that nobody refers to. So no row appears that others could refer to, and immediate keys with these actions need not be counted,
 * unless their columns are compared otherwise than they are looked up.
 */
export function mendsItself({ kind, programs }: StatementWithPrograms): boolean {
  if (kind !== 'delete' && kind !== 'drop') return false
  return programs.every(({ action, steps }) => {
    if (action === null || action.event !== 'DELETE') return false
    const [step] = steps
    if (step?.kind === 'delete') return true
    if (step?.kind !== 'update' || action.key.reference.onDelete !== 'SET NULL') return false
    return step.keys === null || step.keys.children.length + step.keys.actions.length === 0
  })
}
