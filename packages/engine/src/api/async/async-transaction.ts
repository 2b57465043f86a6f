/** The handle that the callback of a transaction gets. */
import { promisesToUsers } from '../connection/interruption.ts'
import type { PragmaOptions, RunResult } from '../sync/face.ts'
import { iterateRows } from './async-rows.ts'
import type {
  AsyncDatabase,
  AsyncRows,
  AsyncStatement,
  AsyncTransaction,
  AsyncTransactionFunction,
} from './face.ts'
import { PoolStatement, prepareFacts } from './async-statement.ts'
import {
  runBatch,
  runScript,
  type BatchMode,
  type BatchOptions,
  type BatchStatement,
  type ResultSet,
} from './pool/batch.ts'
import { callStatement, usualSwitches } from './pool/calls.ts'
import type { CallOptions } from './pool/cancellation.ts'
import { runPragma } from './pool/pragma.ts'
import type { TransactionScope } from './pool/transaction-scope.ts'
import type { TransactionOptions } from './pool/transactions.ts'
import { transactionFunction } from './transaction-function.ts'

export class TransactionHandle implements AsyncTransaction {
  readonly #database: AsyncDatabase
  readonly #scope: TransactionScope

  constructor(database: AsyncDatabase, scope: TransactionScope) {
    this.#database = database
    this.#scope = scope
  }

  get open(): boolean {
    return this.#scope.isOpen
  }

  async prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
    options?: CallOptions,
  ): Promise<
    AsyncStatement<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result>
  > {
    const scope = this.#scope
    const facts = await prepareFacts(scope, sql, options)
    return new PoolStatement(this.#database, () => scope, scope.pool.integers, facts)
  }

  async run(sql: string, ...params: unknown[]): Promise<RunResult> {
    const scope = this.#scope
    return (await callStatement(scope, sql, 'run', usualSwitches(scope), params)) as RunResult
  }

  async get<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row | undefined> {
    const scope = this.#scope
    return (await callStatement(scope, sql, 'get', usualSwitches(scope), params)) as Row | undefined
  }

  async all<Row = unknown>(sql: string, ...params: unknown[]): Promise<Row[]> {
    const scope = this.#scope
    return (await callStatement(scope, sql, 'all', usualSwitches(scope), params)) as Row[]
  }

  iterate<Row = unknown>(sql: string, ...params: unknown[]): AsyncRows<Row> {
    return iterateRows<Row>(() => this.#scope, sql, usualSwitches, params)
  }

  exec(sql: string, options?: CallOptions): Promise<void> {
    return runScript(this.#scope, sql, options)
  }

  batch(
    statements: readonly BatchStatement[],
    options?: BatchMode | BatchOptions,
  ): Promise<ResultSet[]> {
    return runBatch(this.#scope, statements, options)
  }

  pragma(source: string, options?: PragmaOptions & CallOptions): Promise<unknown> {
    return runPragma(this.#scope, source, options)
  }

  transactionAsync<Args extends unknown[], Result>(
    body: (transaction: AsyncTransaction, ...args: Args) => Promise<Result> | Result,
    options?: TransactionOptions,
  ): AsyncTransactionFunction<Args, Result> {
    return transactionFunction(this.#database, () => this.#scope, body, options, handleOf)
  }
}

promisesToUsers(TransactionHandle.prototype, [
  'prepare',
  'run',
  'get',
  'all',
  'exec',
  'batch',
  'pragma',
])

/** The handle of a transaction of this database. */
export function handleOf(database: AsyncDatabase, scope: TransactionScope): AsyncTransaction {
  return new TransactionHandle(database, scope)
}
