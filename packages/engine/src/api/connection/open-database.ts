/**
 * One database of a connection: its pages, its schema as it was last read, and the trees that statements keep.
 * The main database is the connection's execution context itself (`context.ts`), which is one of these.
 */
import { realpathSync, statSync } from 'node:fs'
import { SqliteError } from '../../base/error.ts'
import type { Collations, TextEncoding } from '../../record/index.ts'
import type { DatabaseContext } from '../../runtime/index.ts'
import { noObjects, type Schema, type Table } from '../../schema/index.ts'
import { approximateRows, IndexTree, TableTree, type Pager } from '../../storage/index.ts'

/** No database has this cookie: the schema has not been read yet. */
const notRead = -1

export class OpenDatabase implements DatabaseContext {
  /** What statements call it. */
  readonly name: string
  /** The whole path of the file; empty: in memory. */
  readonly file: string
  readonly isReadonly: boolean
  readonly pager: Pager
  readonly pages: Pager
  readonly collations: Collations
  schema: Schema
  /** PRAGMA synchronous has been set. */
  hasSynchronous = false
  /** Where two files are locked, the one with the lower place comes first, in every process. */
  readonly lockPlace: string
  /** How its text is stored, or will be. The encoding of main is that of all databases of a connection. */
  #encoding: TextEncoding
  #isEncodingFixed = false
  readonly #reload: (database: OpenDatabase) => void
  readonly #tableTrees = new Map<number, TableTree>()
  readonly #indexTrees = new Map<number, IndexTree>()

  /**
   * `path` is the file as it was named; empty: in memory. `reload` reads the schema again and tells the connection.
   */
  constructor(
    name: string,
    path: string,
    isReadonly: boolean,
    pager: Pager,
    reload: (database: OpenDatabase) => void,
    encoding: TextEncoding,
    collations: Collations,
  ) {
    this.collations = collations
    this.name = name
    this.file = path === '' ? '' : realpathSync(path)
    this.isReadonly = isReadonly || pager.isReadonly
    this.pager = pager
    this.pages = pager
    this.#encoding = encoding
    this.schema = noObjects(name, notRead)
    this.lockPlace = lockPlaceOf(this.file)
    this.#reload = reload
    pager.onCommitsUndone = () => this.forgetAll()
  }

  get isMemory(): boolean {
    return this.file === ''
  }

  /** Whether `schema` is what the pager's state says, but for what others have done since. */
  get isSchemaRead(): boolean {
    return this.schema.cookie !== notRead
  }

  get encoding(): TextEncoding {
    return this.#encoding
  }

  /** Text is stored in its encoding, or was about to be: it can no longer be chosen. */
  get isEncodingFixed(): boolean {
    return this.#isEncodingFixed
  }

  chooseEncoding(encoding: TextEncoding): void {
    this.#encoding = encoding
  }

  fixEncoding(): void {
    this.#isEncodingFixed = true
  }

  tableTree(root: number): TableTree {
    let tree = this.#tableTrees.get(root)
    if (tree === undefined) {
      tree = new TableTree(this.pages, root)
      this.#tableTrees.set(root, tree)
    }
    return tree
  }

  indexTree(root: number): IndexTree {
    let tree = this.#indexTrees.get(root)
    if (tree === undefined) {
      tree = new IndexTree(this.pages, root)
      this.#indexTrees.set(root, tree)
    }
    return tree
  }

  /** About how many rows a table has; null: its pages cannot be read, which whoever runs the statement is told. No snapshot is kept for that. */
  sizeOf(table: Table): number | null {
    const { pager } = this
    const isIdle = pager.state === 'none'
    try {
      if (isIdle) pager.beginRead()
      return approximateRows(pager, table.root)
    } catch (error) {
      if (error instanceof SqliteError) return null
      throw error
    } finally {
      if (isIdle && pager.state === 'read') pager.endRead()
    }
  }

  /** Roots may mean other trees now. */
  forgetTrees(): void {
    this.#tableTrees.clear()
    this.#indexTrees.clear()
  }

  /** Nothing that is remembered of the database need be true. */
  forgetAll(): void {
    this.forgetTrees()
    this.schema = noObjects(this.name, notRead)
  }

  schemaChanged(): void {
    const { pager } = this
    pager.header.settleEncoding(this.#encoding)
    this.#isEncodingFixed = true
    pager.setSchemaCookie((pager.schemaCookie + 1) >>> 0)
    this.#reload(this)
  }

  /** What the schema says besides its objects, the statistics, has changed. */
  readAgain(): void {
    this.#reload(this)
  }

  /** The transaction, or a part of it, was taken back: what was remembered of its changes is void. */
  changesUndone(): void {
    this.forgetTrees()
    if (this.schema.cookie !== this.pager.committedSchemaCookie) {
      this.schema = noObjects(this.name, notRead)
    }
  }
}

/** Device and inode: all processes agree on them, whatever names they know the file by. */
function lockPlaceOf(file: string): string {
  if (file === '') return ''
  const { dev, ino } = statSync(file, { bigint: true })
  return [dev, ino].map((part) => part.toString(16).padStart(16, '0')).join()
}
