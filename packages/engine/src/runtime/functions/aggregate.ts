/**
 * Aggregate functions. (Built-In Aggregate Functions.) NULLs count for nothing but in `count(*)`.
 *
 * `sum` of INTEGERs is exact and an overflow is an error; with the first REAL it goes over to doubles with a
 * running correction (Kahan, Babuška, Neumaier), so that the order of the rows hardly matters.
 *
 * The state classes are exported, for emitted code keeps them in variables and calls them directly.
 */
import { integerOverflow } from '../../base/error.ts'
import {
  binaryCollation,
  compareValues,
  integerValue,
  normalizeText,
  realValue,
  textAsWritten,
} from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { toReal, toText } from '../convert.ts'
import { checkTextLength } from '../../base/long-text.ts'
import { CollectedText } from './collected-text.ts'
import type { AggregateFunction, AggregateState, GrowingState, ResultClass } from './function.ts'

/** count(*) and count(x). */
export class CountState implements AggregateState {
  count = 0

  /** Without an argument every row counts. */
  step(value?: Value): void {
    if (value !== null) this.count++
  }

  inverse(value?: Value): void {
    if (value !== null) this.count--
  }

  final(): number {
    return this.count
  }
}

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n
/** From here on a double may not hold an integer and a small correction at once. */
const largeInteger = 4503599627370496

/** What sum, total and avg have in common. */
export class SumState implements AggregateState {
  /** Values that are not NULL. */
  count = 0
  /** The exact sum as long as `inexact` is false, inside ±2^53. */
  integer = 0
  /** The exact sum where it is outside; else `null`. */
  #wide: bigint | null = null
  /** A REAL was among them, or the sum left 64 bits. */
  inexact = false
  #overflow = false
  /** The running sum and its correction. */
  #sum = 0
  #error = 0

  step(value: Value): void {
    if (typeof value === 'number' && !this.inexact && this.#wide === null) {
      const sum = this.integer + value
      if (Number.isInteger(value) && Number.isSafeInteger(sum)) {
        this.integer = sum
        this.count++
        return
      }
    }
    if (value !== null) this.#stepAny(value)
  }

  /** A REAL, as a double that is no NaN. */
  stepReal(value: number): void {
    this.count++
    if (this.inexact) this.#overflow = false
    else this.#goInexact()
    this.#add(value)
  }

  #stepAny(value: Exclude<Value, null>): void {
    this.count++
    const integer = integerOf(value)
    if (this.inexact) {
      if (integer !== null) this.#addInteger(integer)
      else {
        this.#overflow = false
        this.#add(toReal(value))
      }
      return
    }
    if (integer === null) {
      this.#goInexact()
      this.#add(toReal(value))
      return
    }
    const sum = (this.#wide ?? BigInt(this.integer)) + BigInt(integer)
    if (sum >= minInt64 && sum <= maxInt64) return this.#setExact(sum)
    this.#overflow = true
    this.#goInexact()
    this.#addInteger(integer)
  }

  inverse(value: Value): void {
    if (value === null) return
    this.count--
    const integer = integerOf(value)
    if (this.inexact) {
      if (integer !== null) this.#addInteger(-integer)
      else this.#add(-toReal(value))
      return
    }
    if (integer === null) return
    const difference = (this.#wide ?? BigInt(this.integer)) - BigInt(integer)
    if (difference >= minInt64 && difference <= maxInt64) return this.#setExact(difference)
    this.#overflow = true
    this.inexact = true
  }

  #setExact(sum: bigint): void {
    const value = integerValue(sum)
    this.#wide = typeof value === 'bigint' ? value : null
    this.integer = typeof value === 'bigint' ? 0 : value
  }

