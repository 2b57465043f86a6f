/** The table's own tree: its rows are encoded, stored and deleted, by rowid or by primary key. */
import { rowPinned } from '../../../base/error.ts'
import { hasTriggers } from '../../../plan/index.ts'
import { entryColumns, storedColumns } from '../../../schema/index.ts'
import { deleteEntries, oldEntries } from './entries.ts'
import type { RowIdentity } from './identity.ts'
import { emitRecord } from './copied.ts'
import { KeyEmitter } from './keys.ts'
import type { RowCode } from './image.ts'
import { bindOldRow, withOldRow } from './old-row.ts'
import type { WriteEmitter } from './write-emitter.ts'

/** Puts the new row into the writer's record. */
export function setRecord({ generation, target, rows }: WriteEmitter, { columns }: RowCode): void {
  const { table, primary } = target
  const order = primary === null ? storedColumns(table) : entryColumns(table, primary.index)
  const places = order.map((column) => (column === table.rowidAlias ? null : columns[column]!))
  emitRecord(generation, rows, places)
}

/** Adds the new row, whose place is free. */
export function insertRow({ generation, rows, adds }: WriteEmitter, identity: RowIdentity): void {
  const rowid = identity.kind === 'rowid' ? identity.rowid.text : ''
  generation.emitter.line(`${rows}.${adds ? 'add' : 'insert'}(${rowid})`)
}

/** Puts the new row in the place of the row that it is. */
export function replaceRow({ generation, rows }: WriteEmitter, identity: RowIdentity): void {
  const rowid = identity.kind === 'rowid' ? identity.rowid.text : ''
  generation.emitter.line(`${rows}.replace(${rowid})`)
}

/** Deletes a row, without its entries. */
export function deleteRow({ generation, rows }: WriteEmitter, identity: RowIdentity): void {
  const { emitter } = generation
  if (identity.kind === 'rowid') emitter.line(`${rows}.delete(${identity.rowid.text})`)
  else {
    identity.columns.forEach((code, i) => emitter.line(`${rows}.old[${i}] = ${code.text}`))
    emitter.line(`${rows}.delete()`)
  }
}

/** Deletes a row that stands in the way of a new one, or of one that is updated. It is not counted. */
export function deleteVictim(write: WriteEmitter, identity: RowIdentity, isUpdate: boolean): void {
  const { generation, target } = write
  const { victims, victimKeys, indexes } = target
  const { sources } = generation
  const current = sources.get(target.oldRow)
  if (hasTriggers(victims) || victimKeys !== null) {
    generation.emitter.once(() =>
      withOldRow(generation, target, identity, () => fireAndDelete(write, identity, isUpdate)),
    )
    if (current !== undefined) sources.set(target.oldRow, current)
    write.watch()
    return
  }
  if (indexes.length > 0) {
    generation.emitter.once(() =>
      withOldRow(generation, target, identity, () => {
        const entries = oldEntries(write, null)
        write.beginChange()
        deleteEntries(write, entries)
      }),
    )
    if (current !== undefined) sources.set(target.oldRow, current)
  }
  write.beginChange()
  deleteRow(write, identity)
  write.watch()
}

/**
 * The current row of the source of old rows, with its DELETE triggers and what foreign keys say: RAISE(IGNORE) leaves it where it is.
 * @param isPinned an UPDATE stands on another row of the table
 */
function fireAndDelete(write: WriteEmitter, identity: RowIdentity, isPinned: boolean): void {
  const { generation, target } = write
  const { before, early, after } = target.victims
  const old = bindOldRow(generation, target, identity, true)
  const keys = KeyEmitter.ofVictims(write)
  const pinning = isPinned && hasTriggers(target.victims)
  const fire = (places: readonly number[]): void => {
    if (places.length > 0) firing(() => write.fire(places, old, null))
  }
  const firing = (fires: () => void): void => {
    if (pinning) whilePinned(write, fires)
    else fires()
  }
  fire(before)
  const finish = (): void => {
    const entries = oldEntries(write, null)
    keys?.checkOld(old)
    write.beginChange()
    deleteEntries(write, entries)
    deleteRow(write, identity)
    if (keys !== null) firing(() => keys.act(old, null))
    fire([...early, ...after])
  }
  if (before.length === 0) finish()
  else {
    write.again(identity, true, () => {
      bindOldRow(generation, target, identity)
      finish()
    })
  }
}

/** Fires triggers while an UPDATE stands on another row of the table. (`OP_CursorLock`) */
function whilePinned({ generation, rows }: WriteEmitter, fires: () => void): void {
  const { emitter } = generation
  const version = emitter.fresh('version')
  emitter.line(`const ${version} = ${rows}.version`)
  fires()
  const pinned = emitter.use('rowPinned', rowPinned)
  emitter.line(`if (${rows}.version !== ${version}) throw ${pinned}()`)
}
