/**
 * A statement whose literals were lifted: a program that it shares with all texts that differ only in them, and the
 * values that its own text has. Users see it without parameters.
 */
import type { OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import type { Integers, Prepared, RowMode } from '../connection/session.ts'

const noParameters: ParameterTable = { count: 0, names: [] }

export class LiftedStatement implements Prepared {
  readonly parameters: ParameterTable = noParameters
  readonly #shared: Prepared
  readonly #values: readonly Value[]

  constructor(shared: Prepared, values: readonly Value[]) {
    this.#shared = shared
    this.#values = values
  }

  get hasRows(): boolean {
    return this.#shared.hasRows
  }

  get writes(): boolean {
    return this.#shared.writes
  }

  get isReadonly(): boolean {
    return this.#shared.isReadonly
  }

  get mayRunLong(): boolean {
    return this.#shared.mayRunLong
  }

  columns(): readonly OutputColumn[] {
    return this.#shared.columns()
  }

  all(_params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    return this.#shared.all(this.#values, mode, integers)
  }

  get(_params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    return this.#shared.get(this.#values, mode, integers)
  }

  rows(
    _params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced = false,
  ): IterableIterator<unknown> {
    return this.#shared.rows(this.#values, mode, integers, isSliced)
  }

  run(): void {
    this.#shared.run(this.#values)
  }
}
