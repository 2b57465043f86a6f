/** What `LocalConnection.query` hands out. */
import { answersUsers } from '../connection/interruption.ts'
import type { ColumnDefinition } from '../sync/face.ts'

/** Rows of a query: objects, or arrays after `raw()`. */
export class Rows<Row = Record<string, unknown>> implements AsyncIterable<Row> {
  /** What the columns are called, where they come from, and how they were declared. */
  readonly columns: readonly ColumnDefinition[]
  readonly #next: () => Promise<unknown>
  readonly #close: () => void
  readonly #showArrays: () => boolean

  /** Use `LocalConnection.query`. @internal */
  constructor(
    columns: readonly ColumnDefinition[],
    next: () => Promise<unknown>,
    close: () => void,
    showArrays: () => boolean,
  ) {
    this.columns = columns.map(({ name, column, table, database, type }) => ({
      name,
      column,
      table,
      database,
      type,
    }))
    this.#next = next
    this.#close = close
    this.#showArrays = showArrays
  }

  /** Names of the columns. */
  get columnNames(): readonly string[] {
    return this.columns.map(({ name }) => name)
  }

  /** How many columns there are. */
  get columnCount(): number {
    return this.columns.length
  }

  /** Rows as arrays, in the order of the columns, of which several may have one name. @throws TypeError after the first row was asked for */
  raw(): Rows<unknown[]> {
    if (!this.#showArrays()) throw new TypeError('The raw() method comes before the first row')
    return this as unknown as Rows<unknown[]>
  }

  /** The next row, or `undefined` after the last. Rejects with a SqliteError where the query fails on its way. */
  next(): Promise<Row | undefined> {
    return this.#next() as Promise<Row | undefined>
  }

  /** Ends the query before its last row, and with it the transaction that it has begun. */
  close(): void {
    this.#close()
  }

  /** The rows that are left; a loop that is left before its end closes the query. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
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

  /** `await using rows = await connection.query(…)`. */
  // eslint-disable-next-line typescript/require-await -- a failure must reject, not throw
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

answersUsers(Rows.prototype, ['close', 'raw'])
