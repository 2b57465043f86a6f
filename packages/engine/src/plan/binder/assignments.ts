/** SET: which column gets which value. */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { foldName, isRowidName, type Table } from '../../schema/index.ts'
import type { Assignment } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { shapeOf, type Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import type { Change } from './firing.ts'
import { unfitRow } from './mistakes.ts'
import { bindRow, type RowElement } from './row-value.ts'

/** What an UPDATE does to rows. */
export function changeOf(assignments: readonly Assignment[]): Change {
  return { event: 'UPDATE', columns: assignments.flatMap(({ columns }) => columns) }
}

/** The columns that SET may name. */
export interface AssignedRow {
  readonly columnCount: number
  readonly places: ReadonlyMap<string, number>
  /** Place of the column that is the rowid; -1: none. */
  readonly rowidAlias: number
  readonly hasRowid: boolean
  /** The names of generated columns, which are not set: their values follow from others. */
  readonly generated: ReadonlyMap<number, string>
}

export function assigned(table: Table): AssignedRow {
  const { columns, rowidAlias, withoutRowid } = table
  const { places } = shapeOf(table)
  const generated = new Map<number, string>()
  columns.forEach((column, i) => {
    if (column.generated !== null) generated.set(i, column.name)
  })
  return { columnCount: columns.length, places, rowidAlias, hasRowid: !withoutRowid, generated }
}

/** SET: for each column, and for the rowid, its new value; null: it stays as it is. */
export function bindAssignments(
  b: Binder,
  row: AssignedRow,
  assignments: readonly Assignment[],
  scope: Scope,
): {
  readonly values: readonly (BoundExpression | null)[]
  readonly rowid: BoundExpression | null
} {
  const values: (BoundExpression | null)[] = Array.from({ length: row.columnCount }, () => null)
  let rowid: BoundExpression | null = null
  for (const assignment of assignments) {
    const bound = bindValues(b, assignment, scope)
    const places = assignment.columns.map((name) => placeOf(row, name))
    // The last assignment to a column counts.
    places.forEach((place, i) => {
      if (place === -1) rowid = bound[i]!
      else values[checkSettable(row, place)] = bound[i]!
    })
  }
  return { values, rowid }
}

export function checkSettable({ generated }: AssignedRow, place: number): number {
  const name = generated.get(place)
  if (name === undefined) return place
  throw sqlError(`cannot UPDATE generated column "${name}"`)
}

/** Which column is set; -1: the rowid. */
export function placeOf(row: AssignedRow, name: string): number {
  const folded = foldName(name)
  const place = row.places.get(folded)
  if (place !== undefined) return place === row.rowidAlias ? -1 : place
  if (row.hasRowid && isRowidName(folded)) return -1
  throw sqlError(`no such column: ${name}`)
}

export function bindValues(
  b: Binder,
  { columns, value }: Assignment,
  scope: Scope,
): readonly BoundExpression[] {
  if (columns.length === 1) return [b.expression(b, value, scope)]
  const { mistakes } = b
  const assigned = (count: number): SqliteError =>
    sqlError(`${columns.length} columns assigned ${count} values`)
  let row: readonly RowElement[]
  try {
    row = bindRow(b, value, scope)
  } catch (error) {
    // To SQLite a query with such a mistake is one value.
    const known = value.kind === 'subquery' ? mistakes.unfit.get(error as Error) : undefined
    if (known !== undefined) unfitRow(mistakes, known, assigned(1))
    throw error
  }
  if (row.length === columns.length) return row.map((element) => element.bound)
  const none = unfitRow(mistakes, value, assigned(row.length))
  return columns.map(() => none)
}
