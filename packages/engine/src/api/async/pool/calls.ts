/** Calls of users, made into orders: what is bound is bound when the call is made, whenever it runs. */
import { callersMistake } from '../../../base/foreign-error.ts'
import type { Value } from '../../../record/index.ts'
import type { Integers, RowMode } from '../../connection/session.ts'
import { bindArguments } from '../../sync/binding.ts'
import { cancellationOf, splitOptions } from './call-options.ts'
import type { Cancellation } from './cancellation.ts'
import { execute, type Order } from './execution.ts'
import type { Lane } from './lane.ts'
import type { Scope } from './scope.ts'
import type { Verdict } from './verdict.ts'

/** How rows are wanted. */
export interface Switches {
  readonly mode: RowMode
  readonly integers: Integers
  readonly columnIntegers: object | null
  /** Values that are bound for good; null: none are. */
  readonly bound: readonly Value[] | null
}

export function usualSwitches({ pool: { integers } }: Scope): Switches {
  return { mode: 'object', integers, columnIntegers: null, bound: null }
}

export interface PlannedCall {
  readonly scope: Scope
  readonly order: Order
  readonly verdict: Verdict
  readonly cancellation: Cancellation
}

export function planCall(
  scope: Scope,
  sql: unknown,
  wants: Order['wants'],
  switches: Switches,
  args: readonly unknown[],
): PlannedCall {
  checkText(sql)
  scope.check()
  const verdict = scope.pool.verdicts.of(sql)
  refuseTransactions(scope, verdict)
  const [given, options] = splitOptions(args, verdict.parameters)
  const cancellation = cancellationOf(scope, options)
  const { mode, integers, columnIntegers } = switches
  const values = boundValues(scope, verdict, switches, given)
  return {
    scope,
    order: { sql, wants, mode, integers, columnIntegers, values },
    verdict,
    cancellation,
  }
}

/** Runs one statement. @param calls those of a statement that are under way, this one among them */
export async function callStatement(
  scope: Scope,
  sql: unknown,
  wants: Order['wants'],
  switches: Switches,
  args: readonly unknown[],
  calls: Set<Cancellation> | null = null,
): Promise<unknown> {
  const { order, verdict, cancellation } = planCall(scope, sql, wants, switches, args)
  const need = verdict.reads ? 'read' : 'write'
  calls?.add(cancellation)
  try {
    return await scope.withLane(need, cancellation, (lane, reads) => {
      const answer = execute(lane, order, cancellation, reads)
      return verdict.kind === 'setting' ? noted(scope, lane, verdict, order.sql, answer) : answer
    })
  } finally {
    calls?.delete(cancellation)
  }
}

/** Tells the other connections of what one of them has been told. */
async function noted(
  { settings }: Scope,
  lane: Lane,
  verdict: Verdict,
  sql: string,
  answer: unknown,
): Promise<unknown> {
  const rows = await answer
  settings.note(lane, verdict, sql)
  return rows
}

/** Bound now; what is wrong with them is told when the statement has been found to be right. */
function boundValues(
  { pool }: Scope,
  { parameters }: Verdict,
  { bound }: Switches,
  given: readonly unknown[],
): () => readonly Value[] {
  if (bound !== null) {
    if (given.length === 0) return () => bound
    return () => {
      throw callersMistake(new TypeError('This statement already has bound parameters'))
    }
  }
  let values: readonly Value[]
  try {
    values = bindArguments(given, parameters, pool.request.values)
  } catch (error) {
    return () => {
      throw error
    }
  }
  return () => values
}

/** Who has a transaction by its handle ends it by that. */
export function refuseTransactions({ cancellation }: Scope, { kind }: Verdict): void {
  if (cancellation === null || kind !== 'transaction') return
  throw new TypeError('A transaction begins and ends with its callback, not by SQL')
}

export function checkText(value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError('Expected first argument to be a string')
}
