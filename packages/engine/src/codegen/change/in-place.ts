/**
 * UPDATE and DELETE of rows as their scan comes to them (`isFoundInPlace`). Of a row that is updated only those columns are decoded
 * that something asks for, and only those are encoded that it sets.
 */
import { noTriggers } from '../../plan/index.ts'
import type { BoundUpdate, ConflictPolicy, PlanNode } from '../../plan/index.ts'
import { storedReal } from '../../record/index.ts'
import { RowRemover, RowRewriter } from '../../runtime/index.ts'
import { storedColumns } from '../../schema/index.ts'
import type { Table } from '../../schema/index.ts'
import { integerText } from '../emit/quote.ts'
import { ChangedRowSource } from '../source/changed-row.ts'
import type { Generation } from '../source/generation.ts'
import { nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { missingValue } from '../source/missing-value.ts'
import { changedColumns, touches } from './changed-columns.ts'
import { checkConditions, checksOf, checkTypes } from './row/checks.ts'
import { deleteEntriesLater, insertEntriesLater, oldEntries } from './row/entries.ts'
import { completeRow } from './row/generated.ts'
import { recordValue, stored } from './row/image.ts'
import type { RowCode } from './row/image.ts'
import { joinedValue } from './row/joined.ts'
import { currentIdentity } from './row/old-row.ts'
import { checkUnique } from './row/unique.ts'
import type { WriteEmitter } from './row/write-emitter.ts'
import { unreadByUpdate, writtenValue } from './row/written.ts'

/** Emits the deletion of the rows that `input` finds. There are no indexes. */
export function deleteInPlace(write: WriteEmitter, input: PlanNode): void {
  const { emitter } = write.generation
  const remover = linkScanner(write, 'remover', emitter.use('RowRemover', RowRemover), [])
  eachInPlace(write, input, remover, () => {
    write.beginChange()
    write.endChange(noTriggers, null, null)
    emitter.line(`${remover}.delete()`)
  })
  emitter.line(emitter.work(`${remover}.end`, `${remover}.ending`))
}

/**
 * What an UPDATE does about conflicts lets it be done in place: no row is deleted, and where a row fails all are as they were. Else those
 * that wait would have to be looked at.
 */
export function failsWhole({ target, orAction, values }: BoundUpdate): boolean {
  const { table, generated, indexes, newRow } = target
  if (generated.length > 0 || orAction === 'FAIL' || orAction === 'REPLACE') return false
  if (orAction !== null) return true
  const changed = changedColumns(target, { values, rowid: null })
  const isHard = (action: string | null): boolean => action === 'FAIL' || action === 'REPLACE'
  if (table.columns.some(({ notNull }, i) => values[i] !== null && isHard(notNull))) return false
  return !indexes.some((index) => isHard(index.index.onConflict) && touches(index, newRow, changed))
}

/** Emits new values for the rows that `statement.input` finds. */
export function updateInPlace(
  write: WriteEmitter,
  statement: BoundUpdate,
  policy: ConflictPolicy,
): void {
  const { generation, target } = write
  const { emitter } = generation
  const { table } = target
  const order = storedColumns(table)
  const isSet = (column: number): boolean =>
    statement.values[column] !== null && column !== table.rowidAlias
  const places = [...order.keys()].filter((place) => isSet(order[place]!))
  const rewriter = linkScanner(write, 'rewriter', emitter.use('RowRewriter', RowRewriter), [
    emitter.slot(places),
    emitter.slot(missingValues(generation, table, order)),
  ])
  const exchanged = exchangedIndexes(write, statement)
  const slice = emitter.isSliced ? emitter.slice : ''
  for (const index of exchanged) emitter.line(`${index}.beginExchange(${slice})`)
  eachInPlace(write, statement.input, rewriter, () => {
    const store = ({ columns }: RowCode): void => {
      const values = places.map((place) => columns[order[place]!]!)
      if (values.length === 1 && values[0]!.joined === undefined) {
        emitter.line(`${rewriter}.storeOne(${recordValue(generation, values[0]!).text})`)
        return
      }
      values.forEach((value, i) => {
        const target = `${rewriter}.row[${i}]`
        if (value.joined !== undefined) value.joined(target)
        else emitter.line(`${target} = ${recordValue(generation, value).text}`)
      })
      emitter.line(`${rewriter}.encode()`)
      emitter.line(`${rewriter}.store()`)
    }
    updateRowInPlace(write, statement, policy, isSet, store)
  })
  emitter.line(`${rewriter}.end()`)
  for (const index of exchanged) {
    emitter.line(emitter.work(`${index}.endExchange`, `${index}.endingExchange`))
  }
}

/** The indexes whose entries are exchanged when many rows have been updated. */
function exchangedIndexes(write: WriteEmitter, { values }: BoundUpdate): readonly string[] {
  const { target } = write
  const changed = changedColumns(target, { values, rowid: null })
  return target.indexes
    .filter((index) => touches(index, target.newRow, changed))
    .map((index) => write.indexName(index))
}

/** What records that end before a column have there, as a record keeps it. */
function missingValues(generation: Generation, table: Table, order: readonly number[]): unknown[] {
  return order.map((i) => {
    const column = table.columns[i]!
    const value = missingValue(column, generation.encoding)
    return column.affinity === 'real' ? storedReal(value) : value
  })
}

/** What stands for a column that keeps its value. */
const noValue: Code = { text: 'null', kinds: nullKind, simple: true }

function updateRowInPlace(
  write: WriteEmitter,
  statement: BoundUpdate,
  policy: ConflictPolicy,
  isSet: (column: number) => boolean,
  store: (row: RowCode) => void,
): void {
  const { generation, target } = write
  const { table, oldRow, newRow } = target
  const { values } = statement
  const identity = currentIdentity(generation, target)
  const rowid = identity.kind === 'rowid' ? identity.rowid : null
  const unread = unreadByUpdate(generation, statement)
  const set = values.map((value, i) => {
    if (!isSet(i)) return noValue
    const column = table.columns[i]!
    const copied = unread.has(i)
      ? (joinedValue(generation, column, value!) ?? writtenValue(generation, column, value!))
      : null
    return copied ?? stored(generation, column, generation.value(value!))
  })
  const columns = completeRow(write, set, rowid, policy.orAction, isSet)
  const changed = changedColumns(target, { values, rowid: null })
  const checks = checksOf(target, changed)
  const types = (): void => checkTypes(write, columns, isSet)
  if (checks.length > 0) types()
  const now = new Map([...columns.entries()].filter(([i]) => isSet(i)))
  generation.sources.set(newRow, new ChangedRowSource(generation, oldRow, now))
  checkConditions(write, checks, policy.orAction)
  const row: RowCode = { columns, rowid }
  const { entries } = checkUnique(
    write,
    { row, identity, self: { identity, changed }, mayBeTaken: null },
    {
      ...policy,
      hasKeys: false,
      checkTypes: checks.length > 0 ? () => {} : types,
      // It is encoded when it is stored.
      setRecord: () => {},
      update: null,
    },
  )
  const gone = oldEntries(write, changed)
  write.beginChange()
  // What is returned is read where it is, and so before it is written over.
  write.endChange(noTriggers, null, null)
  deleteEntriesLater(write, gone, rowid!.text)
  store(row)
  insertEntriesLater(write, entries)
}

/** Makes what changes rows for the scan when the program is linked; its name. */
function linkScanner(
  { generation, target }: WriteEmitter,
  prefix: string,
  use: string,
  args: readonly string[],
): string {
  const { emitter } = generation
  const { table } = target
  const name = emitter.fresh(prefix)
  const all = [generation.database(table.database), integerText(table.root), ...args]
  emitter.link(`const ${name} = new ${use}(${all.join(', ')})`)
  emitter.atStart(`${name}.start()`)
  emitter.atEnd(`${name}.close()`)
  return name
}

function eachInPlace(
  { generation, target }: WriteEmitter,
  input: PlanNode,
  scanner: string,
  change: () => void,
): void {
  const { emitter } = generation
  emitter.beforePause = `${scanner}.pause()`
  emitter.once(() =>
    generation.produce(input, () => {
      emitter.link(`${scanner}.follow(${generation.source(target.oldRow).cursor!})`)
      change()
    }),
  )
  emitter.beforePause = ''
}
