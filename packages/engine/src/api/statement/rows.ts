/**
 * The rows of a program, one by one. Its transaction begins with the first call of `next` and ends with the last
 * row, an error, or `return`; so what a program changes is committed then. In slices one ends where the `Slice` comes instead of a row, and the next begins with the call after it. (A class, not a generator around the program's: each
 * row passes here.)
 */
import type { Program } from '../../codegen/index.ts'
import type { StatementLabel } from '../../coordination/index.ts'
import type { DatabaseUses } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import { wellFormedRow } from '../../runtime/index.ts'
import { abortedByRollback, givenUp } from '../connection/failures.ts'
import type { Integers, RowMode, Session } from '../connection/session.ts'

/** Whose program it is. */
export interface ProgramOwner {
  readonly writes: boolean
  /** It makes, fills or drops whole trees, or changes the schema: between its slices nothing else may look. */
  readonly rebuilds: boolean
  readonly uses: DatabaseUses
  readonly label: StatementLabel
  takeProgram(): Program
  giveBack(program: Program): void
  /** @throws SQLITE_LOCKED where what it does to trees is not to be done beside the other statements that run */
  checkBeside(program: Program): void
  /** Whether a statement that has failed, and has ended its transaction, may be tried again. */
  mayBeginAnew(failure: unknown, tries: number): boolean
  /** Emits what is to run before the writer's lock is taken. */
  makeReady(form: 'rows' | 'sliced', mode: RowMode, integers: Integers): void
}

export class ProgramRows implements IterableIterator<unknown> {
  #prepared: ProgramOwner
  #connection: Session
  #params: readonly Value[]
  #form: 'rows' | 'sliced'
  #mode: RowMode
  #integers: Integers
  /** Set while rows are being delivered. */
  #program: Program | null = null
  #rows: IterableIterator<unknown> | null = null
  #hasDelivered = false
  /** The event loop has had its turn, or has it before the first row. */
  #pauses = true
  /** It waits between two slices. */
  #isSuspended = false
  /** When it was suspended. */
  #rollbacks = 0
  #schemaRollbacks = 0
  #scopeDepth = 0
  #isDone = false

  constructor(
    prepared: ProgramOwner,
    connection: Session,
    params: readonly Value[],
    form: 'rows' | 'sliced',
    mode: RowMode,
    integers: Integers,
  ) {
    this.#prepared = prepared
    this.#connection = connection
    this.#params = params
    this.#form = form
    this.#mode = mode
    this.#integers = integers
  }

  next(tries = 0): IteratorResult<unknown, undefined> {
    if (this.#isDone) return { value: undefined, done: true }
    if (this.#rows === null) {
      const { writes, uses, label } = this.#prepared
      if (writes) this.#prepared.makeReady(this.#form, this.#mode, this.#integers)
      this.#connection.beginStatement(writes, uses, label)
      this.#schemaRollbacks = this.#connection.schemaRollbacks
      this.#scopeDepth = this.#connection.context.scopeDepth
    }
    const { slice } = this.#connection.context
    const wasSuspended = this.#isSuspended
    if (wasSuspended) this.#resume()
    let result: IteratorResult<unknown>
    try {
      if (this.#pauses) slice.begin()
      this.#pauses = false
      if (this.#isTakenBack(wasSuspended)) this.#abort()
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
      if (result.value === slice) {
        this.#pauses = true
        this.#isSuspended = true
        this.#rollbacks = this.#connection.rollbacks
        this.#connection.admits = this.#prepared.rebuilds ? 'nothing' : 'reads'
        return result
      }
      this.#hasDelivered = true
      return this.#form === 'rows'
        ? result
        : { value: wellFormedRow(result.value, this.#mode), done: false }
    }
    this.#finish()
    return { value: undefined, done: true }
  }

  /**
   * Whether what it stands on is gone: the schema that it was compiled for, the row that it was at between two slices, or what it
   * has changed so far. With the first row all changes are made.
   */
  #isTakenBack(wasSuspended: boolean): boolean {
    const { rollbacks, schemaRollbacks } = this.#connection
    if (this.#schemaRollbacks !== schemaRollbacks) return true
    return this.#rollbacks !== rollbacks && wasSuspended
  }

  #resume(): void {
    this.#isSuspended = false
    this.#connection.admits = 'all'
  }

  #abort(): never {
    const error = abortedByRollback()
    this.#rows?.throw?.(error)
    throw error
  }

  return(): IteratorResult<unknown, undefined> {
    if (this.#isDone || this.#rows === null) {
      this.#isDone = true
      return { value: undefined, done: true }
    }
    const connection = this.#connection
    if (this.#isSuspended) this.#resume()
    if (connection.context.scopeDepth > this.#scopeDepth) return this.#giveUp()
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

  /** Between two slices of its changes: they are taken back. */
  #giveUp(): IteratorResult<unknown, undefined> {
    const error = givenUp()
    let failure: unknown = null
    try {
      this.#rows!.throw?.(error)
    } catch (thrown) {
      this.#connection.trouble.struck = this.#connection
      this.#end()
      failure = this.#connection.failStatement(thrown, this.#prepared.writes)
    }
    if (failure !== error) throw failure
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }

  #begin(): IterableIterator<unknown> {
    this.#program = this.#prepared.takeProgram()
    const program = this.#program
    this.#prepared.checkBeside(program)
    this.#connection.lockWait.isOutside = false
    return this.#form === 'sliced'
      ? program.sliced(this.#params, this.#mode, this.#integers)
      : program.rows(this.#params, this.#mode, this.#integers)
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
