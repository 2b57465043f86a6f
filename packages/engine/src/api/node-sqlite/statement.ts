/**
 * `StatementSync`: a view of a `Prepared`, as `Statement` of the other face is, with node:sqlite's switches. It keeps the values of its last run, which
 * `expandedSQL` shows, and its last iterator, whose rows end when it runs again.
 */
import { readText } from '../connection/sql-text.ts'
import { users } from '../../base/foreign-error.ts'
import type { Value } from '../../record/index.ts'
import { parseStatement } from '../../sql/index.ts'
import type { Connection } from '../connection/connection.ts'
import { interruption } from '../connection/interruption.ts'
import type { Prepared, RowMode } from '../connection/session.ts'
import { expandSql } from '../sync/expanded-sql.ts'
import { bindArguments, type NameRules } from './binding.ts'
import {
  answerInNode,
  asNodes,
  illegalConstructor,
  illegalInvocation,
  invalidArgType,
  spareAnswer,
} from './errors.ts'
import type {
  StatementColumnMetadata,
  StatementResultingChanges,
  StatementSyncConstructor,
  StatementSync as StatementSyncFace,
} from './face.ts'
import { LimitedStatement } from './limited-statement.ts'
import type { OpenConnection } from './open-connection.ts'
import { shapedRow } from './rows.ts'
import { invalidate, iteratorOf, StatementState } from './statement-iterator.ts'

/** Switches of a statement at first. */
export interface StatementOptions extends NameRules {
  readonly bigInts: boolean
  readonly arrays: boolean
}

const inside = Symbol('inside')

let isStatement: (self: unknown) => boolean
let isOver: (statement: object) => boolean

