/**
 * One connection: its databases, compiled statements and the state of the transaction. Each of its parts has a file of its own, and they share
 * one state:
 *
 * | part | holds |
 * |---|---|
 * | `state.ts` | what all of them know, and what is asked before anything is done |
 * | `schemas.ts` | schemas, looked at and read anew |
 * | `running-statements.ts` | how a statement begins, ends and fails |
 * | `transaction.ts` | BEGIN, COMMIT, ROLLBACK, savepoints |
 * | `preparing.ts` | texts to statements, kept by text |
 * | `members.ts` | databases, functions and collations that come and leave |
 *
 * What is left is here: how everything is taken back when nobody knows what has happened, and how the connection closes.
 */
import { assert } from '../../base/assert.ts'
import { busy } from '../../base/error.ts'
import { needRoom, users } from '../../base/foreign-error.ts'
import type { StatementLabel } from '../../coordination/index.ts'
import type { DatabaseUses } from '../../plan/index.ts'
import type { Collation, TextEncoding } from '../../record/index.ts'
import type { AggregateFunction, ScalarFunction } from '../../runtime/index.ts'
import type { Module } from '../../schema/index.ts'
import type { ParameterTable, Statement } from '../../sql/index.ts'
import type { AutoVacuum, Pager } from '../../storage/index.ts'
import { pragmaModule } from '../statement/pragma/function.ts'
import { openPager } from '../open/open.ts'
import type { OpenOptions } from '../open/options.ts'
import { expandSql } from '../sync/expanded-sql.ts'
import { closesAtExit, isClosed, type Closable, type Handle } from './at-exit.ts'
import { closeAll } from './database-list.ts'
import { abortedByRollback, isBusy } from './failures.ts'
import { interruption, watch } from './interruption.ts'
import { Members } from './members.ts'
import type { OpenDatabase } from './open-database.ts'
import { statisticsModule } from './page-statistics.ts'
import { Preparing } from './preparing.ts'
import { RunningStatements } from './running-statements.ts'
import { Schemas } from './schemas.ts'
import type { BeginMode, Compiled, Prepared, Session } from './session.ts'
import { readText } from './sql-text.ts'
import { ConnectionState } from './state.ts'
import { Transaction } from './transaction.ts'
import type { CallingConnection } from './user-functions.ts'

export class Connection extends ConnectionState implements Session, CallingConnection, Closable {
  readonly isMemory: boolean
  legacyAlterTable = false
  nextAutoVacuum: AutoVacuum | null = null
  readonly #schemas: Schemas = new Schemas(this)
  readonly #transaction: Transaction = new Transaction(this)
  readonly #statements: RunningStatements
  readonly #members: Members
  readonly #preparing: Preparing = new Preparing(this)
  /** Told of each statement that runs. */
  readonly #verbose: ((message: string) => void) | null
  readonly #unwatch: () => void
  readonly handle: Handle = { connection: this }
  readonly #closers = new Set<() => void>()

  /** @param pager the main database, where it is not to be opened by its path */
  constructor(options: OpenOptions, pager: Pager = openPager(options)) {
    super(options, pager)
    this.isMemory = options.isMemory
    this.#verbose = options.verbose
    this.#statements = new RunningStatements(this, this.#schemas, this.#transaction)
    this.#members = new Members(this, this.#schemas)
    this.environment.modules.define(statisticsModule(this))
    this.environment.modules.onDemand = (name) => pragmaModule(this, name)
    this.#unwatch = watch(this.trouble)
    if (!this.isMemory) closesAtExit(this)
  }

  get inTransaction(): boolean {
    return this.isExplicit && this.trouble.struck === null
  }

  /** Whether somebody wants to be told of each statement that runs. */
  get isVerbose(): boolean {
    return this.#verbose !== null
  }

  /** Tells `verbose` of a statement that is about to run. */
  tell(text: string): void {
    this.isCalling = true
    // Without `this`, which would be the connection.
    const verbose = this.#verbose
    try {
      verbose?.(text)
    } catch (error) {
      users.error = error
      throw error
    } finally {
      this.isCalling = false
    }
  }

