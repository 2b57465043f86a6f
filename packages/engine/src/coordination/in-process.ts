/**
 * Coordination in ordinary memory, in TypeScript: for simulated files, where the Rust core has nothing to
 * lock, and for several connections in one heap.
 *
 * A `Region` is what the connections of one database share. It follows the same protocol as the
 * shared-memory file, without what only separate processes need: no owners, no dead slots, no proof.
 */
import { assert } from '../base/assert.ts'
import { busy } from '../base/error.ts'
import { randomWord } from '../base/random.ts'
import { BusyHandler } from './busy.ts'
import { readStart, Snapshot, snapshotField, writeStart } from './coordination.ts'
import type { Coordination } from './coordination.ts'

const F = snapshotField

export class Region {
  readonly multiprocess: boolean
  readonly current: Snapshot = new Snapshot()
  /** Page of frame `i + 1`. */
  pgnos: number[] = []
  /** Frames of each page, ascending. */
  frames: Map<number, number[]> = new Map()
  /** The frame that each reading connection pins. */
  readonly readers: Map<InProcessCoordination, number> = new Map()
  writer: InProcessCoordination | null = null
  checkpointer: InProcessCoordination | null = null
  connectionCount = 0
  isOpening = false
  hasFailedSync = false
  /** Some commit was meant to be durable. */
  reliesOnSyncs = false

  /** Who has each named lock, and who waits behind him. */
  readonly lines: Map<string, ((error: string | null) => void)[]> = new Map()

  /** @param multiprocess storage shall treat the files as several processes need it */
  constructor(multiprocess = false) {
    this.multiprocess = multiprocess
  }

  /** A further connection. The first must `finishOpen` before the next can join. */
  connect(): InProcessCoordination {
    if (this.isOpening) throw busy()
    const isFirst = this.connectionCount === 0
    this.connectionCount++
    this.isOpening = isFirst
    return new InProcessCoordination(this, isFirst)
  }

  append(pgno: number): void {
    this.pgnos.push(pgno)
    const frames = this.frames.get(pgno)
    if (frames === undefined) this.frames.set(pgno, [this.pgnos.length])
    else frames.push(this.pgnos.length)
  }

  resetIndex(): void {
    this.pgnos = []
    this.frames = new Map()
  }

  newGeneration(): void {
    const fields = this.current.fields
    this.resetIndex()
    fields[F.maxFrame] = 0
    fields[F.backfilledFrames] = 0
    fields[F.checkpointSeq] = (fields[F.checkpointSeq]! + 1) >>> 0
    fields[F.salt1] = (fields[F.salt1]! + 1) >>> 0
    fields[F.salt2] = randomWord()
    fields[F.checkpointEpoch] = fields[F.checkpointEpoch]! + 1
    fields[F.frameIndexLength] = 0
  }
}

export class InProcessCoordination implements Coordination {
  readonly snapshot: Snapshot = new Snapshot()
  readonly multiprocess: boolean
  readonly isFirst: boolean
  readonly coordinated = true
  readonly codec = null
  readonly frames = null
  readonly readonly = false
  readonly activity = null
  #region: Region
  #isOpen = true

  constructor(region: Region, isFirst: boolean) {
    this.#region = region
    this.multiprocess = region.multiprocess
    this.isFirst = isFirst
  }

  lookForLog(): number {
    return -1
  }

  lockOutSqlite(): boolean {
    return true
  }

  letInSqlite(): void {}

