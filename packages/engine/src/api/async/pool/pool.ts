/**
 * The connections behind `connect()`, and who gets which.
 *
 * | line | connections | for |
 * |---|---|---|
 * | writers | one | what writes, one after the other, and transactions, until they end |
 * | readers | a few, opened when they are wanted | what reads, for one call |
 * | streams | more, opened when they are wanted | rows one by one, and DEFERRED transactions |
 *
 * A read begins on the newest snapshot, so it sees every write that has been acknowledged. The writer alone does everything where the others
 * would not see the same: in a database in memory, and while there are temporary objects or attached databases.
 */
import { cannotOpen } from '../../../base/error.ts'
import { closesWith } from '../../connection/at-exit.ts'
import { eventLoop } from '../turns.ts'
import { interrupted, unstoppable, type Cancellation } from './cancellation.ts'
import type { OpenOptions } from '../../open/options.ts'
import type { Definition } from '../../sync/definitions.ts'
import { belongsToWriter } from './execution.ts'
import { Lane } from './lane.ts'
import { Line } from './line.ts'
import { notOpen, type PoolState } from './pool-state.ts'
import type { Need, Owned, Scope } from './scope.ts'
import { Settings } from './settings.ts'

/** Connections that stream rows at once. */
const mostStreams = 32
/** Of them those that are kept open for the next. */
const keptStreams = 1

export class Pool implements Scope {
  readonly pool: PoolState
  readonly settings: Settings = new Settings()
  readonly cancellation = null
  readonly writer: Lane
  readonly #lanes: Set<Lane> = new Set()
  readonly #writers: Line<Lane>
  readonly #readers: Line<Lane>
  readonly #streams: Line<Lane>
  #isCheckpointing = false
  /** What is to be ended by `close` when it has waited long enough. */
  readonly #enders: Set<(error: unknown) => void> = new Set()

  constructor(state: PoolState) {
    this.pool = state
    this.writer = this.#open(state.request)
    const { connection } = this.writer
    const patienceMs = (): number => connection.pager.busyTimeoutMs
    const open = (): Lane => this.#openAnother()
    this.#writers = new Line(1, () => this.writer, patienceMs)
    this.#readers = new Line(state.limits.readers, open, patienceMs)
    this.#streams = new Line(mostStreams, open, patienceMs)
  }

