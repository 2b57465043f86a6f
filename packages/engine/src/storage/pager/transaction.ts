/**
 * What surrounds a transaction on a file: waiting for a snapshot and for the writer's lock, the checkpoint
 * that may follow a commit, and the refusal to go on after a failed write.
 */
import { busy, busySnapshot, SqliteError } from '../../base/error.ts'
import { defaultWalAutocheckpoint } from '../../base/limits.ts'
import { BusyHandler, readStart } from '../../coordination/index.ts'
import { checkpoint } from '../wal/checkpoint.ts'
import type { Log } from '../wal/log.ts'

/** Frames in the log from which on a checkpoint insists on a restart, before the frame index is full. */
const restartFrames = 200_000
/** After so many further frames it insists again. */
const restartAgainFrames = 4096
const restartWaitMs = 100
/** Attempts to clean up what dead writers have left behind the end of the log. */
const maxOvertakings = 100

/** Goes on asking for a reader slot. @returns whether the snapshot is a new one; throws SQLITE_BUSY */
export function waitForSnapshot(log: Log, timeoutMs: number): number {
  const busyHandler = new BusyHandler(timeoutMs)
  for (;;) {
    if (!busyHandler.wait()) throw busy()
    const start = log.coordination.beginRead()
    if (start !== readStart.busy) return start
  }
}

/**
 * Takes the writer's lock.
 * @param move ends the read transaction that is open, if one is, calls its argument, and begins a new one; null when
 *   the transaction has read something and must not move. Who can move waits in the queue of writers, and does
 *   not hold back checkpoints meanwhile.
 * @param joins a single statement that is committed as soon as it has run
 * @throws SQLITE_BUSY when the time is up; SQLITE_BUSY_SNAPSHOT when somebody has committed since
 */
export function takeWriteLock(
  log: Log,
  timeoutMs: number,
  move: ((between: () => void) => void) | null,
  joins: boolean,
): void {
  const busyHandler = new BusyHandler(timeoutMs)
  for (let overtakings = 0; ;) {
    if (move !== null) reserve(log, busyHandler.leftMs, joins && log.synchronous >= 2, move)
    const answer = log.beginWrite()
    if (answer === 'ok') return
    if (move === null) {
      if (answer === 'stale') throw busySnapshot()
      if (!busyHandler.wait()) throw busy()
    } else if (++overtakings > maxOvertakings) throw busy()
  }
}

/** Gets the writer's lock between two read transactions. @throws SQLITE_BUSY */
function reserve(
  log: Log,
  timeoutMs: number,
  joins: boolean,
  move: (between: () => void) => void,
): void {
  let isReserved = false
  try {
    move(() => {
      isReserved = log.coordination.reserveWriter(timeoutMs, joins)
      if (!isReserved) throw busy()
    })
  } catch (error) {
    if (isReserved) log.endWrite()
    throw error
  }
}

/** PRAGMA wal_autocheckpoint: when a commit is followed by a checkpoint. */
export class AutoCheckpoint {
  /** Frames not yet backfilled after which a commit tries a checkpoint; 0 never. */
  frames: number = defaultWalAutocheckpoint
  #restartTriedAt = 0

  /**
   * After a commit, outside any transaction. What hinders the checkpoint is not the committer's trouble.
   * @returns whether one was tried, so that the snapshot has moved
   */
  afterCommit(log: Log, timeoutMs: number): boolean {
    const { maxFrame, backfilledFrames } = log.snapshot
    if (this.frames === 0 || maxFrame - backfilledFrames < this.frames) return false
    const isDue = Math.abs(maxFrame - this.#restartTriedAt) > restartAgainFrames
    try {
      if (maxFrame > restartFrames && isDue) {
        this.#restartTriedAt = maxFrame
        checkpoint(log, 'restart', Math.min(timeoutMs, restartWaitMs))
      } else checkpoint(log, 'passive', 0)
    } catch {
      // The transaction is committed. A later checkpoint meets the same trouble, and PRAGMA reports it.
    }
    return true
  }
}

/** Remembers a failed write or sync, after which nobody knows what is on the disk. */
export class WriteGuard {
  #failure: unknown = null

  get hasFailed(): boolean {
    return this.#failure !== null
  }

  /** @throws SQLITE_IOERR after a failure */
  check(): void {
    if (this.#failure === null) return
    throw new SqliteError(
      'SQLITE_IOERR',
      'disk I/O error (an earlier write failed; close the database and open it again)',
      { cause: this.#failure },
    )
  }

  /** Runs what writes. A full disk is no failure: what was written is cut off again. */
  run(write: () => void): void {
    try {
      write()
    } catch (error) {
      if (!(error instanceof SqliteError && error.code === 'SQLITE_FULL')) this.fail(error)
      throw error
    }
  }

  fail(cause: unknown): void {
    this.#failure ??= cause
  }
}
