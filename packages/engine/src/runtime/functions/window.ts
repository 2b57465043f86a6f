/**
 * Functions that make sense over a window only. (Window Functions §3 Built-in Window Functions)
 *
 * All but `first_value`, `last_value` and `nth_value` have a frame of their own, whatever the window says. Their answers follow from
 * places: of the row, of its peers, of its frame; so emitted code computes them, and what is here is what needs more than a line.
 */
import { sqlError } from '../../base/error.ts'
import { Real, compareValues, textToNumeric } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { add, subtract } from '../arithmetic.ts'
import { toInt64, toNumeric } from '../convert.ts'

export type WindowFunctionName =
  | 'row_number'
  | 'rank'
  | 'dense_rank'
  | 'percent_rank'
  | 'cume_dist'
  | 'ntile'
  | 'lag'
  | 'lead'
  | 'first_value'
  | 'last_value'
  | 'nth_value'

export interface WindowFunction {
  readonly name: WindowFunctionName
  readonly minArgs: number
  readonly maxArgs: number
  /** It works on the frame that the window says. */
  readonly isFramed: boolean
  /** Its answer is about groups of peers. */
  readonly countsPeers: boolean
}

function define(
  name: WindowFunctionName,
  minArgs: number,
  maxArgs: number,
  about: 'frame' | 'peers' | 'rows' = 'rows',
): [string, WindowFunction] {
  const isFramed = about === 'frame'
  return [name, { name, minArgs, maxArgs, isFramed, countsPeers: about === 'peers' }]
}

/** By name, in lower case. */
export const windowFunctions: ReadonlyMap<string, WindowFunction> = new Map([
  define('row_number', 0, 0),
  define('rank', 0, 0, 'peers'),
  define('dense_rank', 0, 0, 'peers'),
  define('percent_rank', 0, 0, 'peers'),
  define('cume_dist', 0, 0, 'peers'),
  define('ntile', 1, 1),
  define('lag', 1, 3),
  define('lead', 1, 3),
  define('first_value', 1, 1, 'frame'),
  define('last_value', 1, 1, 'frame'),
  define('nth_value', 2, 2, 'frame'),
])

/** The group, from 1, of row `index` among `count` rows in `groups` groups, of which the first ones are the larger. */
export function ntile(index: number, count: number, groups: number): number {
  const size = Math.floor(count / groups)
  if (size === 0) return index + 1
  const large = count - groups * size
  const inLarge = large * (size + 1)
  if (index < inLarge) return 1 + Math.floor(index / (size + 1))
  return 1 + large + Math.floor((index - inLarge) / size)
}

/** The argument of ntile(). */
export function ntileCount(value: Value): number {
  const count = Number(toInt64(value))
  if (count <= 0) throw sqlError('argument of ntile must be a positive integer')
  return count
}

/** A value as a number where it is an integer without loss; else NaN. (`OP_MustBeInt`) */
function asInteger(value: Value): number {
  const number = typeof value === 'string' ? textToNumeric(value) : value
  if (typeof number === 'bigint') return Number(number)
  const plain = number instanceof Real ? number.value : number
  const isInteger =
    typeof plain === 'number' && Number.isInteger(plain) && Math.abs(plain) < 2 ** 63
  return isInteger ? plain : NaN
}

/** The second argument of nth_value(). */
export function nthPlace(value: Value): number {
  const place = asInteger(value)
  if (place > 0) return place
  throw sqlError('second argument to nth_value must be a positive integer')
}

/** The offset of lag() and lead(): added to the place of a row, as `+` adds, it is that of another only where it is an integer; else NaN. */
export function shiftOf(value: Value): number {
  return value === null ? NaN : asInteger(toNumeric(value))
}

/** How many rows or groups a frame reaches. @param edge which of its ends */
export function frameCount(value: Value, edge: 'starting' | 'ending'): number {
  const count = asInteger(value)
  if (count >= 0) return count
  throw sqlError(`frame ${edge} offset must be a non-negative integer`)
}

/** How far a RANGE frame reaches. */
export function frameDistance(value: Value, edge: 'starting' | 'ending'): Value {
  const number = typeof value === 'string' ? textToNumeric(value) : value
  const isNumber =
    typeof number === 'number' || typeof number === 'bigint' || number instanceof Real
  if (isNumber && (number instanceof Real ? number.value >= 0 : number >= 0)) return number
  throw sqlError(`frame ${edge} offset must be a non-negative number`)
}

/** How a term of ORDER BY sorts, for a RANGE frame over it. */
export interface RangeOrder {
  readonly descending: boolean
  /** NULLs are taken for larger than anything. */
  readonly nullsLarge: boolean
  readonly collation: Collation
}

type RangeOperator = '>=' | '>' | '<='

/**
 * Whether `a` moved by `distance` in the direction of the order stands to `b` as `operator` says. NULLs are equal; texts and BLOBs
 * are not moved. (`windowCodeRangeTest`)
 */
export function rangeTest(
  { descending, nullsLarge, collation }: RangeOrder,
  a: Value,
  distance: Value,
  operator: RangeOperator,
  b: Value,
): boolean {
  if (nullsLarge && (a === null || b === null)) {
    // SQLite turns the operator round before it looks at NULLs.
    const turned = descending ? opposite[operator] : operator
    if (a === null) {
      if (turned === '>=') return true
      if (turned === '>') return b !== null
      return turned === '<=' && b === null
    }
    return turned === '<=' || turned === '<'
  }
  const sign = descending ? -1 : 1
  const holds = (order: number): boolean => {
    if (operator === '>=') return order >= 0
    return operator === '>' ? order > 0 : order <= 0
  }
  if (a === null || typeof a === 'string' || a instanceof Uint8Array) {
    return holds(sign * compareValues(a, b, collation))
  }
  // What is there already without the distance is there with it, even if the sum leaves the 64 bits.
  if (operator === '>=' && sign * compareValues(a, b, collation) >= 0) return true
  const moved = descending ? subtract(a, distance) : add(a, distance)
  return holds(sign * compareValues(moved, b, collation))
}

const opposite = { '>=': '<=', '>': '<', '<=': '>=' } as const

/**
 * min() or max() of a frame whose start moves: the rows that may still become the answer, oldest first, each better than all
 * behind it. Of equal values the latest is the answer. (`windowAggStep` keeps an index instead)
 */
export class SlidingExtreme {
  readonly #sign: 1 | -1
  readonly #collation: Collation
  #values: Value[] = []
  /** Which row each was, counted from the first. */
  #rows: number[] = []
  #first = 0
  #stepped = 0
  #left = 0

  constructor(which: 'min' | 'max', collation: Collation) {
    this.#sign = which === 'min' ? 1 : -1
    this.#collation = collation
  }

  step(value: Value): void {
    const row = this.#stepped++
    if (value === null) return
    const values = this.#values
    while (
      values.length > this.#first &&
      this.#sign * compareValues(value, values[values.length - 1]!, this.#collation) <= 0
    ) {
      values.pop()
      this.#rows.pop()
    }
    values.push(value)
    this.#rows.push(row)
  }

  /** The oldest row leaves the frame. */
  inverse(): void {
    const row = this.#left++
    if (this.#first >= this.#rows.length || this.#rows[this.#first] !== row) return
    if (++this.#first < 1024 || this.#first * 2 < this.#rows.length) return
    this.#values = this.#values.slice(this.#first)
    this.#rows = this.#rows.slice(this.#first)
    this.#first = 0
  }

  final(): Value {
    return this.#first < this.#values.length ? this.#values[this.#first]! : null
  }
}
