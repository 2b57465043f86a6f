/**
 * The actions of foreign keys as programs of triggers that nobody has written: CASCADE, SET NULL, SET DEFAULT. They run when a row of the
 * parent has been deleted or updated, may start each other and themselves, and abort where a row cannot be what they make of it,
 * whatever the table says. (`fkActionTrigger`)
 */
import { assert } from '../../base/assert.ts'
import type { ForeignKey, ParentKey, Reference, Table, Trigger } from '../../schema/index.ts'
import { parseStatement, quoteName, type ForeignKeyAction } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { BoundStatement } from '../statement.ts'
import type { Binder } from './binder.ts'
import { rowidOf } from '../scope.ts'
import { triggerTable } from './firing.ts'
import type { KeyActionUse } from './programs.ts'
import { keyNames } from './referring-rows.ts'
import { defaultOf } from './write-target.ts'

type Event = 'DELETE' | 'UPDATE'

/** The place of the program. */
export function actionProgram(
  b: Binder,
  parent: Table,
  reference: Reference,
  key: ParentKey,
  event: Event,
  action: ForeignKeyAction,
): number {
  const { programs } = b
  const known = programs.placeOfAction(reference.key, event)
  if (known !== null) return known
  const trigger = actionTrigger(parent, reference, key, event, action)
  const use: KeyActionUse = { key: reference.key, event, child: reference.child, action }
  return programs.place({ trigger, on: triggerTable(parent), orAction: 'ABORT', action: use })
}

function actionTrigger(
  parent: Table,
  reference: Reference,
  key: ParentKey,
  event: Event,
  action: ForeignKeyAction,
): Trigger {
  const names = keyNames(parent, reference, key)
  const child = quoteName(reference.child.name)
  const equal = names.map(({ own, other }) => `OLD.${quoteName(own)} = ${quoteName(other)}`)
  const where = equal.join(' AND ')
  const same = names.map(({ own }) => `OLD.${quoteName(own)} IS NEW.${quoteName(own)}`)
  const when = event === 'UPDATE' ? ` WHEN NOT (${same.join(' AND ')})` : ''
  const isCascade = action === 'CASCADE'
  const sets = names.map(({ own, other }) => {
    const value = isCascade ? `NEW.${quoteName(own)}` : 'NULL'
    return `${quoteName(other)} = ${value}`
  })
  const step =
    isCascade && event === 'DELETE'
      ? `DELETE FROM ${child} WHERE ${where}`
      : `UPDATE ${child} SET ${sets.join(', ')} WHERE ${where}`
  const name = `ON ${event} ${action}`
  const on = quoteName(parent.name)
  const sql = `CREATE TRIGGER ${quoteName(name)} AFTER ${event} ON ${on}${when} BEGIN ${step}; END`
  const { statement } = parseStatement(sql)
  assert(statement?.kind === 'create-trigger', 'the text of an action is that of a trigger')
  return {
    kind: 'trigger',
    name,
    database: parent.database,
    table: parent.name,
    definition: statement,
    sql,
  }
}

/** The one step of an action, as it was bound from its text. */
export function actionStep(b: Binder, use: KeyActionUse, step: BoundStatement): BoundStatement {
  return byIndexAlone(b, use, withDefaults(b, use, step))
}

/** Rows are collected by their rowids, for which an index of the key is enough; they are looked at when they are changed. */
function byIndexAlone(
  b: Binder,
  { key, child }: KeyActionUse,
  step: BoundStatement,
): BoundStatement {
  if (step.kind !== 'delete' && step.kind !== 'update') return step
  const { input, target } = step
  if (input === null || child.withoutRowid || key.columns.includes(child.rowidAlias)) return step
  const columns = [rowidOf(target.oldRow, 'rowid')]
  return { ...step, input: { kind: 'project', source: b.newSource(), input, columns } }
}

/** SET DEFAULT: the step sets what the columns' definitions say. A generated column has none. */
function withDefaults(
  b: Binder,
  { key, child, action }: KeyActionUse,
  step: BoundStatement,
): BoundStatement {
  if (action !== 'SET DEFAULT' || step.kind !== 'update') return step
  const defaults = new Map<number, BoundExpression>()
  for (const place of key.columns) defaults.set(place, defaultOf(b, child, child.columns[place]!))
  const { rowidAlias } = child
  const values = step.values.map((value, place) =>
    value === null ? null : (defaults.get(place) ?? value),
  )
  const rowid = step.rowid === null ? null : (defaults.get(rowidAlias) ?? step.rowid)
  return { ...step, values, rowid }
}

/** Who has started it, for those who ask how violations are mended. */
export function actionOfUse(
  use: KeyActionUse | undefined,
): { readonly key: ForeignKey; readonly event: Event } | null {
  return use === undefined ? null : { key: use.key, event: use.event }
}
