/** `connect()`, and the database that it answers: a view of a pool of connections (`pool/pool.ts`). */
import { AsyncLocalStorage } from 'node:async_hooks'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'
import { needRoom } from '../../base/foreign-error.ts'
import type { CommitEvents } from '../across/commit-event.ts'
import { statusOfConnection } from '../across/connection-status.ts'
import { withLock } from '../across/lock.ts'
import { watchCommits } from '../across/watch.ts'
import type { DatabaseStatus } from '../status.ts'
import { integersOf, parseOpenRequest } from '../open/options.ts'
import { backUp } from '../sync/backup.ts'
import type { DatabaseCore } from '../sync/core.ts'
import {
  aggregateGiven,
  collationGiven,
  functionGiven,
  type Definition,
} from '../sync/definitions.ts'
import type {
  BackupMetadata,
  BackupOptions,
  IntegerMode,
  PragmaOptions,
  RunResult,
  SerializeOptions,
} from '../sync/face.ts'
import { serialize } from '../sync/serialize.ts'
import { tableGiven } from '../sync/table-definition.ts'
import { iterateRows } from './async-rows.ts'
import { PoolStatement, prepareFacts } from './async-statement.ts'
import { handleOf } from './async-transaction.ts'
import type {
  AsyncDatabase,
  AsyncRows,
  AsyncStatement,
  AsyncTransaction,
  AsyncTransactionFunction,
  CloseOptions,
  ConnectOptions,
} from './face.ts'
import {
  runBatch,
  runScript,
  type BatchMode,
  type BatchOptions,
  type BatchStatement,
  type ResultSet,
} from './pool/batch.ts'
import { callStatement, usualSwitches } from './pool/calls.ts'
import { millisecondsOf, optionsOf } from './pool/call-options.ts'
import { unstoppable, type CallOptions } from './pool/cancellation.ts'
import { Pool } from './pool/pool.ts'
import { PoolState, type PoolLimits } from './pool/pool-state.ts'
import { runPragma } from './pool/pragma.ts'
import type { Scope } from './pool/scope.ts'
import type { TransactionScope } from './pool/transaction-scope.ts'
import type { TransactionOptions } from './pool/transactions.ts'
import { transactionFunction } from './transaction-function.ts'

const defaultReaders = 4
const mostReaders = 32
const defaultWarningMs = 10_000
const defaultCloseMs = 5000

/**
 * Opens a database whose calls never hold up the event loop. Rejects as the constructor `Database` throws.
 *
 * ```ts
 * import { connect } from 'chorusdb'
 * const db = await connect('app.db', { experimental: ['multiprocess_wal'] })
 * ```
 * @param filename as that of `Database`
 */
// eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
export async function connect(
  filename?: string | Buffer,
  options?: ConnectOptions,
): Promise<AsyncDatabase> {
  return new PoolDatabase(filename, options)
}

export class PoolDatabase implements AsyncDatabase {
  readonly #pool: Pool
  /** Finds the transaction that a call belongs to; null: nobody has asked for that yet. */
  #joined: AsyncLocalStorage<TransactionScope> | null = null
  #closing: Promise<void> | null = null

  constructor(filename: unknown, options: unknown) {
    const request = parseOpenRequest(filename, options)
    const limits = limitsOf((options ?? {}) as ConnectOptions)
    needRoom()
    this.#pool = new Pool(new PoolState(request, limits, this))
  }

  get name(): string {
    return this.#pool.pool.request.name
  }

  get open(): boolean {
    return this.#pool.pool.isOpen
  }

  get inTransaction(): boolean {
    const { connection } = this.#pool.writer
    return connection.isOpen && connection.inTransaction
  }

  get readonly(): boolean {
    return this.#pool.writer.connection.isReadonly
  }

  get memory(): boolean {
    return this.#pool.pool.request.isMemory
  }

