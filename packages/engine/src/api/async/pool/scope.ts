/** Where calls run: on the connections of a pool, or on the one of a transaction. */
import type { Settings } from './settings.ts'
import type { Cancellation } from './cancellation.ts'
import type { Lane } from './lane.ts'
import type { Line } from './line.ts'
import type { PoolState } from './pool-state.ts'

/**
 * What a call wants to do: `read`; `write`; or read for as long as it likes, beside others (`stream`).
 */
export type Need = 'read' | 'write' | 'stream'

/** A connection that somebody has for several calls. */
export interface Owned {
  readonly lane: Lane
  /** Where others wait for it. */
  readonly line: Line<Lane>
  /** Others may have it again. */
  give(): void
}

export interface Scope {
  readonly pool: PoolState
  readonly settings: Settings
  /** That of the transaction; null: there is none. */
  readonly cancellation: Cancellation | null
  /** Whether the rows of a query are read beside other calls on the same connection. */
  readonly sharesConnection: boolean
  /** @throws TypeError where it takes no calls any more */
  check(): void
  /** A connection for one call: `body` gets it, and whether it may only read there. Rejects with what `body` throws, and what cancels the call. */
  withLane<Result>(
    need: Need,
    cancellation: Cancellation,
    body: (lane: Lane, reads: boolean) => Result | Promise<Result>,
  ): Promise<Result>
  /** `end` ends something that is open on a connection, when that has to be. @returns what takes it back */
  endsBy(end: (error: unknown) => void): () => void
  /** A connection until it is given back. */
  own(need: Need, cancellation: Cancellation): Promise<Owned>
}
