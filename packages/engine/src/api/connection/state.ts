/**
 * What the parts of a connection know together, and what each of them asks before it begins. Plain fields, for every statement looks at
 * some of them; `Connection` is the one class that extends this.
 */
import { tableLocked } from '../../base/error.ts'
import { callersMistake, isForeign, users } from '../../base/foreign-error.ts'
import { inSqliteWords } from '../../base/v8-error.ts'
import type { Activity, LockWait } from '../../coordination/index.ts'
import { Environment } from '../../runtime/index.ts'
import type { Pager } from '../../storage/index.ts'
import type { OpenOptions } from '../open/options.ts'
import { ConnectionContext, type ContextOwner } from './context.ts'
import { DatabaseList } from './database-list.ts'
import { abortedByRollback, isBusy } from './failures.ts'
import type { HeldCommit } from './held-commit.ts'
import { interruption, settle, type Interruptible, type Trouble } from './interruption.ts'
import type { Admitted } from './session.ts'
import type { OpenDatabase } from './open-database.ts'

export abstract class ConnectionState implements Interruptible, ContextOwner {
  /** The main database's. */
  readonly pager: Pager
  readonly context: ConnectionContext
  readonly databases: DatabaseList
  /** Where the locks are waited for with which something begins. */
  readonly lockWait: LockWait
  /** What the names of functions and collations mean. */
  readonly environment: Environment = new Environment()
  readonly options: OpenOptions
  readonly isReadonly: boolean
  /** What others see of this connection's work; null: nobody looks. */
  readonly activity: Activity | null
  /**
   * Something has failed, and what is to be done about it has not been done yet. It stays so where that cannot be done, or where
   * nobody knows what it would be; then everything is taken back (`interruption.ts`). Setting it calls nothing.
   */
  readonly trouble: Trouble = { struck: null }
  isOpen = true
  /** There is no database but main. */
  isSingle = true
  /** BEGIN, or a savepoint outside a transaction, has begun one. */
  isExplicit = false
  /** Statements that run: one inside the other, and those of open iterators. */
  statementDepth = 0
  /** Those of them that write. */
  writers = 0
  /** A commit is held until it is synced (`held-commit.ts`): whoever calls waits for that before he answers. */
  commitsLater = false
  heldCommit: HeldCommit | null = null
  /** Open iterators of this connection's statements. */
  iterators = 0
  /** PRAGMA query_only. */
  queryOnly = false
  /** PRAGMA writable_schema as it was set; it counts while the connection is not defensive. */
  asksWritableSchema = false
  /** What could damage the file by ordinary SQL does nothing. (SQLITE_DBCONFIG_DEFENSIVE) */
  isDefensive = false
  /** Values of PRAGMAs that nothing else keeps, by their names. */
  readonly remembered: Map<string, number> = new Map()
  /** Writes are allowed while iterators are open. */
  unsafe = false
  /**
   * What may run, be it in unsafe mode: a statement that waits between two of its slices may stand on a row, which nobody may
   * change, or between two states of the schema.
   */
  admits: Admitted = 'all'
  /** Grows when everything was taken back because a foreign error had struck: iterators that were open then are over. */
  recoveries = 0
  /** Grows when a transaction, or a part of it, is taken back. */
  rollbacks = 0
  /** Grows when a change of a schema is taken back: iterators that were open then cannot go on. */
  schemaRollbacks = 0
  /** `verbose` or another function of the user's is running: until it returns, the connection takes no calls. */
  isCalling = false
  /** Functions of the user's that run, one inside the other. */
  calls = 0
  /** Collations among them. */
  comparisons = 0
  /** A foreign error has struck in a statement that a function of the user's ran. */
  isStruck = false

  constructor(options: OpenOptions, pager: Pager) {
    this.options = options
    this.pager = pager
    this.isReadonly = pager.isReadonly
    this.activity = pager.activity
    this.lockWait = pager.lockWait
    pager.announce = (tell) => this.#announce(tell)
    const { path, readonly } = options
    this.environment.settings.doubleQuotedStrings = options.doubleQuotedStrings
    this.environment.settings.foreignKeys = options.foreignKeys
    this.isDefensive = options.profile.isDefensive
    try {
      this.context = new ConnectionContext(this, path, readonly, pager, this.environment)
    } catch (error) {
      pager.close()
      throw error
    }
    this.databases = new DatabaseList(this.context, this.environment)
  }

  abstract recover(): void
  abstract loadSchema(database: OpenDatabase): void
  abstract rollbackTransaction(): void
  abstract writtenDatabases(): readonly OpenDatabase[]
  abstract databaseNamed(name: string): OpenDatabase
  /** Names may mean other objects from here on: nothing that was prepared need hold. */
  abstract namesChanged(): void

  /** What is told in the middle of something: who hears it makes no calls. */
  #announce(tell: () => void): void {
    const { isCalling } = this
    this.isCalling = true
    try {
      tell()
    } finally {
      this.isCalling = isCalling
    }
  }

  /** What a statement does is committed, or taken back, with a transaction, or with a statement that writes and has called it. */
  get isPartOfAnother(): boolean {
    return this.isExplicit || this.writers > 0
  }

  /** The statement that runs ends the transaction. */
  get endsTransaction(): boolean {
    return !this.isExplicit && this.writers === 1
  }

  /** The transaction has ended, in whichever way: no foreign key is violated, and PRAGMA defer_foreign_keys is off. */
  forgetViolations(): void {
    this.context.keyViolations.forget()
    const { settings } = this.environment
    if (!settings.defersForeignKeys) return
    settings.defersForeignKeys = false
    this.namesChanged()
  }

  // ── Checks ──

  checkOpen(): void {
    if (this.heldCommit !== null) this.heldCommit.end()
    if (interruption.isPending) settle()
    if (this.trouble.struck !== null && !this.isCalling) this.recover()
    if (this.isStruck) throw abortedByRollback()
    this.checkNotClosed()
    this.checkNotCalling()
  }

  /** For what may be asked while a function of the user's runs. */
  checkNotClosed(): void {
    if (!this.isOpen) throw callersMistake(new TypeError('The database connection is not open'))
  }

  checkNotCalling(): void {
    if (this.isCalling) throw isBusy()
  }

  checkNoIterators(): void {
    if (this.iterators > 0 && !this.unsafe) throw isBusy()
  }

  checkAdmitted(writes: boolean): void {
    if (writes || this.admits === 'nothing') throw tableLocked()
  }

  // ── Failures ──

  /**
   * Runs `body`, whose failure is not a statement's: what V8 refuses is answered in SQLite's words, and a foreign error is noted.
   */
  answering<Result>(body: () => Result): Result {
    try {
      return body()
    } catch (error) {
      const wasFailing = this.trouble.struck !== null
      this.trouble.struck = this
      throw this.answer(error, wasFailing)
    }
  }

  answer(error: unknown, wasFailing: boolean): unknown {
    const known = inSqliteWords(error)
    this.trouble.struck = wasFailing || isForeign(error) ? this : null
    return error === users.error ? error : known
  }

  /** A commit stands, and could not be brought to its end: the connection is set right when there is room for that. */
  lookForTorn(): void {
    if (!this.databases.all.some(({ pager }) => pager.isTorn)) return
    this.trouble.struck = this
    interruption.isPending = true
  }
}
