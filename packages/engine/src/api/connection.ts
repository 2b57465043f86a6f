/**
 * One connection: pager, schema, compiled statements and the state of the transaction.
 *
 * Every statement runs inside a read or write transaction of the pager. Outside BEGIN … COMMIT it gets one
 * of its own (autocommit), which ends with the statement; a reading iterator keeps its one until it ends.
 *
 * | `#explicit` | pager state | when |
 * |---|---|---|
 * | no  | none  | idle |
 * | no  | read, write | while a statement runs, or an iterator is open |
 * | yes | none  | after BEGIN DEFERRED, before the first statement |
 * | yes | read, write | after the first statement that read or wrote |
 */
import { SqliteError, busy, readonlyDatabase } from '../base/error.ts'
import { maxSnapshotRetries } from '../base/limits.ts'
import type { Activity, StatementLabel } from '../coordination/index.ts'
import { compileStatement, type Program } from '../codegen/index.ts'
import { bindStatement, optimize } from '../plan/index.ts'
import { loadSchema, type Schema } from '../schema/index.ts'
import { liftLiterals, parseStatement, type ParameterTable, type Statement } from '../sql/index.ts'
import { Pager } from '../storage/index.ts'
import { ConnectionContext } from './context.ts'
import { openPager } from './open.ts'
import type { OpenOptions } from './open-options.ts'
import { prepareAction } from './action.ts'
import { PreparedProgram, noStatement, tooManyStatements } from './prepared.ts'
import { LiftedStatement, valuesOf } from './lifted-statement.ts'
import type { Prepared, Session } from './session.ts'
import { StatementCache } from './statement-cache.ts'

export class Connection implements Session {
  readonly pager: Pager
  readonly context: ConnectionContext
  readonly isMemory: boolean
  readonly isReadonly: boolean
  readonly path: string
  /** Open iterators of this connection's statements. */
  iterators = 0
  /** Writes are allowed while iterators are open. */
  unsafe = false
  /** Remembered for `PRAGMA foreign_keys`; constraints are not enforced yet. */
  foreignKeys = false
  /** Told of each statement that runs. */
  readonly #verbose: ((message: string) => void) | null
  /** `verbose` is running: until it returns, the connection takes no calls. */
  #isTelling = false
  #open = true
  #explicit = false
  /** Names of the open savepoints, oldest first, and the pager's marks for them. */
  readonly #savepoints: { readonly name: string; readonly mark: number }[] = []
  /** The first savepoint began the transaction: releasing it commits. */
  #begunBySavepoint = false
  readonly #cache = new StatementCache<Prepared>()
  /** By text without literals; null: such a text was seen once. */
  readonly #lifted = new StatementCache<Prepared | null>()
  readonly #activity: Activity | null
  /** Autocommit read transactions of open iterators and nested statements. */
  #statementDepth = 0

  constructor(options: OpenOptions) {
    this.path = options.path
    this.isMemory = options.isMemory
    this.#verbose = options.verbose
    this.pager = openPager(options)
    this.isReadonly = this.pager.isReadonly
    this.#activity = this.pager.activity
    this.context = new ConnectionContext(this)
  }

  get isOpen(): boolean {
    return this.#open
  }

  get inTransaction(): boolean {
    return this.#explicit
  }

