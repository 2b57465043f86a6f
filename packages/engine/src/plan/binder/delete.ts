/** DELETE. (DELETE) */
import type { Delete } from '../../sql/index.ts'
import type { BoundDelete } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './expression.ts'
import { hinted, rowsMeant } from './limited-change.ts'
import { bindReturning } from './returning.ts'
import { withFrameOf } from './table-reference.ts'
import { findTarget, targetScan, writeTarget } from './write-target.ts'

export function bindDelete(b: Binder, statement: Delete): BoundDelete {
  if (statement.with !== null) b.withFrame = withFrameOf(statement.with.tables, b.withFrame)
  const table = findTarget(b, statement.table, 'DELETE')
  const oldRow = b.newSource()
  const target = writeTarget(b, table, oldRow)
  const where = rowsMeant(table, statement)
  const { scope, node } = targetScan(table, hinted(statement), oldRow)
  let input: PlanNode | null = statement.returning.length > 0 ? node : null
  if (where !== null) {
    input = {
      kind: 'filter',
      input: node,
      condition: bindCondition(b, where, scope, false),
    }
  }
  const returning = bindReturning(b, statement.returning, table, oldRow)
  return { kind: 'delete', target, input, returning }
}
