/**
 * `function` and `aggregate`: what users pass, checked in node:sqlite's order and words, and how the engine calls it. While a function runs, the
 * connection takes other statements, but it cannot be closed.
 */
import { SqliteError, sqlError } from '../../base/error.ts'
import { highestLimits, maxFunctionArguments, within } from '../../base/limits.ts'
import { Real, wellFormedText, type Value } from '../../record/index.ts'
import { scalar, shownBare } from '../../runtime/index.ts'
import type { AggregateFunction, AggregateState } from '../../runtime/index.ts'
import type { Connection } from '../connection/connection.ts'
import { calling } from '../connection/user-functions.ts'
import { bytesOf, isBytes } from './binding.ts'
import { invalidArgType } from './errors.ts'
import { isInt32 } from './is-int32.ts'
import { booleanOption, isObject } from './options.ts'

/** In UTF-8. (SQLITE_MAX_FUNCTION_NAME_LENGTH) */
const longestName = 255

type AnyFunction = (...args: unknown[]) => unknown

/** What is defined on a connection, and once more on another one that takes its place. */
export type Definition = (connection: Connection) => void

/** `(name, [options], fn)` */
export function functionOf(args: readonly unknown[]): Definition {
  const [name] = args
  if (typeof name !== 'string') throw invalidArgType('The "name" argument must be a string.')
  const hasOptions = args.length > 2
  const options = hasOptions ? args[1] : {}
  if (!isObject(options)) throw invalidArgType('The "options" argument must be an object.')
  const bigInts = booleanOption(options, 'useBigIntArguments', false)
  const varargs = booleanOption(options, 'varargs', false)
  const deterministic = booleanOption(options, 'deterministic', false)
  const directOnly = booleanOption(options, 'directOnly', false)
  const call = args[hasOptions ? 2 : 1]
  if (typeof call !== 'function') {
    throw invalidArgType('The "function" argument must be a function.')
  }
  const argCount = varargs ? -1 : lengthOf(call as AnyFunction, 'function')
  const known = nameOf(name, argCount)
  return (connection) => {
    const invoke = (...values: Value[]): Value => {
      const given = values.map((value) => argumentOf(value, bigInts))
      return resultOf(outside(connection, call as AnyFunction, given))
    }
    const options = { deterministic, directOnly, takesBlobs: 'all' } as const
    const users = { isUsers: true, isReentrant: true }
    connection.define(
      scalar(known, argCount < 0 ? [0, -1] : argCount, invoke, { ...options, ...users }),
    )
  }
}

/** Calls the user's code, to which the limits of this connection are nothing. */
function outside(connection: Connection, call: AnyFunction, args: readonly unknown[]): unknown {
  return within(highestLimits, () => calling(connection, true, () => call(...args)))
}

interface Aggregate {
  readonly bigInts: boolean
  readonly start: unknown
  readonly step: AnyFunction
  readonly inverse: AnyFunction | null
  readonly result: AnyFunction | null
}

/** `(name, options)` */
export function aggregateOf(args: readonly unknown[]): Definition {
  const [name, options] = args
  if (typeof name !== 'string') throw invalidArgType('The "name" argument must be a string.')
  if (!isObject(options)) throw invalidArgType('The "options" argument must be an object.')
  const { start } = options
  if (start === undefined) {
    throw invalidArgType('The "options.start" argument must be a function or a primitive value.')
  }
  const { step } = options
  if (typeof step !== 'function') {
    throw invalidArgType('The "options.step" argument must be a function.')
  }
  const { result } = options
  const bigInts = booleanOption(options, 'useBigIntArguments', false)
  const varargs = booleanOption(options, 'varargs', false)
  const directOnly = booleanOption(options, 'directOnly', false)
  const { inverse } = options
  if (inverse !== undefined && typeof inverse !== 'function') {
    throw invalidArgType('The "options.inverse" argument must be a function.')
  }
  const meant: Aggregate = {
    bigInts,
    start,
    step: step as AnyFunction,
    inverse: inverse === undefined ? null : (inverse as AnyFunction),
    result: typeof result === 'function' ? (result as AnyFunction) : null,
  }
  const argCount = varargs ? -1 : aggregatedCount(meant)
  const definition: Omit<AggregateFunction, 'create'> = {
    name: nameOf(name, argCount),
    minArgs: Math.max(0, argCount),
    maxArgs: argCount,
    needsCollation: false,
    returns: null,
    extreme: null,
    isUsers: true,
    directOnly,
    isWindow: meant.inverse !== null,
    canLeave: meant.inverse !== null,
  }
  return (connection) =>
    connection.define({ ...definition, create: () => new RunningValue(connection, meant) })
}

