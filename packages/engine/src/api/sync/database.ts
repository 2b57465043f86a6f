/**
 * `Database`: the synchronous face, identical to better-sqlite3's.
 *
 * The class is wrapped so that it can be called without `new`, as better-sqlite3's can.
 */
import { notSupported, SqliteError } from '../../base/error.ts'
import { needRoom, spare } from '../../base/foreign-error.ts'
import { checkTextLength } from '../../base/long-text.ts'
import { Connection } from '../connection/connection.ts'
import { defineAggregate, defineCollation, defineFunction } from './definitions.ts'
import { defineTable } from './table-definition.ts'
import type {
  DatabaseConstructor,
  DatabaseOptions,
  Database as DatabaseFace,
  PragmaOptions,
  Statement as StatementFace,
  TransactionFunction,
} from './face.ts'
import { answersUsers, answerTo, interruption, settle } from '../connection/interruption.ts'
import { parseOpenRequest } from '../open/options.ts'
import { Statement } from './statement.ts'
import { statusOfFile, statusOfMemory, type DatabaseStatus } from '../status.ts'
import { transactionFunction } from './transaction-function.ts'

const inspect = Symbol.for('nodejs.util.inspect.custom')

let readConnection: (database: DatabaseFace) => Connection

class DatabaseClass implements DatabaseFace {
  static readonly SqliteError: typeof SqliteError = SqliteError
  readonly #connection: Connection
  readonly #name: string
  #safeIntegers = false

  constructor(filename?: string, options?: DatabaseOptions) {
    try {
      if (interruption.isPending) settle()
      const request = parseOpenRequest(filename, options)
      // Opened as a whole or not at all: of what is half open nobody would know.
      needRoom()
      this.#name = request.name
      this.#connection = new Connection(request)
    } catch (error) {
      let answer: unknown = spare.error
      try {
        answer = answerTo(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  get open(): boolean {
    return this.#connection.isOpen
  }

  get inTransaction(): boolean {
    return this.#connection.isOpen && this.#connection.inTransaction
  }

  get name(): string {
    return this.#name
  }

  get memory(): boolean {
    return this.#connection.isMemory
  }

  get readonly(): boolean {
    return this.#connection.isReadonly
  }

  prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
  ): StatementFace<BindParameters extends unknown[] ? BindParameters : [BindParameters], Result> {
    checkText(sql)
    this.#connection.checkOpen()
    const prepared = this.#connection.prepare(sql)
    return new Statement(this, this.#connection, prepared, sql, this.#safeIntegers)
  }

  exec(sql: string): this {
    checkText(sql)
    this.#connection.checkOpen()
    this.#connection.checkNoIterators()
    this.#connection.exec(sql)
    return this
  }

  pragma(source: string, options?: PragmaOptions): unknown {
    const given: unknown = options ?? {}
    checkText(source)
    if (typeof given !== 'object') {
      throw new TypeError('Expected second argument to be an options object')
    }
    const simple: unknown = (given as PragmaOptions).simple ?? false
    if (typeof simple !== 'boolean') {
      throw new TypeError('Expected the "simple" option to be a boolean')
    }
    this.#connection.checkOpen()
    this.#connection.checkNoIterators()
    checkTextLength('PRAGMA '.length + source.length)
    const statement = this.prepare(`PRAGMA ${source}`)
    if (!statement.reader) {
      statement.run()
      return simple ? undefined : []
    }
    return simple ? statement.pluck().get() : statement.all()
  }

  explain(source: string): unknown[] {
    checkText(source)
    this.#connection.checkOpen()
    checkTextLength('EXPLAIN '.length + source.length)
    const prepared = this.#connection.prepare(`EXPLAIN ${source}`)
    return prepared.all(
      Array<null>(prepared.parameters.count).fill(null),
      'object',
      this.#safeIntegers,
    )
  }

  status(): DatabaseStatus {
    const connection = this.#connection
    connection.checkOpen()
    const { pager } = connection
    if (connection.isMemory) return statusOfMemory(pager.pageSize, pager.pageCount)
    // A private reader is nobody that a look from outside could know of.
    return { ...statusOfFile(pager.path), openHere: true }
  }

  transaction<Args extends unknown[], Result>(
    body: (...args: Args) => Result,
  ): TransactionFunction<Args, Result> {
    return transactionFunction(this, this.#connection, body)
  }

  defaultSafeIntegers(enabled = true): this {
    checkBoolean(enabled)
    this.#safeIntegers = enabled
    return this
  }

  unsafeMode(enabled = true): this {
    checkBoolean(enabled)
    this.#connection.checkNotClosed()
    this.#connection.unsafe = enabled
    return this
  }

  close(): this {
    this.#connection.close()
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }

  function(...args: unknown[]): this {
    defineFunction(this.#connection, args, this.#safeIntegers)
    return this
  }

  collation(...args: unknown[]): this {
    defineCollation(this.#connection, args)
    return this
  }

  aggregate(...args: unknown[]): this {
    defineAggregate(this.#connection, args, this.#safeIntegers)
    return this
  }

  table(...args: unknown[]): this {
    defineTable(this.#connection, args, this.#safeIntegers)
    return this
  }

  loadExtension(): never {
    throw notSupported('loadExtension()')
  }

  serialize(): never {
    throw notSupported('serialize()')
  }

  backup(): Promise<never> {
    return Promise.reject(notSupported('backup()'))
  }

  static {
    readConnection = (database) => (database as DatabaseClass).#connection
  }

  /** What `console.log` shows. */
  [inspect](
    _depth: number,
    options: object,
    show: (value: unknown, options: object) => string,
  ): string {
    const { name, open, inTransaction, readonly, memory } = this
    return `Database ${show({ name, open, inTransaction, readonly, memory }, options)}`
  }
}

answersUsers(DatabaseClass.prototype, [
  'prepare',
  'exec',
  'pragma',
  'explain',
  'status',
  'transaction',
  'defaultSafeIntegers',
  'unsafeMode',
  'function',
  'aggregate',
  'collation',
  'close',
])

function checkText(value: unknown): void {
  if (typeof value !== 'string') throw new TypeError('Expected first argument to be a string')
}

function checkBoolean(value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
}

export type Database = DatabaseFace

/** For the asynchronous face, which is another view of the same connection. */
export function connectionOf(database: DatabaseFace): Connection {
  return readConnection(database)
}

export const Database: DatabaseConstructor = new Proxy(DatabaseClass, {
  apply: (target, _self, args: [string?, DatabaseOptions?]) => new target(...args),
}) as unknown as DatabaseConstructor

Object.defineProperty(DatabaseClass, 'name', { value: 'Database' })
Object.defineProperty(DatabaseClass.prototype, 'constructor', {
  value: Database,
  writable: true,
  configurable: true,
})
