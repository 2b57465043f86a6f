/** What an ALTER TABLE names: the table, which may be altered or not, and its column. */
import { sqlError } from '../../../base/error.ts'
import type { Slice, Work } from '../../../runtime/index.ts'
import { foldName, isReservedName } from '../../../schema/index.ts'
import type { Schema, Table, View, VirtualDefinition } from '../../../schema/index.ts'
import type { Alteration } from './alteration.ts'

/** What an ALTER TABLE does once it holds the lock: at once, or, where it looks at each row, in slices. */
export type Change = (alteration: Alteration, slice: Slice) => Work<void> | void

/** Checks what a statement says against the schema; answers what is to be done. */
export interface Planned {
  readonly database: string
  readonly change: Change
}

/** What the statement names. */
export interface Found {
  readonly schema: Schema
  readonly object: Table | View | Virtual
}

interface Virtual {
  readonly kind: 'virtual-table'
  readonly name: string
  /** null: it was not created, but goes by the name of its module. */
  readonly definition: VirtualDefinition | null
}

/** Refuses the tables that belong to SQLite, and to modules. (`isAlterableTable`) */
export function checkAlterable({ object }: Found): void {
  const isEponymous = object.kind === 'virtual-table' && object.definition === null
  if (isEponymous || isReservedName(object.name)) {
    throw sqlError(`table ${object.name} may not be altered`)
  }
}

/** The table, where it is one that has rows of its own. @param what the beginning of the sentence that refuses it */
export function ordinaryTable({ object }: Found, what: string): Table {
  if (object.kind === 'table') return object
  const kind = object.kind === 'view' ? 'view' : 'virtual table'
  throw sqlError(`${what} ${kind} "${object.name}"`)
}

/** The place of a column. @param written how the sentence that refuses it shows the name */
export function columnPlace(table: Table, name: string, written: string): number {
  const folded = foldName(name)
  const place = table.columns.findIndex((column) => foldName(column.name) === folded)
  if (place < 0) throw sqlError(`no such column: ${written}`)
  return place
}
