/**
 * The pages of a database as the open transaction sees them, by number: the B-tree's `Pages`.
 *
 * A page is found in the cache, else read from the log (frames of the WAL) or from the database file. A database in memory
 * has no log: there the cache is the database.
 *
 * Always true:
 * - a page is dirty only inside a write transaction;
 * - while a write operation is open nothing is evicted or spilled;
 * - a page with a stamp below the top savepoint's has no before-image in it yet.
 */
import { assert } from '../../base/assert.ts'
import { readUint32 } from '../../base/bytes.ts'
import { corrupt } from '../../base/error.ts'
import { isForeign } from '../../base/foreign-error.ts'
import { defaultCacheSize, maxPageCount } from '../../base/limits.ts'
import type { Activity, LockWait } from '../../coordination/index.ts'
import type { TextEncoding } from '../../record/index.ts'
import { scrub } from '../btree/scrub.ts'
import type { Log, Synchronous } from '../wal/log.ts'
import { headerOffset, storedEncoding } from './database-header.ts'
import { DirtyPages } from './dirty-pages.ts'
import { PageCache } from './page-cache.ts'
import { Page } from './page.ts'
import type { PageWatcher } from './page-watcher.ts'
import type { Deferral, PageHolder, Pages, PointerKeeper, SecureDelete } from './page.ts'
import { SavepointStack } from './savepoint.ts'
import type { BeforeImage } from './savepoint.ts'
import { WriteGuard } from './transaction.ts'

export type TransactionState = 'none' | 'read' | 'write'

/** Bytes of entries that wait to be inserted into empty indexes. */
const mostDeferred = 33_554_432
const littleDeferred = 524_288

export abstract class TransactionPages implements Pages {
  changeCount = 0
  relocations = 0
  pageCount = 0
  /** The file does not grow beyond so many. (PRAGMA max_page_count) */
  maxPages: number = maxPageCount
  secureDelete: SecureDelete = 0
  pageSize: number
  usableSize: number
  state: TransactionState = 'none'
  /** A foreign error has struck where what was done cannot be told: only `reset` helps. */
  isTorn = false

  pointers: PointerKeeper | null = null

  protected readonly log: Log | null
  protected cache: PageCache
  #cacheSize: number = -(defaultCacheSize / 1024)
  /** Pages that the cache holds before it makes room. */
  protected cacheLimit: number = Infinity
  protected savepoints: SavepointStack
  /** Stamp of the top savepoint; a page with this stamp or a later one needs no before-image. */
  protected stamp = 0
  protected readonly dirty: DirtyPages = new DirtyPages()
  protected operationDepth = 0
  protected readonly guard: WriteGuard = new WriteGuard()

