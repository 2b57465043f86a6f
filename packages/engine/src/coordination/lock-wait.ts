/**
 * Where the locks are waited for that a statement begins with.
 *
 * Most callers are held up until they have them: the thread sleeps. The asynchronous face must not, for the holder may be a statement of the
 * same thread, between two of its slices, which goes on only when the event loop has its turn. So it waits *outside*: nobody sleeps, who would
 * have to is refused, and the face gives the event loop its turn and asks again.
 *
 * Only what has not begun may be asked for again. So the face `enter`s with each attempt to begin something, and that is over with the first
 * thing that must not be done twice: a program is called, a transaction ends. Whoever waits behind that sleeps, as ever.
 */
import { busy } from '../base/error.ts'
import type { SqliteError } from '../base/error.ts'

/** Between two attempts at a lock, in ms. */
const longestPauseMs = 5

/** One for all databases of a connection. */
export class LockWait {
  /** An attempt is being made by one who waits outside. */
  isOutside = false
  /** How long he is going to wait; 0: this is his last attempt. */
  leftMs = 0
  /** Attempts before this one. */
  turn = 0
  /** What the last one who is to ask again was told. Known by its identity: the same sentence may come from anywhere. */
  refusal: SqliteError = busy()
  /** What he may wait in between. */
  longestPauseMs: number = longestPauseMs

  enter(leftMs: number, turn: number): void {
    this.isOutside = true
    this.leftMs = leftMs
    this.turn = turn
  }

  /** How long to sleep for a lock. */
  sleepMs(timeoutMs: number): number {
    return this.isOutside ? 0 : timeoutMs
  }

  /** Whether one who does not get what he wants is going to ask again. */
  get asksAgain(): boolean {
    return this.isOutside && this.leftMs > 0
  }

  /** SQLITE_BUSY, for who was waited for long enough, or is to wait outside. */
  refuse(pauseMs: number = longestPauseMs): SqliteError {
    const error = busy()
    if (this.asksAgain) {
      this.refusal = error
      this.longestPauseMs = pauseMs
    }
    return error
  }
}
