/** DROP TABLE, DROP INDEX, DROP VIEW and DROP TRIGGER. */
import { sqlError } from '../../base/error.ts'
import { foldName, isReservedName, sameName, type Schema, type Table } from '../../schema/index.ts'
import type { Drop } from '../../sql/index.ts'
import type { BoundDrop } from '../statement.ts'
import type { Binder } from './binder.ts'
import { emptiedTable, notEmptied } from './emptied-table.ts'
import { databaseOf } from './firing.ts'
import { schemasFor } from './table-reference.ts'
import { createdTable } from './virtual-table.ts'

export function bindDrop(b: Binder, drop: Drop): BoundDrop {
  const { what, schema } = drop
  for (const within of schemasFor(b, schema)) {
    const found = find(b, within, drop, foldName(drop.name))
    if (found === null) continue
    const { database } = within
    b.uses.writes.add(database)
    const temporaryTriggers = temporaryTriggersOn(b, within, what, found.name)
    if (temporaryTriggers.length > 0) b.uses.writes.add('temp')
    const { name, roots } = found
    const emptied = found.table === undefined ? notEmptied() : emptiedTable(b, found.table)
    const dropped = { what, database, name, roots, temporaryTriggers, ...emptied }
    return { kind: 'drop', ...dropped, exists: true, programs: [] }
  }
  const own = what === 'table' ? b.catalog.environment.eponymousTable(drop.name) : null
  if (own !== null) throw sqlError(`table ${own.name} may not be dropped`)
  if (!drop.ifExists) {
    const prefix = schema === null ? '' : `${schema}.`
    throw sqlError(`no such ${what}: ${prefix}${drop.name}`)
  }
  for (const { database } of schemasFor(b, schema))
    if (database !== 'temp') b.uses.reads.add(database)
  const nothing = { name: drop.name, roots: [], temporaryTriggers: [] }
  const dropped = { what, database: 'main', ...nothing, ...notEmptied() }
  return { kind: 'drop', ...dropped, exists: false, programs: [] }
}

/** Of the tables with reserved names: what ANALYZE makes, and parameters of shells. (`tableMayNotBeDropped` of build.c) */
const mayBeDropped = /^sqlite_(?:stat|parameters)/

/** Those on a table or view of another database. */
function temporaryTriggersOn(
  b: Binder,
  { database }: Schema,
  what: Drop['what'],
  name: string,
): readonly string[] {
  const temporary = b.catalog.schemas[0]!
  if ((what !== 'table' && what !== 'view') || database === temporary.database) return []
  return [...temporary.triggers.values()]
    .filter((trigger) => sameName(trigger.table, name))
    .filter((trigger) => sameName(databaseOf(b, trigger), database))
    .map((trigger) => trigger.name)
}

interface Found {
  readonly name: string
  readonly roots: readonly number[]
  readonly table?: Table
}

function find(b: Binder, schema: Schema, drop: Drop, folded: string): Found | null {
  const { tables, views, indexes, triggers, virtualTables } = schema
  switch (drop.what) {
    case 'table': {
      const view = views.get(folded)
      if (view !== undefined) throw sqlError(`use DROP VIEW to delete view ${view.name}`)
      const created = virtualTables.get(folded)
      // SQLite asks the module for its table first.
      if (created !== undefined) return { name: createdTable(b, created).name, roots: [] }
      const table = tables.get(folded)
      if (table === undefined) return null
      if (isReservedName(table.name) && !mayBeDropped.test(folded)) {
        throw sqlError(`table ${table.name} may not be dropped`)
      }
      const roots = new Set([table.root, ...table.indexes.map((index) => index.root)])
      // The greatest first, as SQLite has it.
      return { name: table.name, roots: [...roots].sort((x, y) => y - x), table }
    }
    case 'view': {
      const view = views.get(folded)
      if (view !== undefined) return { name: view.name, roots: [] }
      const table = tables.get(folded)
      if (table === undefined) return null
      throw sqlError(`use DROP TABLE to delete table ${table.name}`)
    }
    case 'index': {
      const index = indexes.get(folded)
      if (index === undefined) return null
      if (index.origin !== 'c') {
        throw sqlError('index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped')
      }
      return { name: index.name, roots: [index.root] }
    }
    case 'trigger': {
      const trigger = triggers.get(folded)
      return trigger === undefined ? null : { name: trigger.name, roots: [] }
    }
    default:
      return drop.what satisfies never
  }
}
