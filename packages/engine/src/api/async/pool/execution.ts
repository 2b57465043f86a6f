/**
 * One statement on one connection: at once, or in slices where it may run for long, with the event loop's turn between them. A statement that
 * is cancelled between two slices is taken back, and nothing else: a transaction that it is a part of goes on.
 *
 * Nothing here waits where it need not: the answer comes as a value, or as the promise of one.
 */
import { callersMistake } from '../../../base/foreign-error.ts'
import type { Value } from '../../../record/index.ts'
import type { Integers, Prepared, RowMode } from '../../connection/session.ts'
import { ColumnIntegers } from '../../sync/column-integers.ts'
import type { RunResult } from '../../sync/face.ts'
import { OpenRows } from '../open-rows.ts'
import type { Cancellation } from './cancellation.ts'
import type { Lane } from './lane.ts'

/** What is to be run, and what of it is wanted. */
export interface Order {
  readonly sql: string
  /** `rows`: all of them, also where there are none to be had. */
  readonly wants: 'all' | 'get' | 'run' | 'rows'
  readonly mode: RowMode
  readonly integers: Integers
  /** INTEGERs of single columns; null: nothing is said of them. */
  readonly columnIntegers: object | null
  /** @throws TypeError, RangeError where they do not fit */
  readonly values: () => readonly Value[]
}

/** A statement that writes has come to a connection that reads. Known by its identity. */
export const belongsToWriter: unique symbol = Symbol('belongs to the writer')

/** It may run for long. */
class Long {
  readonly prepared: Prepared

  constructor(prepared: Prepared) {
    this.prepared = prepared
  }
}

/** @param reads on a connection that only reads */
export function execute(
  lane: Lane,
  order: Order,
  cancellation: Cancellation,
  reads: boolean,
): unknown {
  const { connection } = lane
  const began = lane.begin(cancellation, () => {
    connection.checkOpen()
    const prepared = connection.prepare(order.sql)
    // eslint-disable-next-line typescript/only-throw-error -- whoever has sent it here catches it
    if (reads && prepared.writes) throw belongsToWriter
    return runAtOnce(lane, prepared, order)
  })
  if (began instanceof Promise) {
    return began.then((done) =>
      done instanceof Long ? runLong(lane, done.prepared, order, cancellation) : done,
    )
  }
  return began instanceof Long ? runLong(lane, began.prepared, order, cancellation) : began
}

/** A statement that has been prepared already. */
export function executePrepared(
  lane: Lane,
  prepared: Prepared,
  order: Order,
  cancellation: Cancellation,
): unknown {
  const began = lane.begin(cancellation, () => runAtOnce(lane, prepared, order))
  if (began instanceof Promise) {
    return began.then((done) =>
      done instanceof Long ? runLong(lane, prepared, order, cancellation) : done,
    )
  }
  return began instanceof Long ? runLong(lane, prepared, order, cancellation) : began
}

function runAtOnce(lane: Lane, prepared: Prepared, order: Order): unknown {
  const values = order.values()
  const { wants } = order
  if ((wants === 'all' || wants === 'get') && !prepared.hasRows) throw returnsNothing()
  if (prepared.mayRunLong) return new Long(prepared)
  if (wants === 'run') return run(lane, prepared, values, order)
  if (!prepared.hasRows) {
    prepared.run(values)
    return []
  }
  const { mode, columnIntegers } = order
  if (columnIntegers !== null) {
    const shaped = new ColumnIntegers(prepared, columnIntegers, order.integers)
    return wants === 'get' ? shaped.first(values, mode) : shaped.all(values, mode)
  }
  const { integers } = order
  return wants === 'get'
    ? prepared.get(values, mode, integers)
    : prepared.all(values, mode, integers)
}

function run(lane: Lane, prepared: Prepared, values: readonly Value[], order: Order): RunResult {
  const before = lane.connection.context.totalChanges
  if (prepared.hasRows) prepared.get(values, 'raw', 'rounded')
  else prepared.run(values)
  return resultOf(lane, before, order)
}

/** @param before changes that the connection had counted */
function resultOf(
  { connection: { context } }: Lane,
  before: number,
  { integers }: Order,
): RunResult {
  const { lastInsertRowid } = context
  return {
    changes: context.totalChanges === before ? 0 : context.changes,
    lastInsertRowid: integers === 'bigint' ? BigInt(lastInsertRowid) : lastInsertRowid,
  }
}

function runLong(
  lane: Lane,
  prepared: Prepared,
  order: Order,
  cancellation: Cancellation,
): unknown {
  const { connection, patience } = lane
  const { wants, mode, columnIntegers } = order
  const before = connection.context.totalChanges
  const drops = wants === 'run' || !prepared.hasRows
  const integers = columnIntegers === null ? order.integers : 'bigint'
  const rows = new OpenRows(connection, prepared, order.values(), patience, drops, {
    mode,
    integers,
  })
  const found: unknown[] = []
  const most = wants === 'get' ? 1 : Infinity
  const goesOn = (): boolean => (drops ? rows.runSlice() : rows.fetch(found, most) === 'slice')
  const answer = (): unknown => {
    if (wants === 'run') return resultOf(lane, before, order)
    if (wants === 'get') rows.return()
    const shaped =
      columnIntegers === null
        ? found
        : found.map(new ColumnIntegers(prepared, columnIntegers, order.integers).shaper(mode))
    return wants === 'get' ? shaped[0] : shaped
  }
  if (!goesOn()) return patience.settle(answer())
  return inSlices(lane, rows, goesOn, cancellation).then(() => patience.settle(answer()))
}

async function inSlices(
  lane: Lane,
  rows: OpenRows,
  goesOn: () => boolean,
  cancellation: Cancellation,
): Promise<void> {
  do {
    await rows.pause()
    stopIfCancelled(lane, rows, cancellation)
  } while (goesOn())
}

/** Between two slices. What has changed all its rows, and delivers them, is too late to be stopped. */
export function stopIfCancelled(
  { connection }: Lane,
  rows: OpenRows,
  cancellation: Cancellation,
): void {
  const stop = cancellation.reason()
  if (stop === null) return
  if (connection.writers > 0 && connection.context.scopeDepth === 0) return
  rows.return()
  throw stop.error
}

export function returnsNothing(): TypeError {
  return callersMistake(new TypeError('This statement does not return data. Use run() instead'))
}
