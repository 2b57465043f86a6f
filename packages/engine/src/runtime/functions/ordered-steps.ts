/**
 * Aggregates with ORDER BY: the operands of their rows are collected, sorted, and then given to the state. They lie one after the other in one array for each
 * group, first the arguments of a row, then its keys, for an object for each row costs more than the sort.
 */
import type { TextEncoding, Value } from '../../record/index.ts'
import { orderColumns } from '../sort/column-order.ts'
import type { Row, RowComparison, RowKey } from '../sort/row-order.ts'
import { sortInSlices } from '../sort/sort-in-slices.ts'
import type { Slice, Work } from '../slice.ts'
import type { AggregateState } from './function.ts'

/** How the rows of an aggregate are ordered. */
export interface StepOrder {
  /** Operands of a row. */
  readonly width: number
  readonly argumentCount: number
  /** Their places are those of operands. */
  readonly keys: readonly RowKey[]
  readonly compare: RowComparison
  readonly encoding: TextEncoding
}

/** Rows that are sorted within a few milliseconds: their keys are sorted column by column. */
const pieceSize = 8192

/** Up to so many rows are compared. */
const fewRows = 256

/** Up to so many numbers are sorted by insertion. */
const veryFewRows = 40

/** Gives the rows to a state, in their order; what that answers. */
export function stepInOrder(
  operands: readonly Value[],
  order: StepOrder,
  state: AggregateState,
): Value {
  const { width, argumentCount } = order
  const count = operands.length / width
  const places =
    count < fewRows ? fewInOrder(operands, count, order) : inOrder(operands, 0, count, order)
  for (let i = 0; i < count; i++) step(state, operands, places[i]! * width, argumentCount)
  return state.final()
}

/** The same in slices: pieces are sorted at once, and merged. */
export function* steppingInOrder(
  slice: Slice,
  operands: readonly Value[],
  order: StepOrder,
  state: AggregateState,
): Work<Value> {
  const { width, argumentCount, compare } = order
  const count = operands.length / width
  if (count < pieceSize) return stepInOrder(operands, order, state)
  const rows: Row[] = []
  for (let i = 0; i < count; i++) {
    if (slice.isDue()) yield slice
    rows.push(operands.slice(i * width, (i + 1) * width))
  }
  const places = yield* sortInSlices(
    Array.from(rows.keys()),
    (piece) => {
      const [first] = piece
      return Array.from(inOrder(operands, first!, piece.length, order), (place) => first! + place)
    },
    (a, b) => compare(rows[a]!, rows[b]!),
    slice,
    pieceSize,
  )
  for (const place of places) {
    if (slice.isDue()) yield slice
    step(state, operands, place * width, argumentCount)
  }
  return state.final()
}

function step(
  state: AggregateState,
  operands: readonly Value[],
  at: number,
  argumentCount: number,
): void {
  if (argumentCount === 1) state.step(operands[at]!)
  else state.step(...operands.slice(at, at + argumentCount))
}

/** The places of so many rows from one on, counted from that one. */
function inOrder(
  operands: readonly Value[],
  from: number,
  count: number,
  { width, keys, compare, encoding }: StepOrder,
): ArrayLike<number> {
  const columns = keys.map((key) => {
    const values: Value[] = []
    for (let i = 0; i < count; i++) values.push(operands[(from + i) * width + key.place]!)
    return { values, key }
  })
  const rowAt = (place: number): Row =>
    operands.slice((from + place) * width, (from + place + 1) * width)
  return orderColumns(columns, count, (a, b) => compare(rowAt(a), rowAt(b)), encoding)
}

function fewInOrder(
  operands: readonly Value[],
  count: number,
  order: StepOrder,
): readonly number[] {
  const { width, keys, compare } = order
  const [first, ...others] = keys
  if (first !== undefined && others.length === 0 && count <= veryFewRows) {
    const places = numbersInOrder(operands, count, width, first)
    if (places !== null) return places
  }
  const rows: Row[] = []
  const placeOf = new Map<Row, number>()
  for (let i = 0; i < count; i++) {
    const row = operands.slice(i * width, (i + 1) * width)
    rows.push(row)
    placeOf.set(row, i)
  }
  return rows.sort(compare).map((row) => placeOf.get(row)!)
}

/** null: not all keys are JavaScript numbers. */
function numbersInOrder(
  operands: readonly Value[],
  count: number,
  width: number,
  { place, descending }: RowKey,
): readonly number[] | null {
  const places: number[] = []
  for (let i = 0; i < count; i++) {
    const key = operands[i * width + place]
    if (typeof key !== 'number') return null
    let j = i
    while (j > 0) {
      const other = operands[places[j - 1]! * width + place] as number
      if (descending ? other >= key : other <= key) break
      places[j] = places[j - 1]!
      j--
    }
    places[j] = i
  }
  return places
}
