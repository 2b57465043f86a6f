/**
 * The beginning and the end of a statement. Every statement runs inside a read or write transaction of the pager. Outside BEGIN … COMMIT it gets
 * one of its own (autocommit), which ends with the statement; a reading iterator keeps its one until it ends.
 * Where databases are attached, a statement opens transactions of those that it names, and of no others; with main
 * alone that is known beforehand, and the common path is short.
 *
 * | BEGIN | pager state | when |
 * |---|---|---|
 * | no  | none  | idle |
 * | no  | read, write | while a statement runs, or an iterator is open |
 * | yes | none  | after BEGIN DEFERRED, before the first statement |
 * | yes | read, write | after the first statement that read or wrote |
 */
import { foreignKeyFailed, readonlyDatabase, tableLocked } from '../../base/error.ts'
import { isForeign } from '../../base/foreign-error.ts'
import { inSqliteWords } from '../../base/v8-error.ts'
import { maxSnapshotRetries } from '../../base/limits.ts'
import type { StatementLabel } from '../../coordination/index.ts'
import { DatabaseNames, type DatabaseUses } from '../../plan/index.ts'
import { holdCommit } from './held-commit.ts'
import { endsTransaction, isLostSnapshot, isOutOfMemory } from './failures.ts'
import { interruption } from './interruption.ts'
import type { Schemas } from './schemas.ts'
import type { ConnectionState } from './state.ts'
import type { Transaction } from './transaction.ts'

/** Of statements that say nothing else. */
const readsMain: DatabaseUses = {
  reads: new DatabaseNames('main'),
  writes: new DatabaseNames(),
}
const writesMain: DatabaseUses = {
  reads: new DatabaseNames(),
  writes: new DatabaseNames('main'),
}

export class RunningStatements {
  readonly #state: ConnectionState
  readonly #schemas: Schemas
  readonly #transaction: Transaction
  /** What the statement that ends has changed is committed. */
  #isCommitted = false

  constructor(state: ConnectionState, schemas: Schemas, transaction: Transaction) {
    this.#state = state
    this.#schemas = schemas
    this.#transaction = transaction
  }

  /**
   * Opens the transaction that a statement runs in, and brings the schemas up to date.
   * @param uses the databases that it touches; null: main
   * @param label as what others see it while it runs
   */
  begin(writes: boolean, uses: DatabaseUses | null, label: StatementLabel | null): void {
    const state = this.#state
    if (state.heldCommit !== null) state.heldCommit.end()
    try {
      this.#begin(writes, uses, label, 0)
    } catch (error) {
      const wasFailing = state.trouble.struck !== null
      state.trouble.struck = state
      throw state.answer(error, wasFailing)
    }
  }

