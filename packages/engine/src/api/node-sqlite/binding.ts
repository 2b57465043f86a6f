/**
 * What users pass to a statement, made into parameters by node:sqlite's rules: an object first holds named values, by their names with the
 * prefix or without; what comes then goes to the others, `?` and `?N`, one after the other. What gets no value is NULL. Numbers bind as REAL,
 * bigints as INTEGER. Reading an object may run functions of the user (getters), whose errors are the user's.
 */
import { isAnyArrayBuffer } from 'node:util/types'
import { SqliteError, tooBig } from '../../base/error.ts'
import { users } from '../../base/foreign-error.ts'
import { maxLength } from '../../base/limits.ts'
import { Real, type Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import { invalidArgType, invalidArgValue, invalidState } from './errors.ts'

/** One value of the caller as an SQL value. @param index the parameter's, from 1 */
export function toValue(input: unknown, index: number): Value {
  switch (typeof input) {
    case 'number':
      // What has no fraction, infinities included, could pass for an INTEGER.
      if (Math.trunc(input) === input) return new Real(input)
      return Number.isNaN(input) ? null : input
    case 'string':
      if (input.length > maxLength / 3 && Buffer.byteLength(input) > maxLength) throw tooBig()
      return input.isWellFormed() ? input : input.toWellFormed()
    case 'bigint':
      if (BigInt.asIntN(64, input) !== input) {
        throw invalidArgValue('BigInt value is too large to bind.')
      }
      return input >= -9007199254740991n && input <= 9007199254740991n ? Number(input) : input
    case 'object':
      if (input === null) return null
      if (isBytes(input)) return bytesOf(input)
      break
    case 'boolean':
      return input ? 1 : 0
    default:
  }
  throw invalidArgType(`Provided value cannot be bound to SQLite parameter ${index}.`)
}

type Bytes = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

export function isBytes(input: object): input is Bytes {
  return ArrayBuffer.isView(input) || isAnyArrayBuffer(input)
}

/** A copy: the caller may change the buffer. One that was given away is empty. */
export function bytesOf(input: Bytes): Uint8Array {
  if (input.byteLength > maxLength) throw tooBig()
  if (!ArrayBuffer.isView(input)) return new Uint8Array(input).slice()
  if (input.buffer.byteLength === 0) return new Uint8Array(0)
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice()
}

/** How a statement takes named values. */
export interface NameRules {
  readonly bareNames: boolean
  readonly unknownNames: boolean
  /** Values go to parameters by their places alone, and there are as many. */
  readonly byPlaces?: boolean
}

/**
 * Fills `values`, which is empty, with those of all parameters. Where it fails they are those that were taken so far; what is missing is NULL.
 * @throws errors of Node's, SQLITE_RANGE
 */
export function bindArguments(
  values: Value[],
  args: readonly unknown[],
  parameters: ParameterTable,
  rules: NameRules,
): void {
  const { count, names } = parameters
  if (rules.byPlaces === true) {
    bindPlaces(values, args, count)
    return
  }
  let i = 0
  if (args.length === count) {
    // Nearly every call: as many plain values as there are plain parameters.
    for (; i < count; i++) {
      const arg = args[i]
      if (names[i] !== null || (i === 0 && isNamed(arg))) break
      values.push(toValue(arg, i + 1))
    }
    if (i === count) return
  }
  bindAll(values, args, parameters, rules)
}

function bindPlaces(values: Value[], args: readonly unknown[], count: number): void {
  if (args.length !== count) {
    throw invalidArgValue('SQLite parameters must be bound using template literal placeholders.')
  }
  for (let i = 0; i < count; i++) values.push(toValue(args[i], i + 1))
}

/** It holds named values. */
function isNamed(arg: unknown): arg is Record<string, unknown> {
  if (typeof arg !== 'object') return typeof arg === 'function'
  return arg !== null && !isBytes(arg)
}

function bindAll(
  values: Value[],
  args: readonly unknown[],
  { count, names }: ParameterTable,
  rules: NameRules,
): void {
  values.length = 0
  for (let i = 0; i < count; i++) values.push(null)
  const [first] = args
  let start = 0
  if (isNamed(first)) {
    bindNamed(first, values, names, rules)
    start = 1
  }
  let at = 0
  for (let i = start; i < args.length; i++) {
    while (at < count && names[at] !== null && !names[at]!.startsWith('?')) at++
    const value = toValue(args[i], at + 1)
    if (at >= count) throw new SqliteError('column index out of range', 'SQLITE_RANGE')
    values[at++] = value
  }
}

function bindNamed(
  given: Record<string, unknown>,
  values: Value[],
  names: readonly (string | null)[],
  { bareNames, unknownNames }: NameRules,
): void {
  const keys = asUsers(() => Object.keys(given))
  for (const key of keys) {
    const name = key.toWellFormed()
    let place = names.indexOf(name)
    if (place < 0 && bareNames) {
      checkBareNames(names)
      place = names.findIndex((known) => known !== null && known.slice(1) === name)
    }
    if (place < 0) {
      if (unknownNames) continue
      throw invalidState(`Unknown named parameter '${name}'`)
    }
    const value = asUsers(() => given[key])
    values[place] = toValue(value, place + 1)
  }
}

/** Two parameters must not have the same name but for the prefix. */
function checkBareNames(names: readonly (string | null)[]): void {
  const known = new Map<string, string>()
  for (const name of names) {
    if (name === null) continue
    const bare = name.slice(1)
    const other = known.get(bare)
    if (other !== undefined && other !== name) {
      throw invalidState(
        `Cannot create bare named parameter '${bare}' because of conflicting names '${other}' and '${name}'.`,
      )
    }
    known.set(bare, name)
  }
}

function asUsers<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    users.error = error
    throw error
  }
}
