/** A prepared statement in the shape of the Rust SDKs. */
import { promisesToUsers } from '../connection/interruption.ts'
import type { ColumnDefinition } from '../sync/face.ts'
import type { Parameters } from './connection-calls.ts'
import type { Rows } from './rows.ts'

/** Who runs it: a connection, or its transaction. */
export interface StatementOwner {
  /** Runs a statement, and answers the number of rows that it changed. */
  execute(sql: string, params?: Parameters): Promise<number>
  /** Runs a query. */
  query(sql: string, params?: Parameters): Promise<Rows>
}

/** One statement, which runs any number of times on the connection, or in the transaction, that has prepared it. */
export class LocalStatement {
  readonly #owner: StatementOwner
  readonly #sql: string
  readonly #columns: readonly ColumnDefinition[]

  /** Use `LocalConnection.prepare`. @internal */
  constructor(owner: StatementOwner, sql: string, columns: readonly ColumnDefinition[]) {
    this.#owner = owner
    this.#sql = sql
    this.#columns = columns
  }

  /** Runs it, and answers the number of rows that it changed. Rejects as `LocalConnection.execute`. */
  execute(params: Parameters = []): Promise<number> {
    return this.#owner.execute(this.#sql, params)
  }

  /** Runs it; nothing is told but failures. */
  async run(params: Parameters = []): Promise<void> {
    await this.#owner.execute(this.#sql, params)
  }

  /** Its rows. Rejects as `LocalConnection.query`. */
  query(params: Parameters = []): Promise<Rows> {
    return this.#owner.query(this.#sql, params)
  }

  /** Its first row, or `undefined`. */
  async queryRow(params: Parameters = []): Promise<Record<string, unknown> | undefined> {
    const rows = await this.query(params)
    try {
      return await rows.next()
    } finally {
      rows.close()
    }
  }

  /** The columns of its rows, as they were when it was prepared; none for a statement that returns no rows. */
  columns(): ColumnDefinition[] {
    return this.#columns.map(({ name, column, table, database, type }) => ({
      name,
      column,
      table,
      database,
      type,
    }))
  }
}

promisesToUsers(LocalStatement.prototype, ['execute', 'run', 'query', 'queryRow'])
