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

/** The statement, as far as its iterators care. */
export interface IteratorOwner {
  readonly open: OpenConnection
  /** @throws where the statement takes no calls */
  check(): void
  /** Runs a step of it, during which it takes none. */
  stepping<Result>(step: () => Result): Result
}

interface Result {
  readonly done: boolean
  readonly value: unknown
}

/** Of all iterators of the language. */
const iteratorPrototype: unknown = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
)

const inside = Symbol('inside')

let endRows: (iterator: object) => void
let invalidateRows: (iterator: object) => void

const Rows = class StatementSyncIterator {
  readonly #owner: IteratorOwner
  readonly #rows: IterableIterator<unknown>
  readonly #shape: ((row: unknown) => unknown) | null
  readonly #recoveries: number
  #isDone = false
  #isInvalid = false

  constructor(
    key: unknown,
    owner: IteratorOwner,
    rows: IterableIterator<unknown>,
    shape: ((row: unknown) => unknown) | null,
  ) {
    if (key !== inside) throw illegalConstructor()
    this.#owner = owner
    this.#rows = rows
    this.#shape = shape
    this.#recoveries = owner.open.connection.recoveries
    owner.open.rows.set(this, endRows)
  }

  next(): Result {
    try {
      const owner = this.#owner
      owner.check()
      if (this.#isDone) return { __proto__: null, done: true, value: null } as Result
      if (this.#isInvalid) throw invalidState('iterator was invalidated')
      const { connection } = owner.open
      connection.checkOpen()
      if (this.#recoveries !== connection.recoveries) throw abortedByRollback()
      let result: IteratorResult<unknown>
      try {
        result = owner.stepping(() => this.#rows.next())
      } catch (error) {
        this.#isDone = true
        owner.open.rows.delete(this)
        throw error
      }
      if (result.done !== true) {
        const value = this.#shape === null ? result.value : this.#shape(result.value)
        return { __proto__: null, done: false, value } as Result
      }
      this.#isDone = true
      owner.open.rows.delete(this)
      return { __proto__: null, done: true, value: null } as Result
    } catch (error) {
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = #owner in this ? answerInNode(error) : illegalInvocation()
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  return(): Result {
    try {
      this.#owner.check()
      this.#end()
      return { __proto__: null, done: true, value: null } as Result
    } catch (error) {
      let answer: unknown = error === users.error ? error : spareAnswer
      try {
        answer = #owner in this ? answerInNode(error) : illegalInvocation()
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
    const { open } = this.#owner
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
  owner: IteratorOwner,
  rows: IterableIterator<unknown>,
  shape: ((row: unknown) => unknown) | null,
): object {
  return new Rows(inside, owner, rows, shape)
}

/** Ends what it iterates: its statement runs anew. */
export function invalidate(iterator: object): void {
  invalidateRows(iterator)
}

asNodes(Rows, () => true, illegalConstructor, new Set(['next', 'return']))
Object.setPrototypeOf(Rows.prototype, iteratorPrototype as object)