  checkOpen(): void {
    if (!this.#open) throw new TypeError('The database connection is not open')
    this.checkNotTelling()
  }

  checkNotTelling(): void {
    if (this.#isTelling) throw isBusy()
  }

  checkNoIterators(): void {
    if (this.iterators > 0 && !this.unsafe) throw isBusy()
  }

  /** Whether somebody wants to be told of each statement that runs. */
  get isVerbose(): boolean {
    return this.#verbose !== null
  }

  /** Tells `verbose` of a statement that is about to run. */
  tell(text: string): void {
    this.#isTelling = true
    try {
      this.#verbose?.(text)
    } finally {
      this.#isTelling = false
    }
  }

  /** The statement for a text that holds exactly one. */
  prepare(sql: string): Prepared {
    const cached = this.#cache.get(sql) ?? this.#prepareLifted(sql)
    if (cached !== undefined) return cached
    const { statement, end, parameters } = parseStatement(sql, 0)
    if (statement === null) throw noStatement()
    if (end < sql.length && !isBlank(sql, end)) throw tooManyStatements()
    const prepared = this.#prepareParsed(statement, sql, parameters, sql)
    this.#cache.set(sql, prepared)
    return prepared
  }

  /**
   * From the second text on that differs from another only in literals, they share a program; the first keeps its
   * literals, which the optimizer can look at.
   */
  #prepareLifted(sql: string): Prepared | undefined {
    const lifted = liftLiterals(sql)
    const values = lifted === null ? null : valuesOf(lifted.literals)
    if (lifted === null || values === null) return undefined
    const known = this.#lifted.get(lifted.sql)
    if (known === undefined) {
      this.#lifted.set(lifted.sql, null)
      return undefined
    }
    let shared = known
    if (shared === null) {
      const { statement, parameters } = parseStatement(lifted.sql, 0)
      if (statement === null || parameters.count !== values.length) return undefined
      shared = this.#prepareParsed(statement, lifted.sql, parameters, lifted.sql)
      this.#lifted.set(lifted.sql, shared)
    }
    return new LiftedStatement(shared, values)
  }

  /** Runs all statements of a text. A failure ends it; what ran before stays. */
  exec(sql: string): void {
    const cached = this.#cache.get(sql)
    if (cached !== undefined) {
      this.#runToEnd(cached, sql)
      return
    }
    for (let at = 0; at < sql.length;) {
      const { statement, end, parameters } = parseStatement(sql, at)
      if (statement === null) break
      const text = sql.slice(at, end)
      const prepared = this.#prepareParsed(statement, sql, parameters, text)
      if (at === 0 && end >= sql.length) this.#cache.set(sql, prepared)
      this.#runToEnd(prepared, text)
      at = end
    }
  }

  #runToEnd(prepared: Prepared, text: string): void {
    if (this.#verbose !== null) this.tell(text.replace(/^[ \t-\r;]+/, ''))
    const params =
      prepared.parameters.count === 0 ? [] : Array(prepared.parameters.count).fill(null)
    prepared.run(params)
  }

  /** @param text the statement's part of `sql` */
  #prepareParsed(
    statement: Statement,
    sql: string,
    parameters: ParameterTable,
    text: string,
  ): Prepared {
    const action = prepareAction(this, statement, sql, parameters)
    if (action !== null) return action
    this.beginStatement(false)
    try {
      const program = this.compile(statement, sql, parameters)
      return new PreparedProgram(this, statement, sql, parameters, program, text)
    } finally {
      this.endStatement(false)
    }
  }

  /** Compiles against the schema that the open transaction sees. */
  compile(statement: Statement, sql: string, parameters: ParameterTable): Program {
    const { schema } = this.context
    const bound = bindStatement(statement, sql, schema)
    return compileStatement(optimize(bound, schema), this.context, {
      parameterCount: parameters.count,
    })
  }

  /** Opens the transaction that a statement runs in, and brings the schema up to date. */
  beginStatement(writes: boolean, label?: StatementLabel, tries = 0): void {
    const { pager } = this
    if (!this.#open) this.checkOpen()
    if (writes && this.isReadonly) throw readonlyDatabase()
    if (!writes && pager.state === 'none') pager.beginRead()
    if (this.#statementDepth++ === 0 && this.#activity !== null && label !== undefined) {
      this.#activity.begin(label)
    }
    try {
      // Alone in its transaction, a statement is not heard of before it is committed.
      if (writes && pager.state !== 'write') {
        pager.beginWrite(!this.#explicit && this.#statementDepth === 1)
      }
      if (pager.schemaCookie !== this.context.schema.cookie) this.loadSchema()
    } catch (error) {
      this.#leaveStatement()
      const isAlone = !this.#explicit && this.#statementDepth === 0
      if (isAlone) pager.rollback()
      // Nothing has been read yet that anybody could miss.
      if (!isAlone || !isLostSnapshot(error) || tries >= maxSnapshotRetries) throw error
      return this.beginStatement(writes, label, tries + 1)
    }
    this.context.resetClock()
  }

  #leaveStatement(): void {
    if (--this.#statementDepth === 0 && this.#activity !== null) this.#activity.end()
  }

  /** Ends it: commits in autocommit mode. */
  endStatement(writes: boolean): void {
    if (writes && !this.#explicit && this.pager.state === 'write') {
      this.#commitStatement()
      return
    }
    this.#leaveStatement()
    if (this.#explicit) return
    if (this.#statementDepth === 0 && this.pager.state !== 'none') this.pager.endRead()
  }

  #commitStatement(): void {
    try {
      this.pager.commit()
    } catch (error) {
      this.#leaveStatement()
      this.#rollbackAll()
      throw error
    }
    this.#leaveStatement()
    if (this.#statementDepth > 0) this.pager.beginRead()
  }

  /** A statement failed: what it changed has been or is now taken back. Returns the error to throw. */
  failStatement(error: unknown, writes: boolean): unknown {
    this.#leaveStatement()
    const keeps = this.context.takeKeepChanges()
    if (this.#explicit) {
      if (endsTransaction(error)) this.#rollbackAll()
      return error
    }
    if (writes && this.pager.state === 'write') {
      if (keeps) this.pager.commit()
      else this.#rollbackAll()
    } else if (this.#statementDepth === 0 && this.pager.state !== 'none') {
      this.pager.endRead()
    }
    return error
  }

  /** Reads the schema anew, in the open transaction. */
  loadSchema(): Schema {
    const { pager } = this
    const schema = loadSchema(pager, pager.schemaCookie, pager.encoding)
    this.context.schema = schema
    this.context.forgetTrees()
    return schema
  }

  /** BEGIN. */
  begin(mode: 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE'): void {
    this.checkNoIterators()
    if (this.#explicit) {
      throw new SqliteError('SQLITE_ERROR', 'cannot start a transaction within a transaction')
    }
    if (mode !== 'DEFERRED') {
      if (this.isReadonly) {
        if (this.pager.state === 'none') this.pager.beginRead()
      } else this.#beginImmediate()
    }
    this.#explicit = true
  }

  #beginImmediate(): void {
    const { pager } = this
    const isReading = pager.state === 'read'
    try {
      pager.beginWrite()
    } catch (error) {
      if (isReading) pager.endRead()
      throw error
    }
  }

  /** COMMIT. On SQLITE_BUSY the transaction stays open; other failures take it back. */
  commit(): void {
    this.checkNoIterators()
    if (!this.#explicit) {
      throw new SqliteError('SQLITE_ERROR', 'cannot commit - no transaction is active')
    }
    this.#finish()
  }

  #finish(): void {
    const { pager } = this
    try {
      if (pager.state === 'write') pager.commit()
      else if (pager.state === 'read') pager.endRead()
    } catch (error) {
      if (!(error instanceof SqliteError && error.code === 'SQLITE_BUSY')) this.#rollbackAll()
      throw error
    }
    this.#leaveTransaction()
  }

  /** ROLLBACK. */
  rollback(): void {
    if (!this.#explicit) {
      throw new SqliteError('SQLITE_ERROR', 'cannot rollback - no transaction is active')
    }
    this.checkNoIterators()
    this.#rollbackAll()
  }

  /** Takes the whole transaction back, also for ON CONFLICT ROLLBACK. */
  rollbackTransaction(): void {
    this.#rollbackAll()
  }

  #rollbackAll(): void {
    if (this.pager.state !== 'none') this.pager.rollback()
    this.#leaveTransaction()
    this.context.transactionEnded()
  }

  #leaveTransaction(): void {
    this.#explicit = false
    this.#begunBySavepoint = false
    this.#savepoints.length = 0
  }

