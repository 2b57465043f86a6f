/**
 * The rows of one statement of the asynchronous face, and the slices between them.
 *
 * Until they end they count as an open iterator of the connection does; but not while the statement itself runs, for what a
 * function that it calls may do is what it may do under any other statement.
 *
 * Where the statement is refused a lock that it begins with, a slice comes in which nothing was done, and the call after it asks again. Until then
 * nothing is open.
 */
import type { Value } from '../../record/index.ts'
import type { Connection } from '../connection/connection.ts'
import { isBusy } from '../connection/failures.ts'
import type { Integers, Prepared, RowMode } from '../connection/session.ts'
import { StatementIterator } from '../sync/statement-iterator.ts'
import type { Patience } from './patience.ts'
import { eventLoop } from './turns.ts'

/** What rows look like. */
export interface RowShape {
  readonly mode: RowMode
  readonly integers: Integers
}

export class OpenRows {
  readonly #connection: Connection
  readonly #prepared: Prepared
  readonly #values: readonly Value[]
  readonly #dropsRows: boolean
  readonly #patience: Patience
  #shape: RowShape
  #iterator: StatementIterator<unknown>
  #isOpen = true
  #isRunning = false
  #hasBegun = false
  #isRefused = false
  #recoveries = 0

  /**
   * @param dropsRows nobody wants them: it is run by `runSlice`
   * @param shape default: objects, with INTEGERs as the connection has them
   */
  constructor(
    connection: Connection,
    prepared: Prepared,
    values: readonly Value[],
    patience: Patience,
    dropsRows = false,
    shape: RowShape = { mode: 'object', integers: connection.options.values.integers },
  ) {
    this.#connection = connection
    this.#prepared = prepared
    this.#values = values
    this.#patience = patience
    this.#dropsRows = dropsRows
    this.#shape = shape
    this.#iterator = this.#open()
  }

  #open(): StatementIterator<unknown> {
    const connection = this.#connection
    const prepared = this.#prepared
    const isSliced = this.#dropsRows || prepared.mayRunLong
    const rows = this.#dropsRows
      ? prepared.rows(this.#values, 'raw', 'rounded', isSliced)
      : prepared.rows(this.#values, this.#shape.mode, this.#shape.integers, isSliced)
    const release = (): void => this.#release()
    const iterator = new StatementIterator<unknown>(this, connection, rows, () => {}, release)
    this.#isOpen = true
    this.#recoveries = connection.recoveries
    connection.iterators++
    return iterator
  }

  #release(): void {
    const connection = this.#connection
    if (this.#isOpen && !this.#isRunning && this.#recoveries === connection.recoveries) {
      connection.iterators--
    }
    this.#isOpen = false
  }

  /** The next row, or the slice of the connection. */
  next(): IteratorResult<unknown, undefined> {
    return this.#hasBegun ? this.#run() : this.#begin()
  }

  /** Runs to the end of a slice. @returns whether there is another */
  runSlice(): boolean {
    return this.next().done !== true
  }

  /** Fetches rows into a list, to the end of a slice, or until there are so many, or no more. */
  fetch(rows: unknown[], most: number): 'slice' | 'full' | 'end' {
    const { slice } = this.#connection.context
    for (let result = this.next(); result.done !== true; result = this.next()) {
      if (result.value === slice) return 'slice'
      rows.push(result.value)
      if (rows.length >= most) return 'full'
    }
    return 'end'
  }

  /** Rows are arrays. @returns whether that could still be said */
  showArrays(): boolean {
    if (this.#hasBegun || !this.#isOpen) return false
    this.#iterator.return()
    this.#shape = { mode: 'raw', integers: this.#shape.integers }
    this.#iterator = this.#open()
    return true
  }

  #begin(): IteratorResult<unknown, undefined> {
    const connection = this.#connection
    const { lockWait, context } = connection
    this.#hasBegun = true
    try {
      if (this.#isRefused) {
        this.#isRefused = false
        this.#patience.enterAgain()
        // Meanwhile others may have opened an iterator.
        if (this.#dropsRows && this.#prepared.writes) connection.checkNoIterators()
        this.#iterator = this.#open()
      } else this.#patience.enter()
      return this.#run()
    } catch (error) {
      if (error !== lockWait.refusal) throw error
      this.#hasBegun = false
      this.#isRefused = true
      return { value: context.slice, done: false }
    } finally {
      this.#patience.leave()
    }
  }

  /** To the next row, or to the end of the slice. */
  #run(): IteratorResult<unknown, undefined> {
    const connection = this.#connection
    const { recoveries } = connection
    const iterator = this.#iterator
    if (!this.#isOpen || this.#recoveries !== recoveries) return iterator.next()
    connection.iterators--
    this.#isRunning = true
    this.#patience.holdCommits()
    try {
      let result = iterator.next()
      if (!this.#dropsRows) return result
      const { slice } = connection.context
      while (!result.done && result.value !== slice) result = iterator.next()
      return result
    } finally {
      connection.commitsLater = false
      this.#isRunning = false
      if (this.#isOpen && recoveries === connection.recoveries) connection.iterators++
    }
  }

  /** Behind a slice: the event loop has its turn, and a longer one where the statement was refused. */
  pause(): Promise<void> {
    return this.#isRefused ? this.#patience.pause() : eventLoop()
  }

  /** Ends them before the last; not out of a function that their statement has called. */
  return(): void {
    if (this.#isRunning) throw isBusy()
    this.#hasBegun = true
    this.#isRefused = false
    this.#iterator.return()
  }
}
