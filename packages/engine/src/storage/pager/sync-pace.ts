/**
 * Whether it is worth while to have another thread do the sync of a small commit. To hand it over, and to come back in a later turn of the event loop, takes some 100 µs: as long as a
 * good disk takes for the sync. So where the latest ones were short the next one is done at once. One that has held the thread up for longer is a reason to hand over many before
 * that is tried again, and more each time.
 */

/** Syncs that take so long on the average may be waited for, in ms. */
const shortMs = 0.5
/** Each of them counts for this part of the average. */
const share = 1 / 16
/** The average before anything is known. */
const unknownMs = 4

/** What nobody is to wait for, in ms. */
const longMs = 5
/** How many are handed over when somebody has: at first, and at most. */
const leastAvoided = 64
const mostAvoided = 65_536

/** Pages that are written quickly. */
const fewPages = 32

export class SyncPace {
  #averageMs = unknownMs
  /** So many are handed over, whatever the average is. */
  #avoided = 0
  #penalty = leastAvoided

  /** The sync of a commit of so many pages is done at once. */
  isAtOnce(pageCount: number): boolean {
    return this.#avoided === 0 && this.#averageMs <= shortMs && pageCount <= fewPages
  }

  /** @param ms from where its pages were written to its end. @param wasAtOnce the thread has waited for it */
  note(ms: number, wasAtOnce: boolean): void {
    this.#averageMs += share * (ms - this.#averageMs)
    if (this.#avoided > 0) this.#avoided--
    if (!wasAtOnce || ms < longMs) return
    this.#avoided = this.#penalty
    this.#penalty = Math.min(mostAvoided, 2 * this.#penalty)
  }
}