/** The arguments behind the running value. */
function aggregatedCount({ step, inverse }: Aggregate): number {
  const count = lengthOf(step, 'options.step')
  const other = inverse === null ? count : lengthOf(inverse, 'options.inverse')
  return Math.max(count - 1, other - 1, 0)
}

class RunningValue implements AggregateState {
  readonly #connection: Connection
  readonly #of: Aggregate
  #hasBegun = false
  #value: unknown

  constructor(connection: Connection, of: Aggregate) {
    this.#connection = connection
    this.#of = of
  }

  #call(call: AnyFunction, args: readonly unknown[]): unknown {
    return outside(this.#connection, call, args)
  }

  #begin(): void {
    if (this.#hasBegun) return
    const { start } = this.#of
    this.#value = typeof start === 'function' ? this.#call(start as AnyFunction, []) : start
    this.#hasBegun = true
  }

  #change(change: AnyFunction, args: readonly Value[]): void {
    this.#begin()
    const given = args.map((arg) => argumentOf(arg, this.#of.bigInts))
    this.#value = this.#call(change, [this.#value, ...given])
  }

  step(...args: Value[]): void {
    this.#change(this.#of.step, args)
  }

  inverse(...args: Value[]): void {
    this.#change(this.#of.inverse!, args)
  }

  final(): Value {
    this.#begin()
    const { result } = this.#of
    return resultOf(result === null ? this.#value : this.#call(result, [this.#value]))
  }
}

function lengthOf(call: AnyFunction, what: string): number {
  const { length } = call as { readonly length: unknown }
  if (isInt32(length)) return length
  throw invalidArgType(`The "${what}.length" property must be an integer.`)
}

/** It is a C string: a NUL ends it. */
function nameOf(given: string, argCount: number): string {
  const name = given.split('\0', 1)[0]!
  const isKnown = argCount >= -1 && argCount <= maxFunctionArguments
  if (isKnown && Buffer.byteLength(name) <= longestName) return name
  throw new SqliteError('bad parameter or other API misuse', 'SQLITE_MISUSE')
}

/** A value as functions get it. A BLOB is a copy of theirs. */
function argumentOf(value: Value, bigInts: boolean): unknown {
  switch (typeof value) {
    case 'number':
      return bigInts && Number.isInteger(value) ? BigInt(value) : value
    case 'bigint':
      return bigInts ? value : shownBare(value)
    case 'string':
      return wellFormedText(value)
    default:
      if (value === null) return null
      return value instanceof Real ? value.value : new Uint8Array(value)
  }
}

/** What the user's code has answered, as a value. */
function resultOf(result: unknown): Value {
  switch (typeof result) {
    case 'undefined':
      return null
    case 'number':
      if (Math.trunc(result) === result) return new Real(result)
      return Number.isNaN(result) ? null : result
    case 'string':
      return result.toWellFormed()
    case 'bigint':
      if (BigInt.asIntN(64, result) !== result) {
        throw sqlError('BigInt value is too large for SQLite')
      }
      return result >= -9007199254740991n && result <= 9007199254740991n ? Number(result) : result
    case 'object':
      if (result === null) return null
      if (isBytes(result)) return bytesOf(result)
      if (result instanceof Promise) {
        throw sqlError('Asynchronous user-defined functions are not supported')
      }
      break
    default:
  }
  throw sqlError('Returned JavaScript value cannot be converted to a SQLite value')
}
