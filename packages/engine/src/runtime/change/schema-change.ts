/**
 * What CREATE and DROP do to the file: trees made and freed, rows of `sqlite_schema` and of the tables that
 * know other tables by name. The caller runs each as one statement and says `schemaChanged` afterwards.
 */
import { sqlError } from '../../base/error.ts'
import {
  deleteRowsNamed,
  deleteSchemaRow,
  deleteTableSchemaRows,
  deleteViewSchemaRows,
  insertSchemaRow,
  moveRoot,
} from '../../schema/index.ts'
import type { VirtualDefinition } from '../../schema/index.ts'
import { createTree, dropping, releaseTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import type { Environment } from '../environment.ts'
import { counting } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

/** A table to be made. */
export interface NewTable {
  readonly name: string
  readonly sql: string
  readonly withoutRowid: boolean
  readonly autoincrement: boolean
  /** Names of the indexes that its constraints make. */
  readonly automaticIndexes: readonly string[]
}

const sequenceSql = 'CREATE TABLE sqlite_sequence(name,seq)'

/** @param root of its tree, where that has been made */
export function createTable(
  context: DatabaseContext,
  table: NewTable,
  root: number = createTree(context.pages, table.withoutRowid ? 'index' : 'table'),
): void {
  const { pages } = context
  insertSchemaRow(context, 'table', table.name, table.name, root, table.sql)
  for (const name of table.automaticIndexes) {
    insertSchemaRow(context, 'index', name, table.name, createTree(pages, 'index'), null)
  }
  if (table.autoincrement && !context.schema.tables.has('sqlite_sequence')) {
    const sequence = 'sqlite_sequence'
    insertSchemaRow(context, 'table', sequence, sequence, createTree(pages, 'table'), sequenceSql)
  }
}

export function createView(context: DatabaseContext, name: string, sql: string): void {
  insertSchemaRow(context, 'view', name, name, 0, sql)
}

export function createTrigger(
  context: DatabaseContext,
  name: string,
  table: string,
  sql: string,
): void {
  insertSchemaRow(context, 'trigger', name, table, 0, sql)
}

/** Drops temporary triggers whose table, in another database, is dropped. */
export function dropTriggers(context: DatabaseContext, names: readonly string[]): void {
  for (const name of names) deleteSchemaRow(context, 'trigger', name)
}

export function createVirtualTable(
  context: DatabaseContext,
  environment: Environment,
  definition: VirtualDefinition,
): void {
  const { name, module, sql } = definition
  if (environment.virtualTable(definition) === null) throw sqlError(`no such module: ${module}`)
  insertSchemaRow(context, 'table', name, name, 0, sql)
}

/** Drops a table, an index, a view or a trigger: its trees, its rows, and what other tables say about it. */
export function* dropObject(
  slice: Slice,
  context: DatabaseContext,
  what: 'table' | 'index' | 'view' | 'trigger',
  name: string,
  roots: readonly number[],
): Work<void> {
  const { tables, triggers } = context.schema
  if (what === 'table') {
    deleteTableSchemaRows(context, name, triggers)
    const sequence = tables.get('sqlite_sequence')
    if (sequence !== undefined && name.toLowerCase() !== 'sqlite_sequence') {
      deleteRowsNamed(context, sequence.root, 0, name)
    }
  } else if (what === 'view') deleteViewSchemaRows(context, name, triggers)
  else deleteSchemaRow(context, what, name)
  if (what === 'table' || what === 'index') {
    for (const table of ['sqlite_stat1', 'sqlite_stat4']) {
      const statistics = tables.get(table)
      if (statistics !== undefined) {
        deleteRowsNamed(context, statistics.root, what === 'table' ? 0 : 1, name)
      }
    }
  }
  for (const root of roots.toSorted((a, b) => b - a)) {
    yield* counting(slice, dropping(context.pages, root))
    // Among those that are dropped none is larger: none of them has moved.
    const moved = releaseTree(context.pages, root)
    if (moved !== 0) moveRoot(context, moved, root)
  }
}
