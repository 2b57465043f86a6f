/** Waiting for a lock, as it is told of (`base/diagnostics.ts`). */
import {
  Stopwatch,
  waitsTold,
  type ToldDatabase,
  type WaitMessage,
} from '../../base/diagnostics.ts'
import { SqliteError } from '../../base/error.ts'
import type { LockWait } from '../../coordination/index.ts'

/**
 * Takes a lock. If it cannot be had at once it is told how long that took.
 *
 * @param timeoutMs for how long it may be waited for; 0: not at all
 * @param take as long as its argument says. @throws as it does
 */
export function toldWait(
  database: ToldDatabase,
  lock: WaitMessage['lock'],
  timeoutMs: number,
  lockWait: LockWait,
  take: (forMs: number) => void,
): void {
  if (lockWait.isOutside) return takeOutside(database, lock, timeoutMs, lockWait, take)
  if (timeoutMs === 0) return take(0)
  if (isGranted(take)) return
  const watch = new Stopwatch()
  let acquired = false
  try {
    take(timeoutMs)
    acquired = true
  } finally {
    tell(database, lock, watch, acquired)
  }
}

/** The first attempt shows whether there is anything to wait for. */
function isGranted(take: (forMs: number) => void): boolean {
  try {
    take(0)
    return true
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'SQLITE_BUSY') return false
    throw error
  }
}

/** One of several attempts. The wait lasts from the first one that was refused to the last. */
function takeOutside(
  database: ToldDatabase,
  lock: WaitMessage['lock'],
  timeoutMs: number,
  lockWait: LockWait,
  take: (forMs: number) => void,
): void {
  let acquired = false
  try {
    take(timeoutMs)
    acquired = true
  } finally {
    const { waiting } = lockWait
    const isGoingOn = !acquired && lockWait.asksAgain
    if (isGoingOn) lockWait.waiting ??= { database, watch: new Stopwatch() }
    else if (waiting?.database === database) {
      lockWait.waiting = null
      tell(database, lock, waiting.watch, acquired)
    }
  }
}

function tell(
  database: ToldDatabase,
  lock: WaitMessage['lock'],
  { startTime, duration }: Stopwatch,
  acquired: boolean,
): void {
  waitsTold.tellOf(database, { lock, startTime, duration, acquired })
}
