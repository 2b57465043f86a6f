/**
 * INSERT, UPDATE and DELETE of a view that has INSTEAD OF triggers. The rows of an UPDATE or a DELETE are those that a SELECT from the
 * view finds. (`sqlite3MaterializeView`)
 */
import { sqlError } from '../../base/error.ts'
import type { View } from '../../schema/index.ts'
import type { Delete, FromClause, Insert, Select, Update } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { columnOf, Scope, type ScopeSource } from '../scope.ts'
import type { BoundViewChange } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { bindAssignments, changeOf, type AssignedRow } from './assignments.ts'
import type { Binder } from './binder.ts'
import { rowTriggers, triggerView, type Change } from './firing.ts'
import { bindRows, checkCount, placesOf } from './insert-rows.ts'
import { bindReturningOf } from './returning.ts'
import { derivedSource, tableReference, viewName } from './table-reference.ts'
import { bindJoined, placesOf as placesOfUpdate } from './update-from.ts'

export function bindViewInsert(b: Binder, insert: Insert, view: View): BoundViewChange {
  const { source: shape } = viewRows(b, view)
  if (insert.upserts.length > 0) throw sqlError('cannot UPSERT a view')
  const places = placesOf(insert, assignedView(shape))
  const rows = bindRows(b, insert)
  if (insert.source !== null) checkCount(insert, places.length, rows.columnCount)
  const values = shape.columns.map(({ name }, place): BoundExpression => {
    const from = insert.source === null ? -1 : places.indexOf(place)
    if (from < 0) return { kind: 'literal', value: null }
    const { source } = rows
    return { kind: 'column', source, column: from, name, affinity: 'blob', collation: 'BINARY' }
  })
  const change: Change = { event: 'INSERT', columns: [] }
  const parts = {
    input: rows.plan,
    inputSource: rows.source,
    inputCount: rows.columnCount,
    old: null,
    new: values,
  }
  return viewChange(b, view, insert, change, shape, parts)
}

export function bindViewUpdate(b: Binder, update: Update, view: View): BoundViewChange {
  if (update.from !== null) return bindViewUpdateFrom(b, update, update.from, view)
  const { source, node } = meantRows(b, update, view)
  const scope = new Scope(b.outer)
  scope.sources.push(source)
  const { values } = bindAssignments(b, assignedView(source), update.assignments, scope)
  const old = columnsOf(source)
  const parts = {
    input: node,
    inputSource: source.id,
    inputCount: old.length,
    old,
    new: values.map((value, i) => value ?? old[i]!),
  }
  return viewChange(b, view, update, changeOf(update.assignments), source, parts)
}

/** Of UPDATE … FROM each row that the FROM clause finds counts, also where several are about one row of the view. */
function bindViewUpdateFrom(
  b: Binder,
  update: Update,
  from: FromClause,
  view: View,
): BoundViewChange {
  const { alias } = update.table
  const { source, node } = tableReference(b, { ...viewName(view), alias }, new Scope(b.outer))
  const places = placesOfUpdate(update, assignedView(source))
  const target = { object: view, source, node }
  const select = bindJoined(b, update, from, target, { identity: columnsOf, groupBy: [] })
  const old = select.columns.slice(0, source.columns.length)
  const now = [...old]
  places.forEach((place, i) => {
    if (place >= 0) now[place] = select.columns[old.length + i]!
  })
  const parts = {
    input: select.input,
    inputSource: select.source,
    inputCount: select.columns.length,
    old,
    new: now,
  }
  return viewChange(b, view, update, changeOf(update.assignments), source, parts)
}

export function bindViewDelete(b: Binder, statement: Delete, view: View): BoundViewChange {
  const { source, node } = meantRows(b, statement, view)
  const old = columnsOf(source)
  const change: Change = { event: 'DELETE', columns: [] }
  const parts = { input: node, inputSource: source.id, inputCount: old.length, old, new: null }
  return viewChange(b, view, statement, change, source, parts)
}

type Parts = Pick<BoundViewChange, 'input' | 'inputSource' | 'inputCount' | 'old' | 'new'>

function viewChange(
  b: Binder,
  view: View,
  statement: Insert | Update | Delete,
  change: Change,
  shape: ScopeSource,
  parts: Parts,
): BoundViewChange {
  const row = b.newSource()
  b.noteAffinities(row, shape.columns)
  const returned = { ...shape, id: row, name: view.name.toLowerCase(), database: null }
  const returning = bindReturningOf(b, statement.returning, returned, null)
  const orAction = statement.kind === 'delete' ? null : statement.orAction
  const on = triggerView(shape.columns)
  const triggers = rowTriggers(b, view, change, orAction, () => on)
  return {
    kind: 'view-change',
    view: view.name,
    event: change.event,
    ...parts,
    row,
    on,
    returning,
    triggers,
    programs: [],
  }
}

/** What SET and INSERT may name of a view. A rowid may be given, and is nowhere to be seen. */
function assignedView({ columns, places }: ScopeSource): AssignedRow {
  const generated = new Map<number, string>()
  return { columnCount: columns.length, places, rowidAlias: -1, hasRowid: true, generated }
}

function columnsOf(source: ScopeSource): readonly BoundExpression[] {
  return source.columns.map((_, i) => columnOf(source, i))
}

interface ViewRows {
  readonly source: ScopeSource
  readonly node: PlanNode
}

/** The view itself. */
function viewRows(b: Binder, view: View): ViewRows {
  return tableReference(b, viewName(view), new Scope(b.outer))
}

/** The rows of the view that the statement is about, under its name. */
function meantRows(b: Binder, statement: Update | Delete, view: View): ViewRows {
  const { table, where, orderBy, limit, offset, start, end } = statement
  if (limit === null && orderBy.length > 0) {
    throw sqlError(`ORDER BY without LIMIT on ${statement.kind.toUpperCase()}`)
  }
  const span = { start, end }
  // Its alias is known to SET alone.
  const select: Select = {
    kind: 'select',
    with: null,
    first: {
      kind: 'select-core',
      distinct: false,
      columns: [{ kind: 'star' }],
      from: { first: viewName(view), joins: [] },
      where,
      groupBy: [],
      having: null,
      windows: [],
      ...span,
    },
    compounds: [],
    orderBy,
    limit,
    offset,
    ...span,
  }
  const bound = b.select(b, select, b.outer)
  return derivedSource(b, bound, table.alias ?? view.name, null, view.database)
}
