/** UPDATE. An index entry is touched only when one of its columns may change. */
import { changedColumns, touches } from './changed-columns.ts'
import type { NewValues } from './changed-columns.ts'
import { forEachRow, mayFail } from './each-row.ts'
import { failsWhole, updateInPlace } from './in-place.ts'
import { forEachJoinedRow } from './joined-rows.ts'
import { returnedRows } from './returning.ts'
import type { Shape } from '../query/delivery.ts'
import { anyInteger, isOnly } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'
import { toRowid } from '../../runtime/index.ts'
import {
  changesOneRow,
  firesAny,
  hasActions,
  hasTriggers,
  isFoundInPlace,
  mayFailAfterChange,
} from '../../plan/index.ts'
import type { BoundUpdate, ConflictPolicy, PlanNode, RowTriggers } from '../../plan/index.ts'
import type { Index } from '../../schema/index.ts'
import { checkConditions, checksOf, checkTypes } from './row/checks.ts'
import { keptByUpdate } from './row/copied.ts'
import type { KeptColumns } from './row/copied.ts'
import { deleteEntries, insertEntries, oldEntries } from './row/entries.ts'
import { completeRow, newForTriggers, typedLast } from './row/generated.ts'
import { partsOf } from './row/identity.ts'
import type { RowIdentity } from './row/identity.ts'
import { bindNewRow, newIdentity, stored } from './row/image.ts'
import type { RowCode } from './row/image.ts'
import { KeyEmitter } from './row/keys.ts'
import { bindOldRow } from './row/old-row.ts'
import { deleteRow, replaceRow } from './row/store.ts'
import { checkUnique } from './row/unique.ts'
import { WriteEmitter } from './row/write-emitter.ts'

export function emitUpdate(generation: Generation, statement: BoundUpdate, shape: Shape): void {
  const { input, returning, orAction } = statement
  const isOne = changesOneRow(statement, generation.callsUsers)
  const returned = returnedRows(generation, returning, isOne, shape)
  const write = new WriteEmitter(generation, statement, returned)
  const policy: ConflictPolicy = { orAction, upserts: [] }
  const { joined, triggers } = statement
  const isGuarded = mayFailAfterChange(statement, generation.callsUsers)
  if (isInPlace(generation, statement)) {
    write.statement(isGuarded, () => updateInPlace(write, statement, policy), true)
    return
  }
  write.statement(isGuarded, () => {
    const keys = KeyEmitter.of(write, statement, statement.keys)
    const kept = failsWhole(statement) ? keptByUpdate(generation, statement) : null
    const change = (identity: RowIdentity): void =>
      updateRow(write, statement, policy, identity, triggers, keys, kept)
    if (joined === null)
      forEachRow(write, input, { isOne, isOnePass: isOnePass(statement) }, change)
    else forEachJoinedRow(write, input, joined, change)
  })
}

/**
 * Where SQLite finds all rows first, those that are changed meanwhile must not fail sooner than the condition. The step of a program may be
 * left in the middle (`RAISE(IGNORE)`), and mostly changes a few rows.
 */
function isInPlace({ callsUsers, isInProgram }: Generation, statement: BoundUpdate): boolean {
  const { joined, rowid, input } = statement
  if (joined !== null || rowid !== null || isInProgram) return false
  if (!isFoundInPlace(statement, callsUsers) || !failsWhole(statement)) return false
  return isOnePass(statement) || !mayFail(input)
}

/**
 * Whether SQLite changes each row as soon as it has found it. Not where a change could lead the scan astray: a
 * rowid or a primary key changes, a column of the index that is scanned does, rows are replaced, or the condition asks the table itself;
 * nor where rows are returned.
 * (`sqlite3Update`; `ONEPASS_MULTI` in `sqlite3WhereBegin`)
 */
function isOnePass(statement: BoundUpdate): boolean {
  const { target, orAction, asksQuery, returning } = statement
  if (firesAny(statement) || statement.keys !== null) return false
  const changed = changedColumns(target, statement)
  if (changed.identity || asksQuery || orAction === 'REPLACE' || returning !== null) return false
  if (findsInSeveralWays(statement.input)) return false
  const index = scannedIndex(statement.input)
  return target.indexes
    .filter((one) => touches(one, target.newRow, changed))
    .every(
      (one) =>
        one.index.root !== index?.root && (orAction !== null || one.index.onConflict !== 'REPLACE'),
    )
}

function findsInSeveralWays(input: PlanNode): boolean {
  if (input.kind === 'filter') return findsInSeveralWays(input.input)
  return input.kind === 'scan' && input.access.kind === 'any'
}

/** The index through which the rows are found; null: the table itself. */
function scannedIndex(input: PlanNode): Index | null {
  if (input.kind === 'filter') return scannedIndex(input.input)
  return input.kind === 'scan' && input.access.kind === 'index' ? input.access.index : null
}

