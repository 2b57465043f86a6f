/** UPDATE: new values over the old row. (UPDATE) */
import { notSupported, sqlError } from '../../base/error.ts'
import { foldName, isRowidName, type Table } from '../../schema/index.ts'
import type { Assignment, Update } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { traitsOf } from '../optimizer/sources.ts'
import { visitExpression } from '../walk/visit.ts'
import type { BoundUpdate } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { shapeOf, type Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './expression.ts'
import { hinted, rowsMeant } from './limited-change.ts'
import { checkNoRaise } from './prohibited.ts'
import { bindReturning } from './returning.ts'
import { bindRow } from './row-value.ts'
import { withFrameOf } from './table-reference.ts'
import { findTarget, targetScan, writeTarget } from './write-target.ts'

export function bindUpdate(b: Binder, update: Update): BoundUpdate {
  if (update.from !== null) throw notSupported('UPDATE FROM')
  if (update.with !== null) b.withFrame = withFrameOf(update.with.tables, b.withFrame)
  const table = findTarget(b, update.table, 'UPDATE')
  const oldRow = b.newSource()
  const target = writeTarget(b, table, oldRow)
  const where = rowsMeant(table, update)
  const { scope, node } = targetScan(table, hinted(update), oldRow)
  const { values, rowid } = bindAssignments(b, table, update.assignments, scope)
  for (const { condition } of target.checks) {
    let isChecked = false
    visitExpression(condition, (part) => {
      if (part.kind !== 'column' || part.source !== target.newRow) return
      if (part.column < 0 ? rowid !== null : values[part.column] !== null) isChecked = true
    })
    if (isChecked) checkNoRaise(condition)
  }
  const { orAction } = update
  let input: PlanNode = node
  let asksQuery = false
  if (where !== null) {
    const condition = bindCondition(b, where, scope, false)
    asksQuery = traitsOf(condition).subquery
    input = { kind: 'filter', input, condition }
  }
  const returning = bindReturning(b, update.returning, table, target.newRow)
  return { kind: 'update', target, orAction, input, values, rowid, asksQuery, returning }
}

/** SET: for each column, and for the rowid, its new value; null: it stays as it is. */
export function bindAssignments(
  b: Binder,
  table: Table,
  assignments: readonly Assignment[],
  scope: Scope,
): {
  readonly values: readonly (BoundExpression | null)[]
  readonly rowid: BoundExpression | null
} {
  const values: (BoundExpression | null)[] = table.columns.map(() => null)
  let rowid: BoundExpression | null = null
  for (const assignment of assignments) {
    const places = assignment.columns.map((name) => placeOf(table, name))
    const bound = bindValues(b, assignment, scope)
    // The last assignment to a column counts.
    places.forEach((place, i) => {
      if (place === -1) rowid = bound[i]!
      else values[place] = bound[i]!
    })
  }
  return { values, rowid }
}

function placeOf(table: Table, name: string): number {
  const folded = foldName(name)
  const place = shapeOf(table).places.get(folded)
  if (place !== undefined) return place === table.rowidAlias ? -1 : place
  if (!table.withoutRowid && isRowidName(folded)) return -1
  throw sqlError(`no such column: ${name}`)
}

function bindValues(
  b: Binder,
  { columns, value }: Assignment,
  scope: Scope,
): readonly BoundExpression[] {
  if (columns.length === 1) return [b.expression(b, value, scope)]
  const row = bindRow(b, value, scope)
  if (row.length !== columns.length) {
    throw sqlError(`${columns.length} columns assigned ${row.length} values`)
  }
  return row.map((element) => element.bound)
}
