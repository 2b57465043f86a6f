/**
 * `generate_series(start, stop, step)`: the integers from `start` on in steps of `step` that do not pass `stop`. Conditions on `value` narrow
 * the range before it is run through, and either direction can be delivered. (The generate_series Table-Valued Function §1 to §3)
 */
import { sqlError } from '../../base/error.ts'
import { Real, integerValue, type Value } from '../../record/index.ts'
import type {
  AccessAnswer,
  AccessQuestion,
  ConstraintOperator,
  Module,
  VirtualCursor,
  VirtualTable,
} from '../../schema/index.ts'
import { toInt64 } from '../convert.ts'

const valueColumn = 0
const startColumn = 1
const stopColumn = 2
const stepColumn = 3

/** What the plan's number says: which values the cursor gets, in this order. */
const hasStart = 1
const hasStop = 2
const hasStep = 4
/** The order that is wanted. */
const descending = 8
const ascending = 16
const valueIs = 0x80
const valueAtLeast = 0x100
const valueGreater = 0x200
const valueAtMost = 0x1000
const valueLess = 0x2000
const hasLow = valueIs | valueAtLeast | valueGreater
const hasHigh = valueIs | valueAtMost | valueLess

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n
/** Where `stop` is missing. */
const defaultStop = 0xffffffffn

const valueBounds: Partial<Record<ConstraintOperator, number>> = {
  '=': valueIs,
  IS: valueIs,
  '>=': valueAtLeast,
  '>': valueGreater,
  '<=': valueAtMost,
  '<': valueLess,
}

/** (`seriesBestIndex`, which has no condition tested again, and finds 0 where `value` is to equal a text that is no number.) */
function bestIndex({ constraints, orderBy }: AccessQuestion): AccessAnswer | null {
  let plan = 0
  let startSeen = false
  let unusable = 0
  /** Of start, stop, step and the bounds of `value`: the constraint that gives it; -1: none. */
  const given = [-1, -1, -1, -1, -1]
  for (const [i, { column, operator, usable }] of constraints.entries()) {
    if (column < startColumn) {
      const bound = usable ? valueBounds[operator] : undefined
      if (bound === undefined || (bound !== valueIs && (plan & valueIs) !== 0)) continue
      const side = bound === valueIs ? hasLow | hasHigh : (bound & hasLow) !== 0 ? hasLow : hasHigh
      plan = (plan & ~side) | bound
      if (bound === valueIs) given[4] = -1
      given[(bound & hasLow) !== 0 ? 3 : 4] = i
      startSeen = true
      continue
    }
    const flag = 1 << (column - startColumn)
    if (operator === '=' && column === startColumn) startSeen = true
    if (!usable) unusable |= flag
    else if (operator === '=') {
      plan |= flag
      given[column - startColumn] = i
    }
  }
  if (!startSeen) throw sqlError('first argument to "generate_series()" missing or unusable')
  if ((unusable & ~plan) !== 0) return null
  const args = given.filter((i) => i >= 0)
  // What a text beside `value` means depends on affinities, so conditions on it are tested again.
  const consumed = given.slice(0, stepColumn).filter((i) => i >= 0)
  if ((plan & hasStart) === 0 || (plan & hasStop) === 0) {
    return { args, consumed, plan, isHex: true, cost: 2147483647, rows: 2147483647 }
  }
  const isOrdered = orderBy[0]?.column === valueColumn
  if (isOrdered) plan |= orderBy[0]!.descending ? descending : ascending
  return {
    args,
    consumed,
    plan,
    isHex: true,
    cost: (plan & hasStep) === 0 ? 2 : 1,
    rows: 1000,
    isOrdered,
  }
}

/**
 * While both ends are exact as numbers, so is all between; beyond that the values are bigints. A step that passes over the whole range is never taken,
 * for `last` is the last value of the series.
 */
class SeriesCursor implements VirtualCursor {
  #value = 0
  #last = 0
  #step = 0
  #wide = false
  #wideValue = 0n
  #wideLast = 0n
  #wideStep = 0n
  #start: number | bigint = 0
  #stop: number | bigint = 0
  #given: number | bigint = 0

  begin(plan: number, _text: string, args: readonly Value[]): boolean {
    for (const arg of args) if (arg === null) return false
    let taken = 0
    const argument = (): bigint => BigInt(toInt64(args[taken++]!))
    let start = (plan & hasStart) !== 0 ? argument() : 0n
    let stop = (plan & hasStop) !== 0 ? argument() : defaultStop
    let step = (plan & hasStep) !== 0 ? argument() : 1n
    if (step === 0n) step = 1n
    if ((plan & (hasStart | hasStep)) === 0 && (plan & hasLow) !== 0) start = smallest
    if ((plan & (hasStop | hasStep)) === 0 && (plan & hasHigh) !== 0) stop = largest
    this.#start = integerValue(start)
    this.#stop = integerValue(stop)
    this.#given = integerValue(step)
    let low = smallest
    let high = largest
    if ((plan & hasLow) !== 0) {
      const bound = args[taken++]!
      if ((plan & valueIs) !== 0) {
        if (!isWhole(bound)) return false
        low = high = BigInt(toInt64(bound))
      } else low = lowest(bound, (plan & valueGreater) !== 0)
    }
    if ((plan & hasHigh & ~valueIs) !== 0) high = highest(args[taken++]!, (plan & valueLess) !== 0)
    return this.#range(start, stop, step, low, high, plan)
  }

