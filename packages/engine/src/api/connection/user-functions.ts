/**
 * Functions and collations of the user's, as the engine calls them.
 *
 * While one runs, a statement of its connection is in the middle of its work. So the connection takes no calls from inside, as
 * better-sqlite3's does not, unless the function was defined as `reentrant`: then it may run statements, which have programs, cursors and
 * marks of their own, and what the outer statement has to go on with is looked at again when the function returns. A collation is
 * asked in the middle of a tree, so it may only read.
 *
 * What a function throws is thrown on as it is (`users.error`), and the statement is taken back as for ABORT.
 */
import { users } from '../../base/foreign-error.ts'
import { wellFormedText, Real } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { scalar, shownInteger } from '../../runtime/index.ts'
import type { Integers, ScalarFunction } from '../../runtime/index.ts'
import type { ValueRules } from '../open/profile.ts'
import { toValue } from '../sync/binding.ts'
import type { Trouble } from './interruption.ts'

/** The connection, as far as the functions that it calls care. */
export interface CallingConnection {
  /** A function of the user's runs, during which the connection takes no calls. */
  isCalling: boolean
  readonly trouble: Trouble
  /** A foreign error has struck in a statement that a function of the user's ran: those around it cannot go on either. */
  isStruck: boolean
  /** Functions of the user's that run, one inside the other. */
  calls: number
  /** @throws where the statement that has called cannot go on, for what was done meanwhile */
  checkGoesOn(rollbacks: number, schemaRollbacks: number): void
  /** Grows when a transaction is taken back. */
  readonly rollbacks: number
  readonly schemaRollbacks: number
  /** Collations among them. */
  comparisons: number
  /** Statements from inside have a present of their own. */
  readonly context: { clock: number }
  /** As its constructor was given them. */
  readonly options: { readonly values: ValueRules }
}

export interface FunctionOptions {
  /** -1: any number. */
  readonly argCount: number
  readonly deterministic: boolean
  readonly directOnly: boolean
  readonly integers: Integers
  readonly reentrant: boolean
}

type UserFunction = (...args: unknown[]) => unknown

/** Runs `call` as what it is, not a part of the engine. */
export function calling<Result>(
  connection: CallingConnection,
  reentrant: boolean,
  call: () => Result,
): Result {
  const { rollbacks, schemaRollbacks, isCalling, context } = connection
  const { clock } = context
  let result: Result
  connection.isCalling = !reentrant
  connection.calls++
  try {
    result = call()
  } catch (error) {
    users.error = error
    throw error
  } finally {
    connection.calls--
    if (connection.trouble.struck !== null) connection.isStruck = true
    connection.isCalling = isCalling
    context.clock = clock
  }
  connection.checkGoesOn(rollbacks, schemaRollbacks)
  return result
}

export function userFunction(
  connection: CallingConnection,
  name: string,
  options: FunctionOptions,
  call: UserFunction,
): ScalarFunction {
  const { argCount, deterministic, directOnly, integers, reentrant } = options
  const invoke = (...args: Value[]): Value => {
    const given = args.map((arg) => argumentOf(arg, integers))
    return resultOf(
      `User-defined function ${name}() returned`,
      calling(connection, reentrant, () => call(...given)),
      connection.options.values,
    )
  }
  return scalar(name, argCount < 0 ? [0, -1] : argCount, invoke, {
    deterministic,
    directOnly,
    takesBlobs: 'all',
    isUsers: true,
    isReentrant: reentrant,
  })
}

/** How a function of the user's orders texts. */
export function userCollation(
  connection: CallingConnection,
  name: string,
  reentrant: boolean,
  compare: (left: string, right: string) => unknown,
): Collation['compare'] {
  return (left, right) => {
    if (left === right) return 0
    const a = wellFormedText(left)
    const b = wellFormedText(right)
    let order: unknown
    connection.comparisons++
    try {
      order = calling(connection, reentrant, () => compare(a, b))
    } finally {
      connection.comparisons--
    }
    if (typeof order === 'number' && !Number.isNaN(order)) return order
    throw mistake(new TypeError(`User-defined collation ${name} returned an invalid value`))
  }
}

/** A value as functions get it. A BLOB is a copy of theirs. */
export function argumentOf(value: Value, integers: Integers): unknown {
  switch (typeof value) {
    case 'number':
      return integers === 'bigint' && Number.isInteger(value) ? BigInt(value) : value
    case 'bigint':
      return shownInteger(value, integers)
    case 'string':
      return wellFormedText(value)
    default:
      if (value === null) return null
      return value instanceof Real ? value.value : Buffer.from(value)
  }
}

/** What the user's code has answered, as a value. @param what begins the sentence that refuses it */
export function resultOf(what: string, result: unknown, rules: ValueRules): Value {
  switch (typeof result) {
    case 'number':
    case 'string':
    case 'undefined':
      return toValue(result, rules)
    case 'bigint':
      if (BigInt.asIntN(64, result) === result) return toValue(result, rules)
      throw mistake(new RangeError(`${what} a bigint that was too big`))
    case 'object':
      if (result === null || rules.encode !== null) return toValue(result, rules)
      if (ArrayBuffer.isView(result) && !(rules.areStrict && result instanceof DataView)) {
        return toValue(result, rules)
      }
      break
    case 'boolean':
      if (!rules.areStrict) return toValue(result, rules)
      break
    default:
  }
  throw mistake(new TypeError(`${what} an invalid value`))
}

/** The user's: thrown on as it is. */
function mistake<Mistake extends Error>(error: Mistake): Mistake {
  users.error = error
  return error
}
