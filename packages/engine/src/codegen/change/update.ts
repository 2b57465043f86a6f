/**
 * UPDATE and DELETE. Both first collect the rowids of the rows that they concern, then change one row after another by rowid,
 * so that no change can lead the scan to a row that it has changed already, or away from one that it should find.
 * A statement that names its row by rowid does both at once. They are changed in the order of their rowids, or in that of
 * the scan where SQLite changes each row as soon as it has found it: the order decides which of two rows gets a
 * value that only one can have.
 *
 * An index entry is touched only when one of its columns may change.
 */
import { cannotFail } from '../../plan/index.ts'
import type { BoundDelete, BoundUpdate, PlanNode, WriteTarget } from '../../plan/index.ts'
import { ascendingRowids, keptError, toRowid } from '../../runtime/index.ts'
import type { Index } from '../../schema/index.ts'
import type { Generation } from '../source/generation.ts'
import { anyInteger, isOnly } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { VariablesSource } from '../source/sources.ts'
import { pinned, touches, WriteEmitter } from './write-row.ts'
import type { ChangedColumns, RowCode } from './write-row.ts'

export function emitUpdate(generation: Generation, statement: BoundUpdate): void {
  const { target } = statement
  const write = new WriteEmitter(generation, target, statement.orAction)
  const isOne = reachesOneRow(statement.input)
  write.statement(!isOne || write.mayFailAfterReplacing, () =>
    forEachRow(write, statement.input, isOne, isOnePass(statement), (rowid) =>
      updateRow(write, statement, rowid),
    ),
  )
}

function changedColumns({ values, rowid }: BoundUpdate): ChangedColumns {
  return { columns: values.map((value) => value !== null), rowid: rowid !== null }
}

/**
 * Whether SQLite changes each row as soon as it has found it. Not where a change could lead the scan astray: a
 * rowid changes, a column of the index that is scanned does, rows are replaced, or the condition asks the table itself.
 * (`sqlite3Update`; `ONEPASS_MULTI` in `sqlite3WhereBegin`)
 */
function isOnePass(statement: BoundUpdate): boolean {
  const { target, orAction, rowid, asksQuery } = statement
  if (rowid !== null || asksQuery || orAction === 'REPLACE') return false
  const index = scannedIndex(statement.input)
  const changed = changedColumns(statement)
  return target.indexes
    .filter((one) => touches(one, target.newRow, changed))
    .every(
      (one) => one.index !== index && (orAction !== null || one.index.onConflict !== 'REPLACE'),
    )
}

/** The index through which the rows are found; null: the table itself. */
function scannedIndex(input: PlanNode): Index | null {
  if (input.kind === 'filter') return scannedIndex(input.input)
  return input.kind === 'scan' && input.access.kind === 'index' ? input.access.index : null
}

export function emitDelete(generation: Generation, statement: BoundDelete): void {
  const { emitter } = generation
  const { target, input } = statement
  const write = new WriteEmitter(generation, target, null, target.indexes.length > 0)
  if (input === null) {
    write.statement(target.indexes.length > 0, () => {
      write.beginChange()
      emitter.line(`${write.changes} = ${write.rows}.clear()`)
      for (const index of target.indexes) emitter.line(`${write.indexName(index)}.clear()`)
    })
    return
  }
  const isOne = reachesOneRow(input)
  write.statement(!isOne, () =>
    forEachRow(write, input, isOne, false, (rowid) => {
      if (target.indexes.length > 0) bindOldRow(generation, target, rowid)
      const entries = write.oldEntries(null)
      write.beginChange()
      write.deleteEntries(entries, rowid.text)
      emitter.line(`${write.rows}.delete(${rowid.text})`)
      emitter.line(`${write.changes}++`)
    }),
  )
}

/** The input looks a rowid up, and tests no more than that row. */
function reachesOneRow(input: PlanNode): boolean {
  if (input.kind === 'filter') return reachesOneRow(input.input)
  return input.kind === 'scan' && input.access.kind === 'rowid'
}

