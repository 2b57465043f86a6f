/** UPDATE: new values over the old row. (UPDATE) */
import type { Update } from '../../sql/index.ts'
import { traitsOf } from '../optimizer/sources.ts'
import { visitExpression } from '../walk/visit.ts'
import type { BoundUpdate, BoundViewChange, WriteTarget } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { assigned, bindAssignments, changeOf } from './assignments.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './expression.ts'
import { tableTriggers } from './firing.ts'
import { KeyMistakes, noteMismatches, updateKeys } from './key-checks.ts'
import { hinted, rowsMeant } from './limited-change.ts'
import { checkNoRaise } from './prohibited.ts'
import { bindReturning } from './returning.ts'
import { withFrameOf } from './table-reference.ts'
import { bindUpdateFrom } from './update-from.ts'
import { bindViewUpdate } from './view-change.ts'
import { withVictims } from './victims.ts'
import { findTarget, targetScan, writeTarget } from './write-target.ts'

export function bindUpdate(b: Binder, update: Update): BoundUpdate | BoundViewChange {
  if (update.with !== null) b.withFrame = withFrameOf(update.with.tables, b.withFrame)
  const change = changeOf(update.assignments)
  const table = findTarget(b, update.table, change)
  if (table.kind === 'view') return bindViewUpdate(b, update, table)
  const oldRow = b.newSource()
  const written = writeTarget(b, table, oldRow)
  const { from, orAction } = update
  const mistakes = new KeyMistakes()
  const triggers = tableTriggers(b, table, change, orAction)
  if (from !== null) {
    const found = bindUpdateFrom(b, update, from, table)
    checkRaises(written, found)
    const { target, keys } = withKeys(b, written, orAction, found, mistakes)
    const returning = bindReturning(b, update.returning, table, target.newRow)
    mistakes.check()
    const changes = { target, orAction, ...found, asksQuery: false, returning }
    return { kind: 'update', ...changes, triggers, keys, programs: [] }
  }
  const where = rowsMeant(table, update)
  const { scope, node } = targetScan(b, table, hinted(update), oldRow)
  const { values, rowid } = bindAssignments(b, assigned(table), update.assignments, scope)
  checkRaises(written, { values, rowid })
  let input: PlanNode = node
  let asksQuery = false
  if (where !== null) {
    const condition = bindCondition(b, where, scope, false)
    asksQuery = traitsOf(condition).subquery
    input = { kind: 'filter', input, condition }
  }
  const { target, keys } = withKeys(b, written, orAction, { values, rowid }, mistakes)
  const returning = bindReturning(b, update.returning, table, target.newRow)
  mistakes.check()
  const changes = { target, orAction, input, joined: null, values, rowid, asksQuery, returning }
  return { kind: 'update', ...changes, triggers, keys, programs: [] }
}

/** What foreign keys ask of the rows that are updated, and of those that REPLACE deletes. */
function withKeys(
  b: Binder,
  written: WriteTarget,
  orAction: Update['orAction'],
  update: Pick<BoundUpdate, 'values' | 'rowid'>,
  mistakes: KeyMistakes,
): Pick<BoundUpdate, 'target' | 'keys'> {
  noteMismatches(b, written, update, mistakes)
  const replacing = { orAction, upserts: [], update, givesRowid: false }
  const target = withVictims(b, written, replacing, mistakes)
  return { target, keys: updateKeys(b, target, update, mistakes) }
}

/** A CHECK that is going to be evaluated may not call RAISE. */
function checkRaises(
  target: WriteTarget,
  { values, rowid }: Pick<BoundUpdate, 'values' | 'rowid'>,
): void {
  for (const { condition } of target.checks) {
    let isChecked = false
    visitExpression(condition, (part) => {
      if (part.kind !== 'column' || part.source !== target.newRow) return
      if (part.column < 0 ? rowid !== null : values[part.column] !== null) isChecked = true
    })
    if (isChecked) checkNoRaise(condition)
  }
}
