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
  /** Takes everything back that is not committed. */
  recover(): void
}

/**
 * Whether a connection was struck, and nothing has been done about it yet: then `struck` is the connection. An object of its own, because
 * whatever is looked at through a `WeakRef` stays until the event loop has its turn: a loop that opens and closes databases must not keep
 * them all.
 */
export interface Trouble {
  struck: Interruptible | null
}

/** Some connection may have been struck. A plain field: to set it calls nothing. */
export const interruption: { isPending: boolean } = { isPending: false }

const troubles = new Set<WeakRef<Trouble>>()
const collected = new FinalizationRegistry<WeakRef<Trouble>>((ref) => troubles.delete(ref))

/** Looks after the connection that has this trouble, which nobody else has, from here on. @returns what ends it */
export function watch(trouble: Trouble): () => void {
  const ref = new WeakRef(trouble)
  troubles.add(ref)
  collected.register(trouble, ref, ref)
  return () => {
    troubles.delete(ref)
    collected.unregister(ref)
  }
}

/** Sets right what was struck, if there is room for it. */
export function settle(): void {
  if (!interruption.isPending || !hasRoom()) return
  interruption.isPending = false
  spare.error = outOfMemory()
  for (const ref of troubles) {
    const connection = ref.deref()?.struck
    if (connection === undefined || connection === null) continue
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
