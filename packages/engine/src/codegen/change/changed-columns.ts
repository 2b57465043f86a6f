/** What an UPDATE changes of a row, and which expressions it concerns. */
import type { BoundExpression, IndexTarget, SourceId, WriteTarget } from '../../plan/index.ts'
import { columnsOfExpressions } from '../source/visible.ts'

/** The columns of the row that an UPDATE has changed. */
export interface ChangedColumns {
  readonly columns: readonly boolean[]
  /** The rowid may be another one, or a column of a WITHOUT ROWID table's key is set. */
  readonly identity: boolean
}

/** The new values of a row: for each column and the rowid; null: it stays as it is. */
export interface NewValues {
  readonly values: readonly (BoundExpression | null)[]
  readonly rowid: BoundExpression | null
}

export function changedColumns(
  { primary, generated, newRow }: WriteTarget,
  { values, rowid }: NewValues,
): ChangedColumns {
  const columns = values.map((value) => value !== null)
  const key = primary === null ? [] : primary.index.columns
  const identity = rowid !== null || key.some(({ column }) => columns[column])
  const changed: ChangedColumns = { columns, identity }
  // Each stands behind those that it names.
  for (const { column, value } of generated) {
    columns[column] = namesRow([value], newRow, columns, rowid !== null)
  }
  return changed
}

/** The index holds something that an UPDATE changes. */
export function touches(
  { index, newKey, newWhere }: IndexTarget,
  newRow: SourceId,
  changed: ChangedColumns,
): boolean {
  if (changed.identity) return true
  if (newWhere !== null && namesChanged([newWhere], newRow, changed)) return true
  return namesChanged(newKey.slice(0, index.columns.length), newRow, changed)
}

/** Some column that expressions over the new row name is changed. */
export function namesChanged(
  expressions: readonly BoundExpression[],
  newRow: SourceId,
  changed: ChangedColumns,
): boolean {
  return namesRow(expressions, newRow, changed.columns, changed.identity)
}

function namesRow(
  expressions: readonly BoundExpression[],
  newRow: SourceId,
  columns: readonly boolean[],
  identity: boolean,
): boolean {
  const named = columnsOfExpressions(expressions).get(newRow)
  if (named === undefined) return false
  return [...named].some((column) => (column < 0 ? identity : columns[column] === true))
}
