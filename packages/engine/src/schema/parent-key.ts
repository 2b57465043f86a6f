/**
 * What a foreign key refers to, and who refers to a table. Names are looked for in the key's own database alone. (SQLite Foreign Key
 * Support §3; `sqlite3FkLocateIndex`, `sqlite3FkReferences`)
 */
import { sqlError, type SqliteError } from '../base/error.ts'
import { newestFirst } from './index-entry.ts'
import { foldName, sameName } from './name.ts'
import type { ForeignKey, Index, Schema, Table } from './table.ts'

/** The columns of the parent, as one of its indexes or its rowid has them. */
export interface ParentKey {
  /** null: the rowid. */
  readonly index: Index | null
  /** The columns of the child, in the order of the index. */
  readonly columns: readonly number[]
}

/** A foreign key and the table that it belongs to. */
export interface Reference {
  readonly child: Table
  readonly key: ForeignKey
}

/** null: the parent has no such key, which is a mismatch. */
export function parentKeyOf(parent: Table, { columns, reference }: ForeignKey): ParentKey | null {
  const names = reference.columns
  const alias = parent.columns[parent.rowidAlias]
  if (columns.length === 1 && alias !== undefined) {
    if (names.length === 0 || sameName(names[0]!, alias.name)) return { index: null, columns }
  }
  for (const index of newestFirst(parent.indexes)) {
    if (!index.unique || index.where !== null || index.columns.length !== columns.length) continue
    if (names.length === 0) {
      if (index.origin === 'pk') return { index, columns }
      continue
    }
    const places = index.columns.map(({ column, collation }) => {
      // Of an INTEGER PRIMARY KEY the index has the rowid.
      const own = parent.columns[column === -1 ? parent.rowidAlias : column]
      if (own === undefined || own.collation !== collation) return -1
      return names.findIndex((name) => sameName(name, own.name))
    })
    if (!places.includes(-1)) return { index, columns: places.map((place) => columns[place]!) }
  }
  return null
}

export function keyMismatch(child: Table, { reference }: ForeignKey): SqliteError {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
  return sqlError(
    `foreign key mismatch - ${quoted(child.name)} referencing ${quoted(reference.table)}`,
  )
}

const known = new WeakMap<Schema, ReadonlyMap<string, readonly Reference[]>>()

const none: readonly Reference[] = []

/** The foreign keys that refer to a table, in SQLite's order: those that were declared last come first. */
export function referencesTo(schema: Schema, { name }: Table): readonly Reference[] {
  let all = known.get(schema)
  if (all === undefined) {
    all = referencesIn(schema)
    known.set(schema, all)
  }
  return all.get(foldName(name)) ?? none
}

function referencesIn({ tables }: Schema): ReadonlyMap<string, readonly Reference[]> {
  const all = new Map<string, Reference[]>()
  for (const child of tables.values()) {
    for (const key of child.foreignKeys) {
      const name = foldName(key.reference.table)
      const others = all.get(name)
      if (others === undefined) all.set(name, [{ child, key }])
      else others.unshift({ child, key })
    }
  }
  return all
}
