/** DELETE: rows are collected, then deleted with their index entries. A table without a WHERE is emptied as a whole. */
import { WriteEmitter } from './write-row.ts'
import { bindOldRow, forEachRow, reachesOneRow } from './each-row.ts'
import type { Generation } from '../source/generation.ts'
import type { BoundDelete } from '../../plan/index.ts'

export function emitDelete(generation: Generation, statement: BoundDelete): void {
  const { emitter } = generation
  const { target, input } = statement
  const write = new WriteEmitter(generation, target, null, target.indexes.length > 0)
  if (input === null) {
    write.statement(target.indexes.length > 0, () => {
      write.watch()
      write.beginChange()
      emitter.line(`${write.changes} = ${write.rows}.clear()`)
      for (const index of target.indexes) emitter.line(`${write.indexName(index)}.clear()`)
    })
    return
  }
  const isOne = reachesOneRow(input) && !generation.callsUsers
  write.statement(!isOne, () =>
    forEachRow(write, input, isOne, false, (rowid) => {
      write.watch()
      if (target.indexes.length > 0) bindOldRow(generation, target, rowid)
      const entries = write.oldEntries(null)
      write.beginChange()
      write.deleteEntries(entries, rowid.text)
      emitter.line(`${write.rows}.delete(${rowid.text})`)
      emitter.line(`${write.changes}++`)
    }),
  )
}
