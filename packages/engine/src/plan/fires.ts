/** Whether a statement starts programs of triggers. */
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

/** The statement may start the programs of triggers. */
export function firesAny(
  statement: BoundInsert | BoundUpdate | BoundDelete | BoundViewChange,
): boolean {
  if (hasTriggers(statement.triggers)) return true
  if ('target' in statement && hasTriggers(statement.target.victims)) return true
  if (statement.kind !== 'insert') return false
  return statement.upserts.some(({ update }) => update !== null && hasTriggers(update.triggers))
}
