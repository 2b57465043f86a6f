/**
 * Conflicts of a new row with rows that are there. Entries are evaluated in SQLite's order, each right before it is looked for; but what
 * REPLACE deletes it deletes among these checks, so all that is left to evaluate is evaluated before the first check that may do so.
 *
 * When the last tree is asked there is nothing left that may refuse an inserted row: so it is stored there at once, if its place is free.
 */
import {
  primaryKeyFailed,
  rowidFailed,
  uniqueFailed,
  uniqueIndexFailed,
} from '../../../base/error.ts'
import { hasActions, hasTriggers, stepsOf } from '../../../plan/index.ts'
import type {
  BoundUpsert,
  ConflictPolicy,
  IndexTarget,
  Step,
  WriteTarget,
} from '../../../plan/index.ts'
import { touches } from '../changed-columns.ts'
import type { ChangedColumns } from '../changed-columns.ts'
import { newEntry } from './entries.ts'
import type { IndexEntry } from './entries.ts'
import { keyIdentity, partsOf, rowidIdentity } from './identity.ts'
import type { RowIdentity } from './identity.ts'
import type { RowCode } from './image.ts'
import { deleteVictim, setRecord } from './store.ts'
import type { WriteEmitter } from './write-emitter.ts'

/** A row that is about to be stored. */
export interface NewRow {
  readonly row: RowCode
  readonly identity: RowIdentity
  /** The row that it updates, which is in nobody's way. */
  readonly self: { readonly identity: RowIdentity; readonly changed: ChangedColumns } | null
  /** The condition under which its identity may be another row's; null: it cannot be. */
  readonly mayBeTaken: string | null
}

/** What the statement does about the new row at other moments. */
export interface NewRowRules extends ConflictPolicy {
  /** Foreign keys are still to be asked when the place of the row is free. */
  readonly hasKeys: boolean
  /** Emits the check of a STRICT table's types. */
  readonly checkTypes: () => void
  /** Emits what puts the row into a record; absent: as that of a whole row. */
  readonly setRecord?: () => void
  /** Emits DO UPDATE for the row that is in the way. `isConverted`: the new row's values have their columns' affinities. */
  readonly update: ((clause: BoundUpsert, other: RowIdentity, isConverted: boolean) => void) | null
}

/** What is left to be stored. */
export interface Unstored {
  readonly row: boolean
  readonly entries: readonly IndexEntry[]
}

/**
 * Evaluates the entries of the new row and checks that they and its identity are free. The row and its entries are then ready to be
 * stored, or have been.
 */
export function checkUnique(write: WriteEmitter, newRow: NewRow, rules: NewRowRules): Unstored {
  const { target } = write
  const { row, self, mayBeTaken } = newRow
  const { primary } = target
  const entries = new Map<IndexTarget, IndexEntry>()
  let hasTypes = false
  let hasRecord = false
  const checkTypesOnce = (): void => {
    if (!hasTypes) rules.checkTypes()
    hasTypes = true
  }
  const setRecordOnce = (): void => {
    checkTypesOnce()
    if (!hasRecord) {
      if (rules.setRecord === undefined) setRecord(write, row)
      else rules.setRecord()
    }
    hasRecord = true
  }
  const evaluate = (index: IndexTarget): string | null => {
    checkTypesOnce()
    if (index === primary) {
      setRecordOnce()
      return null
    }
    const entry = entries.get(index) ?? newEntry(write, index)
    entries.set(index, entry)
    return entry.applies
  }
  const isOfIdentity = (index: IndexTarget | null): boolean => index === null || index === primary
  const steps = stepsOf(target, rules).filter(({ index }) => {
    if (isOfIdentity(index)) return index !== null || mayBeTaken !== null
    return self === null || touches(index!, target.newRow, self.changed)
  })
  const isRechecked = deletesByTriggers(write, rules)
  const mayStore = self === null && !write.generation.callsUsers && !isRechecked && !rules.hasKeys
  const last = mayStore ? steps.at(-1) : undefined
  let stored: IndexTarget | null = null
  for (const step of steps) {
    const { index, action } = step
    if (action === 'REPLACE') {
      checkTypesOnce()
      for (const other of steps) if (other.index !== null) evaluate(other.index)
      setRecordOnce()
    }
    const applies = index === null ? null : evaluate(index)
    if (action === null || (isOfIdentity(index) && mayBeTaken === null)) continue
    // A row that has no entries anywhere is replaced when the new one is stored.
    const isAlone = primary !== null && target.indexes.length === 0 && !hasVictims(target)
    if (action === 'REPLACE' && isAlone) continue
    const answer = (other: RowIdentity): void =>
      answerConflict(write, { index, action }, other, rules, hasTypes, self !== null)
    if (step === last && index !== null && typeof action === 'string' && action !== 'REPLACE') {
      setRecordOnce()
      storeAtOnce(write, index, applies, () => answer(newRow.identity))
      stored = index
    } else if (isOfIdentity(index)) checkIdentity(write, newRow, answer)
    else checkIndex(write, newRow, index!, applies, answer)
  }
  setRecordOnce()
  if (isRechecked) recheck(write, newRow, steps, entries)
  return {
    row: stored === null || stored !== primary,
    entries: [...entries.values()].filter(({ index }) => index !== stored),
  }
}

