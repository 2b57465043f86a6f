/** DELETE. (DELETE) */
import type { Delete } from '../../sql/index.ts'
import type { BoundDelete, BoundViewChange } from '../statement.ts'
import type { BoundExpression } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { hasTriggers } from '../fires.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './expression.ts'
import { tableTriggers, type Change } from './firing.ts'
import { deleteKeys, KeyMistakes } from './key-checks.ts'
import { hinted, rowsMeant } from './limited-change.ts'
import { bindReturning } from './returning.ts'
import { withFrameOf } from './table-reference.ts'
import { bindViewDelete } from './view-change.ts'
import { findTarget, targetScan, writeTarget } from './write-target.ts'

const change: Change = { event: 'DELETE', columns: [] }

export function bindDelete(b: Binder, statement: Delete): BoundDelete | BoundViewChange {
  if (statement.with !== null) b.withFrame = withFrameOf(statement.with.tables, b.withFrame)
  const table = findTarget(b, statement.table, change)
  if (table.kind === 'view') return bindViewDelete(b, statement, table)
  const triggers = tableTriggers(b, table, change, null)
  const oldRow = b.newSource()
  const target = writeTarget(b, table, oldRow)
  const where = rowsMeant(table, statement)
  const { scope, node } = targetScan(b, table, hinted(statement), oldRow)
  let condition: BoundExpression | null = null
  if (where !== null) condition = bindCondition(b, where, scope, false)
  const mistakes = new KeyMistakes()
  const keys = deleteKeys(b, target, triggers, mistakes)
  const needsRows = statement.returning.length > 0 || hasTriggers(triggers) || keys !== null
  const all: PlanNode | null = needsRows ? node : null
  const input: PlanNode | null =
    condition === null ? all : { kind: 'filter', input: node, condition }
  const returning = bindReturning(b, statement.returning, table, oldRow)
  mistakes.check()
  return { kind: 'delete', target, input, returning, triggers, keys, programs: [] }
}
