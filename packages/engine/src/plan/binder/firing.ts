/** Which triggers a statement fires, and in which order. (`sqlite3TriggersExist`, `sqlite3TriggerList`, `sqlite3CodeRowTrigger`) */
import { schemaNamed } from '../../runtime/index.ts'
import { foldName, sameName, type Table, type Trigger, type View } from '../../schema/index.ts'
import type { ConflictAction, CreateTrigger } from '../../sql/index.ts'
import { noTriggers } from '../fires.ts'
import { placesByName, shapeOf, type SourceColumn } from '../scope.ts'
import type { RowTriggers } from '../statement.ts'
import type { Binder } from './binder.ts'
import type { TriggerTable } from './programs.ts'

export type ChangeEvent = CreateTrigger['event']

/** What is done to the rows of a table. */
export interface Change {
  readonly event: ChangeEvent
  /** The columns that an UPDATE sets, as they are written. */
  readonly columns: readonly string[]
}

/**
 * The triggers of a change: temporary ones on a table of another database in the order of their creation, then those that are where
 * the table is, the youngest first.
 */
export function triggersOf(b: Binder, on: Table | View, change: Change): readonly Trigger[] {
  const own = schemaNamed(b.catalog, on.database)!
  const temporary = b.catalog.schemas[0]!
  // A temporary trigger may be on a table of the same name in another database.
  const isFired = (trigger: Trigger): boolean =>
    isOn(trigger, on) &&
    concerns(trigger, change) &&
    (trigger.database !== temporary.database || sameName(databaseOf(b, trigger), on.database))
  const fired = own.triggers.size === 0 ? [] : [...own.triggers.values()].filter(isFired).reverse()
  if (temporary === own || temporary.triggers.size === 0) return fired
  return [...[...temporary.triggers.values()].filter(isFired), ...fired]
}

function isOn(trigger: Trigger, { name }: Table | View): boolean {
  return sameName(trigger.table, name)
}

function concerns({ definition }: Trigger, { event, columns }: Change): boolean {
  if (definition.event !== event) return false
  const of = definition.columns
  return of === null || columns.some((column) => of.some((name) => sameName(name, column)))
}

/** The database of the table or view that a trigger is on. */
export function databaseOf(b: Binder, { database, definition }: Trigger): string {
  if (database !== 'temp') return database
  if (definition.tableSchema !== null) return definition.tableSchema
  const folded = foldName(definition.table)
  for (const { database: name, tables, views } of b.catalog.schemas) {
    if (tables.has(folded) || views.has(folded)) return name
  }
  return database
}

/** The programs that a change of a row starts. */
export function rowTriggers(
  b: Binder,
  on: Table | View,
  change: Change,
  orAction: ConflictAction | null,
  shape: () => TriggerTable,
): RowTriggers {
  const fired = triggersOf(b, on, change)
  if (fired.length === 0) return noTriggers
  const row = shape()
  const placesOf = (triggers: readonly Trigger[]): readonly number[] =>
    triggers.map((trigger) => b.programs.place({ trigger, on: row, orAction }))
  const isAfter = ({ definition }: Trigger): boolean => definition.time === 'AFTER'
  const isEarly = ({ database }: Trigger): boolean =>
    database === 'temp' && database !== on.database
  const after = fired.filter(isAfter)
  return {
    before: placesOf(fired.filter((trigger) => !isAfter(trigger))),
    early: placesOf(after.filter(isEarly)),
    after: placesOf(after.filter((trigger) => !isEarly(trigger))),
  }
}

/** The triggers of a change of a table's rows. */
export function tableTriggers(
  b: Binder,
  table: Table,
  change: Change,
  orAction: ConflictAction | null,
): RowTriggers {
  return rowTriggers(b, table, change, orAction, () => triggerTable(table))
}

/**
 * The rows of a table as OLD and NEW show them. To comparisons their columns have no affinity, unless they are the rowid; collations they
 * have.
 */
export function triggerTable(table: Table): TriggerTable {
  const { rowidAlias, withoutRowid } = table
  const columns = shapeOf(table).columns.map((column, i): SourceColumn => ({
    name: column.name,
    affinity: i === rowidAlias ? 'integer' : null,
    collation: i === rowidAlias ? 'BINARY' : column.collation,
    origin: null,
  }))
  const places = placesByName(columns)
  const columnCount = columns.length
  if (!withoutRowid) {
    const rowid = { name: 'rowid', affinity: 'integer', collation: 'BINARY', origin: null } as const
    columns.push(rowid)
    for (const name of ['rowid', '_rowid_', 'oid']) {
      if (!places.has(name)) places.set(name, columnCount)
    }
  }
  const reals = table.columns.map(() => false)
  return { rowidAlias, columnCount, reals, columns, places }
}

/** The rows of a view as OLD and NEW show them. They have no rowid. */
export function triggerView(columns: readonly SourceColumn[]): TriggerTable {
  return {
    rowidAlias: -1,
    columnCount: columns.length,
    reals: columns.map(({ affinity }) => affinity === 'real'),
    columns: columns.map((column) => ({ ...column, affinity: null, origin: null })),
    places: placesByName(columns),
  }
}
