/**
 * Index entries of new and of old rows. The values of an entry are put into the `IndexWriter` once for a row, where they stay until
 * the entry is stored or taken out.
 */
import type { BoundExpression, IndexTarget } from '../../../plan/index.ts'
import { columnsOfExpressions } from '../../source/visible.ts'
import { touches } from '../changed-columns.ts'
import type { ChangedColumns } from '../changed-columns.ts'
import { recordValue } from './image.ts'
import type { WriteEmitter } from './write-emitter.ts'

/** An entry whose values have been evaluated for a row. */
export interface IndexEntry {
  readonly index: IndexTarget
  /** The variable that says whether the index holds the row; null: it holds all. */
  readonly applies: string | null
}

/** The entry of the new row, encoded. */
export function newEntry(write: WriteEmitter, index: IndexTarget): IndexEntry {
  return evaluate(write, index, index.newWhere, index.newKey, 'entry', true)
}

/** The entries of the old row; of a row that is updated those that change. */
export function oldEntries(
  write: WriteEmitter,
  changed: ChangedColumns | null,
): readonly IndexEntry[] {
  const { indexes, newRow, oldRow } = write.target
  const touched = indexes.filter((index) => changed === null || touches(index, newRow, changed))
  const parts = touched.flatMap(({ oldKey, oldWhere }) =>
    oldWhere === null ? oldKey : [...oldKey, oldWhere],
  )
  const columns = [...(columnsOfExpressions(parts).get(oldRow) ?? [])]
  write.generation.prepare(
    oldRow,
    columns.filter((column) => column >= 0),
  )
  return touched.map((index) => evaluate(write, index, index.oldWhere, index.oldKey, 'old', false))
}

function evaluate(
  write: WriteEmitter,
  index: IndexTarget,
  where: BoundExpression | null,
  key: readonly BoundExpression[],
  place: 'entry' | 'old',
  encodes: boolean,
): IndexEntry {
  const { generation } = write
  const { emitter } = generation
  const name = write.indexName(index)
  const evaluateKey = (): void => {
    key.forEach((part, i) => {
      const code = recordValue(generation, generation.value(part))
      emitter.line(`${name}.${place}[${i}] = ${code.text}`)
    })
    if (encodes) emitter.line(`${name}.encode()`)
  }
  if (where === null) {
    emitter.nested('', evaluateKey)
    return { index, applies: null }
  }
  const applies = emitter.fresh('applies')
  emitter.line(`const ${applies} = ${generation.condition(where, false)}`)
  emitter.nested(`if (${applies})`, evaluateKey)
  return { index, applies }
}

/** Adds the entries of the new row. */
export function insertEntries(write: WriteEmitter, entries: readonly IndexEntry[]): void {
  for (const entry of entries) apply(write, entry, 'insert()')
}

/** Takes the entries of the old row out. */
export function deleteEntries(write: WriteEmitter, entries: readonly IndexEntry[]): void {
  for (const entry of entries) apply(write, entry, 'delete()')
}

/** The same of a row that an UPDATE of many changes, for indexes whose exchange has begun. */
export function insertEntriesLater(write: WriteEmitter, entries: readonly IndexEntry[]): void {
  for (const entry of entries) apply(write, entry, 'insertLater()')
}

export function deleteEntriesLater(
  write: WriteEmitter,
  entries: readonly IndexEntry[],
  rowid: string,
): void {
  for (const entry of entries) apply(write, entry, `deleteLater(${rowid})`)
}

function apply(write: WriteEmitter, { index, applies }: IndexEntry, call: string): void {
  const condition = applies === null ? '' : `if (${applies}) `
  write.generation.emitter.line(`${condition}${write.indexName(index)}.${call}`)
}
