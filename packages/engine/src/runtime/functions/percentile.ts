/**
 * median, percentile, percentile_cont and percentile_disc: a value at a place among the sorted values of a group. (The percentile
 * extension; Built-In Aggregate Functions.)
 *
 * Each state keeps the group's numbers as doubles, in memory, as SQLite does. They are sorted when the answer is asked for.
 */
import { sqlError } from '../../base/error.ts'
import { realValue } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { toNumeric, toReal } from '../convert.ts'
import type { AggregateFunction, AggregateState } from './function.ts'

/** Fractions that differ by less are the same. */
const tolerance = 0.001

class PercentileState implements AggregateState {
  readonly #name: string
  /** What the fraction is written as a part of; 0: there is no argument, and the middle is meant. */
  readonly #whole: 0 | 1 | 100
  readonly #isDiscrete: boolean
  #fraction: number | null = null
  #values: number[] = []
  #isSorted = true

  constructor(name: string, whole: 0 | 1 | 100, isDiscrete: boolean) {
    this.#name = name
    this.#whole = whole
    this.#isDiscrete = isDiscrete
  }

  step(value: Value, fraction?: Value): void {
    const part = this.#whole === 0 ? 0.5 : this.#partOf(fraction!)
    if (this.#fraction === null) this.#fraction = part
    else if (Math.abs(this.#fraction - part) > tolerance) {
      throw sqlError(`the fraction argument to ${this.#name}() is not the same for all input rows`)
    }
    if (value === null) return
    this.#values.push(this.#numberOf(value))
    this.#isSorted = false
  }

  #partOf(fraction: Value): number {
    const isText = typeof fraction === 'string'
    const number = isText ? toNumeric(fraction) : fraction
    const isNumber =
      number !== null && !(number instanceof Uint8Array) && !(isText && !isNumeric(fraction))
    const part = isNumber ? toReal(number) / this.#whole : -1
    if (part >= 0 && part <= 1) return part
    throw sqlError(
      `the fraction argument to ${this.#name}() is not between 0.0 and ${this.#whole}.0`,
    )
  }

  #numberOf(value: Exclude<Value, null>): number {
    if (typeof value === 'string' || value instanceof Uint8Array) {
      throw sqlError(`input to ${this.#name}() is not numeric`)
    }
    const number = toReal(value)
    if (!Number.isFinite(number)) throw sqlError(`Inf input to ${this.#name}()`)
    return number
  }

  inverse(value: Value): void {
    if (value === null) return
    this.#sort()
    this.#values.splice(this.#values.indexOf(toReal(value)), 1)
  }

  #sort(): void {
    if (this.#isSorted) return
    this.#values = [...Float64Array.from(this.#values).sort()]
    this.#isSorted = true
  }

  final(): Value {
    const count = this.#values.length
    if (count === 0) return null
    this.#sort()
    const place = this.#fraction! * (count - 1)
    const below = Math.floor(place)
    const low = this.#values[below]!
    if (this.#isDiscrete || place === below || below === count - 1) return realValue(low)
    return realValue(low + (this.#values[below + 1]! - low) * (place - below))
  }
}

/** The whole text is a number, but for blanks around it. */
function isNumeric(text: string): boolean {
  return /^[\t-\r ]*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?[\t-\r ]*$/i.test(text)
}

function percentile(name: string, whole: 0 | 1 | 100, isDiscrete = false): AggregateFunction {
  const args = whole === 0 ? 1 : 2
  return {
    name,
    minArgs: args,
    maxArgs: args,
    needsCollation: false,
    returns: 'real',
    extreme: null,
    create: () => new PercentileState(name, whole, isDiscrete),
  }
}

export const percentileFunctions: readonly AggregateFunction[] = [
  percentile('median', 0),
  percentile('percentile', 100),
  percentile('percentile_cont', 1),
  percentile('percentile_disc', 1, true),
]
