/**
 * What `Statement.iterate` hands out: the rows one by one. Until it has delivered the last row, or is returned, its
 * statement is locked and the connection refuses everything that could pull the rows from under it. It is over, without another
 * row, when everything was taken back because a foreign error had struck.
 */
import { isForeign, spare, users } from '../../base/foreign-error.ts'
import { answerTo, interruption, settle } from '../connection/interruption.ts'
import type { Interruptible, Trouble } from '../connection/interruption.ts'
import { abortedByRollback } from '../connection/failures.ts'

/** The connection, as far as its iterators care. */
export interface IteratorOwner extends Interruptible {
  readonly trouble: Trouble
  readonly recoveries: number
  /** @throws TypeError while a function of the user's runs that may not call it */
  checkNotCalling(): void
}

const illegal = 'Illegal invocation'

export class StatementIterator<Row> implements IterableIterator<Row> {
  /** The statement whose rows these are. */
  readonly statement: object
  readonly #owner: IteratorOwner
  readonly #recoveries: number
  #rows: IterableIterator<Row>
  /** Called before the first row is fetched; null: has been. */
  #start: (() => void) | null
  #release: () => void
  #isOpen = true

  /** Use `Statement.iterate`. */
  constructor(
    statement: object,
    owner: IteratorOwner,
    rows: IterableIterator<Row>,
    start: () => void,
    release: () => void,
  ) {
    if (release === undefined) throw new TypeError('Disabled constructor')
    this.statement = statement
    this.#owner = owner
    this.#recoveries = owner.recoveries
    this.#rows = rows
    this.#start = start
    this.#release = release
  }

  /** The next row. */
  next(): IteratorResult<Row, undefined> {
    // What it was called on may be anything. No call: at the end of the stack that would fail in V8's words.
    if (typeof this !== 'object' || this === null || !(#owner in this)) throw new TypeError(illegal)
    this.#owner.checkNotCalling()
    if (!this.#isOpen) return { value: undefined, done: true }
    const owner = this.#owner
    let result: IteratorResult<Row>
    try {
      if (interruption.isPending) settle()
      if (owner.trouble.struck !== null) owner.recover()
      if (this.#recoveries !== owner.recoveries) throw abortedByRollback()
      if (this.#start !== null) {
        this.#start()
        this.#start = null
      }
      result = this.#rows.next()
      if (!result.done) return result
      this.#close()
    } catch (error) {
      let answer: unknown = error === users.error ? error : spare.error
      const wasFailing = owner.trouble.struck !== null
      owner.trouble.struck = owner
      try {
        this.#close()
        owner.trouble.struck = wasFailing || isForeign(error) ? owner : null
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
    return { value: undefined, done: true }
  }

  /** Ends it before its last row. */
  return(): IteratorResult<Row, undefined> {
    // What it was called on may be anything. No call: at the end of the stack that would fail in V8's words.
    if (typeof this !== 'object' || this === null || !(#owner in this)) throw new TypeError(illegal)
    this.#owner.checkNotCalling()
    if (!this.#isOpen) return { value: undefined, done: true }
    const owner = this.#owner
    try {
      const isOver = this.#recoveries !== owner.recoveries
      this.#close()
      if (!isOver) this.#rows.return?.()
    } catch (error) {
      // Nobody is going to return it once more.
      let answer: unknown = error === users.error ? error : spare.error
      const wasFailing = owner.trouble.struck !== null
      owner.trouble.struck = owner
      try {
        owner.trouble.struck = wasFailing || isForeign(error) ? owner : null
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    // What it was called on may be anything. No call: at the end of the stack that would fail in V8's words.
    if (typeof this !== 'object' || this === null || !(#owner in this)) throw new TypeError(illegal)
    return this
  }

  #close(): void {
    this.#isOpen = false
    this.#release()
  }
}

for (const name of ['next', 'return', Symbol.iterator] as const) {
  Object.defineProperty(StatementIterator.prototype, name, { enumerable: true })
}
