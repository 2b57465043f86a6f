/**
 * A bound statement to a program. A query is emitted anew for each way of running it that is asked for: as a loop that
 * collects all rows, as one that ends with the first, as a generator; for each row mode. Each is a function of
 * its own, so that each sees only one shape of row.
 */
import { compiling } from '../base/v8-error.ts'
import type { BoundQuery, BoundStatement, OutputColumn } from '../plan/index.ts'
import type { TextEncoding, Value } from '../record/index.ts'
import { wellFormedRow, wellFormedRows } from '../runtime/index.ts'
import type { ExecutionContext, RowMode } from '../runtime/index.ts'
import type { Catalog } from '../runtime/index.ts'
import { conditionOf, valueOf } from './expression/expression.ts'
import { bulkInsert } from './change/bulk-insert.ts'
import { emitDdl } from './schema/ddl.ts'
import { Generation } from './source/generation.ts'
import type { UsersPart } from './source/generation.ts'
import { emitInsert } from './change/insert.ts'
import { produceRows } from './query/produce.ts'
import type { CompileOptions, Program } from './program.ts'
import { rowText } from './query/output.ts'
import { emitDelete } from './change/delete.ts'
import { emitUpdate } from './change/update.ts'
import { columnsOfPlan, columnsOfStatement } from './source/visible.ts'
import type { ColumnsBySource } from './source/visible.ts'

/** The state for emitting one program that names these columns. */
function newGeneration(
  used: ColumnsBySource,
  encoding: TextEncoding,
  isGenerator = false,
  users?: UsersPart,
): Generation {
  const rules = { value: valueOf, condition: conditionOf, produce: produceRows }
  return new Generation(encoding, rules, used, isGenerator, users)
}

/** How a query is run. */
export type Way = 'all' | 'get' | 'iterate'

/** Emits a query. */
export function emitQuery(
  query: BoundQuery,
  encoding: TextEncoding,
  way: Way,
  mode: RowMode,
  safeIntegers: boolean,
  users?: UsersPart,
): Generation {
  const generation = newGeneration(columnsOfPlan(query.plan), encoding, way === 'iterate', users)
  const { emitter } = generation
  const row = (): string => rowText(generation, query, mode, safeIntegers, way === 'get')
  switch (way) {
    case 'all': {
      emitter.atStart('const out = []')
      emitter.once(() => generation.produce(query.plan, () => emitter.line(`out.push(${row()})`)))
      emitter.line('return out')
      break
    }
    case 'get': {
      emitter.atStart('let out')
      emitter.stoppable((stop) => {
        emitter.once(() =>
          generation.produce(query.plan, () => {
            emitter.line(`out = ${row()}`)
            emitter.stop(stop)
          }),
        )
      })
      emitter.line('return out')
      break
    }
    case 'iterate': {
      emitter.atStart('const out = []')
      const main = emitter.frame
      emitter.once(() =>
        generation.produce(query.plan, () => {
          if (emitter.frame === main) emitter.line(`yield ${row()}`)
          else {
            emitter.line(`out.push(${row()})`)
            emitter.frame.outputs = true
          }
        }),
      )
      break
    }
    default:
      way satisfies never
  }
  return generation
}

type Run<Result> = (params: readonly Value[]) => Result

const modes: readonly RowMode[] = ['object', 'raw', 'pluck', 'expand']

function usersPart({ collations }: ExecutionContext, { callsUsers }: CompileOptions): UsersPart {
  return { collations, callsUsers: callsUsers === true }
}

class QueryProgram implements Program {
  readonly catalog: Catalog
  readonly isReader = true
  readonly writes = false
  readonly columns: readonly OutputColumn[]
  readonly parameterCount: number
  readonly #query: BoundQuery
  readonly #context: ExecutionContext
  readonly #users: UsersPart
  // By mode, and with safe integers 4 further on.
  readonly #all: Run<unknown[]>[] = []
  readonly #get: Run<unknown>[] = []
  readonly #iterate: Run<IterableIterator<unknown>>[] = []

