/**
 * `DatabaseSync`: the face of node:sqlite, over the same connections and statements as `Database`.
 *
 * Its words, its order of checks, the form of its members and its errors are those of Node 24. What differs is a table in
 * docs/guides/node-sqlite.md.
 */
import { busy, notSupported, sqlError } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import { Connection } from '../connection/connection.ts'
import { settle, interruption } from '../connection/interruption.ts'
import { serialize } from '../connection/serialized.ts'
import {
  answerInNode,
  asNodes,
  constructCallRequired,
  databaseNotOpen,
  invalidArgType,
  invalidArgValue,
  invalidState,
  outOfRange,
  ownGetters,
  spareAnswer,
} from './errors.ts'
import type {
  DatabaseLimits,
  DatabaseSyncConstructor,
  DatabaseSync as DatabaseSyncFace,
  Session,
  SQLTagStore,
  StatementSync,
} from './face.ts'
import { aggregateOf, functionOf } from './functions.ts'
import { limitsOf, setLimit } from './limits.ts'
import { OpenConnection } from './open-connection.ts'
import { booleanOption, isObject, openOptionsOf, readOptions, type NodeOptions } from './options.ts'
import { checkChangesetOptions, checkSessionOptions } from './session.ts'
import { isFinalized, statementOf, type StatementOptions } from './statement.ts'
import { tagStoreOf } from './tag-store.ts'

let isDatabase: (self: unknown) => boolean
let openConnection: (database: unknown) => Connection

