/**
 * What becomes of a connection that a foreign error has struck in the middle of its work (`base/foreign-error.ts`).
 *
 * Where the stack ends nothing can be cleaned up: that takes calls. Whoever meets the error sets a field of the connection, which calls
 * nothing, and lets the error pass. At the outermost function, which the user has called, the error is put into SQLite's words and
 * connections are set right: at once where the stack has room for it; else in a microtask, and before that with the next call of any
 * connection of this thread, so that none is left with a lock that keeps others waiting.
 */
import { hasRoom, spare, users } from '../../base/foreign-error.ts'
import { outOfMemory, SqliteError } from '../../base/error.ts'
import { inSqliteWords } from '../../base/v8-error.ts'

export interface Interruptible {
  /** It was struck, and nothing has been done about it yet. */
  readonly isFailing: boolean
  /** Takes everything back that is not committed. */
  recover(): void
}

/** Some connection may have been struck. A plain field: to set it calls nothing. */
export const interruption: { isPending: boolean } = { isPending: false }

const connections = new Set<WeakRef<Interruptible>>()
const collected = new FinalizationRegistry<WeakRef<Interruptible>>((ref) => connections.delete(ref))

/** Looks after a connection from here on. @returns what ends it */
export function watch(connection: Interruptible): () => void {
  const ref = new WeakRef(connection)
  connections.add(ref)
  collected.register(connection, ref, ref)
  return () => {
    connections.delete(ref)
    collected.unregister(ref)
  }
}

/** Sets right what was struck, if there is room for it. */
export function settle(): void {
  if (!interruption.isPending || !hasRoom()) return
  interruption.isPending = false
  spare.error = outOfMemory()
  for (const ref of connections) {
    const connection = ref.deref()
    if (connection === undefined || !connection.isFailing) continue
    try {
      connection.recover()
    } catch {
      // Its next call tries again, and tells.
    }
  }
}

const resolved = Promise.resolve()

/**
 * An error as the user is to see it, and what it asks for. Called where the user's call ends; there may be no room for that, so the
 * outermost function reads
 *
 *     } catch (error) {
 *       let answer = error === users.error ? error : spare.error
 *       try {
 *         answer = answerTo(error)
 *       } catch {
 *         interruption.isPending = true
 *       }
 *       throw answer
 *     }
 */
export function answerTo(error: unknown): unknown {
  if (error === users.error) return error
  if (error instanceof SqliteError && error.code !== 'SQLITE_NOMEM') return error
  interruption.isPending = true
  // First, for there may be room for no more than this.
  void resolved.then(settle)
  const answer = inSqliteWords(error)
  settle()
  return answer
}

// Near the end of the stack V8 compiles nothing: what is called there is compiled now.
answerTo(outOfMemory())

type Callee = (this: unknown, ...args: unknown[]) => unknown

/** The function with such an end. */
export function answering(name: string, call: Callee): Callee {
  const outermost = {
    [name](this: unknown, ...args: unknown[]): unknown {
      try {
        return call.apply(this, args)
      } catch (error) {
        let answer: unknown = error === users.error ? error : spare.error
        try {
          answer = answerTo(error)
        } catch {
          interruption.isPending = true
        }
        throw answer
      }
    },
  }[name]!
  Object.defineProperty(outermost, 'length', { value: call.length, configurable: true })
  return outermost
}

/** Makes the named methods of a class, which users call, answer so. */
export function answersUsers(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const value = answering(name, Reflect.get(prototype, name) as Callee)
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
}

/** The same for methods that promise their answer. */
export function promisesToUsers(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const method = Reflect.get(prototype, name) as Callee
    const value = {
      [name](this: unknown, ...args: unknown[]): unknown {
        try {
          return (method.apply(this, args) as Promise<unknown>).then(undefined, rethrow)
        } catch {
          // V8 could not call it.
          interruption.isPending = true
          throw spare.error
        }
      },
    }[name]!
    Object.defineProperty(value, 'length', { value: method.length, configurable: true })
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
}

/** In a microtask there is room. */
function rethrow(error: unknown): never {
  throw error === users.error ? error : inSqliteWords(error)
}
