/**
 * How the rows of a statement are handed over: all of them in one array, the first alone, or one by one as a generator yields
 * them. What is handed over is built at once in the shape that the application wants (`output.ts`).
 */
import type { Integers, RowMode } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import { rowText } from './output.ts'
import type { Answer } from './output.ts'

/** A function that a program is emitted as. */
export type Form = 'all' | 'get' | 'rows' | 'sliced'

/** What one function hands over, and how. */
export interface Shape {
  readonly form: Form
  readonly mode: RowMode
  readonly integers: Integers
}

export class Delivery {
  readonly #generation: Generation
  readonly #answer: Answer
  readonly #shape: Shape

  constructor(generation: Generation, answer: Answer, shape: Shape) {
    this.#generation = generation
    this.#answer = answer
    this.#shape = shape
    const { emitter } = generation
    emitter.atStart(shape.form === 'get' ? 'let out' : 'const out = []')
  }

  get #rowText(): string {
    const { form, mode, integers } = this.#shape
    return rowText(this.#generation, this.#answer, mode, integers, form === 'get')
  }

  /** Rows are yielded: what stands behind them runs when they have been taken, or nobody wants more of them. */
  get yields(): boolean {
    return this.#shape.form === 'rows' || this.#shape.form === 'sliced'
  }

  /** Hands over the rows that `produce` makes current, one after the other, as far as they are wanted. */
  deliver(produce: (row: () => void) => void): void {
    const { emitter } = this.#generation
    switch (this.#shape.form) {
      case 'all':
        produce(() => emitter.line(`out.push(${this.#rowText})`))
        break
      case 'get':
        emitter.stoppable((stop) =>
          produce(() => {
            emitter.line(`out = ${this.#rowText}`)
            emitter.stop(stop)
          }),
        )
        break
      case 'rows':
      case 'sliced':
        produce(() => emitter.yieldRow(this.#rowText))
        break
      default:
        this.#shape.form satisfies never
    }
  }

  /** Keeps the current row, of which there is one at most. */
  keep(): void {
    const { emitter } = this.#generation
    emitter.line(
      this.#shape.form === 'get' ? `out = ${this.#rowText}` : `out.push(${this.#rowText})`,
    )
  }

  /** Hands over what was kept. */
  deliverKept(): void {
    if (this.yields) this.#generation.emitter.line('yield* out')
  }

  /** Emitted last of all. */
  end(): void {
    if (!this.yields) this.#generation.emitter.line('return out')
  }
}
