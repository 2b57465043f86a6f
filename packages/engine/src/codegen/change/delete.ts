/** DELETE: rows are collected, then deleted with their index entries. A table without a WHERE is emptied as a whole. */
import {
  cannotFail,
  changesOneRow,
  firesAny,
  isFoundInPlace,
  isPostponed,
  mayFailAfterChange,
} from '../../plan/index.ts'
import type { BoundDelete } from '../../plan/index.ts'
import { SetRemover } from '../../runtime/index.ts'
import { integerText } from '../emit/quote.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation, PostponedStep } from '../source/generation.ts'
import { spilling } from '../source/parts.ts'
import { changeCollected, collectRows, forEachRow, mayFail, newList } from './each-row.ts'
import { deleteInPlace } from './in-place.ts'
import { returnedRows } from './returning.ts'
import { deleteEntries, oldEntries } from './row/entries.ts'
import type { RowIdentity } from './row/identity.ts'
import { KeyEmitter } from './row/keys.ts'
import { bindOldRow } from './row/old-row.ts'
import { deleteRow } from './row/store.ts'
import { WriteEmitter } from './row/write-emitter.ts'

export function emitDelete(generation: Generation, statement: BoundDelete, shape: Shape): void {
  const { input, returning } = statement
  if (generation.isInProgram && generation.postponed !== null && isPostponed(statement)) {
    postpone(generation, generation.postponed, statement)
    return
  }
  const isOne = changesOneRow(statement, generation.callsUsers)
  const isGuarded = mayFailAfterChange(statement, generation.callsUsers)
  const returned = returnedRows(generation, returning, isOne, shape)
  const write = new WriteEmitter(generation, statement, returned)
  if (input === null) {
    emitClear(write, isGuarded)
    return
  }
  if (isInPlace(generation, statement)) {
    write.statement(isGuarded, () => deleteInPlace(write, input), true)
    return
  }
  write.statement(isGuarded, () => {
    const postponed = generation.isInProgram ? [] : (generation.postponed ?? [])
    for (const { step, list } of postponed) {
      generation.emitter.line(
        `${list} = ${spilling(generation, newList(generation, step.target, false))}`,
      )
    }
    const keys = KeyEmitter.of(write, statement, statement.keys)
    const isBlind = !needsRow(write, statement)
    const together = isAlone(generation, statement) ? togetherOf(write, '') : undefined
    forEachRow(write, input, { isOne, isOnePass: false, isBlind, together }, (identity) =>
      deleteFound(write, statement, identity, keys),
    )
    for (const step of postponed) deletePostponed(generation, step)
  })
}

/** Something asks for the columns of a row that is deleted. */
function needsRow({ returned, fires }: WriteEmitter, { target, keys }: BoundDelete): boolean {
  return target.indexes.length > 0 || returned !== null || fires || keys !== null
}

/** The row that is current under the source of old rows goes, and what goes with it. */
function deleteFound(
  write: WriteEmitter,
  statement: BoundDelete,
  identity: RowIdentity,
  keys: KeyEmitter | null,
): void {
  const { generation, target, fires } = write
  const { triggers } = statement
  write.watch()
  const isWhole = fires || statement.keys !== null
  const old = needsRow(write, statement) ? bindOldRow(generation, target, identity, isWhole) : null
  const found = generation.sources.get(target.oldRow)
  write.fire(triggers.before, old, null)
  const finish = (): void => {
    const entries = oldEntries(write, null)
    if (old !== null) keys?.checkOld(old)
    write.beginChange()
    deleteEntries(write, entries)
    deleteRow(write, identity)
    // RETURNING shows it as AFTER triggers do: as it was found. (`sqlite3GenerateRowDelete`)
    if (found !== undefined) generation.sources.set(target.oldRow, found)
    write.endChange(triggers, old, null, keys)
  }
  if (triggers.before.length === 0) finish()
  else {
    write.again(identity, true, () => {
      bindOldRow(generation, target, identity)
      finish()
    })
  }
}

/** The step of a program finds its rows, and leaves them to the end of the statement. */
function postpone(generation: Generation, postponed: PostponedStep[], step: BoundDelete): void {
  const { emitter } = generation
  const list = emitter.fresh('postponed')
  emitter.share(`let ${list}`)
  postponed.push({ step, list })
  collectRows(generation, step.target, step.input!, list)
}

/** All rows that the step has found go. */
function deletePostponed(generation: Generation, { step, list }: PostponedStep): void {
  const { emitter } = generation
  const write = new WriteEmitter(generation, step, null)
  const keys = KeyEmitter.of(write, step, step.keys, false, true)
  // A row that goes takes its violation with it: of deferred keys there may be some.
  const violations = step.keys === null ? '' : generation.keyViolations()
  const test =
    violations === '' ? '' : `${violations}.deferred === 0 && ${violations}.postponed === 0`
  const visit = { isBlind: !needsRow(write, step), together: togetherOf(write, test) }
  emitter.nested('', () =>
    changeCollected(write, list, visit, (identity) => deleteFound(write, step, identity, keys)),
  )
  emitter.line(`ctx.totalChanges += ${write.changes}`)
}

/**
 * Where rows are returned, that must not fail sooner than the condition of a later row. The step of a program may be left in the middle
 * (`RAISE(IGNORE)`), and mostly changes a few rows.
 */
function isInPlace({ callsUsers, isInProgram }: Generation, statement: BoundDelete): boolean {
  const { target, input, returning } = statement
  if (isInProgram) return false
  if (target.indexes.length > 0 || !isFoundInPlace(statement, callsUsers)) return false
  return returning === null || returning.expressions.every(cannotFail) || !mayFail(input!)
}

/** Nobody is told of the rows that are deleted. */
function isAlone({ callsUsers, isInProgram }: Generation, statement: BoundDelete): boolean {
  const { target, returning, keys } = statement
  if (returning !== null || keys !== null || firesAny(statement)) return false
  return target.primary === null && !callsUsers && !isInProgram
}

/** What deletes collected rows all together, where `test` holds: answers the condition that it has not. */
function togetherOf(write: WriteEmitter, test: string): (list: string) => string {
  const { generation, target, changes } = write
  const { emitter } = generation
  const { table } = target
  return (list) => {
    const name = emitter.fresh('set')
    const use = emitter.use('SetRemover', SetRemover)
    const indexes = target.indexes.map((index) => write.indexName(index))
    const args = `${generation.database(table.database)}, ${integerText(table.root)}`
    emitter.link(`const ${name} = new ${use}(${args}, [${indexes.join(', ')}])`)
    write.beginChange()
    const deleted = emitter.fresh('deleted')
    const all = emitter.work(`${name}.delete`, `${name}.deleting`, list)
    emitter.line(`const ${deleted} = ${test === '' ? all : `${test} ? ${all} : -1`}`)
    emitter.line(`if (${deleted} >= 0) ${changes} = ${deleted}`)
    return `${deleted} < 0`
  }
}

function emitClear(write: WriteEmitter, isGuarded: boolean): void {
  const { emitter } = write.generation
  const { indexes } = write.target
  write.statement(isGuarded, () => {
    write.watch()
    write.beginChange()
    const clear = (of: string): string => emitter.work(`${of}.clear`, `${of}.clearing`)
    emitter.line(`${write.changes} = ${clear(write.rows)}`)
    for (const index of indexes) emitter.line(clear(write.indexName(index)))
  })
}
