/** `batch` and `exec`: several statements in one turn on one connection. */
import { checkTextLength } from '../../../base/long-text.ts'
import { bindArguments } from '../../sync/binding.ts'
import type { BeginMode, Prepared } from '../../connection/session.ts'
import { toldAs } from '../../statement/told-statement.ts'
import { refuseTransactions, checkText } from './calls.ts'
import { cancellationOf, optionsOf } from './call-options.ts'
import { unstoppable, type Cancellation, type CallOptions } from './cancellation.ts'
import { execute, executePrepared, type Order } from './execution.ts'
import type { Lane } from './lane.ts'
import type { Scope } from './scope.ts'

/** A statement of a batch that has parameters. */
export interface BatchItem {
  /** Its text. */
  readonly sql: string
  /** A list, or named values. */
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined
}

/** A statement of a batch: its text, or with parameters. */
export type BatchStatement = string | BatchItem

/** How the transaction around a batch begins: `write` is `immediate`, `read` is `deferred`. */
export type BatchMode = 'write' | 'read' | 'deferred' | 'immediate' | 'exclusive'

/** Options of `batch`. */
export interface BatchOptions extends CallOptions {
  /** All of it happens, or nothing. Absent: each statement stands for itself. In a transaction it makes no difference. */
  readonly mode?: BatchMode | undefined
  /** Rows as arrays. */
  readonly raw?: boolean | undefined
}

/** What one statement of a batch has answered. */
export interface ResultSet {
  /** Names of the columns; none for a statement that returns no rows. */
  columns: string[]
  /** The types that the columns were declared with, `''` where there is none. */
  columnTypes: string[]
  /** Objects, or arrays with `raw`. */
  rows: unknown[]
  /** Rows that were inserted, updated or deleted. */
  rowsAffected: number
}

const modes: ReadonlyMap<unknown, BeginMode> = new Map([
  ['write', 'IMMEDIATE'],
  ['read', 'DEFERRED'],
  ['deferred', 'DEFERRED'],
  ['immediate', 'IMMEDIATE'],
  ['exclusive', 'EXCLUSIVE'],
])

function modeOf(given: unknown): BeginMode | null {
  if (given === undefined || given === null) return null
  const mode = modes.get(typeof given === 'string' ? given.toLowerCase() : given)
  if (mode !== undefined) return mode
  throw new TypeError(
    'Expected the "mode" option to be "write", "read", "deferred", "immediate" or "exclusive"',
  )
}

function itemOf(given: unknown): { readonly sql: string; readonly args: readonly unknown[] } {
  if (typeof given === 'string') return { sql: given, args: [] }
  const { sql, args } = (given ?? {}) as { readonly sql?: unknown; readonly args?: unknown }
  if (typeof sql !== 'string') {
    throw new TypeError('Expected each statement to be a string or an object with "sql"')
  }
  return { sql, args: args === undefined || args === null ? [] : [args] }
}

export async function runBatch(
  scope: Scope,
  statements: unknown,
  given: unknown,
): Promise<ResultSet[]> {
  if (!Array.isArray(statements)) {
    throw new TypeError('Expected first argument to be an array of statements')
  }
  scope.check()
  const options = (typeof given === 'string' ? { mode: given } : optionsOf(given)) as BatchOptions
  const mode = modeOf(options.mode)
  const cancellation = cancellationOf(scope, options)
  const rowMode = options.raw === true ? 'raw' : 'object'
  const items = statements.map(itemOf)
  const { values: rules } = scope.pool.request
  const planned = items.map(({ sql, args }) => {
    const verdict = scope.pool.verdicts.of(sql)
    refuseTransactions(scope, verdict)
    if (mode !== null && verdict.kind === 'transaction') {
      throw new TypeError('A batch with a mode begins and ends its transaction itself')
    }
    const values = bindArguments(args, verdict.parameters, rules)
    const { integers } = scope.pool
    const order: Order = {
      sql,
      wants: 'rows',
      mode: rowMode,
      integers,
      columnIntegers: null,
      values: () => values,
    }
    return { order, verdict }
  })
  const reads = planned.every(({ verdict }) => verdict.reads)
  const run = async (lane: Lane): Promise<ResultSet[]> => {
    const results: ResultSet[] = []
    for (const { order, verdict } of planned) {
      results.push(await runItem(lane, order, cancellation))
      if (verdict.kind === 'setting') scope.settings.note(lane, verdict, order.sql)
    }
    return results
  }
  return scope.withLane(reads ? 'read' : 'write', cancellation, (lane) =>
    mode === null || lane.connection.inTransaction
      ? run(lane)
      : inTransaction(lane, mode, cancellation, () => run(lane)),
  )
}

async function inTransaction<Result>(
  lane: Lane,
  mode: BeginMode,
  cancellation: Cancellation,
  body: () => Promise<Result>,
): Promise<Result> {
  const { connection } = lane
  await lane.begin(cancellation, () =>
    toldAs(connection, `BEGIN ${mode}`, () => connection.begin(mode)),
  )
  // Whoever has lent the connection takes back what is left open.
  const result = await body()
  await lane.begin(unstoppable, () => toldAs(connection, 'COMMIT', () => connection.commit()))
  return result
}

async function runItem(lane: Lane, order: Order, cancellation: Cancellation): Promise<ResultSet> {
  const { connection } = lane
  const { context } = connection
  const before = context.totalChanges
  const rows = (await execute(lane, order, cancellation, false)) as unknown[]
  // It is kept by its text; a schema that it has changed makes another.
  const columns = await lane.begin(unstoppable, () => {
    const prepared = connection.prepare(order.sql)
    return prepared.hasRows ? prepared.columns() : []
  })
  const changed = context.totalChanges === before ? 0 : context.changes
  return {
    columns: columns.map(({ name }) => name),
    columnTypes: columns.map(({ type }) => type ?? ''),
    rows,
    rowsAffected: changed,
  }
}

/** Runs all statements of a text. */
export async function runScript(scope: Scope, sql: unknown, given: unknown): Promise<void> {
  checkText(sql)
  checkTextLength(sql.length)
  scope.check()
  const cancellation = cancellationOf(scope, optionsOf(given) as CallOptions)
  await scope.withLane('write', cancellation, (lane) => runAll(scope, lane, sql, cancellation))
}

async function runAll(
  scope: Scope,
  lane: Lane,
  sql: string,
  cancellation: Cancellation,
): Promise<void> {
  const { connection } = lane
  connection.checkOpen()
  for (let at = 0; at < sql.length;) {
    const asked = lane.begin(cancellation, () => connection.nextStatement(sql, at))
    const next = asked instanceof Promise ? await asked : asked
    if (next === null) return
    const text = sql.slice(at, next.end)
    // Texts of programs are long, and say nothing that is to be known here.
    const verdict = mayConcernOthers.test(text) ? scope.pool.verdicts.of(text) : null
    if (verdict !== null) refuseTransactions(scope, verdict)
    const done = executePrepared(lane, next.prepared, dropped(next.prepared), cancellation)
    if (done instanceof Promise) await done
    if (verdict?.kind === 'setting') scope.settings.note(lane, verdict, text)
    at = next.end
  }
}

const mayConcernOthers = /\b(?:pragma|begin|commit|end|rollback)\b/i

function dropped({ parameters }: Prepared): Order {
  const nulls = Array<null>(parameters.count).fill(null)
  return {
    sql: '',
    wants: 'run',
    mode: 'raw',
    integers: 'rounded',
    columnIntegers: null,
    values: () => nulls,
  }
}
