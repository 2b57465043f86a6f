/** UPDATE. An index entry is touched only when one of its columns may change. */
import { touches } from './changed-columns.ts'
import type { ChangedColumns } from './changed-columns.ts'
import { returnedRows } from './returning.ts'
import { WriteEmitter } from './write-row.ts'
import { bindOldRow, forEachRow } from './each-row.ts'
import { anyInteger, isOnly } from '../source/kinds.ts'
import { toRowid } from '../../runtime/index.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { changesOneRow, mayFailAfterChange } from '../../plan/index.ts'
import type { BoundUpdate, PlanNode } from '../../plan/index.ts'
import type { RowCode } from './write-row.ts'
import type { Index } from '../../schema/index.ts'
import type { Code } from '../source/kinds.ts'

export function emitUpdate(generation: Generation, statement: BoundUpdate, shape: Shape): void {
  const { target, returning } = statement
  const isOne = changesOneRow(statement, generation.callsUsers)
  const returned = returnedRows(generation, returning, isOne, shape)
  const write = new WriteEmitter(generation, target, statement.orAction, true, returned)
  write.statement(mayFailAfterChange(statement, generation.callsUsers), () =>
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
 * rowid changes, a column of the index that is scanned does, rows are replaced, or the condition asks the table itself; nor where rows
 * are returned.
 * (`sqlite3Update`; `ONEPASS_MULTI` in `sqlite3WhereBegin`)
 */
function isOnePass(statement: BoundUpdate): boolean {
  const { target, orAction, rowid, asksQuery, returning } = statement
  if (rowid !== null || asksQuery || orAction === 'REPLACE' || returning !== null) return false
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

function updateRow(write: WriteEmitter, statement: BoundUpdate, rowid: Code): void {
  const { generation } = write
  const { target, values } = statement
  const { table } = target
  const old = bindOldRow(generation, target, rowid)
  const newRowid = emitNewRowid(generation, statement, rowid)
  const set = values.map((value, i) =>
    value === null || i === table.rowidAlias
      ? null
      : write.stored(table.columns[i]!, generation.value(value)),
  )
  const store = (now: readonly Code[]): void =>
    storeUpdated(
      write,
      statement,
      rowid,
      newRowid,
      set.map((code, i) => (i === table.rowidAlias ? newRowid : (code ?? now[i]!))),
    )
  if (!generation.callsUsers) store(old)
  else write.again(rowid.text, () => store(bindOldRow(generation, target, rowid)))
}

/** Checks the row as it is to be, and stores it. */
function storeUpdated(
  write: WriteEmitter,
  statement: BoundUpdate,
  rowid: Code,
  newRowid: Code,
  values: readonly Code[],
): void {
  const { emitter } = write.generation
  const changed = changedColumns(statement)
  const isChanged = (i: number): boolean => changed.columns[i] === true

  const columns = write.checkNotNull(values, isChanged)
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
  write.returned?.add()
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
