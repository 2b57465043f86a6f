/** A statement that the connection itself answers, without a program: BEGIN, PRAGMA, EXPLAIN … */
import type { OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import { isBare, shownBare, shownBareSafe } from '../../runtime/index.ts'
import type { Prepared, RowMode, Session } from '../connection/session.ts'

export class PreparedAction implements Prepared {
  readonly hasRows: boolean
  readonly writes: boolean
  /** It cannot be cut. */
  readonly mayRunLong = false
  readonly parameters: ParameterTable
  readonly #connection: Session
  #columnNames: readonly string[]
  #answer: (params: readonly Value[]) => readonly (readonly Value[])[]
  #shape: (row: readonly Value[], mode: RowMode, safeIntegers: boolean) => unknown

  constructor(
    connection: Session,
    parameters: ParameterTable,
    columnNames: readonly string[],
    writes: boolean,
    answer: (params: readonly Value[]) => readonly (readonly Value[])[],
  ) {
    this.#connection = connection
    this.parameters = parameters
    this.hasRows = columnNames.length > 0
    this.writes = writes
    this.#columnNames = columnNames
    this.#answer = answer
    this.#shape = (row, mode, safeIntegers) => shapeRow(columnNames, row, mode, safeIntegers)
  }

  columns(): readonly OutputColumn[] {
    return this.#columnNames.map((name) => ({
      name,
      column: null,
      table: null,
      database: null,
      type: null,
    }))
  }

  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown[] {
    return this.#rows(params).map((row) => this.#shape(row, mode, safeIntegers))
  }

  #rows(params: readonly Value[]): readonly (readonly Value[])[] {
    return this.#connection.answering(() => this.#answer(params))
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown {
    const row = this.#rows(params)[0]
    return row === undefined ? undefined : this.#shape(row, mode, safeIntegers)
  }

  /** It is done when the first row is asked for. */
  *rows(params: readonly Value[], mode: RowMode, safeIntegers: boolean): IterableIterator<unknown> {
    yield* this.all(params, mode, safeIntegers)
  }

  run(params: readonly Value[]): void {
    this.#rows(params)
  }
}

function shapeRow(
  names: readonly string[],
  row: readonly Value[],
  mode: RowMode,
  safeIntegers: boolean,
): unknown {
  const show = isBare(mode) ? bareValue : showValue
  const values = row.map((value) => show(value, safeIntegers))
  if (mode === 'raw' || mode === 'bare-raw') return values
  if (mode === 'pluck') return values[0]
  const object = Object.fromEntries(names.map((name, i) => [name, values[i]]))
  if (mode === 'bare') return Object.assign(Object.create(null), object)
  return mode === 'expand' ? { $: object } : object
}

function bareValue(value: Value, safeIntegers: boolean): unknown {
  return safeIntegers ? shownBareSafe(value) : shownBare(value)
}

function showValue(value: Value, safeIntegers: boolean): unknown {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint') return safeIntegers ? value : Number(value)
  if (typeof value === 'number') {
    return safeIntegers && Number.isInteger(value) ? BigInt(value) : value
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value.value
}
