/**
 * `db.transaction(fn)`: better-sqlite3's wrapper. The function runs inside BEGIN … COMMIT, or inside a
 * savepoint when a transaction is already open; an exception takes everything back and is thrown on.
 * A promise cannot be waited for while the transaction stands, so it is refused.
 */
import { users } from '../../base/foreign-error.ts'
import type { Connection } from '../connection/connection.ts'
import { answering, interruption } from '../connection/interruption.ts'
import type { Database, TransactionFunction } from './face.ts'

/** A name that nobody else has; better-sqlite3's, for `verbose` shows it. */
const savepoint = '`\t_bs3.\t`'

export function transactionFunction(
  database: Database,
  connectionOf: () => Connection,
  body: unknown,
): TransactionFunction<unknown[], unknown> {
  if (typeof body !== 'function') throw new TypeError('Expected first argument to be a function')
  const connection = connectionOf()
  connection.checkNotClosed()
  const variant = (begin: string): TransactionFunction<unknown[], unknown> => {
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return runInTransaction(connection, begin, () => {
        try {
          return Reflect.apply(body, this, args)
        } catch (error) {
          users.error = error
          throw error
        }
      })
    }
    return answering('sqliteTransaction', wrapped) as unknown as TransactionFunction<
      unknown[],
      unknown
    >
  }
  const variants = {
    default: { value: variant('BEGIN') },
    deferred: { value: variant('BEGIN DEFERRED') },
    immediate: { value: variant('BEGIN IMMEDIATE') },
    exclusive: { value: variant('BEGIN EXCLUSIVE') },
    database: { value: database, enumerable: true },
  }
  for (const name of ['default', 'deferred', 'immediate', 'exclusive'] as const) {
    Object.defineProperties(variants[name].value, variants)
  }
  return variants.default.value
}

function runInTransaction<Result>(
  connection: Connection,
  begin: string,
  body: () => Result,
): Result {
  connection.checkOpen()
  const nested = connection.inTransaction
  connection.exec(nested ? `SAVEPOINT ${savepoint}` : begin)
  try {
    const result = body()
    if (isThenable(result)) {
      throw new TypeError('Transaction function cannot return a promise')
    }
    connection.exec(nested ? `RELEASE ${savepoint}` : 'COMMIT')
    return result
  } catch (error) {
    try {
      takeBack(connection, nested)
    } catch (failure) {
      const { code, message } = failure as { readonly code?: unknown; readonly message?: unknown }
      const isCut = code === undefined || code === 'SQLITE_NOMEM' || message === 'Recursion limit'
      if (!isCut || failure instanceof TypeError) throw failure
      // The error that is under way is the one to tell. What is left is taken back as soon as there is room.
      connection.trouble.struck = connection
      interruption.isPending = true
    }
    throw error
  }
}

/** The error may itself have ended the transaction (ON CONFLICT ROLLBACK, a full disk). */
function takeBack(connection: Connection, nested: boolean): void {
  if (!connection.inTransaction) return
  connection.exec(nested ? `ROLLBACK TO ${savepoint}` : 'ROLLBACK')
  if (nested) connection.exec(`RELEASE ${savepoint}`)
}

function isThenable(result: unknown): boolean {
  const mayBe = typeof result === 'function' || (typeof result === 'object' && result !== null)
  return mayBe && typeof (result as { then?: unknown }).then === 'function'
}
