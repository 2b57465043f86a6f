/**
 * DROP TABLE deletes the rows of a table before, where foreign keys may ask for them. No triggers fire for the rows themselves, but actions do what
 * they do, and what is wrong with the keys is passed over. (`sqlite3FkDropTable`)
 */
import { referencesTo, type Table } from '../../schema/index.ts'
import { schemaNamed } from '../../runtime/index.ts'
import { noTriggers } from '../fires.ts'
import type { BoundDrop } from '../statement.ts'
import type { Binder } from './binder.ts'
import { deleteKeys } from './key-checks.ts'
import { targetScan, writeTarget } from './write-target.ts'

type Emptied = Pick<BoundDrop, 'emptied' | 'emptiedIfViolated'>

export function notEmptied(): Emptied {
  return { emptied: null, emptiedIfViolated: false }
}

export function emptiedTable(b: Binder, table: Table): Emptied {
  const { foreignKeys, defersForeignKeys } = b.catalog.environment.settings
  if (!foreignKeys) return notEmptied()
  const isReferredTo = referencesTo(schemaNamed(b.catalog, table.database)!, table).length > 0
  const isDeferred = table.foreignKeys.some(
    ({ reference }) => reference.deferred || defersForeignKeys,
  )
  if (!isReferredTo && !isDeferred) return notEmptied()
  const oldRow = b.newSource()
  const target = writeTarget(b, table, oldRow)
  const reference = { schema: table.database, name: table.name, alias: null, indexedBy: null }
  const { node } = targetScan(b, table, reference, oldRow)
  const keys = deleteKeys(b, target, noTriggers, null)
  return {
    emptied: {
      kind: 'delete',
      target,
      input: node,
      returning: null,
      triggers: noTriggers,
      keys,
      programs: [],
    },
    emptiedIfViolated: !isReferredTo,
  }
}
