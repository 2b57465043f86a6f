/**
 * The checkpoint that may follow a commit.
 *
 * Two limits on the log, each with its own measure against it:
 *
 * | reached | done |
 * |---|---|
 * | `frames` not yet backfilled | PASSIVE: copies back, beside writers and readers |
 * | `budget` frames in the log | PASSIVE, then a restart that holds up new readers for some milliseconds |
 *
 * A log that is backfilled restarts by itself with the next commit that meets no reader. The second measure
 * is for readers that never pause. It needs the writer's lock, and everybody's time, so after a failure the next
 * attempt waits, longer each time, and lasts longer: readers that are slow, rather than many, would
 * otherwise cost everybody a few milliseconds with every commit.
 *
 * The committer waits for its checkpoint, so a single run copies only so many frames: twice `frames`, or
 * twice what the commit itself wrote. With the second a log that is filled by large transactions is emptied
 * faster than it grows; with the first what a slow reader held back is caught up with in steps.
 *
 * What hinders a checkpoint is not the committer's trouble: the transaction is committed. A later one meets
 * the same trouble, and PRAGMA wal_checkpoint reports it.
 */
import { monotonicMs } from '../../base/clock.ts'
import type { ToldDatabase } from '../../base/diagnostics.ts'
import { hasRoom, isForeign } from '../../base/foreign-error.ts'
import { defaultWalAutocheckpoint } from '../../base/limits.ts'
import { backfillPart, nothingKnown, tryRestart } from './checkpoint.ts'
import type { Log } from './log.ts'
import { toldCheckpoint } from './told-checkpoint.ts'

/** The default budget, in multiples of `frames`. */
const budgetFactor = 4
/** How long the committer stands in the queue of writers for a restart. */
const lockWaitMs = 10
const firstPauseMs = 20
const longestPauseMs = 2000

export class AutoCheckpoint {
  /** PRAGMA wal_autocheckpoint: frames not yet backfilled after which a commit tries a checkpoint; 0 never. */
  frames: number = defaultWalAutocheckpoint
  /** PRAGMA wal_budget: frames in the log from which on it shall restart; 0 never insist, -1 four times `frames`. */
  budget = -1
  /**
   * Who has other work to do between two parts of a checkpoint: told of one that is due, and how many frames it should copy. Null: it is done with the
   * commit. Where a restart is to be insisted on it is, too.
   */
  later: ((quota: number) => void) | null = null
  #failures = 0
  #nextRestartMs = 0

  /** After a commit, outside any transaction. */
  afterCommit(log: Log, database: ToldDatabase, timeoutMs: number): void {
    const { maxFrame, backfilledFrames } = log.snapshot
    if (this.frames === 0) return
    const isDue = maxFrame - backfilledFrames >= this.frames
    const isOverBudget = maxFrame >= this.#effectiveBudget(log)
    if (!isDue && !isOverBudget) return
    const insists = isOverBudget && monotonicMs() >= this.#nextRestartMs
    if (!isDue && !insists) return
    const quota = 2 * Math.max(this.frames, log.lastCommitFrames)
    if (this.later !== null && !insists) {
      this.later(quota)
      return
    }
    // What is begun is also ended.
    if (!hasRoom()) return
    try {
      const telling = { database, mode: 'passive', cause: 'commit' } as const
      const result = toldCheckpoint(telling, null, () => backfillPart(log, quota))
      // Another process is at it already.
      if (result === nothingKnown) return
      const { busy, logFrames, checkpointedFrames } = result
      // Where another checkpoint, readers or the quota hold back more than a little, a restart is out of reach.
      const isNear = !busy && logFrames - checkpointedFrames < this.frames
      if (insists && isNear) this.#restart(log, database, timeoutMs)
    } catch (error) {
      if (isForeign(error)) throw error
      this.#postpone()
    }
  }

  #effectiveBudget(log: Log): number {
    if (this.budget === 0) return Infinity
    const budget = this.budget < 0 ? budgetFactor * this.frames : this.budget
    return log.sizeLimit < 0 ? budget : Math.min(budget, Math.max(this.frames, log.limitFrames))
  }

  #restart(log: Log, database: ToldDatabase, timeoutMs: number): void {
    const telling = { database, mode: 'restart', cause: 'commit' } as const
    const { busy } = toldCheckpoint(telling, null, () => {
      const isDone = tryRestart(log, Math.min(timeoutMs, lockWaitMs), this.#failures)
      const { maxFrame, backfilledFrames } = log.snapshot
      return { busy: !isDone, logFrames: maxFrame, checkpointedFrames: backfilledFrames }
    })
    if (!busy) {
      this.#failures = 0
      this.#nextRestartMs = 0
    } else this.#postpone()
  }

  #postpone(): void {
    this.#nextRestartMs =
      monotonicMs() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures)
    this.#failures++
  }
}
