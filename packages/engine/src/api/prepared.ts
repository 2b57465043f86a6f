/**
 * One SQL statement of a connection, ready to run: what the cache holds for a text.
 *
 * Most statements are programs, compiled for one schema. When the schema has changed, by whomever, the
 * program is compiled anew before it runs (SQLite: SQLITE_SCHEMA and `sqlite3Reprepare`), at most
 * `maxSchemaRetries` times in a row. An iterator keeps its program to itself until it ends; a second
 * execution meanwhile gets a program of its own.
 *
 * In autocommit a read whose snapshot a peer has destroyed (TSHM v1 §7.8) has lost nothing as long as nobody has seen
 * a row of it: it begins anew.
 */
import { maxSchemaRetries, maxSnapshotRetries } from '../base/limits.ts'
import { sqlError, SqliteError } from '../base/error.ts'
import { StatementLabel } from '../coordination/index.ts'
import type { Program } from '../codegen/index.ts'
import type { OutputColumn } from '../plan/index.ts'
import type { Value } from '../record/index.ts'
import type { ParameterTable, Statement } from '../sql/index.ts'
import type { Prepared, RowMode, Session } from './session.ts'

/** A statement that is compiled: SELECT, INSERT, UPDATE, DELETE, CREATE, DROP. */
export class PreparedProgram implements Prepared {
  readonly isReader: boolean
  readonly writes: boolean
  readonly parameters: ParameterTable
  #connection: Session
  #statement: Statement
  #sql: string
  /** As others see it while it runs. */
  readonly label: StatementLabel
  /** Idle and compiled for the connection's schema as it was when last used; null: none at hand. */
  #program: Program | null

  constructor(
    connection: Session,
    statement: Statement,
    sql: string,
    parameters: ParameterTable,
    program: Program,
    text: string,
  ) {
    this.#connection = connection
    this.#statement = statement
    this.#sql = sql
    this.label = new StatementLabel(text)
    this.parameters = parameters
    this.#program = program
    this.isReader = program.isReader
    this.writes = program.writes
  }

  columns(): readonly OutputColumn[] {
    return this.#current().columns
  }

  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean, tries = 0): unknown[] {
    const connection = this.#connection
    connection.beginStatement(this.writes, this.label)
    let rows: unknown[]
    try {
      rows = this.#current().all(params, mode, safeIntegers)
    } catch (error) {
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.all(params, mode, safeIntegers, tries + 1)
    }
    connection.endStatement(this.writes)
    return rows
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean, tries = 0): unknown {
    const connection = this.#connection
    connection.beginStatement(this.writes, this.label)
    let row: unknown
    try {
      row = this.#current().get(params, mode, safeIntegers)
    } catch (error) {
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.get(params, mode, safeIntegers, tries + 1)
    }
    connection.endStatement(this.writes)
    return row
  }

  run(params: readonly Value[], tries = 0): void {
    const connection = this.#connection
    connection.beginStatement(this.writes, this.label)
    try {
      const program = this.#current()
      if (this.isReader) program.all(params, 'raw', false)
      else program.run(params)
    } catch (error) {
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.run(params, tries + 1)
    }
    connection.endStatement(this.writes)
  }

  iterate(
    params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
  ): IterableIterator<unknown> {
    return new ProgramRows(this, this.#connection, params, mode, safeIntegers)
  }

  /** Whether a statement that has failed, and has ended its transaction, may be tried again. */
  mayBeginAnew(failure: unknown, tries: number): boolean {
    const { pager, inTransaction } = this.#connection
    const isLost = failure instanceof SqliteError && failure.code === 'SQLITE_BUSY_SNAPSHOT'
    const isAlone = !this.writes && !inTransaction && pager.state === 'none'
    return isLost && isAlone && tries < maxSnapshotRetries
  }

  /** The program, for the caller alone. */
  takeProgram(): Program {
    const program = this.#current()
    this.#program = null
    return program
  }

  /** It is idle again. */
  giveBack(program: Program): void {
    this.#program = program
  }

  /** The program for the schema as the open transaction sees it. */
  #current(): Program {
    const connection = this.#connection
    const { schema } = connection.context
    const program = this.#program
    if (program !== null && program.schema === schema) return program
    for (let tries = 0; tries < maxSchemaRetries; tries++) {
      const compiled = connection.compile(this.#statement, this.#sql, this.parameters)
      if (compiled.schema === connection.context.schema) {
        this.#program = compiled
        return compiled
      }
    }
    throw new SqliteError('SQLITE_SCHEMA', 'database schema has changed')
  }
}

/**
 * The rows of a program, one by one. Its transaction begins with the first call of `next` and ends with the last
 * row, an error, or `return`. (A class, not a generator around the program's: each row passes here.)
 */