  /** Sets off through the values from `start` to `stop` that lie between `low` and `high`. */
  #range(
    start: bigint,
    stop: bigint,
    step: bigint,
    low: bigint,
    high: bigint,
    plan: number,
  ): boolean {
    if (low > high || low > largest || high < smallest) return false
    // Turned round, a falling series is a rising one.
    const sign = step < 0n ? -1n : 1n
    const size = step * sign
    let first = start * sign
    const least = sign > 0n ? low : -high
    const most = sign > 0n ? high : -low
    if (first < least) first += ((least - first + size - 1n) / size) * size
    let last = stop * sign < most ? stop * sign : most
    if (first > last) return false
    last -= (last - first) % size
    const isTurned = sign > 0n ? (plan & descending) !== 0 : (plan & ascending) !== 0
    const [from, to] = isTurned ? [last * sign, first * sign] : [first * sign, last * sign]
    const by = from <= to ? size : -size
    const isExact = (x: bigint): boolean => typeof integerValue(x) === 'number'
    this.#wide = !(isExact(from) && isExact(to) && isExact(by))
    if (this.#wide) {
      this.#wideValue = from
      this.#wideLast = to
      this.#wideStep = by
    } else {
      this.#value = Number(from)
      this.#last = Number(to)
      this.#step = Number(by)
    }
    return true
  }

  next(): boolean {
    if (this.#wide) {
      if (this.#wideValue === this.#wideLast) return false
      this.#wideValue += this.#wideStep
      return true
    }
    if (this.#value === this.#last) return false
    this.#value += this.#step
    return true
  }

  column(place: number): number | bigint {
    switch (place) {
      case startColumn:
        return this.#start
      case stopColumn:
        return this.#stop
      case stepColumn:
        return this.#given
      default:
        return this.#wide ? integerValue(this.#wideValue) : this.#value
    }
  }

  rowid(): number | bigint {
    return this.column(valueColumn)
  }

  close(): void {
    // There is nothing to give back.
  }
}

/** An INTEGER may equal it. A text may only where that is compared as a text. */
function isWhole(bound: Value): boolean {
  if (bound instanceof Uint8Array) return false
  if (typeof bound === 'string') return /^(?:0|-?[1-9]\d{0,18})$/.test(bound)
  const number = realOf(bound)
  return number === null || (Number.isInteger(number) && number >= -(2 ** 63) && number <= 2 ** 63)
}

/** The number of a bound that is a REAL; null: it is an INTEGER. */
function realOf(bound: Value): number | null {
  if (bound instanceof Real) return bound.value
  return typeof bound === 'number' && !Number.isInteger(bound) ? bound : null
}

/** Texts and BLOBs: every number comes before them, unless they are compared as something else. */
function isNoNumber(bound: Value): boolean {
  return typeof bound === 'string' || bound instanceof Uint8Array
}

/** The least integer at or above a bound. It may be beyond what 64 bits hold. */
function lowest(bound: Value, isStrict: boolean): bigint {
  if (isNoNumber(bound)) return smallest
  const real = realOf(bound)
  if (real === null) return BigInt(toInt64(bound)) + (isStrict ? 1n : 0n)
  if (real < -(2 ** 63)) return smallest
  if (real >= 2 ** 63) return largest + 1n
  const ceiling = BigInt(Math.ceil(real))
  return isStrict && Number.isInteger(real) ? ceiling + 1n : ceiling
}

/** The greatest integer at or below a bound. */
function highest(bound: Value, isStrict: boolean): bigint {
  if (isNoNumber(bound)) return largest
  const real = realOf(bound)
  if (real === null) return BigInt(toInt64(bound)) - (isStrict ? 1n : 0n)
  if (real >= 2 ** 63) return largest
  if (real < -(2 ** 63)) return smallest - 1n
  const floor = BigInt(Math.floor(real))
  return isStrict && Number.isInteger(real) ? floor - 1n : floor
}

const series: VirtualTable = {
  columns: [
    { name: 'value', type: '', hidden: false, values: 'integer' },
    { name: 'start', type: '', hidden: true, values: 'integer' },
    { name: 'stop', type: '', hidden: true, values: 'integer' },
    { name: 'step', type: '', hidden: true, values: 'integer' },
  ],
  bestIndex,
  open: () => new SeriesCursor(),
}

export const seriesModule: Module = {
  name: 'generate_series',
  eponymous: () => series,
  create: null,
}
