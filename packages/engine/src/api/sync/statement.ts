/**
 * A prepared statement with better-sqlite3's face: `run`, `get`, `all`, `iterate`, and switches that
 * shape rows. A statement is a view of a `Prepared`, which the connection caches by text; it owns nothing but
 * its switches and the parameters bound to it for good.
 */
import { spare, users } from '../../base/foreign-error.ts'
import type { Value } from '../../record/index.ts'
import { bindArguments } from './binding.ts'
import type { Connection } from '../connection/connection.ts'
import { expandSql } from './expanded-sql.ts'
import type { ColumnDefinition, Database, RunResult, Statement as StatementFace } from './face.ts'
import type { Prepared, RowMode } from '../connection/session.ts'
import { answersUsers, answerTo, interruption } from '../connection/interruption.ts'
import { StatementIterator } from './statement-iterator.ts'

export class Statement<BindParameters extends unknown[], Result> implements StatementFace<
  BindParameters,
  Result
> {
  readonly reader: boolean
  readonly readonly: boolean
  readonly source: string
  readonly database: Database
  #connection: Connection
  #prepared: Prepared
  #mode: RowMode = 'object'
  #safeIntegers: boolean
  #bound: readonly Value[] | null = null
  /** An iterator of this statement is open. It is over once the connection counts more recoveries than this; -1: there is none. */
  #lockedAt = -1

  /** Use `Database.prepare`. */
  constructor(
    database: Database,
    connection: Connection,
    prepared: Prepared,
    source: string,
    safeIntegers: boolean,
  ) {
    this.reader = prepared.hasRows
    this.readonly = !prepared.writes
    this.source = source
    this.database = database
    this.#connection = connection
    this.#prepared = prepared
    this.#safeIntegers = safeIntegers
  }

  get busy(): boolean {
    return this.#lockedAt === this.#connection.recoveries
  }

  run(...args: BindParameters): RunResult {
    try {
      const connection = this.#connection
      this.#checkIdle()
      connection.checkNoIterators()
      const values = this.#values(args)
      const { context } = connection
      const before = context.totalChanges
      if (this.reader) this.#prepared.get(values, 'raw', false)
      else this.#prepared.run(values)
      const { lastInsertRowid } = context
      return {
        changes: context.totalChanges === before ? 0 : context.changes,
        lastInsertRowid: this.#safeIntegers ? BigInt(lastInsertRowid) : Number(lastInsertRowid),
      }
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  get(...args: BindParameters): Result | undefined {
    try {
      this.#checkReader()
      const values = this.#values(args)
      return this.#prepared.get(values, this.#mode, this.#safeIntegers) as Result | undefined
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  all(...args: BindParameters): Result[] {
    try {
      this.#checkReader()
      const values = this.#values(args)
      return this.#prepared.all(values, this.#mode, this.#safeIntegers) as Result[]
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  iterate(...args: BindParameters): IterableIterator<Result> {
    this.#checkReader()
    const connection = this.#connection
    const values = this.#boundOr(args)
    const rows = this.#prepared.rows(
      values,
      this.#mode,
      this.#safeIntegers,
    ) as IterableIterator<Result>
    const lockedAt = connection.recoveries
    const start = (): void => {
      if (connection.isVerbose) connection.tell(expandSql(this.source, values))
    }
    const release = (): void => {
      if (lockedAt !== connection.recoveries) return
      this.#lockedAt = -1
      connection.iterators--
    }
    const iterator = new StatementIterator<Result>(this, connection, rows, start, release)
    // Last, for what is locked must reach the caller.
    this.#lockedAt = lockedAt
    connection.iterators++
    return iterator
  }

  raw(enabled?: boolean): this {
    return this.#switch('raw', enabled)
  }

  pluck(enabled?: boolean): this {
    return this.#switch('pluck', enabled)
  }

  expand(enabled?: boolean): this {
    return this.#switch('expand', enabled)
  }

  safeIntegers(enabled = true): this {
    this.#checkUnlocked()
    checkBoolean(enabled)
    this.#safeIntegers = enabled
    return this
  }

  bind(...args: BindParameters): this {
    if (this.#bound !== null) {
      throw new TypeError('The bind() method can only be invoked once per statement object')
    }
    this.#checkIdle()
    this.#bound = bindArguments(args, this.#prepared.parameters)
    return this
  }

  columns(): ColumnDefinition[] {
    this.#checkReturnsData('columns')
    this.#connection.checkOpen()
    return this.#prepared.columns().map(({ name, column, table, database, type }) => ({
      name,
      column,
      table,
      database,
      type,
    }))
  }

  toString(): string {
    const isExpanded = this.#bound !== null && this.#connection.isOpen
    return isExpanded ? expandSql(this.source, this.#bound!) : this.source
  }

  #switch(mode: 'raw' | 'pluck' | 'expand', enabled = true): this {
    this.#checkReturnsData(mode)
    this.#checkUnlocked()
    checkBoolean(enabled)
    if (enabled) this.#mode = mode
    else if (this.#mode === mode) this.#mode = 'object'
    return this
  }

  #checkReturnsData(method: string): void {
    if (this.reader) return
    throw new TypeError(`The ${method}() method is only for statements that return data`)
  }

  #checkReader(): void {
    if (!this.reader) {
      throw new TypeError('This statement does not return data. Use run() instead')
    }
    this.#checkIdle()
  }

  #checkIdle(): void {
    this.#connection.checkOpen()
    if (this.busy) throw isLocked()
  }

  /** For what needs no open connection. */
  #checkUnlocked(): void {
    this.#connection.checkNotCalling()
    if (this.busy) throw isLocked()
  }

  /** The parameters of this call, which is about to run. */
  #values(args: readonly unknown[]): readonly Value[] {
    const values = this.#boundOr(args)
    const connection = this.#connection
    if (connection.isVerbose) connection.tell(expandSql(this.source, values))
    return values
  }

  #boundOr(args: readonly unknown[]): readonly Value[] {
    if (this.#bound === null) return bindArguments(args, this.#prepared.parameters)
    if (args.length > 0) throw new TypeError('This statement already has bound parameters')
    return this.#bound
  }
}

answersUsers(Statement.prototype, [
  'iterate',
  'raw',
  'pluck',
  'expand',
  'safeIntegers',
  'bind',
  'columns',
  'toString',
])

function isLocked(): TypeError {
  return new TypeError('This statement is busy executing a query')
}

function checkBoolean(value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
}
