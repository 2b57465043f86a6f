/**
 * The stored text of a trigger, bound for what its names mean: WHEN, and each statement of the body as the query that it is. Names of
 * columns that a statement sets are not looked for, as in SQLite, so that a trigger may name some that are not there.
 * (`renameResolveTrigger`)
 */
import { foldName, type Table } from '../../schema/index.ts'
import type {
  CreateTrigger,
  Insert,
  QualifiedTable,
  Statement,
  TableName,
  Update,
} from '../../sql/index.ts'
import { Scope, tableSource, type ScopeSource } from '../scope.ts'
import type { Binder } from '../binder/binder.ts'
import { bindFrom } from '../binder/from.ts'
import { bindRow } from '../binder/row-value.ts'
import { findTable, noSuchTable, tableReference } from '../binder/table-reference.ts'
import type { StoredNames, StoredObject } from './stored-names.ts'

export function bindStoredTrigger(
  b: Binder,
  names: StoredNames,
  trigger: CreateTrigger,
  { sql, database }: StoredObject,
): void {
  const own = foldName(database) === 'temp' ? null : database
  b.inView(sql, own, () => {
    const rows = rowsOf(b, names, trigger)
    b.outer = rows
    b.raises = { ignores: false }
    if (trigger.when !== null) b.expression(b, trigger.when, rows)
    for (const step of trigger.body) bindStep(b, names, step, rows)
  })
}

/** OLD and NEW, as far as the event has them. */
function rowsOf(b: Binder, names: StoredNames, trigger: CreateTrigger): Scope {
  const { table: name, tableSchema, event, columns } = trigger
  const table = findTable(b, tableSchema, foldName(name))
  if (table === null) throw noSuchTable(b, tableSchema, name)
  const place = names.placeOf(trigger)
  if (table.kind === 'table') {
    if (place !== null) names.tables.push({ span: place, table })
    if (columns !== null) names.list(columns, table)
  }
  const scope = new Scope(null)
  const add = (called: string): void => {
    const row = rowSource(b, trigger, table.kind === 'table' ? table : null, called)
    const source = { ...row, isHidden: true }
    names.alias(source.id)
    scope.sources.push(source)
  }
  if (event !== 'INSERT') add('old')
  if (event !== 'DELETE') add('new')
  return scope
}

function rowSource(
  b: Binder,
  { table: name, tableSchema: schema }: CreateTrigger,
  table: Table | null,
  called: string,
): ScopeSource {
  if (table !== null) return tableSource(b.newSource(), table, called)
  const view: TableName = { kind: 'table', schema, name, alias: called, indexedBy: null }
  return tableReference(b, view, new Scope(null)).source
}

function bindStep(b: Binder, names: StoredNames, step: Statement, rows: Scope): void {
  switch (step.kind) {
    case 'select':
      b.select(b, step, rows)
      return
    case 'insert':
      bindInsertStep(b, names, step, rows)
      return
    case 'update':
      bindUpdateStep(b, names, step, rows)
      return
    case 'delete': {
      const scope = target(b, step.table, rows)
      if (step.where !== null) b.expression(b, step.where, scope)
      return
    }
    default:
  }
}

/** The table or view that a statement changes, as a source. */
function target(b: Binder, written: QualifiedTable, rows: Scope): Scope {
  const scope = new Scope(rows)
  const reference: TableName = { kind: 'table', ...written, indexedBy: null }
  b.writtenNames!.stands(reference, written)
  scope.sources.push(tableReference(b, reference, scope).source)
  return scope
}

function list(names: StoredNames, columns: readonly string[] | null, scope: Scope): void {
  const { table } = scope.sources[0]!
  if (columns !== null && table !== null) names.list(columns, table)
}

function bindInsertStep(b: Binder, names: StoredNames, step: Insert, rows: Scope): void {
  if (step.source !== null) b.select(b, step.source, rows)
  const scope = target(b, step.table, rows)
  list(names, step.columns, scope)
  if (step.upserts.length === 0) return
  const [row] = scope.sources
  const around = new Scope(rows)
  // SQLite takes the name before a column of `excluded` for the table's, and writes the new one there too.
  around.sources.push({ ...row!, name: 'excluded', isHidden: true })
  const inner = new Scope(around)
  inner.sources.push(row!)
  for (const { target: constraint, update } of step.upserts) {
    for (const { expression } of constraint?.columns ?? []) b.expression(b, expression, inner)
    if (update !== null) bindAssigned(b, names, update.assignments, inner)
    if (update !== null && update.where !== null) b.expression(b, update.where, inner)
    if (constraint !== null && constraint.where !== null) b.expression(b, constraint.where, inner)
  }
}

function bindUpdateStep(b: Binder, names: StoredNames, step: Update, rows: Scope): void {
  const scope = target(b, step.table, rows)
  if (step.from !== null) bindFrom(b, step.from, scope).conditions()
  bindAssigned(b, names, step.assignments, scope)
  if (step.where !== null) b.expression(b, step.where, scope)
}

function bindAssigned(
  b: Binder,
  names: StoredNames,
  assignments: Update['assignments'],
  scope: Scope,
): void {
  for (const { columns, value } of assignments) {
    list(names, columns, scope)
    if (columns.length === 1) b.expression(b, value, scope)
    else bindRow(b, value, scope)
  }
}
