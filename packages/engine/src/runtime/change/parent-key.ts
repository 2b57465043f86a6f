/**
 * The parent of a foreign key: whether it has the row that a child refers to. The child's values are given the affinity of the parent's
 * columns, and looked up under the collation of the index. (`fkLookupParent`)
 */
import {
  applyAffinity,
  binaryCollation,
  compareValues,
  RecordWriter,
  SearchKey,
} from '../../record/index.ts'
import type { Affinity, Value } from '../../record/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import type { IndexTree, TableTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import { exactRowid } from '../read/seek.ts'
import type { Rowid } from './row-writer.ts'

/** A parent that is referred to by its rowid. */
export class RowidParent {
  readonly #context: DatabaseContext
  readonly #root: number
  #tree: TableTree

  constructor(context: DatabaseContext, root: number) {
    this.#context = context
    this.#root = root
    this.#tree = context.tableTree(root)
  }

  /** Before the first row of each run: trees are thrown away when a transaction ends badly. */
  start(): void {
    this.#tree = this.#context.tableTree(this.#root)
  }

  isMissing(value: Value): boolean {
    const rowid = exactRowid(value)
    return rowid === null || !this.#tree.exists(rowid)
  }

  /** The value is this rowid: a row that is about to be stored refers to itself. */
  isOwn(value: Value, rowid: Rowid): boolean {
    return exactRowid(value) === rowid
  }
}

/** A parent that is referred to by the columns of an index. */
export class KeyParent {
  /** The child's values, in the order of the index. */
  readonly key: Value[]
  /** Those that the row has itself, where a table refers to itself. */
  readonly own: Value[]
  readonly #context: DatabaseContext
  readonly #root: number
  readonly #affinities: readonly Affinity[]
  readonly #search: SearchKey
  readonly #writer: RecordWriter
  #tree: IndexTree

  constructor(context: DatabaseContext, index: Index, table: Table) {
    const { columns, root } = index
    this.#context = context
    this.#root = root
    this.key = columns.map(() => null)
    this.own = columns.map(() => null)
    this.#affinities = columns.map(({ column }) =>
      column < 0 ? 'integer' : table.columns[column]!.affinity,
    )
    this.#search = new SearchKey(columns, context.encoding, context.collations)
    this.#writer = new RecordWriter(context.encoding)
    this.#tree = context.indexTree(root)
  }

  start(): void {
    this.#tree = this.#context.indexTree(this.#root)
  }

  /** No row has `key`. */
  isMissing(): boolean {
    const { key } = this
    const affinities = this.#affinities
    for (let i = 0; i < key.length; i++) key[i] = applyAffinity(key[i]!, affinities[i]!)
    const writer = this.#writer
    writer.encode(key, key.length)
    const { data, offset, size } = writer
    return !this.#tree.has(data, offset, size, this.#search, key, key.length)
  }

  /** The row that is about to be stored refers to itself: its values are the same bytes. */
  isOwn(): boolean {
    const { key, own } = this
    for (let i = 0; i < key.length; i++) {
      const value = own[i]!
      if (value === null || compareValues(key[i]!, value, binaryCollation) !== 0) return false
    }
    return true
  }
}
