/**
 * The pager: the transactions over pages by number (`transaction-pages.ts`).
 *
 * It decides which state of the database is read, and what becomes of changed pages.
 *
 *     none ── beginRead ──▶ read ── beginWrite ──▶ write ── commit / rollback ──▶ none
 *
 * Always true:
 * - every page in the cache is what the open transaction would read; between transactions, what the last
 *   one saw. `beginRead` drops just the pages that other connections have changed since;
 * - no page in the cache is beyond `pageCount`;
 * - a file without pages is shown as a database of one page that has no tables (`isEmpty`). That page
 *   is written by the first write transaction.
 *
 * Rollback of a file forgets the dirty pages; the old ones are still in the log and the file. Rollback in
 * memory puts back before-images: there the transaction is the lowest savepoint.
 *
 * After a failed sync nobody knows what is on the disk, so the pager writes no more until it is opened anew; it reads on what is
 * committed. Whatever else keeps a commit from being published is undone instead: what was written is cut off again, and if that
 * succeeds, all goes on.
 */
import { assert } from '../../base/assert.ts'
import { readUint32 } from '../../base/bytes.ts'
import type { CheckpointMessage } from '../../base/diagnostics.ts'
import { readonlyDatabase, SqliteError } from '../../base/error.ts'
import { isForeign, needRoom } from '../../base/foreign-error.ts'
import { defaultBusyTimeoutMs, defaultPageSize, maxSnapshotRetries } from '../../base/limits.ts'
import { endHeldCommits, LockWait, readStart, writersHere } from '../../coordination/index.ts'
import type { CheckpointMode } from '../../coordination/index.ts'
import { pointersOf, stampAutoVacuum, type AutoVacuum } from './auto-vacuum.ts'
import type { CheckpointResult } from '../wal/checkpoint.ts'
import type { Log } from '../wal/log.ts'
import { composeFirstPage, DatabaseHeader, headerOffset, isPageSize } from './database-header.ts'
import { checkpointInSteps, checkpointNow, finishLog } from './checkpoints.ts'
import { CommittingPages } from './committing-pages.ts'
import { createDatabase, makeWritable, readLayout } from './layout.ts'
import type { Layout } from './layout.ts'
import { closeFiles, identifierOf, locatorOf, logRemover, openLog } from './open.ts'
import type { PagerOptions } from './open.ts'
import { fillCache, imageLayout } from './image.ts'
import { PageCache } from './page-cache.ts'
import { Page } from './page.ts'
import { SavepointStack } from './savepoint.ts'
import { takeWriteLock, waitForSnapshot } from './transaction.ts'

export class Pager extends CommittingPages {
  /** Commits that this connection may have seen are no more: whatever was remembered of them is void, whatever numbers they had. */
  onCommitsUndone: () => void = () => {}
  readonly header: DatabaseHeader
  readonly isReadonly: boolean
  /** Where its locks are waited for; the same for all databases of a connection. */
  lockWait: LockWait = new LockWait()
  /** As in `ToldDatabase`; its connection's. */
  announce: (tell: () => void) => void = (tell) => tell()
  /** PRAGMA data_version: moves when another connection has changed the database. */
  dataVersion = 1

  #busyTimeoutMs: number = defaultBusyTimeoutMs
  #removeLog: (() => void) | null = null
  #locate: () => string = () => ''
  #isAt: (path: string) => boolean = () => false
  /** As the coordination counted when the cache was last brought up to date. */
  #undone = 0
  /** The file has no pages yet. */
  #isEmpty = false
  /** Page 1, as it was found to be of a database that may be written. */
  #writableFirst: Page | null = null
  #autoVacuum: AutoVacuum = 'none'
  #isClosed = false

  private constructor(log: Log | null, pageSize: number, isReadonly: boolean) {
    super(log, pageSize)
    this.isReadonly = isReadonly
    this.header = new DatabaseHeader(this)
    if (log !== null) this.busyTimeoutMs = defaultBusyTimeoutMs
  }

  /** A database in memory, empty but for page 1. */
  static openMemory(options: { readonly pageSize?: number } = {}): Pager {
    const pageSize = options.pageSize ?? defaultPageSize
    assert(isPageSize(pageSize), 'a page size is a power of two from 512 to 65536')
    const pager = new Pager(null, pageSize, false)
    pager.#becomeEmpty(pageSize)
    return pager
  }

