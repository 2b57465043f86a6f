/** Statements, as they are told of (`base/diagnostics.ts`). */
import { statementsTold, Stopwatch } from '../../base/diagnostics.ts'
import type { Session } from '../connection/session.ts'

/** What tells of itself. */
export interface Telling {
  readonly connection: Session
  /** The statement as it was written; null: it is a part of another one, which nobody is told of. */
  readonly text: string | null
}

/** Somebody wants to be told. */
export function isHeard({ text }: Telling): boolean {
  return statementsTold.isHeard && text !== null
}

/**
 * Runs a statement to its end.
 *
 * @param rowsOf how many rows it has delivered
 */
export function toldStatement<Result>(
  telling: Telling,
  rowsOf: (result: Result) => number,
  run: () => Result,
): Result {
  const teller = new Teller(telling)
  let result: Result
  try {
    result = run()
  } catch (error) {
    teller.tell(0, error)
    throw error
  }
  teller.tell(rowsOf(result), undefined)
  return result
}

/** Does what a statement without rows would, and is told of as that statement. */
export function toldAs(connection: Session, text: string, run: () => void): void {
  if (statementsTold.isHeard) toldStatement({ connection, text }, noRows, run)
  else run()
}

/** Rows of a statement that is told of when there are no more of them, or nobody wants more. */
export class ToldRows implements IterableIterator<unknown> {
  readonly #rows: IterableIterator<unknown>
  readonly #telling: Telling
  #teller: Teller | null = null
  #count = 0
  #isOver = false

  constructor(telling: Telling, rows: IterableIterator<unknown>) {
    this.#telling = telling
    this.#rows = rows
  }

  next(): IteratorResult<unknown> {
    // It has not begun before the first row is asked for.
    this.#teller ??= new Teller(this.#telling)
    return this.#step(() => this.#rows.next())
  }

  return(value?: unknown): IteratorResult<unknown> {
    return this.#step(() => this.#rows.return?.(value) ?? { value, done: true })
  }

  throw(error?: unknown): IteratorResult<unknown> {
    return this.#step(() => {
      if (this.#rows.throw === undefined) throw error
      return this.#rows.throw(error)
    })
  }

  [Symbol.iterator](): this {
    return this
  }

  #step(step: () => IteratorResult<unknown>): IteratorResult<unknown> {
    let result: IteratorResult<unknown>
    try {
      result = step()
    } catch (error) {
      this.#end(error)
      throw error
    }
    if (result.done === true) this.#end(undefined)
    // Between two slices no row comes.
    else if (result.value !== this.#telling.connection.context.slice) this.#count++
    return result
  }

  #end(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#teller?.tell(this.#count, error)
  }
}

class Teller {
  readonly #telling: Telling
  readonly #watch = new Stopwatch()
  readonly #changesBefore: number

  constructor(telling: Telling) {
    this.#telling = telling
    this.#changesBefore = telling.connection.context.totalChanges
  }

  tell(rows: number, error: unknown): void {
    const { connection, text } = this.#telling
    // It is going to be tried again.
    if (error !== undefined && error === connection.lockWait.refusal) return
    const { startTime, duration } = this.#watch
    statementsTold.tell({
      database: connection.main.pager.path,
      sql: text!.trim(),
      startTime,
      duration,
      rows,
      changes: connection.context.totalChanges - this.#changesBefore,
      error,
    })
  }
}

export const noRows = (): number => 0
export const oneRow = (row: unknown): number => (row === undefined ? 0 : 1)
export const allRows = (rows: readonly unknown[]): number => rows.length
