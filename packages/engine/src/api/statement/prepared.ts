/**
 * One SQL statement of a connection, ready to run: what the cache holds for a text.
 *
 * Most statements are programs, compiled for one schema. When the schema has changed, by whomever, the
 * program is compiled anew before it runs (SQLite: SQLITE_SCHEMA and `sqlite3Reprepare`), at most
 * `maxSchemaRetries` times in a row. Who runs a program keeps it to himself until he is done: cursors and keys are the program's.
 * A second execution meanwhile (beside an iterator, or from a function of the user's that the first one calls) gets another.
 *
 * In autocommit a read whose snapshot a peer has destroyed (TSHM v1 §7.8) has lost nothing as long as nobody has seen
 * a row of it: it begins anew.
 */
import { maxSchemaRetries, maxSnapshotRetries } from '../../base/limits.ts'
import { sqlError, SqliteError, tableLocked } from '../../base/error.ts'
import { callersMistake } from '../../base/foreign-error.ts'
import { StatementLabel } from '../../coordination/index.ts'
import type { Program } from '../../codegen/index.ts'
import type { DatabaseUses, OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable, Statement } from '../../sql/index.ts'
import type { Compiled, Prepared, RowMode, Session } from '../connection/session.ts'

/** A statement that is compiled: SELECT, INSERT, UPDATE, DELETE, CREATE, DROP. */
export class PreparedProgram implements Prepared {
  readonly isReader: boolean
  readonly writes: boolean
  readonly parameters: ParameterTable
  #connection: Session
  #statement: Statement
  #sql: string
  /** Whether it changes anything depends on what there is when it runs. */
  readonly #isConditional: boolean
  readonly #dropsTree: boolean
  readonly #addsIndex: boolean
  /** As others see it while it runs. */
  readonly label: StatementLabel
  /** Idle and compiled for the connection's schemas as they were when last used; null: none at hand. */
  #program: Program | null
  /** More of them, where executions lay inside each other. */
  readonly #spare: Program[] = []
  /** The databases that the program last compiled touches. */
  #uses: DatabaseUses

  constructor(
    connection: Session,
    statement: Statement,
    sql: string,
    parameters: ParameterTable,
    { program, uses }: Compiled,
    text: string,
  ) {
    this.#connection = connection
    this.#statement = statement
    this.#sql = sql
    this.label = new StatementLabel(text)
    this.parameters = parameters
    this.#program = program
    this.#uses = uses
    this.isReader = program.isReader
    this.#isConditional = isConditional(statement)
    this.#dropsTree =
      statement.kind === 'reindex' ||
      (statement.kind === 'drop' && (statement.what === 'table' || statement.what === 'index'))
    this.#addsIndex = statement.kind === 'create-index'
    this.writes = program.writes || this.#isConditional
  }

