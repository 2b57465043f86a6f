/** What an UPDATE changes of a row, and which expressions it concerns. */
import type { BoundExpression, IndexTarget, SourceId } from '../../plan/index.ts'
import { columnsOfExpressions } from '../source/visible.ts'

/** The columns of the row that an UPDATE has changed. */
export interface ChangedColumns {
  readonly columns: readonly boolean[]
  readonly rowid: boolean
}

/** The index holds something that an UPDATE changes. */
export function touches(
  { index, newKey, newWhere }: IndexTarget,
  newRow: SourceId,
  changed: ChangedColumns,
): boolean {
  if (changed.rowid) return true
  if (newWhere !== null && namesChanged([newWhere], newRow, changed)) return true
  return namesChanged(newKey.slice(0, index.columns.length), newRow, changed)
}

/** Some column that expressions over the new row name is changed. */
export function namesChanged(
  expressions: readonly BoundExpression[],
  newRow: SourceId,
  changed: ChangedColumns,
): boolean {
  const named = columnsOfExpressions(expressions).get(newRow)
  if (named === undefined) return false
  return [...named].some((column) => (column < 0 ? changed.rowid : changed.columns[column]))
}