  readSnapshot(): void {
    this.snapshot.fields.set(this.#region.current.fields)
  }

  dbHeaderMatchesProof(): boolean {
    return false
  }

  install(fields: Float64Array, pgnos: Uint32Array): void {
    const region = this.#region
    assert(region.isOpening, 'a snapshot is installed only by the first who opens')
    region.current.fields.set(fields)
    region.resetIndex()
    for (const pgno of pgnos) region.append(pgno)
    this.readSnapshot()
  }

  rollForward(pgnos: Uint32Array, commitCount: number, checksum1: number, checksum2: number): void {
    this.#publish(pgnos, commitCount, checksum1, checksum2)
  }

  finishOpen(): void {
    this.#region.isOpening = false
  }

  abortOpen(): void {
    this.#region.isOpening = false
    this.close()
  }

  beginRead(): number {
    const now = this.#region.current.fields
    const then = this.snapshot.fields
    const isSame = now.every((field, index) => field === then[index])
    this.readSnapshot()
    this.#region.readers.set(this, now[F.maxFrame]!)
    return isSame ? readStart.same : readStart.changed
  }

  endRead(): void {
    this.#region.readers.delete(this)
  }

  isPinIntact(): boolean {
    return true
  }

  isPinProven(): boolean {
    return true
  }

  findFrame(pgno: number): number {
    const frames = this.#region.frames.get(pgno)
    if (frames === undefined) return 0
    const { maxFrame, backfilledFrames } = this.snapshot
    for (let i = frames.length - 1; i >= 0; i--) {
      const frame = frames[i]!
      if (frame <= maxFrame) return frame > backfilledFrames ? frame : 0
    }
    return 0
  }

  changedSince(maxFrame: number): Uint32Array {
    return Uint32Array.from(new Set(this.#region.pgnos.slice(maxFrame, this.snapshot.maxFrame)))
  }

  missingFrames(): Uint32Array {
    return new Uint32Array(0)
  }

  supplyFrames(): void {}

  beginWrite(): number {
    const region = this.#region
    if (region.writer !== null) return writeStart.busy
    const now = region.current
    const then = this.snapshot
    // The first header may have been written since, by a transaction that came to nothing.
    const hasSalts = then.pageSize !== 0
    if (
      now.maxFrame !== then.maxFrame ||
      now.checkpointSeq !== then.checkpointSeq ||
      (hasSalts && now.salt2 !== then.salt2) ||
      now.visibilityGeneration !== then.visibilityGeneration
    ) {
      return writeStart.stale
    }
    region.writer = this
    this.readSnapshot()
    return writeStart.leftover
  }

  endWrite(): void {
    if (this.#region.writer === this) this.#region.writer = null
  }

  /** Nobody can let go of the lock while this thread sleeps, but the time is waited for all the same. */
  reserveTransaction(timeoutMs: number): boolean {
    return this.reserveWriter(timeoutMs)
  }

  /** Nothing here takes time that others could wait for. */
  setBusyTimeout(): void {}

  reserveWriter(timeoutMs: number): boolean {
    const busyHandler = new BusyHandler(timeoutMs)
    while (this.#region.writer !== null) if (!busyHandler.wait()) return false
    return true
  }

  tryRestart(): boolean {
    const region = this.#region
    assert(region.writer === this, 'only the writer restarts the log')
    const { maxFrame, backfilledFrames } = region.current
    if (maxFrame === 0 || maxFrame !== backfilledFrames) return false
    if (region.readers.size > 1 || region.checkpointer !== null) return false
    region.newGeneration()
    this.readSnapshot()
    region.readers.set(this, 0)
    return true
  }

  checkUndisturbed(): void {}

  holdOff(): void {}

  letGo(): void {}

  noteSyncFailed(): void {
    this.#region.hasFailedSync = true
  }

  get hasFailedSync(): boolean {
    return this.#region.hasFailedSync
  }

  noteMended(): void {
    this.#region.hasFailedSync = false
  }

  noteDurability(): void {
    this.#region.reliesOnSyncs = true
  }

  get reliesOnSyncs(): boolean {
    return this.multiprocess || this.#region.reliesOnSyncs
  }

  publishHeader(
    pageSize: number,
    salt1: number,
    salt2: number,
    checksum1: number,
    checksum2: number,
  ): void {
    const fields = this.#region.current.fields
    fields[F.pageSize] = pageSize
    fields[F.salt1] = salt1
    fields[F.salt2] = salt2
    fields[F.checksum1] = checksum1
    fields[F.checksum2] = checksum2
    this.readSnapshot()
  }

  publishCommit(pgnos: Uint32Array, checksum1: number, checksum2: number): boolean {
    assert(this.#region.writer === this, 'only the writer commits')
    this.#publish(pgnos, 1, checksum1, checksum2)
    this.readSnapshot()
    return false
  }

  sharesSync(): boolean {
    return false
  }

  publishTogether(): void {
    assert(false, 'nothing is synced here together')
  }

  keepsLogLength(): boolean {
    return !this.multiprocess
  }

  #publish(pgnos: Uint32Array, commitCount: number, checksum1: number, checksum2: number): void {
    const region = this.#region
    for (const pgno of pgnos) region.append(pgno)
    const fields = region.current.fields
    fields[F.maxFrame] = region.pgnos.length
    fields[F.frameIndexLength] = region.pgnos.length
    fields[F.checksum1] = checksum1
    fields[F.checksum2] = checksum2
    fields[F.transactionCount] = fields[F.transactionCount]! + commitCount
    fields[F.visibilityGeneration] = fields[F.visibilityGeneration]! + commitCount
  }

  installProof(): void {}

  beginCheckpoint(mode: number): boolean {
    const region = this.#region
    if (region.checkpointer !== null) return false
    if (mode !== 0) {
      if (region.writer !== null) return false
      region.writer = this
    }
    region.checkpointer = this
    this.readSnapshot()
    return true
  }

  checkpointLimit(): number {
    let limit = this.#region.current.maxFrame
    for (const frame of this.#region.readers.values()) limit = Math.min(limit, frame)
    return limit
  }

  latestFrames(from: number, to: number): Uint32Array {
    const latest = new Map<number, number>()
    for (let frame = from; frame <= this.snapshot.maxFrame; frame++) {
      latest.set(this.#region.pgnos[frame - 1]!, frame)
    }
    const copied = [...latest].filter(([, frame]) => frame <= to)
    const sorted = copied.sort((left, right) => left[0] - right[0])
    return Uint32Array.from(sorted.flat())
  }

  publishBackfill(frames: number): void {
    const fields = this.#region.current.fields
    assert(frames <= fields[F.maxFrame]!, 'only committed frames are backfilled')
    fields[F.backfilledFrames] = frames
    fields[F.checkpointEpoch] = fields[F.checkpointEpoch]! + 1
    this.readSnapshot()
  }

  /** Readers of this thread cannot end theirs while it waits for them. */
  restartWal(): boolean {
    const region = this.#region
    const { maxFrame, backfilledFrames } = region.current
    if (maxFrame !== backfilledFrames || region.readers.size > 0) return false
    region.newGeneration()
    this.readSnapshot()
    return true
  }

  endCheckpoint(): void {
    const region = this.#region
    assert(region.checkpointer === this, 'endCheckpoint ends a checkpoint')
    region.checkpointer = null
    if (region.writer === this) region.writer = null
  }

  abandon(): void {
    const region = this.#region
    region.readers.delete(this)
    if (region.writer === this) region.writer = null
    if (region.checkpointer === this) region.checkpointer = null
  }

  lockNamed(high: number, low: number, answer: (error: string | null) => void): () => void {
    const { lines } = this.#region
    const key = `${high} ${low}`
    const line = lines.get(key) ?? []
    lines.set(key, line)
    const grant = (first: typeof answer): void => {
      setImmediate(() => {
        if (line[0] === first) first(null)
      })
    }
    if (line.push(answer) === 1) grant(answer)
    return () => {
      const isFirst = line[0] === answer
      line.splice(line.indexOf(answer), 1)
      if (isFirst && line.length > 0) grant(line[0]!)
    }
  }

  beginClose(): boolean {
    return this.#isOpen && this.#region.connectionCount === 1
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.abandon()
    this.#region.connectionCount--
  }
}
