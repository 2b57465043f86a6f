/**
 * Waiting for a lock, with a limit.
 *
 * A short sleep first, since most locks are held for microseconds, then longer ones with some
 * randomness, so that several waiters do not keep meeting. `Atomics.wait` sleeps in the kernel:
 * nobody spins. The time limit is kept to the millisecond; 0 answers at once.
 */
import { monotonicMs } from '../base/clock.ts'
const firstSleepMs = 0.05
const longestSleepMs = 2

const sleepCell = new Int32Array(new SharedArrayBuffer(4))

/** Sleeps the thread. */
export function sleep(ms: number): void {
  Atomics.wait(sleepCell, 0, 0, ms)
}

/** One wait for one lock: ask `wait` after each failed attempt. */
export class BusyHandler {
  #deadline: number
  #sleepMs = firstSleepMs

  /** @param since when the time began to run */
  constructor(timeoutMs: number, since?: number) {
    this.#deadline = timeoutMs > 0 ? (since ?? monotonicMs()) + timeoutMs : 0
  }

  /** Milliseconds left of the timeout. */
  get leftMs(): number {
    return this.#deadline === 0 ? 0 : Math.max(0, this.#deadline - monotonicMs())
  }

  /** Sleeps a little and answers true: try again. False: the time is up. */
  wait(): boolean {
    if (this.#deadline === 0) return false
    const left = this.#deadline - monotonicMs()
    if (left <= 0) return false
    sleep(Math.min(left, this.#sleepMs * (0.75 + Math.random() / 2)))
    this.#sleepMs = Math.min(longestSleepMs, this.#sleepMs * 1.5)
    return true
  }
}
