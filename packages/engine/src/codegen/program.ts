/**
 * A compiled statement, linked to a connection, which runs it any number of times. Whether it delivers rows (`columns`) and whether
 * it changes the database (`writes`) have nothing to do with each other.
 *
 * It has a function for each way of handing rows over and each row mode, emitted when it is first asked for:
 *
 * | form | answers |
 * |---|---|
 * | `all`  | an array of all rows |
 * | `get`  | the first row, or `undefined`. A statement that changes something does all of that |
 * | `rows` | the rows one by one. A statement that changes something does all of that before the first |
 * | `sliced` | the same in slices: now and then the `Slice` of the connection instead of a row (`runtime/slice.ts`) |
 *
 * A statement without columns has `run`, and `sliced`.
 */
import { used } from '../base/first-use.ts'
import { compiling } from '../base/v8-error.ts'
import { mayRunLong } from '../plan/index.ts'
import type { BoundStatement, OutputColumn } from '../plan/index.ts'
import type { Value } from '../record/index.ts'
import { wellFormedRow, wellFormedRows } from '../runtime/index.ts'
import type { Catalog, ExecutionContext, Integers, RowMode } from '../runtime/index.ts'
import { bulkInsert } from './change/bulk-insert.ts'
import { emitStatement, runShape } from './compile.ts'
import type { Form, Shape } from './query/delivery.ts'
import type { UsersPart } from './source/generation.ts'

export interface CompileOptions {
  readonly parameterCount: number
  /** It calls functions that the connection has defined, or compares by them. */
  readonly callsUsers?: boolean
  /** Functions that may run statements of the connection are among them. */
  readonly callsReentrant?: boolean
}

type Run<Result> = (params: readonly Value[]) => Result

const modes: readonly RowMode[] = ['object', 'raw', 'pluck', 'expand', 'bare', 'bare-raw']

/** Of a row mode, and what becomes of INTEGERs. */
function placeOf(mode: RowMode, integers: Integers): number {
  const place = modes.indexOf(mode)
  switch (integers) {
    case 'exact':
      return place
    case 'rounded':
      return place + 6
    case 'bigint':
      return place + 12
    case 'mixed':
      return place + 18
    default:
      return integers satisfies never
  }
}

export class Program {
  /** The schemas that it was compiled for. */
  readonly catalog: Catalog
  /** Of the rows that it delivers; none: it delivers no rows. */
  readonly columns: readonly OutputColumn[]
  /** It changes the database. */
  readonly writes: boolean
  readonly parameterCount: number
  readonly #statement: BoundStatement
  readonly #context: ExecutionContext
  readonly #users: UsersPart
  readonly #all: Run<unknown[]>[] = []
  readonly #get: Run<unknown>[] = []
  readonly #rows: Run<IterableIterator<unknown>>[] = []
  readonly #sliced: Run<IterableIterator<unknown>>[] = []
  #run: Run<unknown> | null = null
  #mayRunLong: boolean | null = null

  constructor(statement: BoundStatement, context: ExecutionContext, options: CompileOptions) {
    this.#statement = statement
    this.#context = context
    const { callsUsers = false, callsReentrant = false } = options
    this.#users = { collations: context.collations, callsUsers, callsReentrant }
    this.catalog = context.catalog
    this.columns = columnsOf(statement)
    this.writes = changesSomething(statement)
    this.parameterCount = options.parameterCount
  }

