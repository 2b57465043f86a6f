/** `foreign_key_list` and `foreign_key_check`: the foreign keys of a table, and the rows that have no parent. */
import { sqlError } from '../../../base/error.ts'
import { integerValue, type Value } from '../../../record/index.ts'
import {
  foldName,
  inHashOrder,
  keyMismatch,
  parentKeyOf,
  type ForeignKey,
  type ParentKey,
  type Schema,
  type Table,
} from '../../../schema/index.ts'
import { quoteName } from '../../../sql/index.ts'
import { complete, unsliced, type Slice, type Work } from '../../../runtime/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { readingInSlices } from '../sliced-statement.ts'
import { withStoredMeaning } from '../stored-meaning.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { findTable } from './find-table.ts'

function foreignKeyList(connection: Session, value: PragmaValue, place: PragmaPlace): Rows {
  const table = findTable(connection, value, place)
  if (table === null) return []
  return table.foreignKeys
    .toReversed()
    .flatMap(({ columns, reference }, id) =>
      columns.map((column, place) => [
        id,
        place,
        reference.table,
        table.columns[column]?.name ?? null,
        reference.columns[place] ?? null,
        reference.onUpdate,
        reference.onDelete,
        'NONE',
      ]),
    )
}

/** One table, or all of the database, in slices. (`PragTyp_FOREIGN_KEY_CHECK`) */
function foreignKeyCheck(
  connection: Session,
  value: PragmaValue,
  place: PragmaPlace,
  slice: Slice,
): Work<Rows> {
  const tables = connection.withSchemas(() =>
    value === null ? null : [namedTable(connection, value, place)],
  )
  const database = tables === null ? place.database : databaseOf(connection, tables[0]!)
  return readingInSlices(connection, usesOf(database, false), slice, () => {
    const work = allViolations(connection, database.schema, tables, slice)
    return {
      next: () => withStoredMeaning(connection, () => work.next()),
      end: () => void work.return([]),
    }
  })
}

function* allViolations(
  connection: Session,
  schema: Schema,
  tables: readonly Table[] | null,
  slice: Slice,
): Work<Rows> {
  const found: (readonly Value[])[] = []
  for (const table of tables ?? allTables(schema)) {
    for (const row of yield* violationsOf(connection, schema, table, slice)) found.push(row)
  }
  return found
}

/** In SQLite's order. */
function allTables({ names, tables }: Schema): readonly Table[] {
  return inHashOrder(names).flatMap((name) => tables.get(foldName(name)) ?? [])
}

function namedTable(connection: Session, value: PragmaValue, place: PragmaPlace): Table {
  const table = findTable(connection, value, place)
  if (table !== null) return table
  const prefix = place.isNamed ? `${place.database.name}.` : ''
  throw sqlError(`no such table: ${prefix}${String(value)}`)
}

function databaseOf({ databases, main }: Session, { database }: Table): OpenDatabase {
  return databases.find(database) ?? main
}

/** A key, and what it refers to; null: a table that does not exist, and so has no rows. */
interface CheckedKey {
  readonly key: ForeignKey
  readonly parent: { readonly table: Table; readonly found: ParentKey } | null
}

function* violationsOf(
  connection: Session,
  schema: Schema,
  table: Table,
  slice: Slice,
): Work<Rows> {
  if (table.foreignKeys.length === 0) return []
  const keys = table.foreignKeys.toReversed().map((key): CheckedKey => {
    const name = foldName(key.reference.table)
    const parent = schema.tables.get(name)
    if (parent === undefined) {
      if (schema.views.has(name) || schema.virtualTables.has(name)) throw keyMismatch(table, key)
      return { key, parent: null }
    }
    const found = parentKeyOf(parent, key)
    if (found === null) throw keyMismatch(table, key)
    return { key, parent: { table: parent, found } }
  })
  const fails = keys.map((one) => violation(table, one))
  const rowid = rowidName(table)
  const from = `FROM ${fullName(table)} AS child NOT INDEXED`
  const sql = `SELECT ${rowid}, ${fails.join(', ')} ${from} WHERE ${fails.join(' OR ')}`
  const rows: (bigint | null)[][] = []
  const query = connection.prepareOwn(sql).rows([], 'raw', 'bigint', slice !== unsliced)
  try {
    for (const row of query) {
      if (row === slice) yield slice
      else rows.push(row as (bigint | null)[])
    }
  } finally {
    // It may be given up in between.
    query.return?.()
  }
  return rows.flatMap(([id, ...failed]) =>
    failed.flatMap((fails, i): readonly (readonly Value[])[] => {
      if (fails !== 1n) return []
      const shown = id === null ? null : integerValue(id!)
      return [[table.name, shown, keys[i]!.key.reference.table, i]]
    }),
  )
}

/** A condition on a row of the child: nothing that it refers to by is NULL, and there is no such parent. */
function violation(child: Table, { key, parent }: CheckedKey): string {
  const nameOfChild = (place: number): string => `child.${quoteName(child.columns[place]!.name)}`
  const whole = key.columns.map((place) => `${nameOfChild(place)} IS NOT NULL`).join(' AND ')
  if (parent === null) return `(${whole})`
  const { table, found } = parent
  // Without an affinity of its own a value gets that of the parent's column.
  const equal = found.columns.map((place, i) => {
    const index = found.index?.columns[i]
    const own = index === undefined || index.column < 0 ? table.rowidAlias : index.column
    const collation = index === undefined ? '' : ` COLLATE ${quoteName(index.collation)}`
    return `parent.${quoteName(table.columns[own]!.name)}${collation} = +${nameOfChild(place)}`
  })
  const rows = `SELECT 1 FROM ${fullName(table)} AS parent WHERE ${equal.join(' AND ')}`
  return `(${whole} AND NOT EXISTS (${rows}))`
}

/** A name of the rowid that no column has; without one, or without rowids, there is none to show. */
function rowidName({ withoutRowid, columns }: Table): string {
  if (withoutRowid) return 'NULL'
  const names = new Set(columns.map(({ name }) => foldName(name)))
  const free = ['rowid', '_rowid_', 'oid'].find((name) => !names.has(name))
  return free === undefined ? 'NULL' : `child.${free}`
}

function fullName({ database, name }: Table): string {
  return `${quoteName(database)}.${quoteName(name)}`
}

export const foreignKeyPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'foreign_key_list',
    {
      columns: ['id', 'seq', 'table', 'from', 'to', 'on_update', 'on_delete', 'match'],
      needs: 'schemas',
      answer: foreignKeyList,
    },
  ],
  [
    'foreign_key_check',
    {
      columns: ['table', 'rowid', 'parent', 'fkid'],
      needs: 'nothing',
      working: foreignKeyCheck,
      answer: (...asked) => complete(foreignKeyCheck(...asked, unsliced)),
    },
  ],
]
