/**
 * A prepared statement of the asynchronous face. It is a value: a text, switches, and what is bound. Each call takes all three as they are when it is
 * made, and runs on whichever connection is free; so calls of one statement may be under way side by side.
 */
import type { Value } from '../../record/index.ts'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'
import type { Integers, RowMode } from '../connection/session.ts'
import { integersOf } from '../open/options.ts'
import { bindArguments } from '../sync/binding.ts'
import { expandSql } from '../sync/expanded-sql.ts'
import type { ColumnDefinition, IntegerMode, RunResult } from '../sync/face.ts'
import { iterateRows } from './async-rows.ts'
import type { AsyncDatabase, AsyncRows, AsyncStatement, CallParameters } from './face.ts'
import { callStatement, checkText, refuseTransactions, type Switches } from './pool/calls.ts'
import { cancellationOf } from './pool/call-options.ts'
import { interrupted, type CallOptions, type Cancellation } from './pool/cancellation.ts'
import type { Scope } from './pool/scope.ts'

/** What is known of a statement when it has been prepared. */
export interface StatementFacts {
  readonly sql: string
  readonly reader: boolean
  readonly readonly: boolean
  readonly columns: readonly ColumnDefinition[]
}

/** Prepares a text where it would run. */
export async function prepareFacts(
  scope: Scope,
  sql: unknown,
  options: unknown,
): Promise<StatementFacts> {
  checkText(sql)
  scope.check()
  const verdict = scope.pool.verdicts.of(sql)
  refuseTransactions(scope, verdict)
  const cancellation = cancellationOf(scope, (options ?? null) as CallOptions | null)
  return scope.withLane(verdict.reads ? 'read' : 'write', cancellation, ({ connection }) => {
    connection.checkOpen()
    const prepared = connection.prepare(sql)
    const { hasRows, isReadonly } = prepared
    const columns = hasRows ? prepared.columns() : []
    return { sql, reader: hasRows, readonly: isReadonly, columns }
  })
}

export class PoolStatement<BindParameters extends unknown[], Result> implements AsyncStatement<
  BindParameters,
  Result
> {
  readonly reader: boolean
  readonly readonly: boolean
  readonly source: string
  readonly database: AsyncDatabase
  readonly #scope: () => Scope
  readonly #columns: readonly ColumnDefinition[]
  #mode: RowMode = 'object'
  #integers: Integers
  #columnIntegers: object | null = null
  #bound: readonly Value[] | null = null
  #isClosed = false
  readonly #calls = new Set<Cancellation>()

  constructor(
    database: AsyncDatabase,
    scope: () => Scope,
    integers: Integers,
    facts: StatementFacts,
  ) {
    this.database = database
    this.#scope = scope
    this.#integers = integers
    this.#columns = facts.columns
    this.reader = facts.reader
    this.readonly = facts.readonly
    this.source = facts.sql
  }

  #now(): Scope {
    if (this.#isClosed) throw new TypeError('The statement has been closed')
    return this.#scope()
  }

  #switches(): Switches {
    return {
      mode: this.#mode,
      integers: this.#integers,
      columnIntegers: this.#columnIntegers,
      bound: this.#bound,
    }
  }

  async run(...params: CallParameters<BindParameters>): Promise<RunResult> {
    const done = callStatement(
      this.#now(),
      this.source,
      'run',
      this.#switches(),
      params,
      this.#calls,
    )
    return (await done) as RunResult
  }

  async get(...params: CallParameters<BindParameters>): Promise<Result | undefined> {
    const done = callStatement(
      this.#now(),
      this.source,
      'get',
      this.#switches(),
      params,
      this.#calls,
    )
    return (await done) as Result | undefined
  }

  async all(...params: CallParameters<BindParameters>): Promise<Result[]> {
    const done = callStatement(
      this.#now(),
      this.source,
      'all',
      this.#switches(),
      params,
      this.#calls,
    )
    return (await done) as Result[]
  }

  iterate(...params: CallParameters<BindParameters>): AsyncRows<Result> {
    return iterateRows<Result>(
      () => this.#now(),
      this.source,
      () => this.#switches(),
      params,
      this.#calls,
    )
  }

  raw(enabled: boolean = true): this {
    return this.#switch('raw', enabled)
  }

  pluck(enabled: boolean = true): this {
    return this.#switch('pluck', enabled)
  }

  expand(enabled: boolean = true): this {
    return this.#switch('expand', enabled)
  }

  #switch(mode: 'raw' | 'pluck' | 'expand', enabled: unknown): this {
    this.#checkReturnsData(mode)
    if (checkSwitch(enabled)) this.#mode = mode
    else if (this.#mode === mode) this.#mode = 'object'
    return this
  }

  #checkReturnsData(method: string): void {
    if (this.reader) return
    throw new TypeError(`The ${method}() method is only for statements that return data`)
  }

  safeIntegers(enabled: boolean = true): this {
    this.#integers = checkSwitch(enabled) ? 'bigint' : 'exact'
    this.#columnIntegers = null
    return this
  }

  integers(mode: IntegerMode | Readonly<Record<string, IntegerMode>>): this {
    if (typeof mode !== 'object' || mode === null) {
      this.#integers = integersOf(mode)
      this.#columnIntegers = null
      return this
    }
    this.#checkReturnsData('integers')
    for (const [name, wanted] of Object.entries(mode)) {
      integersOf(wanted)
      if (!this.#columns.some((column) => column.name === name)) {
        throw new TypeError(`There is no column "${name}"`)
      }
    }
    this.#columnIntegers = { ...mode }
    return this
  }

  bind(...params: BindParameters): this {
    if (this.#bound !== null) {
      throw new TypeError('The bind() method can only be invoked once per statement object')
    }
    const { pool } = this.#now()
    const { parameters } = pool.verdicts.of(this.source)
    this.#bound = bindArguments(params, parameters, pool.request.values)
    return this
  }

  columns(): ColumnDefinition[] {
    this.#checkReturnsData('columns')
    return this.#columns.map(({ name, column, table, database, type }) => ({
      name,
      column,
      table,
      database,
      type,
    }))
  }

  interrupt(): void {
    for (const call of this.#calls) call.stop(interrupted())
  }

  close(): void {
    this.#isClosed = true
  }

  toString(): string {
    return this.#bound === null ? this.source : expandSql(this.source, this.#bound)
  }
}

function checkSwitch(enabled: unknown): boolean {
  if (typeof enabled === 'boolean') return enabled
  throw new TypeError('Expected first argument to be a boolean')
}

promisesToUsers(PoolStatement.prototype, ['run', 'get', 'all'])
answersUsers(PoolStatement.prototype, ['bind', 'integers', 'columns', 'interrupt', 'close'])