  all(params: readonly Value[], mode: RowMode, integers: Integers): unknown[] {
    if (this.columns.length === 0) {
      this.run(params)
      return []
    }
    const run = (this.#all[placeOf(mode, integers)] ??= this.#build('all', mode, integers))
    return wellFormedRows(run(params), mode)
  }

  get(params: readonly Value[], mode: RowMode, integers: Integers): unknown {
    if (this.columns.length === 0) {
      this.run(params)
      return undefined
    }
    const run = (this.#get[placeOf(mode, integers)] ??= this.#build('get', mode, integers))
    return wellFormedRow(run(params), mode)
  }

  *rows(params: readonly Value[], mode: RowMode, integers: Integers): IterableIterator<unknown> {
    if (this.columns.length === 0) {
      this.run(params)
      return
    }
    const place = placeOf(mode, integers)
    const run = (this.#rows[place] ??= this.#build('rows', mode, integers))
    for (const row of run(params)) yield wellFormedRow(row, mode)
  }

  /** As `rows`, and the `Slice` wherever the event loop should have its turn. Texts in rows have yet to be made well-formed (`wellFormedRow`). */
  sliced(params: readonly Value[], mode: RowMode, integers: Integers): IterableIterator<unknown> {
    const place = placeOf(mode, integers)
    const run = (this.#sliced[place] ??= this.#build('sliced', mode, integers))
    return run(params)
  }

  /** It is worth running in slices. */
  get mayRunLong(): boolean {
    return (this.#mayRunLong ??= mayRunLong(this.#statement))
  }

  /** Runs to the end; nobody wants the rows. What it changes is counted in the context. */
  run(params: readonly Value[]): void {
    if (this.columns.length > 0) this.all(params, 'raw', 'rounded')
    else (this.#run ??= this.#buildRun())(params)
  }

  /** The function has been emitted. */
  isReady(form: Form | 'run', mode: RowMode, integers: Integers): boolean {
    if (this.columns.length === 0 && form !== 'sliced') return this.#run !== null
    return this.#functions(form)[placeOf(mode, integers)] !== undefined
  }

  /** Emits the function, in a read transaction: who writes is not to wait for that with the writer's lock. */
  ready(form: Form | 'run', mode: RowMode, integers: Integers): void {
    if (this.columns.length === 0 && form !== 'sliced') {
      this.#run ??= this.#buildRun()
      return
    }
    const place = placeOf(mode, integers)
    const functions = this.#functions(form)
    functions[place] ??= this.#build(form === 'run' ? 'all' : form, mode, integers)
  }

  #functions(form: Form | 'run'): Run<unknown>[] {
    switch (form) {
      case 'all':
      case 'run':
        return this.#all
      case 'get':
        return this.#get
      case 'rows':
        return this.#rows
      case 'sliced':
        return this.#sliced
      default:
        return form satisfies never
    }
  }

  #build<Result>(form: Form, mode: RowMode, integers: Integers): Run<Result> {
    used.add(form)
    return this.#emit({ form, mode, integers }) as Run<Result>
  }

  #buildRun(): Run<unknown> {
    return compiling(() => this.#bulk()) ?? this.#emit(runShape)
  }

  #emit(shape: Shape): Run<unknown> {
    const { encoding } = this.#context
    return compiling(() =>
      emitStatement(this.#statement, encoding, this.catalog, shape, this.#users).emitter.build(
        this.#context,
      ),
    )
  }

  #bulk(): Run<unknown> | null {
    const { kind } = this.#statement
    if (kind !== 'insert') return null
    const bulk = bulkInsert(this.#statement, this.#context)
    if (bulk === null) return null
    let run: Run<unknown> | null = null
    return (params) => {
      // What had to be done by emitted code once is done by it from then on.
      if (run === null && bulk(params)) return undefined
      run ??= this.#emit(runShape)
      return run(params)
    }
  }

  /** The emitted JavaScript of one function. */
  sourceText(shape: Shape = this.columns.length === 0 ? runShape : shownShape): string {
    const { encoding } = this.#context
    const { emitter } = emitStatement(this.#statement, encoding, this.catalog, shape, this.#users)
    return emitter.source()
  }
}

const shownShape: Shape = { form: 'all', mode: 'object', integers: 'rounded' }

function columnsOf(statement: BoundStatement): readonly OutputColumn[] {
  switch (statement.kind) {
    case 'query':
      return statement.columns
    case 'insert':
    case 'update':
    case 'delete':
    case 'view-change':
      return statement.returning?.columns ?? []
    default:
      return []
  }
}

/** Not so where IF EXISTS, IF NOT EXISTS or REINDEX has found that there is nothing to do. */
function changesSomething(statement: BoundStatement): boolean {
  switch (statement.kind) {
    case 'query':
      return false
    case 'create-table':
    case 'create-index':
    case 'create-view':
    case 'create-trigger':
    case 'create-virtual-table':
      return !statement.exists
    case 'drop':
      return statement.exists
    case 'reindex':
      return statement.writes
    default:
      return true
  }
}

/** The program of a statement, linked to a connection. */
export function compileStatement(
  bound: BoundStatement,
  context: ExecutionContext,
  options: CompileOptions,
): Program {
  return new Program(bound, context, options)
}
