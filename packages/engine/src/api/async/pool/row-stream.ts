/**
 * The rows of a query, one by one. On a pool they have a connection of their own until they end, and with it their snapshot. In a transaction,
 * and where there is one connection for everything, they take their turn with each row: other statements may run between two of them, and see and
 * change what SQLite lets them. What changes rows has changed all of them before the first one is delivered.
 */
import { OpenRows } from '../open-rows.ts'
import { ColumnIntegers } from '../../sync/column-integers.ts'
import { isBusy } from '../../connection/failures.ts'
import type { PlannedCall } from './calls.ts'
import type { Cancellation, Stop } from './cancellation.ts'
import { execute, returnsNothing, stopIfCancelled } from './execution.ts'
import type { Lane } from './lane.ts'
import type { Owned, Scope } from './scope.ts'

/** There are no more. */
export const noMore: unique symbol = Symbol('no more rows')

/** Rows that are there, and are handed out. */
class Buffered {
  readonly #rows: readonly unknown[]
  #at = 0

  constructor(rows: readonly unknown[]) {
    this.#rows = rows
  }

  next(): unknown {
    return this.#at < this.#rows.length ? this.#rows[this.#at++] : noMore
  }
}

export class RowStream {
  readonly #scope: Scope
  readonly #call: PlannedCall
  readonly #unlist: () => void
  readonly #unwatch: () => void
  readonly #isShared: boolean
  readonly #calls: Set<Cancellation> | null
  #owned: Owned | null = null
  #buffer: Buffered | null = null
  #rows: OpenRows | null = null
  #shape: ((row: unknown) => unknown) | null = null
  #isRunning = false
  #isOver = false
  /** What it was ended with; it is told once. */
  #failure: Stop | null = null

  /** @param calls those of its statement that are under way, this one among them */
  constructor(call: PlannedCall, calls: Set<Cancellation> | null) {
    const { scope, cancellation } = call
    this.#scope = scope
    this.#call = call
    this.#calls = calls
    this.#isShared = scope.sharesConnection
    calls?.add(cancellation)
    this.#unlist = scope.endsBy((error) => this.#fail(error))
    this.#unwatch = cancellation.watch(() => this.#fail(cancellation.reason()!.error))
  }

  /** A row, or `noMore`. */
  async next(): Promise<unknown> {
    if (this.#failure !== null) throw this.#tellFailure()
    if (this.#isOver) return noMore
    this.#isRunning = true
    try {
      const row = await this.#next()
      if (row === noMore) this.#isOver = true
      return row
    } catch (error) {
      this.#isOver = true
      this.#failure = null
      throw error
    } finally {
      this.#isRunning = false
      if (this.#failure !== null || this.#isOver) this.#release()
    }
  }

  #tellFailure(): unknown {
    const { error } = this.#failure!
    this.#failure = null
    return error
  }

  #next(): unknown {
    if (this.#buffer !== null) return this.#buffer.next()
    const { verdict, cancellation } = this.#call
    if (!verdict.reads) return this.#readAll()
    if (!this.#isShared) return this.#nextOfOwn()
    return this.#scope.withLane('stream', cancellation, (lane) => this.#step(lane))
  }

  async #nextOfOwn(): Promise<unknown> {
    this.#owned ??= await this.#scope.own('stream', this.#call.cancellation)
    return this.#step(this.#owned.lane)
  }

  async #readAll(): Promise<unknown> {
    const { order, cancellation } = this.#call
    const rows = await this.#scope.withLane('write', cancellation, (lane, reads) =>
      execute(lane, { ...order, wants: 'all' }, cancellation, reads),
    )
    this.#buffer = new Buffered(rows as readonly unknown[])
    return this.#buffer.next()
  }

  async #step(lane: Lane): Promise<unknown> {
    const { cancellation } = this.#call
    const rows = (this.#rows ??= await this.#open(lane))
    const { slice } = lane.connection.context
    for (;;) {
      const { value, done } = rows.next()
      if (done === true) return noMore
      if (value !== slice) return this.#shape === null ? value : this.#shape(value)
      await rows.pause()
      stopIfCancelled(lane, rows, cancellation)
    }
  }

  async #open(lane: Lane): Promise<OpenRows> {
    const { order, cancellation } = this.#call
    const { sql, mode, columnIntegers, integers } = order
    const { connection, patience } = lane
    return lane.begin(cancellation, () => {
      connection.checkOpen()
      const prepared = connection.prepare(sql)
      const values = order.values()
      if (!prepared.hasRows) throw returnsNothing()
      // By its text it reads.
      if (prepared.writes) throw isBusy()
      if (columnIntegers !== null) {
        this.#shape = new ColumnIntegers(prepared, columnIntegers, integers).shaper(mode)
      }
      const shape = { mode, integers: columnIntegers === null ? integers : 'bigint' } as const
      return new OpenRows(connection, prepared, values, patience, false, shape)
    })
  }

  /** Ends it before the last row. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#isRunning) this.#release()
  }

  #fail(error: unknown): void {
    if (this.#isOver || this.#failure !== null) return
    this.#failure = { error }
    if (!this.#isRunning) this.#release()
  }

  #release(): void {
    this.#unlist()
    this.#unwatch()
    this.#calls?.delete(this.#call.cancellation)
    this.#isOver = true
    const rows = this.#rows
    const owned = this.#owned
    this.#rows = null
    this.#owned = null
    try {
      rows?.return()
    } finally {
      owned?.give()
    }
  }
}
