/** DELETE: rows are collected, then deleted with their index entries. A table without a WHERE is emptied as a whole. */
import { forEachRow, reachesOneRow } from './each-row.ts'
import type { Generation } from '../source/generation.ts'
import type { BoundDelete } from '../../plan/index.ts'
import { deleteEntries, oldEntries } from './row/entries.ts'
import { bindOldRow } from './row/old-row.ts'
import { deleteRow } from './row/store.ts'
import { WriteEmitter } from './row/write-emitter.ts'
import type { OnRow } from './row/write-emitter.ts'

/** `input` is not null where somebody wants to see each row. */
export function emitDelete(
  generation: Generation,
  { target, input }: BoundDelete,
  onRow: OnRow | null = null,
): void {
  const write = new WriteEmitter(generation, target, onRow)
  if (input === null) {
    emitClear(write)
    return
  }
  const isOne = reachesOneRow(input) && !generation.callsUsers
  const needsRow = target.indexes.length > 0 || onRow !== null
  write.statement(!isOne, () =>
    forEachRow(write, input, { isOne, isOnePass: false, isBlind: !needsRow }, (identity) => {
      write.watch()
      const row = needsRow ? bindOldRow(generation, target, identity) : null
      const entries = oldEntries(write, null)
      write.beginChange()
      deleteEntries(write, entries)
      deleteRow(write, identity)
      write.endChange(row)
    }),
  )
}

function emitClear(write: WriteEmitter): void {
  const { emitter } = write.generation
  const { indexes } = write.target
  write.statement(indexes.length > 0, () => {
    write.watch()
    write.beginChange()
    emitter.line(`${write.changes} = ${write.rows}.clear()`)
    for (const index of indexes) emitter.line(`${write.indexName(index)}.clear()`)
  })
}
