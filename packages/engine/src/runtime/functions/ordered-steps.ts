/**
 * Aggregates with ORDER BY: the operands of their rows are collected, sorted, and then given to the state. They lie one after the other in one array for each
 * group, first the arguments of a row, then its keys, for an object for each row costs more than the sort.
 */
import type { TextEncoding, Value } from '../../record/index.ts'
import { orderColumns } from '../sort/column-order.ts'
import type { Row, RowComparison, RowKey } from '../sort/row-order.ts'
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
    count < fewRows ? fewInOrder(operands, count, order) : inOrder(operands, count, order)
  for (let i = 0; i < count; i++) {
    const at = places[i]! * width
    if (argumentCount === 1) state.step(operands[at]!)
    else state.step(...operands.slice(at, at + argumentCount))
  }
  return state.final()
}

function inOrder(
  operands: readonly Value[],
  count: number,
  { width, keys, compare, encoding }: StepOrder,
): ArrayLike<number> {
  const columns = keys.map((key) => {
    const values: Value[] = []
    for (let i = 0; i < count; i++) values.push(operands[i * width + key.place]!)
    return { values, key }
  })
  const rowAt = (place: number): Row => operands.slice(place * width, (place + 1) * width)
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