  /** A further connection, to the file that the writer has open: wherever that is by now, and to none that is in its place. */
  #openAnother(): Lane {
    const { pager } = this.writer.connection
    const { path } = pager
    const lane = this.#open({ ...this.pool.request, path, create: false })
    if (pager.hasFileOf(lane.connection.pager)) return lane
    this.#lanes.delete(lane)
    lane.close()
    throw cannotOpen(`Another file is in the place of '${path}', which is open`)
  }

  #open(request: OpenOptions): Lane {
    const lane = new Lane(request)
    const { owner } = this.pool
    if (owner !== undefined) closesWith(owner, lane.connection)
    lane.connection.pager.autoCheckpoint.later = (quota) => this.#checkpointLater(quota)
    this.#lanes.add(lane)
    return lane
  }

  /** A commit has made the log long enough: it is copied back beside the next ones, with the event loop's turns in between. */
  #checkpointLater(quota: number): void {
    if (this.#isCheckpointing) return
    this.#isCheckpointing = true
    setImmediate(() => void this.#checkpoint(quota))
  }

  async #checkpoint(quota: number): Promise<void> {
    try {
      const { lane, give } = await this.own('stream', unstoppable)
      try {
        const steps = lane.connection.pager.checkpointInSteps(quota, 'commit')
        while (steps.next().done !== true) await eventLoop()
      } finally {
        give()
      }
    } catch {
      // As after any commit: a later one meets the same trouble, and PRAGMA wal_checkpoint reports it.
    } finally {
      this.#isCheckpointing = false
    }
  }

  /** The writer does everything. */
  get sharesConnection(): boolean {
    const { connection } = this.writer
    return connection.isMemory || !connection.isSingle
  }

  check(): void {
    if (!this.pool.isOpen) throw notOpen()
  }

  /** A function, an aggregate, a collation or a table of the application's, on all connections. */
  define(definition: Definition): void {
    const { writer } = this
    const isAtWork = !this.#writers.isFree && writer.connection.iterators > 0
    if (!isAtWork) definition(writer.core)
    this.settings.define(definition, isAtWork ? null : writer)
  }

  /** A connection that has been taken learns what the pool has heard, and what was changed last. */
  #prepare(lane: Lane): void {
    this.settings.tell(lane)
    if (lane === this.writer) return
    const { context } = lane.connection
    const latest = this.writer.connection.context
    context.changes = latest.changes
    context.totalChanges = latest.totalChanges
    context.lastInsertRowid = latest.lastInsertRowid
  }

  #lineFor(need: Need): Line<Lane> {
    if (need === 'write' || this.sharesConnection) return this.#writers
    return need === 'read' ? this.#readers : this.#streams
  }

  async withLane<Result>(
    need: Need,
    cancellation: Cancellation,
    body: (lane: Lane, reads: boolean) => Result | Promise<Result>,
  ): Promise<Result> {
    this.check()
    cancellation.check()
    const { pool } = this
    const line = this.#lineFor(need)
    pool.begins()
    try {
      const taken = line.take(cancellation)
      const lane = taken instanceof Promise ? await taken : taken
      try {
        this.#prepare(lane)
        const result = body(lane, line !== this.#writers)
        const answer = result instanceof Promise ? await result : result
        if (lane.connection.inTransaction) throw leftOpen()
        return answer
      } finally {
        // What has failed behind its commit.
        const { heldCommit } = lane.connection
        if (heldCommit !== null) await heldCommit.over
        if (lane.connection.inTransaction) lane.connection.rollbackTransaction()
        this.#giveBack(lane, line)
      }
    } catch (error) {
      if (error !== belongsToWriter) throw error
    } finally {
      pool.ends()
    }
    return this.withLane('write', cancellation, body)
  }

  async own(need: Need, cancellation: Cancellation): Promise<Owned> {
    this.check()
    cancellation.check()
    const line = this.#lineFor(need)
    this.pool.begins()
    try {
      const taken = line.take(cancellation)
      const lane = taken instanceof Promise ? await taken : taken
      try {
        this.#prepare(lane)
      } catch (error) {
        this.#giveBack(lane, line)
        throw error
      }
      const give = (): void => {
        this.#giveBack(lane, line)
        this.pool.ends()
      }
      return { lane, line, give }
    } catch (error) {
      this.pool.ends()
      throw error
    }
  }

  #giveBack(lane: Lane, line: Line<Lane>): void {
    line.give(lane)
    if (line !== this.#streams) return
    for (const spare of line.takeSpare(keptStreams)) {
      this.#lanes.delete(spare)
      spare.close()
    }
  }

  endsBy(end: (error: unknown) => void): () => void {
    this.#enders.add(end)
    return () => void this.#enders.delete(end)
  }

  /**
   * Takes no more calls, waits for those that there are, and closes all connections.
   * @param patienceMs then what is left is stopped
   */
  async close(patienceMs: number): Promise<void> {
    const { pool } = this
    pool.isOpen = false
    if (!pool.isIdle) {
      const timer = setTimeout(() => this.#stopAll(), patienceMs)
      await pool.whenIdle()
      clearTimeout(timer)
    }
    // What is open between two calls, on the connection that all share.
    for (const end of this.#enders) end(notOpen())
    const failures: unknown[] = []
    // The writer last: who closes a file last copies its log back.
    for (const lane of [...this.#lanes].toReversed()) {
      try {
        lane.close()
      } catch (error) {
        failures.push(error)
      }
    }
    this.#lanes.clear()
    if (failures.length > 0) throw failures[0] as Error
  }

  #stopAll(): void {
    for (const end of this.#enders) end(interrupted('the database is being closed'))
    this.pool.interrupts.interrupt()
  }
}

/** The next call is anybody's. */
function leftOpen(): TypeError {
  return new TypeError(
    'A transaction that is begun by SQL has to end within the same call; it was rolled back. Use transactionAsync()',
  )
}
