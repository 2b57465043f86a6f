/**
 * `Database`: the synchronous face, identical to better-sqlite3's.
 *
 * A constructor is an ordinary function, which works without `new` and may be inherited from. Each of them has a prototype of its own
 * with the same methods.
 */
import { SqliteError } from '../../base/error.ts'
import { needRoom, spare } from '../../base/foreign-error.ts'
import { checkTextLength } from '../../base/long-text.ts'
import type { CommitEvents } from '../across/commit-event.ts'
import { withLock } from '../across/lock.ts'
import { statusOfConnection } from '../across/connection-status.ts'
import { watchCommits } from '../across/watch.ts'
import { closesWith } from '../connection/at-exit.ts'
import { readText } from '../connection/sql-text.ts'
import type { Connection } from '../connection/connection.ts'
import { answering, answerTo, interruption, settle } from '../connection/interruption.ts'
import { integersOf, parseOpenRequest } from '../open/options.ts'
import { betterSqlite3Profile, chorusProfile, type Profile } from '../open/profile.ts'
import type { DatabaseStatus } from '../status.ts'
import { backUp } from './backup.ts'
import { coreKey, coreOf, openCore, type DatabaseCore } from './core.ts'
import { aggregateGiven, collationGiven, functionGiven, refuseExtension } from './definitions.ts'
import { expandSql, tracedSize } from './expanded-sql.ts'
import type {
  BackupMetadata,
  DatabaseConstructor,
  Database as DatabaseFace,
  Statement as StatementFace,
} from './face.ts'
import { serialize } from './serialize.ts'
import { prepareStatement } from './statement.ts'
import { tableGiven } from './table-definition.ts'
import { transactionFunction } from './transaction-function.ts'

type Self = DatabaseFace

/** As `DatabaseFace` has them: they are found on objects that inherit from a database as well. */
const methods = {
  prepare(this: Self, sql: unknown): StatementFace {
    const core = coreOf(this, 'prepare')
    checkText(sql)
    return prepareStatement(this, core, sql)
  },

  transaction(this: Self, body: unknown): unknown {
    return transactionFunction(this, () => coreOf(this, 'prepare').connection, body)
  },

  pragma(this: Self, source: unknown, options?: unknown): unknown {
    const given = options ?? {}
    checkText(source)
    if (typeof given !== 'object') {
      throw new TypeError('Expected second argument to be an options object')
    }
    const simple: unknown = 'simple' in given ? given.simple : false
    if (typeof simple !== 'boolean') {
      throw new TypeError('Expected the "simple" option to be a boolean')
    }
    const core = coreOf(this, 'prepare')
    const { connection } = core
    connection.checkOpen()
    connection.checkNoIterators()
    checkTextLength('PRAGMA '.length + source.length)
    const statement = prepareStatement(this, core, `PRAGMA ${source}`)
    if (!statement.reader) {
      statement.run()
      return simple ? undefined : []
    }
    return simple ? statement.pluck().get() : statement.all()
  },

  explain(this: Self, source: unknown): unknown[] {
    checkText(source)
    const { connection, integers } = coreOf(this, 'prepare')
    connection.checkOpen()
    checkTextLength('EXPLAIN '.length + source.length)
    const prepared = connection.prepare(`EXPLAIN ${source}`)
    const values = Array<null>(prepared.parameters.count).fill(null)
    if (connection.isVerbose)
      connection.tell(expandSql(`EXPLAIN ${readText(source)}`, values, tracedSize))
    return prepared.all(values, 'object', integers)
  },

  backup(this: Self, filename: unknown, options?: unknown): Promise<BackupMetadata> {
    return backUp(() => coreOf(this, 'backup'), filename, options)
  },

  serialize(this: Self, options?: unknown): Buffer {
    return serialize(() => coreOf(this, 'serialize').connection, options)
  },

  function(this: Self, name: unknown, options: unknown, call: unknown): Self {
    const own = (): DatabaseCore => coreOf(this, 'function')
    functionGiven(own, [name, options, call])(own())
    return this
  },

  aggregate(this: Self, name: unknown, options: unknown): Self {
    const own = (): DatabaseCore => coreOf(this, 'aggregate')
    aggregateGiven(own, [name, options])(own())
    return this
  },

  table(this: Self, name: unknown, factory: unknown): Self {
    const own = (): DatabaseCore => coreOf(this, 'table')
    tableGiven(own, [name, factory])(own())
    return this
  },

  loadExtension(this: Self, ...args: unknown[]): never {
    return refuseExtension(coreOf(this, 'loadExtension'), args)
  },

  exec(this: Self, sql: unknown): Self {
    const core = coreOf(this, 'exec')
    checkText(sql)
    const { connection } = core
    connection.checkOpen()
    connection.checkNoIterators()
    connection.exec(sql)
    return this
  },

  close(this: Self): Self {
    coreOf(this, 'close').close()
    return this
  },

  defaultSafeIntegers(this: Self, ...args: unknown[]): Self {
    const core = coreOf(this, 'defaultSafeIntegers')
    core.integers = switchOf(args) ? 'bigint' : plainIntegers(core)
    return this
  },

  unsafeMode(this: Self, ...args: unknown[]): Self {
    const { connection, request } = coreOf(this, 'unsafeMode')
    connection.checkNotClosed()
    const isUnsafe = switchOf(args)
    connection.unsafe = isUnsafe
    connection.setDefensive(request.profile.isDefensive && !isUnsafe)
    return this
  },
}

