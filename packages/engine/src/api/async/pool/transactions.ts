/**
 * Transactions with a callback: begun, given to it by a handle, and committed or taken back when its promise tells. It is taken back, too, when its
 * signal is aborted, its time is up, or nobody is left who could end it: the promise of the callback has been collected as garbage.
 */
import { callSite } from './call-site.ts'
import { signalOf } from '../../across/abort-error.ts'
import { millisecondsOf, optionsOf } from './call-options.ts'
import { Cancellation, interrupted, type CallOptions } from './cancellation.ts'
import type { Scope } from './scope.ts'
import { savepointName, TransactionScope, type TransactionMode } from './transaction-scope.ts'

/** Options of a transaction. */
export interface TransactionOptions extends CallOptions {
  /** How it begins. Default `'immediate'`. */
  readonly mode?: TransactionMode | undefined
  /** As it is called where somebody is told of it. Default: where it was begun. */
  readonly label?: string | undefined
}

export interface TransactionPlan {
  readonly mode: TransactionMode
  readonly label: string | null
  readonly signal: AbortSignal | null
  readonly timeoutMs: number | null
}

const modes: ReadonlySet<unknown> = new Set(['deferred', 'immediate', 'exclusive'])

/** @throws TypeError */
export function planTransaction(given: unknown): TransactionPlan {
  const {
    mode = 'immediate',
    label,
    signal,
    queryTimeout,
    timeout,
  } = optionsOf(given) as TransactionOptions
  if (!modes.has(mode)) {
    throw new TypeError('Expected the "mode" option to be "deferred", "immediate" or "exclusive"')
  }
  if (label !== undefined && typeof label !== 'string') {
    throw new TypeError('Expected the "label" option to be a string')
  }
  return {
    mode,
    label: label ?? null,
    signal: signalOf(signal),
    timeoutMs: millisecondsOf(timeout, 'timeout') ?? millisecondsOf(queryTimeout, 'queryTimeout'),
  }
}

/** Of all transactions, for the names of their savepoints. */
let count = 0

/** Callbacks that can never end. */
const forgotten = new FinalizationRegistry<() => void>((tell) => tell())

/**
 * @param begunAt what the user has called
 * @param body gets the scope; its promise is the callback's
 */
export async function runTransaction<Result>(
  scopeNow: () => Scope,
  plan: TransactionPlan,
  begunAt: Function,
  body: (scope: TransactionScope) => Promise<Result>,
): Promise<Result> {
  const site = callSite(begunAt)
  const scope = scopeNow()
  const transaction = await open(scope, plan, site)
  const { limits } = scope.pool
  const { cancellation } = transaction
  return new Promise<Result>((resolve, reject) => {
    let isOver = false
    const end = (how: () => Promise<void>, tell: () => void): void => {
      if (isOver) return
      isOver = true
      stopWatching()
      how().then(tell, reject)
    }
    const fail = (error: unknown): void =>
      end(
        () => transaction.rollback(),
        () => reject(error as Error),
      )
    const unwatch = cancellation.watch(() => fail(cancellation.reason()!.error))
    const unlist = scope.endsBy((error) => cancellation.stop(error))
    const { transactionWarningMs } = limits
    const warning =
      transactionWarningMs === 0
        ? null
        : setTimeout(
            () => warn(`${transaction.describe()} has not ended`, 'CHORUSDB_LONG_TRANSACTION'),
            transactionWarningMs,
          )
    warning?.unref()
    const stopWatching = (): void => {
      unwatch()
      unlist()
      if (warning !== null) clearTimeout(warning)
    }
    const forget = (): void => {
      if (isOver) return
      warn(
        `${transaction.describe()} was forgotten: its callback can never end. It is rolled back`,
        'CHORUSDB_FORGOTTEN_TRANSACTION',
      )
      cancellation.stop(interrupted('its callback can never end'))
    }
    follow(
      () => body(transaction),
      forget,
      (result) =>
        end(
          () => transaction.commit(),
          () => resolve(result),
        ),
      fail,
    )
  })
}

/**
 * Hears of the end of a callback, or that there can be none. That is so when its promise is gone, and with it the functions that wait for it: one of them has
 * the only reference to a mark.
 */
function follow<Result>(
  body: () => Promise<Result>,
  forget: () => void,
  done: (result: Result) => void,
  fail: (error: unknown) => void,
): void {
  const mark = {}
  forgotten.register(mark, forget, mark)
  const isOver = (): void => void forgotten.unregister(mark)
  try {
    Promise.resolve(body()).then(
      (result) => {
        isOver()
        done(result)
      },
      (error: unknown) => {
        isOver()
        fail(error)
      },
    )
  } catch (error) {
    isOver()
    fail(error)
  }
}

async function open(
  scope: Scope,
  plan: TransactionPlan,
  site: () => string,
): Promise<TransactionScope> {
  const { limits, interrupts } = scope.pool
  const { signal, label, mode } = plan
  const timeoutMs = plan.timeoutMs ?? limits.transactionTimeoutMs
  // `interrupt()` stops statements, and a transaction only while it waits for its beginning.
  const cancellation = new Cancellation(signal, timeoutMs, null, scope.cancellation)
  const beginning = new Cancellation(null, 0, interrupts, cancellation)
  const owned = await scope.own(mode === 'deferred' ? 'stream' : 'write', beginning)
  const isNested = scope instanceof TransactionScope
  const name = label === null ? site() : JSON.stringify(label)
  const savepoint = isNested ? savepointName(++count) : null
  const transaction = new TransactionScope(scope, owned, cancellation, name, savepoint)
  try {
    await transaction.begin(mode, beginning)
  } catch (error) {
    owned.give()
    throw error
  }
  if (isNested) scope.entered(transaction)
  return transaction
}

function warn(message: string, code: string): void {
  process.emitWarning(message, { type: 'ChorusDBWarning', code })
}
