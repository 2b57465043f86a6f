/**
 * A prepared statement with better-sqlite3's face: `run`, `get`, `all`, `iterate`, and switches that
 * shape rows. A statement is a view of a `Prepared`, which the connection caches by text; it owns nothing but
 * its switches and the parameters bound to it for good.
 */
import { readText } from '../connection/sql-text.ts'
import { spare, users } from '../../base/foreign-error.ts'
import type { Value } from '../../record/index.ts'
import { bindOwnArguments } from './binding.ts'
import { ColumnIntegers } from './column-integers.ts'
import type { Connection } from '../connection/connection.ts'
import type { DatabaseCore } from './core.ts'
import { expandSql, tracedSize } from './expanded-sql.ts'
import type {
  ColumnDefinition,
  Database,
  IntegerMode,
  RunResult,
  Statement as StatementFace,
} from './face.ts'
import type { ValueRules } from '../open/profile.ts'
import { integersOf } from '../open/options.ts'
import type { Integers, Prepared, RowMode } from '../connection/session.ts'
import { answersUsers, answerTo, interruption } from '../connection/interruption.ts'
import { StatementIterator } from './statement-iterator.ts'

/** Whoever has it is `prepareStatement`. */
const maker: unique symbol = Symbol('maker')

/** Iterators that one connection may have open. (USHRT_MAX) */
const mostIterators = 65_535

let isStatement: (self: unknown) => boolean
let isBusyNow: (statement: Statement<unknown[], unknown>) => boolean

/** What a method was called on may be anything. (Functions outside of the class: one that names itself has another name in a bundle.) */
function checkOwn(self: unknown): void {
  if (!isStatement(self)) throw new TypeError('Illegal invocation')
}

/** The getter has no name, as an addon's. */
const [busyGetter] = [
  function (this: Statement<unknown[], unknown>): boolean {
    checkOwn(this)
    return isBusyNow(this)
  },
]
const busyProperty: PropertyDescriptor = { get: busyGetter!, enumerable: true }

export class Statement<BindParameters extends unknown[], Result> implements StatementFace<
  BindParameters,
  Result
