/**
 * The log and the database file under it, as one connection reads and writes them.
 *
 * A page of a transaction is, in this order: in a frame that the transaction itself has spilled; in the
 * newest committed frame up to its snapshot's `maxFrame`; in the database file.
 *
 * The order of a commit (Write-Ahead Logging §2; TSHM v1 §4.13):
 *
 *     write frames → sync (FULL) → publish in the coordination → the transaction is visible
 *
 * so that nobody ever sees what a crash could take away, and a failure before publication leaves
 * nothing but bytes behind the end of the log, which rollback cuts off.
 *
 * Frames spilled before the commit stay private: the shared index does not know them until they count.
 * A page may be spilled several times; the last frame wins, for us and for recovery alike.
 *
 * The log alone knows which state the page cache reflects (`seen-state.ts`).
 */
import { assert } from '../../base/assert.ts'
import { corrupt, snapshotLost } from '../../base/error.ts'
import { commitStage, frameRead, writeStart } from '../../coordination/index.ts'
import type { Coordination, FrameCodec, FrameStore, Snapshot } from '../../coordination/index.ts'
import type { File } from '../file/file.ts'
import { NodeFile } from '../file/node-file.ts'
import { databaseHeaderSize } from '../pager/database-header.ts'
import type { Page } from '../pager/page.ts'
import { scriptCodec } from './codec.ts'
import { Door } from './door.ts'
import type { FileView } from './door.ts'
import { frameHeaderSize, walSize } from './frame.ts'
import { walHeaderSize } from './header.ts'
import { LogHeader, type HeaderState } from './log-header.ts'
import { FrameReader } from './reader.ts'
import { readFramePages } from './recovery.ts'
import { cleanLeftover } from './leftover.ts'
import { mendLog } from './mend.ts'
import type { LogParts } from './parts.ts'
import { ReadAhead } from './read-ahead.ts'
import { SeenState } from './seen-state.ts'
import { stateOfLog } from './unrecovered.ts'
import type { LogState } from './unrecovered.ts'
import { FrameWriter } from './writer.ts'

/** PRAGMA synchronous: OFF, NORMAL, FULL, EXTRA. EXTRA is FULL in WAL mode, as in SQLite. */
export type Synchronous = 0 | 1 | 2 | 3

export class Log implements LogParts {
  /** The way to both files for who changes them. */
  readonly door: Door
  readonly coordination: Coordination
  readonly codec: FrameCodec
  readonly snapshot: Snapshot
  pageSize = 0
  synchronous: Synchronous = 2
  /** PRAGMA journal_size_limit: bytes to which the file is cut when the log restarts; -1: it keeps its size. */
  sizeLimit = -1
  /** Frames that the last commit of this connection wrote. */
  lastCommitFrames = 0

  /** Null where the coordination does not read and write the log itself. */
  readonly #store: FrameStore | null
  /** The page of a frame that the store has read. */
  #storedPage: Uint8Array = new Uint8Array(0)
  #reader: FrameReader | null = null
  #writer: FrameWriter | null = null
  #ahead: ReadAhead = new ReadAhead(0)
  /** Page → frame of what this transaction has written before its commit. */
  #spilled: Map<number, number> = new Map()
  /** Pages of the frames after `maxFrame` that this transaction has written. */
  #appended: number[] = []
  /** The descriptor in use, of one who looked for a log that was not there. */
  #logDescriptor = -1
  /** Bytes may stand behind the committed end of the log, whole frames or parts. */
  #hasTail = false
  /** Whether the transaction counts is no longer for this connection to decide. */
  #isPublishing = false
  /** Frames of the commit that has begun, and is to be finished; 0: none. */
  #begunFrames = 0
  /** The end of the log is known and its header is there: set by the first append of a transaction. */
  #isPrepared = false
  readonly #header: LogHeader = new LogHeader(this)
  #bigEndianWords = false
  readonly #seen = new SeenState()
  /** A commit of this connection was meant to outlast more than this process. */
  #isDurable = false
  /** Commits of the database when the transaction became one that writes. */
  #commitsBefore = 0

