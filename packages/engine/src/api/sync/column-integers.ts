/**
 * What INTEGERs are in single columns of a statement's answer. Its rows are asked for with bigints, and what is wanted otherwise is
 * made of them.
 */
import { callersMistake } from '../../base/foreign-error.ts'
import type { Value } from '../../record/index.ts'
import { shownInteger } from '../../runtime/index.ts'
import type { Integers, Prepared, RowMode } from '../connection/session.ts'
import { integersOf } from '../open/options.ts'

export class ColumnIntegers {
  readonly #prepared: Prepared
  readonly #named: ReadonlyMap<string, Integers>
  readonly #others: Integers

  /**
   * @param wanted by the names of columns
   * @param others of the columns that it does not name
   * @throws TypeError on a name that no column has
   */
  constructor(prepared: Prepared, wanted: object, others: Integers) {
    const names = new Set(prepared.columns().map(({ name }) => name))
    this.#prepared = prepared
    this.#others = others
    this.#named = new Map(
      Object.entries(wanted).map(([name, mode]) => {
        if (names.has(name)) return [name, integersOf(mode)]
        throw callersMistake(new TypeError(`There is no column "${name}"`))
      }),
    )
  }

  first<Row>(values: readonly Value[], mode: RowMode): Row | undefined {
    const row = this.#prepared.get(values, mode, 'bigint')
    return row === undefined ? undefined : (this.shaper(mode)(row) as Row)
  }

  all<Row>(values: readonly Value[], mode: RowMode): Row[] {
    return this.#prepared.all(values, mode, 'bigint').map(this.shaper(mode)) as Row[]
  }

  rows(values: readonly Value[], mode: RowMode): IterableIterator<unknown> {
    const rows = this.#prepared.rows(values, mode, 'bigint')
    let shape: ((row: unknown) => unknown) | null = null
    const shaped: IterableIterator<unknown> = {
      next: () => {
        const result = rows.next()
        if (result.done === true) return result
        shape ??= this.shaper(mode)
        return { value: shape(result.value), done: false }
      },
      return: () => rows.return?.() ?? { value: undefined, done: true },
      [Symbol.iterator]: () => shaped,
    }
    return shaped
  }

  /** What makes of a row with bigints the row that is wanted. */
  shaper(mode: RowMode): (row: unknown) => unknown {
    const byName = (row: unknown): unknown => this.#members(row as Record<string, unknown>)
    switch (mode) {
      case 'object':
      case 'bare':
        return byName
      case 'expand':
        return (row) => {
          for (const table of Object.values(row as object)) byName(table)
          return row
        }
      case 'raw':
      case 'bare-raw': {
        const names = this.#prepared.columns().map(({ name }) => name)
        return (row) => (row as unknown[]).map((value, i) => this.#value(names[i]!, value))
      }
      case 'pluck': {
        const { name } = this.#prepared.columns()[0]!
        return (value) => this.#value(name, value)
      }
      default:
        return mode satisfies never
    }
  }

  #members(row: Record<string, unknown>): object {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'bigint') row[name] = this.#value(name, value)
    }
    return row
  }

  #value(name: string, value: unknown): unknown {
    if (typeof value !== 'bigint') return value
    const integers = this.#named.get(name) ?? this.#others
    if (integers === 'bigint') return value
    const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    return isSafe ? Number(value) : shownInteger(value, integers)
  }
}
