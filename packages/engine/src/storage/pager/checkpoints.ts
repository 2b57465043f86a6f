/** Checkpoints of a pager's database: when they may be, and what is told of them. */
import type { ToldDatabase } from '../../base/diagnostics.ts'
import { readonlyDatabase, SqliteError } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import type { CheckpointMode, LockWait } from '../../coordination/index.ts'
import { backfillInSteps, checkpoint, type CheckpointResult } from '../wal/checkpoint.ts'
import type { Log } from '../wal/log.ts'
import {
  toldCheckpoint,
  toldCheckpointInSteps,
  type CheckpointTelling,
} from '../wal/told-checkpoint.ts'
import { isLogGone } from './open.ts'

/** What of a pager they are about. */
export interface CheckpointedPager extends ToldDatabase {
  readonly isReadonly: boolean
  readonly isEmpty: boolean
  readonly busyTimeoutMs: number
  readonly lockWait: LockWait
  beginRead(): void
  endRead(): void
}

/** PRAGMA wal_checkpoint. @param log null: the database is in memory. @param isIdle no transaction of the pager is open */
export function checkpointNow(
  pager: CheckpointedPager,
  log: Log | null,
  isIdle: boolean,
  mode: CheckpointMode | 'noop',
): CheckpointResult {
  const { lockWait } = pager
  if (!isIdle) throw new SqliteError('database table is locked', 'SQLITE_LOCKED')
  if (log === null) return { busy: false, logFrames: -1, checkpointedFrames: -1 }
  if (mode === 'noop') return lookAtLog(pager, log)
  if (pager.isReadonly) throw readonlyDatabase()
  needRoom()
  lookWhetherCreated(pager)
  return toldCheckpoint({ database: pager, mode, cause: 'request' }, lockWait, () =>
    checkpoint(log, mode, pager.busyTimeoutMs, lockWait),
  )
}

/** PASSIVE in steps, of at most `quota` further frames. */
export function* checkpointInSteps(
  pager: CheckpointedPager,
  log: Log,
  quota: number,
  cause: CheckpointTelling['cause'],
): Generator<undefined, CheckpointResult, void> {
  needRoom()
  lookWhetherCreated(pager)
  const steps = backfillInSteps(log, quota)
  return yield* toldCheckpointInSteps({ database: pager, mode: 'passive', cause }, steps)
}

/** The last connection leaves an empty log, or none; if that fails the next one recovers it. @param removeLog null: it stays */
export function finishLog(
  pager: CheckpointedPager,
  log: Log,
  removeLog: (() => void) | null,
): void {
  const telling = { database: pager, mode: 'truncate', cause: 'close' } as const
  try {
    lookWhetherCreated(pager)
    const { busy } = toldCheckpoint(telling, null, () =>
      checkpoint(log, 'truncate', 0, pager.lockWait),
    )
    if (!busy && removeLog !== null) removeLog()
  } catch (error) {
    if (isLogGone(error)) throw error
    // Everything committed is in the log and stays there.
  }
}

function lookAtLog(pager: CheckpointedPager, log: Log): CheckpointResult {
  pager.beginRead()
  const { maxFrame, backfilledFrames } = log.snapshot
  pager.endRead()
  return { busy: false, logFrames: maxFrame, checkpointedFrames: backfilledFrames }
}

/** A file that was empty may have been created by another connection since, with another page size. */
function lookWhetherCreated(pager: CheckpointedPager): void {
  if (!pager.isEmpty) return
  pager.beginRead()
  pager.endRead()
}
