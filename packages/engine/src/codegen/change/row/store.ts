/** The table's own tree: its rows are encoded, stored and deleted, by rowid or by primary key. */
import { entryColumns } from '../../../schema/index.ts'
import { deleteEntries, oldEntries } from './entries.ts'
import type { RowIdentity } from './identity.ts'
import { recordValue } from './image.ts'
import type { RowCode } from './image.ts'
import { withOldRow } from './old-row.ts'
import type { WriteEmitter } from './write-emitter.ts'

/** Puts the new row into the writer's record. */
export function setRecord({ generation, target, rows }: WriteEmitter, { columns }: RowCode): void {
  const { emitter } = generation
  const { table, primary } = target
  const order =
    primary === null ? table.columns.map((_, i) => i) : entryColumns(table, primary.index)
  order.forEach((column, place) => {
    if (column === table.rowidAlias) return
    emitter.line(`${rows}.row[${place}] = ${recordValue(generation, columns[column]!).text}`)
  })
  emitter.line(`${rows}.encode()`)
}

/** Adds the new row, whose place is free. */
export function insertRow({ generation, rows }: WriteEmitter, identity: RowIdentity): void {
  const rowid = identity.kind === 'rowid' ? identity.rowid.text : ''
  generation.emitter.line(`${rows}.insert(${rowid})`)
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

/** Deletes a row that stands in the way of a new one. It is not counted. */
export function deleteVictim(write: WriteEmitter, identity: RowIdentity): void {
  const { generation, target } = write
  if (target.indexes.length > 0) {
    const { sources } = generation
    const current = sources.get(target.oldRow)
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
