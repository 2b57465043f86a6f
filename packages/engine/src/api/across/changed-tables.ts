/**
 * Which tables a commit may have changed, by the pages that it has. Of each table the pages of its own tree and of its indexes count, and what its rows
 * in the schema say. No change of a table is missed; which tables are told though nothing of them has changed is said in `CommitEvent`.
 */
import { SqliteError } from '../../base/error.ts'
import { foldName, storedTrees, type StoredTree } from '../../schema/index.ts'
import { TreePages, type Pager } from '../../storage/index.ts'

const schemaName = 'sqlite_schema'
const schemaRoot = 1
/** Where page 1 is no longer the header of the file. */
const headerSize = 100

/** Names in lower case, as the schema compares them. */
export interface TableChanges {
  readonly tables: ReadonlySet<string>
  /** Nobody knows: all tables may have changed. */
  readonly isUnknown: boolean
}

export class ChangedTables {
  #objects: readonly StoredTree[] = []
  #names: ReadonlyMap<string, string> = new Map()
  #map: TreePages | null = null
  #cookie = 0
  /** What page 1 holds of the schema. */
  #first: Uint8Array = new Uint8Array(0)

  /** In an open read transaction. */
  constructor(pager: Pager) {
    this.#readSchema(pager)
    this.#buildMap(pager)
  }

  /** The names of all tables, as they are written, by those in lower case. Another object once the schema was read anew. */
  get names(): ReadonlyMap<string, string> {
    return this.#names
  }

  /** What a name is that no table has, such as `view`; null: nothing. */
  otherKindOf(folded: string): string | null {
    const found = this.#objects.find(
      ({ type, name, root }) => (type === 'view' || root === 0) && foldName(name) === folded,
    )
    if (found === undefined || (found.type !== 'view' && found.type !== 'table')) return null
    return found.type === 'view' ? 'a view' : 'a virtual table'
  }

  /**
   * What has changed since the last look, or the making of this. A read transaction is open.
   * @param changed pages; null: all may have
   */
  look(pager: Pager, changed: ReadonlySet<number> | null): TableChanges {
    if (changed === null || this.#map === null) return this.#lookAnew(pager)
    const pages = new Set(changed)
    // Page 1 is written for its header too.
    if (!this.#isFirstChanged(pager)) pages.delete(1)
    if (pager.schemaCookie !== this.#cookie) return this.#lookAtSchema(pager, pages)
    const map = this.#map
    this.#map = null
    try {
      const { roots, hasUnknown } = map.update(pager, pages)
      if (roots.has(schemaRoot)) return this.#lookAtSchema(pager, pages)
      this.#map = map
      return { tables: this.#tablesOf(roots), isUnknown: hasUnknown }
    } catch (error) {
      if (!isDamage(error)) throw error
      return this.#lookAnew(pager)
    }
  }

  #lookAnew(pager: Pager): TableChanges {
    this.#readSchema(pager)
    this.#buildMap(pager)
    return { tables: new Set(), isUnknown: true }
  }

  /** The schema may be another one: what it says no more, or says otherwise, or anew, has changed as well. */
  #lookAtSchema(pager: Pager, pages: ReadonlySet<number>): TableChanges {
    this.#map = null
    const before = new Map(this.#objects.map((object) => [object.row, object]))
    this.#readSchema(pager)
    const tables = new Set([schemaName])
    for (const object of this.#objects) {
      if (!before.delete(object.row)) tables.add(foldName(object.table))
    }
    for (const { table } of before.values()) tables.add(foldName(table))
    this.#buildMap(pager)
    const map = this.#map as TreePages | null
    if (map === null) return { tables, isUnknown: true }
    const { roots, hasUnknown } = map.changedBy(pager, pages)
    for (const table of this.#tablesOf(roots)) tables.add(table)
    return { tables, isUnknown: hasUnknown }
  }

  #tablesOf(roots: ReadonlySet<number>): Set<string> {
    const tables = new Set<string>()
    for (const { root, table } of this.#objects) if (roots.has(root)) tables.add(foldName(table))
    if (roots.has(schemaRoot)) tables.add(schemaName)
    return tables
  }

  #readSchema(pager: Pager): void {
    this.#objects = storedTrees(pager, pager.storedEncoding ?? 'utf8')
    const tables = this.#objects.filter(({ type, root }) => type === 'table' && root > 0)
    const names = tables.map(({ name }): [string, string] => [foldName(name), name])
    this.#names = new Map([[schemaName, schemaName], ...names])
    this.#cookie = pager.schemaCookie
    // A copy: the page's own bytes are used again.
    this.#first = new Uint8Array(pager.get(1).data.subarray(headerSize))
  }

  #isFirstChanged(pager: Pager): boolean {
    const first = pager.get(1).data.subarray(headerSize)
    return Buffer.compare(first, this.#first) !== 0
  }

  #buildMap(pager: Pager): void {
    const roots = this.#objects.map(({ root }) => root).filter((root) => root > 0)
    try {
      this.#map = new TreePages(pager, [schemaRoot, ...roots])
    } catch (error) {
      // Of a damaged database it cannot be told.
      if (!isDamage(error)) throw error
      this.#map = null
    }
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_CORRUPT'
}
