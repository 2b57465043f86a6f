/** The checkpoint that may follow a commit. */
import { defaultWalAutocheckpoint } from '../../base/limits.ts'
import { checkpoint } from './checkpoint.ts'
import type { Log } from './log.ts'

/** Frames in the log from which on a checkpoint insists on a restart, before the frame index is full. */
const restartFrames = 200_000
/** After so many further frames it insists again. */
const restartAgainFrames = 4096
const restartWaitMs = 100

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