  /** SAVEPOINT name. Outside a transaction it begins one, DEFERRED. */
  savepoint(name: string): void {
    if (!this.#explicit) {
      this.begin('DEFERRED')
      this.#begunBySavepoint = true
    }
    if (this.pager.state === 'none') this.pager.beginRead()
    this.#savepoints.push({ name, mark: this.pager.savepoint() })
  }

  /** RELEASE name: forgets it and those opened after it. */
  release(name: string): void {
    const index = this.#findSavepoint(name)
    if (index === 0 && this.#begunBySavepoint) {
      this.checkNoIterators()
      this.#finish()
      return
    }
    this.pager.release(this.#savepoints[index]!.mark)
    this.#savepoints.length = index
  }

  /** ROLLBACK TO name: takes back what came after it; the savepoint itself stays. */
  rollbackTo(name: string): void {
    const index = this.#findSavepoint(name)
    this.checkNoIterators()
    this.pager.rollbackTo(this.#savepoints[index]!.mark)
    this.#savepoints.length = index + 1
    if (this.pager.state !== 'none' && this.pager.schemaCookie !== this.context.schema.cookie) {
      this.loadSchema()
    }
    this.context.transactionEnded()
  }

  #findSavepoint(name: string): number {
    const wanted = name.toLowerCase()
    for (let i = this.#savepoints.length - 1; i >= 0; i--) {
      if (this.#savepoints[i]!.name.toLowerCase() === wanted) return i
    }
    throw new SqliteError('SQLITE_ERROR', `no such savepoint: ${name}`)
  }

  /** Closes for good. An open transaction is rolled back. */
  close(): void {
    if (!this.#open) return
    this.checkNotTelling()
    if (this.iterators > 0) throw isBusy()
    if (this.pager.state !== 'none') this.#rollbackAll()
    this.#open = false
    this.#cache.clear()
    this.#lifted.clear()
    this.pager.close()
  }

  /** A checkpoint or a change of mode wants no transaction open. */
  checkNoTransaction(): void {
    if (this.#explicit || this.#statementDepth > 0) throw busy()
  }
}

function isBusy(): TypeError {
  return new TypeError('This database connection is busy executing a query')
}

/** Spaces, semicolons and comments; a comment may be open. */
const blank = /(?:[ \t-\r;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/y

/** Whether nothing follows the statement that ends at `end`. */
function isBlank(sql: string, end: number): boolean {
  blank.lastIndex = end
  return blank.test(sql)
}

function isLostSnapshot(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_BUSY_SNAPSHOT'
}

/** Errors after which SQLite takes the whole transaction back. (ROLLBACK, "Response To Errors Within A Transaction") */
function endsTransaction(error: unknown): boolean {
  if (!(error instanceof SqliteError)) return false
  return (
    error.code === 'SQLITE_FULL' ||
    error.code === 'SQLITE_NOMEM' ||
    error.code === 'SQLITE_INTERRUPT' ||
    error.code.startsWith('SQLITE_IOERR')
  )
}
