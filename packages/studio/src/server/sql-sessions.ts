/**
 * The statements that users write. Each page has a connection of its own, so BEGIN in one editor lasts until COMMIT in it, and holds up no other page; it is
 * closed, and what is open rolled back, soon after its page has gone.
 *
 * Rows go to the page as they come, and are not kept here: between two of them the query is open, and its reader is one that a checkpoint waits for. So of each statement come
 * as many rows as the page asks for, and then it ends.
 */
import type {
  ColumnDefinition,
  Database,
  LocalConnection,
  Statement,
} from '../../../engine/src/index.ts'
import type { ResultColumn, SqlEvent, SqlRequest, WireValue } from '../protocol.ts'
import { badRequest, cancelled, failureOf } from './failures.ts'
import { readRows } from './read.ts'
import { placeOfError, statementsOf, type StatementText } from './statements.ts'
import { toShortWire, type SqlValue } from './values.ts'

/** Rows are sent when there are so many, or when the first of them has waited for so long. */
const batchRows = 500
const batchMs = 50
const mostSessions = 32
/** Longer texts and BLOBs of results are cut. */
const longValue = 65_536

/** Where events go; a promise where the page is slower than the database. */
export type Send = (event: SqlEvent) => void | Promise<void>

/** Two faces of one connection. */
interface Connection {
  readonly database: Database
  readonly connection: LocalConnection
}

export class SqlSession {
  readonly #database: Database
  readonly #connection: LocalConnection
  #running: AbortController | null = null
  #canStop = true
  #last: Promise<unknown> = Promise.resolve()

  constructor({ database, connection }: Connection) {
    this.#database = database
    this.#connection = connection
  }

  get inTransaction(): boolean {
    return !this.#connection.isAutocommit()
  }

  /**
   * Ends what runs, and takes it back where it has changed something.
   * @returns whether it could be stopped: what builds or rebuilds a tree goes on to its end, and the text ends behind it
   */
  cancel(): boolean {
    const running = this.#running
    running?.abort()
    return running !== null && this.#canStop
  }

  /** Runs a text, statement by statement, up to the first that fails. Texts of one session wait for each other. */
  run(request: SqlRequest, signal: AbortSignal, send: Send): Promise<void> {
    const done = this.#last.then(() => this.#run(request, signal, send))
    this.#last = done.catch(() => {})
    return done
  }

  /** Something else with the connection, between two texts. */
  alone<Result>(work: (database: Database) => Result): Promise<Result> {
    const done = this.#last.then(() => work(this.#database))
    this.#last = done.catch(() => {})
    return done
  }

  async #run({ sql, limit }: SqlRequest, signal: AbortSignal, send: Send): Promise<void> {
    const running = new AbortController()
    this.#running = running
    const both = AbortSignal.any([signal, running.signal])
    const began = performance.now()
    try {
      for (const [index, statement] of statementsOf(sql).entries()) {
        const { start, end } = statement
        await send({ kind: 'statement', index, start, end })
        if (!(await this.#runOne(statement, limit, both, send))) break
      }
    } finally {
      this.#running = null
    }
    await send({
      kind: 'done',
      inTransaction: this.inTransaction,
      ms: performance.now() - began,
    })
  }

  /** @returns whether it has succeeded */
  async #runOne(
    { start, sql }: StatementText,
    limit: number,
    signal: AbortSignal,
    send: Send,
  ): Promise<boolean> {
    const began = performance.now()
    try {
      if (signal.aborted) throw cancelled()
      const statement = this.#database.prepare(sql)
      if (!statement.reader) {
        const changes = await this.#change(sql, signal)
        const ms = performance.now() - began
        await send({ kind: 'end', rows: 0, changes, ms, isCut: false })
        return true
      }
      const columns = statement.columns()
      await send({ kind: 'columns', columns: columns.map(columnOf) })
      const { rows, isAll } = await this.#sendRows(statement, limit, signal, send)
      const ms = performance.now() - began
      await send({ kind: 'end', rows, changes: null, ms, isCut: !isAll })
      return true
    } catch (error) {
      const { failure } = failureOf(error)
      const place = placeOfError(sql, failure.message)
      await send({
        kind: 'error',
        failure,
        from: start + place.from,
        to: start + place.to,
        ms: performance.now() - began,
      })
      return false
    }
  }

