/** The transaction of a connection, as statements begin and end it: BEGIN, COMMIT, ROLLBACK, and savepoints. */
import { foreignKeyFailed, readonlyDatabase, SqliteError, tableLocked } from '../../base/error.ts'
import { isForeign } from '../../base/foreign-error.ts'
import { holdCommit } from './held-commit.ts'
import { interruption } from './interruption.ts'
import type { BeginMode } from './session.ts'
import type { ConnectionState } from './state.ts'

export class Transaction {
  readonly #state: ConnectionState
  /** The first savepoint began the transaction: releasing it commits. */
  #begunBySavepoint = false

  constructor(state: ConnectionState) {
    this.#state = state
  }

  begin(mode: BeginMode): void {
    const state = this.#state
    state.heldCommit?.end()
    state.checkNoIterators()
    this.#checkNotComparing()
    if (state.isExplicit) {
      // As in SQLite, the locks are taken before it turns out to be wrong.
      if (mode !== 'DEFERRED') state.databases.lockAll()
      throw new SqliteError('cannot start a transaction within a transaction', 'SQLITE_ERROR')
    }
    if (mode !== 'DEFERRED') {
      if (state.queryOnly) throw readonlyDatabase()
      state.databases.writeAll()
    }
    state.isExplicit = true
  }

  /** On SQLITE_BUSY the transaction stays open; other failures take it back. */
  commit(): void {
    const state = this.#state
    state.heldCommit?.end()
    state.checkNoIterators()
    this.#checkNotComparing()
    if (!state.isExplicit) {
      this.#endNone()
      throw new SqliteError('cannot commit - no transaction is active', 'SQLITE_ERROR')
    }
    this.#checkNoWriters('commit transaction')
    this.#checkForeignKeys()
    this.#finish()
  }

  rollback(): void {
    const state = this.#state
    state.heldCommit?.end()
    if (!state.isExplicit) {
      this.#endNone()
      throw new SqliteError('cannot rollback - no transaction is active', 'SQLITE_ERROR')
    }
    state.checkNoIterators()
    this.#checkNotComparing()
    this.rollbackAll()
  }

  /** A collation is asked in the middle of a tree, which has to stay what it is meanwhile. */
  #checkNotComparing(): void {
    if (this.#state.comparisons > 0) throw tableLocked()
  }

  /** A statement that writes has called a function that calls for this. (`OP_AutoCommit`, `OP_Savepoint`) */
  #checkNoWriters(what: string): void {
    if (this.#state.writers === 0) return
    throw new SqliteError(`cannot ${what} - SQL statements in progress`, 'SQLITE_BUSY')
  }

  /** Outside any transaction its end is an error, and all the same that of PRAGMA defer_foreign_keys. (`sqlite3VdbeHalt`) */
  #endNone(): void {
    const state = this.#state
    if (state.statementDepth === 0) state.forgetViolations()
  }

  /** Violations of foreign keys keep it open. */
  #checkForeignKeys(): void {
    if (this.#state.context.keyViolations.areLeft) throw foreignKeyFailed()
  }

  #finish(): void {
    const state = this.#state
    const { commits } = state.pager
    try {
      if (holdCommit(state, 0, () => this.#finish())) return
      state.databases.commit(state.statementDepth > 0)
    } catch (error) {
      const isBusy = error instanceof SqliteError && error.code === 'SQLITE_BUSY'
      const isUnknown = isForeign(error)
      if (!isBusy && !isUnknown) this.rollbackAll()
      if (!isUnknown || !state.isSingle || commits === state.pager.commits) throw error
      // It struck after the commit, which stands.
      state.trouble.struck = state
      interruption.isPending = true
    }
    // From here on nothing may fail: it is committed.
    this.leave()
    try {
      state.lookForTorn()
    } catch {
      state.trouble.struck = state
      interruption.isPending = true
    }
  }

  /** Takes the whole transaction back, also for ON CONFLICT ROLLBACK. */
  rollbackAll(): void {
    const state = this.#state
    state.heldCommit?.end()
    const { databases } = state
    state.lockWait.isOutside = false
    state.rollbacks++
    state.admits = 'all'
    if (databases.hasChangedSchema) state.schemaRollbacks++
    databases.rollback(state.statementDepth > 0)
    this.leave()
    state.context.forgetStatement()
  }

  /** There is none any more. */
  leave(): void {
    this.#state.isExplicit = false
    this.#begunBySavepoint = false
    this.#state.forgetViolations()
  }

  /** SAVEPOINT name. Outside a transaction it begins one, DEFERRED. */
  savepoint(name: string): void {
    const state = this.#state
    state.heldCommit?.end()
    this.#checkNoWriters('open savepoint')
    this.#checkNotComparing()
    if (!state.isExplicit) {
      this.begin('DEFERRED')
      this.#begunBySavepoint = true
    }
    state.databases.openSavepoint(name, state.context.keyViolations)
  }

  /** RELEASE name: forgets it and those opened after it. */
  release(name: string): void {
    const state = this.#state
    state.heldCommit?.end()
    if (!state.isExplicit) this.#endNone()
    const place = state.databases.findSavepoint(name)
    this.#checkNoWriters('release savepoint')
    this.#checkNotComparing()
    if (place === 0 && this.#begunBySavepoint) {
      state.checkNoIterators()
      this.#checkForeignKeys()
      this.#finish()
      return
    }
    state.databases.release(place)
  }

  /** ROLLBACK TO name: takes back what came after it; the savepoint itself stays. */
  rollbackTo(name: string): void {
    const state = this.#state
    state.heldCommit?.end()
    if (!state.isExplicit) this.#endNone()
    const place = state.databases.findSavepoint(name)
    state.checkNoIterators()
    this.#checkNotComparing()
    state.rollbacks++
    state.admits = 'all'
    const { deferred, postponed } = state.databases.violationsAt(place)
    if (state.databases.rollbackTo(place)) state.schemaRollbacks++
    state.context.keyViolations.deferred = deferred
    state.context.keyViolations.postponed = postponed
    state.context.forgetStatement()
  }
}
