/**
 * When a call is to stop: its signal is aborted, its time is up, `interrupt()` was called, or the transaction that it belongs to has to stop.
 *
 * A call that runs asks between its slices (`reason`), and one that waits is told (`watch`); so a call that is done at once needs neither a
 * timer nor a listener. What is thrown is the signal's own reason; else SQLITE_INTERRUPT, as `sqlite3_interrupt` has it.
 */
import { monotonicMs } from '../../../base/clock.ts'
import { SqliteError } from '../../../base/error.ts'

/** Of a pool: `interrupt()` stops what has been called before it. */
export class Interrupts {
  /** How often it was called. */
  count = 0
  readonly #waiting = new Set<() => void>()

  /** Stops all. */
  interrupt(): void {
    this.count++
    // What is stopped takes itself out.
    for (const stop of this.#waiting) stop()
  }

  add(stop: () => void): void {
    this.#waiting.add(stop)
  }

  delete(stop: () => void): void {
    this.#waiting.delete(stop)
  }
}

/** What a call is to be stopped with. */
export interface Stop {
  readonly error: unknown
}

/** What one call may say of its own end. */
export interface CallOptions {
  /** Stops the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Stops the call after so many ms, waiting included; it rejects with SQLITE_INTERRUPT. 0: never. */
  readonly queryTimeout?: number | undefined
  /** The same as `queryTimeout`. */
  readonly timeout?: number | undefined
}

export function interrupted(cause?: string): SqliteError {
  return new SqliteError('interrupted', 'SQLITE_INTERRUPT', cause === undefined ? {} : { cause })
}

/** The longest that a timer of Node's waits. */
const longestTimerMs = 0x7fff_ffff

export class Cancellation {
  readonly #signal: AbortSignal | null
  /** null: it cannot be interrupted. */
  readonly #interrupts: Interrupts | null
  readonly #interruptCount: number
  readonly #limitMs: number
  /** In `monotonicMs()`; Infinity: none. */
  readonly #deadline: number
  /** Of the transaction that it is a part of. */
  readonly #outer: Cancellation | null
  /** Set by `stop`. */
  #stopped: Stop | null = null
  readonly #watchers = new Set<() => void>()

  /** @param limitMs 0: none */
  constructor(
    signal: AbortSignal | null,
    limitMs: number,
    interrupts: Interrupts | null,
    outer: Cancellation | null = null,
  ) {
    this.#signal = signal
    this.#interrupts = interrupts
    this.#interruptCount = interrupts === null ? 0 : interrupts.count
    this.#limitMs = limitMs
    this.#deadline = limitMs === 0 ? Infinity : monotonicMs() + limitMs
    this.#outer = outer
  }

  /** Stops what it is given to, with this error. */
  stop(error: unknown): void {
    this.#stopped ??= { error }
    for (const watcher of this.#watchers) watcher()
  }

  /** null: it goes on. */
  reason(): Stop | null {
    if (this.#stopped !== null) return this.#stopped
    if (this.#signal?.aborted === true) return { error: this.#signal.reason }
    const interrupts = this.#interrupts
    if (interrupts !== null && interrupts.count !== this.#interruptCount)
      return { error: interrupted() }
    if (this.#deadline !== Infinity && monotonicMs() >= this.#deadline) {
      return { error: interrupted(`its ${this.#limitMs} ms were up`) }
    }
    return this.#outer === null ? null : this.#outer.reason()
  }

  /** @throws what it is stopped with */
  check(): void {
    const stop = this.reason()
    if (stop !== null) throw stop.error
  }

  /** Calls `stop` when there is a reason, at least once. @returns what ends that */
  watch(stop: () => void): () => void {
    const told = (): void => {
      if (this.reason() !== null) stop()
    }
    const ends: (() => void)[] = []
    this.#watchers.add(told)
    ends.push(() => this.#watchers.delete(told))
    const interrupts = this.#interrupts
    if (interrupts !== null) {
      interrupts.add(told)
      ends.push(() => interrupts.delete(told))
    }
    const signal = this.#signal
    if (signal !== null) ends.push(listen(signal, told))
    if (this.#deadline !== Infinity) ends.push(timer(this.#deadline, told))
    if (this.#outer !== null) ends.push(this.#outer.watch(told))
    return () => {
      for (const end of ends) end()
    }
  }
}

/** Who listens to a signal. However many calls have the same one, it has one listener: Node warns of more than ten. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>()

function listen(signal: AbortSignal, told: () => void): () => void {
  let all = listeners.get(signal)
  if (all === undefined) {
    all = new Set()
    listeners.set(signal, all)
  }
  const everybody = all
  if (everybody.size === 0) signal.addEventListener('abort', tellAll)
  everybody.add(told)
  return () => {
    everybody.delete(told)
    if (everybody.size === 0) signal.removeEventListener('abort', tellAll)
  }
}

function tellAll(this: AbortSignal): void {
  for (const told of listeners.get(this) ?? []) told()
}

/** Nothing stops it. */
export const unstoppable: Cancellation = new Cancellation(null, 0, null)

/** Timers may come a little early. */
function timer(deadline: number, told: () => void): () => void {
  let handle: NodeJS.Timeout
  const set = (): void => {
    const leftMs = Math.max(1, Math.ceil(deadline - monotonicMs()))
    handle = setTimeout(ring, Math.min(longestTimerMs, leftMs))
  }
  const ring = (): void => {
    if (monotonicMs() >= deadline) told()
    else set()
  }
  set()
  return () => clearTimeout(handle)
}