  columns(): readonly OutputColumn[] {
    return this.#connection.withSchemas(() => this.#current(false).columns)
  }

  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean, tries = 0): unknown[] {
    const connection = this.#connection
    connection.beginStatement(this.writes, this.#uses, this.label)
    let rows: unknown[]
    let program: Program | null = null
    try {
      program = this.takeProgram()
      rows = program.all(params, mode, safeIntegers)
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.all(params, mode, safeIntegers, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(this.writes)
    return rows
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean, tries = 0): unknown {
    const connection = this.#connection
    connection.beginStatement(this.writes, this.#uses, this.label)
    let row: unknown
    let program: Program | null = null
    try {
      program = this.takeProgram()
      row = program.get(params, mode, safeIntegers)
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.get(params, mode, safeIntegers, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(this.writes)
    return row
  }

  run(params: readonly Value[], tries = 0): void {
    const connection = this.#connection
    if (this.writes) this.#makeReady()
    const writes = this.#program === null ? this.writes : this.#program.writes
    connection.beginStatement(writes, this.#uses, this.label)
    let hasRun = false
    let program: Program | null = null
    try {
      program = this.takeProgram()
      if (program.writes === writes) {
        // Pages of a tree are not given away beside a statement that may stand on one of them.
        if (writes && this.#dropsTree && connection.hasOtherStatements) throw tableLocked()
        // Who writes the table does not know of the new index.
        if (writes && this.#addsIndex && connection.hasOtherWriters) throw tableLocked()
        if (this.isReader) program.all(params, 'raw', false)
        else program.run(params)
        hasRun = true
      }
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.run(params, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(writes)
    // What IF EXISTS asks for has come or gone at the last moment.
    if (!hasRun) this.run(params, tries)
  }

  iterate(
    params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
  ): IterableIterator<unknown> {
    return new ProgramRows(this, this.#connection, params, mode, safeIntegers)
  }

  get uses(): DatabaseUses {
    return this.#uses
  }

  /** The writer's lock is not held while code is emitted, and not taken where IF EXISTS leaves nothing to do. */
  #makeReady(): void {
    const program = this.#program
    if (program === null) return
    if (this.#isConditional) this.#connection.withSchemas(() => this.#current(false).ready())
    else if (!program.isReady) this.#connection.withSchemas(() => program.ready())
  }

  /** Whether a statement that has failed, and has ended its transaction, may be tried again. */
  mayBeginAnew(failure: unknown, tries: number): boolean {
    const { databases, inTransaction } = this.#connection
    const isLost = failure instanceof SqliteError && failure.code === 'SQLITE_BUSY_SNAPSHOT'
    if (!isLost || this.writes || inTransaction || tries >= maxSnapshotRetries) return false
    return databases.all.every(({ pager }) => pager.state === 'none')
  }

  /** The program, for the caller alone. */
  takeProgram(): Program {
    const program = this.#current()
    this.#program = null
    return program
  }

  /** It is idle again. */
  giveBack(program: Program): void {
    if (this.#program === null) this.#program = program
    else if (this.#spare.length < mostSpare) this.#spare.push(program)
  }

  #takeSpare(): Program | null {
    const spare = this.#spare.pop() ?? null
    if (spare !== null) this.#program = spare
    return spare
  }

  /**
   * The program for the schemas as they are now. Compiled anew it may touch other databases than those whose
   * transactions are open; where it is about to run, they are drawn in, which may show that their schemas have moved too.
   */
  #current(runs = true): Program {
    const connection = this.#connection
    const program = this.#program ?? this.#takeSpare()
    if (program !== null && program.catalog === connection.context.catalog) return program
    for (let tries = 0; tries < maxSchemaRetries; tries++) {
      const compiled = connection.compile(this.#statement, this.#sql, this.parameters)
      this.#uses = compiled.uses
      if (runs) connection.enter(compiled.uses)
      if (compiled.program.catalog === connection.context.catalog) {
        this.#program = compiled.program
        return compiled.program
      }
    }
    throw new SqliteError('SQLITE_SCHEMA', 'database schema has changed')
  }
}

/** Of one statement. Deeper recursion compiles more of them. */
const mostSpare = 32

export function abortedByRollback(): SqliteError {
  return new SqliteError('SQLITE_ABORT_ROLLBACK', 'abort due to ROLLBACK')
}

/** CREATE … IF NOT EXISTS and DROP … IF EXISTS. */
function isConditional(statement: Statement): boolean {
  switch (statement.kind) {
    case 'create-table':
    case 'create-index':
    case 'create-view':
      return statement.ifNotExists
    case 'drop':
      return statement.ifExists
    default:
      return false
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
  #schemaRollbacks = 0
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
      const { writes, uses, label } = this.#prepared
      this.#connection.beginStatement(writes, uses, label)
      this.#schemaRollbacks = this.#connection.schemaRollbacks
    }
    let result: IteratorResult<unknown>
    try {
      if (this.#schemaRollbacks !== this.#connection.schemaRollbacks) throw abortedByRollback()
      this.#rows ??= this.#begin()
      result = this.#rows.next()
    } catch (error) {
      this.#connection.trouble.struck = this.#connection
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
    if (this.#isDone || this.#rows === null) {
      this.#isDone = true
      return { value: undefined, done: true }
    }
    const connection = this.#connection
    try {
      this.#rows.return?.()
    } catch (error) {
      const wasFailing = connection.trouble.struck !== null
      connection.trouble.struck = connection
      throw connection.answer(error, wasFailing)
    }
    this.#finish()
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
  readonly #connection: Session
  #columnNames: readonly string[]
  #answer: (params: readonly Value[]) => readonly (readonly Value[])[]
  #shape: (row: readonly Value[], mode: RowMode, safeIntegers: boolean) => unknown

  constructor(
    connection: Session,
    parameters: ParameterTable,
    columnNames: readonly string[],
    writes: boolean,
    answer: (params: readonly Value[]) => readonly (readonly Value[])[],
  ) {
    this.#connection = connection
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
    return this.#rows(params).map((row) => this.#shape(row, mode, safeIntegers))
  }

  #rows(params: readonly Value[]): readonly (readonly Value[])[] {
    return this.#connection.answering(() => this.#answer(params))
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown {
    const row = this.#rows(params)[0]
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
    this.#rows(params)
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
  return callersMistake(new RangeError('The supplied SQL string contains more than one statement'))
}

/** Nothing but space and comments. */
export function noStatement(): RangeError {
  return callersMistake(new RangeError('The supplied SQL string contains no statements'))
}

/** A statement inside an explicit transaction that must stand alone. */
export function insideTransaction(what: string): SqliteError {
  return sqlError(`cannot ${what} from within a transaction`)
}
