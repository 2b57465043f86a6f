/** How emitted code calls a partition of rows under window functions. */
import type { BoundExpression, WindowNode } from '../../plan/index.ts'
import type { Generation } from '../source/generation.ts'

/** The names of one partition in emitted code, and how its rows are read. */
export interface Partition {
  readonly generation: Generation
  readonly node: WindowNode
  /** The rows: `at(place)`. */
  readonly rows: string
  readonly count: string
  /** The place of the current row, and the row. */
  readonly place: string
  readonly row: string
  /** Where the peers of the current row begin and end, and the number of their group from 1. */
  readonly peersStart: string
  readonly peersEnd: string
  readonly group: string
  /** Runs `body` with the input's sources bound to another row. */
  readonly withRow: (row: string, body: () => void) => void
  /** The value of an expression in a row. */
  readonly read: (row: string, expression: BoundExpression) => string
  /** Whether two rows are peers. */
  readonly arePeers: (a: string, b: string) => string
}
