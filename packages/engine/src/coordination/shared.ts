/**
 * Coordination through the Rust core: between processes over `<db>-tshm`, or between the connections and
 * threads of one process over ordinary memory. The core holds the locks, the mapping and the
 * descriptors; this is its `Coordinator` under the names of `Coordination`, and no more.
 *
 * The descriptors belong to the core, because closing one would drop locks that others rely on.
 */
import { SqliteError } from '../base/error.ts'
import type { SqliteCode } from '../base/codes.ts'
import { resultCodes } from '../base/codes.ts'
import { Activity } from './activity.ts'
import { readStart, Snapshot } from './coordination.ts'
import type { Coordination, FrameCodec, FrameStore } from './coordination.ts'
import { loadNative } from './native.ts'

type NativeModule = ReturnType<typeof loadNative>
type NativeCoordinator = InstanceType<NativeModule['Coordinator']>

/** Changed pages that are handed over without making an array. */
const mostChanges = 256
/** Views of so many of them are used again. */
const keptViews = 17
/** Of one wait in the core. A thread that is terminated meanwhile ends with it. */
const longestWaitMs = 1000
/** Nothing has been asked ahead. */
const notAsked = -1

export interface SharedOptions {
  readonly path: string
  readonly multiprocess: boolean
  readonly readonly: boolean
  /** Create the database file when it is not there. */
  readonly create: boolean
  /** How long to wait for somebody who is opening the same file. */
  readonly timeoutMs: number
}

/**
 * Opens a database file together with everybody else who has it open.
 * @throws SQLITE_CANTOPEN, SQLITE_BUSY when it is open in another mode, SQLITE_MISUSE
 */
export function openShared(options: SharedOptions): SharedCoordination {
  return translated(() => new SharedCoordination(loadNative(), options))
}

/**
 * Why processes cannot share a database on this platform, in one sentence; null where they can. Elsewhere the option is
 * accepted and has no effect.
 */
export function whyNotShared(): string | null {
  return loadNative().unsupportedPlatform()
}

/** Runs a call into the core, and makes its errors `SqliteError`s. */
export function translated<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw toSqliteError(error)
  }
}

function toSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SqliteError) return error
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string' || !(code in resultCodes)) return error
  return new SqliteError(error.message, code as SqliteCode, { cause: error })
}

export class SharedCoordination implements Coordination {
  readonly snapshot: Snapshot = new Snapshot()
  readonly multiprocess: boolean
  readonly isFirst: boolean
  readonly coordinated: boolean
  readonly codec: FrameCodec
  readonly readonly: boolean
  /** Descriptor of the database file. */
  readonly dbFd: number
  /** Descriptor of the log; -1 when the database is only read and there is none. */
  readonly walFd: number
  readonly activity: Activity | null
  /** Where the core leaves the pages that others have changed, if they are few. */
  readonly #changes: Uint32Array = new Uint32Array(mostChanges)
  readonly #changesViews: Uint32Array[] = []
  readonly frames: FrameStore
  #native: NativeCoordinator
  readonly #module: NativeModule
  // What `reserveTransaction` has been answered for the calls that follow it.
  #readAhead = notAsked
  #writeAhead = notAsked
  #changesFrom = notAsked
  #changeCount = 0
  /** The transaction ended with its commit. */
  #isOver = false
  readonly #canBeDisturbed: boolean

  constructor(native: NativeModule, options: SharedOptions) {
    this.#native = new native.Coordinator({ ...options }, this.snapshot.fields, this.#changes)
    this.codec = native
    this.#module = native
    this.multiprocess = this.#native.multiprocess
    this.readonly = this.#native.readonly
    this.isFirst = this.#native.isFirst
    this.coordinated = this.#native.coordinated
    this.dbFd = this.#native.dbFd
    this.walFd = this.#native.walFd
    this.#canBeDisturbed = this.#native.canBeDisturbed
    this.activity = activityOf(this.#native)
    this.frames = this.#frameStore(this.#native)
  }

  #frameStore(native: NativeCoordinator): FrameStore {
    return {
      pgnos: this.#changes,
      setRoom: (room) => native.setRoom(room),
      read(pgno) {
        try {
          return native.readFrame(pgno)
        } catch (error) {
          throw toSqliteError(error)
        }
      },
      commit: (count, pageCount, bigEndianWords, isSynced) => {
        const flags = (bigEndianWords ? 1 : 0) | (isSynced ? 2 : 0)
        try {
          const renewsProof = native.commitFrames(count, pageCount, flags)
          this.#isOver = !renewsProof
          return renewsProof
        } catch (error) {
          throw toSqliteError(error)
        }
      },
      begin: (count, pageCount, bigEndianWords) =>
        translated(() => native.beginCommit(count, pageCount, bigEndianWords)),
      beginWritten: (pgnos, checksum1, checksum2) =>
        translated(() => native.beginCommitOf(pgnos, checksum1, checksum2)),
      finish: () => {
        const renewsProof = translated(() => native.finishCommit())
        this.#isOver = !renewsProof
        return renewsProof
      },
      get stage() {
        return native.commitStage
      },
    }
  }

