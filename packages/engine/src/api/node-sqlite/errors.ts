/**
 * Errors as node:sqlite has them: those of the database are plain `Error`s with `code`, `errcode` and `errstr`; those of a call are Node's own
 * classes with Node's codes. (Node.js, Errors)
 */
import { resultCodes } from '../../base/codes.ts'
import { outOfMemory, SqliteError } from '../../base/error.ts'
import { callersMistake, isForeign, users } from '../../base/foreign-error.ts'
import { answerTo, interruption } from '../connection/interruption.ts'

/** What SQLite says of a primary result code. (`sqlite3ErrStr`) */
const sentences: Readonly<Record<number, string>> = {
  0: 'not an error',
  1: 'SQL logic error',
  3: 'access permission denied',
  4: 'query aborted',
  5: 'database is locked',
  6: 'database table is locked',
  7: 'out of memory',
  8: 'attempt to write a readonly database',
  9: 'interrupted',
  10: 'disk I/O error',
  11: 'database disk image is malformed',
  12: 'unknown operation',
  13: 'database or disk is full',
  14: 'unable to open database file',
  15: 'locking protocol',
  17: 'database schema has changed',
  18: 'string or blob too big',
  19: 'constraint failed',
  20: 'datatype mismatch',
  21: 'bad parameter or other API misuse',
  22: 'large file support is disabled',
  23: 'authorization denied',
  25: 'column index out of range',
  26: 'file is not a database',
  27: 'notification message',
  28: 'warning message',
  100: 'another row available',
  101: 'no more rows available',
  516: 'abort due to ROLLBACK',
}

/** `sqlite3_errstr`. */
export function sentenceOf(errcode: number): string {
  return sentences[errcode] ?? sentences[errcode & 0xff] ?? 'unknown error'
}

function coded<Made extends Error>(error: Made, code: string): Made {
  return callersMistake(Object.assign(error, { code }))
}

/** The answer of the database as node:sqlite gives it. */
export function asNodeError(error: SqliteError): Error {
  const errcode = resultCodes[error.code]
  const { cause } = error
  const made = new Error(error.message, cause === undefined ? undefined : { cause })
  return Object.assign(made, {
    code: 'ERR_SQLITE_ERROR',
    errcode,
    errstr: sentenceOf(errcode),
  })
}

export function invalidArgType(message: string): TypeError {
  return coded(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

export function invalidArgValue(message: string): TypeError {
  return coded(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
}

export function invalidState(message: string): Error {
  return coded(new Error(message), 'ERR_INVALID_STATE')
}

export function outOfRange(message: string): RangeError {
  return coded(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

export function invalidUrl(): TypeError {
  return coded(new TypeError('Invalid URL'), 'ERR_INVALID_URL')
}

export function invalidUrlScheme(): TypeError {
  return coded(new TypeError('The URL must be of scheme file:'), 'ERR_INVALID_URL_SCHEME')
}

export function constructCallRequired(): TypeError {
  return coded(
    new TypeError('Cannot call constructor without `new`'),
    'ERR_CONSTRUCT_CALL_REQUIRED',
  )
}

export function illegalConstructor(): Error {
  return coded(new Error('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR')
}

/** A method that is called on something else. */
export function illegalInvocation(): TypeError {
  return callersMistake(new TypeError('Illegal invocation'))
}

export function databaseNotOpen(): Error {
  return invalidState('database is not open')
}

/** The answer where there is no room for making one. */
export const spareAnswer: Error = asNodeError(outOfMemory())

/** An error as the user is to see it. May fail where the stack ends: see `answerTo`. */
export function answerInNode(error: unknown): unknown {
  if (!(error instanceof SqliteError) && !isForeign(error)) return error
  const answer = answerTo(error)
  return answer instanceof SqliteError ? asNodeError(answer) : answer
}

type Callee = (this: unknown, ...args: unknown[]) => unknown

const none: ReadonlySet<string> = new Set()

/**
 * Gives a class the form of node:sqlite's: its name, methods that are enumerable and of length 0. What they throw are Node's errors. Without
 * `new` it is refused.
 * @returns the constructor as users see it
 * @param isOurs whether something is an instance
 * @param refused what a call without `new` is told
 * @param answered those that are called so often that they answer by themselves
 */
export function asNodes(
  constructor: object & { readonly prototype: object },
  isOurs: (self: unknown) => boolean,
  refused: () => Error,
  answered: ReadonlySet<string> = none,
): unknown {
  Object.defineProperty(constructor, 'length', { value: 0, configurable: true })
  const { prototype } = constructor
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === 'constructor') continue
    const member = Object.getOwnPropertyDescriptor(prototype, key)!
    const { value, get } = member
    const enumerable = true
    if (typeof value === 'function') {
      const call = answered.has(String(key))
        ? (value as Callee)
        : answeringInNode(nameOf(key), value as Callee, isOurs)
      Object.defineProperty(call, 'length', { value: 0, configurable: true })
      Object.defineProperty(prototype, key, { ...member, value: call, enumerable })
    } else if (get !== undefined) {
      const read = answeringInNode('', get, isOurs)
      Object.defineProperty(prototype, key, { get: read, enumerable, configurable: true })
    }
  }
  const visible = new Proxy(constructor, {
    apply: () => {
      throw refused()
    },
  })
  Object.defineProperty(prototype, 'constructor', {
    value: visible,
    writable: true,
    configurable: true,
  })
  return visible
}

/** Takes the getters of a class off its prototype: each instance has them as its own, as in node:sqlite. */
export function ownGetters({ prototype }: { readonly prototype: object }): PropertyDescriptorMap {
  const getters: PropertyDescriptorMap = {}
  for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (get === undefined) continue
    getters[key] = { get: get as () => unknown, enumerable: true }
    Reflect.deleteProperty(prototype, key)
  }
  return getters
}

function nameOf(key: string | symbol): string {
  return typeof key === 'string' ? key : ''
}

/** The function as users call it: its errors are Node's. @param isOurs whether it may be called on something */
export function answeringInNode(
  name: string,
  call: Callee,
  isOurs: (self: unknown) => boolean = () => true,
): Callee {
  return {
    [name](this: unknown, ...args: unknown[]): unknown {
      try {
        if (!isOurs(this)) throw illegalInvocation()
        return call.apply(this, args)
      } catch (error) {
        let answer: unknown = error === users.error ? error : spareAnswer
        try {
          answer = answerInNode(error)
        } catch {
          interruption.isPending = true
        }
        throw answer
      }
    },
  }[name]!
}
