/**
 * One connection: its databases, compiled statements and the state of the transaction.
 *
 * Every statement runs inside a read or write transaction of the pager. Outside BEGIN … COMMIT it gets one
 * of its own (autocommit), which ends with the statement; a reading iterator keeps its one until it ends.
 * Where databases are attached, a statement opens transactions of those that it names, and of no others; with main
 * alone that is known beforehand, and the common path is short.
 *
 * | `#explicit` | pager state | when |
 * |---|---|---|
 * | no  | none  | idle |
 * | no  | read, write | while a statement runs, or an iterator is open |
 * | yes | none  | after BEGIN DEFERRED, before the first statement |
 * | yes | read, write | after the first statement that read or wrote |
 */
import { assert } from '../../base/assert.ts'
import { SqliteError, busy, readonlyDatabase, sqlError, tableLocked } from '../../base/error.ts'
import { callersMistake, isForeign, needRoom, users } from '../../base/foreign-error.ts'
import { compiling, inSqliteWords } from '../../base/v8-error.ts'
import { maxSnapshotRetries } from '../../base/limits.ts'
import type { Collation, TextEncoding } from '../../record/index.ts'
import { Environment } from '../../runtime/index.ts'
import type { ScalarFunction } from '../../runtime/index.ts'
import type { Activity, StatementLabel } from '../../coordination/index.ts'
import { compileStatement } from '../../codegen/index.ts'
import { bindWithUses, optimize, type BoundStatement, type DatabaseUses } from '../../plan/index.ts'
import { loadSchema } from '../../schema/index.ts'
import { parseStatement, type ParameterTable, type Statement } from '../../sql/index.ts'
import { Pager } from '../../storage/index.ts'
import { ConnectionContext } from './context.ts'
import { closeAll, DatabaseList } from './database-list.ts'
import { endsTransaction, isBusy, isLostSnapshot, isOutOfMemory, stillActive } from './failures.ts'
import { openAttached } from './attach.ts'
import { openPager } from '../open/open.ts'
import { OpenDatabase } from './open-database.ts'
import type { OpenOptions } from '../open/options.ts'
import { prepareAction } from '../statement/action.ts'
import {
  PreparedProgram,
  abortedByRollback,
  noStatement,
  tooManyStatements,
} from '../statement/prepared.ts'
import { interruption, settle, watch, type Interruptible, type Trouble } from './interruption.ts'
import type { Compiled, Prepared, Session } from './session.ts'
import { StatementCache } from '../statement/cache.ts'
import { SharedTexts } from '../statement/shared-texts.ts'
import type { CallingConnection } from './user-functions.ts'

/** Of statements that say nothing else. */
const readsMain: DatabaseUses = { reads: new Set(['main']), writes: new Set() }
const writesMain: DatabaseUses = { reads: new Set(), writes: new Set(['main']) }