  #goInexact(): void {
    this.inexact = true
    const exact = this.#wide ?? this.integer
    if (exact <= -largeInteger || exact >= largeInteger) {
      const low = BigInt(exact) % 16384n
      this.#sum = Number(BigInt(exact) - low)
      this.#error = Number(low)
    } else this.#sum = Number(exact)
  }

  #addInteger(value: number | bigint): void {
    if (value > -largeInteger && value < largeInteger) return this.#add(Number(value))
    // Both parts of a large integer are exact as doubles.
    const low = BigInt(value) % 16384n
    this.#add(Number(BigInt(value) - low))
    this.#add(Number(low))
  }

  #add(value: number): void {
    const sum = this.#sum
    const next = sum + value
    this.#error += Math.abs(sum) > Math.abs(value) ? sum - next + value : value - next + sum
    this.#sum = next
  }

  /** The sum as a double. */
  real(): number {
    if (!this.inexact) return Number(this.#wide ?? this.integer)
    return Number.isFinite(this.#error) ? this.#sum + this.#error : this.#sum
  }

  /** sum(): NULL of nothing. */
  final(): Value {
    if (this.count === 0) return null
    if (!this.inexact) return this.#wide ?? this.integer
    if (this.#overflow) throw integerOverflow()
    return realValue(this.real())
  }
}

/** The INTEGER that a value is for sum(): text counts as one where it is one as a whole. */
function integerOf(value: Exclude<Value, null>): number | bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : null
  if (typeof value === 'bigint') return value
  if (typeof value !== 'string') return null
  const number = textAsWritten(value)
  return typeof number === 'bigint' || Number.isInteger(number) ? (number as number | bigint) : null
}

/** total(): a REAL, 0.0 of nothing, and never an overflow. */
export class TotalState extends SumState {
  override final(): Value {
    return realValue(this.real())
  }
}

export class AverageState extends SumState {
  override final(): Value {
    return this.count === 0 ? null : realValue(this.real() / this.count)
  }
}

/** min(x) over rows: the first of the least values. */
export class MinState implements AggregateState {
  value: Value = null
  readonly #collation: Collation

  constructor(collation: Collation = binaryCollation) {
    this.#collation = collation
  }

  step(value: Value): void {
    if (value === null) return
    if (this.value === null || compareValues(value, this.value, this.#collation) < 0)
      this.value = value
  }

  final(): Value {
    return this.value
  }
}

/** max(x) over rows: the first of the greatest values. */
export class MaxState implements AggregateState {
  value: Value = null
  readonly #collation: Collation

  constructor(collation: Collation = binaryCollation) {
    this.#collation = collation
  }

  step(value: Value): void {
    if (value === null) return
    if (this.value === null || compareValues(value, this.value, this.#collation) > 0)
      this.value = value
  }

  final(): Value {
    return this.value
  }
}

/** group_concat(x, separator): the separator of each row stands before its text, but for the first. */
export class GroupConcatState implements AggregateState {
  #parts: string[] = []
  #separators: string[] = []
  #taken = 0

  step(value: Value, separator: Value = ','): void {
    if (value === null) return
    this.#separators.push(toText(separator) ?? '')
    this.#parts.push(toText(value)!)
  }

  inverse(value: Value): void {
    if (value === null) return
    this.#taken++
    if (this.#taken < 1024 || this.#taken * 2 < this.#parts.length) return
    this.#parts = this.#parts.slice(this.#taken)
    this.#separators = this.#separators.slice(this.#taken)
    this.#taken = 0
  }

  final(): string | null {
    if (this.#taken === this.#parts.length) return null
    let text = this.#parts[this.#taken]!
    for (let i = this.#taken + 1; i < this.#parts.length; i++) {
      const separator = this.#separators[i]!
      const part = this.#parts[i]!
      checkTextLength(text.length + separator.length + part.length)
      text += separator + part
    }
    return normalizeText(text)
  }
}

/** The same in a UTF-8 database where no row leaves. */
class GrowingConcatState implements GrowingState {
  readonly #text = new CollectedText()
  #isEmpty = true

  step(value: Value, separator: Value = ','): void {
    if (value === null) return
    if (!this.#isEmpty) {
      const unit = asciiOf(separator)
      if (unit >= 0 && typeof value === 'number' && (value | 0) === value) {
        this.#text.integerBehind(unit, value)
        return
      }
      this.#separate(unit, separator)
    }
    this.#isEmpty = false
    this.#text.value(value)
  }

  #separate(unit: number, separator: Value): void {
    if (unit >= 0) this.#text.byte(unit)
    else this.#text.value(separator)
  }

  stepBytes(data: Uint8Array, offset: number, size: number, separator: Value = ','): void {
    if (!this.#isEmpty) {
      const unit = asciiOf(separator)
      if (unit >= 0) {
        this.#text.sliceBehind(unit, data, offset, size)
        return
      }
      this.#separate(unit, separator)
    }
    this.#text.slice(data, offset, size)
    this.#isEmpty = false
  }

  final(): string | null {
    return this.#isEmpty ? null : this.#text.text()
  }
}

/** The one byte that a text is; -1: it is none. */
function asciiOf(text: Value): number {
  if (typeof text !== 'string' || text.length !== 1) return -1
  const unit = text.charCodeAt(0)
  return unit < 0x80 ? unit : -1
}

function aggregate(
  name: string,
  args: number | readonly [number, number],
  create: (collation: Collation) => AggregateState,
  options: {
    readonly returns?: ResultClass
    readonly extreme?: 'min' | 'max'
    readonly createGrowing?: () => GrowingState
  } = {},
): AggregateFunction {
  const [minArgs, maxArgs] = typeof args === 'number' ? [args, args] : args
  return {
    name,
    minArgs,
    maxArgs,
    needsCollation: options.extreme !== undefined,
    returns: options.returns ?? null,
    extreme: options.extreme ?? null,
    canLeave: create(binaryCollation).inverse !== undefined,
    create,
    ...(options.createGrowing && { createGrowing: options.createGrowing }),
  }
}

const concat = { returns: 'text', createGrowing: () => new GrowingConcatState() } as const

export const aggregateFunctions: readonly AggregateFunction[] = [
  aggregate('avg', 1, () => new AverageState(), { returns: 'real' }),
  aggregate('count', [0, 1], () => new CountState(), { returns: 'integer' }),
  aggregate('group_concat', [1, 2], () => new GroupConcatState(), concat),
  aggregate('string_agg', 2, () => new GroupConcatState(), concat),
  aggregate('max', 1, (collation) => new MaxState(collation), { extreme: 'max' }),
  aggregate('min', 1, (collation) => new MinState(collation), { extreme: 'min' }),
  aggregate('sum', 1, () => new SumState()),
  aggregate('total', 1, () => new TotalState(), { returns: 'real' }),
]
