/** DELETE: rows are collected, then deleted with their index entries. A table without a WHERE is emptied as a whole. */
import { returnedRows } from './returning.ts'
import { WriteEmitter } from './write-row.ts'
import { bindOldRow, forEachRow } from './each-row.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { changesOneRow, mayFailAfterChange } from '../../plan/index.ts'
import type { BoundDelete } from '../../plan/index.ts'

export function emitDelete(generation: Generation, statement: BoundDelete, shape: Shape): void {
  const { emitter } = generation
  const { target, input, returning } = statement
  const isOne = changesOneRow(statement, generation.callsUsers)
  const isGuarded = mayFailAfterChange(statement, generation.callsUsers)
  const returned = returnedRows(generation, returning, isOne, shape)
  const readsOldRow = target.indexes.length > 0 || returned !== null
  const write = new WriteEmitter(generation, target, null, readsOldRow, returned)
  if (input === null) {
    write.statement(isGuarded, () => {
      write.watch()
      write.beginChange()
      const clear = (of: string): string => emitter.work(`${of}.clear`, `${of}.clearing`)
      emitter.line(`${write.changes} = ${clear(write.rows)}`)
      for (const index of target.indexes) emitter.line(clear(write.indexName(index)))
    })
    return
  }
  write.statement(isGuarded, () =>
    forEachRow(write, input, isOne, false, (rowid) => {
      write.watch()
      if (readsOldRow) bindOldRow(generation, target, rowid)
      const entries = write.oldEntries(null)
      write.beginChange()
      write.deleteEntries(entries, rowid.text)
      emitter.line(`${write.rows}.delete(${rowid.text})`)
      write.returned?.add()
      emitter.line(`${write.changes}++`)
    }),
  )
}