  #begin(
    writes: boolean,
    uses: DatabaseUses | null,
    label: StatementLabel | null,
    tries: number,
  ): void {
    const state = this.#state
    if (!state.isSingle) {
      this.#beginSeveral(writes, uses ?? (writes ? writesMain : readsMain), label)
      return
    }
    const { pager, context } = state
    if (!state.isOpen || state.trouble.struck !== null) state.checkOpen()
    if (writes && (state.isReadonly || state.queryOnly)) throw readonlyDatabase()
    if (state.admits !== 'all') state.checkAdmitted(writes)
    if (writes && state.comparisons > 0) throw tableLocked()
    const isIdle = pager.state === 'none'
    if (!writes && isIdle) {
      if (uses !== null && uses.reads.count === 0) {
        // A statement without tables takes no part in the transaction.
        this.#enter(label)
        context.resetClock()
        return
      }
      pager.beginRead()
    }
    this.#enter(label)
    if (writes) state.writers++
    try {
      // Alone in its transaction, a statement is not heard of before it is committed.
      if (writes && pager.state !== 'write') {
        pager.beginWrite(!state.isExplicit && state.statementDepth === 1)
      }
      if (isIdle && state.databases.savepointCount > 0) state.databases.join(context)
      if (pager.schemaCookie !== context.schema.cookie) this.#schemas.load(context)
    } catch (error) {
      if (isForeign(error)) throw error
      this.#leave(writes)
      const isAlone = !state.isExplicit && state.statementDepth === 0
      if (isAlone) pager.rollback()
      // Nothing has been read yet that anybody could miss.
      if (!isAlone || !isLostSnapshot(error) || tries >= maxSnapshotRetries) throw error
      return this.#begin(writes, uses, label, tries + 1)
    }
    context.resetClock()
  }

  #enter(label: StatementLabel | null): void {
    const state = this.#state
    if (state.statementDepth++ > 0 || label === null) return
    if (state.activity !== null) state.activity.begin(label)
  }

  #leave(writes: boolean): void {
    const state = this.#state
    if (writes) state.writers--
    if (--state.statementDepth === 0 && state.activity !== null) state.activity.end()
  }

  #beginSeveral(writes: boolean, uses: DatabaseUses, label: StatementLabel | null): void {
    const state = this.#state
    state.checkOpen()
    if (state.admits !== 'all') state.checkAdmitted(writes)
    if (writes && state.comparisons > 0) throw tableLocked()
    this.#enter(label)
    if (writes) state.writers++
    try {
      this.#schemas.readUnread()
      this.draw(uses)
    } catch (error) {
      if (isForeign(error)) throw error
      this.#leave(writes)
      if (!state.isPartOfAnother) this.#endSeveral(false)
      throw error
    }
    state.context.resetClock()
  }

  /** Draws databases into the transaction of the statement that is about to run. */
  draw(uses: DatabaseUses): void {
    const state = this.#state
    if (state.isSingle) return
    const { databases } = state
    const isLone = !state.isExplicit && state.statementDepth === 1 && uses.writes.count === 1
    for (const database of databases.inLockOrder) {
      const { name, pager } = database
      const writes = uses.writes.has(name)
      if (!writes && !uses.reads.has(name)) continue
      if (writes && (database.isReadonly || state.queryOnly)) throw readonlyDatabase()
      if (writes) databases.write(database, isLone)
      else databases.read(database)
      if (pager.schemaCookie !== database.schema.cookie) this.#schemas.load(database)
    }
  }

  /** Ends the transactions of a statement in autocommit mode. */
  #endSeveral(keeps: boolean): void {
    const { databases, statementDepth, context } = this.#state
    if (keeps && context.keyViolations.areLeft) throw foreignKeyFailed()
    if (statementDepth > 0) databases.endWrites(keeps)
    else if (keeps) databases.commit()
    else databases.rollback()
    this.#state.forgetViolations()
  }

  /** Ends it: commits in autocommit mode. */
  end(writes: boolean): void {
    this.#isCommitted = false
    try {
      this.#end(writes)
    } catch (error) {
      this.#failEnd(error)
    }
  }

  /** The rest of it, where its commit was held. */
  #endHeld(end: () => void): void {
    this.#isCommitted = false
    try {
      end()
    } catch (error) {
      this.#failEnd(error)
    }
  }

  #failEnd(error: unknown): void {
    const state = this.#state
    const wasFailing = state.trouble.struck !== null
    state.trouble.struck = state
    if (this.#isCommitted && (error as Error).name !== 'SqliteError') {
      // What it has done stands, so it has not failed. What was left undone after that is put right.
      interruption.isPending = true
      return
    }
    throw state.answer(error, wasFailing)
  }

  #end(writes: boolean): void {
    const state = this.#state
    const { pager } = state
    if (
      writes &&
      !state.isExplicit &&
      state.isSingle &&
      state.writers === 1 &&
      pager.state === 'write'
    ) {
      this.#commit()
      return
    }
    this.#leave(writes)
    if (state.isPartOfAnother) return
    if (!state.isSingle) return this.#commitSeveral(writes)
    if (state.statementDepth === 0 && pager.state !== 'none') {
      pager.endRead()
      state.forgetViolations()
    }
  }

  #commitSeveral(writes: boolean): void {
    const state = this.#state
    try {
      const mayHold = state.commitsLater && !state.context.keyViolations.areLeft
      if (mayHold && holdCommit(state, 0, () => this.#endHeld(() => this.#commitSeveral(writes)))) {
        return
      }
      this.#endSeveral(true)
    } catch (error) {
      if (!isForeign(error)) this.#transaction.rollbackAll()
      throw error
    }
    this.#isCommitted = writes
    state.lookForTorn()
  }

  #commit(): void {
    const state = this.#state
    const { pager } = state
    const { commits } = pager
    try {
      if (state.context.keyViolations.areLeft) throw foreignKeyFailed()
      if (state.commitsLater && holdCommit(state, 1, () => this.#endHeld(() => this.#commit())))
        return
      pager.commit()
    } catch (error) {
      this.#isCommitted = commits !== pager.commits
      if (isForeign(error)) throw error
      this.#leave(true)
      this.#transaction.rollbackAll()
      throw error
    }
    this.#isCommitted = true
    this.#leave(true)
    state.forgetViolations()
    if (state.statementDepth > 0) pager.beginRead()
    if (pager.isTorn) state.lookForTorn()
  }

  /** A statement failed: what it changed has been or is taken back. Returns the error to throw. */
  fail(error: unknown, writes: boolean): unknown {
    const state = this.#state
    const known = inSqliteWords(error)
    // What V8 refuses in a program is taken back as any other failure of it. What the pager was doing nobody else knows, nor what
    // any other foreign error has left behind.
    const isUnknown = known === error && isForeign(error)
    if (isUnknown || state.isStruck || state.databases.all.some(({ pager }) => pager.isTorn)) {
      state.recover()
      return known
    }
    const failure = this.#fail(known, writes)
    state.trouble.struck = null
    return failure
  }

  #fail(error: unknown, writes: boolean): unknown {
    const state = this.#state
    const { context, pager } = state
    this.#leave(writes)
    // FAIL keeps whole rows. Where memory ran out, half a row may be there.
    const keeps = context.takeKeepChanges() && !isOutOfMemory(error)
    const isTakenBack = context.takeTakenBack()
    if (state.isPartOfAnother) {
      if (endsTransaction(error, writes && !isTakenBack)) this.#transaction.rollbackAll()
      return error
    }
    if (keeps && context.keyViolations.areLeft) {
      this.#transaction.rollbackAll()
      return foreignKeyFailed()
    }
    if (!state.isSingle) {
      this.#endSeveral(keeps || !writes)
    } else if (writes && pager.state === 'write') {
      if (keeps) {
        state.databases.commit(state.statementDepth > 0)
        state.forgetViolations()
      } else this.#transaction.rollbackAll()
    } else if (state.statementDepth === 0 && pager.state !== 'none') {
      pager.endRead()
    }
    return error
  }
}
