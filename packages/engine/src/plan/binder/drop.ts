/** DROP TABLE, DROP INDEX, DROP VIEW and DROP TRIGGER. */
import { notSupported, sqlError } from '../../base/error.ts'
import { foldName, isReservedName, type Schema } from '../../schema/index.ts'
import type { Drop } from '../../sql/index.ts'
import type { BoundDrop } from '../statement.ts'
import type { Binder } from './binder.ts'
import { schemasFor } from './table-reference.ts'

export function bindDrop(b: Binder, drop: Drop): BoundDrop {
  const { what, schema } = drop
  for (const within of schemasFor(b, schema)) {
    const found = find(within, drop, foldName(drop.name))
    if (found === null) continue
    const { database } = within
    b.uses.writes.add(database)
    return { kind: 'drop', what, database, ...found, exists: true }
  }
  if (!drop.ifExists) {
    const prefix = schema === null ? '' : `${schema}.`
    throw sqlError(`no such ${what}: ${prefix}${drop.name}`)
  }
  for (const { database } of schemasFor(b, schema))
    if (database !== 'temp') b.uses.reads.add(database)
  return { kind: 'drop', what, database: 'main', name: drop.name, roots: [], exists: false }
}

interface Found {
  readonly name: string
  readonly roots: readonly number[]
}

function find(schema: Schema, drop: Drop, folded: string): Found | null {
  const { tables, views, indexes, triggers, virtualTables } = schema
  switch (drop.what) {
    case 'table': {
      const view = views.get(folded)
      if (view !== undefined) throw sqlError(`use DROP VIEW to delete view ${view.name}`)
      if (virtualTables.has(folded)) throw notSupported('DROP TABLE of a virtual table')
      const table = tables.get(folded)
      if (table === undefined) return null
      if (isReservedName(table.name) && !folded.startsWith('sqlite_stat')) {
        throw sqlError(`table ${table.name} may not be dropped`)
      }
      const roots = new Set([table.root, ...table.indexes.map((index) => index.root)])
      // The greatest first, as SQLite has it.
      return { name: table.name, roots: [...roots].sort((x, y) => y - x) }
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
