/** The connection as compiled statements see it: its main database, and what concerns all of them. */
import { catalogOf, type Catalog } from '../../schema/index.ts'
import type { DatabaseContext } from '../../runtime/index.ts'
import type { Pager } from '../../storage/index.ts'
import { OpenDatabase } from './open-database.ts'
import type { SessionContext } from './session.ts'

/** What the context asks of its connection. */
export interface ContextOwner {
  loadSchema(database: OpenDatabase): void
  rollbackTransaction(): void
  /** Databases in which the running statement may change something. */
  writtenDatabases(): readonly OpenDatabase[]
  /** The temporary or an attached database. */
  databaseNamed(name: string): OpenDatabase
}

export class ConnectionContext extends OpenDatabase implements SessionContext {
  catalog: Catalog
  changes = 0
  totalChanges = 0
  lastInsertRowid: number | bigint = 0
  readonly #connection: ContextOwner
  #now = -1
  #keepChanges = false
  #isTakenBack = false
  /** Of the running statement, in each of `#marked`. */
  #statementMarks: number[] = []
  #marked: readonly OpenDatabase[] = []

  constructor(connection: ContextOwner, path: string, isReadonly: boolean, pager: Pager) {
    super('main', path, isReadonly, pager, (database) => connection.loadSchema(database))
    this.#connection = connection
    this.catalog = catalogOf(this.schema)
  }

  database(name: string): DatabaseContext {
    return this.#connection.databaseNamed(name)
  }

  now(): number {
    if (this.#now < 0) this.#now = Date.now()
    return this.#now
  }

  /** The next `now()` looks at the clock again. */
  resetClock(): void {
    this.#now = -1
  }

  beginStatement(): void {
    this.#statementMarks.length = 0
    this.#isTakenBack = false
    this.#marked = this.#connection.writtenDatabases()
    for (const { pager } of this.#marked) this.#statementMarks.push(pager.savepoint())
  }

  endStatement(): void {
    this.#marked.forEach(({ pager }, i) => pager.release(this.#statementMarks[i]!))
    this.#statementMarks.length = 0
  }

  rollbackStatement(): void {
    this.#marked.forEach(({ pager }, i) => {
      pager.rollbackTo(this.#statementMarks[i]!)
      pager.release(this.#statementMarks[i]!)
    })
    this.#statementMarks.length = 0
    this.#isTakenBack = true
  }

  /** Whether the statement that just failed has taken back all that it changed. */
  takeTakenBack(): boolean {
    const isTakenBack = this.#isTakenBack
    this.#isTakenBack = false
    return isTakenBack
  }

  rollbackTransaction(): void {
    this.#connection.rollbackTransaction()
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

  /** A transaction was taken back, and with it the statement that may be running. */
  forgetStatement(): void {
    this.#statementMarks.length = 0
    this.#marked = []
    this.#keepChanges = false
  }
}
