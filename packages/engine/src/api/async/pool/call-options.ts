/** The options of a call, which may stand behind its parameters. */
import { signalOf } from '../../across/abort-error.ts'
import type { ParameterTable } from '../../../sql/index.ts'
import { Cancellation, type CallOptions } from './cancellation.ts'
import type { Scope } from './scope.ts'

const names: ReadonlySet<string> = new Set(['signal', 'queryTimeout', 'timeout'])
const longestMs = 0x7fff_ffff

/**
 * Takes the options off the end of a call's arguments: a plain object that has nothing but options. Where the statement has a parameter of such a name,
 * and no other object is there to give it, the object is that.
 */
export function splitOptions(
  args: readonly unknown[],
  parameters: ParameterTable,
): readonly [readonly unknown[], CallOptions | null] {
  const last = args.at(-1)
  if (!areOptions(last)) return [args, null]
  const before = args.slice(0, -1)
  const isNamed = (name: string | null): boolean => name !== null && name.slice(1) in last
  if (parameters.names.some(isNamed) && !before.some(isPlain)) return [args, null]
  return [before, last]
}

function areOptions(value: unknown): value is CallOptions {
  if (!isPlain(value)) return false
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => names.has(key))
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** @throws TypeError where they are not what they should be; what an aborted signal says */
export function cancellationOf(scope: Scope, options: CallOptions | null): Cancellation {
  const { interrupts, limits } = scope.pool
  const outer = scope.cancellation
  const signal = signalOf(options?.signal)
  const given = millisecondsOf(options?.queryTimeout, 'queryTimeout')
  const other = millisecondsOf(options?.timeout, 'timeout')
  const limitMs = given ?? other ?? limits.queryTimeoutMs
  const cancellation = new Cancellation(signal, limitMs, interrupts, outer)
  if (signal !== null) cancellation.check()
  return cancellation
}

/** null: it is not given. @throws TypeError */
export function millisecondsOf(value: unknown, name: string): number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && value >= 0 && value <= longestMs) return value
  throw new TypeError(`Expected the "${name}" option to be a number of milliseconds`)
}

/** @throws TypeError for what is neither an object nor absent */
export function optionsOf(given: unknown): object {
  if (given === undefined || given === null) return {}
  if (typeof given === 'object') return given
  throw new TypeError('Expected second argument to be an options object')
}
