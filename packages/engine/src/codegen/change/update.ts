/** UPDATE. An index entry is touched only when one of its columns may change. */
import { WriteEmitter, touches } from './write-row.ts'
import { bindOldRow, forEachRow, reachesOneRow } from './each-row.ts'
import { anyInteger, isOnly } from '../source/kinds.ts'
import { toRowid } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import type { BoundUpdate, PlanNode } from '../../plan/index.ts'
import type { ChangedColumns, RowCode } from './write-row.ts'
import type { Index } from '../../schema/index.ts'
import type { Code } from '../source/kinds.ts'

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
