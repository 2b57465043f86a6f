/**
 * A prepared statement with better-sqlite3's face: `run`, `get`, `all`, `iterate`, and switches that
 * shape rows. A statement is a view of a `Prepared`, which the connection caches by text; it owns nothing but
 * its switches and the parameters bound to it for good.
 */
import type { Value } from '../record/index.ts'
import { bindArguments } from './binding.ts'
import type { Connection } from './connection.ts'
import type { Prepared, RowMode } from './session.ts'
import type { Database } from './database.ts'

/** What `run` answers: rows changed, and the rowid of the last INSERT of this connection. */
export interface RunResult {
  changes: number
  lastInsertRowid: number | bigint
}

/** One column of a result, where it comes from and how it was declared. */
export interface ColumnDefinition {
  name: string
  column: string | null
  table: string | null
  database: string | null
  type: string | null
}

/**
 * A prepared statement.
 *
 * ```ts
 * const find = db.prepare('SELECT name FROM album WHERE id = ?')
 * find.get(1) // { name: '…' }
 * find.pluck().get(1) // '…'
 * ```
 */
export class Statement<Row = unknown> {
  /** The text that was prepared. */
  readonly source: string
  /** The connection that prepared it. */
  readonly database: Database
  #connection: Connection
  #prepared: Prepared
  #mode: RowMode = 'object'
  #safeIntegers: boolean
  #bound: readonly Value[] | null = null
  #iterators = 0

  /** Use `Database.prepare`. */
  constructor(
    database: Database,
    connection: Connection,
    prepared: Prepared,
    source: string,
    safeIntegers: boolean,
  ) {
    this.database = database
    this.source = source
    this.#connection = connection
    this.#prepared = prepared
    this.#safeIntegers = safeIntegers
  }

  /** Whether the statement returns rows. */
  get reader(): boolean {
    return this.#prepared.isReader
  }

  /** Whether the statement leaves the database file alone. */
  get readonly(): boolean {
    return !this.#prepared.writes
  }

  /** Whether an iterator of this statement is open. */
  get busy(): boolean {
    return this.#iterators > 0
  }

  /**
   * Runs a statement that returns no rows.
   * @throws SqliteError; TypeError when it returns rows
   */
  run(...args: unknown[]): RunResult {
    if (this.#prepared.isReader) {
      throw new TypeError('This statement returns data. Use get(), all(), or iterate() instead')
    }
    this.#checkIdle()
    const connection = this.#connection
    connection.checkNoIterators()
    this.#prepared.run(this.#parameters(args))
    const { lastInsertRowid } = connection.context
    return {
      changes: connection.context.changes,
      lastInsertRowid: this.#safeIntegers ? BigInt(lastInsertRowid) : lastInsertRowid,
    }
  }

  /** The first row, or `undefined`. */
  get(...args: unknown[]): Row | undefined {
    const prepared = this.#prepared
    this.#checkReader()
    return prepared.get(this.#parameters(args), this.#mode, this.#safeIntegers) as Row | undefined
  }

  /** All rows. */
  all(...args: unknown[]): Row[] {
    const prepared = this.#prepared
    this.#checkReader()
    return prepared.all(this.#parameters(args), this.#mode, this.#safeIntegers) as Row[]
  }

  /** The rows one by one. The connection takes no other writes until the iterator ends or is closed. */
  iterate(...args: unknown[]): IterableIterator<Row> {
    this.#checkReader()
    const rows = this.#prepared.iterate(
      this.#parameters(args),
      this.#mode,
      this.#safeIntegers,
    ) as IterableIterator<Row>
    this.#iterators++
    this.#connection.iterators++
    let open = true
    const end = (): void => {
      if (!open) return
      open = false
      this.#iterators--
      this.#connection.iterators--
    }
    return {
      next: () => {
        if (!open) return { value: undefined, done: true }
        try {
          const result = rows.next()
          if (result.done) end()
          return result
        } catch (error) {
          end()
          throw error
        }
      },
      return: () => {
        if (open) {
          end()
          rows.return?.()
        }
        return { value: undefined, done: true }
      },
      [Symbol.iterator]() {
        return this
      },
    }
  }

  /** Rows as arrays instead of objects. */
  raw(enabled?: boolean): this {
    return this.#switch('raw', enabled)
  }

  /** Only the first column of each row. */
  pluck(enabled?: boolean): this {
    return this.#switch('pluck', enabled)
  }

  /** Rows as one object for each table. */
  expand(enabled?: boolean): this {
    return this.#switch('expand', enabled)
  }

  /** INTEGERs as bigints. */
  safeIntegers(enabled = true): this {
    this.#checkIdle()
    checkBoolean(enabled)
    this.#safeIntegers = enabled
    return this
  }

  /** Binds parameters for good; later calls take none. */
  bind(...args: unknown[]): this {
    this.#checkIdle()
    if (this.#bound !== null) {
      throw new TypeError('The bind() method can only be invoked once per statement object')
    }
    this.#bound = bindArguments(args, this.#prepared.parameters)
    return this
  }

  /** The columns of the result. */
  columns(): ColumnDefinition[] {
    if (!this.#prepared.isReader) {
      throw new TypeError('The columns() method is only for statements that return data')
    }
    this.#connection.checkOpen()
    return this.#prepared.columns().map(({ name, column, table, database, type }) => ({
      name,
      column,
      table,
      database,
      type,
    }))
  }

  /** The statement's text. */
  toString(): string {
    return this.source
  }

  #switch(mode: 'raw' | 'pluck' | 'expand', enabled = true): this {
    if (!this.#prepared.isReader) {
      throw new TypeError(`The ${mode}() method is only for statements that return data`)
    }
    this.#checkIdle()
    checkBoolean(enabled)
    if (enabled) this.#mode = mode
    else if (this.#mode === mode) this.#mode = 'object'
    return this
  }

  #checkReader(): void {
    if (!this.#prepared.isReader) {
      throw new TypeError('This statement does not return data. Use run() instead')
    }
    this.#checkIdle()
    if (this.#prepared.writes) this.#connection.checkNoIterators()
  }

  #checkIdle(): void {
    this.#connection.checkOpen()
    if (this.#iterators > 0) throw new TypeError('This statement is busy executing a query')
  }

  #parameters(args: readonly unknown[]): readonly Value[] {
    if (this.#bound !== null) {
      if (args.length > 0) throw new TypeError('This statement already has bound parameters')
      return this.#bound
    }
    return bindArguments(args, this.#prepared.parameters)
  }
}

function checkBoolean(value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
}