/** In an expression of its own: V8 calls it by this name, and so does the constant that users get. */
const Statement = class StatementSync {
  readonly #state: StatementState
  readonly #connection: Connection
  #prepared: Prepared
  readonly #sql: string
  #mode: RowMode
  #bigInts: boolean
  #rules: NameRules
  #values: Value[] = []
  #iterator: object | null = null
  #isLimited = false

  constructor(
    key: unknown,
    open: OpenConnection,
    prepared: Prepared,
    sql: string,
    options: StatementOptions,
  ) {
    if (key !== inside) throw illegalConstructor()
    this.#state = new StatementState(open)
    this.#connection = open.connection
    this.#prepared = prepared
    this.#sql = sql
    this.#mode = options.arrays ? 'bare-raw' : 'bare'
    this.#bigInts = options.bigInts
    this.#rules = options
  }

  static {
    isStatement = (self) => typeof self === 'object' && self !== null && #prepared in self
    isOver = (statement) => !(statement as StatementSync).#connection.isOpen
  }

  iterate(...args: unknown[]): unknown {
    const values = this.#bind(args)
    const prepared = this.#prepared
    const { writes } = prepared
    const rows = writes
      ? prepared.rows(values, 'bare-raw', 'bigint')
      : prepared.rows(values, this.#mode, this.#bigInts ? 'bigint' : 'exact')
    this.#iterator = iteratorOf(this.#state, rows, writes ? this.#shaping() : null)
    return this.#iterator
  }

  all(...args: unknown[]): unknown[] {
    let isStepping = false
    try {
      const values = this.#bind(args)
      isStepping = this.#state.isStepping = true
      const prepared = this.#prepared
      const rows = prepared.writes
        ? prepared.all(values, 'bare-raw', 'bigint').map(this.#shaping())
        : prepared.all(values, this.#mode, this.#bigInts ? 'bigint' : 'exact')
      this.#state.isStepping = false
      return rows
    } catch (error) {
      if (isStepping) this.#state.isStepping = false
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = answerOf(error, this)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  get(...args: unknown[]): unknown {
    let isStepping = false
    try {
      const values = this.#bind(args)
      isStepping = this.#state.isStepping = true
      const prepared = this.#prepared
      const row = prepared.writes
        ? this.#written(values)
        : prepared.get(values, this.#mode, this.#bigInts ? 'bigint' : 'exact')
      this.#state.isStepping = false
      return row
    } catch (error) {
      if (isStepping) this.#state.isStepping = false
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = answerOf(error, this)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  run(...args: unknown[]): StatementResultingChanges {
    let isStepping = false
    try {
      const values = this.#bind(args)
      isStepping = this.#state.isStepping = true
      const prepared = this.#prepared
      if (prepared.hasRows) prepared.get(values, 'bare-raw', 'bigint')
      else prepared.run(values)
      this.#state.isStepping = false
      return this.#changes()
    } catch (error) {
      if (isStepping) this.#state.isStepping = false
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = answerOf(error, this)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  #changes(): StatementResultingChanges {
    const { changes, lastInsertRowid } = this.#connection.context
    if (this.#bigInts) {
      return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
    }
    return { changes, lastInsertRowid: Number(lastInsertRowid) }
  }

  /** The first of the rows that a statement returns which writes. */
  #written(values: readonly Value[]): unknown {
    const row = this.#prepared.get(values, 'bare-raw', 'bigint')
    return row === undefined ? row : this.#shaping()(row)
  }

  columns(): StatementColumnMetadata[] {
    this.#state.checkOpen()
    if (!this.#prepared.hasRows) return []
    return this.#prepared
      .columns()
      .map(
        ({ column, database, name, table, type }) =>
          ({ __proto__: null, column, database, name, table, type }) as StatementColumnMetadata,
      )
  }

  get sourceSQL(): string {
    this.#state.checkOpen()
    const text = readText(this.#sql)
    return text.slice(0, parseStatement(text, 0).end)
  }

  get expandedSQL(): string {
    this.#state.checkOpen()
    return expandSql(readText(this.#sql), this.#values)
  }

  setAllowBareNamedParameters(enabled: unknown): void {
    this.#state.checkOpen()
    this.#rules = { ...this.#rules, bareNames: booleanOf(enabled, 'allowBareNamedParameters') }
  }

  setAllowUnknownNamedParameters(enabled: unknown): void {
    this.#state.checkOpen()
    this.#rules = { ...this.#rules, unknownNames: booleanOf(enabled, 'enabled') }
  }

  setReadBigInts(enabled: unknown): void {
    this.#state.checkOpen()
    this.#bigInts = booleanOf(enabled, 'readBigInts')
  }

  setReturnArrays(enabled: unknown): void {
    this.#state.checkOpen()
    this.#mode = booleanOf(enabled, 'returnArrays') ? 'bare-raw' : 'bare'
  }

  /** The parameters of a run that is about to begin: the one before is over. */
  #bind(args: readonly unknown[]): readonly Value[] {
    const state = this.#state
    state.check()
    if (this.#iterator !== null) {
      invalidate(this.#iterator)
      this.#iterator = null
    }
    if (state.open.isLimited && !this.#isLimited) {
      this.#isLimited = true
      this.#prepared = new LimitedStatement(state.open, this.#prepared)
    }
    const values: Value[] = []
    this.#values = values
    bindArguments(values, args, this.#prepared.parameters, this.#rules)
    return values
  }

  #shaping(): (row: unknown) => unknown {
    let known: string[] | null = null
    const names = (): string[] => (known ??= this.#prepared.columns().map(({ name }) => name))
    const shape = { names, arrays: this.#mode === 'bare-raw', bigInts: this.#bigInts }
    return (row) => shapedRow(row as unknown[], shape)
  }
}

function answerOf(error: unknown, self: unknown): unknown {
  return isStatement(self) ? answerInNode(error) : illegalInvocation()
}

function booleanOf(enabled: unknown, name: string): boolean {
  if (typeof enabled === 'boolean') return enabled
  throw invalidArgType(`The "${name}" argument must be a boolean.`)
}

/** The only way to make one. */
export function statementOf(
  open: OpenConnection,
  prepared: Prepared,
  sql: string,
  options: StatementOptions,
): StatementSyncFace {
  return new Statement(inside, open, prepared, sql, options) as unknown as StatementSyncFace
}

/** Whether its database was closed since it was prepared. */
export function isFinalized(statement: StatementSyncFace): boolean {
  return isOver(statement)
}

export type StatementSync = StatementSyncFace

/** The class of statements, which `prepare` makes. */
export const StatementSync: StatementSyncConstructor = asNodes(
  Statement,
  isStatement!,
  illegalConstructor,
  new Set(['all', 'get', 'run']),
) as StatementSyncConstructor
