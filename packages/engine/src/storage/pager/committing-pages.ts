/**
 * Pages whose transaction is committed: written to the log, synced as PRAGMA synchronous has it, and published; a checkpoint may follow. (`wal/log.ts` says in
 * which order.)
 *
 * A commit may be done in two parts, for a thread that has other things to do while the disk is at work: `beginCommit` ends where the sync begins, which
 * another thread does, and `commit` does the rest. In between the transaction is what it was, but for what is in the log.
 */
import { assert } from '../../base/assert.ts'
import { monotonicMs } from '../../base/clock.ts'
import { isForeign } from '../../base/foreign-error.ts'
import { writersHere } from '../../coordination/index.ts'
import { scrub } from '../btree/scrub.ts'
import { AutoCheckpoint } from '../wal/auto-checkpoint.ts'
import type { Log } from '../wal/log.ts'
import { vacuumAtCommit } from './auto-vacuum.ts'
import { stampHeader, type DatabaseHeader } from './database-header.ts'
import type { Page } from './page.ts'
import { SyncPace } from './sync-pace.ts'
import { TransactionPages } from './transaction-pages.ts'

export abstract class CommittingPages extends TransactionPages {
  /** Commits of this connection. */
  commits = 0
  /** PRAGMA wal_autocheckpoint and wal_budget. */
  readonly autoCheckpoint: AutoCheckpoint = new AutoCheckpoint()
  abstract readonly header: DatabaseHeader
  protected committedPageCount = 0
  protected committedCookie = 0
  /** The pages of a commit that has begun. */
  protected begun: Page[] | null = null
  /** When it has begun, in `monotonicMs()`. */
  #begunAt = 0
  /** Of who has asked for commits in two parts. */
  #pace: SyncPace | null = null

  /** How long a transaction waits for a lock, and its commit for those with whom it shares a sync. */
  abstract get busyTimeoutMs(): number

  /** As in `ToldDatabase`. */
  abstract get path(): string
  abstract announce: (tell: () => void) => void

  /** Whether `beginCommit` has anything to leave to another thread. */
  get syncsElsewhere(): boolean {
    return this.log !== null && this.log.syncsElsewhere
  }

  /**
   * The first part of `commit`, where another thread can do the sync of the log: everything before that. `commit` does the rest, and
   * waits for the sync where it has not ended; until then nothing else is done with this pager.
   * @returns when the sync has ended, however; null: there is nothing to wait for, or not for long, and nothing is done yet
   */
  beginCommit(): Promise<void> | null {
    const log = this.log
    if (log === null || !log.syncsElsewhere || this.begun !== null) return null
    this.#pace ??= new SyncPace()
    if (!log.hasSpilled && this.#pace.isAtOnce(this.dirty.length)) return null
    this.#getReady()
    if (!this.#hasChanges()) {
      this.isTorn = false
      return null
    }
    const pages = this.#takePages(log)
    this.#begunAt = monotonicMs()
    let synced: Promise<void>
    try {
      synced = this.guard.run(
        () => log.beginCommit(pages, this.pageCount),
        () => log.canBeUndone,
      )
    } catch (error) {
      this.#putBack(pages, error)
      throw error
    }
    this.begun = pages
    this.isTorn = false
    return synced
  }

  /** Before the pages of a commit are taken. */
  #getReady(): void {
    assert(this.state === 'write', 'commit ends a write transaction')
    assert(this.operationDepth === 0, 'no write operation is open at commit')
    // What is committed is not begun again, whatever is waited for after it.
    this.lockWait.isOutside = false
    this.guard.check()
    this.settleAll()
    if (this.pointers !== null) vacuumAtCommit(this)
    this.isTorn = true
  }

  #takePages(log: Log | null): Page[] {
    this.#stampFirstPage(log)
    const pages = this.dirty.take()
    if (this.secureDelete !== 0) scrub(pages)
    return pages
  }

  /** Still dirty: the caller rolls back, or tries again where the disk was full. */
  #putBack(pages: Page[], error: unknown): void {
    this.dirty.putBack(pages)
    this.isTorn = isForeign(error)
  }

  /** Makes everything the transaction did durable and visible, and ends it. */
  commit(): void {
    const log = this.log
    const begun = this.begun
    this.begun = null
    if (begun === null) this.#getReady()
    else this.isTorn = true
    if (begun !== null || this.#hasChanges()) {
      const pages = begun ?? this.#takePages(log)
      const isSpilled = log !== null && log.hasSpilled
      if (log !== null) {
        const pace = log.syncsElsewhere ? this.#pace : null
        if (pace !== null && begun === null) this.#begunAt = monotonicMs()
        try {
          this.guard.run(
            () => log.commit(pages, this.pageCount),
            () => log.canBeUndone,
          )
        } catch (error) {
          // It counts, whatever has struck after that. The rest of this is bookkeeping, which `reset` does as well.
          if (log.isPublished && isForeign(error)) {
            this.state = 'none'
            writersHere.count--
            this.commits++
            return
          }
          this.#putBack(pages, error)
          throw error
        }
        pace?.note(monotonicMs() - this.#begunAt, begun === null)
      }
      for (const page of pages) page.dirty = false
      if (this.watchers.size > 0) this.tell(isSpilled ? null : pages.map(({ pgno }) => pgno))
      this.committedPageCount = this.pageCount
      this.committedCookie = this.schemaCookie
    }
    // In memory, this is the commit: until here the lowest savepoint is whole.
    this.state = 'none'
    if (log !== null) writersHere.count--
    this.commits++
    try {
      this.clearSavepoints()
      if (log !== null) this.#endCommit(log)
      this.isTorn = false
    } catch (error) {
      // It stays torn where the error was foreign, and is committed all the same.
      this.#rethrowAnswer(error)
    }
  }

  #endCommit(log: Log): void {
    this.endWrite(log)
    this.autoCheckpoint.afterCommit(log, this, this.busyTimeoutMs)
  }

  #rethrowAnswer(error: unknown): void {
    if (isForeign(error)) return
    this.isTorn = false
    throw error
  }

  /** Page 1 is committed with every transaction that changed it or the page count, and with one that is all spilled. */
  #stampFirstPage(log: Log | null): void {
    const first = this.get(1)
    const isChanged = first.dirty || (log !== null && log.isSpilled(1))
    if (!isChanged && this.pageCount === this.committedPageCount && this.dirty.hasAny()) return
    this.write(first)
    stampHeader(first.data, this.pageCount)
  }

  #hasChanges(): boolean {
    if (this.pageCount !== this.committedPageCount || this.dirty.hasAny()) return true
    return this.log !== null && this.log.hasSpilled
  }

  protected endWrite(log: Log): void {
    try {
      log.endWrite()
    } finally {
      log.endRead()
    }
  }
}
