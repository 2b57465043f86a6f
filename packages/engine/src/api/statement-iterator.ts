/**
 * What `Statement.iterate` hands out: the rows one by one. Until it has delivered the last row, or is returned, its
 * statement is locked and the connection refuses everything that could pull the rows from under it.
 */
export class StatementIterator<Row> implements IterableIterator<Row> {
  /** The statement whose rows these are. */
  readonly statement: object
  #rows: IterableIterator<Row>
  /** Called before the first row is fetched; null: has been. */
  #start: (() => void) | null
  #release: () => void
  #isOpen = true

  /** Use `Statement.iterate`. */
  constructor(
    statement: object,
    rows: IterableIterator<Row>,
    start: () => void,
    release: () => void,
  ) {
    this.statement = statement
    this.#rows = rows
    this.#start = start
    this.#release = release
  }

  /** The next row. */
  next(): IteratorResult<Row, undefined> {
    if (!this.#isOpen) return { value: undefined, done: true }
    let result: IteratorResult<Row>
    try {
      if (this.#start !== null) {
        this.#start()
        this.#start = null
      }
      result = this.#rows.next()
    } catch (error) {
      this.#close()
      throw error
    }
    if (result.done) {
      this.#close()
      return { value: undefined, done: true }
    }
    return result
  }

  /** Ends it before its last row. */
  return(): IteratorResult<Row, undefined> {
    if (this.#isOpen) {
      this.#close()
      this.#rows.return?.()
    }
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }

  #close(): void {
    this.#isOpen = false
    this.#release()
  }
}
