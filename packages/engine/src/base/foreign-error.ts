/**
 * Errors that are no answer of the database and not the caller's either: V8's, where the stack or memory ends, and bugs. They can strike
 * anywhere, also in what would clean up after them. So whoever meets one does no more than note it, which calls nothing; what was
 * begun is taken back where there is room for that (`api/connection/interruption.ts`).
 *
 * | error | who made it | what becomes of it |
 * |---|---|---|
 * | `SqliteError` | the database | it is the answer |
 * | TypeError, RangeError by `callersMistake` | the public faces | it is the answer; nothing was begun |
 * | `users.error` | a function of the user that the engine has called | thrown on as it is |
 * | any other | V8, or a bug | foreign: nobody knows what was being done |
 */
import { SqliteError, outOfMemory } from './error.ts'

/** The last error that a function of the user's has thrown through the engine. */
export const users: { error: unknown } = { error: Symbol('none') }

/** The answer where there is no room for making one. */
export const spare: { error: SqliteError } = { error: outOfMemory() }

const mistakes = new WeakSet<object>()

/** An error that the caller gets for calling at the wrong time, or with the wrong text, thrown where the engine is at work. */
export function callersMistake<Mistake extends Error>(error: Mistake): Mistake {
  mistakes.add(error)
  return error
}

export function isForeign(error: unknown): boolean {
  if (error === users.error || error instanceof SqliteError) return false
  return typeof error !== 'object' || error === null || !mistakes.has(error)
}

/** More than the longest chain of calls that must not be cut, and the 40 KiB without which V8 compiles no function that it has not yet. */
const roomBytes = 65_536
const words: readonly number[] = Array<number>(roomBytes / 8).fill(0)

function ignoreArguments(): void {}

/** Whether the stack has room for cleaning up. Costs microseconds: the arguments of a call lie on the stack. */
export function hasRoom(): boolean {
  try {
    Reflect.apply(ignoreArguments, undefined, words)
    return true
  } catch {
    return false
  }
}

/** For what must be done whole or not at all, and is rare. @throws SQLITE_NOMEM */
export function needRoom(): void {
  if (!hasRoom()) throw outOfMemory()
}
