/** What is the same for all calls on a pool: its options, what is interrupted, how many are at work, and whether it is open. */
import type { OpenOptions } from '../../open/options.ts'
import type { Integers } from '../../connection/session.ts'
import { Interrupts } from './cancellation.ts'
import { Verdicts } from './verdict.ts'

export interface PoolLimits {
  /** Connections that read, at most. */
  readonly readers: number
  /** Milliseconds after which a call is stopped that does not say otherwise; 0: never. */
  readonly queryTimeoutMs: number
  /** The same for transactions. */
  readonly transactionTimeoutMs: number
  /** A transaction that is open for longer is reported; 0: none is. */
  readonly transactionWarningMs: number
}

export class PoolState {
  readonly request: OpenOptions
  readonly limits: PoolLimits
  readonly interrupts: Interrupts = new Interrupts()
  readonly verdicts: Verdicts = new Verdicts()
  /** INTEGERs of statements that are prepared from now on. */
  integers: Integers
  /** Takes calls. */
  isOpen = true
  /** Calls, transactions and open iterators. */
  #atWork = 0
  readonly #owner: WeakRef<object>
  /** The application may let go of it while it is at work. */
  kept: object | undefined = undefined
  #whenIdle: (() => void)[] = []

  /** @param owner what the application holds of the pool */
  constructor(request: OpenOptions, limits: PoolLimits, owner: object) {
    this.request = request
    this.limits = limits
    this.integers = request.values.integers
    this.#owner = new WeakRef(owner)
  }

  get owner(): object | undefined {
    return this.#owner.deref()
  }

  get isIdle(): boolean {
    return this.#atWork === 0
  }

  begins(): void {
    if (this.#atWork++ === 0) this.kept = this.#owner.deref()
  }

  ends(): void {
    if (--this.#atWork > 0) return
    this.kept = undefined
    const waiting = this.#whenIdle
    this.#whenIdle = []
    for (const tell of waiting) tell()
  }

  /** When nothing is at work, which may be never. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }
}

export function notOpen(): TypeError {
  return new TypeError('The database connection is not open')
}
