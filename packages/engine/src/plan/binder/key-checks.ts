/**
 * The foreign keys of the table that a statement writes, and those that refer to it: what they ask of its rows, and what follows. Which of
 * them concern a statement, and in which order, is as in SQLite, for it decides whether a mistake in the schema is reported. It goes on after one,
 * so of several the last is (`KeyMistakes`). (`sqlite3FkCheck`, `sqlite3FkRequired`, `sqlite3FkOldmask`, `sqlite3FkActions`)
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import {
  foldName,
  keyMismatch,
  parentKeyOf,
  referencesTo,
  sameName,
  type ForeignKey,
  type ParentKey,
  type Reference,
  type Table,
  type View,
} from '../../schema/index.ts'
import type { ConflictAction } from '../../sql/index.ts'
import { stepsOf } from '../conflict-steps.ts'
import type { BoundExpression } from '../expression.ts'
import { hasTriggers } from '../fires.ts'
import type { ChildCheck, KeyAction, KeyChecks, ParentCheck } from '../key-checks.ts'
import type {
  BoundInsert,
  BoundUpdate,
  BoundUpsert,
  IndexTarget,
  RowTriggers,
  WriteTarget,
} from '../statement.ts'
import { visitExpression } from '../walk/visit.ts'
import type { Binder } from './binder.ts'
import { actionProgram } from './key-action.ts'
import { conditionsOf, isPlain, referringRows } from './referring-rows.ts'

/** What is wrong with the foreign keys that a statement has to do with. */
export class KeyMistakes {
  #last: SqliteError | null = null

  note(error: SqliteError): void {
    this.#last = error
  }

  get areSome(): boolean {
    return this.#last !== null
  }