class ProgramRows implements IterableIterator<unknown> {
  #prepared: PreparedProgram
  #connection: Session
  #params: readonly Value[]
  #mode: RowMode
  #safeIntegers: boolean
  /** Set while rows are being delivered. */
  #program: Program | null = null
  #rows: IterableIterator<unknown> | null = null
  #hasDelivered = false
  #isDone = false

  constructor(
    prepared: PreparedProgram,
    connection: Session,
    params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
  ) {
    this.#prepared = prepared
    this.#connection = connection
    this.#params = params
    this.#mode = mode
    this.#safeIntegers = safeIntegers
  }

  next(tries = 0): IteratorResult<unknown, undefined> {
    if (this.#isDone) return { value: undefined, done: true }
    if (this.#rows === null) {
      this.#connection.beginStatement(this.#prepared.writes, this.#prepared.label)
    }
    let result: IteratorResult<unknown>
    try {
      this.#rows ??= this.#begin()
      result = this.#rows.next()
    } catch (error) {
      this.#end()
      const failure = this.#connection.failStatement(error, this.#prepared.writes)
      if (this.#hasDelivered || !this.#prepared.mayBeginAnew(failure, tries)) throw failure
      this.#isDone = false
      this.#rows = null
      return this.next(tries + 1)
    }
    if (!result.done) {
      this.#hasDelivered = true
      return result
    }
    this.#finish()
    return { value: undefined, done: true }
  }

  return(): IteratorResult<unknown, undefined> {
    if (!this.#isDone && this.#rows !== null) {
      this.#rows.return?.()
      this.#finish()
    }
    this.#isDone = true
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }

  #begin(): IterableIterator<unknown> {
    this.#program = this.#prepared.takeProgram()
    return this.#program.iterate(this.#params, this.#mode, this.#safeIntegers)
  }

  #finish(): void {
    this.#end()
    this.#connection.endStatement(this.#prepared.writes)
  }

  #end(): void {
    this.#isDone = true
    if (this.#program !== null) this.#prepared.giveBack(this.#program)
    this.#program = null
  }
}

/** A statement that the connection itself answers: BEGIN, PRAGMA, EXPLAIN … */
export class PreparedAction implements Prepared {
  readonly isReader: boolean
  readonly writes: boolean
  readonly parameters: ParameterTable
  #columnNames: readonly string[]
  #answer: (params: readonly Value[]) => readonly (readonly Value[])[]
  #shape: (row: readonly Value[], mode: RowMode, safeIntegers: boolean) => unknown

  constructor(
    parameters: ParameterTable,
    columnNames: readonly string[],
    writes: boolean,
    answer: (params: readonly Value[]) => readonly (readonly Value[])[],
  ) {
    this.parameters = parameters
    this.isReader = columnNames.length > 0
    this.writes = writes
    this.#columnNames = columnNames
    this.#answer = answer
    this.#shape = (row, mode, safeIntegers) => shapeRow(columnNames, row, mode, safeIntegers)
  }

  columns(): readonly OutputColumn[] {
    return this.#columnNames.map((name) => ({
      name,
      column: null,
      table: null,
      database: null,
      type: null,
    }))
  }

  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown[] {
    return this.#answer(params).map((row) => this.#shape(row, mode, safeIntegers))
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown {
    const row = this.#answer(params)[0]
    return row === undefined ? undefined : this.#shape(row, mode, safeIntegers)
  }

  iterate(
    params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
  ): IterableIterator<unknown> {
    return this.all(params, mode, safeIntegers).values()
  }

  run(params: readonly Value[]): void {
    this.#answer(params)
  }
}

function shapeRow(
  names: readonly string[],
  row: readonly Value[],
  mode: RowMode,
  safeIntegers: boolean,
): unknown {
  const shown = row.map((value) => showValue(value, safeIntegers))
  if (mode === 'raw') return shown
  if (mode === 'pluck') return shown[0]
  const object = Object.fromEntries(names.map((name, i) => [name, shown[i]]))
  return mode === 'expand' ? { $: object } : object
}

function showValue(value: Value, safeIntegers: boolean): unknown {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint') return safeIntegers ? value : Number(value)
  if (typeof value === 'number') {
    return safeIntegers && Number.isInteger(value) ? BigInt(value) : value
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value.value
}

/** Two statements in one text. */
export function tooManyStatements(): RangeError {
  return new RangeError('The supplied SQL string contains more than one statement')
}

/** Nothing but space and comments. */
export function noStatement(): RangeError {
  return new RangeError('The supplied SQL string contains no statements')
}

/** A statement inside an explicit transaction that must stand alone. */
export function insideTransaction(what: string): SqliteError {
  return sqlError(`cannot ${what} from within a transaction`)
}