  protected constructor(log: Log | null, pageSize: number) {
    this.log = log
    this.pageSize = pageSize
    this.usableSize = pageSize
    this.cache = new PageCache(pageSize)
    this.savepoints = new SavepointStack(this.cache.pool)
    this.setCacheSize(this.#cacheSize)
  }

  /** Bounds how far the file may grow; what it has stays. */
  limitPages(count: number): void {
    this.settleDeferred()
    this.maxPages = Math.max(count, this.pageCount)
  }

  get(pgno: number): Page {
    const page = this.cache.find(pgno)
    if (page !== undefined) {
      page.referenced = true
      return page
    }
    return this.load(pgno)
  }

  /** Reads it into the cache. */
  protected load(pgno: number): Page {
    if (pgno < 1 || pgno > this.pageCount) {
      throw corrupt(pgno, `the database has ${this.pageCount} pages`)
    }
    assert(this.state !== 'none', 'pages are read inside a transaction')
    if (this.cache.size >= this.cacheLimit && this.operationDepth === 0) this.#makeRoom()
    const page = new Page(pgno, this.cache.pool.take())
    const { log } = this
    if (log === null) {
      // In memory the cache is the database; a page that is not there was skipped when it grew.
      page.data.fill(0)
      this.cache.add(page)
      return page
    }
    log.readPage(pgno, page.data)
    // Whoever changes something comes back to what it has found.
    if (log.isScanned && this.state === 'read') this.cache.addScanned(page)
    else this.cache.add(page)
    return page
  }

  /** What `look` reads into. */
  #lookedAt: Uint8Array = new Uint8Array(0)

  look(pgno: number): Uint8Array {
    const page = this.cache.find(pgno)
    if (page !== undefined) return page.data
    if (this.log === null || pgno < 1 || pgno > this.pageCount) return this.load(pgno).data
    assert(this.state !== 'none', 'pages are read inside a transaction')
    if (this.#lookedAt.length !== this.pageSize) this.#lookedAt = Buffer.alloc(this.pageSize)
    this.log.readPage(pgno, this.#lookedAt)
    return this.#lookedAt
  }

  write(page: Page): void {
    this.changeCount++
    if (this.pointers !== null) this.pointers.changed(page.pgno)
    if (page.dirty && page.stamp >= this.stamp) return
    this.#firstWrite(page)
  }

  #firstWrite(page: Page): void {
    assert(this.state === 'write', 'a page changes only inside a write transaction')
    assert(page.slot >= 0, 'a page that changes is in the cache')
    this.savepoints.save(page)
    this.dirty.mark(page)
  }

  create(pgno: number): Page {
    assert(this.state === 'write', 'a page is created only inside a write transaction')
    if (pgno > this.pageCount) this.pageCount = pgno
    let page = this.cache.find(pgno)
    if (page === undefined) {
      // The old content matters to nobody but a savepoint that may have to bring it back.
      if (this.savepoints.needsImage(pgno)) page = this.load(pgno)
      else {
        if (this.cache.size >= this.cacheLimit && this.operationDepth === 0) this.#makeRoom()
        page = new Page(pgno, this.cache.pool.take())
        this.cache.add(page)
      }
    }
    this.write(page)
    page.data.fill(0)
    page.verified = false
    page.referenced = true
    return page
  }

  /** Pages that have been put on the freelist in this transaction: what they held a savepoint may want back. */
  protected readonly freed: Set<number> = new Set()

  noteFree(pgno: number): void {
    this.freed.add(pgno)
  }

  createFree(pgno: number): Page {
    // Zeros are to take the place of what is deleted, whatever is taken back. And a damaged freelist may offer a page that is in use.
    const mayMatter = this.secureDelete !== 0 || this.log === null || this.freed.has(pgno)
    if (mayMatter || this.cache.find(pgno) !== undefined) return this.create(pgno)
    assert(this.state === 'write', 'a page is created only inside a write transaction')
    if (this.cache.size >= this.cacheLimit && this.operationDepth === 0) this.#makeRoom()
    const page = new Page(pgno, this.cache.pool.take())
    this.cache.add(page)
    this.changeCount++
    if (this.pointers !== null) this.pointers.changed(pgno)
    page.stamp = this.stamp
    this.dirty.mark(page)
    page.data.fill(0)
    page.verified = false
    page.referenced = true
    return page
  }

  beginOperation(): void {
    this.operationDepth++
  }

  endOperation(): void {
    assert(this.operationDepth > 0, 'endOperation follows beginOperation')
    if (this.operationDepth === 1 && this.pointers !== null) this.#settle(this.pointers)
    this.operationDepth--
    if (this.operationDepth === 0 && this.cache.size > this.cacheLimit) this.#makeRoom()
  }

  #settle(pointers: PointerKeeper): void {
    try {
      pointers.settle()
    } catch (error) {
      this.operationDepth--
      throw error
    }
  }

  shrink(pageCount: number): void {
    assert(this.state === 'write', 'the database shrinks only inside a write transaction')
    this.changeCount++
    // A clean page of a file can be read again, should a savepoint want it back.
    this.cache.forEach((page) => {
      if (page.pgno > pageCount && (page.dirty || this.log === null)) this.savepoints.save(page)
    })
    this.cache.removeWhere((page) => page.pgno > pageCount)
    this.pageCount = pageCount
  }

  abstract readonly lockWait: LockWait

  /** Half of what the cache may hold, for all indexes together; little where the event loop waits until they are inserted. */
  get mostDeferred(): number {
    if (this.lockWait.yieldsToLoop) return littleDeferred
    const most = Math.min(mostDeferred, (this.cacheLimit * this.pageSize) / 2)
    return most / Math.max(1, this.#deferrals.size)
  }

  /** Entries that wait to be inserted. */
  readonly #deferrals = new Set<Deferral>()

  defer(deferral: Deferral): void {
    this.#deferrals.add(deferral)
  }

  settleDeferred(): void {
    if (this.#deferrals.size === 0) return
    try {
      this.settleAll()
    } catch (error) {
      // Some are inserted, and nobody knows which.
      this.isTorn = true
      throw error
    }
  }

  /** The same for those who take everything back if it fails. */
  protected settleAll(): void {
    for (const deferral of this.#deferrals) {
      this.#deferrals.delete(deferral)
      deferral.settle()
    }
  }

  /** None is open, and nothing waits. */
  protected forgetOperations(): void {
    this.forgetDeferred()
    this.operationDepth = 0
  }

  protected forgetDeferred(): void {
    for (const deferral of this.#deferrals) deferral.forget()
    this.#deferrals.clear()
  }

  register(holder: PageHolder): void {
    this.cache.register(holder)
  }

  /** Cursors stand on pages. */
  get hasHolders(): boolean {
    return this.cache.hasHolders
  }

  unregister(holder: PageHolder): void {
    this.cache.unregister(holder)
  }

  /**
   * Evicts until one more page fits, after spilling the dirty ones when most pages are dirty. What is held
   * stays, and the cache then grows beyond its bound.
   */
  #makeRoom(): void {
    if (this.dirty.length > 0.75 * this.cacheLimit) this.#spill()
    while (this.cache.size >= this.cacheLimit) {
      if (this.cache.evictOne()) continue
      if (this.dirty.length === 0) return
      this.#spill()
    }
  }

  /** Writes all dirty pages ahead of the commit. */
  #spill(): void {
    this.isTorn = true
    const pages = this.dirty.take()
    const log = this.log!
    if (this.secureDelete !== 0) scrub(pages)
    if (pages.length > 0) {
      try {
        this.guard.run(
          () => log.spill(pages),
          () => log.canBeUndone,
        )
      } catch (error) {
        this.isTorn = isForeign(error)
        throw error
      }
    }
    for (const page of pages) page.dirty = false
    this.isTorn = false
  }

  // ── Savepoints ───────────────────────────────────────────────────────────────────────────────────

  /** In memory the transaction itself is savepoint 0. */
  protected openLowestSavepoint(): void {
    if (this.savepoints.depth > 0) return
    this.savepoints.open(this.pageCount)
    this.stamp = this.savepoints.topStamp
  }

  /** Opens a savepoint inside a transaction. @returns what `release` and `rollbackTo` take */
  savepoint(): number {
    assert(this.state !== 'none', 'a savepoint lies inside a transaction')
    this.settleDeferred()
    if (this.log === null) this.openLowestSavepoint()
    const mark = this.savepoints.open(this.pageCount)
    this.stamp = this.savepoints.topStamp
    return mark
  }

  get savepointDepth(): number {
    return this.savepoints.depth
  }

  /** Keeps what was done since savepoint `mark`, and forgets it and those above it. */
  release(mark: number): void {
    this.savepoints.release(mark)
    this.stamp = this.savepoints.topStamp
  }

  /** Undoes what was done since savepoint `mark`, which stays open. */
  rollbackTo(mark: number): void {
    this.forgetDeferred()
    this.operationDepth = 0
    this.changeCount++
    this.relocations++
    const pageCount = this.savepoints.rollback(mark, (image) => this.#restore(image))
    this.stamp = this.savepoints.topStamp
    if (this.pointers !== null) this.pointers.forget()
    if (pageCount === this.pageCount) return
    const isLess = pageCount < this.pageCount
    this.pageCount = pageCount
    if (isLess) this.cache.removeWhere((page) => page.pgno > pageCount)
  }

  #restore({ pgno, data, wasDirty }: BeforeImage): void {
    let page = this.cache.find(pgno)
    if (page === undefined) {
      page = new Page(pgno, this.cache.pool.take())
      this.cache.add(page)
    }
    page.data.set(data)
    page.verified = false
    page.stamp = 0
    // A clean page may stay clean, unless what it was changed to has been spilled in the meantime.
    if (wasDirty || (this.log !== null && this.log.isSpilled(pgno))) this.dirty.mark(page)
    else page.dirty = false
  }

  protected clearSavepoints(): void {
    this.forgetDeferred()
    this.freed.clear()
    this.savepoints.clear()
    this.stamp = 0
  }

  // ── Page 1 ───────────────────────────────────────────────────────────────────────────────────────

  get schemaCookie(): number {
    const page = this.cache.find(1) ?? this.load(1)
    return readUint32(page.data, headerOffset.schemaCookie)
  }

  /** How text is stored; null: nothing has been stored, and so it can still be chosen. */
  get storedEncoding(): TextEncoding | null {
    const page = this.get(1)
    return storedEncoding(page.data)
  }

  // ── What the pages are kept in ───────────────────────────────────────────────────────────────────

  /** Other processes may have the file open. */
  get isShared(): boolean {
    return this.log !== null && this.log.coordination.multiprocess
  }

  #journalSizeLimit = -1n
  /** Of a database in memory, which has nothing to sync. */
  #synchronous: Synchronous = 2

  /** PRAGMA journal_size_limit: bytes to which the log is cut when it restarts; -1: it keeps its size. */
  get journalSizeLimit(): bigint {
    return this.#journalSizeLimit
  }

  set journalSizeLimit(bytes: bigint) {
    this.#journalSizeLimit = bytes
    if (this.log !== null) this.log.sizeLimit = Number(bytes)
  }

  get synchronous(): Synchronous {
    return this.log === null ? this.#synchronous : this.log.synchronous
  }

  set synchronous(value: Synchronous) {
    if (this.log === null) this.#synchronous = value
    else this.log.synchronous = value
  }

  /** Nobody else had the file open when this connection opened it. */
  get isAlone(): boolean {
    return this.log !== null && this.log.coordination.isFirst
  }

  /** Who wants to know which pages are changed, by whomever. */
  readonly watchers: Set<PageWatcher> = new Set()

  protected tell(pgnos: readonly number[] | null): void {
    for (const watcher of this.watchers) watcher.pagesChanged(pgnos)
  }

  /** PRAGMA journal_mode of a database in memory. */
  memoryJournal: 'memory' | 'off' = 'memory'

  journalMode(): 'wal' | 'memory' | 'off' {
    return this.log === null ? this.memoryJournal : 'wal'
  }

  /** Where others can see what this connection runs; null where nobody can. */
  get activity(): Activity | null {
    return this.log === null ? null : this.log.coordination.activity
  }

  /** Frames in the log, as this connection last saw it. */
  get walFrames(): number {
    return this.log === null ? 0 : this.log.snapshot.maxFrame
  }

  // ── The size of the cache ────────────────────────────────────────────────────────────────────────

  /** As PRAGMA cache_size: pages when positive, KiB when negative. */
  get cacheSize(): number {
    return this.#cacheSize
  }

  /** Pages that the cache holds before it makes room; without a bound in memory. */
  get cachePages(): number {
    return this.cacheLimit
  }

  /** The size that it has where nobody says anything else. */
  readonly ownCacheSize: number = -(defaultCacheSize / 1024)

  setCacheSize(value: number): void {
    this.#cacheSize = value
    const pages = value < 0 ? Math.floor((-value * 1024) / this.pageSize) : value
    this.cacheLimit = this.log === null ? Infinity : Math.max(10, pages)
  }

  /**
   * Asks for the lock that a hash of 61 bits stands for, of all processes that have the file open. `answer` is called once it is held, with null, or
   * with what the system says.
   * @returns what gives it back, or gives up waiting
   */
  lockNamed(high: number, low: number, answer: (error: string | null) => void): () => void {
    assert(this.log !== null, 'a database in memory is of one connection')
    return this.log.coordination.lockNamed(high, low, answer)
  }
}
