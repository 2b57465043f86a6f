/**
 * What users pass to a statement, made into parameters.
 *
 * The forms and the errors are better-sqlite3's: anonymous values in a list or in arrays, named ones in one
 * plain object with bare keys, both mixed. Numbers bind as REAL and bigints as INTEGER, as they do there
 * (`typeof(?)` of 1 is `real`); a column's affinity turns a REAL without a fraction into an INTEGER.
 * Parameters written `?N` take the N-th value of a list, or the key `N` of an object.
 */
import { Real, type Value } from '../record/index.ts'
import type { ParameterTable } from '../sql/index.ts'

const minInt64 = -9223372036854775808n
const maxInt64 = 9223372036854775807n

/** One value of the caller as an SQL value. */
export function toValue(input: unknown): Value {
  switch (typeof input) {
    case 'number':
      if (Number.isInteger(input) || input === Infinity || input === -Infinity) {
        return new Real(input)
      }
      return Number.isNaN(input) ? null : input
    case 'string':
      return input.isWellFormed() ? input : input.toWellFormed()
    case 'bigint':
      if (input < minInt64 || input > maxInt64) {
        throw new RangeError('The bound string, buffer, or bigint is too big')
      }
      return input >= -9007199254740991n && input <= 9007199254740991n ? Number(input) : input
    case 'undefined':
      return null
    case 'object':
      if (input === null) return null
      if (ArrayBuffer.isView(input)) return bytesOf(input)
      if (input instanceof ArrayBuffer) return new Uint8Array(input.slice(0))
      break
    default:
      break
  }
  throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null')
}

/** A copy: the caller may change the buffer before a stored parameter is used. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()
}

function isPlainObject(input: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(input)
  return prototype === null || prototype === Object.prototype
}

const noValues: readonly Value[] = []

/**
 * Makes the values of all parameters from a call's arguments.
 * @throws TypeError, RangeError with better-sqlite3's sentences
 */
export function bindArguments(
  args: readonly unknown[],
  parameters: ParameterTable,
): readonly Value[] {
  const { count } = parameters
  if (count === 0 && args.length === 0) return noValues
  if (count === 1 && args.length === 1 && parameters.names[0] === null) {
    const only = args[0]
    if (typeof only !== 'object' || only === null) return [toValue(only)]
  }
  return bindGeneral(args, parameters)
}

function bindGeneral(args: readonly unknown[], parameters: ParameterTable): readonly Value[] {
  const anonymous: unknown[] = []
  let named: Record<string, unknown> | null = null
  for (const arg of args) {
    if (Array.isArray(arg)) {
      for (const item of arg) anonymous.push(item)
    } else if (typeof arg === 'object' && arg !== null && !isBinary(arg)) {
      if (!isPlainObject(arg)) {
        throw new TypeError('Named parameters can only be passed within plain objects')
      }
      if (named !== null) {
        throw new TypeError('You cannot specify named parameters in two different objects')
      }
      named = arg as Record<string, unknown>
    } else {
      anonymous.push(arg)
    }
  }
  return assign(anonymous, named, parameters)
}

function isBinary(input: object): boolean {
  return ArrayBuffer.isView(input) || input instanceof ArrayBuffer
}

function assign(
  anonymous: readonly unknown[],
  named: Record<string, unknown> | null,
  parameters: ParameterTable,
): readonly Value[] {
  const { count, names } = parameters
  const values: Value[] = []
  let used = 0
  let missing = false
  for (let i = 0; i < count; i++) {
    const name = names[i] ?? null
    const isNumbered = name !== null && name.startsWith('?')
    if (name === null || (isNumbered && named === null)) {
      if (used < anonymous.length) values.push(toValue(anonymous[used++]))
      else missing = true
      continue
    }
    const key = name.slice(1)
    if (named === null) throw new TypeError('Missing named parameters')
    if (!Object.hasOwn(named, key)) throw new RangeError(`Missing named parameter "${key}"`)
    values.push(toValue(named[key]))
  }
  if (missing) throw new RangeError('Too few parameter values were provided')
  if (used < anonymous.length || (named !== null && !names.some((name) => name !== null))) {
    throw new RangeError('Too many parameter values were provided')
  }
  return values
}
