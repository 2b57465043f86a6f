/**
 * The calls of one connection of the asynchronous face, whoever makes them: itself, its statements, or its transaction. They are done in their order (`turns.ts`). What may run for long is done in slices: the event
 * loop has its turn between them, and whatever else is called meanwhile waits. All other statements are done when the call returns.
 *
 * Between two slices a statement is in progress as an open iterator of the synchronous face is: it keeps its transaction and its locks. So
 * nobody here sleeps until he has a lock, for its holder could not go on: the event loop has its turn then too (`patience.ts`).
 */
import type { Value } from '../../record/index.ts'
import type { Connection } from '../connection/connection.ts'
import { promisesToUsers } from '../connection/interruption.ts'
import type { Prepared } from '../connection/session.ts'
import { bindArguments } from '../sync/binding.ts'
import { connectionOf } from '../sync/database.ts'
import type { Database } from '../sync/face.ts'
import { OpenRows } from './open-rows.ts'
import { Patience } from './patience.ts'
import { Rows } from './rows.ts'
import { Turns } from './turns.ts'

/** Parameters of one call: a list, or named values. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>

/** What is left of a call that is not done at once. */
interface Rest {
  /** Null: it is refused a lock already here. */
  readonly prepared: Prepared | null
  /** Bound once, for that may call functions of the user (getters). Null: not yet. */
  readonly values: readonly Value[] | null
}

export class ConnectionCalls {
  readonly #database: Database
  readonly #connection: Connection
  readonly #turns = new Turns()
  readonly #patience: Patience

  constructor(database: Database) {
    this.#database = database
    this.#connection = connectionOf(database)
    this.#patience = new Patience(this.#connection, true)
  }

