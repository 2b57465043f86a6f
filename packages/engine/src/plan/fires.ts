/** Whether a statement starts programs of triggers. */
import type {
  BoundDelete,
  BoundInsert,
  BoundUpdate,
  BoundViewChange,
  RowTriggers,
} from './statement.ts'

function isAny({ before, early, after }: RowTriggers): boolean {
  return before.length + early.length + after.length > 0
}

/** The statement may start the programs of triggers. */
export function firesAny(
  statement: BoundInsert | BoundUpdate | BoundDelete | BoundViewChange,
): boolean {
  if (isAny(statement.triggers)) return true
  if ('target' in statement && isAny(statement.target.victims)) return true
  if (statement.kind !== 'insert') return false
  return statement.upserts.some(({ update }) => update !== null && isAny(update.triggers))
}
