/** Running answers of aggregates that emitted code keeps besides the states of `runtime`. */
import type { Value } from '../../record/index.ts'
import { toReal } from '../convert.ts'
import type { Row, RowComparison } from '../sort/row-order.ts'
import type { AggregateState } from './function.ts'

/**
 * The sum of REALs in the raw domain, with the correction of Kahan and Babuška as SQLite has it. (`kahanBabuskaStep`
 * of func.c)
 */
export class RealSum {
  count = 0
  // -0 makes the fields doubles from the start.
  #sum = -0
  #error = -0

  step(value: number): void {
    const sum = this.#sum
    const next = sum + value
    this.#error += Math.abs(sum) > Math.abs(value) ? sum - next + value : value - next + sum
    this.#sum = next
    this.count++
  }

  /** What a REAL column holds that is no number: text and BLOBs count as the number that they begin with. */
  stepOther(value: Value): void {
    if (value !== null) this.step(toReal(value))
  }

  /** The sum as a double; 0 of nothing. */
  real(): number {
    const sum = this.#sum + 0
    return Number.isFinite(this.#error) ? sum + this.#error : sum
  }

  /** sum(): NULL of nothing, and where infinities cancel. */
  sum(): number | null {
    return this.count === 0 ? null : orNull(this.real())
  }

  average(): number | null {
    return this.count === 0 ? null : orNull(this.real() / this.count)
  }

  total(): number | null {
    return orNull(this.real())
  }
}

function orNull(x: number): number | null {
  return x === x ? x : null
}

/** Sorts the rows that an aggregate with ORDER BY has collected, and feeds them to its state. */
export function stepInOrder(
  rows: Row[],
  compare: RowComparison,
  argumentCount: number,
  state: AggregateState,
): Value {
  rows.sort(compare)
  for (const row of rows) state.step(...row.slice(0, argumentCount))
  return state.final()
}
