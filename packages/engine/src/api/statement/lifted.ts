/**
 * A statement whose literals were lifted: a program that it shares with all texts that differ only in them, and the
 * values that its own text has. Users see it without parameters.
 */
import type { OutputColumn } from '../../plan/index.ts'
import { integerValue, realValue, type Value } from '../../record/index.ts'
import type { LiftedLiteral, ParameterTable } from '../../sql/index.ts'
import type { Prepared, RowMode } from '../connection/session.ts'

const noParameters: ParameterTable = { count: 0, names: [] }

/** The values of lifted literals; null when one is not what it looks like (an integer beyond 64 bits). */
export function valuesOf(literals: readonly LiftedLiteral[]): readonly Value[] | null {
  const values: Value[] = []
  for (const { kind, text } of literals) {
    if (kind === 'text') {
      values.push(text)
    } else if (kind === 'real') {
      values.push(realValue(Number(text)))
    } else if (text.length <= 15 && !text.startsWith('0x') && !text.startsWith('0X')) {
      values.push(Number(text))
    } else {
      const value = BigInt(text)
      if (value > 9223372036854775807n) return null
      values.push(integerValue(value))
    }
  }
  return values
}

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

  get mayRunLong(): boolean {
    return this.#shared.mayRunLong
  }

  columns(): readonly OutputColumn[] {
    return this.#shared.columns()
  }

  all(_params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown[] {
    return this.#shared.all(this.#values, mode, safeIntegers)
  }

  get(_params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown {
    return this.#shared.get(this.#values, mode, safeIntegers)
  }

  rows(
    _params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
    isSliced = false,
  ): IterableIterator<unknown> {
    return this.#shared.rows(this.#values, mode, safeIntegers, isSliced)
  }

  run(): void {
    this.#shared.run(this.#values)
  }
}