  checkGoesOn(rollbacks: number, schemaRollbacks: number): void {
    const isTakenBack = this.rollbacks !== rollbacks && this.writers > 0
    if (this.isStruck || isTakenBack || this.schemaRollbacks !== schemaRollbacks) {
      throw abortedByRollback()
    }
  }

  /** A checkpoint or a change of mode wants no transaction open. */
  checkNoTransaction(): void {
    if (this.isExplicit || this.statementDepth > 0) throw busy()
  }

  // ── Statements ──

  prepare(sql: string): Prepared {
    return this.answering(() => this.#preparing.prepare(sql))
  }

  prepareOwn(sql: string): Prepared {
    return this.answering(() => this.#preparing.prepareOwn(sql))
  }

  /** The first statement of a text, whatever follows it; null: it holds none. */
  prepareFirst(sql: string): Prepared | null {
    return this.answering(() => this.#preparing.first(sql))
  }

  /** Runs all statements of a text. A failure ends it; what ran before stays. */
  exec(sql: string): void {
    this.answering(() =>
      this.#preparing.forEach(sql, (prepared, text) => this.#runToEnd(prepared, text)),
    )
  }

  /** The statement of a text that begins at a place; null: there is none any more. */
  nextStatement(
    sql: string,
    at: number,
  ): { readonly prepared: Prepared; readonly end: number } | null {
    return this.answering(() => this.#preparing.next(sql, at))
  }

  #runToEnd(prepared: Prepared, text: string): void {
    const params = Array<null>(prepared.parameters.count).fill(null)
    if (this.#verbose !== null) {
      const shown = readText(text).replace(/^[ \t-\r;]+/, '')
      this.tell(params.length === 0 ? shown : expandSql(shown, params))
    }
    prepared.run(params)
  }

  compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled {
    return this.#preparing.compile(statement, sql, parameters)
  }

  beginStatement(
    writes: boolean,
    uses: DatabaseUses | null = null,
    label: StatementLabel | null = null,
  ): void {
    this.#statements.begin(writes, uses, label)
  }

  enter(uses: DatabaseUses): void {
    this.#statements.draw(uses)
  }

  endStatement(writes: boolean): void {
    this.#statements.end(writes)
  }

  failStatement(error: unknown, writes: boolean): unknown {
    return this.#statements.fail(error, writes)
  }

  get hasOtherStatements(): boolean {
    return this.statementDepth > 1
  }

  get hasOtherWriters(): boolean {
    return this.writers > 1
  }

  // ── Schemas, databases, functions ──

  withSchemas<Result>(body: () => Result): Result {
    return this.#schemas.with(body)
  }

  loadSchema(database: OpenDatabase): void {
    this.#schemas.load(database)
  }

  get main(): OpenDatabase {
    return this.context
  }

  databaseNamed(name: string): OpenDatabase {
    const database = this.databases.find(name)
    assert(database !== null, 'a program names databases of the catalog that it was compiled for')
    return database
  }

  writtenDatabases(): readonly OpenDatabase[] {
    const { all } = this.databases
    return this.isSingle ? all : all.filter(({ pager }) => pager.state === 'write')
  }

  chooseEncoding(encoding: TextEncoding): void {
    this.#members.chooseEncoding(encoding)
  }

  attach(file: string, name: string): void {
    this.#members.attach(file, name)
    closesAtExit(this)
  }

  detach(name: string): void {
    this.#members.detach(name)
  }

  openTemporary(): OpenDatabase {
    return this.#members.openTemporary()
  }

  setTempStore(store: number): void {
    this.#members.setTempStore(store)
  }

  define(definition: AggregateFunction | ScalarFunction): void {
    this.#members.define(definition)
  }

  defineCollation(name: string, compare: Collation['compare']): void {
    this.#members.defineCollation(name, compare)
  }

  defineModule(module: Module): void {
    this.#members.defineModule(module)
  }

  get recursiveTriggers(): boolean {
    return this.environment.recursiveTriggers
  }

  set recursiveTriggers(recurs: boolean) {
    if (recurs === this.recursiveTriggers) return
    this.environment.recursiveTriggers = recurs
    this.namesChanged()
  }

  get foreignKeys(): boolean {
    return this.environment.settings.foreignKeys
  }

  set foreignKeys(areOn: boolean) {
    if (areOn === this.foreignKeys) return
    this.environment.settings.foreignKeys = areOn
    this.namesChanged()
  }

  get defersForeignKeys(): boolean {
    return this.environment.settings.defersForeignKeys
  }

  set defersForeignKeys(defers: boolean) {
    // As in SQLite, what has been violated so far is forgotten.
    if (!defers) this.context.keyViolations.forget()
    if (defers === this.defersForeignKeys) return
    this.environment.settings.defersForeignKeys = defers
    this.namesChanged()
  }

  /** Whether what could damage the file by ordinary SQL does nothing. (SQLITE_DBCONFIG_DEFENSIVE) */
  setDefensive(isDefensive: boolean): void {
    this.isDefensive = isDefensive
    const { settings } = this.environment
    const isWritable = this.asksWritableSchema && !isDefensive
    if (settings.writableSchema === isWritable) return
    settings.writableSchema = isWritable
    this.namesChanged()
  }

  namesChanged(): void {
    this.isSingle = this.databases.isSingle
    this.context.catalog = this.databases.catalog
    this.#preparing.clear()
  }

  // ── The transaction ──

  begin(mode: BeginMode): void {
    this.#transaction.begin(mode)
  }

  commit(): void {
    this.#transaction.commit()
  }

  rollback(): void {
    this.#transaction.rollback()
  }

  rollbackTransaction(): void {
    this.#transaction.rollbackAll()
  }

  savepoint(name: string): void {
    this.#transaction.savepoint(name)
  }

  release(name: string): void {
    this.#transaction.release(name)
  }

  rollbackTo(name: string): void {
    this.#transaction.rollbackTo(name)
  }

  // ── The end ──

  /** Has something ended before the files are closed. @returns what takes that back */
  onClose(end: () => void): () => void {
    this.#closers.add(end)
    return () => this.#closers.delete(end)
  }

  /**
   * A foreign error has struck, nobody knows what: everything is taken back that is not committed, and every lock is given back. It may be
   * done again from the beginning, wherever it was left. Where statements wait for a function of the user's it is done when
   * the outermost of them has ended.
   */
  recover(): void {
    if (this.calls > 0) {
      this.isStruck = true
      this.trouble.struck = this
      interruption.isPending = true
      return
    }
    needRoom()
    this.heldCommit?.end()
    this.isStruck = false
    this.admits = 'all'
    this.writers = 0
    this.recoveries++
    this.schemaRollbacks++
    this.#transaction.leave()
    this.statementDepth = 0
    this.iterators = 0
    if (this.activity !== null) this.activity.end()
    this.context.closeSpills()
    this.context.forgetStatement()
    this.databases.reset()
    this.namesChanged()
    this.trouble.struck = null
  }

  /** Closes for good. An open transaction is rolled back. */
  close(): void {
    if (!this.isOpen) return
    this.checkNotCalling()
    needRoom()
    this.heldCommit?.end()
    if (this.trouble.struck !== null) this.#recoverForClose()
    if (this.iterators > 0 || this.calls > 0) throw isBusy()
    try {
      this.#transaction.rollbackAll()
    } finally {
      for (const end of this.#closers) end()
      this.isOpen = false
      isClosed(this)
      this.trouble.struck = null
      this.#unwatch()
      this.#preparing.clear()
      this.context.closeSpills()
      closeAll(this.databases.all)
    }
  }

  closeAtExit(): void {
    if (!this.isOpen) return
    this.heldCommit?.end()
    if (this.statementDepth > 0 || this.iterators > 0 || this.calls > 0 || this.isCalling) {
      this.calls = 0
      this.isCalling = false
      this.recover()
    }
    this.close()
  }

  /** What cannot be set right ends with the files. */
  #recoverForClose(): void {
    try {
      this.recover()
    } catch {
      this.iterators = 0
    }
  }
}
