/**
 * What `StatementSync.iterate` hands out. A statement has one run at a time: when it begins another, the rows of the one before are over. An
 * iterator is one of the language's, whose results have no prototype.
 */
import { users } from '../../base/foreign-error.ts'
import { abortedByRollback } from '../connection/failures.ts'
import { interruption } from '../connection/interruption.ts'
import {
  answerInNode,
  asNodes,
  illegalConstructor,
  illegalInvocation,
  invalidState,
  spareAnswer,
} from './errors.ts'
import type { OpenConnection } from './open-connection.ts'

/** What a statement and its iterators know together. */
export class StatementState {
  readonly open: OpenConnection
  /** It is in the middle of a step: a function of the user's runs, and it takes no calls. */
  isStepping = false

  constructor(open: OpenConnection) {
    this.open = open
  }

  /** @throws where its database is closed */
  checkOpen(): void {
    if (!this.open.connection.isOpen) throw invalidState('statement has been finalized')
  }

  /** @throws where it takes no calls */
  check(): void {
    this.checkOpen()
    if (this.isStepping) throw invalidState('statement is currently being executed')
  }
}

interface Result {
  readonly done: boolean
  readonly value: unknown
}

/** A literal with `__proto__: null` takes V8 more than twice as long. */
function resultOf(done: boolean, value: unknown): Result {
  const result = Object.create(null) as { done: boolean; value: unknown }
  result.done = done
  result.value = value
  return result
}

/** Of all iterators of the language. */
const iteratorPrototype: unknown = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
)

const inside = Symbol('inside')

let endRows: (iterator: object) => void
let invalidateRows: (iterator: object) => void

const Rows = class StatementSyncIterator {
  readonly #state: StatementState
  readonly #rows: IterableIterator<unknown>
  readonly #shape: ((row: unknown) => unknown) | null
  readonly #recoveries: number
  #isDone = false
  #isInvalid = false

  constructor(
    key: unknown,
    state: StatementState,
    rows: IterableIterator<unknown>,
    shape: ((row: unknown) => unknown) | null,
  ) {
    if (key !== inside) throw illegalConstructor()
    this.#state = state
    this.#rows = rows
    this.#shape = shape
    this.#recoveries = state.open.connection.recoveries
    state.open.rows.set(this, endRows)
  }

  next(): Result {
    try {
      const state = this.#state
      state.check()
      if (this.#isDone) return resultOf(true, null)
      if (this.#isInvalid) throw invalidState('iterator was invalidated')
      const { connection } = state.open
      connection.checkOpen()
      if (this.#recoveries !== connection.recoveries) throw abortedByRollback()
      let result: IteratorResult<unknown>
      state.isStepping = true
      try {
        result = this.#rows.next()
      } catch (error) {
        state.isStepping = false
        this.#isDone = true
        state.open.rows.delete(this)
        throw error
      }
      state.isStepping = false
      if (result.done !== true) {
        const value = this.#shape === null ? result.value : this.#shape(result.value)
        return resultOf(false, value)
      }
      this.#isDone = true
      state.open.rows.delete(this)
      return resultOf(true, null)
    } catch (error) {
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = #state in this ? answerInNode(error) : illegalInvocation()
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  return(): Result {
    try {
      this.#state.check()
      this.#end()
      return resultOf(true, null)
    } catch (error) {
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = #state in this ? answerInNode(error) : illegalInvocation()
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  static {
    endRows = (iterator) => (iterator as StatementSyncIterator).#end()
    invalidateRows = (iterator) => (iterator as StatementSyncIterator).#invalidate()
  }

  /** Ends the rows. */
  #end(): void {
    if (this.#isDone) return
    this.#isDone = true
    const { open } = this.#state
    open.rows.delete(this)
    if (this.#recoveries === open.connection.recoveries) this.#rows.return?.()
  }

  /** The statement runs anew. */
  #invalidate(): void {
    if (this.#isDone) return
    this.#end()
    this.#isDone = false
    this.#isInvalid = true
  }
}

/** The only way to make one. */
export function iteratorOf(
  state: StatementState,
  rows: IterableIterator<unknown>,
  shape: ((row: unknown) => unknown) | null,
): object {
  return new Rows(inside, state, rows, shape)
}

/** Ends what it iterates: its statement runs anew. */
export function invalidate(iterator: object): void {
  invalidateRows(iterator)
}

asNodes(Rows, () => true, illegalConstructor, new Set(['next', 'return']))
Object.setPrototypeOf(Rows.prototype, iteratorPrototype as object)
