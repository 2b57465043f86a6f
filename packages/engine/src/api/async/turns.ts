/**
 * What a connection does is done in the order of the calls, one after the other, also where one of them gives the event loop its turn in
 * the middle of its work.
 */
export class Turns {
  #isTaken = false
  readonly #waiting: (() => void)[] = []

  /** Takes the turn: at once (null), or when those that came before have given it back. */
  take(): Promise<void> | null {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    return null
  }

  /** Gives it back, to the one that has waited longest. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isTaken = false
    else next()
  }

  /** The same, but who has waited begins after the answer has been told: answers come in the order of the calls too. */
  giveLater(): void {
    if (this.#waiting.length === 0) this.#isTaken = false
    else setImmediate(() => this.give())
  }
}

/** The event loop does what else there is to do: timers, sockets, promises. */
export function eventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The same, for so many milliseconds. */
export function eventLoopFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
