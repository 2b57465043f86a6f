/** The connection as compiled statements see it: its main database, and what concerns all of them. */
import { catalogOf, KeyViolations, Slice, Spill } from '../../runtime/index.ts'
import type { Catalog, DatabaseContext, Environment, SpillSettings } from '../../runtime/index.ts'
import { openTemporaryFile } from '../../storage/index.ts'
import type { File, Pager } from '../../storage/index.ts'
import { OpenDatabase } from './open-database.ts'
import type { SessionContext } from './session.ts'
import { StatementScopes } from './statement-scopes.ts'

/** What the context asks of its connection. */
export interface ContextOwner {
  loadSchema(database: OpenDatabase): void
  rollbackTransaction(): void
  /** Databases in which the running statement may change something. */
  writtenDatabases(): readonly OpenDatabase[]
  /** The temporary or an attached database. */
  databaseNamed(name: string): OpenDatabase
  /** The statement that runs ends the transaction. */
  readonly endsTransaction: boolean
}

const none: readonly OpenDatabase[] = []

/** Bytes. SQLite: SQLITE_MAX_PMASZ, 2^29. */
const mostSorted = 536_870_912

export class ConnectionContext extends OpenDatabase implements SessionContext {
  catalog: Catalog
  changes = 0
  totalChanges = 0
  lastInsertRowid: number | bigint = 0
  readonly keyViolations: KeyViolations = new KeyViolations()
  readonly #connection: ContextOwner
  /** What `now()` answers; -1: it has not been asked since the statement began. */
  clock = -1
  #keepChanges = false
  #isTakenBack = false
  readonly slice: Slice = new Slice()
  readonly #scopes = new StatementScopes(this.keyViolations)
  /** PRAGMA temp_store: 0 as the default, 1 in files, 2 in memory. */
  tempStore = 0
  /** Makes the file for what a statement cannot keep in memory. */
  openTemporaryFile: () => File = openTemporaryFile
  /** Those whose file is open. */
  readonly #spills = new Set<Spill>()
  readonly #spillSettings: SpillSettings

  constructor(
    connection: ContextOwner,
    path: string,
    isReadonly: boolean,
    pager: Pager,
    environment: Environment,
  ) {
    const reload = (database: OpenDatabase): void => connection.loadSchema(database)
    super('main', path, isReadonly, pager, reload, 'utf8', environment)
    this.#connection = connection
    this.catalog = catalogOf(this.schema, null, [], environment)
    this.#spillSettings = {
      memoryLimit: () => this.#memoryLimit,
      open: () => this.openTemporaryFile(),
      onOpen: (spill) => this.#spills.add(spill),
      onClose: (spill) => this.#spills.delete(spill),
    }
  }

  newSpill(slice: Slice | null = null): Spill {
    return new Spill(this.#spillSettings, slice)
  }

  /**
   * Of the rows that a statement collects: what PRAGMA cache_size allows for pages, as in SQLite's sorter. With temporary storage in memory
   * there is no limit. (`sqlite3VdbeSorterInit`)
   */
  get #memoryLimit(): number {
    if (this.tempStore === 2) return Infinity
    const { cacheSize, pageSize } = this.pager
    return Math.min(mostSorted, cacheSize < 0 ? -cacheSize * 1024 : cacheSize * pageSize)
  }

  /** Closes the temporary files of all statements: none of them goes on. */
  closeSpills(): void {
    for (const spill of this.#spills) spill.close()
  }

  database(name: string): DatabaseContext {
    return this.#connection.databaseNamed(name)
  }

  get endsTransaction(): boolean {
    return this.#connection.endsTransaction
  }

  now(): number {
    if (this.clock < 0) this.clock = Date.now()
    return this.clock
  }

  /** The next `now()` looks at the clock again. */
  resetClock(): void {
    this.clock = -1
  }

  get scopeDepth(): number {
    return this.#scopes.depth
  }

  beginStatement(isWhole = false): void {
    this.#isTakenBack = false
    const isLone = isWhole && this.endsTransaction
    this.#scopes.begin(isLone ? none : this.#connection.writtenDatabases())
  }

  endStatement(): void {
    this.#scopes.end()
  }

  rollbackStatement(): void {
    this.#scopes.rollback()
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

  /** A transaction was taken back, and with it the statements that may be running. */
  forgetStatement(): void {
    this.#scopes.forget()
    this.#keepChanges = false
  }
}