function forEachRow(
  write: WriteEmitter,
  input: PlanNode,
  isOne: boolean,
  isOnePass: boolean,
  change: (rowid: Code) => void,
): void {
  const { generation } = write
  const { emitter } = generation
  const { oldRow } = write.target
  const rowidOf = (): Code => emitter.name(generation.column(oldRow, -1), 'rowid')
  if (isOne) {
    emitter.once(() => generation.produce(input, () => change(rowidOf())))
    return
  }
  const rowids = emitter.runState('rowids')
  emitter.line(`${rowids} = []`)
  const collect = (): void =>
    emitter.once(() =>
      generation.produce(input, () => emitter.line(`${rowids}.push(${rowidOf().text})`)),
    )
  // Where each row is changed when it is found, those that come before an error of the condition may have their own.
  const later = isOnePass && mayFail(input) ? emitter.fresh('later') : null
  if (later === null) collect()
  else {
    emitter.line(`let ${later} = null`)
    emitter.nested('try', collect)
    const keep = emitter.use('keptError', keptError)
    emitter.nested('catch (error)', () => emitter.line(`${later} = ${keep}(error)`))
  }
  const name = emitter.fresh('rowid')
  const ordered = isOnePass
    ? rowids
    : `${emitter.use('ascendingRowids', ascendingRowids)}(${rowids})`
  emitter.loop(`for (const ${name} of ${ordered})`, () => {
    const rowid: Code = { text: name, kinds: anyInteger, simple: true }
    // DELETE from a table without indexes need not look at the row.
    if (!write.readsOldRow) change(rowid)
    else write.withOldRow(name, () => change(rowid))
  })
  if (later !== null) emitter.line(`if (${later} !== null) throw ${later}`)
}

/** The condition may fail at some row. */
function mayFail(input: PlanNode): boolean {
  return input.kind === 'filter' && (!cannotFail(input.condition) || mayFail(input.input))
}

/** The old row in variables: the cursor may move when the table changes. */
function bindOldRow(generation: Generation, target: WriteTarget, rowid: Code): readonly Code[] {
  const { table, oldRow } = target
  const columns = table.columns.map((_, i) =>
    i === table.rowidAlias ? rowid : pinned(generation.emitter, generation.column(oldRow, i)),
  )
  const all = new Map<number, Code>(columns.entries())
  all.set(-1, rowid)
  generation.sources.set(oldRow, new VariablesSource(generation, all))
  return columns
}

function updateRow(write: WriteEmitter, statement: BoundUpdate, rowid: Code): void {
  const { generation } = write
  const { emitter } = generation
  const { target, values } = statement
  const { table } = target
  const old = bindOldRow(generation, target, rowid)
  const changed = changedColumns(statement)
  const isChanged = (i: number): boolean => changed.columns[i] === true

  const newRowid = emitNewRowid(generation, statement, rowid)
  let columns: readonly Code[] = values.map((value, i) => {
    if (i === table.rowidAlias) return newRowid
    return value === null ? old[i]! : write.stored(table.columns[i]!, generation.value(value))
  })
  columns = write.checkNotNull(columns, isChanged)
  const checkTypes = (): void => write.checkTypes(columns, isChanged)
  const checks = write.checksOf(changed)
  if (checks.length > 0) checkTypes()
  const row: RowCode = { columns, rowid: newRowid }
  write.bindNewRow(row)
  write.checkConditions(checks)
  const checkRowid = changed.rowid ? `${newRowid.text} !== ${rowid.text}` : null
  const entries = write.checkEntries(row, { rowid, changed }, checkRowid, () => {
    if (checks.length === 0) checkTypes()
  })
  const oldEntries = write.oldEntries(changed)
  write.beginChange()
  write.deleteEntries(oldEntries, rowid.text)
  if (changed.rowid) {
    emitter.nested(`if (${newRowid.text} !== ${rowid.text})`, () => {
      emitter.line(`${write.rows}.delete(${rowid.text})`)
    })
  }
  emitter.line(`${write.rows}.replace(${newRowid.text})`)
  write.insertEntries(entries)
  emitter.line(`${write.changes}++`)
}

/** The rowid after the update; NULL is no rowid. */
function emitNewRowid(generation: Generation, statement: BoundUpdate, rowid: Code): Code {
  if (statement.rowid === null) return rowid
  const { emitter } = generation
  const value = emitter.name(generation.plainValue(statement.rowid))
  if (isOnly(value, anyInteger)) return value
  const convert = emitter.use('toRowid', toRowid)
  return emitter.name({ text: `${convert}(${value.text})`, kinds: anyInteger, simple: false })
}
