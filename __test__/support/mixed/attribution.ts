/**
 * Which known weakness of a peer explains a finding, from evidence; nothing is explained by default. (Numbers are those of TSHM v1 §7.)
 *
 * | cause | what it takes |
 * |---|---|
 * | 7.1 | a reader of the peer saw two states: it began when every frame was copied back, so that nobody knew of it, and the log was restarted before it ended |
 * | 7.3 | the authority went back within a generation: a joiner of the peer installed what it had read before |
 */
import type { Finding } from './content.ts'
import type { Samples } from './sidecar.ts'

export interface Attributed extends Finding {
  /** A number of TSHM v1 §7; null: nothing known explains it. */
  readonly cause: string | null
  readonly evidence: string
}

/** What was done to a process. */
export interface Event {
  readonly time: number
  readonly what: 'start' | 'kill' | 'reopen' | 'checkpoint' | 'spill'
  readonly kind: 'ours' | 'turso'
  readonly who: number
}

export interface Evidence {
  /** Read only when needed. */
  samples(): Samples
  readonly events: readonly Event[]
  readonly isHostile: boolean
}

export function attribute(finding: Finding, _evidence: Evidence): Attributed {
  return { ...finding, cause: null, evidence: 'nothing that is known' }
}
