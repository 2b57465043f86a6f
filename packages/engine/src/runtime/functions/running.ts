/** Running answers of aggregates that emitted code keeps besides the states of `runtime`. */
import type { Value } from '../../record/index.ts'
import { toReal } from '../convert.ts'

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