  constructor(
    databaseFile: File,
    walFile: File | null,
    coordination: Coordination,
    pageSize: number,
  ) {
    this.door = new Door(databaseFile, walFile, coordination)
    this.coordination = coordination
    this.codec = coordination.codec ?? scriptCodec
    this.snapshot = coordination.snapshot
    this.#store = coordination.frames
    this.setPageSize(pageSize)
  }

  get databaseFile(): FileView {
    return this.door.database
  }

  get walFile(): FileView | null {
    return this.door.log
  }

  /** Until a database has its first page, its page size may turn out to be another. */
  setPageSize(pageSize: number): void {
    if (pageSize === this.pageSize) return
    this.pageSize = pageSize
    this.#ahead.drop()
    this.#ahead = new ReadAhead(pageSize)
    const { walFile } = this
    if (walFile === null) return
    this.#reader = new FrameReader(walFile, pageSize)
    this.#writer = new FrameWriter(this.door, this.codec, pageSize)
    if (this.#store === null) return
    const { room } = this.#writer
    this.#storedPage = room.subarray(frameHeaderSize, frameHeaderSize + pageSize)
    this.#store.setRoom(room)
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────

  /** Reads a page as this transaction sees it. Bytes beyond the end of the database file are zeros. */
  readPage(pgno: number, target: Uint8Array): void {
    if (this.#ahead.take(pgno, target)) return
    const { coordination } = this
    let frame: number | undefined
    if (this.#store !== null && this.#spilled.size === 0) {
      const answer = this.#store.read(pgno)
      if (answer === frameRead.found) return target.set(this.#storedPage)
      if (answer === frameRead.inDatabase) frame = 0
    } else frame = this.#spilled.get(pgno)
    if (frame === undefined) frame = coordination.findFrame(pgno)
    let isRead = true
    if (frame === 0) this.#ahead.read(this.databaseFile, pgno, target, this.#isInDatabase)
    else {
      const { salt1, salt2 } = this.snapshot
      isRead = this.#frames().readPage(frame, pgno, salt1, salt2, target)
    }
    if (this.isSnapshotLost()) {
      this.#ahead.drop()
      throw snapshotLost()
    }
    if (isRead) return
    // Before the file is called damaged: a peer may have undone commits, and others have been written over them.
    if (coordination.multiprocess && !coordination.isPinProven()) throw snapshotLost()
    throw corrupt(pgno, `frame ${frame} of the log does not hold it`)
  }

  /** The page that was read last is one of those that somebody reads one after the other. */
  get isScanned(): boolean {
    return this.#ahead.isAhead
  }

  /** No frame that this transaction sees holds it. */
  readonly #isInDatabase = (pgno: number): boolean => {
    if (this.#spilled.has(pgno)) return false
    return this.snapshot.maxFrame === 0 || this.coordination.findFrame(pgno) === 0
  }

  /** What was read since the snapshot was taken may be of another state. */
  isSnapshotLost(): boolean {
    return this.coordination.multiprocess && !this.coordination.isPinIntact()
  }

  #frames(): FrameReader {
    if (this.#reader === null) throw corrupt(0, 'the log that should be beside it is missing')
    return this.#reader
  }

  /** Pages in the database after the last commit in the log; 0 when the database file decides. */
  committedPageCount(): number {
    const { maxFrame, salt1, salt2, pageCount } = this.snapshot
    if (pageCount > 0) return pageCount
    return maxFrame === 0 ? 0 : this.#frames().readPageCount(maxFrame, salt1, salt2)
  }

  /** After a `beginRead` that found a new snapshot: completes the frame index, where it has gaps. */
  completeIndex(): void {
    this.#followLog()
    if (!this.snapshot.hasGaps) return
    const missing = this.coordination.missingFrames()
    if (missing.length < 2 || this.walFile === null) return
    const [from, to] = [missing[0]!, missing[1]!]
    // Who has just joined does not know the database's page size yet. The log's is in the snapshot.
    const { pageSize } = this.snapshot
    if (this.walFile.size() < walSize(to, pageSize)) {
      if (this.isSnapshotLost()) throw snapshotLost()
      throw corrupt(0, `the log does not hold frame ${to}`)
    }
    this.coordination.supplyFrames(from, readFramePages(this.walFile, pageSize, from, to))
  }

  /**
   * Who only reads makes no log: it may come later. Where there is no coordination it may also be replaced by
   * another, whenever the one process that owns the database leaves and comes back.
   */
  #followLog(): void {
    const { coordination } = this
    if (!coordination.readonly || (this.walFile !== null && coordination.coordinated)) return
    const descriptor = coordination.lookForLog()
    if (descriptor < 0 || descriptor === this.#logDescriptor) return
    this.#logDescriptor = descriptor
    const file = new NodeFile(descriptor)
    this.door.follow(file)
    this.#reader = new FrameReader(file, this.pageSize)
  }

  /** Inside a transaction: the page cache holds the state of its snapshot. */
  isCacheCurrent(): boolean {
    return this.#seen.is(this.snapshot)
  }

  /**
   * What other connections have changed since the state the page cache holds: 'none', the pages, or 'all'
   * when that is not known. The cache must be brought up to date, for from here on it counts as such.
   */
  takeChanges(): 'none' | 'all' | Uint32Array {
    const changes = this.#seen.changesUntil(this.snapshot, this.coordination)
    this.#ahead.drop()
    this.remember()
    return changes
  }

  /** The page cache holds no known state. */
  forget(): void {
    this.#ahead.drop()
    this.#seen.forget()
  }

  /** The page cache holds the state of the present snapshot. */
  remember(): void {
    this.#seen.note(this.snapshot)
  }

  /**
   * Restarts the log, in a checkpoint that keeps writers out. What the cache holds stays good where that is the state that was
   * copied back.
   * @param drainMs how long new readers may be made to wait
   */
  restart(drainMs: number): boolean {
    const isCurrent = this.#seen.changesUntil(this.snapshot, this.coordination) === 'none'
    if (!this.coordination.restartWal(drainMs)) return false
    if (isCurrent) this.remember()
    return true
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────

  /** Reserves the writer's lock for a transaction that is about to begin. False: the time was up. */
  reserveTransaction(timeoutMs: number, joins: boolean): boolean {
    return this.coordination.reserveTransaction(timeoutMs, joins, this.#seen.maxFrame)
  }

  /** Takes the writer's lock, inside a read transaction. */
  beginWrite(): 'ok' | 'busy' | 'stale' {
    const { coordination } = this
    const answer = coordination.beginWrite()
    if (answer === writeStart.busy) return 'busy'
    if (answer === writeStart.stale) return 'stale'
    assert(this.walFile !== null, 'a log that is written to is open')
    this.#isPrepared = false
    this.#commitsBefore = this.snapshot.transactionCount
    try {
      // Where the core writes the log it has done so.
      if (this.#store === null && coordination.hasFailedSync) mendLog(this, this.snapshot.maxFrame)
    } catch (error) {
      coordination.endWrite()
      throw error
    }
    // In one process only a thread that died can have left frames behind, and it had told nobody of a commit.
    if (coordination.multiprocess) {
      const isLeft = answer === writeStart.leftover
      try {
        if ((isLeft || this.#header.isDue()) && cleanLeftover(this, isLeft)) {
          coordination.endWrite()
          return 'stale'
        }
      } catch (error) {
        coordination.endWrite()
        throw error
      }
    }
    return 'ok'
  }

  /** As `LogHeader.state`. */
  headerState(): HeaderState {
    return this.#header.state()
  }

  /** What the log holds beyond what the coordination says. Outside any transaction. */
  stateOfLog(): LogState {
    const { coordination, walFile, codec, snapshot } = this
    coordination.readSnapshot()
    return walFile === null ? 'known' : stateOfLog(walFile, codec, snapshot)
  }

  /** Makes that known. Outside any transaction, with the writer's lock reserved. */
  recoverUnknown(): void {
    this.coordination.readSnapshot()
    if (this.snapshot.pageSize !== 0) this.setPageSize(this.snapshot.pageSize)
    cleanLeftover(this, false)
  }

  /** Before the first append of a transaction: restarts the log if it can, and finds its end. */
  #prepare(): void {
    if (this.#isPrepared) return
    const { coordination, snapshot } = this
    if (snapshot.maxFrame > 0 && snapshot.backfilledFrames === snapshot.maxFrame) {
      if (coordination.tryRestart()) this.remember()
    }
    const header = this.#header.ensure()
    this.#bigEndianWords = header.bigEndianWords
    if (snapshot.maxFrame === 0) this.#writer!.start(0, header.checksum1, header.checksum2)
    else this.#writer!.start(snapshot.maxFrame, snapshot.checksum1, snapshot.checksum2)
    this.#isPrepared = true
  }

  /** Frames that fit into `sizeLimit`. */
  get limitFrames(): number {
    return Math.floor(
      (this.sizeLimit - walHeaderSize) / (walSize(1, this.pageSize) - walHeaderSize),
    )
  }

  #append(pages: readonly Page[], pageCount: number): void {
    this.#prepare()
    this.#ahead.drop()
    const { salt1, salt2 } = this.snapshot
    const writer = this.#writer!
    const { lastFrame, chain } = writer
    const checksum1 = chain[0]!
    const checksum2 = chain[1]!
    // A refusal leaves nothing to be cut off.
    this.coordination.checkUndisturbed()
    this.#hasTail = true
    try {
      writer.append(pages, pageCount, salt1, salt2, this.#bigEndianWords)
    } catch (error) {
      writer.start(lastFrame, checksum1, checksum2)
      throw error
    }
    for (const page of pages) this.#appended.push(page.pgno)
  }

  /** Writes changed pages ahead of their commit, to make room in the cache. */
  spill(pages: readonly Page[]): void {
    this.#append(pages, 0)
    let frame = this.#writer!.lastFrame - pages.length
    for (const page of pages) this.#spilled.set(page.pgno, ++frame)
  }

  /** Nobody has been told of the frames of this transaction: `rollback` cuts off what there is of them. */
  get canBeUndone(): boolean {
    return !this.#isPublishing
  }

  get hasSpilled(): boolean {
    return this.#spilled.size > 0
  }

  isSpilled(pgno: number): boolean {
    return this.#spilled.has(pgno)
  }

  /** Commits: `pages`, at least one, are what is still dirty. May give the writer's lock back already. */
  commit(pages: readonly Page[], pageCount: number): void {
    if (this.#begunFrames > 0) return this.#finishCommit(this.#store!)
    if (this.#store !== null && this.#fitsRoom(pages)) {
      this.#commitStored(this.#store, pages, pageCount)
      return
    }
    this.#append(pages, pageCount)
    const { coordination } = this
    const { chain } = this.#writer!
    const pgnos = new Uint32Array(this.#appended)
    const isSynced = this.synchronous >= 2
    const isShared = isSynced && coordination.sharesSync(pgnos.length)
    if (isSynced && !isShared) this.door.syncLog()
    this.#noteDurability()
    this.lastCommitFrames = pgnos.length
    this.#isPublishing = true
    let renewsProof = false
    try {
      if (isShared) coordination.publishTogether(pgnos, chain[0]!, chain[1]!)
      else renewsProof = coordination.publishCommit(pgnos, chain[0]!, chain[1]!)
    } catch (error) {
      // Should publication fail half-way, the frames are no longer ours to cut off: the next writer finds out whether they count. What
      // V8 throws has no code: then it has not begun, or has ended.
      if ((error as { readonly code?: unknown }).code === undefined) this.#isPublishing = false
      else this.#hasTail = false
      throw error
    }
    this.#hasTail = false
    this.remember()
    this.#forgetAppended()
    if (renewsProof) this.#renewProof()
  }

  /** One call can do it all. */
  #fitsRoom(pages: readonly Page[]): boolean {
    const most = Math.min(this.#writer!.roomFrames, this.#store!.pgnos.length)
    return this.#appended.length === 0 && pages.length <= most
  }

  #commitStored(store: FrameStore, pages: readonly Page[], pageCount: number): void {
    this.#place(store, pages)
    let renewsProof: boolean
    try {
      const isSynced = this.synchronous >= 2
      renewsProof = store.commit(pages.length, pageCount, this.#bigEndianWords, isSynced)
    } catch (error) {
      this.#noteStage(store)
      throw error
    }
    this.#noteCommitted(pages.length, renewsProof)
  }

  #place(store: FrameStore, pages: readonly Page[]): void {
    this.#prepare()
    this.#ahead.drop()
    this.#noteDurability()
    this.#writer!.place(pages)
    for (let i = 0; i < pages.length; i++) store.pgnos[i] = pages[i]!.pgno
  }

  #noteStage({ stage }: FrameStore): void {
    this.#hasTail = stage === commitStage.written
    this.#isPublishing = stage === commitStage.publishing
  }

  #noteCommitted(frames: number, renewsProof: boolean): void {
    this.lastCommitFrames = frames
    this.remember()
    this.#forgetAppended()
    if (renewsProof) this.#renewProof()
  }

  /** Whether a commit is synced, and another thread can do that. */
  get syncsElsewhere(): boolean {
    return this.synchronous >= 2 && this.#store !== null
  }

  /**
   * The first part of `commit`, where `syncsElsewhere`: the frames are written, and are being synced. `commit` waits for that, and does the
   * rest; the promise says when it need not wait.
   */
  beginCommit(pages: readonly Page[], pageCount: number): Promise<void> {
    const store = this.#store!
    const fits = this.#fitsRoom(pages)
    if (fits) this.#place(store, pages)
    else {
      this.#append(pages, pageCount)
      this.#noteDurability()
    }
    const { chain } = this.#writer!
    let synced: Promise<void>
    try {
      synced = fits
        ? store.begin(pages.length, pageCount, this.#bigEndianWords)
        : store.beginWritten(new Uint32Array(this.#appended), chain[0]!, chain[1]!)
    } finally {
      this.#noteStage(store)
    }
    this.#begunFrames = fits ? pages.length : this.#appended.length
    return synced
  }

  #finishCommit(store: FrameStore): void {
    const frames = this.#begunFrames
    this.#begunFrames = 0
    let renewsProof: boolean
    try {
      renewsProof = store.finish()
    } catch (error) {
      this.#noteStage(store)
      throw error
    }
    this.#noteCommitted(frames, renewsProof)
  }

  /** A checkpoint by one who does not care for durability must not undo that of one who does. */
  #noteDurability(): void {
    if (this.#isDurable || this.synchronous === 0) return
    this.#isDurable = true
    this.coordination.noteDurability()
  }

  /** Whether what is copied back must be durable before it is announced. */
  get mustSync(): boolean {
    return this.synchronous > 0 || this.coordination.reliesOnSyncs
  }

  /** Ends a read transaction. */
  endRead(): void {
    this.#ahead.drop()
    this.coordination.endRead()
  }

  /** Gives the writer's lock back. What the cache holds of commits that came to nothing is forgotten. */
  endWrite(): void {
    try {
      this.coordination.endWrite()
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** The commit made the backfill proof void; a new one spares the next opener a scan. (TSHM v1 §4.13.9.) */
  #renewProof(): void {
    try {
      const header = Buffer.alloc(databaseHeaderSize)
      this.databaseFile.read(header, 0, databaseHeaderSize, 0)
      this.coordination.installProof(header)
    } catch {
      // The transaction is committed whether or not this works.
    }
  }

  /**
   * Cuts off what this transaction has appended, unless its publication has begun: then those frames are no longer ours. The writer's
   * lock is still held.
   */
  rollback(): void {
    const cuts = this.#hasTail
    this.#forgetAppended()
    if (cuts) this.door.cutLog(walSize(this.snapshot.maxFrame, this.pageSize))
  }

  /** The transaction is committed. The coordination's own count says so. */
  get isPublished(): boolean {
    return this.snapshot.transactionCount !== this.#commitsBefore
  }

  /**
   * After a foreign error: cuts off what nobody was told of, and gives every lock and the pin back. What the page cache holds is
   * of no known state.
   */
  reset(): void {
    this.forget()
    const hasTail = this.#hasTail && !this.isPublished
    this.#forgetAppended()
    try {
      if (hasTail) this.door.cutLog(walSize(this.snapshot.maxFrame, this.pageSize))
    } finally {
      this.coordination.abandon()
    }
  }

  #forgetAppended(): void {
    if (this.#appended.length > 0) this.#appended = []
    this.#hasTail = false
    this.#isPublishing = false
    if (this.#spilled.size > 0) this.#spilled = new Map()
    this.#isPrepared = false
    this.#begunFrames = 0
  }
}
