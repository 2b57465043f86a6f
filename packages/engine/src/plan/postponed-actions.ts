/**
 * Rows that ON DELETE CASCADE deletes may go when all rows of the statement itself are gone, all together: nobody looks for them meanwhile,
 * nothing follows from them, and no violation is counted that they could mend.
 */
import { firesAny, hasTriggers } from './fires.ts'
import type { KeyChecks } from './key-checks.ts'
import { isImmediate } from './key-violations.ts'
import { changesOneRow } from './one-row.ts'
import type { BoundDelete, BoundStatement } from './statement.ts'

/** The programs of a DELETE are actions that delete, and nothing but them follows from its rows. */
export function mayPostponeActions(statement: BoundDelete, callsUsers: boolean): boolean {
  const { triggers, returning, programs, keys } = statement
  if (callsUsers || hasTriggers(triggers) || returning !== null) return false
  if (programs.length === 0 || changesOneRow(statement, callsUsers)) return false
  if (!areMended(keys)) return false
  return programs.every(({ action, steps }) => {
    const [step] = steps
    if (action === null || step?.kind !== 'delete') return false
    return !hasTriggers(step.triggers) && areMended(step.keys)
  })
}

/** No row of a child is counted. */
function areMended(keys: KeyChecks | null): boolean {
  if (keys === null) return true
  return keys.children.every((check) => {
    const { onDelete } = check.key.reference
    const isMended = onDelete === 'CASCADE' || onDelete === 'SET NULL'
    return isMended && check.isPlain && isImmediate(check, keys)
  })
}

/** The step of such a program is put off to the end: nothing follows from its rows. */
export function isPostponed(step: BoundStatement): step is BoundDelete {
  if (step.kind !== 'delete' || step.target.primary !== null || firesAny(step)) return false
  return step.keys === null || step.keys.children.length + step.keys.actions.length === 0
}
