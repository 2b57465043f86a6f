/**
 * VALUES. A few rows are written out one after another. Of many, those that follow each other and differ in literals and
 * parameters alone are one loop over an array of these, their *cells*, so that the source does not grow with the rows:
 *
 * ```sql
 * VALUES (1, upper('a'), ?), (2, upper('b'), ?), …
 * ```
 * ```js
 * for (let i0 = 0; i0 < constants0.length; i0 += 3) {
 *   const v0 = constants0[i0], v1 = sql_upper(constants0[i0 + 1]), v2 = constants0[i0 + 2]
 * ```
 */
import { mapOperands, sameShape } from '../plan/index.ts'
import type { BoundExpression, SourceId, ValuesNode } from '../plan/index.ts'
import { constantArray, isConstant } from './constants.ts'
import type { Constant } from './constants.ts'
import type { Frame } from './emitter.ts'
import type { Generation, Source } from './generation.ts'
import { anyValue, kindOfValue } from './kinds.ts'
import type { Code, Kinds } from './kinds.ts'
import { ExpressionsSource, ValuesSource } from './sources.ts'

type Row = readonly BoundExpression[]

/** Rows up to this number are written out. */
const mostWritten = 8

/** The number under which the cells of a row are known in the loop over many. Those of plans are not negative. */
function cellsOf(node: ValuesNode): SourceId {
  return -1 - node.source
}

export function produceValues(generation: Generation, node: ValuesNode, consume: () => void): void {
  const { emitter } = generation
  const bind = (source: Source): void => void generation.sources.set(node.source, source)
  if (node.rows.length === 1) {
    bind(new ExpressionsSource(generation, node.rows[0]!))
    consume()
    return
  }
  const runs =
    node.rows.length > mostWritten ? runsOf(node.rows, cellsOf(node)) : node.rows.map(written)
  if (runs.length === 1) {
    const [run] = runs
    produceRun(generation, cellsOf(node), run!, () => {
      bind(new ExpressionsSource(generation, run!.row))
      consume()
    })
    return
  }
  const kinds = kindsOfRows(node.rows)
  let row: Frame | null = null
  const body = (): void => {
    consume()
    emitter.line('return 0')
  }
  for (const run of runs) {
    emitter.once(() => {
      produceRun(generation, cellsOf(node), run, () => {
        bind(new ValuesSource(generation, run.row, kinds))
        row ??= emitter.function('row', 'return 0', body)
        emitter.callConsumer(row)
      })
    })
  }
}

/** Rows after one another that differ in their cells alone. */
interface Run {
  /** The row; with cells for its constants unless there are none. */
  readonly row: Row
  /** The cells of all rows, one row after the other; null: one row, as written. */
  readonly cells: Constant[] | null
  readonly width: number
  count: number
}

function written(row: Row): Run {
  return { row, cells: null, width: 0, count: 1 }
}

function runsOf(rows: readonly Row[], source: SourceId): Run[] {
  const runs: Run[] = []
  for (const row of rows) {
    const cells: Constant[] = []
    const shape = row.map((expression) => withCells(expression, source, cells))
    const last = runs.at(-1)
    if (last !== undefined && last.row.every((term, i) => sameShape(term, shape[i]!))) {
      for (const cell of cells) last.cells!.push(cell)
      last.count++
    } else runs.push({ row: shape, cells, width: cells.length, count: 1 })
  }
  return runs
}

/** The expression with a column of `source` for each constant. Those of subqueries stay. */
function withCells(
  expression: BoundExpression,
  source: SourceId,
  cells: Constant[],
): BoundExpression {
  if (!isConstant(expression)) {
    return mapOperands(
      expression,
      (operand) => withCells(operand, source, cells),
      (query) => query,
    )
  }
  const column = cells.push(expression) - 1
  return {
    kind: 'column',
    source,
    column,
    name: '',
    affinity: 'blob',
    collation: 'BINARY',
  }
}

function produceRun(generation: Generation, source: SourceId, run: Run, row: () => void): void {
  const { emitter } = generation
  const { cells, width, count } = run
  if (cells === null) {
    row()
    return
  }
  const place = emitter.fresh('i')
  const list = width === 0 ? '' : constantArray(generation, cells)
  const step = width === 0 ? 1 : width
  const end = width === 0 ? String(count) : `${list}.length`
  emitter.loop(`for (let ${place} = 0; ${place} < ${end}; ${place} += ${step})`, () => {
    generation.sources.set(source, new CellsSource(generation, list, place, run))
    row()
  })
}

/** The cells of the current row. */
class CellsSource implements Source {
  readonly frame: Frame
  readonly #list: string
  readonly #place: string
  readonly #kinds: readonly Kinds[]
  readonly #codes: Code[] = []

  constructor(generation: Generation, list: string, place: string, { cells, width }: Run) {
    this.frame = generation.emitter.frame
    this.#list = list
    this.#place = place
    const kinds: Kinds[] = Array(width).fill(0)
    for (const [i, cell] of cells!.entries()) kinds[i % width]! |= kindsOfConstant(cell)
    this.#kinds = kinds
  }

  kinds(column: number): Kinds {
    return this.#kinds[column]!
  }

  column(column: number): Code {
    const known = this.#codes[column]
    if (known !== undefined) return known
    const text =
      column === 0 ? `${this.#list}[${this.#place}]` : `${this.#list}[${this.#place} + ${column}]`
    return (this.#codes[column] = { text, kinds: this.#kinds[column]!, simple: true })
  }
}

function kindsOfConstant(constant: Constant): Kinds {
  return constant.kind === 'literal' ? kindOfValue(constant.value) : anyValue
}

/** What each column can be in any of the rows. */
function kindsOfRows(rows: readonly Row[]): readonly Kinds[] {
  return rows[0]!.map((_, column) =>
    rows.reduce((all: Kinds, row) => {
      const term = row[column]!
      return all | (term.kind === 'literal' ? kindOfValue(term.value) : anyValue)
    }, 0),
  )
}
