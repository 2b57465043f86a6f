/** The connection as compiled statements see it: `ExecutionContext` over a `Session`. */
import type { TextEncoding } from '../record/index.ts'
import type { Schema } from '../schema/index.ts'
import { IndexTree, TableTree, type Pages } from '../storage/index.ts'
import type { Session, SessionContext } from './session.ts'

/** Stands for "not read yet": no database has this cookie. */
const noSchema: Schema = {
  cookie: -1,
  tables: new Map(),
  views: new Map(),
  indexes: new Map(),
  triggers: new Map(),
  virtualTables: new Map(),
}

export class ConnectionContext implements SessionContext {
  readonly pages: Pages
  schema: Schema = noSchema
  changes = 0
  totalChanges = 0
  lastInsertRowid: number | bigint = 0
  readonly #connection: Session
  #now = -1
  #keepChanges = false
  #statementMark = -1
  readonly #tableTrees = new Map<number, TableTree>()
  readonly #indexTrees = new Map<number, IndexTree>()

  constructor(connection: Session) {
    this.#connection = connection
    this.pages = connection.pager
  }

  get encoding(): TextEncoding {
    return this.#connection.pager.encoding
  }

  now(): number {
    if (this.#now < 0) this.#now = Date.now()
    return this.#now
  }

  /** The next `now()` looks at the clock again. */
  resetClock(): void {
    this.#now = -1
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

  /** Roots may mean other trees now. */
  forgetTrees(): void {
    this.#tableTrees.clear()
    this.#indexTrees.clear()
  }

  beginStatement(): void {
    this.#statementMark = this.#connection.pager.savepoint()
  }

  endStatement(): void {
    this.#connection.pager.release(this.#statementMark)
    this.#statementMark = -1
  }

  rollbackStatement(): void {
    const { pager } = this.#connection
    pager.rollbackTo(this.#statementMark)
    pager.release(this.#statementMark)
    this.#statementMark = -1
  }

  rollbackTransaction(): void {
    this.#connection.rollbackTransaction()
  }

  schemaChanged(): void {
    const { pager } = this.#connection
    pager.setSchemaCookie((pager.schemaCookie + 1) >>> 0)
    this.#connection.loadSchema()
  }

  /** ON CONFLICT FAIL: what the failing statement has changed so far stays. */
  keepChanges(): void {
    this.#keepChanges = true
  }

  /** Whether the statement that just failed asked for that. */
  takeKeepChanges(): boolean {
    const keeps = this.#keepChanges
    this.#keepChanges = false
    return keeps
  }

  /** A transaction was taken back: what was remembered of its changes is void. */
  transactionEnded(): void {
    this.#statementMark = -1
    this.forgetTrees()
    if (this.schema.cookie !== this.#connection.pager.committedSchemaCookie) this.schema = noSchema
  }
}
