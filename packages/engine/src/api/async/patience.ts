/**
 * Waiting for locks while the event loop has its turns (`coordination/lock-wait.ts`): what begins is tried without waiting, and where it is
 * refused, again after a pause, until the connection's busy timeout is over. Timers make the pauses, which grow a little, as those of the
 * synchronous `BusyHandler` do.
 *
 * A connection needs one: whoever waits has the turn.
 */
import { monotonicMs } from '../../base/clock.ts'
import type { Connection } from '../connection/connection.ts'
import { eventLoopFor } from './turns.ts'

const firstPauseMs = 1
const growth = 1.5

const refused = Symbol('refused')

export class Patience {
  readonly #connection: Connection
  readonly #holdsCommits: boolean
  /** When the time is up; 0: nothing has been refused. */
  #deadline = 0
  /** Refusals so far. */
  #turn = 0

  /** @param holdsCommits whoever has it `settle`s what he has done before he answers */
  constructor(connection: Connection, holdsCommits = false) {
    this.#connection = connection
    this.#holdsCommits = holdsCommits
    connection.lockWait.yieldsToLoop = true
  }

  /** Before the first attempt to begin something. `leave` ends each. */
  enter(): void {
    const { lockWait, pager } = this.#connection
    this.#deadline = 0
    this.#turn = 0
    this.holdCommits()
    lockWait.enter(pager.busyTimeoutMs, 0)
  }

  /** Before a further attempt. Once the time is up it is the last. */
  enterAgain(): void {
    this.holdCommits()
    this.#connection.lockWait.enter(Math.max(0, this.#deadline - monotonicMs()), this.#turn)
  }

  /** Nobody waits outside any more. */
  leave(): void {
    this.#connection.lockWait.isOutside = false
    this.#connection.commitsLater = false
  }

  /** What goes on is done for one who waits for its commit. `leave` ends that. */
  holdCommits(): void {
    this.#connection.commitsLater = this.#holdsCommits
  }

  /** The event loop has its turn. After a refusal it is a little longer, or as long as there is time. */
  async pause(): Promise<void> {
    const { lockWait, pager } = this.#connection
    const now = monotonicMs()
    if (this.#deadline === 0) this.#deadline = now + pager.busyTimeoutMs
    const longest = Math.min(lockWait.longestPauseMs, this.#deadline - now)
    const pauseMs = Math.min(longest, firstPauseMs * growth ** this.#turn++)
    await eventLoopFor(pauseMs * (0.75 + Math.random() / 2))
  }

  /**
   * Begins something: at once, or when it is no longer refused. What `ask` does before it is refused is done again. Where it has committed, it
   * is synced before anybody hears of it.
   */
  begin<Result>(ask: () => Result): Result | Promise<Result> {
    this.enter()
    const result = this.#attempt(ask)
    return result === refused ? this.#beginLater(ask) : this.settle(result)
  }

  async #beginLater<Result>(ask: () => Result): Promise<Result> {
    for (;;) {
      await this.pause()
      this.enterAgain()
      const result = this.#attempt(ask)
      if (result !== refused) return this.settle(result)
    }
  }

  /** The answer of what has been done: at once, or when it is synced where it has committed. Rejects where it could not be. */
  settle<Result>(result: Result): Result | Promise<Result> {
    const held = this.#connection.heldCommit
    if (held === null) return result
    return held.over.then(() => {
      held.check()
      return result
    })
  }

  #attempt<Result>(ask: () => Result): Result | typeof refused {
    try {
      return ask()
    } catch (error) {
      if (error !== this.#connection.lockWait.refusal) throw error
      return refused
    } finally {
      this.leave()
    }
  }
}