/** Emits new values for the row that is current under the source of old rows. */
export function updateRow(
  write: WriteEmitter,
  update: NewValues,
  policy: ConflictPolicy,
  identity: RowIdentity,
  triggers: RowTriggers,
  keys: KeyEmitter | null,
  kept: KeptColumns | null = null,
): void {
  const { generation, target } = write
  const { table } = target
  const old = bindOldRow(generation, target, identity, write.fires || keys !== null, kept)
  const newRowid = emitNewRowid(generation, update, identity)
  const set = update.values.map((value, i) =>
    value === null || i === table.rowidAlias
      ? null
      : stored(generation, table.columns[i]!, generation.value(value)),
  )
  const rowOver = ({ columns: now }: RowCode): RowCode => {
    const columns = set.map((code, i) => (i === table.rowidAlias ? newRowid! : (code ?? now[i]!)))
    return { columns, rowid: newRowid }
  }
  const store = (now: RowCode): void =>
    storeUpdated(write, { update, policy, identity, triggers, keys, old }, rowOver(now))
  const firesBefore = triggers.before.length > 0
  if (firesBefore) {
    const now = rowOver(old)
    checkTypes(write, now.columns, (i) => update.values[i] !== null)
    write.fire(triggers.before, old, newForTriggers(write, now))
  }
  if (!generation.callsUsers && !firesBefore) store(old)
  // What is not set is as the triggers have left it.
  else write.again(identity, firesBefore, () => store(bindOldRow(generation, target, identity)))
}

/** How a row is updated. */
interface RowUpdate {
  readonly update: NewValues
  readonly policy: ConflictPolicy
  /** Of the row that is there. */
  readonly identity: RowIdentity
  readonly triggers: RowTriggers
  readonly keys: KeyEmitter | null
  /** As it was before the BEFORE triggers. */
  readonly old: RowCode
}

/** Checks the row as it is to be, and stores it. */
function storeUpdated(
  write: WriteEmitter,
  { update, policy, identity: old, triggers, keys, old: before }: RowUpdate,
  { columns: values, rowid }: RowCode,
): void {
  const { generation, target } = write
  const changed = changedColumns(target, update)
  const isChanged = (i: number): boolean => changed.columns[i] === true

  const { columns: definitions } = target.table
  const hasGenerated = target.generated.length > 0
  const isGiven = (i: number): boolean => definitions[i]!.generated === null
  if (hasGenerated) checkTypes(write, values, (i) => isChanged(i) && isGiven(i))
  const columns = completeRow(write, values, rowid, policy.orAction, isChanged)
  const checks = checksOf(target, changed)
  const isTypedLast = typedLast(target)
  const types = (): void => checkTypes(write, columns, (i) => isChanged(i) && isTypedLast(i))
  if (checks.length > 0) types()
  const row: RowCode = { columns, rowid }
  bindNewRow(generation, target, row)
  checkConditions(write, checks, policy.orAction)
  // Where the row is taken out before others are looked for, its entries are, too.
  const entered = keys?.takesOut === true ? { ...changed, identity: true } : changed
  const identity = changed.identity ? newIdentity(generation, target, row) : old
  const isOther = changed.identity ? otherIdentity(write, identity, old) : null
  const { entries } = checkUnique(
    write,
    { row, identity, self: { identity: old, changed: entered }, mayBeTaken: isOther },
    { ...policy, hasKeys: false, checkTypes: checks.length > 0 ? () => {} : types, update: null },
  )
  const store = (): void => {
    const gone = oldEntries(write, entered)
    keys?.checkOld(before)
    if (keys?.endsAtOnce === true) keys.checkNew(row)
    write.beginChange()
    deleteEntries(write, gone)
    if (keys !== null && (keys.takesOut || changed.identity)) deleteRow(write, old)
    else if (isOther !== null) {
      generation.emitter.nested(`if (${isOther})`, () => deleteRow(write, old))
    }
    if (keys?.endsAtOnce === false) keys.checkNew(row)
    replaceRow(write, identity)
    insertEntries(write, entries)
    write.endChange(triggers, before, row, keys)
  }
  // What follows the deletion of a row in the way may have changed this one, or deleted it.
  const isPinned = hasTriggers(target.victims) && (isOther === null || target.primary !== null)
  const mayBeOther = !isPinned && (hasTriggers(target.victims) || hasActions(target.victimKeys))
  if (!mayBeOther) store()
  else {
    write.again(old, true, () => {
      bindOldRow(generation, target, old)
      store()
    })
  }
}

/** A condition: the row is to be found by another rowid or key than before. */
function otherIdentity({ rows }: WriteEmitter, now: RowIdentity, old: RowIdentity): string {
  const own = partsOf(old).map((part) => part.text)
  if (now.kind === 'rowid') return `${now.rowid.text} !== ${own[0]!}`
  return `!${rows}.isSame(${rows}.row, [${own.join(', ')}])`
}

/** The rowid after the update; NULL is no rowid. */
function emitNewRowid(
  generation: Generation,
  { rowid }: NewValues,
  identity: RowIdentity,
): Code | null {
  if (identity.kind === 'key') return null
  if (rowid === null) return identity.rowid
  const { emitter } = generation
  const value = emitter.name(generation.plainValue(rowid))
  if (isOnly(value, anyInteger)) return value
  const convert = emitter.use('toRowid', toRowid)
  return emitter.name({ text: `${convert}(${value.text})`, kinds: anyInteger, simple: false })
}