> {
  readonly reader: boolean
  readonly readonly: boolean
  readonly source: string
  readonly database: Database
  declare readonly busy: boolean
  readonly #connection: Connection
  readonly #prepared: Prepared
  readonly #hasRows: boolean
  readonly #source: string
  readonly #rules: ValueRules
  #mode: RowMode = 'object'
  #integers: Integers
  /** What is said of single columns; null: nothing. */
  #columnIntegers: ColumnIntegers | null = null
  #bound: readonly Value[] | null = null
  /** An iterator of this statement is open. It is over once the connection counts more recoveries than this; -1: there is none. */
  #lockedAt = -1

  /** Use `Database.prepare`. */
  constructor(
    made: typeof maker,
    database: Database,
    core: DatabaseCore,
    prepared: Prepared,
    source: string,
  ) {
    if (made !== maker) {
      throw new TypeError('Statements can only be constructed by the db.prepare() method')
    }
    this.#connection = core.connection
    this.#prepared = prepared
    this.#hasRows = prepared.hasRows
    this.#source = source
    this.#rules = core.request.values
    this.#integers = core.integers
    // They may be overwritten, unlike better-sqlite3's: to forbid it would double what a statement costs that is known by its text.
    this.reader = prepared.hasRows
    this.readonly = prepared.isReadonly
    this.source = source
    this.database = database
    Object.defineProperty(this, 'busy', busyProperty)
  }

  static {
    isStatement = (self) => typeof self === 'object' && self !== null && #prepared in self
    isBusyNow = (statement) => statement.#lockedAt === statement.#connection.recoveries
  }

  run(...args: BindParameters): RunResult {
    try {
      const connection = this.#connection
      this.#checkIdle()
      connection.checkNoIterators()
      const values = this.#values(args)
      const { context } = connection
      const before = context.totalChanges
      if (this.#hasRows) this.#prepared.get(values, 'raw', 'rounded')
      else this.#prepared.run(values)
      return {
        changes: context.totalChanges === before ? 0 : context.changes,
        lastInsertRowid: this.#rowid(context.lastInsertRowid),
      }
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = isStatement(this) ? answerTo(error) : new TypeError('Illegal invocation')
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
      if (this.#columnIntegers !== null) return this.#columnIntegers.first(values, this.#mode)
      return this.#prepared.get(values, this.#mode, this.#integers) as Result | undefined
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = isStatement(this) ? answerTo(error) : new TypeError('Illegal invocation')
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
      if (this.#columnIntegers !== null) return this.#columnIntegers.all(values, this.#mode)
      return this.#prepared.all(values, this.#mode, this.#integers) as Result[]
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      try {
        answer = isStatement(this) ? answerTo(error) : new TypeError('Illegal invocation')
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  iterate(...args: BindParameters): IterableIterator<Result> {
    checkOwn(this)
    this.#checkReader()
    const connection = this.#connection
    if (connection.iterators >= mostIterators) {
      throw new RangeError('Too many active database iterators')
    }
    const values = this.#boundOr(args)
    const rows =
      this.#columnIntegers === null
        ? this.#prepared.rows(values, this.#mode, this.#integers)
        : this.#columnIntegers.rows(values, this.#mode)
    const lockedAt = connection.recoveries
    const start = (): void => {
      if (connection.isVerbose)
        connection.tell(expandSql(readText(this.#source), values, tracedSize))
    }
    const release = (): void => {
      if (lockedAt !== connection.recoveries) return
      this.#lockedAt = -1
      connection.iterators--
    }
    const iterator = new StatementIterator<Result>(
      this,
      connection,
      rows as IterableIterator<Result>,
      start,
      release,
    )
    // Last, for what is locked must reach the caller.
    this.#lockedAt = lockedAt
    connection.iterators++
    return iterator
  }

  bind(...args: BindParameters): this {
    checkOwn(this)
    if (this.#bound !== null) {
      throw new TypeError('The bind() method can only be invoked once per statement object')
    }
    this.#checkIdle()
    this.#bound = bindOwnArguments(args, this.#prepared.parameters, this.#rules)
    return this
  }

  pluck(...args: readonly [enabled?: boolean]): this {
    checkOwn(this)
    return this.#switch('pluck', args)
  }

  expand(...args: readonly [enabled?: boolean]): this {
    checkOwn(this)
    return this.#switch('expand', args)
  }

  raw(...args: readonly [enabled?: boolean]): this {
    checkOwn(this)
    return this.#switch('raw', args)
  }

  safeIntegers(...args: readonly [enabled?: boolean]): this {
    checkOwn(this)
    this.#checkUnlocked()
    const { integers } = this.#rules
    this.#integers = enabledBy(args) ? 'bigint' : integers === 'bigint' ? 'exact' : integers
    this.#columnIntegers = null
    return this
  }

  integers(mode: IntegerMode | Readonly<Record<string, IntegerMode>>): this {
    checkOwn(this)
    this.#checkUnlocked()
    if (typeof mode === 'object' && mode !== null) {
      this.#checkReturnsData('integers')
      this.#columnIntegers = new ColumnIntegers(this.#prepared, mode, this.#integers)
    } else {
      this.#integers = integersOf(mode)
      this.#columnIntegers = null
    }
    return this
  }

  columns(): ColumnDefinition[] {
    checkOwn(this)
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
    checkOwn(this)
    const isExpanded = this.#bound !== null && this.#connection.isOpen
    return isExpanded ? expandSql(this.#source, this.#bound!, tracedSize) : this.#source
  }

  #switch(mode: 'raw' | 'pluck' | 'expand', args: readonly unknown[]): this {
    this.#checkReturnsData(mode)
    this.#checkUnlocked()
    if (enabledBy(args)) this.#mode = mode
    else if (this.#mode === mode) this.#mode = 'object'
    return this
  }

  #checkReturnsData(method: string): void {
    if (this.#hasRows) return
    throw new TypeError(`The ${method}() method is only for statements that return data`)
  }

  #checkReader(): void {
    if (!this.#hasRows) {
      throw new TypeError('This statement does not return data. Use run() instead')
    }
    this.#checkIdle()
  }

  #checkIdle(): void {
    this.#connection.checkOpen()
    if (this.#lockedAt === this.#connection.recoveries) throw isLocked()
  }

  /** For what needs no open connection. */
  #checkUnlocked(): void {
    this.#connection.checkNotCalling()
    if (this.#lockedAt === this.#connection.recoveries) throw isLocked()
  }

  /** The parameters of this call, which is about to run. */
  #values(args: unknown[]): readonly Value[] {
    const values = this.#boundOr(args)
    const connection = this.#connection
    if (connection.isVerbose) connection.tell(expandSql(readText(this.#source), values, tracedSize))
    return values
  }

  #boundOr(args: unknown[]): readonly Value[] {
    if (this.#bound === null) return bindOwnArguments(args, this.#prepared.parameters, this.#rules)
    if (args.length > 0) throw new TypeError('This statement already has bound parameters')
    return this.#bound
  }

  /** The row is there, so one beyond 2^53 is no error: it is a bigint. */
  #rowid(rowid: number | bigint): number | bigint {
    if (this.#integers === 'bigint') return BigInt(rowid)
    return this.#integers === 'rounded' ? Number(rowid) : rowid
  }
}

/** Prepares one statement of a database, as which users know `database`. */
export function prepareStatement(
  database: Database,
  core: DatabaseCore,
  sql: string,
): StatementFace {
  const { connection } = core
  connection.checkOpen()
  return new Statement(maker, database, core, connection.prepare(sql), sql)
}

const methods = [
  'run',
  'get',
  'all',
  'iterate',
  'bind',
  'pluck',
  'expand',
  'raw',
  'safeIntegers',
  'columns',
  'toString',
] as const

Object.defineProperty(Statement, 'length', { value: 0 })
answersUsers(Statement.prototype, [...methods.slice(3), 'integers'])
for (const name of methods) {
  Object.defineProperty(Statement.prototype, name, { enumerable: true })
}

function isLocked(): TypeError {
  return new TypeError('This statement is busy executing a query')
}

/** A switch is on where nothing is given. */
function enabledBy(args: readonly unknown[]): boolean {
  if (args.length === 0) return true
  const [enabled] = args
  if (typeof enabled === 'boolean') return enabled
  throw new TypeError('Expected first argument to be a boolean')
}