  /** What has been noted last, before the statement could be run. */
  check(): void {
    if (this.#last !== null) throw this.#last
  }
}

/** The keys that others have to the table. */
function referencesOf(b: Binder, table: Table): readonly Reference[] {
  return referencesTo(schemaNamed(b.catalog, table.database)!, table)
}

function areOff({ catalog }: Binder): boolean {
  return !catalog.environment.settings.foreignKeys
}

/** A key is asked at the end of the statement at the latest. */
function isImmediate(b: Binder, { reference }: ForeignKey): boolean {
  return !reference.deferred && !b.catalog.environment.settings.defersForeignKeys
}

/** The statement is a step in the program of a trigger. */
function isInProgram(b: Binder): boolean {
  return b.raises !== null
}

function checksOf(
  b: Binder,
  parents: readonly ParentCheck[],
  children: readonly ChildCheck[],
  actions: readonly KeyAction[] = [],
  takesOut = false,
): KeyChecks | null {
  if (parents.length + children.length + actions.length === 0) return null
  const defers = b.catalog.environment.settings.defersForeignKeys
  return { parents, children, actions, takesOut, defers }
}

/** How an INSERT is written, as far as it matters. */
export interface InsertTraits {
  readonly triggers: RowTriggers
  /** One row, of which nothing is returned. */
  readonly isOneRow: boolean
  readonly upserts: readonly BoundUpsert[]
}

export function insertKeys(
  b: Binder,
  target: WriteTarget,
  { triggers, isOneRow, upserts }: InsertTraits,
  mistakes: KeyMistakes,
): KeyChecks | null {
  if (areOff(b)) return null
  const { table } = target
  const parents = parentChecks(b, table, table.foreignKeys.toReversed(), mistakes)
  if (parents === null) return null
  // A single row that others may refer to breaks no immediate key, and mends none.
  const mayMend =
    isInProgram(b) ||
    hasTriggers(triggers) ||
    target.victimKeys !== null ||
    mistakes.areSome ||
    upserts.some(
      ({ update }) => update !== null && (update.keys !== null || hasTriggers(update.triggers)),
    )
  const mayCount = mayMend || parents.some(({ key }) => isImmediate(b, key))
  const children: ChildCheck[] = []
  for (const reference of referencesOf(b, table)) {
    const immediate = isImmediate(b, reference.key)
    if (immediate && !mayMend && isOneRow) continue
    const parent = ownKey(table, reference, mistakes)
    if (parent === null) return null
    if (immediate && !mayCount) continue
    children.push({
      key: reference.key,
      isPlain: isPlain(table, reference, parent),
      old: null,
      new: referringRows(b, target, target.newRow, reference, parent),
    })
  }
  return checksOf(b, parents, children)
}

export function deleteKeys(
  b: Binder,
  target: WriteTarget,
  triggers: RowTriggers,
  /** null: the table is dropped, and mistakes are passed over. */
  mistakes: KeyMistakes | null,
  isVictim = false,
): KeyChecks | null {
  if (areOff(b)) return null
  const { table } = target
  const all = table.foreignKeys.toReversed()
  const references = referencesOf(b, table)
  const parents =
    mistakes === null
      ? all.flatMap((key) => droppedCheck(b, table, key))
      : parentsOfOld(b, table, all, references, mistakes)
  const children: ChildCheck[] = []
  const actions: KeyAction[] = []
  for (const reference of references) {
    const parent = acting(b, table, reference, 'DELETE', mistakes)
    if (parent === null) continue
    children.push({
      key: reference.key,
      isPlain: isPlain(table, reference, parent),
      old: referringRows(b, target, target.oldRow, reference, parent, true),
      new: null,
    })
    const action = actionOf(b, target, reference, parent, 'DELETE')
    if (action !== null) actions.push(action)
  }
  // Nothing else can have broken an immediate key of the row in this statement.
  const mayCount = isVictim || isInProgram(b) || hasTriggers(triggers) || children.length > 0
  const asked = parents.filter(
    ({ key, parent }) => mayCount || parent === null || !isImmediate(b, key),
  )
  return checksOf(b, asked, children, actions)
}

/** @param update the new values, of an UPDATE or of DO UPDATE */
export function updateKeys(
  b: Binder,
  target: WriteTarget,
  update: Pick<BoundUpdate, 'values' | 'rowid'>,
  mistakes: KeyMistakes,
): KeyChecks | null {
  if (areOff(b)) return null
  const { table } = target
  const references = referencesOf(b, table)
  if (table.foreignKeys.length + references.length === 0) return null
  const isChanged = changedPlaces(target, update)
  const isSelf = refersTo(table)
  const isChildChanged = ({ columns }: ForeignKey): boolean => columns.some(isChanged)
  const changedReferences = references.filter(({ key }) => isParentChanged(table, key, isChanged))
  if (changedReferences.length === 0 && !table.foreignKeys.some(isChildChanged)) return null
  const takesOut = takesRowOut(table, table.foreignKeys, references, isChanged)
  const asked = table.foreignKeys.toReversed().filter((key) => isSelf(key) || isChildChanged(key))
  const parents = checkedParents(b, table, asked, changedReferences, mistakes)
  const children: ChildCheck[] = []
  const actions: KeyAction[] = []
  for (const reference of changedReferences) {
    const parent = acting(b, table, reference, 'UPDATE', mistakes)
    if (parent === null) continue
    children.push({
      key: reference.key,
      isPlain: isPlain(table, reference, parent),
      old: referringRows(b, target, target.oldRow, reference, parent, true),
      new: referringRows(b, target, target.newRow, reference, parent),
    })
    const action = actionOf(b, target, reference, parent, 'UPDATE')
    if (action !== null) actions.push(action)
  }
  return checksOf(b, parents, children, actions, takesOut)
}

/** All keys that refer to a table are looked at first, where an UPDATE has to do with any. (`sqlite3FkOldmask`) */
export function noteMismatches(
  b: Binder,
  target: WriteTarget,
  update: Pick<BoundUpdate, 'values' | 'rowid'>,
  mistakes: KeyMistakes,
): void {
  if (areOff(b)) return
  const { table } = target
  const references = referencesOf(b, table)
  if (table.foreignKeys.length + references.length === 0) return
  const isChanged = changedPlaces(target, update)
  const isAsked =
    table.foreignKeys.some(({ columns }) => columns.some(isChanged)) ||
    references.some(({ key }) => isParentChanged(table, key, isChanged))
  if (isAsked) for (const reference of references) ownKey(table, reference, mistakes)
}

/** What foreign keys ask of rows that REPLACE deletes. */
export function victimKeys(
  b: Binder,
  target: WriteTarget,
  mistakes: KeyMistakes,
): KeyChecks | null {
  if (areOff(b)) return null
  const { table } = target
  if (table.foreignKeys.length + referencesOf(b, table).length === 0) return null
  return deleteKeys(b, target, target.victims, mistakes, true)
}

/** A statement that may meet rows that it replaces. */
export interface Replacing {
  readonly orAction: ConflictAction | null
  readonly upserts: BoundInsert['upserts']
  /** Of an UPDATE; null: an INSERT. */
  readonly update: Pick<BoundUpdate, 'values' | 'rowid'> | null
  /** An INSERT gives rowids, which others may have. */
  readonly givesRowid: boolean
}

/** Whether it does: it looks for others where they are replaced. */
export function replacesRows(
  b: Binder,
  target: WriteTarget,
  { orAction, upserts, update, givesRowid }: Replacing,
): boolean {
  const steps = stepsOf(target, { orAction, upserts }).filter(({ action }) => action === 'REPLACE')
  if (steps.length === 0) return false
  if (update === null) return givesRowid || steps.some(({ index }) => index !== null)
  const isChanged = changedPlaces(target, update)
  const references = areOff(b) ? [] : referencesOf(b, target.table)
  const keys = areOff(b) ? [] : target.table.foreignKeys
  return steps.some(({ index }) => isTouched(target, index, keys, references, isChanged))
}

/** An UPDATE looks for others there. (`sqlite3Update`) */
function isTouched(
  { table, newRow, primary }: WriteTarget,
  index: IndexTarget | null,
  keys: readonly ForeignKey[],
  references: readonly Reference[],
  isChanged: (place: number) => boolean,
): boolean {
  if (index === null || isChanged(-1)) return isChanged(-1)
  if (primary?.index.columns.some(({ column }) => isChanged(column)) === true) return true
  if (index === primary) return false
  if (takesRowOut(table, keys, references, isChanged)) return true
  const parts = index.newWhere === null ? index.newKey : [...index.newKey, index.newWhere]
  return parts.some((part) => namesChanged(part, newRow, isChanged))
}

// ── Where the two tables meet ──

/** What a row that is deleted asks of its parents. */
function parentsOfOld(
  b: Binder,
  table: Table,
  keys: readonly ForeignKey[],
  references: readonly Reference[],
  mistakes: KeyMistakes,
): readonly ParentCheck[] {
  for (const reference of references) ownKey(table, reference, mistakes)
  return checkedParents(b, table, keys, references, mistakes)
}

/** What a row asks of its parents. @param asked the keys of others that concern the statement */
function checkedParents(
  b: Binder,
  table: Table,
  keys: readonly ForeignKey[],
  asked: readonly Reference[],
  mistakes: KeyMistakes,
): readonly ParentCheck[] {
  const parents = parentChecks(b, table, keys, mistakes)
  if (parents === null) return []
  asked.find((reference) => ownKey(table, reference, mistakes) === null)
  return parents
}

/** null: one of them is a mistake. */
function parentChecks(
  b: Binder,
  table: Table,
  keys: readonly ForeignKey[],
  mistakes: KeyMistakes,
): readonly ParentCheck[] | null {
  const parents: ParentCheck[] = []
  for (const key of keys) {
    const found = findParent(b, table, key)
    if (found === null) {
      mistakes.note(sqlError(`no such table: ${table.database}.${key.reference.table}`))
      return null
    }
    const parentKey = found.kind === 'view' ? null : parentKeyOf(found, key)
    if (found.kind === 'view' || parentKey === null) {
      mistakes.note(keyMismatch(table, key))
      return null
    }
    parents.push(checkAgainst(table, key, found, parentKey))
  }
  return parents
}

function checkAgainst(
  table: Table,
  key: ForeignKey,
  parent: Table,
  { index, columns }: ParentKey,
): ParentCheck {
  const plain = isPlain(parent, { child: table, key }, { index, columns })
  return { key, parent, index, columns, isSelf: parent === table, isPlain: plain }
}

/** When the child is dropped a parent that does not exist has no rows, and one that has no such key is left alone. */
function droppedCheck(b: Binder, table: Table, key: ForeignKey): readonly ParentCheck[] {
  const found = findParent(b, table, key)
  if (found === null) {
    const { columns } = key
    return [{ key, parent: null, index: null, columns, isSelf: false, isPlain: false }]
  }
  const parentKey = found.kind === 'view' ? null : parentKeyOf(found, key)
  if (found.kind === 'view' || parentKey === null) return []
  return [checkAgainst(table, key, found, parentKey)]
}

/** In the database of the child, and nowhere else. */
function findParent(
  b: Binder,
  { database }: Table,
  { reference }: ForeignKey,
): Table | View | null {
  const { tables, views, virtualTables } = schemaNamed(b.catalog, database)!
  const name = foldName(reference.table)
  const found = tables.get(name) ?? views.get(name)
  if (found !== undefined) return found
  const created = virtualTables.get(name)
  return created === undefined ? null : b.catalog.environment.virtualTable(created)
}

/** What a key of another table refers to in this one; null: that is a mistake. */
function ownKey(table: Table, { child, key }: Reference, mistakes: KeyMistakes): ParentKey | null {
  const parent = parentKeyOf(table, key)
  if (parent === null) mistakes.note(keyMismatch(child, key))
  return parent
}

/** The same, where its action is about to be found. */
function acting(
  b: Binder,
  table: Table,
  reference: Reference,
  event: 'DELETE' | 'UPDATE',
  mistakes: KeyMistakes | null,
): ParentKey | null {
  const { onDelete, onUpdate } = reference.key.reference
  const action = event === 'DELETE' ? onDelete : onUpdate
  const isPassed = action === 'RESTRICT' && b.catalog.environment.settings.defersForeignKeys
  if (mistakes === null || action === 'NO ACTION' || isPassed) {
    return parentKeyOf(table, reference.key)
  }
  return ownKey(table, reference, mistakes)
}

function actionOf(
  b: Binder,
  target: WriteTarget,
  reference: Reference,
  parent: ParentKey,
  event: 'DELETE' | 'UPDATE',
): KeyAction | null {
  const { key } = reference
  const { onDelete, onUpdate } = key.reference
  const action = event === 'DELETE' ? onDelete : onUpdate
  if (action === 'NO ACTION') return null
  if (action === 'RESTRICT') {
    if (b.catalog.environment.settings.defersForeignKeys) return null
    const conditions = event === 'UPDATE' ? conditionsOf(target, parent) : []
    const rows = referringRows(b, target, target.oldRow, reference, parent, false, conditions)
    return { kind: 'restrict', key, rows }
  }
  const place = actionProgram(b, target.table, reference, parent, event, action)
  return { kind: 'program', key, place }
}

// ── What an UPDATE changes ──

function refersTo({ name }: Table): (key: ForeignKey) => boolean {
  return ({ reference }) => sameName(reference.table, name)
}

/** SQLite takes the row out of the table, and of all indexes, before it looks for others. (`sqlite3FkRequired`) */
function takesRowOut(
  table: Table,
  keys: readonly ForeignKey[],
  references: readonly Reference[],
  isChanged: (place: number) => boolean,
): boolean {
  const isSelf = refersTo(table)
  return (
    keys.some((key) => isSelf(key) && key.columns.some(isChanged)) ||
    references.some(
      ({ key }) => key.reference.onUpdate !== 'NO ACTION' && isParentChanged(table, key, isChanged),
    )
  )
}

/** Whether a column, or -1, the rowid, may get another value. Generated columns change with those that they name. */
function changedPlaces(
  { table, generated, newRow }: WriteTarget,
  { values, rowid }: Pick<BoundUpdate, 'values' | 'rowid'>,
): (place: number) => boolean {
  const changed = values.map((value) => value !== null)
  if (table.rowidAlias >= 0) changed[table.rowidAlias] = rowid !== null
  const isChanged = (place: number): boolean =>
    place < 0 ? rowid !== null : changed[place] === true
  for (const { column, value } of generated) {
    changed[column] = namesChanged(value, newRow, isChanged)
  }
  return isChanged
}

function namesChanged(
  expression: BoundExpression,
  row: number,
  isChanged: (place: number) => boolean,
): boolean {
  let found = false
  visitExpression(expression, (part) => {
    if (part.kind === 'column' && part.source === row && isChanged(part.column)) found = true
  })
  return found
}

/** The columns that it names, or those of the primary key. (`fkParentIsModified`) */
function isParentChanged(
  { columns }: Table,
  { columns: own, reference }: ForeignKey,
  isChanged: (place: number) => boolean,
): boolean {
  const names = own.map((_, i) => reference.columns[i])
  return columns.some(({ name, primaryKeyPlace }, place) => {
    if (!isChanged(place)) return false
    return names.some((wanted) =>
      wanted === undefined ? primaryKeyPlace > 0 : sameName(wanted, name),
    )
  })
}