  /** A database in memory that begins with the bytes of a file; none: empty. @throws SQLITE_NOTADB, SQLITE_CORRUPT */
  static openImage(bytes: Uint8Array, isReadonly: boolean): Pager {
    const layout = imageLayout(bytes)
    const pager = new Pager(null, layout.pageSize, isReadonly)
    pager.#adoptLayout(layout)
    if (!layout.isEmpty) fillCache(pager.cache, bytes, layout)
    return pager
  }

  /**
   * A database in a file. Recovers the log when this connection is the first.
   * On failure the coordination is closed.
   * @throws SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_IOERR_*
   */
  static open(options: PagerOptions): Pager {
    const { log, layout } = openLog(options)
    const pager = new Pager(log, log.pageSize, options.readonly)
    pager.#removeLog = logRemover(options)
    pager.#locate = locatorOf(options)
    pager.#isAt = identifierOf(options)
    if (options.busyTimeoutMs !== undefined) pager.busyTimeoutMs = options.busyTimeoutMs
    if (options.synchronous !== undefined) pager.synchronous = options.synchronous
    if (options.cacheSize !== undefined) pager.setCacheSize(options.cacheSize)
    pager.#adoptLayout(layout)
    return pager
  }

  /** Takes over sizes of a database that was read afresh; the cache starts empty. */
  #adoptLayout(layout: Layout): void {
    if (layout.isEmpty) return this.#becomeEmpty(layout.pageSize)
    if (layout.pageSize !== this.cache.pool.pageSize) this.#changePageSize(layout.pageSize)
    this.#isEmpty = false
    this.cache.clear()
    this.usableSize = layout.pageSize - layout.reservedSize
    this.pageCount = layout.pageCount
    this.committedPageCount = layout.pageCount
  }

  #becomeEmpty(pageSize: number): void {
    if (pageSize !== this.cache.pool.pageSize) this.#changePageSize(pageSize)
    this.cache.clear()
    const page = new Page(1, this.cache.pool.take())
    composeFirstPage(page.data, true)
    stampAutoVacuum(page.data, this.#autoVacuum)
    this.cache.add(page)
    this.#isEmpty = true
    this.usableSize = pageSize
    this.pageCount = 1
    this.committedPageCount = 1
  }

  /** Everything that is made for pages of one size is made here, or by the log, for the other size. */
  #changePageSize(pageSize: number): void {
    this.log?.setPageSize(pageSize)
    this.cache = new PageCache(pageSize, this.cache)
    this.savepoints = new SavepointStack(this.cache.pool)
    this.pageSize = pageSize
    this.setCacheSize(this.cacheSize)
  }

  // ── Transactions ─────────────────────────────────────────────────────────────────────────────────

  #checkOpen(): void {
    if (this.#isClosed) throw new SqliteError('the database is closed', 'SQLITE_MISUSE')
  }

  #checkWritable(): void {
    this.#checkOpen()
    this.guard.check()
  }

  /** Fixes the state of the database that is read until the transaction ends. */
  beginRead(): void {
    assert(this.state === 'none', 'a read transaction begins outside any other')
    this.#checkOpen()
    if (this.log !== null) {
      const log = this.log
      if (log.coordination.beginRead() === readStart.busy) this.#waitForSnapshot(log)
      if (!log.isCacheCurrent()) this.#refreshCache(log)
    }
    this.state = 'read'
  }

  #waitForSnapshot(log: Log): void {
    waitForSnapshot(log, this, this.busyTimeoutMs, this.lockWait)
  }

  #refreshCache(log: Log): void {
    for (let tries = 0; ; tries++) {
      try {
        return this.#refresh(log)
      } catch (error) {
        const isLost = log.isSnapshotLost()
        log.forget()
        log.endRead()
        // A peer restarted the log at the moment of our registration: what was found is not what is there.
        if (!isLost || tries >= maxSnapshotRetries) throw error
      }
      if (log.coordination.beginRead() === readStart.busy) this.#waitForSnapshot(log)
    }
  }

  /** Brings the cache to the state of a new snapshot. */
  #refresh(log: Log): void {
    log.completeIndex()
    const { undone } = log.snapshot
    const isUndone = undone !== this.#undone
    this.#undone = undone
    const changes = log.takeChanges()
    if (isUndone) this.onCommitsUndone()
    if (changes === 'none' && !this.#isEmpty) return
    if (this.#isEmpty || typeof changes === 'string') {
      this.#adoptLayout(readLayout(log, this.pageSize))
    } else {
      for (let i = 0; i < changes.length; i++) {
        const page = this.cache.find(changes[i]!)
        if (page !== undefined) this.cache.discard(page)
      }
      const before = this.pageCount
      this.pageCount = log.committedPageCount()
      this.committedPageCount = this.pageCount
      if (this.pageCount < before) this.cache.removeWhere((page) => page.pgno > this.pageCount)
    }
    if (this.watchers.size > 0) this.tell(typeof changes === 'string' ? null : [...changes])
    if (changes !== 'none') this.dataVersion++
    this.changeCount++
    this.relocations++
  }

  endRead(): void {
    assert(this.state === 'read', 'endRead ends a read transaction')
    if (this.stamp !== 0) this.clearSavepoints()
    this.state = 'none'
    if (this.log !== null) this.log.endRead()
  }

  /**
   * Makes the transaction one that may write. Begun outside a read transaction it waits for other writers, and has the newest
   * state; otherwise that must not have changed, and nobody is waited for.
   * On failure the transaction is what it was.
   * @param joins a single statement, committed as soon as it has run: its commit may follow others that are still
   *   being synced
   * @throws SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_READONLY
   */
  beginWrite(joins = false): void {
    assert(this.state !== 'write', 'a write transaction begins only once')
    if (this.isReadonly) throw readonlyDatabase()
    this.#checkWritable()
    const isAlone = this.state === 'none'
    if (isAlone && this.log === null) this.beginRead()
    try {
      if (this.log !== null) this.#takeWriteLock(this.log, joins)
      else this.state = 'write'
    } catch (error) {
      if (isAlone && this.state === 'read') this.endRead()
      throw error
    }
    this.committedPageCount = this.pageCount
    this.committedCookie = this.schemaCookie
    this.pointers = pointersOf(this)
    if (this.log === null) {
      this.#isEmpty = false
      this.openLowestSavepoint()
    }
  }

  #takeWriteLock(log: Log, joins: boolean): void {
    const move = (between: () => void): void => {
      // An earlier attempt has begun it.
      if (this.state === 'read') this.endRead()
      between()
      this.beginRead()
    }
    takeWriteLock(
      log,
      this,
      this.busyTimeoutMs,
      this.lockWait,
      this.state === 'none' ? move : null,
      joins,
    )
    try {
      this.#prepareDatabase(log)
    } catch (error) {
      log.endWrite()
      throw error
    }
    writersHere.count++
    this.state = 'write'
  }

  /** With the writer's lock: the file has its first page and a header that says WAL. */
  #prepareDatabase(log: Log): void {
    if (this.#isEmpty) {
      if (log.databaseFile.size() > 0) {
        this.#adoptLayout(readLayout(log, this.pageSize))
        this.changeCount++
        this.relocations++
      } else {
        const first = this.cache.find(1)!
        needRoom()
        // What it has written it takes back itself.
        this.guard.run(
          () => createDatabase(log, first.data),
          () => true,
        )
        this.#isEmpty = false
      }
    }
    const first = this.get(1)
    if (first === this.#writableFirst) return
    if (makeWritable(log, first.data)) first.verified = false
    this.#writableFirst = first
  }

  /** Ends the transaction and forgets everything it did. */
  rollback(): void {
    if (this.state === 'none') return
    if (this.state === 'read') return this.endRead()
    this.operationDepth = 0
    this.begun = null
    if (this.pointers !== null) this.pointers.forget()
    this.changeCount++
    this.relocations++
    if (this.log === null) {
      this.rollbackTo(0)
      this.clearSavepoints()
      this.dirty.clear()
      this.state = 'none'
      return
    }
    this.#rollbackFile(this.log)
  }

  #rollbackFile(log: Log): void {
    this.pageCount = this.committedPageCount
    this.cache.removeWhere(
      (page) => page.dirty || page.pgno > this.pageCount || log.isSpilled(page.pgno),
    )
    this.dirty.clear()
    this.clearSavepoints()
    try {
      log.rollback()
    } catch (cause) {
      if (isForeign(cause)) throw cause
      // Frames that nobody published, behind the end of the log. The next writer cuts them off.
      this.guard.failIfLost(cause)
    } finally {
      this.state = 'none'
      writersHere.count--
      this.endWrite(log)
    }
  }

  /**
   * After a foreign error: takes back what is not committed, and gives every lock back, from whatever state there is. What this
   * connection remembers of a file is read anew. May be called again where it was cut itself.
   */
  reset(): void {
    this.forgetOperations()
    this.pointers = null
    this.changeCount++
    this.relocations++
    const log = this.log
    if (log === null) this.#resetMemory()
    else this.#resetFile(log)
    this.isTorn = false
  }

  #resetMemory(): void {
    if (this.state === 'write' && this.savepoints.depth > 0) this.rollbackTo(0)
    this.savepoints = new SavepointStack(this.cache.pool)
    this.stamp = 0
    this.dirty.clear()
    this.cache.forEach((page) => {
      page.dirty = false
      page.verified = false
      page.stamp = 0
    })
    this.state = 'none'
  }

  #resetFile(log: Log): void {
    this.dirty.clear()
    this.begun = null
    this.#writableFirst = null
    this.cache.clear()
    this.cache = new PageCache(this.cache.pool.pageSize, this.cache)
    this.savepoints = new SavepointStack(this.cache.pool)
    this.stamp = 0
    if (this.state === 'write') writersHere.count--
    this.state = 'none'
    try {
      log.reset()
    } catch (cause) {
      this.guard.failIfLost(cause)
      throw cause
    }
  }

  // ── The header ───────────────────────────────────────────────────────────────────────────────────

  /** The file has no pages yet: sizes and encoding can still be chosen. */
  get isEmpty(): boolean {
    return this.#isEmpty
  }

  setSchemaCookie(value: number): void {
    this.header.schemaCookie = value
  }

  /** The schema cookie of the last committed state that this connection has seen. */
  get committedSchemaCookie(): number {
    if (this.state === 'write') return this.committedCookie
    const page = this.cache.find(1)
    if (page === undefined) return this.committedCookie
    return readUint32(page.data, headerOffset.schemaCookie)
  }

  // ── Settings, checkpoints, the end ───────────────────────────────────────────────────────────────

  /** How long a transaction waits for a lock, and its commit for those with whom it shares a sync. */
  get busyTimeoutMs(): number {
    return this.#busyTimeoutMs
  }

  set busyTimeoutMs(value: number) {
    this.#busyTimeoutMs = value
    if (this.log !== null) this.log.coordination.setBusyTimeout(value)
  }

  /**
   * Chooses the page size of a database that is still empty; without effect on any other, and inside a transaction. Where
   * another connection has written the first page meanwhile, its size is found when the next transaction begins.
   */
  choosePageSize(pageSize: number): void {
    assert(isPageSize(pageSize), 'a page size is a power of two from 512 to 65536')
    if (!this.#isEmpty || this.state !== 'none') return
    this.#becomeEmpty(pageSize)
    this.changeCount++
    this.relocations++
  }

  /** The same for auto_vacuum; inside a transaction too. */
  chooseAutoVacuum(mode: AutoVacuum): void {
    if (!this.#isEmpty) return
    this.#autoVacuum = mode
    stampAutoVacuum(this.get(1).data, mode)
  }

  /** The path of the database file, wherever its folder has been moved to since it was opened; empty: in memory. */
  get path(): string {
    return this.#locate()
  }

  /** Whether another one has the same database file open, and not one that has been put in its place. */
  hasFileOf(other: Pager): boolean {
    return this.#isAt(other.path)
  }

  /** PRAGMA wal_checkpoint. */
  checkpoint(mode: CheckpointMode | 'noop'): CheckpointResult {
    this.#checkWritable()
    if (!this.lockWait.isOutside) endHeldCommits()
    return checkpointNow(this, this.log, this.state === 'none', mode)
  }

  /** PRAGMA wal_checkpoint(PASSIVE) in steps, of at most `quota` further frames. The pager is not used in between. */
  *checkpointInSteps(
    quota: number = Infinity,
    cause: CheckpointMessage['cause'] = 'request',
  ): Generator<undefined, CheckpointResult, void> {
    const { log } = this
    if (log === null || this.isReadonly || this.state !== 'none') return this.checkpoint('passive')
    this.#checkWritable()
    return yield* checkpointInSteps(this, log, quota, cause)
  }

  /** Ends an open transaction, and the log too when nobody else has the database open. */
  close(): void {
    if (this.#isClosed) return
    const log = this.log
    try {
      if (this.isTorn) this.reset()
      else if (this.state !== 'none') this.rollback()
      if (log !== null && !this.isReadonly && log.coordination.beginClose()) {
        if (!this.guard.hasFailed) finishLog(this, log, this.#removeLog)
      }
    } finally {
      this.#isClosed = true
      this.cache.clear()
      if (log !== null) closeFiles(log)
    }
  }
}
