/** What `LocalConnection.query` hands out. */
import { answersUsers } from '../connection/interruption.ts'

/** Rows of a query, as objects. */
export class Rows implements AsyncIterable<Record<string, unknown>> {
  /** Names of the columns. */
  readonly columnNames: readonly string[]
  readonly #next: () => Promise<Record<string, unknown> | undefined>
  readonly #close: () => void

  /** Use `LocalConnection.query`. @internal */
  constructor(
    columnNames: readonly string[],
    next: () => Promise<Record<string, unknown> | undefined>,
    close: () => void,
  ) {
    this.columnNames = columnNames
    this.#next = next
    this.#close = close
  }

  /** The next row, or `undefined` after the last. Rejects with a SqliteError where the query fails on its way. */
  next(): Promise<Record<string, unknown> | undefined> {
    return this.#next()
  }

  /** Ends the query before its last row, and with it the transaction that it has begun. */
  close(): void {
    this.#close()
  }

  /** The rows that are left; a loop that is left before its end closes the query. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Record<string, unknown>> {
    try {
      for (;;) {
        const row = await this.next()
        if (row === undefined) return
        yield row
      }
    } finally {
      this.close()
    }
  }
}

answersUsers(Rows.prototype, ['close'])
