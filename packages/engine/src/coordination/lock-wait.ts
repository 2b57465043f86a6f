/**
 * Where the locks are waited for that a statement begins with.
 *
 * Most callers are held up until they have them: the thread sleeps. The asynchronous face must not, for the holder may be a statement of the
 * same thread, between two of its slices, which goes on only when the event loop has its turn. So it waits *outside*: who would have to sleep
 * is refused, and the face gives the event loop its turn and asks again.
 *
 * Only what has not begun may be asked for again. So the face `enter`s with each attempt to begin something, and that is over with the first
 * thing that must not be done twice: a program is called, a transaction ends. Whoever waits behind that sleeps, as ever.
 *
 * Who only asks now and then finds the lock free only by chance where writers of other processes hand it on to each other, and where they
 * hold it for microseconds he makes a millisecond of it. So with each attempt he stands in their queue for a moment, much shorter than a
 * slice, unless somebody of this thread writes, who could not go on meanwhile.
 */
import type { Stopwatch, ToldDatabase } from '../base/diagnostics.ts'
import { busy } from '../base/error.ts'
import { needRoom } from '../base/foreign-error.ts'
import type { SqliteError } from '../base/error.ts'

/** Between two attempts at a lock, in ms, at most. */
const longestPauseMs = 5
/** How long an attempt stands in the queue of writers. */
const standMs = 2

/** Write transactions on files that are open in this thread, whoever's. */
export const writersHere: { count: number } = { count: 0 }

/**
 * Commits of this thread that have the writer's lock while another thread syncs, and go on when the event loop has its turn
 * (`api/connection/held-commit.ts`).
 */
export const heldHere: Set<{ end(): void }> = new Set()

/** Before this thread sleeps until it has a lock: who holds it must not be one who waits for this thread. */
export function endHeldCommits(): void {
  if (heldHere.size === 0) return
  needRoom()
  for (const held of heldHere) held.end()
}

/** One for all databases of a connection. */
export class LockWait {
  /** The event loop has turns in between: nothing is to take long at once. */
  yieldsToLoop = false
  /** An attempt is being made by one who waits outside. */
  isOutside = false
  /** How long he is going to wait; 0: this is his last attempt. */
  leftMs = 0
  /** Attempts before this one. */
  turn = 0
  /** What the last one who is to ask again was told. Known by its identity: the same sentence may come from anywhere. */
  refusal: SqliteError = busy()
  /** For what he has waited since, where that is told of. */
  waiting: { readonly database: ToldDatabase; readonly watch: Stopwatch } | null = null
  /** What he may wait in between. */
  longestPauseMs: number = longestPauseMs

  enter(leftMs: number, turn: number): void {
    // Who was to ask again has given it up.
    if (turn === 0) this.waiting = null
    this.isOutside = true
    this.leftMs = leftMs
    this.turn = turn
  }

  /** How long to sleep for what has no queue. */
  sleepMs(timeoutMs: number): number {
    return this.isOutside ? 0 : timeoutMs
  }

  /** How long to stand in the queue of writers. */
  queueMs(timeoutMs: number): number {
    if (!this.isOutside) return timeoutMs
    return writersHere.count === 0 ? Math.min(this.leftMs, standMs) : 0
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
