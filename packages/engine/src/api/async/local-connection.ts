/**
 * One connection of the asynchronous face. Its calls are done in their order (`turns.ts`). What may run for long is done in slices: the event
 * loop has its turn between them, and whatever else is called meanwhile waits. All other statements are done when the call returns.
 *
 * Between two slices a statement is in progress as an open iterator of the synchronous face is: it keeps its transaction and its locks.
 */
import type { Value } from '../../record/index.ts'
import type { Connection } from '../connection/connection.ts'
import { answersUsers, promisesToUsers } from '../connection/interruption.ts'
import type { Prepared } from '../connection/session.ts'
import { bindArguments } from '../sync/binding.ts'
import { connectionOf } from '../sync/database.ts'
import type { Database } from '../sync/face.ts'
import { StatementIterator } from '../sync/statement-iterator.ts'
import { Rows } from './rows.ts'
import { eventLoop, Turns } from './turns.ts'

/** Parameters of one call: a list, or named values. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>

/** One connection; its statements run in the order of the calls. */
export class LocalConnection {
  readonly #database: Database
  readonly #connection: Connection
  readonly #turns = new Turns()

  /** Use `LocalDatabase.connect`. */
  constructor(database: Database) {
    this.#database = database
    this.#connection = connectionOf(database)
  }

  /** Runs one statement and answers the number of rows it changed. */
  async execute(sql: string, params: Parameters = []): Promise<number> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    const changes = this.#runAtOnce(sql, params)
    return changes >= 0 ? changes : this.#runLong(sql, params)
  }

  /** Runs a statement unless it may run for long (-1), and gives the turn back. */
  #runAtOnce(sql: string, params: Parameters): number {
    let isLong = false
    try {
      const prepared = this.#prepareToRun(sql)
      isLong = prepared.mayRunLong
      if (isLong) return -1
      const { context } = this.#connection
      const before = context.totalChanges
      prepared.run(bindArguments(argumentsOf(params), prepared.parameters))
      return context.totalChanges === before ? 0 : context.changes
    } finally {
      if (!isLong) this.#turns.give()
    }
  }

  async #runLong(sql: string, params: Parameters): Promise<number> {
    try {
      const prepared = this.#prepareToRun(sql)
      const values = bindArguments(argumentsOf(params), prepared.parameters)
      return await this.#runInSlices(prepared, values)
    } finally {
      this.#turns.giveLater()
    }
  }

  /** Runs all statements of a text. */
  async executeBatch(sql: string): Promise<void> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    try {
      const connection = this.#connection
      checkText(sql)
      connection.checkOpen()
      connection.checkNoIterators()
      for (let at = 0; at < sql.length;) {
        const next = connection.nextStatement(sql, at)
        if (next === null) break
        const { prepared } = next
        const nulls = Array<null>(prepared.parameters.count).fill(null)
        if (prepared.mayRunLong) await this.#runInSlices(prepared, nulls)
        else prepared.run(nulls)
        at = next.end
      }
    } finally {
      this.#turns.giveLater()
    }
  }

  /** Runs one query. Its rows come one by one from `next()`, or by `for await`. */
  async query(sql: string, params: Parameters = []): Promise<Rows> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    return this.#rowsOf(sql, params)
  }

  #rowsOf(sql: string, params: Parameters): Rows {
    try {
      const prepared = this.#prepare(sql)
      if (!prepared.hasRows) {
        throw new TypeError('The columns() method is only for statements that return data')
      }
      const columnNames = prepared.columns().map(({ name }) => name)
      const values = bindArguments(argumentsOf(params), prepared.parameters)
      const rows = this.#open(prepared, values, 'object')
      return new Rows(
        columnNames,
        () => this.#next(rows),
        () => void rows.return(),
      )
    } finally {
      this.#turns.give()
    }
  }

  /** Whether no transaction is open. */
  isAutocommit(): boolean {
    return !this.#database.inTransaction
  }

  /** Closes the connection. */
  close(): void {
    this.#database.close()
  }

  #prepare(sql: string): Prepared {
    checkText(sql)
    this.#connection.checkOpen()
    return this.#connection.prepare(sql)
  }

  /** A statement that writes is refused beside an open iterator. */
  #prepareToRun(sql: string): Prepared {
    const prepared = this.#prepare(sql)
    if (prepared.writes || !prepared.hasRows) this.#connection.checkNoIterators()
    return prepared
  }

  /** The rows of a statement, and the slices between them if it may run for long. Until they end the connection is busy. */
  #open(
    prepared: Prepared,
    values: readonly Value[],
    mode: 'object' | 'raw',
  ): StatementIterator<unknown> {
    const connection = this.#connection
    const rows = prepared.rows(values, mode, false, prepared.mayRunLong)
    const { recoveries } = connection
    const release = (): void => {
      if (recoveries === connection.recoveries) connection.iterators--
    }
    const iterator = new StatementIterator<unknown>(this, connection, rows, () => {}, release)
    connection.iterators++
    return iterator
  }

  /** The number of rows that it changes: other statements may run between its slices. */
  async #runInSlices(prepared: Prepared, values: readonly Value[]): Promise<number> {
    const { context } = this.#connection
    const { slice } = context
    const rows = this.#open(prepared, values, 'raw')
    let changes = 0
    for (;;) {
      const before = context.totalChanges
      const { value, done } = rows.next()
      if (context.totalChanges !== before) changes = context.changes
      if (done === true) return changes
      if (value === slice) await eventLoop()
    }
  }

  /** The next row of a query. */
  async #next(rows: StatementIterator<unknown>): Promise<Record<string, unknown> | undefined> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    const row = this.#nextAtOnce(rows)
    return row === this.#connection.context.slice ? this.#nextLater(rows) : (row as never)
  }

  /** The row, or the slice if the event loop is to have its turn before; else the turn is given back. */
  #nextAtOnce(rows: StatementIterator<unknown>): unknown {
    const { slice } = this.#connection.context
    let row: unknown
    try {
      row = rows.next().value
    } finally {
      if (row !== slice) this.#turns.give()
    }
    return row
  }

  async #nextLater(rows: StatementIterator<unknown>): Promise<Record<string, unknown> | undefined> {
    const { slice } = this.#connection.context
    for (;;) {
      await eventLoop()
      const row = this.#nextAtOnce(rows)
      if (row !== slice) return row as never
    }
  }
}

answersUsers(LocalConnection.prototype, ['close'])
promisesToUsers(LocalConnection.prototype, ['execute', 'executeBatch', 'query'])
promisesToUsers(Rows.prototype, ['next'])

function checkText(value: unknown): void {
  if (typeof value !== 'string') throw new TypeError('Expected first argument to be a string')
}

function argumentsOf(params: Parameters): readonly unknown[] {
  return Array.isArray(params) ? params : [params]
}
