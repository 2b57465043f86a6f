/** A statement that runs within the limits of its connection, which are lower than others. */
import type { OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import type { Integers, Prepared, RowMode } from '../connection/session.ts'

/** The connection, as far as it cares. */
interface Within {
  within<Result>(body: () => Result): Result
}

export class LimitedStatement implements Prepared {
  readonly hasRows: boolean
  readonly writes: boolean
  readonly isReadonly: boolean
  readonly parameters: ParameterTable
  readonly #owner: Within
  readonly #prepared: Prepared

  constructor(owner: Within, prepared: Prepared) {
    this.#owner = owner
    this.#prepared = prepared
    this.hasRows = prepared.hasRows
    this.writes = prepared.writes
    this.isReadonly = prepared.isReadonly
    this.parameters = prepared.parameters
  }

  get mayRunLong(): boolean {
    return this.#owner.within(() => this.#prepared.mayRunLong)
  }

  columns(): readonly OutputColumn[] {
    return this.#owner.within(() => this.#prepared.columns())
  }

  all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    return this.#owner.within(() => this.#prepared.all(params, mode, integers))
  }

  get(params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    return this.#owner.within(() => this.#prepared.get(params, mode, integers))
  }

  rows(params: readonly Value[], mode: RowMode, integers: Integers): IterableIterator<unknown> {
    const rows = this.#prepared.rows(params, mode, integers)
    const owner = this.#owner
    return {
      next: () => owner.within(() => rows.next()),
      return: () => owner.within(() => rows.return?.() ?? { value: undefined, done: true }),
      [Symbol.iterator]() {
        return this
      },
    }
  }

  run(params: readonly Value[]): void {
    this.#owner.within(() => this.#prepared.run(params))
  }
}
