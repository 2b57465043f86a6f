/** A statement that the connection itself answers, without a program: BEGIN, PRAGMA, EXPLAIN … */
import type { OutputColumn } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { ParameterTable } from '../../sql/index.ts'
import type { Slice, Work } from '../../runtime/index.ts'
import {
  complete,
  isBare,
  shownBare,
  shownBareSafe,
  showerOf,
  unsliced,
} from '../../runtime/index.ts'
import type { Integers, Prepared, RowMode, Session } from '../connection/session.ts'
import { allRows, isHeard, noRows, oneRow, toldStatement, ToldRows } from './told-statement.ts'
import type { Telling } from './told-statement.ts'

export class PreparedAction implements Prepared, Telling {
  /** The statement, where somebody may be told of it. */
  text: string | null = null
  readonly connection: Session
  readonly hasRows: boolean
  readonly writes: boolean
  readonly isReadonly: boolean
  /** What it does in slices; null: it cannot be cut. */
  readonly #work: ((params: readonly Value[]) => Work<readonly (readonly Value[])[]>) | null
  readonly parameters: ParameterTable
  #columnNames: readonly string[]
  #answer: (params: readonly Value[]) => readonly (readonly Value[])[]
  #shape: (row: readonly Value[], mode: RowMode, integers: Integers) => unknown

  constructor(
    connection: Session,
    parameters: ParameterTable,
    columnNames: readonly string[],
    writes: boolean,
    answer: (params: readonly Value[]) => readonly (readonly Value[])[],
    isReadonly: boolean = !writes,
    work: ((params: readonly Value[]) => Work<readonly (readonly Value[])[]>) | null = null,
  ) {
    this.#work = work
    this.connection = connection
    this.parameters = parameters
    this.hasRows = columnNames.length > 0
    this.writes = writes
    this.isReadonly = isReadonly
    this.#columnNames = columnNames
    this.#answer = answer
    this.#shape = (row, mode, integers) => shapeRow(columnNames, row, mode, integers)
  }

  get mayRunLong(): boolean {
    return this.#work !== null
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

  all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    if (isHeard(this)) {
      return toldStatement(this, allRows, () => this.#all(params, mode, integers))
    }
    return this.#all(params, mode, integers)
  }

  #all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    return this.#rows(params).map((row) => this.#shape(row, mode, integers))
  }

  #rows(params: readonly Value[]): readonly (readonly Value[])[] {
    return this.connection.answering(() => this.#answer(params))
  }

  get(params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    if (isHeard(this)) {
      return toldStatement(this, oneRow, () => this.#get(params, mode, integers))
    }
    return this.#get(params, mode, integers)
  }

  #get(params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    const row = this.#rows(params)[0]
    return row === undefined ? undefined : this.#shape(row, mode, integers)
  }

  rows(
    params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced = false,
  ): IterableIterator<unknown> {
    const rows = this.#rowsOf(params, mode, integers, isSliced)
    return isHeard(this) ? new ToldRows(this, rows) : rows
  }

  /** It is done when the first row is asked for. */
  *#rowsOf(
    params: readonly Value[],
    mode: RowMode,
    integers: Integers,
    isSliced: boolean,
  ): IterableIterator<unknown> {
    if (!isSliced || this.#work === null) {
      yield* this.#all(params, mode, integers)
      return
    }
    const rows = yield* this.#working(this.#work(params))
    for (const row of rows) yield this.#shape(row, mode, integers)
  }

  *#working(work: Work<readonly (readonly Value[])[]>): Work<readonly (readonly Value[])[]> {
    try {
      for (;;) {
        this.connection.context.slice.begin()
        const step = this.connection.answering(() => work.next())
        if (step.done === true) return step.value
        yield step.value
      }
    } finally {
      // It may be given up between two slices.
      work.return([])
    }
  }

  run(params: readonly Value[]): void {
    if (isHeard(this)) toldStatement(this, noRows, () => this.#rows(params))
    else this.#rows(params)
  }
}

/** One that is the same work in one go and in slices, and has no rows. */
export function slicedAction(
  connection: Session,
  parameters: ParameterTable,
  writes: boolean,
  work: (params: readonly Value[], slice: Slice) => Work<void>,
  isReadonly: boolean = !writes,
): PreparedAction {
  function* rows(params: readonly Value[], slice: Slice): Work<readonly (readonly Value[])[]> {
    connection.checkOpen()
    yield* work(params, slice)
    return []
  }
  return new PreparedAction(
    connection,
    parameters,
    [],
    writes,
    (params) => complete(rows(params, unsliced)),
    isReadonly,
    (params) => rows(params, connection.context.slice),
  )
}

function shapeRow(
  names: readonly string[],
  row: readonly Value[],
  mode: RowMode,
  integers: Integers,
): unknown {
  const [, usual] = showerOf(integers, false)
  const bare = integers === 'bigint' ? shownBareSafe : shownBare
  const values = row.map(isBare(mode) ? bare : usual)
  if (mode === 'raw' || mode === 'bare-raw') return values
  if (mode === 'pluck') return values[0]
  const object = Object.fromEntries(names.map((name, i) => [name, values[i]]))
  if (mode === 'bare') return Object.assign(Object.create(null), object)
  return mode === 'expand' ? { $: object } : object
}