  /** Where a call runs that is made now. */
  #scope(): Scope {
    const joined = this.#joined?.getStore()
    return joined !== undefined && joined.isOpen ? joined : this.#pool
  }

  async prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
    options?: CallOptions,
  ): Promise<
    AsyncStatement<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result>
  > {
    const scope = this.#scope()
    const { integers } = scope.pool
    const facts = await prepareFacts(scope, sql, options)
    return new PoolStatement(this, () => this.#scope(), integers, facts)
  }

  async run(sql: string, ...params: unknown[]): Promise<RunResult> {
    const scope = this.#scope()
    return (await callStatement(scope, sql, 'run', usualSwitches(scope), params)) as RunResult
  }

  async get<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row | undefined> {
    const scope = this.#scope()
    return (await callStatement(scope, sql, 'get', usualSwitches(scope), params)) as Row | undefined
  }

  async all<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row[]> {
    const scope = this.#scope()
    return (await callStatement(scope, sql, 'all', usualSwitches(scope), params)) as Row[]
  }

  iterate<Row = unknown>(sql: string, ...params: unknown[]): AsyncRows<Row> {
    return iterateRows<Row>(() => this.#scope(), sql, usualSwitches, params)
  }

  exec(sql: string, options?: CallOptions): Promise<void> {
    return runScript(this.#scope(), sql, options)
  }

  batch(
    statements: readonly BatchStatement[],
    options?: BatchMode | BatchOptions,
  ): Promise<ResultSet[]> {
    return runBatch(this.#scope(), statements, options)
  }

  pragma(source: string, options?: PragmaOptions & CallOptions): Promise<unknown> {
    return runPragma(this.#scope(), source, options)
  }

  transactionAsync<Args extends unknown[], Result>(
    body: (transaction: AsyncTransaction, ...args: Args) => Promise<Result> | Result,
    options?: TransactionOptions,
  ): AsyncTransactionFunction<Args, Result> {
    return transactionFunction(this, () => this.#scope(), body, options, handleOf)
  }

  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Promise<Result> | Result,
    options?: TransactionOptions,
  ): AsyncTransactionFunction<Args, Result> {
    const joined = (this.#joined ??= new AsyncLocalStorage())
    return transactionFunction(
      this,
      () => this.#scope(),
      body,
      options,
      null,
      (scope, run) => joined.run(scope, run),
    )
  }

  defaultSafeIntegers(enabled: boolean = true): this {
    if (typeof enabled !== 'boolean') {
      throw new TypeError('Expected first argument to be a boolean')
    }
    this.#pool.pool.integers = enabled ? 'bigint' : 'exact'
    return this
  }

  defaultIntegers(mode: IntegerMode): this {
    this.#pool.pool.integers = integersOf(mode)
    return this
  }

  interrupt(): void {
    this.#pool.pool.interrupts.interrupt()
  }

  close(options?: CloseOptions): Promise<void> {
    return (this.#closing ??= this.#close(options))
  }

  async #close(options: CloseOptions | undefined): Promise<void> {
    const { timeout } = optionsOf(options) as CloseOptions
    await this.#pool.close(millisecondsOf(timeout, 'timeout') ?? defaultCloseMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  function(...args: unknown[]): this {
    refuseReentrant(args)
    return this.#define(functionGiven, args)
  }

  collation(...args: unknown[]): this {
    refuseReentrant(args)
    return this.#define(collationGiven, args)
  }

  aggregate(...args: unknown[]): this {
    return this.#define(aggregateGiven, args)
  }

  table(...args: unknown[]): this {
    return this.#define(tableGiven, args)
  }

  /** Checked at once; connections that are at work hear of it before their next call. */
  #define(
    given: (coreOf: () => DatabaseCore, args: readonly unknown[]) => Definition,
    args: unknown[],
  ): this {
    const pool = this.#pool
    pool.check()
    pool.define(given(() => pool.writer.core, args))
    return this
  }

  status(): DatabaseStatus {
    return statusOfConnection(this.#pool.writer.connection)
  }

  watch(...args: unknown[]): CommitEvents {
    const { pool, writer } = this.#pool
    return watchCommits(writer.connection, pool.request, args)
  }

  async lock<Result>(...args: unknown[]): Promise<Result> {
    return (await withLock(this.#pool.writer.connection, args)) as Result
  }

  serialize(options?: SerializeOptions): Promise<Buffer> {
    return this.#pool.withLane('read', unstoppable, ({ connection }) =>
      serialize(() => connection, options),
    )
  }

  backup(filename: string, options?: BackupOptions): Promise<BackupMetadata> {
    return this.#pool.withLane('stream', unstoppable, ({ core }) =>
      backUp(() => core, filename, options),
    )
  }
}

promisesToUsers(PoolDatabase.prototype, [
  'prepare',
  'run',
  'get',
  'all',
  'exec',
  'batch',
  'pragma',
  'serialize',
  'lock',
  'close',
])
answersUsers(PoolDatabase.prototype, [
  'status',
  'watch',
  'defaultIntegers',
  'function',
  'collation',
  'aggregate',
  'table',
])

/** @throws TypeError: such a function may run statements of its connection, which nobody has */
function refuseReentrant(args: readonly unknown[]): void {
  const options = args.find((arg) => typeof arg === 'object' && arg !== null)
  if ((options as { readonly reentrant?: unknown } | undefined)?.reentrant !== true) return
  throw new TypeError('The "reentrant" option is not supported by connect()')
}

/** @throws TypeError */
function limitsOf(options: ConnectOptions): PoolLimits {
  const { readers = defaultReaders, defaultQueryTimeout } = options
  if (!Number.isInteger(readers) || readers < 1 || readers > mostReaders) {
    throw new TypeError(`Expected the "readers" option to be a number from 1 to ${mostReaders}`)
  }
  const { transactionTimeout, transactionWarning } = options
  return {
    readers,
    queryTimeoutMs: millisecondsOf(defaultQueryTimeout, 'defaultQueryTimeout') ?? 0,
    transactionTimeoutMs: millisecondsOf(transactionTimeout, 'transactionTimeout') ?? 0,
    transactionWarningMs:
      millisecondsOf(transactionWarning, 'transactionWarning') ?? defaultWarningMs,
  }
}
