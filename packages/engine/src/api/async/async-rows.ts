/** What `iterate` hands out. */
import { promisesToUsers } from '../connection/interruption.ts'
import type { AsyncRows } from './face.ts'
import type { Scope } from './pool/scope.ts'
import { planCall, type PlannedCall, type Switches } from './pool/calls.ts'
import type { Cancellation } from './pool/cancellation.ts'
import { noMore, RowStream } from './pool/row-stream.ts'
import { Turns } from './turns.ts'

/** Whose iterator the application has lost is ended. */
const lost = new FinalizationRegistry<RowStream>((stream) => {
  try {
    stream.end()
  } catch {
    // There is nobody to tell.
  }
})

export class QueryRows<Row> implements AsyncRows<Row> {
  readonly #start: () => RowStream
  readonly #turns = new Turns()
  #stream: RowStream | null = null
  #isOver = false

  /** @param start begins the query */
  constructor(start: () => RowStream) {
    this.#start = start
  }

  async next(): Promise<IteratorResult<Row, undefined>> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    try {
      if (this.#isOver) return { value: undefined, done: true }
      this.#stream ??= this.#open()
      const value = await this.#stream.next()
      if (value !== noMore) return { value: value as Row, done: false }
      this.#isOver = true
      return { value: undefined, done: true }
    } catch (error) {
      this.#isOver = true
      throw error
    } finally {
      this.#turns.give()
    }
  }

  #open(): RowStream {
    const stream = this.#start()
    lost.register(this, stream)
    return stream
  }

  async return(): Promise<IteratorResult<Row, undefined>> {
    const turn = this.#turns.take()
    if (turn !== null) await turn
    try {
      this.#isOver = true
      this.#stream?.end()
      return { value: undefined, done: true }
    } finally {
      this.#turns.give()
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

promisesToUsers(QueryRows.prototype, ['next', 'return'])

/** What is wrong with the call is told by the first `next`. */
export function iterateRows<Row>(
  scope: () => Scope,
  sql: unknown,
  switches: (scope: Scope) => Switches,
  args: readonly unknown[],
  calls: Set<Cancellation> | null = null,
): AsyncRows<Row> {
  let planned: PlannedCall | null = null
  let failure: { readonly error: unknown } | null = null
  try {
    const where = scope()
    planned = planCall(where, sql, 'all', switches(where), args)
  } catch (error) {
    failure = { error }
  }
  return new QueryRows<Row>(() => {
    if (failure !== null) throw failure.error
    return new RowStream(planned!, calls)
  })
}