const Database = class DatabaseSync {
  readonly #options: NodeOptions
  #open: OpenConnection | null = null
  #loadsExtensions: boolean
  #limits: DatabaseLimits | null = null

  constructor(...args: unknown[]) {
    Object.defineProperties(this, ownMembers)
    try {
      if (interruption.isPending) settle()
      this.#options = readOptions(args)
      this.#loadsExtensions = this.#options.allowExtension
      if (this.#options.open) this.#openIt()
    } catch (error) {
      let answer: unknown = spareAnswer
      try {
        answer = answerInNode(error)
      } catch {
        interruption.isPending = true
      }
      throw answer
    }
  }

  static {
    isDatabase = (self) => typeof self === 'object' && self !== null && #options in self
    openConnection = (database) => (database as DatabaseSync).#opened.connection
  }

  #openIt(): void {
    if (this.#open !== null) throw invalidState('database is already open')
    const request = openOptionsOf(this.#options)
    needRoom()
    const connection = new Connection(request)
    connection.setDefensive(this.#options.defensive)
    // Of a database in memory nobody else can see that it is read only.
    if (request.isMemory && request.readonly) connection.queryOnly = true
    const open = new OpenConnection(connection)
    try {
      for (const [name, value] of Object.entries(this.#options.limits)) {
        setLimit(open, name as keyof DatabaseLimits, value)
      }
    } catch (error) {
      connection.close()
      throw error
    }
    this.#open = open
  }

  get #opened(): OpenConnection {
    if (this.#open === null) throw databaseNotOpen()
    return this.#open
  }

  open(): void {
    this.#openIt()
  }

  close(): void {
    const open = this.#opened
    if (open.isInCallback) throw invalidState('database cannot be closed while in a callback')
    this.#open = null
    open.close()
  }

  [Symbol.dispose](): void {
    if (this.#open !== null && !this.#open.isInCallback) this.close()
  }

  prepare(...[sql, options]: unknown[]): StatementSync {
    const open = this.#opened
    const text = textOf(sql)
    return this.#prepare(open, text, this.#statementOptions(options))
  }

  #prepare(open: OpenConnection, text: string, options: StatementOptions): StatementSync {
    const prepared = open.prepare(text)
    if (prepared === null) throw invalidArgValue('The SQL query contains no statements.')
    return statementOf(open, prepared, text, options)
  }

  #statementOptions(given: unknown): StatementOptions {
    const { bigInts, arrays, bareNames, unknownNames } = this.#options
    if (given === undefined) return { bigInts, arrays, bareNames, unknownNames }
    if (!isObject(given)) throw invalidArgType('The "options" argument must be an object.')
    return {
      arrays: booleanOption(given, 'returnArrays', arrays),
      bigInts: booleanOption(given, 'readBigInts', bigInts),
      bareNames: booleanOption(given, 'allowBareNamedParameters', bareNames),
      unknownNames: booleanOption(given, 'allowUnknownNamedParameters', unknownNames),
    }
  }

  exec(...[sql]: unknown[]): void {
    const open = this.#opened
    open.exec(textOf(sql))
  }

  function(...args: unknown[]): void {
    void this.#opened
    const definition = functionOf(args)
    this.#opened.define(definition)
  }

  aggregate(...args: unknown[]): void {
    void this.#opened
    const definition = aggregateOf(args)
    this.#opened.define(definition)
  }

  serialize(...[name]: unknown[]): Uint8Array {
    const { connection } = this.#opened
    if (name !== undefined && typeof name !== 'string') {
      throw invalidArgType('The "dbName" argument must be a string.')
    }
    return serialize(connection, name ?? 'main')
  }

  deserialize(...[buffer, options]: unknown[]): void {
    if (this.#opened.isInCallback) {
      throw invalidState('database cannot be deserialized while in a callback')
    }
    if (!(buffer instanceof Uint8Array)) {
      throw invalidArgType('The "buffer" argument must be a Uint8Array.')
    }
    if (buffer.byteLength === 0) {
      throw invalidArgValue('The "buffer" argument must not be empty.')
    }
    const name = nameToReplace(options)
    const open = this.#opened
    if (name.toLowerCase() !== 'main') {
      if (open.connection.databases.find(name) === null) throw sqlError(`unknown database ${name}`)
      throw notSupported('deserialize() into another database than main')
    }
    // A transaction that has begun to read or write holds it.
    if (open.connection.main.pager.state !== 'none') throw busy()
    this.#open = open.replaced(buffer)
  }

  setAuthorizer(...[callback]: unknown[]): void {
    void this.#opened
    if (callback === null) return
    if (typeof callback !== 'function') {
      throw invalidArgType('The "callback" argument must be a function or null.')
    }
    throw notSupported('setAuthorizer()')
  }

  location(...[name]: unknown[]): string | null {
    const { connection } = this.#opened
    if (name !== undefined && typeof name !== 'string') {
      throw invalidArgType('The "dbName" argument must be a string.')
    }
    const database = connection.databases.find(name ?? 'main')
    return database === null || database.file === '' ? null : database.file
  }

  enableLoadExtension(...[allow]: unknown[]): void {
    void this.#opened
    if (typeof allow !== 'boolean') {
      throw invalidArgType('The "allow" argument must be a boolean.')
    }
    if (allow && !this.#options.allowExtension) {
      throw invalidState(
        'Cannot enable extension loading because it was disabled at database creation.',
      )
    }
    this.#loadsExtensions = allow
  }

  loadExtension(...[path]: unknown[]): void {
    void this.#opened
    if (!this.#loadsExtensions) throw invalidState('extension loading is not allowed')
    if (typeof path !== 'string') throw invalidArgType('The "path" argument must be a string.')
    throw notSupported('loadExtension()')
  }

  enableDefensive(...[active]: unknown[]): void {
    const open = this.#opened
    if (typeof active !== 'boolean') {
      throw invalidArgType('The "active" argument must be a boolean.')
    }
    open.connection.setDefensive(active)
  }

  createTagStore(...[maxSize]: unknown[]): SQLTagStore {
    void this.#opened
    const owner = {
      database: this as unknown as DatabaseSyncFace,
      check: () => void this.#opened,
      prepare: (sql: string) =>
        this.#prepare(this.#opened, sql, { ...this.#statementOptions(undefined), byPlaces: true }),
      isFinalized,
    }
    return tagStoreOf(owner, capacityOf(maxSize))
  }

  createSession(...args: unknown[]): Session {
    void this.#opened
    checkSessionOptions(args)
    throw notSupported('createSession()')
  }

  applyChangeset(...[changeset, options]: unknown[]): boolean {
    void this.#opened
    if (!(changeset instanceof Uint8Array)) {
      throw invalidArgType('The "changeset" argument must be a Uint8Array.')
    }
    checkChangesetOptions(options)
    throw notSupported('applyChangeset()')
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  get isTransaction(): boolean {
    return this.#opened.connection.inTransaction
  }

  get limits(): DatabaseLimits {
    this.#limits ??= limitsOf(() => this.#opened)
    return this.#limits
  }
}

function nameToReplace(options: unknown): string {
  if (options === undefined) return 'main'
  if (!isObject(options)) throw invalidArgType('The "options" argument must be an object.')
  const { dbName } = options
  if (dbName === undefined) return 'main'
  if (typeof dbName === 'string') return dbName
  throw invalidArgType('The "options.dbName" argument must be a string.')
}

function textOf(sql: unknown): string {
  if (typeof sql !== 'string') throw invalidArgType('The "sql" argument must be a string.')
  // It is a C string: a NUL ends it.
  const end = sql.indexOf('\0')
  return end < 0 ? sql : sql.slice(0, end)
}

function capacityOf(maxSize: unknown): number {
  if (maxSize === undefined) return 1000
  if (typeof maxSize !== 'number') {
    throw invalidArgType('The "maxSize" argument must be a positive integer.')
  }
  if (!Number.isInteger(maxSize) || maxSize <= 0 || maxSize > 0x7fffffff) {
    throw outOfRange('The "maxSize" argument must be a positive integer.')
  }
  return maxSize
}

export type DatabaseSync = DatabaseSyncFace

/**
 * Opens a database: `new DatabaseSync(path, options)`.
 *
 * ```ts
 * import { DatabaseSync } from 'chorusdb/node-sqlite'
 * const db = new DatabaseSync('app.db', { experimental: ['multiprocess_wal'], timeout: 5000 })
 * ```
 */
export const DatabaseSync: DatabaseSyncConstructor = asNodes(
  Database,
  isDatabase!,
  constructCallRequired,
) as DatabaseSyncConstructor

/** Of each instance. The symbol is by which libraries know what kind of database they were given. */
const ownMembers: PropertyDescriptorMap = {
  ...ownGetters(Database),
  [Symbol.for('sqlite-type')]: {
    value: 'node:sqlite',
    enumerable: true,
    writable: true,
    configurable: true,
  },
}

/** The connection of a database that is open; null: it is something else. @throws where it is closed */
export function connectionOf(database: unknown): Connection | null {
  return isDatabase(database) ? openConnection(database) : null
}
