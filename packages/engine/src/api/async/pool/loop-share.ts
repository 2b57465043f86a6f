/**
 * Calls that are done at once are answered in microtasks, and the event loop has no turn between microtasks. So whoever asks for one after
 * the other is made to wait for the loop now and then: when calls have been answered for some milliseconds of one turn.
 */
import { monotonicMs } from '../../../base/clock.ts'

/** Milliseconds of one turn. */
const shareMs = 5

export const loopShare = {
  /** `monotonicMs()` of the first call in this turn of the loop; 0: there was none. */
  start: 0,

  /** Whether it is the loop's turn. */
  isOver(): boolean {
    const now = monotonicMs()
    if (this.start !== 0) return now - this.start >= shareMs
    this.start = now
    setImmediate(endOfTurn)
    return false
  },
}

function endOfTurn(): void {
  loopShare.start = 0
}
