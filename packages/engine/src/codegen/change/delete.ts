/** DELETE: rows are collected, then deleted with their index entries. A table without a WHERE is emptied as a whole. */
import { forEachRow } from './each-row.ts'
import { returnedRows } from './returning.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { changesOneRow, mayFailAfterChange } from '../../plan/index.ts'
import type { BoundDelete } from '../../plan/index.ts'
import { deleteEntries, oldEntries } from './row/entries.ts'
import { bindOldRow } from './row/old-row.ts'
import { KeyEmitter } from './row/keys.ts'
import { deleteRow } from './row/store.ts'
import { WriteEmitter } from './row/write-emitter.ts'

export function emitDelete(generation: Generation, statement: BoundDelete, shape: Shape): void {
  const { target, input, returning } = statement
  const isOne = changesOneRow(statement, generation.callsUsers)
  const isGuarded = mayFailAfterChange(statement, generation.callsUsers)
  const returned = returnedRows(generation, returning, isOne, shape)
  const write = new WriteEmitter(generation, statement, returned)
  if (input === null) {
    emitClear(write, isGuarded)
    return
  }
  const { triggers } = statement
  const hasKeys = statement.keys !== null
  const needsRow = target.indexes.length > 0 || returned !== null || write.fires || hasKeys
  write.statement(isGuarded, () => {
    const keys = KeyEmitter.of(write, statement, statement.keys)
    forEachRow(write, input, { isOne, isOnePass: false, isBlind: !needsRow }, (identity) => {
      write.watch()
      const old = needsRow ? bindOldRow(generation, target, identity, write.fires || hasKeys) : null
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
    })
  })
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
