/**
 * One step of a freshness run: plain data, so that a run can be written down, replayed, and made shorter.
 *
 * A step says what a connection is to do, not what comes of it: that is the model's to know. A step that makes no sense where it stands
 * (COMMIT outside a transaction) is left out, so that any part of a list of steps is a list of steps.
 */

export type ReadKind =
  | 'total'
  | 'row'
  | 'scan'
  | 'last'
  | 'index'
  | 'count'
  | 'schema'
  | 'mark'
  | 'moved'
  | 'check'
export type WriteKind =
  | 'insert'
  | 'replace'
  | 'update'
  | 'range'
  | 'shift'
  | 'delete'
  | 'clear'
  | 'copy'
  | 'mark'
  | 'table'
  | 'index'
export type CheckpointName = 'PASSIVE' | 'FULL' | 'RESTART' | 'TRUNCATE' | 'NOOP'

type Deed =
  | { readonly do: 'read'; readonly what: ReadKind; readonly a: number }
  | {
      readonly do: 'write'
      readonly what: WriteKind
      readonly a: number
      readonly b: number
      readonly size: number
    }
  | { readonly do: 'begin'; readonly mode: 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE' }
  | { readonly do: 'commit' | 'rollback' }
  | { readonly do: 'savepoint' | 'release' | 'back'; readonly name: string }
  /** Compiles a statement, new each time, and runs it where it reads nothing. */
  | { readonly do: 'compile'; readonly number: number }
  /** A scan row by row, which is left open. */
  | { readonly do: 'iterate' }
  | { readonly do: 'next'; readonly count: number }
  | { readonly do: 'leave' }
  | { readonly do: 'checkpoint'; readonly mode: CheckpointName }
  | { readonly do: 'set'; readonly name: string; readonly value: number }
  | { readonly do: 'reopen' }
  /** The connection is gone in the middle of what it did, and is opened anew. */
  | { readonly do: 'kill' }

export type Step = Deed & {
  readonly who: number
  /** The so many-th call of the seam fails while this step runs. */
  readonly fault?: number
  /** The file is elsewhere while this step runs. */
  readonly outage?: Outage
}
export type Outage = 'wal' | 'tshm' | 'folder'

/** `1 write insert 5 3 40`: for people. */
export function describeStep(step: Step): string {
  const { who, do: deed, ...rest } = step
  const words = Object.entries(rest).map(([name, value]) =>
    name === 'fault' || name === 'outage' ? `(${name} ${value})` : String(value),
  )
  return [who, deed, ...words].join(' ')
}
