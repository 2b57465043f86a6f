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
import { SqliteError, tableLocked } from '../../base/error.ts'
import { StatementLabel } from '../../coordination/index.ts'
import type { Form, Program } from '../../codegen/index.ts'
import type { DatabaseUses, OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable, Statement } from '../../sql/index.ts'
import type { Compiled, Prepared, Integers, RowMode, Session } from '../connection/session.ts'
import { ProgramRows, type ProgramOwner } from './rows.ts'
import { allRows, isHeard, noRows, oneRow, toldStatement, ToldRows } from './told-statement.ts'
import type { Telling } from './told-statement.ts'

/** A statement that is compiled: SELECT, INSERT, UPDATE, DELETE, CREATE, DROP. */
export class PreparedProgram implements Prepared, ProgramOwner, Telling {
  /** Whether somebody may be told of it; false: it is a part of another statement. */
  tells = false
  readonly connection: Session
  readonly hasRows: boolean
  readonly writes: boolean
  /** Whether SQLite says that it leaves the file alone, by what there was when it was prepared. */
  readonly isReadonly: boolean
  readonly parameters: ParameterTable
  #statement: Statement
  #sql: string
  readonly #text: string
  /** Whether it changes anything depends on what there is when it runs. */
  readonly #isConditional: boolean
  readonly rebuilds: boolean
  readonly #dropsTree: boolean
  readonly #addsIndex: boolean
  /** As others see it while it runs. */
  readonly label: StatementLabel
  /** Idle and compiled for the connection's schemas as they were when last used; null: none at hand. */
  #program: Program | null
  /** More of them, where executions lay inside each other. */
  readonly #spare: Program[] = []
  /** Of the program last compiled. */
  #columns: readonly OutputColumn[]
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
    this.connection = connection
    this.#statement = statement
    this.#sql = sql
    this.label = new StatementLabel(text)
    this.#text = text
    this.parameters = parameters
    this.#program = program
    this.#columns = program.columns
    this.#uses = uses
    this.hasRows = program.columns.length > 0
    this.#isConditional = isConditional(statement)
    const drops =
      statement.kind === 'reindex' ||
      (statement.kind === 'drop' && (statement.what === 'table' || statement.what === 'index'))
    this.rebuilds = statement.kind.startsWith('create-') || drops
    this.#dropsTree = drops
    this.#addsIndex = statement.kind === 'create-index'
    this.writes = program.writes || this.#isConditional
    this.isReadonly = mayDoNothing(statement) ? uses.writes.count === 0 : !this.writes
  }

  get text(): string | null {
    return this.tells ? this.#text : null
  }

  get mayRunLong(): boolean {
    if (this.#isConditional) {
      return this.connection.withSchemas(() => this.#current(false).mayRunLong)
    }
    return this.#program === null || this.#program.mayRunLong
  }

  /** As it was last compiled. */
  columns(): readonly OutputColumn[] {
    return this.#columns
  }

  all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    // What has no rows may drop or build trees, which is not done beside others.
    if (!this.hasRows) {
      this.run(params)
      return []
    }
    if (isHeard(this)) {
      return toldStatement(this, allRows, () => this.#all(params, mode, integers))
    }
    return this.#all(params, mode, integers)
  }

  #all(params: readonly Value[], mode: RowMode, integers: Integers, tries = 0): unknown[] {
    const connection = this.connection
    if (this.writes) this.makeReady('all', mode, integers)
    connection.beginStatement(this.writes, this.#uses, this.label)
    let rows: unknown[]
    let program: Program | null = null
    try {
      program = this.takeProgram()
      connection.lockWait.isOutside = false
      rows = program.all(params, mode, integers)
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.#all(params, mode, integers, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(this.writes)
    return rows
  }

  get(params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    if (!this.hasRows) {
      this.run(params)
      return undefined
    }
    if (isHeard(this)) {
      return toldStatement(this, oneRow, () => this.#get(params, mode, integers))
    }
    return this.#get(params, mode, integers)
  }

  #get(params: readonly Value[], mode: RowMode, integers: Integers, tries = 0): unknown {
    const connection = this.connection
    if (this.writes) this.makeReady('get', mode, integers)
    connection.beginStatement(this.writes, this.#uses, this.label)
    let row: unknown
    let program: Program | null = null
    try {
      program = this.takeProgram()
      connection.lockWait.isOutside = false
      row = program.get(params, mode, integers)
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, this.writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.#get(params, mode, integers, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(this.writes)
    return row
  }

  run(params: readonly Value[]): void {
    if (isHeard(this)) toldStatement(this, noRows, () => this.#run(params))
    else this.#run(params)
  }

  #run(params: readonly Value[], tries = 0): void {
    const connection = this.connection
    if (this.writes) this.makeReady('run', 'raw', 'rounded')
    const writes = this.#program === null ? this.writes : this.#program.writes
    connection.beginStatement(writes, this.#uses, this.label)
    let hasRun = false
    let program: Program | null = null
    try {
      program = this.takeProgram()
      if (program.writes === writes) {
        this.checkBeside(program)
        connection.lockWait.isOutside = false
        program.run(params)
        hasRun = true
      }
    } catch (error) {
      connection.trouble.struck = connection
      if (program !== null) this.giveBack(program)
      const failure = connection.failStatement(error, writes)
      if (!this.mayBeginAnew(failure, tries)) throw failure
      return this.#run(params, tries + 1)
    }
    this.giveBack(program)
    connection.endStatement(writes)
    // What IF EXISTS asks for has come or gone at the last moment.
    if (!hasRun) this.#run(params, tries)
  }

  rows(
    params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced = false,
  ): IterableIterator<unknown> {
    const form = isSliced ? 'sliced' : 'rows'
    const rows = new ProgramRows(this, this.connection, params, form, mode, integers)
    return isHeard(this) ? new ToldRows(this, rows) : rows
  }

  checkBeside(program: Program): void {
    if (!program.writes) return
    const connection = this.connection
    // Pages of a tree are not given away beside a statement that may stand on one of them.
    if (this.#dropsTree && connection.hasOtherStatements) throw tableLocked()
    // Who writes the table does not know of the new index.
    if (this.#addsIndex && connection.hasOtherWriters) throw tableLocked()
  }

  get uses(): DatabaseUses {
    return this.#uses
  }

  /** The writer's lock is not held while code is emitted, and not taken where IF EXISTS leaves nothing to do. */
  makeReady(form: Form | 'run', mode: RowMode, integers: Integers): void {
    const program = this.#program
    if (program === null) return
    const ready = (current: Program): void => current.ready(form, mode, integers)
    if (this.#isConditional) this.connection.withSchemas(() => ready(this.#current(false)))
    else if (!program.isReady(form, mode, integers)) {
      this.connection.withSchemas(() => ready(program))
    }
  }

  /** Whether a statement that has failed, and has ended its transaction, may be tried again. */
  mayBeginAnew(failure: unknown, tries: number): boolean {
    const { databases, inTransaction } = this.connection
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
    const connection = this.connection
    const program = this.#program ?? this.#takeSpare()
    if (program !== null && program.catalog === connection.context.catalog) return program
    for (let tries = 0; tries < maxSchemaRetries; tries++) {
      const compiled = connection.compile(this.#statement, this.#sql, this.parameters)
      this.#uses = compiled.uses
      this.#columns = compiled.program.columns
      if (runs) connection.enter(compiled.uses)
      if (compiled.program.catalog === connection.context.catalog) {
        this.#program = compiled.program
        return compiled.program
      }
    }
    throw new SqliteError('database schema has changed', 'SQLITE_SCHEMA')
  }
}

/** Of one statement. Deeper recursion compiles more of them. */
const mostSpare = 32

/** CREATE … IF NOT EXISTS and DROP … IF EXISTS. */
/**
 * What is readonly where it finds nothing to do. Tables, views and indexes that are there, or not there, are not enough for that.
 * (`sqlite3ForceNotReadOnly`)
 */
function mayDoNothing(statement: Statement): boolean {
  const { kind } = statement
  if (kind === 'reindex') return true
  const isTrigger = kind === 'create-trigger' || (kind === 'drop' && statement.what === 'trigger')
  return isTrigger && isConditional(statement)
}

function isConditional(statement: Statement): boolean {
  switch (statement.kind) {
    case 'create-table':
    case 'create-index':
    case 'create-view':
    case 'create-trigger':
    case 'create-virtual-table':
      return statement.ifNotExists
    case 'drop':
      return statement.ifExists
    case 'reindex':
      return true
    default:
      return false
  }
}