  /** Runs one statement; the number of rows it changed. */
  async execute(sql: string, params: Parameters = []): Promise<number> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    const done = this.#runAtOnce(sql, params)
    if (typeof done === 'number') return done
    return done instanceof Promise ? this.#settled(done) : this.#runLater(sql, params, done)
  }

  /** Runs a statement, and gives the turn back, unless it may run for long or is refused a lock. */
  #runAtOnce(sql: string, params: Parameters): number | Promise<number> | Rest {
    const { lockWait } = this.#connection
    const patience = this.#patience
    let prepared: Prepared | null = null
    let values: readonly Value[] | null = null
    let isDone = true
    try {
      patience.enter()
      prepared = this.#prepareToRun(sql)
      isDone = !prepared.mayRunLong
      if (!isDone) return { prepared, values }
      patience.leave()
      values = this.#bind(params, prepared)
      patience.enter()
      const done = patience.settle(this.#run(prepared, values))
      isDone = !(done instanceof Promise)
      return done
    } catch (error) {
      if (error !== lockWait.refusal) throw error
      isDone = false
      return { prepared, values }
    } finally {
      patience.leave()
      if (isDone) this.#turns.give()
    }
  }

  /** What is committed, and gives the turn back when it is synced. */
  async #settled<Result>(done: Promise<Result>): Promise<Result> {
    try {
      return await done
    } finally {
      this.#turns.giveLater()
    }
  }

  async #runLater(sql: string, params: Parameters, rest: Rest): Promise<number> {
    const patience = this.#patience
    try {
      let { prepared, values } = rest
      if (prepared === null) {
        const ready = patience.begin(() => this.#prepareToRun(sql))
        prepared = ready instanceof Promise ? await ready : ready
      }
      values ??= this.#bind(params, prepared)
      return await this.#runLong(prepared, values)
    } finally {
      this.#turns.giveLater()
    }
  }

  /** Runs a statement to its end, in slices where it may run for long. */
  #runLong(prepared: Prepared, values: readonly Value[]): number | Promise<number> {
    const isLong = this.#patience.begin(() => prepared.mayRunLong)
    if (isLong instanceof Promise) return isLong.then(() => this.#runLong(prepared, values))
    if (isLong) return this.#runInSlices(prepared, values)
    let isAgain = false
    return this.#patience.begin(() => {
      // Meanwhile others may have opened an iterator.
      if (isAgain) this.#checkBeside(prepared)
      isAgain = true
      return this.#run(prepared, values)
    })
  }

  #bind(params: Parameters, { parameters }: Prepared): readonly Value[] {
    return bindArguments(argumentsOf(params), parameters, this.#connection.options.values)
  }

  #run(prepared: Prepared, values: readonly Value[]): number {
    const { context } = this.#connection
    const before = context.totalChanges
    prepared.run(values)
    return context.totalChanges === before ? 0 : context.changes
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
        const asked = this.#patience.begin(() => connection.nextStatement(sql, at))
        const next = asked instanceof Promise ? await asked : asked
        if (next === null) break
        const { prepared } = next
        const nulls = Array<null>(prepared.parameters.count).fill(null)
        const done = this.#runLong(prepared, nulls)
        if (done instanceof Promise) await done
        at = next.end
      }
    } finally {
      this.#turns.giveLater()
    }
  }

  /** Runs one query. Rejects with a TypeError for a statement that returns no rows. */
  async query(sql: string, params: Parameters = []): Promise<Rows> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    const rows = this.#rowsAtOnce(sql, params)
    if (rows instanceof Rows) return rows
    return rows instanceof Promise ? this.#settled(rows) : this.#rowsLater(sql, params, rows)
  }

  /** The rows of a query, and gives the turn back, unless it is refused a lock. */
  #rowsAtOnce(sql: string, params: Parameters): Rows | Promise<Rows> | Rest {
    const { lockWait } = this.#connection
    const patience = this.#patience
    let prepared: Prepared | null = null
    let values: readonly Value[] | null = null
    let isDone = true
    try {
      patience.enter()
      prepared = this.#prepareQuery(sql)
      patience.leave()
      values = this.#bind(params, prepared)
      patience.enter()
      const rows = patience.settle(this.#open(prepared, values))
      isDone = !(rows instanceof Promise)
      return rows
    } catch (error) {
      if (error !== lockWait.refusal) throw error
      isDone = false
      return { prepared, values }
    } finally {
      patience.leave()
      if (isDone) this.#turns.give()
    }
  }

  async #rowsLater(sql: string, params: Parameters, rest: Rest): Promise<Rows> {
    const patience = this.#patience
    try {
      const ready = patience.begin(() => rest.prepared ?? this.#prepareQuery(sql))
      const prepared = ready instanceof Promise ? await ready : ready
      const values = rest.values ?? this.#bind(params, prepared)
      return await patience.begin(() => this.#open(prepared, values))
    } finally {
      this.#turns.give()
    }
  }

  #prepareQuery(sql: string): Prepared {
    const prepared = this.#prepare(sql)
    if (!prepared.hasRows) {
      throw new TypeError('The columns() method is only for statements that return data')
    }
    return prepared
  }

  /** What has no program, such as a PRAGMA, is run already here. */
  #open(prepared: Prepared, values: readonly Value[]): Rows {
    const columns = prepared.columns()
    const rows = new OpenRows(this.#connection, prepared, values, this.#patience)
    return new Rows(
      columns,
      () => this.#next(rows),
      () => rows.return(),
      () => rows.showArrays(),
    )
  }

  /** What a statement is, in a turn of its own. */
  async describe(sql: string): Promise<{ readonly prepared: Prepared }> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    try {
      const asked = this.#patience.begin(() => this.#prepare(sql))
      return { prepared: asked instanceof Promise ? await asked : asked }
    } finally {
      this.#turns.giveLater()
    }
  }

  /** The rowid of the last row that was inserted. */
  get lastInsertRowid(): number | bigint {
    return this.#connection.context.lastInsertRowid
  }

  /** Takes everything back that is not committed. */
  rollback(): void {
    if (this.#connection.isOpen && this.#database.inTransaction)
      this.#connection.rollbackTransaction()
  }

  /** Whether no transaction is open. */
  isAutocommit(): boolean {
    return !this.#database.inTransaction
  }

  /** Closes the connection. A call that waits for a lock, and those behind it, are rejected. */
  close(): void {
    this.#database.close()
  }

  #prepare(sql: string): Prepared {
    checkText(sql)
    this.#connection.checkOpen()
    return this.#connection.prepare(sql)
  }

  #prepareToRun(sql: string): Prepared {
    const prepared = this.#prepare(sql)
    this.#checkBeside(prepared)
    return prepared
  }

  /** A statement that writes is refused beside an open iterator. */
  #checkBeside(prepared: Prepared): void {
    if (prepared.writes || !prepared.hasRows) this.#connection.checkNoIterators()
  }

  /** The number of rows that it changes: other statements may run between its slices. */
  async #runInSlices(prepared: Prepared, values: readonly Value[]): Promise<number> {
    const { context } = this.#connection
    const rows = new OpenRows(this.#connection, prepared, values, this.#patience, true)
    for (let changes = 0; ; await rows.pause()) {
      const before = context.totalChanges
      const goesOn = rows.runSlice()
      if (context.totalChanges !== before) changes = context.changes
      if (!goesOn) return this.#patience.settle(changes)
    }
  }

  /** The next row of a query. */
  async #next(rows: OpenRows): Promise<Record<string, unknown> | undefined> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    const row = this.#nextAtOnce(rows)
    if (row instanceof Promise) return this.#settled(row) as never
    return row === this.#connection.context.slice ? this.#nextLater(rows) : (row as never)
  }

  /** The row, the slice if the event loop is to have its turn before, or a promise where it is to be synced; else the turn is given back. */
  #nextAtOnce(rows: OpenRows): unknown {
    const { slice } = this.#connection.context
    let row: unknown
    try {
      row = this.#patience.settle(rows.next().value)
    } finally {
      if (row !== slice && !(row instanceof Promise)) this.#turns.give()
    }
    return row
  }

  async #nextLater(rows: OpenRows): Promise<Record<string, unknown> | undefined> {
    const { slice } = this.#connection.context
    for (;;) {
      await rows.pause()
      const row = this.#nextAtOnce(rows)
      if (row instanceof Promise) return this.#settled(row) as never
      if (row !== slice) return row as never
    }
  }
}

promisesToUsers(Rows.prototype, ['next'])

function checkText(value: unknown): void {
  if (typeof value !== 'string') throw new TypeError('Expected first argument to be a string')
}

function argumentsOf(params: Parameters): readonly unknown[] {
  return Array.isArray(params) ? params : [params]
}
