/**
 * A statement whose literals were lifted: a program that it shares with all texts that differ only in them, and the
 * values that its own text has. Users see it without parameters.
 */
import type { OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import type { Integers, Prepared, RowMode, Session } from '../connection/session.ts'
import { allRows, isHeard, noRows, oneRow, toldStatement, ToldRows } from './told-statement.ts'
import type { Telling } from './told-statement.ts'

const noParameters: ParameterTable = { count: 0, names: [] }

export class LiftedStatement implements Prepared, Telling {
  readonly connection: Session
  readonly text: string
  readonly parameters: ParameterTable = noParameters
  readonly #shared: Prepared
  readonly #values: readonly Value[]

  /** @param text its own */
  constructor(connection: Session, shared: Prepared, values: readonly Value[], text: string) {
    this.connection = connection
    this.text = text
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
    if (!isHeard(this)) return this.#shared.all(this.#values, mode, integers)
    return toldStatement(this, allRows, () => this.#shared.all(this.#values, mode, integers))
  }

  get(_params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    if (!isHeard(this)) return this.#shared.get(this.#values, mode, integers)
    return toldStatement(this, oneRow, () => this.#shared.get(this.#values, mode, integers))
  }

  rows(
    _params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced = false,
  ): IterableIterator<unknown> {
    const rows = this.#shared.rows(this.#values, mode, integers, isSliced)
    return isHeard(this) ? new ToldRows(this, rows) : rows
  }

  run(): void {
    if (isHeard(this)) toldStatement(this, noRows, () => this.#shared.run(this.#values))
    else this.#shared.run(this.#values)
  }
}
