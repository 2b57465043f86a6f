/**
 * Aggregates of the user's. The running answer is any value: `start`, or what it returns; each step, and each row that leaves a window,
 * returns the next one, or nothing where it has changed the value itself. `start` is asked when the first row, or the answer, is wanted.
 */
import type { Value } from '../../record/index.ts'
import type { AggregateFunction, AggregateState, Integers } from '../../runtime/index.ts'
import { argumentOf, calling, resultOf } from './user-functions.ts'
import type { CallingConnection } from './user-functions.ts'

type AnyFunction = (...args: unknown[]) => unknown

export interface AggregateOptions {
  /** -1: any number. */
  readonly argCount: number
  readonly directOnly: boolean
  readonly integers: Integers
  readonly start: unknown
  readonly step: AnyFunction
  /** null: it cannot be used as a window function. */
  readonly inverse: AnyFunction | null
  /** null: the value itself. */
  readonly result: AnyFunction | null
}

export function userAggregate(
  connection: CallingConnection,
  name: string,
  options: AggregateOptions,
): AggregateFunction {
  const { argCount, directOnly, inverse } = options
  return {
    name,
    minArgs: Math.max(0, argCount),
    maxArgs: argCount,
    needsCollation: false,
    returns: null,
    extreme: null,
    isUsers: true,
    directOnly,
    isWindow: inverse !== null,
    canLeave: inverse !== null,
    create: () => new UserState(connection, name, options),
  }
}

class UserState implements AggregateState {
  readonly #connection: CallingConnection
  readonly #name: string
  readonly #options: AggregateOptions
  #hasBegun = false
  #value: unknown

  constructor(connection: CallingConnection, name: string, options: AggregateOptions) {
    this.#connection = connection
    this.#name = name
    this.#options = options
  }

  #call(call: AnyFunction, args: readonly unknown[]): unknown {
    return calling(this.#connection, false, () => call(...args))
  }

  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    const { start } = this.#options
    this.#value = typeof start === 'function' ? this.#call(start as AnyFunction, []) : start
  }

  #change(change: AnyFunction, args: readonly Value[]): void {
    this.#begin()
    const { integers } = this.#options
    const next = this.#call(change, [this.#value, ...args.map((arg) => argumentOf(arg, integers))])
    if (next !== undefined) this.#value = next
  }

  step(...args: Value[]): void {
    this.#change(this.#options.step, args)
  }

  inverse(...args: Value[]): void {
    this.#change(this.#options.inverse!, args)
  }

  final(): Value {
    this.#begin()
    const { result } = this.#options
    const answer = result === null ? this.#value : this.#call(result, [this.#value])
    return resultOf(
      `User-defined function ${this.#name}() returned`,
      answer,
      this.#connection.options.values,
    )
  }
}