  constructor(query: BoundQuery, context: ExecutionContext, options: CompileOptions) {
    this.#query = query
    this.#context = context
    this.catalog = context.catalog
    this.columns = query.columns
    this.parameterCount = options.parameterCount
    this.#users = usersPart(context, options)
  }

  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown[] {
    const place = modes.indexOf(mode) + (safeIntegers ? 4 : 0)
    const run = (this.#all[place] ??= this.#build('all', mode, safeIntegers))
    return wellFormedRows(run(params), mode)
  }

  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown {
    const place = modes.indexOf(mode) + (safeIntegers ? 4 : 0)
    const run = (this.#get[place] ??= this.#build('get', mode, safeIntegers))
    return wellFormedRow(run(params), mode)
  }

  *iterate(
    params: readonly Value[],
    mode: RowMode,
    safeIntegers: boolean,
  ): IterableIterator<unknown> {
    const place = modes.indexOf(mode) + (safeIntegers ? 4 : 0)
    const run = (this.#iterate[place] ??= this.#build('iterate', mode, safeIntegers))
    for (const row of run(params)) yield wellFormedRow(row, mode)
  }

  get isReady(): boolean {
    return true
  }

  ready(): void {
    // Which form will be asked for is not known yet.
  }

  run(params: readonly Value[]): void {
    this.all(params, 'raw', false)
  }

  sourceText(): string {
    return this.#emit('all', 'object', false).emitter.source()
  }

  #emit(way: Way, mode: RowMode, safeIntegers: boolean): Generation {
    return emitQuery(this.#query, this.#context.encoding, way, mode, safeIntegers, this.#users)
  }

  #build<Result>(way: Way, mode: RowMode, safeIntegers: boolean): Run<Result> {
    return compiling(() => {
      const { emitter } = this.#emit(way, mode, safeIntegers)
      return emitter.build(this.#context) as Run<Result>
    })
  }
}

type BoundWrite = Exclude<BoundStatement, BoundQuery>

/** Emits a statement that changes the database. */
export function emitWrite(
  statement: BoundWrite,
  encoding: TextEncoding,
  catalog: Catalog,
  users?: UsersPart,
): Generation {
  const generation = newGeneration(columnsOfStatement(statement), encoding, false, users)
  switch (statement.kind) {
    case 'insert':
      emitInsert(generation, statement, catalog)
      break
    case 'update':
      emitUpdate(generation, statement)
      break
    case 'delete':
      emitDelete(generation, statement)
      break
    default:
      emitDdl(generation, statement)
  }
  return generation
}

/** INSERT, UPDATE, DELETE, CREATE, DROP: nothing to show. */
class WriteProgram implements Program {
  readonly catalog: Catalog
  readonly isReader = false
  readonly writes: boolean
  readonly columns: readonly OutputColumn[] = []
  readonly parameterCount: number
  readonly #statement: BoundWrite
  readonly #context: ExecutionContext
  readonly #users: UsersPart
  #run: Run<unknown> | null = null

  constructor(statement: BoundWrite, context: ExecutionContext, options: CompileOptions) {
    this.#statement = statement
    this.#context = context
    this.writes = changesSomething(statement)
    this.catalog = context.catalog
    this.parameterCount = options.parameterCount
    this.#users = usersPart(context, options)
  }

  all(params: readonly Value[]): unknown[] {
    this.run(params)
    return []
  }

  get(params: readonly Value[]): unknown {
    this.run(params)
    return undefined
  }

  iterate(params: readonly Value[]): IterableIterator<unknown> {
    return this.all(params).values()
  }

  get isReady(): boolean {
    return this.#run !== null
  }

  ready(): void {
    this.#run ??= compiling(() => this.#bulk() ?? this.#build())
  }

  #build(): Run<unknown> {
    return this.#emit().emitter.build(this.#context)
  }

  #bulk(): Run<unknown> | null {
    const { kind } = this.#statement
    if (kind !== 'insert') return null
    const bulk = bulkInsert(this.#statement, this.#context)
    if (bulk === null) return null
    let program: Run<unknown> | null = null
    return (params) => {
      // What had to be done by the program once is done by it from then on.
      if (program === null && bulk(params)) return undefined
      program ??= compiling(() => this.#build())
      return program(params)
    }
  }

  run(params: readonly Value[]): void {
    this.ready()
    this.#run!(params)
  }

  sourceText(): string {
    return this.#emit().emitter.source()
  }

  #emit(): Generation {
    return emitWrite(this.#statement, this.#context.encoding, this.catalog, this.#users)
  }
}

/** Not so where IF EXISTS or IF NOT EXISTS has found that there is nothing to do. */
function changesSomething(statement: BoundWrite): boolean {
  switch (statement.kind) {
    case 'create-table':
    case 'create-index':
    case 'create-view':
      return !statement.exists
    case 'drop':
      return statement.exists
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
  if (bound.kind === 'query') return new QueryProgram(bound, context, options)
  return new WriteProgram(bound, context, options)
}
