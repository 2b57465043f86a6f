/**
 * What V8 refuses, in SQLite's words. A statement may ask for more than JavaScript has: a stack for its nesting, a string
 * beyond 2^29 units, a buffer that memory has no room for. That is no bug of ours and nobody's TypeError: it is an answer
 * of the database. Whoever lets a statement through to the caller passes its error through here.
 *
 * How much stack there is depends on the caller too. While a statement is being compiled nothing has been changed, and the
 * answer is the one of SQLite's parser for what is nested too deeply; while one runs, memory ran out.
 */
import { SqliteError, outOfMemory, tooBig } from './error.ts'

/** The stack has ended. */
const isDeep = (error: unknown): boolean =>
  error instanceof RangeError && error.message === 'Maximum call stack size exceeded'

/** The answer to a text that was nested too deeply for the stack that there was. */
export function isRecursionLimit(error: unknown): boolean {
  return error instanceof SqliteError && isDeep(error.cause)
}

/** Too long for a string or a buffer, whatever memory there is. */
const tooLong = new Set(['Invalid string length', 'Invalid array buffer length'])
/** No room for it. */
const noRoom = new Set([
  'Array buffer allocation failed',
  'Invalid array length',
  'Map maximum size exceeded',
  'Set maximum size exceeded',
])

/** The error as the caller is to see it. Errors that are not V8's stay. */
export function inSqliteWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SqliteError) return error
  if (isDeep(error)) return outOfMemory(error)
  const { code } = error as { code?: unknown }
  if (code === 'ERR_STRING_TOO_LONG' || code === 'ERR_BUFFER_TOO_LARGE') return tooBig()
  if (!(error instanceof RangeError)) return error
  if (tooLong.has(error.message) || error.message.startsWith('Invalid typed array length')) {
    return tooBig()
  }
  return noRoom.has(error.message) ? outOfMemory(error) : error
}

/** Parses, binds, plans or emits: nested too deeply for the stack, a statement is refused as SQLite's parser does. */
export function compiling<Result>(body: () => Result): Result {
  try {
    return body()
  } catch (error) {
    if (isDeep(error)) {
      throw new SqliteError('Recursion limit', 'SQLITE_ERROR', { cause: error })
    }
    throw inSqliteWords(error)
  }
}
