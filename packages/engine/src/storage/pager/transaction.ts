/**
 * What surrounds a transaction on a file: waiting for a snapshot and for the writer's lock, and the refusal
 * to go on after a failed write.
 */
import { busy, busySnapshot, SqliteError } from '../../base/error.ts'
import { BusyHandler, readStart } from '../../coordination/index.ts'
import type { Log } from '../wal/log.ts'

/** Fresh snapshots tried for a write transaction before it queues for the lock first. */
const overtakingsBeforeQueue = 3
/** Fresh snapshots tried when it may not wait. */
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
 * Takes the writer's lock for an open read transaction.
 * @param move ends the read transaction, calls its argument, and begins it anew; null when the transaction has
 *   read something and must not move. Who can move waits in the queue of writers, and does not hold back
 *   checkpoints meanwhile.
 * @throws SQLITE_BUSY when the time is up; SQLITE_BUSY_SNAPSHOT when somebody has committed since
 */
export function takeWriteLock(
  log: Log,
  timeoutMs: number,
  move: ((between: () => void) => void) | null,
): void {
  const busyHandler = new BusyHandler(timeoutMs)
  for (let overtakings = 0; ;) {
    const answer = log.beginWrite()
    if (answer === 'ok') return
    if (answer === 'stale') {
      if (move === null) throw busySnapshot()
      if (++overtakings > maxOvertakings) throw busy()
      const isPatient = timeoutMs > 0 && overtakings > overtakingsBeforeQueue
      if (!isPatient) {
        move(() => {})
        continue
      }
    }
    const isInTime = move === null ? busyHandler.wait() : queue(log, busyHandler.leftMs, move)
    if (!isInTime) throw busy()
  }
}

/** Waits for the writer's lock between two read transactions. False: the time was up. */
function queue(log: Log, timeoutMs: number, move: (between: () => void) => void): boolean {
  if (timeoutMs <= 0) return false
  let isReserved = false
  try {
    move(() => {
      isReserved = log.coordination.reserveWriter(timeoutMs)
    })
  } catch (error) {
    if (isReserved) log.coordination.endWrite()
    throw error
  }
  return isReserved
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
