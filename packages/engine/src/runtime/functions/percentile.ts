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
  /** The first `#count` of them, in any order. */
  #values = new Float64Array(16)
  #count = 0

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
    const number = this.#numberOf(value)
    if (this.#count === this.#values.length) {
      const values = new Float64Array(2 * this.#count)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[this.#count++] = number
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
    const values = this.#values
    values[values.indexOf(toReal(value))] = values[--this.#count]!
  }

  final(): Value {
    const count = this.#count
    if (count === 0) return null
    const values = this.#values
    const place = this.#fraction! * (count - 1)
    const below = Math.floor(place)
    const low = selected(values, count, below)
    if (this.#isDiscrete || place === below || below === count - 1) return realValue(low)
    let next = Infinity
    for (let i = below + 1; i < count; i++) if (values[i]! < next) next = values[i]!
    return realValue(low + (next - low) * (place - below))
  }
}

/**
 * The number that would stand at `place` if the first `count` were sorted; then none before it is greater, and none behind it is less. (Quickselect;
 * where it makes little way the numbers are sorted.)
 */
function selected(numbers: Float64Array, count: number, place: number): number {
  let from = 0
  let to = count - 1
  for (let rounds = 0; from < to; rounds++) {
    if (rounds > 64) {
      numbers.subarray(from, to + 1).sort()
      break
    }
    const pivot = middleOf(numbers[from]!, numbers[(from + to) >> 1]!, numbers[to]!)
    let i = from
    let j = to
    while (i <= j) {
      while (numbers[i]! < pivot) i++
      while (numbers[j]! > pivot) j--
      if (i > j) break
      const number = numbers[i]!
      numbers[i++] = numbers[j]!
      numbers[j--] = number
    }
    if (place <= j) to = j
    else if (place >= i) from = i
    else break
  }
  return numbers[place]!
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
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
