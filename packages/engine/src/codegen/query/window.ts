/**
 * Window functions. Rows arrive in the order of their window. Where each answer depends on the row and those before it alone, they
 * are computed as the rows pass (`window-running.ts`); else partition after partition is looked at as a whole (`window-partition.ts`).
 */
import type { BoundExpression, WindowNode } from '../../plan/index.ts'
import type { Frame } from '../emit/block.ts'
import type { Generation, Source } from '../source/generation.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { ExpressionsSource } from '../source/sources.ts'
import { producePartitions } from './window-partition.ts'
import { isRunning, produceRunning } from './window-running.ts'

export function produceWindow(generation: Generation, node: WindowNode, consume: () => void): void {
  const produce = node.calls.every((call) => isRunning(call, node.frames[call.frame]!))
    ? produceRunning
    : producePartitions
  produce(generation, node, (answers) => {
    generation.sources.set(node.source, new WindowSource(generation, answers, node.kept))
    consume()
  })
}

/** The columns of a window: the answers, then what is kept of the row. */
class WindowSource implements Source {
  readonly frame: Frame
  readonly #answers: readonly Code[]
  readonly #kept: ExpressionsSource

  constructor(generation: Generation, answers: readonly Code[], kept: readonly BoundExpression[]) {
    this.frame = generation.emitter.frame
    this.#answers = answers
    this.#kept = new ExpressionsSource(generation, kept)
  }

  kinds(column: number): Kinds {
    const place = column - this.#answers.length
    return place < 0 ? this.#answers[column]!.kinds : this.#kept.kinds(place)
  }

  column(column: number): Code {
    const place = column - this.#answers.length
    return place < 0 ? this.#answers[column]! : this.#kept.column(place)
  }

  prepare(columns: readonly number[]): void {
    const count = this.#answers.length
    this.#kept.prepare(columns.filter((column) => column >= count).map((column) => column - count))
  }

  isNull(column: number): string | null {
    const place = column - this.#answers.length
    return place < 0 ? null : this.#kept.isNull(place)
  }
}
