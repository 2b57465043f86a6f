/**
 * What statements, actions and pragmas may ask of the connection that they run on. `Connection` is one; the
 * interface stands alone so that its parts need not know the whole.
 */
import type { LockWait, StatementLabel } from '../../coordination/index.ts'
import type { Program } from '../../codegen/index.ts'
import type { DatabaseUses, OutputColumn } from '../../plan/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import type {
  Environment,
  ExecutionContext,
  Integers,
  RowMode,
  ScalarFunction,
} from '../../runtime/index.ts'
import type { ParameterTable, Statement } from '../../sql/index.ts'
import type { AutoVacuum, Pager } from '../../storage/index.ts'
import type { OpenOptions } from '../open/options.ts'
import type { DatabaseList } from './database-list.ts'
import type { Interruptible, Trouble } from './interruption.ts'
import type { OpenDatabase } from './open-database.ts'

export type { Integers, RowMode }

/** A statement that can be run. Parameters are complete: one value for each. */
export interface Prepared {
  /** It delivers rows. */
  readonly hasRows: boolean
  /** It may change the database file (or needs the write lock). */
  readonly writes: boolean
  /** As `sqlite3_stmt_readonly` says: of EXPLAIN what it says of the statement that is explained. */
  readonly isReadonly: boolean
  readonly parameters: ParameterTable
  columns(): readonly OutputColumn[]
  all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[]
  get(params: readonly Value[], mode: RowMode, integers: Integers): unknown
  /** It is worth running in slices. */
  readonly mayRunLong: boolean
  /** In slices the `Slice` of the connection comes now and then instead of a row. */
  rows(
    params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced?: boolean,
  ): IterableIterator<unknown>
  run(params: readonly Value[]): void
}

/** Statements that may run: all, those that write nothing, none. */
export type Admitted = 'all' | 'reads' | 'nothing'

/** How the transaction of BEGIN starts. */
export type BeginMode = 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE'

/** The execution context, with what only the connection's own parts touch. */
export interface SessionContext extends ExecutionContext {
  /** Whether the statement that just failed asked to keep what it had changed. */
  takeKeepChanges(): boolean
  readonly tempStore: number
  /** Statements that are in the middle of their changes, one inside the other. */
  readonly scopeDepth: number
}

/** A program, and the databases that it touches. */
export interface Compiled {
  readonly program: Program
  readonly uses: DatabaseUses
}

export interface Session extends Interruptible {
  /** The main database's. */
  readonly pager: Pager
  readonly context: SessionContext
  readonly main: OpenDatabase
  readonly databases: DatabaseList
  readonly inTransaction: boolean
  /** As its constructor was given them. */
  readonly options: OpenOptions
  /** PRAGMA recursive_triggers. */
  recursiveTriggers: boolean
  /** What the names of functions and collations mean, and the settings that decide about statements. */
  readonly environment: Environment
  /** PRAGMA query_only: nothing is written. */
  queryOnly: boolean
  /** PRAGMA writable_schema as it was set. */
  asksWritableSchema: boolean
  /** What could damage the file by ordinary SQL does nothing. */
  readonly isDefensive: boolean
  /** Values of PRAGMAs that nothing else keeps, by their names. */
  readonly remembered: Map<string, number>
  /** PRAGMA foreign_keys: they are enforced. */
  foreignKeys: boolean
  /** PRAGMA defer_foreign_keys: until the transaction ends all of them are as deferred. */
  defersForeignKeys: boolean
  /** PRAGMA legacy_alter_table. */
  legacyAlterTable: boolean
  /** PRAGMA auto_vacuum: what the next VACUUM makes of a database; null: it stays what it is. */
  nextAutoVacuum: AutoVacuum | null

  /** What may run beside a statement that waits between two of its slices. */
  admits: Admitted
  /** Grows when a transaction, or a part of it, is taken back. */
  readonly rollbacks: number
  /** Grows when a change of a schema is taken back. */
  readonly schemaRollbacks: number
  /** Others than the statement that runs are open, and read. */
  readonly hasOtherStatements: boolean
  /** Some of them write. */
  readonly hasOtherWriters: boolean
  /** Set before `failStatement` or `answer` is called, which say whether it stays. */
  readonly trouble: Trouble
  readonly lockWait: LockWait

  checkOpen(): void
  /** The error as the caller is to see it. Whether it was foreign is noted: then everything is taken back. */
  answer(error: unknown, wasFailing: boolean): unknown
  /** Runs what is no statement of its own: what V8 refuses in it is answered in SQLite's words. */
  answering<Result>(body: () => Result): Result
  /** Runs `body` with all schemas up to date. */
  withSchemas<Result>(body: () => Result): Result
  /**
   * Opens the transaction that a statement runs in, and brings the schemas up to date. `uses` null: of main. Others see
   * its label.
   */
  beginStatement(writes: boolean, uses?: DatabaseUses | null, label?: StatementLabel | null): void
  /** Draws further databases into it. */
  enter(uses: DatabaseUses): void
  endStatement(writes: boolean): void
  /** Ends the transaction of a statement that failed; answers the error to throw. */
  failStatement(error: unknown, writes: boolean): unknown

  prepare(sql: string): Prepared
  /** A statement that is a part of another one: nobody is told of it. */
  prepareOwn(sql: string): Prepared
  /** Compiles against the schemas as they were last read. */
  compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled

  /** Nothing that was prepared need hold: names, or settings, mean something else. */
  namesChanged(): void
  define(definition: ScalarFunction): void
  chooseEncoding(encoding: TextEncoding): void
  attach(file: string, name: string): void
  detach(name: string): void
  /** The temporary database, opened by the first who wants it. */
  openTemporary(): OpenDatabase
  /** PRAGMA temp_store: 0, 1 or 2. */
  setTempStore(store: number): void

  begin(mode: BeginMode): void
  commit(): void
  rollback(): void
  rollbackTransaction(): void
  savepoint(name: string): void
  release(name: string): void
  rollbackTo(name: string): void
}