  /** Runs a statement without rows. @returns the rows that it has changed */
  async #change(sql: string, signal: AbortSignal): Promise<number> {
    const stoppable = this.#stoppable(sql)
    if (stoppable !== null) {
      await readRows(this.#connection, stoppable, [], signal, () => true)
      return Number(this.#database.prepare('SELECT changes()').pluck().get())
    }
    this.#canStop = false
    try {
      return await this.#connection.execute(sql)
    } finally {
      this.#canStop = true
    }
  }

  /** The rows of a query can be given up, so a change that has rows can be: the same with RETURNING; null: it has no such form. */
  #stoppable(sql: string): string | null {
    if (!/^(?:INSERT|REPLACE|UPDATE|DELETE|WITH)\b/i.test(sql)) return null
    const returning = `${sql.replace(/;$/, '')}\nRETURNING NULL`
    try {
      return this.#database.prepare(returning).reader ? returning : null
    } catch {
      return null
    }
  }

  async #sendRows(
    statement: Statement,
    limit: number,
    signal: AbortSignal,
    send: Send,
  ): Promise<{ rows: number; isAll: boolean }> {
    let batch: WireValue[][] = []
    let sent = performance.now()
    let rows = 0
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await send({ kind: 'rows', rows: batch })
      batch = []
      sent = performance.now()
    }
    const take = (values: readonly SqlValue[]): boolean | Promise<boolean> => {
      if (rows === limit) return false
      rows++
      batch.push(values.map((value) => toShortWire(value, longValue)))
      if (batch.length < batchRows && performance.now() - sent < batchMs) return true
      return flush().then(() => true)
    }
    const isAll = await this.#takeRows(statement, signal, take)
    await flush()
    return { rows, isAll }
  }

  /** Rows come as objects, in which two columns of one name would be one. */
  async #takeRows(
    statement: Statement,
    signal: AbortSignal,
    take: (values: readonly SqlValue[]) => boolean | Promise<boolean>,
  ): Promise<boolean> {
    const { source } = statement
    const names = statement.columns().map(({ name }) => name)
    const isDistinct = new Set(names).size === names.length
    if (isDistinct || /^(?:SELECT|VALUES|WITH)\b/i.test(source)) {
      const query = isDistinct ? source : withOwnNames(source)
      return readRows(this.#connection, query, [], signal, (row, keys) =>
        take(keys.map((key) => row[key]!)),
      )
    }
    for (const row of statement.raw().iterate() as Iterable<SqlValue[]>) {
      if (!(await take(row))) return false
    }
    return true
  }

  /** Closes it when what runs has ended. */
  async end(): Promise<void> {
    this.cancel()
    await this.#last
    this.#connection.close()
  }
}

/** The same query with a name of its own for each column: a subquery's columns have that. */
function withOwnNames(sql: string): string {
  return `SELECT * FROM (${sql.replace(/;?$/, '')}\n)`
}

function columnOf({ name, type, table }: ColumnDefinition): ResultColumn {
  return { name, type, table }
}

/** Sessions by the names that pages give them. */
export class SqlSessions {
  readonly #open: () => Connection
  readonly #sessions = new Map<string, SqlSession>()

  constructor(open: () => Connection) {
    this.#open = open
  }

  /** The session of a page, opened where it is not there. @throws SqliteError */
  of(name: string): SqlSession {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    if (this.#sessions.size >= mostSessions) throw badRequest('too many pages are open')
    const session = new SqlSession(this.#open())
    this.#sessions.set(name, session)
    return session
  }

  /** The same, where it is there. */
  known(name: string): SqlSession | undefined {
    return this.#sessions.get(name)
  }

  /** The page has gone. */
  async end(name: string): Promise<void> {
    const session = this.#sessions.get(name)
    this.#sessions.delete(name)
    await session?.end()
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((name) => this.end(name)))
  }
}