/** What better-sqlite3 does not have; `Object.keys` does not show it. */
const furtherMethods = {
  status(this: Self): DatabaseStatus {
    return statusOfConnection(coreOf(this, 'status').connection)
  },

  watch(this: Self, ...args: unknown[]): CommitEvents {
    const { connection, request } = coreOf(this, 'watch')
    return watchCommits(connection, request, args)
  },

  async lock(this: Self, ...args: unknown[]): Promise<unknown> {
    return withLock(coreOf(this, 'lock').connection, args)
  },

  collation(this: Self, ...args: unknown[]): Self {
    const core = coreOf(this, 'collation')
    collationGiven(() => core, args)(core)
    return this
  },

  defaultIntegers(this: Self, integers: unknown): Self {
    coreOf(this, 'defaultIntegers').integers = integersOf(integers)
    return this
  },
}

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** What `console.log` shows. */
function inspectDatabase(this: Self): object {
  const { Database } = { Database: function () {} } as unknown as Record<string, new () => object>
  return Object.assign(new Database!(), this)
}

/** Properties of the object itself, so that `{ ...db }` and `Object.keys` have them. */
const properties: PropertyDescriptorMap = {
  name: { get: getter('name', ({ request }) => request.name), enumerable: true },
  open: { get: getter('open', ({ isOpen }) => isOpen), enumerable: true },
  inTransaction: {
    get: getter('inTransaction', ({ inTransaction }) => inTransaction),
    enumerable: true,
  },
  readonly: { get: getter('readonly', ({ isReadonly }) => isReadonly), enumerable: true },
  memory: { get: getter('memory', ({ request }) => request.isAnonymous), enumerable: true },
}

function getter(name: string, read: (core: DatabaseCore) => unknown): () => unknown {
  return {
    [name](this: Self): unknown {
      return read(coreOf(this, name))
    },
  }[name]!
}

function checkText(value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError('Expected first argument to be a string')
}

/** A switch is on where nothing is given. */
function switchOf(args: readonly unknown[]): boolean {
  if (args.length === 0) return true
  const [enabled] = args
  if (typeof enabled === 'boolean') return enabled
  throw new TypeError('Expected first argument to be a boolean')
}

/** What INTEGERs are without `safeIntegers`. */
function plainIntegers({ request }: DatabaseCore): DatabaseCore['integers'] {
  const { integers } = request.values
  return integers === 'bigint' ? request.profile.values.integers : integers
}

function define(
  prototype: object,
  name: string | symbol,
  value: Function,
  enumerable: boolean,
): void {
  Object.defineProperty(prototype, name, {
    value,
    writable: true,
    enumerable,
    configurable: true,
  })
}

/** Methods whose functions have names of their own. */
const otherNames: Readonly<Record<string, string>> = {
  function: 'defineFunction',
  aggregate: 'defineAggregate',
  table: 'defineTable',
}

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/** A constructor of databases. */
function databaseConstructor(profile: Profile): DatabaseConstructor {
  // A member, for a function that is declared may have another name in a bundle.
  const made = {
    Database: function (this: object, filename?: unknown, options?: unknown): unknown {
      try {
        if (new.target === undefined) return Reflect.construct(made.Database, [filename, options])
        if (interruption.isPending) settle()
        const request = parseOpenRequest(filename, options, profile)
        // Opened as a whole or not at all: of what is half open nobody would know.
        needRoom()
        const core = openCore(request)
        Object.defineProperty(this, coreKey, { value: core })
        Object.defineProperties(this, properties)
        if (core.opened !== null) closesWith(this, core.opened)
        return this
      } catch (error) {
        let answer: unknown = spare.error
        try {
          answer = answerTo(error)
        } catch {
          interruption.isPending = true
        }
        throw answer
      }
    },
  }
  const { prototype } = made.Database as unknown as { prototype: object }
  for (const [name, method] of Object.entries(methods)) {
    const value =
      name === 'backup'
        ? (method as AnyMethod)
        : answering(otherNames[name] ?? name, method as AnyMethod)
    define(prototype, name, value, true)
  }
  define(prototype, inspect, inspectDatabase, true)
  for (const [name, method] of Object.entries(furtherMethods)) {
    define(prototype, name, answering(name, method as AnyMethod), false)
  }
  const dispose = function (this: Self): void {
    this.close()
  }
  define(prototype, Symbol.dispose, dispose, false)
  Object.assign(made.Database, { SqliteError })
  return made.Database as unknown as DatabaseConstructor
}

export type Database = DatabaseFace

/** For the asynchronous face, which is another view of the same connection. */
export function connectionOf(database: DatabaseFace): Connection {
  return coreOf(database, 'connection').connection
}

/**
 * Opens a database: `new Database(filename, options)`.
 *
 * ```ts
 * import { Database } from 'chorusdb'
 * const db = new Database('app.db', { experimental: ['multiprocess_wal'], timeout: 10_000 })
 * ```
 */
export const Database: DatabaseConstructor = databaseConstructor(chorusProfile)

/** The constructor that stands in for better-sqlite3's under its name. */
export const BetterSqlite3: DatabaseConstructor = databaseConstructor(betterSqlite3Profile)
