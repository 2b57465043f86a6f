/** Whether a statement starts programs of triggers. */
import type { KeyChecks } from './key-checks.ts'
import type {
  BoundDelete,
  BoundInsert,
  BoundUpdate,
  BoundViewChange,
  RowTriggers,
} from './statement.ts'

export const noTriggers: RowTriggers = { before: [], early: [], after: [] }

export function hasTriggers({ before, early, after }: RowTriggers): boolean {
  return before.length + early.length + after.length > 0
}

/** Foreign keys start programs. */
export function hasActions(keys: KeyChecks | null): boolean {
  return keys !== null && keys.actions.some(({ kind }) => kind === 'program')
}

/** The statement may start the programs of triggers, or of the actions of foreign keys. */
export function firesAny(
  statement: BoundInsert | BoundUpdate | BoundDelete | BoundViewChange,
): boolean {
  if (hasTriggers(statement.triggers)) return true
  if (!('target' in statement)) return false
  const { victims, victimKeys } = statement.target
  if (hasTriggers(victims) || hasActions(victimKeys) || hasActions(statement.keys)) return true
  if (statement.kind !== 'insert') return false
  return statement.upserts.some(
    ({ update }) => update !== null && (hasTriggers(update.triggers) || hasActions(update.keys)),
  )
}
