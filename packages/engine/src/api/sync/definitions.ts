/**
 * `db.function`, `db.aggregate` and `db.collation`: what users pass, checked. The sentences of the first two are better-sqlite3's; `collation`,
 * which it does not have, speaks like them.
 */
import { callersMistake } from '../../base/foreign-error.ts'
import { notSupported, SqliteError } from '../../base/error.ts'
import type { Connection } from '../connection/connection.ts'
import type { Integers } from '../connection/session.ts'
import type { DatabaseCore } from './core.ts'
import { isBusy } from '../connection/failures.ts'
import { userAggregate } from '../connection/user-aggregates.ts'
import { userCollation, userFunction } from '../connection/user-functions.ts'

/** In UTF-8. (SQLITE_MAX_FUNCTION_NAME_LENGTH) */
const longestName = 255

const builtIn = /^(?:binary|nocase|rtrim)$/i

type AnyFunction = (...args: unknown[]) => unknown

/** Defines on a connection what has been checked. */
export type Definition = (core: DatabaseCore) => void

/** @param coreOf asked once the arguments have been found right */
export function functionGiven(coreOf: () => DatabaseCore, args: readonly unknown[]): Definition {
  const [given, options, call] = definitionOf(args)
  const name = nameOf(given, 'User-defined function name cannot be an empty string')
  const areSafe = safeIntegersOption(options)
  const deterministic = booleanOption(options, 'deterministic')
  const directOnly = booleanOption(options, 'directOnly')
  const varargs = booleanOption(options, 'varargs')
  const reentrant = booleanOption(options, 'reentrant')
  const argCount = varargs ? -1 : argCountOf(call)
  const core = coreOf()
  checkName(core.connection, name)
  const integers = integersIn(core, areSafe)
  const meant = { argCount, deterministic, directOnly, integers, reentrant }
  return ({ connection }) => connection.define(userFunction(connection, name, meant, call))
}

function checkName(connection: Connection, name: string): void {
  connection.checkOpen()
  if (Buffer.byteLength(name) > longestName) {
    // The call is refused without an error of the connection, so it tells of none.
    throw new SqliteError('not an error', 'SQLITE_OK')
  }
}

/** `(name, options)`, as `functionGiven` */
export function aggregateGiven(coreOf: () => DatabaseCore, args: readonly unknown[]): Definition {
  const [given, options] = args
  if (typeof given !== 'string') throw new TypeError('Expected first argument to be a string')
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object')
  }
  const name = nameOf(given, 'User-defined function name cannot be an empty string')
  const start = 'start' in options ? options.start : null
  const step = functionOption(options, 'step')
  if (step === null) throw new TypeError('Missing required option "step"')
  const inverse = functionOption(options, 'inverse')
  const result = functionOption(options, 'result')
  const areSafe = safeIntegersOption(options)
  // An aggregate is computed once for each group whatever this says.
  booleanOption(options, 'deterministic')
  const directOnly = booleanOption(options, 'directOnly')
  const varargs = booleanOption(options, 'varargs')
  const argCount = varargs ? -1 : aggregatedCountOf(step, inverse)
  const core = coreOf()
  checkName(core.connection, name)
  const integers = integersIn(core, areSafe)
  const meant = { argCount, directOnly, integers, start, step, inverse, result }
  return ({ connection }) => connection.define(userAggregate(connection, name, meant))
}

/** null: it is not given. */
function functionOption(options: object, key: string): AnyFunction | null {
  const value: unknown = key in options ? (options as Record<string, unknown>)[key] : null
  if (typeof value === 'function') return value as AnyFunction
  if (value == null) return null
  throw new TypeError(`Expected the "${key}" option to be a function`)
}

/** The arguments behind the running answer. */
function aggregatedCountOf(step: AnyFunction, inverse: AnyFunction | null): number {
  const count = Math.max(lengthOf(step), inverse === null ? 0 : lengthOf(inverse))
  return checkedCount(Math.max(0, count - 1))
}

export function collationGiven(_: () => DatabaseCore, args: readonly unknown[]): Definition {
  const [given, options, compare] = definitionOf(args)
  const name = nameOf(given, 'User-defined collation name cannot be an empty string')
  if (builtIn.test(name)) {
    throw callersMistake(new TypeError(`The collation ${name.toUpperCase()} cannot be redefined`))
  }
  const reentrant = booleanOption(options, 'reentrant')
  return ({ connection }) =>
    connection.defineCollation(name, userCollation(connection, name, reentrant, compare))
}

/** `(name, [options], fn)` */
function definitionOf(args: readonly unknown[]): [string, object, AnyFunction] {
  const [name, second, third] = args
  const isShort = typeof second === 'function'
  const call = isShort ? second : third
  const options = isShort || second == null ? {} : second
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string')
  if (typeof call !== 'function') throw new TypeError('Expected last argument to be a function')
  if (typeof options !== 'object') {
    throw new TypeError('Expected second argument to be an options object')
  }
  return [name, options, call as AnyFunction]
}

/** It is a C string: a NUL ends it. */
function nameOf(given: string, message: string): string {
  if (given === '') throw new TypeError(message)
  return given.split('\0', 1)[0]!
}

function booleanOption(options: object, key: string): boolean {
  if (!(key in options)) return false
  const value: unknown = (options as Record<string, unknown>)[key]
  if (typeof value === 'boolean') return value
  throw new TypeError(`Expected the "${key}" option to be a boolean`)
}

/** null: the options do not say. */
function safeIntegersOption(options: object): boolean | null {
  return 'safeIntegers' in options ? booleanOption(options, 'safeIntegers') : null
}

/** What functions get for INTEGERs: what statements do, where it is not said. */
export function integersIn({ request, integers }: DatabaseCore, areSafe: boolean | null): Integers {
  if (areSafe === null) return integers
  if (areSafe) return 'bigint'
  const plain = request.values.integers
  return plain === 'bigint' ? 'exact' : plain
}

/** `db.loadExtension`: the engine runs no machine code of others. */
export function refuseExtension(core: DatabaseCore, [file, entry]: readonly unknown[]): never {
  if (typeof file !== 'string') throw new TypeError('Expected first argument to be a string')
  if (entry !== undefined && typeof entry !== 'string') {
    throw new TypeError('Expected second argument to be a string')
  }
  core.connection.checkOpen()
  if (core.connection.iterators > 0) throw isBusy()
  throw notSupported('loadExtension()')
}

function argCountOf(call: AnyFunction): number {
  return checkedCount(lengthOf(call))
}

function lengthOf(call: AnyFunction): number {
  const { length } = call as { readonly length: unknown }
  if (Number.isInteger(length) && (length as number) >= 0) return length as number
  throw new TypeError('Expected function.length to be a positive integer')
}

function checkedCount(count: number): number {
  if (count <= 100) return count
  throw new RangeError('User-defined functions cannot have more than 100 arguments')
}