/** What REPLACE deletes is looked at. */
function hasVictims({ victims, victimKeys }: WriteTarget): boolean {
  return hasTriggers(victims) || victimKeys !== null
}

/** REPLACE deletes rows that have triggers, or actions of foreign keys, which may change the table themselves. */
function deletesByTriggers({ target }: WriteEmitter, policy: ConflictPolicy): boolean {
  if (!hasTriggers(target.victims) && !hasActions(target.victimKeys)) return false
  return stepsOf(target, policy).some(({ action }) => action === 'REPLACE')
}

/**
 * What REPLACE has made room for is looked at again when the triggers have run, and a rowid, which may have been free before: a key that is taken by then
 * is an error. (`sqlite3GenerateConstraintChecks`, `lblRecheckOk`)
 */
function recheck(
  write: WriteEmitter,
  newRow: NewRow,
  steps: readonly Step[],
  entries: ReadonlyMap<IndexTarget, IndexEntry>,
): void {
  const { primary } = write.target
  const mayBeTaken = newRow.self === null ? 'true' : newRow.mayBeTaken
  if (primary === null && mayBeTaken !== null) {
    checkIdentity(write, { ...newRow, mayBeTaken }, () => write.fail('ABORT', rowidError(write)))
  }
  for (const { index, action } of steps) {
    if (action !== 'REPLACE' || index === null) continue
    const fail = (): void => write.fail('ABORT', indexError(write, index))
    if (index === primary) checkIdentity(write, newRow, fail)
    else checkIndex(write, newRow, index, entries.get(index)!.applies, fail)
  }
}

/** Emits that the row, or its entry, is stored in the tree of `index`, or else the answer to the conflict. */
function storeAtOnce(
  write: WriteEmitter,
  index: IndexTarget,
  applies: string | null,
  answer: () => void,
): void {
  const tree = index === write.target.primary ? write.rows : write.indexName(index)
  const condition = applies === null ? '' : `${applies} && `
  write.beginChange()
  write.generation.emitter.nested(`if (${condition}!${tree}.insertUnique())`, () => {
    write.withdrawChange()
    answer()
  })
}

/** Emits the answer where another row has the identity of the new one. */
function checkIdentity(
  { generation, rows }: WriteEmitter,
  { identity, mayBeTaken }: NewRow,
  answer: (other: RowIdentity) => void,
): void {
  const condition = mayBeTaken === 'true' ? '' : `${mayBeTaken} && `
  const isTaken = identity.kind === 'rowid' ? `exists(${identity.rowid.text})` : 'isTaken()'
  generation.emitter.nested(`if (${condition}${rows}.${isTaken})`, () => answer(identity))
}

/** Emits the answer where another row has the same key in an index. */
function checkIndex(
  write: WriteEmitter,
  { self }: NewRow,
  index: IndexTarget,
  applies: string | null,
  answer: (other: RowIdentity) => void,
): void {
  const { generation, target, rows } = write
  const { emitter } = generation
  const { primary } = target
  const conflict = emitter.fresh('conflict')
  const find = `${write.indexName(index)}.${primary === null ? 'conflict' : 'conflictingKey'}()`
  emitter.line(`const ${conflict} = ${applies === null ? find : `${applies} ? ${find} : null`}`)
  let test = `${conflict} !== null`
  if (self !== null) {
    const own = partsOf(self.identity).map((part) => part.text)
    test +=
      primary === null
        ? ` && ${conflict} !== ${own[0]!}`
        : ` && !${rows}.isSame(${conflict}, [${own.join(', ')}])`
  }
  const other = primary === null ? rowidIdentity(conflict) : keyIdentity(target, conflict)
  emitter.nested(`if (${test})`, () => answer(other))
}

function answerConflict(
  write: WriteEmitter,
  { index, action }: Step,
  other: RowIdentity,
  rules: NewRowRules,
  isConverted: boolean,
  isUpdate: boolean,
): void {
  // Of a row that has the new rowid SQLite does not say that the updated row must stay. (`sqlite3GenerateConstraintChecks`, `OP_CursorLock`)
  if (action === 'REPLACE') deleteVictim(write, other, isUpdate && index !== null)
  else if (typeof action === 'string') {
    write.fail(action, index === null ? rowidError(write) : indexError(write, index))
  } else rules.update!(action!, other, isConverted)
}

function rowidError({ generation, target }: WriteEmitter): string {
  const { emitter } = generation
  const { table } = target
  if (table.rowidAlias < 0) {
    return `${emitter.use('rowidFailed', rowidFailed)}(${emitter.slot(table.name)})`
  }
  const name = `${table.name}.${table.columns[table.rowidAlias]!.name}`
  return `${emitter.use('primaryKeyFailed', primaryKeyFailed)}(${emitter.slot([name])})`
}

function indexError({ generation }: WriteEmitter, { index, columnNames }: IndexTarget): string {
  const { emitter } = generation
  if (columnNames === null) {
    return `${emitter.use('uniqueIndexFailed', uniqueIndexFailed)}(${emitter.slot(index.name)})`
  }
  const isPrimary = index.origin === 'pk'
  const use = isPrimary
    ? emitter.use('primaryKeyFailed', primaryKeyFailed)
    : emitter.use('uniqueFailed', uniqueFailed)
  return `${use}(${emitter.slot(columnNames)})`
}
