/**
 * A transaction: one connection, from BEGIN to COMMIT or ROLLBACK, or from a savepoint to its release. Its calls are done one after the other, and
 * those of a transaction inside it come between them as a whole.
 *
 * Nothing here refers to the callback or to its promise. So a callback that can never end is found by the garbage collector, and the
 * transaction is taken back (`transactions.ts`).
 */
import { monotonicMs } from '../../../base/clock.ts'
import { sqlError } from '../../../base/error.ts'
import { quoteName } from '../../../sql/index.ts'
import type { Connection } from '../../connection/connection.ts'
import type { BeginMode } from '../../connection/session.ts'
import { toldAs } from '../../statement/told-statement.ts'
import { unstoppable, type Cancellation } from './cancellation.ts'
import type { Lane } from './lane.ts'
import { Line, type Holder } from './line.ts'
import type { PoolState } from './pool-state.ts'
import type { Need, Owned, Scope } from './scope.ts'
import type { Settings } from './settings.ts'

/** How a transaction begins. (Transactions §2.2) */
export type TransactionMode = 'deferred' | 'immediate' | 'exclusive'

export class TransactionScope implements Scope, Holder {
  readonly pool: PoolState
  readonly settings: Settings
  readonly cancellation: Cancellation
  readonly sharesConnection = true
  readonly #owned: Owned
  readonly #line: Line<Lane>
  readonly #name: string
  /** Of the savepoint; null: it is a transaction of its own. */
  readonly #savepoint: string | null
  readonly #since = monotonicMs()
  /** Takes calls. */
  isOpen = true
  #atWork = 0
  #idleSince = monotonicMs()
  #inner: TransactionScope | null = null
  /** End what is open on its connection. */
  readonly #enders = new Set<(error: unknown) => void>()

  /**
   * @param name as people are told of it
   * @param savepoint null: it is to begin by BEGIN
   */
  constructor(
    { pool, settings }: Scope,
    owned: Owned,
    cancellation: Cancellation,
    name: string,
    savepoint: string | null,
  ) {
    this.pool = pool
    this.settings = settings
    this.#owned = owned
    this.cancellation = cancellation
    this.#name = name
    this.#savepoint = savepoint
    const { connection } = owned.lane
    const patienceMs = (): number => connection.pager.busyTimeoutMs
    this.#line = new Line(1, () => owned.lane, patienceMs)
  }

  get idleSince(): number {
    if (this.#inner !== null) return this.#inner.idleSince
    return this.#atWork === 0 ? this.#idleSince : 0
  }

  describe(): string {
    const seconds = ((monotonicMs() - this.#since) / 1000).toFixed(1)
    return `The transaction ${this.#name}, open for ${seconds} s,`
  }

  check(): void {
    if (!this.isOpen) throw completed()
    this.#checkThere()
  }

  #checkThere(): void {
    this.cancellation.check()
    if (!this.#isThere) {
      throw new TypeError('The transaction has already completed: an error has rolled it back')
    }
  }

  get #isThere(): boolean {
    const { connection } = this.#owned.lane
    return connection.isOpen && connection.inTransaction
  }

  /** Begins it, before it takes any calls. */
  async begin(mode: TransactionMode, cancellation: Cancellation): Promise<void> {
    const { lane, line } = this.#owned
    const { connection } = lane
    await lane.begin(cancellation, () => {
      connection.checkOpen()
      const savepoint = this.#savepoint
      if (savepoint === null) {
        const beginMode = mode.toUpperCase() as BeginMode
        toldAs(connection, `BEGIN ${beginMode}`, () => connection.begin(beginMode))
      } else {
        toldAs(connection, `SAVEPOINT ${quoteName(savepoint)}`, () =>
          connection.savepoint(savepoint),
        )
      }
    })
    line.holder = this
  }

  async withLane<Result>(
    _need: Need,
    cancellation: Cancellation,
    body: (lane: Lane, reads: boolean) => Result | Promise<Result>,
  ): Promise<Result> {
    this.check()
    cancellation.check()
    this.#atWork++
    try {
      const lane = await this.#line.take(cancellation)
      try {
        this.#checkThere()
        this.settings.tell(lane)
        const result = body(lane, false)
        return result instanceof Promise ? await result : result
      } finally {
        this.#line.give(lane)
      }
    } finally {
      this.#rests()
    }
  }

  #rests(): void {
    if (--this.#atWork === 0) this.#idleSince = monotonicMs()
  }

  async own(_need: Need, cancellation: Cancellation): Promise<Owned> {
    this.check()
    cancellation.check()
    this.#atWork++
    const line = this.#line
    try {
      const lane = await line.take(cancellation)
      const give = (): void => {
        this.#inner = null
        line.give(lane)
        this.#rests()
      }
      return { lane, line, give }
    } catch (error) {
      this.#rests()
      throw error
    }
  }

  /** A transaction inside this one has begun. */
  entered(inner: TransactionScope): void {
    this.#inner = inner
  }

  endsBy(end: (error: unknown) => void): () => void {
    this.#enders.add(end)
    return () => void this.#enders.delete(end)
  }

  /** No more calls; when those that there are have ended, what they have done stands. */
  async commit(): Promise<void> {
    const lane = await this.#alone()
    try {
      const { connection } = lane
      if (!this.#isThere) throw sqlError('cannot commit - no transaction is active')
      // From here on it is too late to be stopped.
      await lane.patience.begin(() => {
        if (this.#savepoint === null) toldAs(connection, 'COMMIT', () => connection.commit())
        else this.#release(connection, this.#savepoint)
      })
    } catch (error) {
      this.#takeBack()
      throw error
    } finally {
      this.#end()
    }
  }

  /** No more calls; when those that there are have ended, all is taken back. */
  async rollback(): Promise<void> {
    await this.#alone()
    try {
      this.#takeBack()
    } finally {
      this.#end()
    }
  }

  /** Stands in line behind all calls, and ends what is left open. */
  async #alone(): Promise<Lane> {
    this.isOpen = false
    const lane = await this.#line.take(unstoppable)
    for (const end of this.#enders) end(completed())
    return lane
  }

  #takeBack(): void {
    const { connection } = this.#owned.lane
    // An error may have ended it (ON CONFLICT ROLLBACK, a full disk).
    if (!this.#isThere) return
    const savepoint = this.#savepoint
    if (savepoint === null) {
      toldAs(connection, 'ROLLBACK', () => connection.rollbackTransaction())
      return
    }
    toldAs(connection, `ROLLBACK TO ${quoteName(savepoint)}`, () =>
      connection.rollbackTo(savepoint),
    )
    this.#release(connection, savepoint)
  }

  #release(connection: Connection, savepoint: string): void {
    toldAs(connection, `RELEASE ${quoteName(savepoint)}`, () => connection.release(savepoint))
  }

  #end(): void {
    this.#owned.line.holder = null
    this.#owned.give()
  }
}

function completed(): TypeError {
  return new TypeError('The transaction has already completed')
}

/** Of savepoints of nested transactions. */
export function savepointName(number: number): string {
  return `chorusdb transaction ${number}`
}
