/**
 * What users pass to a statement, made into parameters.
 *
 * The forms and the errors are better-sqlite3's: anonymous values in a list or in arrays, named ones in one
 * plain object with bare keys, both mixed. Numbers bind as REAL and bigints as INTEGER, as they do there
 * (`typeof(?)` of 1 is `real`); a column's affinity turns a REAL without a fraction into an INTEGER.
 * Parameters written `?N` take the key `N` of an object; where no object is passed they take the values of the
 * list, which better-sqlite3 refuses.
 *
 * Arguments are taken from left to right, and the first mistake is the one reported. Reading them may run functions of the user
 * (getters), whose errors are the user's.
 */
import { tooBig } from '../../base/error.ts'
import { callersMistake, users } from '../../base/foreign-error.ts'
import { maxLength } from '../../base/limits.ts'
import { Real, type Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import type { ValueRules } from '../open/profile.ts'

const minInt64 = -9223372036854775808n
const maxInt64 = 9223372036854775807n

/** One value of the caller as an SQL value. */
export function toValue(input: unknown, rules: ValueRules): Value {
  switch (typeof input) {
    case 'number':
      // What has no fraction, infinities included, could pass for an INTEGER.
      if (Math.trunc(input) === input) return new Real(input)
      return Number.isNaN(input) ? null : input
    case 'string':
      if (input.length > maxLength / 3 && Buffer.byteLength(input) > maxLength) throw tooBig()
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
      if (isBytes(input, rules)) return bytesOf(input)
      break
    default:
      break
  }
  return otherValue(input, rules)
}

/** The rest of what strict rules refuse. */
function otherValue(input: unknown, rules: ValueRules): Value {
  const { areStrict, encode } = rules
  if (typeof input === 'boolean' && !areStrict) return input ? 1 : 0
  if (typeof input === 'object' && input !== null) {
    if (encode !== null) return encoded(input, encode, rules)
    if (input instanceof Date && !areStrict) {
      throw callersMistake(
        new TypeError(
          'A Date cannot be bound: pass a number or a text, such as date.toISOString(), or set the option "codec"',
        ),
      )
    }
  }
  throw callersMistake(
    new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null'),
  )
}

/** What the application makes of it, which is asked no more. */
function encoded(input: object, encode: (value: object) => unknown, rules: ValueRules): Value {
  let given: unknown
  try {
    given = encode(input)
  } catch (error) {
    users.error = error
    throw error
  }
  return toValue(given, { ...rules, encode: null })
}

/** better-sqlite3 takes all views of bytes but one for a Buffer. */
function isBytes(input: object, { areStrict }: ValueRules): input is ArrayBufferView {
  return ArrayBuffer.isView(input) && !(areStrict && input instanceof DataView)
}

/** A copy: the caller may change the buffer before a stored parameter is used. A buffer that was given away is empty. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  if (view.buffer.byteLength === 0) return new Uint8Array(0)
  if (view.byteLength > maxLength) throw tooBig()
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()
}

/** Its prototype is null or the end of its chain, of whatever realm. */
function isPlainObject(input: object): boolean {
  try {
    const prototype: unknown = Object.getPrototypeOf(input)
    return prototype === null || Object.getPrototypeOf(prototype) === null
  } catch (error) {
    users.error = error
    throw error
  }
}

const noValues: readonly Value[] = []

/**
 * Makes the values of all parameters from a call's arguments.
 * @throws TypeError, RangeError with better-sqlite3's sentences
 */
export function bindArguments(
  args: readonly unknown[],
  parameters: ParameterTable,
  rules: ValueRules,
): readonly Value[] {
  return bindOwnArguments([...args], parameters, rules)
}

/**
 * The same for a list that belongs to this call alone, as that of a rest parameter does: mostly each argument is the value that it means, and the list
 * becomes that of the values.
 */
export function bindOwnArguments(
  args: unknown[],
  parameters: ParameterTable,
  rules: ValueRules,
): readonly Value[] {
  const { count, names } = parameters
  if (args.length !== count) return new ArgumentBinder(parameters, args, rules).bind(args)
  if (count === 0) return noValues
  // Nearly every call: as many plain values as there are plain parameters.
  let values = args
  for (let i = 0; i < count; i++) {
    const arg = args[i]
    const isList = typeof arg === 'object' && arg !== null && !ArrayBuffer.isView(arg)
    if (isList || names[i] !== null) return new ArgumentBinder(parameters, args, rules).bind(args)
    const value = toValue(arg, rules)
    if (value === arg) continue
    // One that is no plain value may stand behind, and then all are looked at anew.
    if (values === args) values = args.slice()
    values[i] = value
  }
  return values as Value[]
}

/** One binding in the making. */
class ArgumentBinder {
  readonly #count: number
  readonly #names: readonly (string | null)[]
  readonly #values: Value[]
  /** `?N` is a place in the list, not a name. */
  readonly #takesNumbers: boolean
  readonly #hasNames: boolean
  readonly #rules: ValueRules
  #next = 0
  #boundCount = 0
  #boundObject = false

  constructor(parameters: ParameterTable, args: readonly unknown[], rules: ValueRules) {
    this.#rules = rules
    this.#count = parameters.count
    this.#names = parameters.names
    this.#values = Array<Value>(parameters.count).fill(null)
    this.#hasNames = parameters.names.some((name) => name !== null)
    this.#takesNumbers = !args.some(isNamed)
  }

  bind(args: readonly unknown[]): readonly Value[] {
    for (const arg of args) this.#bindArgument(arg)
    if (this.#boundCount > this.#count) throw tooMany()
    if (this.#boundCount < this.#count) {
      if (!this.#boundObject && this.#hasNames) throw new TypeError('Missing named parameters')
      throw new RangeError('Too few parameter values were provided')
    }
    return this.#values
  }

  #bindArgument(arg: unknown): void {
    if (Array.isArray(arg)) {
      for (let i = 0; i < arg.length; i++) {
        let given: unknown
        try {
          given = arg[i]
        } catch (error) {
          users.error = error
          throw error
        }
        this.#bindAnonymous(given)
      }
      return
    }
    if (isNamed(arg)) {
      this.#bindNamed(arg as Record<string, unknown>)
      return
    }
    const isObject = typeof arg === 'function' || (typeof arg === 'object' && arg !== null)
    if (isObject && this.#hasNames && !isBytes(arg, this.#rules)) {
      throw new TypeError('Named parameters can only be passed within plain objects')
    }
    this.#bindAnonymous(arg)
  }

  #bindAnonymous(input: unknown): void {
    const value = toValue(input, this.#rules)
    while (this.#next < this.#count && this.#isNamedPlace(this.#names[this.#next]!)) this.#next++
    if (this.#next >= this.#count) throw tooMany()
    this.#values[this.#next++] = value
    this.#boundCount++
  }

  #isNamedPlace(name: string | null): boolean {
    return name !== null && !(this.#takesNumbers && name.startsWith('?'))
  }

  #bindNamed(input: Record<string, unknown>): void {
    if (this.#boundObject) {
      throw new TypeError('You cannot specify named parameters in two different objects')
    }
    this.#boundObject = true
    for (let i = 0; i < this.#count; i++) {
      const name = this.#names[i]!
      if (name === null) continue
      const key = name.slice(1)
      let isThere: boolean
      let given: unknown
      try {
        isThere = Object.hasOwn(input, key)
        given = isThere ? input[key] : null
      } catch (error) {
        users.error = error
        throw error
      }
      if (!isThere) throw new RangeError(`Missing named parameter "${key}"`)
      this.#values[i] = toValue(given, this.#rules)
      this.#boundCount++
    }
  }
}

/** A plain object, which holds named parameters. */
function isNamed(arg: unknown): boolean {
  if (typeof arg !== 'object' || arg === null) return false
  return !Array.isArray(arg) && !ArrayBuffer.isView(arg) && isPlainObject(arg)
}

function tooMany(): RangeError {
  return new RangeError('Too many parameter values were provided')
}