  lookForLog(): number {
    return translated(() => this.#native.lookForLog())
  }

  lockOutSqlite(): boolean {
    return translated(() => this.#native.lockOutSqlite())
  }

  letInSqlite(): void {
    this.#native.letInSqlite()
  }

  readSnapshot(): void {
    translated(() => this.#native.readSnapshot())
  }

  dbHeaderMatchesProof(header: Uint8Array): boolean {
    return this.#native.dbHeaderMatchesProof(header)
  }

  install(fields: Float64Array, pgnos: Uint32Array): void {
    translated(() => this.#native.install(fields, pgnos))
  }

  rollForward(pgnos: Uint32Array, commitCount: number, checksum1: number, checksum2: number): void {
    translated(() => this.#native.rollForward(pgnos, commitCount, checksum1, checksum2))
  }

  finishOpen(): void {
    translated(() => this.#native.finishOpen())
  }

  abortOpen(): void {
    translated(() => this.#native.abortOpen())
  }

  // The calls of every transaction have no closure around them.
  beginRead(): number {
    const ahead = this.#readAhead
    if (ahead !== notAsked) {
      this.#readAhead = notAsked
      return ahead
    }
    try {
      return this.#native.beginRead()
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  endRead(): void {
    this.#dropAhead()
    if (this.#isOver) this.#isOver = false
    else this.#native.endRead()
  }

  /** What was asked ahead holds in the transaction that it was asked for, and in no other. */
  #dropAhead(): void {
    this.#readAhead = notAsked
    this.#writeAhead = notAsked
    this.#changesFrom = notAsked
  }

  isPinIntact(): boolean {
    try {
      return this.#native.isPinIntact()
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  isPinProven(): boolean {
    return translated(() => this.#native.isPinProven())
  }

  findFrame(pgno: number): number {
    try {
      return this.#native.findFrame(pgno)
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  changedSince(maxFrame: number): Uint32Array | null {
    const isAsked = this.#changesFrom === maxFrame
    this.#changesFrom = notAsked
    const count = isAsked ? this.#changeCount : this.#native.changedSince(maxFrame)
    if (count >= 0) return this.#changesView(count)
    return translated(() => this.#native.changedPages(maxFrame))
  }

  /** The first of the changes; short views are made once. */
  #changesView(count: number): Uint32Array {
    const views = this.#changesViews
    while (views.length <= count && views.length < keptViews) {
      views.push(this.#changes.subarray(0, views.length))
    }
    return views[count] ?? this.#changes.subarray(0, count)
  }

  missingFrames(): Uint32Array {
    return translated(() => this.#native.missingFrames())
  }

  supplyFrames(from: number, pgnos: Uint32Array): void {
    translated(() => this.#native.supplyFrames(from, pgnos))
  }

  beginWrite(): number {
    const ahead = this.#writeAhead
    if (ahead !== notAsked) {
      this.#writeAhead = notAsked
      return ahead
    }
    try {
      return this.#native.beginWrite()
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  endWrite(): void {
    if (this.#isOver) return
    this.#writeAhead = notAsked
    try {
      this.#native.endWrite()
    } catch (error) {
      throw toSqliteError(error)
    } finally {
      // Nobody came to use what was begun ahead.
      if (this.#readAhead !== notAsked) this.endRead()
    }
  }

  setBusyTimeout(timeoutMs: number): void {
    this.#native.setBusyTimeout(timeoutMs)
  }

  reserveWriter(timeoutMs: number, joins: boolean): boolean {
    return translated(() => {
      for (let left = timeoutMs; ; left -= longestWaitMs) {
        if (this.#native.reserveWriter(Math.min(left, longestWaitMs), joins)) return true
        if (left <= longestWaitMs) return false
      }
    })
  }

  reserveTransaction(timeoutMs: number, joins: boolean, seenFrame: number): boolean {
    let answer: number
    this.#dropAhead()
    try {
      let left = timeoutMs
      for (;;) {
        const waitUs = Math.ceil(Math.min(left, longestWaitMs) * 1000)
        answer = this.#native.beginTransaction(waitUs, joins ? 1 : 0, seenFrame)
        left -= longestWaitMs
        if (answer >= 0 || left <= 0) break
      }
    } catch (error) {
      throw toSqliteError(error)
    }
    if (answer > 0) this.#takeAhead(answer - 1, seenFrame)
    return answer >= 0
  }

  #takeAhead(answer: number, seenFrame: number): void {
    this.#readAhead = answer & 1
    this.#writeAhead = (answer >> 1) & 3
    this.#changesFrom = this.#readAhead === readStart.changed ? seenFrame : notAsked
    this.#changeCount = (answer >> 3) - 1
  }

  keepsLogLength(): boolean {
    return translated(() => this.#native.keepsLogLength())
  }

  tryRestart(): boolean {
    return translated(() => this.#native.tryRestart())
  }

  checkUndisturbed(): void {
    if (!this.#canBeDisturbed) return
    try {
      this.#native.checkUndisturbed()
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  holdOff(): void {
    if (this.#canBeDisturbed) translated(() => this.#native.holdOff())
  }

  letGo(): void {
    if (this.#canBeDisturbed) this.#native.letGo()
  }

  noteSyncFailed(): void {
    this.#native.noteSyncFailed()
  }

  get hasFailedSync(): boolean {
    return this.#native.hasFailedSync
  }

  noteMended(): void {
    this.#native.noteMended()
  }

  noteDurability(): void {
    this.#native.noteDurability()
  }

  get reliesOnSyncs(): boolean {
    return this.#native.reliesOnSyncs
  }

  publishHeader(
    pageSize: number,
    salt1: number,
    salt2: number,
    checksum1: number,
    checksum2: number,
  ): void {
    translated(() => this.#native.publishHeader(pageSize, salt1, salt2, checksum1, checksum2))
  }

  publishCommit(pgnos: Uint32Array, checksum1: number, checksum2: number): boolean {
    try {
      return this.#native.publishCommit(pgnos, checksum1, checksum2)
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  sharesSync(frames: number): boolean {
    return this.multiprocess && translated(() => this.#native.sharesSync(frames))
  }

  publishTogether(pgnos: Uint32Array, checksum1: number, checksum2: number): void {
    try {
      this.#native.publishTogether(pgnos, checksum1, checksum2)
    } catch (error) {
      throw toSqliteError(error)
    }
  }

  installProof(dbHeader: Uint8Array): void {
    translated(() => this.#native.installProof(dbHeader))
  }

  beginCheckpoint(mode: number): boolean {
    return translated(() => this.#native.beginCheckpoint(mode))
  }

  checkpointLimit(): number {
    return translated(() => this.#native.checkpointLimit())
  }

  latestFrames(from: number, to: number): Uint32Array {
    return translated(() => this.#native.latestFrames(from, to))
  }

  publishBackfill(frames: number, dbHeader: Uint8Array): void {
    translated(() => this.#native.publishBackfill(frames, dbHeader))
  }

  restartWal(drainMs = 0): boolean {
    return translated(() => this.#native.restartWal(drainMs))
  }

  endCheckpoint(): void {
    this.#native.endCheckpoint()
  }

  abandon(): void {
    const native = this.#native
    this.#dropAhead()
    this.#isOver = false
    native.letGo()
    native.endCheckpoint()
    try {
      native.endWrite()
    } catch {
      // What the transaction was built on concerns nobody any more.
    }
    native.endRead()
  }

  beginClose(): boolean {
    return translated(() => this.#native.beginClose())
  }

  close(): void {
    translated(() => this.#native.close())
  }

  /**
   * Calls `changed`, from the event loop, soon after commits of processes of this engine are published: once for several. It keeps no process
   * alive. False: here nobody is woken.
   */
  watch(changed: () => void): boolean {
    return translated(() => this.#native.watch(changed))
  }

  unwatch(): void {
    this.#native.unwatch()
  }

  /** Another process holds the writer's lock, and may be about to publish a commit. */
  isWrittenElsewhere(): boolean {
    return translated(() => this.#native.isWrittenElsewhere())
  }

  lockNamed(high: number, low: number, answer: (error: string | null) => void): () => void {
    const number = translated(() => this.#native.lockNamed(high, low, answer))
    return () => this.#module.unlockNamed(number)
  }

  /** Frames that live readers of any process pin: for diagnosis. */
  liveReaders(): Uint32Array {
    return translated(() => this.#native.liveReaders())
  }
}

/** Some hosts lend no memory of the core to JavaScript. Then statements are not shown. */
function activityOf(native: NativeCoordinator): Activity | null {
  try {
    const words = native.activity()
    return words && new Activity(words, (text) => native.registerStatement(text))
  } catch {
    return null
  }
}
