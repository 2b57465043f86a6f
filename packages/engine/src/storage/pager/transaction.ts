/**
 * What surrounds a transaction on a file: waiting for a snapshot and for the writer's lock, and the refusal
 * to go on after a failed write.
 */
import { monotonicMs } from '../../base/clock.ts'
import { waitsTold, type ToldDatabase } from '../../base/diagnostics.ts'
import { busy, busySnapshot, SqliteError } from '../../base/error.ts'
import { isForeign } from '../../base/foreign-error.ts'
import { BusyHandler, endHeldCommits, readStart, type LockWait } from '../../coordination/index.ts'
import type { Log } from '../wal/log.ts'
import { toldWait } from './told-wait.ts'

/** Attempts to clean up what dead writers have left behind the end of the log. */
const maxOvertakings = 100

/** Goes on asking for a reader slot. @throws SQLITE_BUSY */
export function waitForSnapshot(
  log: Log,
  database: ToldDatabase,
  timeoutMs: number,
  lockWait: LockWait,
): void {
  const wait = (forMs: number): void => {
    const busyHandler = new BusyHandler(forMs)
    for (;;) {
      if (!busyHandler.wait()) throw lockWait.refuse()
      if (log.coordination.beginRead() !== readStart.busy) return
    }
  }
  const forMs = lockWait.sleepMs(timeoutMs)
  if (waitsTold.isHeard) toldWait(database, 'read', forMs, lockWait, wait)
  else wait(forMs)
}

/**
 * Takes the writer's lock.
 * @param move ends the read transaction that is open, if one is, calls its argument, and begins a new one; null when
 *   the transaction has read something and must not move. Who can move waits in the queue of writers, and does
 *   not hold back checkpoints meanwhile.
 * @param joins a single statement that is committed as soon as it has run
 * @throws SQLITE_BUSY when the time is up, or at once where it must not move; SQLITE_BUSY_SNAPSHOT when somebody has
 *   committed since
 */
export function takeWriteLock(
  log: Log,
  database: ToldDatabase,
  busyTimeoutMs: number,
  lockWait: LockWait,
  move: ((between: () => void) => void) | null,
  joins: boolean,
): void {
  if (!lockWait.isOutside) endHeldCommits()
  const timeoutMs = lockWait.queueMs(busyTimeoutMs)
  if (waitsTold.isHeard && move !== null) {
    const take = (forMs: number): void => takeWithin(log, forMs, lockWait, move, joins)
    toldWait(database, 'write', timeoutMs, lockWait, take)
  } else takeWithin(log, timeoutMs, lockWait, move, joins)
}

function takeWithin(
  log: Log,
  timeoutMs: number,
  lockWait: LockWait,
  move: ((between: () => void) => void) | null,
  joins: boolean,
): void {
  const since = timeoutMs > 0 ? monotonicMs() : 0
  let busyHandler: BusyHandler | null = null
  for (let overtakings = 0; ;) {
    const leftMs = busyHandler === null ? timeoutMs : busyHandler.leftMs
    if (move !== null) reserve(log, leftMs, lockWait, joins && log.synchronous >= 2, move)
    const answer = log.beginWrite()
    if (answer === 'ok') return
    if (move === null) {
      // Who has read and may not move does not wait, as in SQLite: the holder's commit would leave it stale, and a holder
      // that checkpoints may be waiting for this very reader.
      throw answer === 'stale' ? busySnapshot() : busy()
    }
    // SQLite is at work in the database file, or the dead have left something that had to be put in order first.
    busyHandler ??= new BusyHandler(timeoutMs, since)
    const mayGoOn = answer === 'busy' ? busyHandler.wait() : ++overtakings <= maxOvertakings
    if (!mayGoOn) throw lockWait.refuse()
  }
}

/** Gets the writer's lock between two read transactions. @throws SQLITE_BUSY */
function reserve(
  log: Log,
  timeoutMs: number,
  lockWait: LockWait,
  joins: boolean,
  move: (between: () => void) => void,
): void {
  let isReserved = false
  try {
    move(() => {
      isReserved = log.reserveTransaction(timeoutMs, joins)
      if (!isReserved) throw lockWait.refuse()
    })
  } catch (error) {
    if (isReserved) log.endWrite()
    throw error
  }
}

/** Answers of a disk that may have lost something. */
const lost: ReadonlySet<string> = new Set([
  'SQLITE_IOERR',
  'SQLITE_IOERR_WRITE',
  'SQLITE_IOERR_FSYNC',
  'SQLITE_IOERR_TRUNCATE',
])

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
      'disk I/O error (an earlier write failed; close the database and open it again)',
      'SQLITE_IOERR',
      { cause: this.#failure },
    )
  }

  /**
   * Runs what writes. An answer of the system, be it a full disk or a lock that cannot be had, is no failure where it `canBeUndone`: what
   * was written is cut off again. A sync that failed always is one. Of a foreign error the pager says that it is torn.
   */
  run<Result>(write: () => Result, canBeUndone: () => boolean): Result {
    try {
      return write()
    } catch (error) {
      const isKnown = error instanceof SqliteError && error.code !== 'SQLITE_IOERR_FSYNC'
      if (!isForeign(error) && (!isKnown || !canBeUndone())) this.#failure ??= error
      throw error
    }
  }

  /** Remembers it if the disk has failed: then nobody knows what is there. */
  failIfLost(cause: unknown): void {
    if (cause instanceof SqliteError && lost.has(cause.code)) this.#failure ??= cause
  }
}
