/** What `transactionAsync` and `transaction` answer: a function that runs the callback in a transaction, with a variant for each way of beginning it. */
import type { AsyncDatabase, AsyncTransaction, AsyncTransactionFunction } from './face.ts'
import type { Scope } from './pool/scope.ts'
import type { TransactionMode, TransactionScope } from './pool/transaction-scope.ts'
import { planTransaction, runTransaction } from './pool/transactions.ts'

/** Runs the callback; `scope` is that of the transaction. */
export type Enter = (scope: TransactionScope, run: () => unknown) => unknown

/**
 * @param handleOf makes the handle that the callback gets as its first argument, and has to declare; null: it gets none
 * @param enter lets the callback run where its calls find the transaction
 */
export function transactionFunction<Args extends unknown[], Result>(
  database: AsyncDatabase,
  scopeNow: () => Scope,
  body: unknown,
  options: unknown,
  handleOf: ((database: AsyncDatabase, scope: TransactionScope) => AsyncTransaction) | null,
  enter: Enter = (_scope, run) => run(),
): AsyncTransactionFunction<Args, Result> {
  checkCallback(body, handleOf !== null)
  const plan = planTransaction(options)
  const variant = (mode: TransactionMode): AsyncTransactionFunction<Args, Result> => {
    const run = function (this: unknown, ...args: Args): Promise<Result> {
      // Nothing that lives as long as the transaction may hold what the callback holds (`runTransaction`).
      const start = (scope: TransactionScope): Promise<Result> =>
        enter(scope, () =>
          Reflect.apply(
            body,
            this,
            handleOf === null ? args : [handleOf(database, scope), ...args],
          ),
        ) as Promise<Result>
      return runTransaction(scopeNow, { ...plan, mode }, run, start)
    }
    return run as unknown as AsyncTransactionFunction<Args, Result>
  }
  const variants = {
    default: { value: variant(plan.mode) },
    deferred: { value: variant('deferred') },
    immediate: { value: variant('immediate') },
    exclusive: { value: variant('exclusive') },
    database: { value: database, enumerable: true },
  }
  for (const name of ['default', 'deferred', 'immediate', 'exclusive'] as const) {
    Object.defineProperties(variants[name].value, variants)
  }
  return variants.default.value
}

function checkCallback(
  body: unknown,
  givesHandle: boolean,
): asserts body is (...args: unknown[]) => unknown {
  if (typeof body !== 'function') throw new TypeError('Expected first argument to be a function')
  if (!givesHandle || body.length > 0) return
  throw new TypeError(
    'The callback of transactionAsync() has to declare the handle that it gets, and to call that: calls on the database wait until the transaction has ended',
  )
}