export class Connection implements Session, Interruptible, CallingConnection {
  readonly pager: Pager
  readonly context: ConnectionContext
  /** What the names of functions and collations mean. */
  readonly environment: Environment = new Environment()
  readonly isMemory: boolean
  readonly isReadonly: boolean
  /**
   * Something has failed, and what is to be done about it has not been done yet. It stays so where that cannot be done, or where
   * nobody knows what it would be; then everything is taken back (`interruption.ts`). Setting it calls nothing.
   */
  readonly trouble: Trouble = { struck: null }
  /** Open iterators of this connection's statements. */
  iterators = 0
  /** Grows when everything was taken back because a foreign error had struck: iterators that were open then are over. */
  recoveries = 0
  /** Grows when a change of a schema is taken back: iterators that were open then cannot go on. */
  schemaRollbacks = 0
  /** Writes are allowed while iterators are open. */
  unsafe = false
  /** Remembered for `PRAGMA foreign_keys`; constraints are not enforced yet. */
  foreignKeys = false
  /** Told of each statement that runs. */
  readonly #verbose: ((message: string) => void) | null
  /** `verbose` or another function of the user's is running: until it returns, the connection takes no calls. */
  isCalling = false
  calls = 0
  comparisons = 0
  rollbacks = 0
  isStruck = false
  /** Statements that write and have not ended. */
  #writers = 0
  #open = true
  #explicit = false
  readonly #options: OpenOptions
  readonly #databases: DatabaseList
  /** There is no database but main. */
  #isSingle = true
  /** The first savepoint began the transaction: releasing it commits. */
  #begunBySavepoint = false
  readonly #cache = new StatementCache<Prepared>()
  readonly #shared = new SharedTexts({
    plan: (statement, sql) => this.#plan(statement, sql),
    prepareParsed: (...parsed) => this.#prepareParsed(...parsed),
  })
  readonly #activity: Activity | null
  /** Autocommit read transactions of open iterators and nested statements. */
  #statementDepth = 0
  /** What the statement that ends has changed is committed. */
  #isCommitted = false
  readonly #unwatch: () => void

  /** @param pager the main database, where it is not to be opened by its path */
  constructor(options: OpenOptions, pager: Pager = openPager(options)) {
    this.isMemory = options.isMemory
    this.#verbose = options.verbose
    this.#options = options
    this.pager = pager
    this.isReadonly = this.pager.isReadonly
    this.#activity = this.pager.activity
    try {
      this.context = new ConnectionContext(
        this,
        options.path,
        options.readonly,
        this.pager,
        this.environment,
      )
    } catch (error) {
      pager.close()
      throw error
    }
    this.#databases = new DatabaseList(this.context, this.environment)
    this.#unwatch = watch(this.trouble)
  }

  get isOpen(): boolean {
    return this.#open
  }

  get inTransaction(): boolean {
    return this.#explicit && this.trouble.struck === null
  }

  checkOpen(): void {
    if (interruption.isPending) settle()
    if (this.trouble.struck !== null && !this.isCalling) this.recover()
    if (this.isStruck) throw abortedByRollback()
    this.checkNotClosed()
    this.checkNotCalling()
  }

  /** For what may be asked while a function of the user's runs. */
  checkNotClosed(): void {
    if (!this.#open) throw callersMistake(new TypeError('The database connection is not open'))
  }

  checkNotCalling(): void {
    if (this.isCalling) throw isBusy()
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
    this.isCalling = true
    try {
      this.#verbose?.(text)
    } catch (error) {
      users.error = error
      throw error
    } finally {
      this.isCalling = false
    }
  }

  checkGoesOn(rollbacks: number, schemaRollbacks: number): void {
    const isTakenBack = this.rollbacks !== rollbacks && this.#writers > 0
    if (this.isStruck || isTakenBack || this.schemaRollbacks !== schemaRollbacks) {
      throw abortedByRollback()
    }
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
    this.isStruck = false
    this.#writers = 0
    this.recoveries++
    this.schemaRollbacks++
    this.#leaveTransaction()
    this.#statementDepth = 0
    this.iterators = 0
    if (this.#activity !== null) this.#activity.end()
    this.context.closeSpills()
    this.context.forgetStatement()
    this.#databases.reset()
    this.#databasesChanged()
    this.trouble.struck = null
  }

  /**
   * Runs `body`, whose failure is not a statement's: what V8 refuses is answered in SQLite's words, and a foreign error is noted.
   */
  answering<Result>(body: () => Result): Result {
    try {
      return body()
    } catch (error) {
      const wasFailing = this.trouble.struck !== null
      this.trouble.struck = this
      throw this.answer(error, wasFailing)
    }
  }

  answer(error: unknown, wasFailing: boolean): unknown {
    const known = inSqliteWords(error)
    this.trouble.struck = wasFailing || isForeign(error) ? this : null
    return error === users.error ? error : known
  }

  /** The statement for a text that holds exactly one. */
  prepare(sql: string): Prepared {
    return this.answering(() => this.#prepare(sql))
  }

  #prepare(sql: string): Prepared {
    const cached = this.#cache.get(sql) ?? this.#shared.find(sql)
    if (cached !== undefined) return cached
    const { statement, end, parameters } = parseStatement(sql, 0)
    if (statement === null) throw noStatement()
    if (end < sql.length && !isBlank(sql, end)) throw tooManyStatements()
    const prepared = this.#prepareParsed(statement, sql, parameters, sql)
    this.#cache.set(sql, prepared)
    return prepared
  }

  /** Runs all statements of a text. A failure ends it; what ran before stays. */
  exec(sql: string): void {
    this.answering(() => this.#exec(sql))
  }

  #exec(sql: string): void {
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
    return this.withSchemas(() => {
      const compiled = this.compile(statement, sql, parameters)
      return new PreparedProgram(this, statement, sql, parameters, compiled, text)
    })
  }

  #plan(statement: Statement, sql: string): BoundStatement {
    return this.withSchemas(() => {
      const { catalog } = this.context
      return compiling(() => optimize(bindWithUses(statement, sql, catalog).bound, catalog))
    })
  }

  /** Compiles against the schemas as they were last read. */
  compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled {
    return compiling(() => this.#compile(statement, sql, parameters))
  }

  #compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled {
    const { catalog } = this.context
    const { bound, uses, callsUsers } = bindWithUses(statement, sql, catalog)
    if (this.#databases.temporary === null && (uses.reads.has('temp') || uses.writes.has('temp'))) {
      this.openTemporary()
      return this.#compile(statement, sql, parameters)
    }
    const program = compileStatement(optimize(bound, catalog), this.context, {
      parameterCount: parameters.count,
      callsUsers,
    })
    return { program, uses }
  }

  /** Runs `body` with all schemas up to date. It begins no transaction: what is compiled inside BEGIN pins no snapshot. */
  withSchemas<Result>(body: () => Result): Result {
    this.checkOpen()
    return this.answering(() => {
      for (const database of this.#databases.all) this.#lookAtSchema(database)
      return body()
    })
  }

  /** A database that takes no part in the transaction yet is not drawn into it. */
  #lookAtSchema(database: OpenDatabase, tries = 0): void {
    const { pager } = database
    const isIdle = pager.state === 'none'
    if (isIdle) pager.beginRead()
    try {
      if (pager.schemaCookie !== database.schema.cookie) this.loadSchema(database)
    } catch (error) {
      if (!isIdle || !isLostSnapshot(error) || tries >= maxSnapshotRetries) throw error
      pager.rollback()
      this.#lookAtSchema(database, tries + 1)
    } finally {
      if (isIdle && pager.state === 'read') pager.endRead()
    }
  }

  /**
   * Opens the transaction that a statement runs in, and brings the schemas up to date.
   * @param uses the databases that it touches; null: main
   * @param label as what others see it while it runs
   */
  beginStatement(
    writes: boolean,
    uses: DatabaseUses | null = null,
    label: StatementLabel | null = null,
  ): void {
    try {
      this.#beginStatement(writes, uses, label, 0)
    } catch (error) {
      const wasFailing = this.trouble.struck !== null
      this.trouble.struck = this
      throw this.answer(error, wasFailing)
    }
  }

  #beginStatement(
    writes: boolean,
    uses: DatabaseUses | null,
    label: StatementLabel | null,
    tries: number,
  ): void {
    if (!this.#isSingle) {
      this.#beginSeveral(writes, uses ?? (writes ? writesMain : readsMain), label)
      return
    }
    const { pager } = this
    if (!this.#open || this.trouble.struck !== null) this.checkOpen()
    if (writes && this.isReadonly) throw readonlyDatabase()
    if (writes && this.comparisons > 0) throw tableLocked()
    const isIdle = pager.state === 'none'
    if (!writes && isIdle) {
      if (uses !== null && uses.reads.size === 0) {
        // A statement without tables takes no part in the transaction.
        this.#enterStatement(label)
        this.context.resetClock()
        return
      }
      pager.beginRead()
    }
    this.#enterStatement(label)
    if (writes) this.#writers++
    try {
      // Alone in its transaction, a statement is not heard of before it is committed.
      if (writes && pager.state !== 'write') {
        pager.beginWrite(!this.#explicit && this.#statementDepth === 1)
      }
      if (isIdle && this.#databases.savepointCount > 0) this.#databases.join(this.context)
      if (pager.schemaCookie !== this.context.schema.cookie) this.loadSchema(this.context)
    } catch (error) {
      if (isForeign(error)) throw error
      this.#leaveStatement(writes)
      const isAlone = !this.#explicit && this.#statementDepth === 0
      if (isAlone) pager.rollback()
      // Nothing has been read yet that anybody could miss.
      if (!isAlone || !isLostSnapshot(error) || tries >= maxSnapshotRetries) throw error
      return this.#beginStatement(writes, uses, label, tries + 1)
    }
    this.context.resetClock()
  }

  #enterStatement(label: StatementLabel | null): void {
    if (this.#statementDepth++ > 0 || label === null) return
    if (this.#activity !== null) this.#activity.begin(label)
  }

  #leaveStatement(writes: boolean): void {
    if (writes) this.#writers--
    if (--this.#statementDepth === 0 && this.#activity !== null) this.#activity.end()
  }

  #beginSeveral(writes: boolean, uses: DatabaseUses, label: StatementLabel | null): void {
    this.checkOpen()
    if (writes && this.comparisons > 0) throw tableLocked()
    this.#enterStatement(label)
    if (writes) this.#writers++
    try {
      this.#readUnread()
      this.enter(uses)
    } catch (error) {
      if (isForeign(error)) throw error
      this.#leaveStatement(writes)
      if (!this.#isPartOfAnother) this.#endSeveral(false)
      throw error
    }
    this.context.resetClock()
  }

  /**
   * Where a rollback took back a change of a schema, names may mean something else again, also in statements that touch
   * other databases.
   */
  #readUnread(): void {
    for (const database of this.#databases.all) {
      if (!database.isSchemaRead) this.#lookAtSchema(database)
    }
  }

  /** Draws databases into the transaction of the statement that is about to run. */
  enter(uses: DatabaseUses): void {
    if (this.#isSingle) return
    const isLone = !this.#explicit && this.#statementDepth === 1 && uses.writes.size === 1
    for (const database of this.#databases.inLockOrder) {
      const { name, pager } = database
      const writes = uses.writes.has(name)
      if (!writes && !uses.reads.has(name)) continue
      if (writes && database.isReadonly) throw readonlyDatabase()
      if (writes) this.#databases.write(database, isLone)
      else this.#databases.read(database)
      if (pager.schemaCookie !== database.schema.cookie) this.loadSchema(database)
    }
  }

  /** What a statement does is committed, or taken back, with a transaction, or with a statement that writes and has called it. */
  get #isPartOfAnother(): boolean {
    return this.#explicit || this.#writers > 0
  }

  /** Ends the transactions of a statement in autocommit mode. */
  #endSeveral(keeps: boolean): void {
    if (this.#statementDepth > 0) this.#databases.endWrites(keeps)
    else if (keeps) this.#databases.commit()
    else this.#databases.rollback()
  }

  /** Others than the statement that runs are open, and read. */
  get hasOtherStatements(): boolean {
    return this.#statementDepth > 1
  }

  get hasOtherWriters(): boolean {
    return this.#writers > 1
  }

  /** Ends it: commits in autocommit mode. */
  endStatement(writes: boolean): void {
    this.#isCommitted = false
    try {
      this.#endStatement(writes)
    } catch (error) {
      const wasFailing = this.trouble.struck !== null
      this.trouble.struck = this
      if (this.#isCommitted && (error as Error).name !== 'SqliteError') {
        // What it has done stands, so it has not failed. What was left undone after that is put right.
        interruption.isPending = true
        return
      }
      throw this.answer(error, wasFailing)
    }
  }

  #endStatement(writes: boolean): void {
    if (
      writes &&
      !this.#explicit &&
      this.#isSingle &&
      this.#writers === 1 &&
      this.pager.state === 'write'
    ) {
      this.#commitStatement()
      return
    }
    this.#leaveStatement(writes)
    if (this.#isPartOfAnother) return
    if (!this.#isSingle) {
      try {
        this.#endSeveral(true)
      } catch (error) {
        if (!isForeign(error)) this.#rollbackAll()
        throw error
      }
      this.#isCommitted = writes
      this.#lookForTorn()
      return
    }
    if (this.#statementDepth === 0 && this.pager.state !== 'none') this.pager.endRead()
  }

  #commitStatement(): void {
    const { commits } = this.pager
    try {
      this.pager.commit()
    } catch (error) {
      this.#isCommitted = commits !== this.pager.commits
      if (isForeign(error)) throw error
      this.#leaveStatement(true)
      this.#rollbackAll()
      throw error
    }
    this.#isCommitted = true
    this.#leaveStatement(true)
    if (this.#statementDepth > 0) this.pager.beginRead()
    if (this.pager.isTorn) this.#lookForTorn()
  }

  /** A statement failed: what it changed has been or is now taken back. Returns the error to throw. */
  failStatement(error: unknown, writes: boolean): unknown {
    const known = inSqliteWords(error)
    // What V8 refuses in a program is taken back as any other failure of it. What the pager was doing nobody else knows, nor what
    // any other foreign error has left behind.
    const isUnknown = known === error && isForeign(error)
    if (isUnknown || this.isStruck || this.#databases.all.some(({ pager }) => pager.isTorn)) {
      this.recover()
      return known
    }
    const failure = this.#failStatement(known, writes)
    this.trouble.struck = null
    return failure
  }

  #failStatement(error: unknown, writes: boolean): unknown {
    this.#leaveStatement(writes)
    // FAIL keeps whole rows. Where memory ran out, half a row may be there.
    const keeps = this.context.takeKeepChanges() && !isOutOfMemory(error)
    const isTakenBack = this.context.takeTakenBack()
    if (this.#isPartOfAnother) {
      if (endsTransaction(error, writes && !isTakenBack)) this.#rollbackAll()
      return error
    }
    if (!this.#isSingle) {
      this.#endSeveral(keeps || !writes)
    } else if (writes && this.pager.state === 'write') {
      if (keeps) this.#databases.commit(this.#statementDepth > 0)
      else this.#rollbackAll()
    } else if (this.#statementDepth === 0 && this.pager.state !== 'none') {
      this.pager.endRead()
    }
    return error
  }

  /** A commit stands, and could not be brought to its end. */
  #lookForTorn(): void {
    if (!this.#databases.all.some(({ pager }) => pager.isTorn)) return
    this.trouble.struck = this
    interruption.isPending = true
  }

  /** Reads a schema anew, in the open transaction. */
  loadSchema(database: OpenDatabase): void {
    const { name, pager } = database
    this.#databases.agreeOnEncoding(database)
    database.schema = loadSchema(
      pager,
      pager.schemaCookie,
      database.encoding,
      name,
      this.environment,
    )
    database.forgetTrees()
    this.context.catalog = this.#databases.catalog
  }

  // ── Databases ──

  /** PRAGMA encoding. What was compiled for another one is compiled anew. */
  chooseEncoding(encoding: TextEncoding): void {
    this.#databases.chooseEncoding(encoding)
    this.context.catalog = this.#databases.catalog
  }

  get main(): OpenDatabase {
    return this.context
  }

  get databases(): DatabaseList {
    return this.#databases
  }

  databaseNamed(name: string): OpenDatabase {
    const database = this.#databases.find(name)
    assert(database !== null, 'a program names databases of the catalog that it was compiled for')
    return database
  }

  writtenDatabases(): readonly OpenDatabase[] {
    const { all } = this.#databases
    return this.#isSingle ? all : all.filter(({ pager }) => pager.state === 'write')
  }

  /** ATTACH: in the mode of the main database. A transaction that is open does not hinder it. */
  attach(file: string, name: string): void {
    this.checkOpen()
    this.#databases.checkAttach(name)
    needRoom()
    this.#lookAtSchema(this.context)
    const database = openAttached(file, name, this.#options, this.context, (changed) =>
      this.loadSchema(changed),
    )
    this.#databases.attach(database)
    try {
      this.#lookAtSchema(database)
    } catch (error) {
      this.#databases.detach(name).pager.close()
      throw error
    }
    this.#databasesChanged()
  }

  /** DETACH. */
  detach(name: string): void {
    this.checkOpen()
    needRoom()
    const { pager } = this.#databases.detach(name)
    this.#databasesChanged()
    pager.close()
  }

  /** Opens the temporary database, which is in memory, if it is not open yet. */
  openTemporary(): OpenDatabase {
    const known = this.#databases.temporary
    if (known !== null) return known
    const reload = (changed: OpenDatabase): void => this.loadSchema(changed)
    const { encoding } = this.context
    const database = new OpenDatabase(
      'temp',
      '',
      false,
      Pager.openMemory(),
      reload,
      encoding,
      this.environment,
    )
    this.#databases.setTemporary(database)
    this.#lookAtSchema(database)
    this.#databasesChanged()
    return database
  }

  /** PRAGMA temp_store. What is in the temporary database goes with it. (`changeTempStorage` of pragma.c) */
  setTempStore(store: number): void {
    if (store === this.context.tempStore) return
    const database = this.#databases.temporary
    if (database !== null) {
      if (this.#explicit || database.pager.state !== 'none') throw temporaryStorageInUse()
      needRoom()
      this.#databases.setTemporary(null)
      this.#databasesChanged()
      database.pager.close()
    }
    this.context.tempStore = store
  }

  /** Names may mean other objects now. */
  #databasesChanged(): void {
    this.#isSingle = this.#databases.isSingle
    this.context.catalog = this.#databases.catalog
    this.#cache.clear()
    this.#shared.clear()
  }

  // ── Functions and collations ──

  /** Defines a function, over those that there are. Statements are compiled anew, for they may mean it. */
  define(definition: ScalarFunction): void {
    this.#checkDefining()
    if (this.#statementDepth > 0 && this.environment.replacesFunction(definition)) {
      throw stillActive('user-function')
    }
    this.environment.define(definition)
    this.#databasesChanged()
  }

  defineCollation(name: string, compare: Collation['compare']): void {
    this.#checkDefining()
    const isKnown = this.environment.hasCollation(name)
    if (this.#statementDepth > 0 && isKnown) throw stillActive('collation sequence')
    this.environment.defineCollation(name, compare)
    // Definitions in the schema may have waited for it.
    if (!isKnown) for (const database of this.#databases.all) database.forgetAll()
    this.#databasesChanged()
  }

  #checkDefining(): void {
    this.checkOpen()
    if (this.iterators > 0) throw isBusy()
  }

  /** BEGIN. */
  begin(mode: 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE'): void {
    this.checkNoIterators()
    this.#checkNotComparing()
    if (this.#explicit) {
      // As in SQLite, the locks are taken before it turns out to be wrong.
      if (mode !== 'DEFERRED') this.#databases.lockAll()
      throw new SqliteError('SQLITE_ERROR', 'cannot start a transaction within a transaction')
    }
    if (mode !== 'DEFERRED') this.#databases.writeAll()
    this.#explicit = true
  }

  /** COMMIT. On SQLITE_BUSY the transaction stays open; other failures take it back. */
  commit(): void {
    this.checkNoIterators()
    this.#checkNotComparing()
    if (!this.#explicit) {
      throw new SqliteError('SQLITE_ERROR', 'cannot commit - no transaction is active')
    }
    this.#checkNoWriters('commit transaction')
    this.#finish()
  }

  /** A collation is asked in the middle of a tree, which has to stay what it is meanwhile. */
  #checkNotComparing(): void {
    if (this.comparisons > 0) throw tableLocked()
  }

  /** A statement that writes has called a function that calls for this. (`OP_AutoCommit`, `OP_Savepoint`) */
  #checkNoWriters(what: string): void {
    if (this.#writers === 0) return
    throw new SqliteError('SQLITE_BUSY', `cannot ${what} - SQL statements in progress`)
  }

  #finish(): void {
    const { commits } = this.pager
    try {
      this.#databases.commit(this.#statementDepth > 0)
    } catch (error) {
      const isBusy = error instanceof SqliteError && error.code === 'SQLITE_BUSY'
      const isUnknown = isForeign(error)
      if (!isBusy && !isUnknown) this.#rollbackAll()
      if (!isUnknown || !this.#isSingle || commits === this.pager.commits) throw error
      // It struck after the commit, which stands.
      this.trouble.struck = this
      interruption.isPending = true
    }
    // From here on nothing may fail: it is committed.
    this.#explicit = false
    this.#begunBySavepoint = false
    try {
      this.#lookForTorn()
    } catch {
      this.trouble.struck = this
      interruption.isPending = true
    }
  }

  /** ROLLBACK. */
  rollback(): void {
    if (!this.#explicit) {
      throw new SqliteError('SQLITE_ERROR', 'cannot rollback - no transaction is active')
    }
    this.checkNoIterators()
    this.#checkNotComparing()
    this.#rollbackAll()
  }

  /** Takes the whole transaction back, also for ON CONFLICT ROLLBACK. */
  rollbackTransaction(): void {
    this.#rollbackAll()
  }

  #rollbackAll(): void {
    this.rollbacks++
    if (this.#databases.hasChangedSchema) this.schemaRollbacks++
    this.#databases.rollback(this.#statementDepth > 0)
    this.#leaveTransaction()
    this.context.forgetStatement()
  }

  #leaveTransaction(): void {
    this.#explicit = false
    this.#begunBySavepoint = false
  }

  /** SAVEPOINT name. Outside a transaction it begins one, DEFERRED. */
  savepoint(name: string): void {
    this.#checkNoWriters('open savepoint')
    this.#checkNotComparing()
    if (!this.#explicit) {
      this.begin('DEFERRED')
      this.#begunBySavepoint = true
    }
    this.#databases.openSavepoint(name)
  }

  /** RELEASE name: forgets it and those opened after it. */
  release(name: string): void {
    const place = this.#databases.findSavepoint(name)
    this.#checkNoWriters('release savepoint')
    this.#checkNotComparing()
    if (place === 0 && this.#begunBySavepoint) {
      this.checkNoIterators()
      this.#finish()
      return
    }
    this.#databases.release(place)
  }

  /** ROLLBACK TO name: takes back what came after it; the savepoint itself stays. */
  rollbackTo(name: string): void {
    const place = this.#databases.findSavepoint(name)
    this.checkNoIterators()
    this.#checkNotComparing()
    this.rollbacks++
    if (this.#databases.rollbackTo(place)) this.schemaRollbacks++
    this.context.forgetStatement()
  }

  /** Closes for good. An open transaction is rolled back. */
  close(): void {
    if (!this.#open) return
    this.checkNotCalling()
    needRoom()
    if (this.trouble.struck !== null) this.#recoverForClose()
    if (this.iterators > 0 || this.calls > 0) throw isBusy()
    try {
      this.#rollbackAll()
    } finally {
      this.#open = false
      this.trouble.struck = null
      this.#unwatch()
      this.#cache.clear()
      this.#shared.clear()
      this.context.closeSpills()
      closeAll(this.#databases.all)
    }
  }

  /** What cannot be set right ends with the files. */
  #recoverForClose(): void {
    try {
      this.recover()
    } catch {
      this.iterators = 0
    }
  }

  /** A checkpoint or a change of mode wants no transaction open. */
  checkNoTransaction(): void {
    if (this.#explicit || this.#statementDepth > 0) throw busy()
  }
}

function temporaryStorageInUse(): SqliteError {
  return sqlError('temporary storage cannot be changed from within a transaction')
}

/** Spaces, semicolons and comments; a comment may be open. */
const blank = /(?:[ \t-\r;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/y

/** Whether nothing follows the statement that ends at `end`. */
function isBlank(sql: string, end: number): boolean {
  blank.lastIndex = end
  return blank.test(sql)
}
