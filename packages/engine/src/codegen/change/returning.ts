/**
 * RETURNING: the expressions are evaluated for each row as soon as it has been changed, and the rows are handed over when all
 * have been. (RETURNING §3; `codeReturningTrigger`)
 *
 * The rows of a statement that changes one at most are kept as they are handed over. Of several they go into a list, which goes on in the
 * temporary file where it outgrows the statement's limit.
 */
import type { Returning } from '../../plan/index.ts'
import { Delivery } from '../query/delivery.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { CollectedRows, ExpressionsSource } from '../source/sources.ts'

/** What a statement that changes rows does with them besides. */
export interface ReturnedRows {
  /** Emitted before the first change. */
  begin(): void
  /** Emitted where a row has been changed, and the sources of the statement's rows say what it is. */
  add(): void
  /** Emitted where all have been changed; `count` emits what is left to do then. */
  deliver(count: () => void): void
}

/** null: the statement returns nothing. */
export function returnedRows(
  generation: Generation,
  returning: Returning | null,
  isOne: boolean,
  shape: Shape,
): ReturnedRows | null {
  if (returning === null) return null
  const delivery = new Delivery(generation, returning, shape)
  return isOne
    ? new KeptRow(generation, returning, delivery)
    : new ListedRows(generation, returning, delivery)
}

/** From here on the statement's row is current under the source of the answer. All of it is evaluated, for it may fail. */
function evaluate(generation: Generation, { source, expressions }: Returning): void {
  generation.sources.set(source, new ExpressionsSource(generation, expressions))
  generation.prepare(
    source,
    expressions.map((_, i) => i),
  )
  for (const i of expressions.keys()) generation.column(source, i)
}

/** The end of a statement: what is yielded is yielded before it, and it comes also where nobody wants more rows. */
function finish(
  generation: Generation,
  delivery: Delivery,
  count: () => void,
  deliver: () => void,
): void {
  const { emitter } = generation
  if (delivery.yields) {
    emitter.nested('try', deliver)
    emitter.nested('finally', count)
  } else {
    count()
    deliver()
  }
  delivery.end()
}

class KeptRow implements ReturnedRows {
  readonly #generation: Generation
  readonly #returning: Returning
  readonly #delivery: Delivery

  constructor(generation: Generation, returning: Returning, delivery: Delivery) {
    this.#generation = generation
    this.#returning = returning
    this.#delivery = delivery
  }

  begin(): void {
    // There is a variable for it.
  }

  add(): void {
    evaluate(this.#generation, this.#returning)
    this.#delivery.keep()
  }

  deliver(count: () => void): void {
    finish(this.#generation, this.#delivery, count, () => this.#delivery.deliverKept())
  }
}

class ListedRows implements ReturnedRows {
  readonly #generation: Generation
  readonly #returning: Returning
  readonly #delivery: Delivery
  readonly #rows: CollectedRows
  readonly #list: string

  constructor(generation: Generation, returning: Returning, delivery: Delivery) {
    this.#generation = generation
    this.#returning = returning
    this.#delivery = delivery
    this.#rows = new CollectedRows(generation)
    for (const i of returning.expressions.keys()) this.#rows.place(returning.source, i)
    this.#list = generation.emitter.runState('returned')
  }

  begin(): void {
    const list = spilling(this.#generation, newRowList(this.#generation))
    this.#generation.emitter.line(`${this.#list} = ${list}`)
  }

  add(): void {
    evaluate(this.#generation, this.#returning)
    this.#generation.emitter.line(`${this.#list}.add(${this.#rows.literal()})`)
  }

  deliver(count: () => void): void {
    const { emitter, sources } = this.#generation
    const { source } = this.#returning
    finish(this.#generation, this.#delivery, count, () =>
      this.#delivery.deliver((row) =>
        emitter.once(() =>
          eachRowOf(this.#generation, `${this.#list}.first()`, (name) => {
            for (const [id, binding] of this.#rows.bind([source], name)) sources.set(id, binding)
            row()
          }),
        ),
      ),
    )
  }
}
