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
import { isConstant, isConstantRows, mapOperands, rowCount, sameShape } from '../../plan/index.ts'
import type { BoundExpression, SourceId, ValuesNode, ValuesRow } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import { Constants, constantArray, isParameters } from '../source/constants.ts'
import type { Frame } from '../emit/block.ts'
import type { Generation, Source } from '../source/generation.ts'
import {
  anyValue,
  fractionKind,
  integerKind,
  kindOfValue,
  kindsOfParameter,
  nullKind,
  textKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { ExpressionsSource, ValuesSource } from '../source/sources.ts'

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
  const { rows } = node
  const isFew = rows.length <= mostWritten && !rows.some(isConstantRows)
  const runs = isFew ? (rows as readonly Row[]).map(written) : runsOf(rows, cellsOf(node))
  if (runs.length === 1 && runs[0]!.cells === null) {
    bind(new ExpressionsSource(generation, runs[0]!.row))
    consume()
    return
  }
  if (runs.length === 1) {
    const [run] = runs
    produceRun(generation, cellsOf(node), run!, () => {
      bind(new ExpressionsSource(generation, run!.row))
      consume()
    })
    return
  }
  const kinds = kindsOfRuns(runs)
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
  readonly cells: Constants | null
  readonly width: number
  count: number
}

function written(row: Row): Run {
  return { row, cells: null, width: 0, count: 1 }
}

function runsOf(rows: readonly ValuesRow[], source: SourceId): Run[] {
  const runs: Run[] = []
  for (const row of rows) {
    const cells = new Constants()
    const isMany = isConstantRows(row)
    const shape: Row = isMany
      ? Array.from({ length: row.width }, (_, column) => cell(source, column))
      : row.map((expression) => withCells(expression, source, cells))
    let run = runs.at(-1)
    if (run === undefined || !run.row.every((term, i) => sameShape(term, shape[i]!))) {
      run = { row: shape, cells: new Constants(), width: isMany ? row.width : cells.size, count: 0 }
      runs.push(run)
    }
    if (isMany) run.cells!.addPiece(row)
    else run.cells!.addAll(cells)
    run.count += isMany ? rowCount([row]) : 1
  }
  return runs
}

/** The expression with a column of `source` for each constant. Those of subqueries stay. */
function withCells(
  expression: BoundExpression,
  source: SourceId,
  cells: Constants,
): BoundExpression {
  if (!isConstant(expression)) {
    return mapOperands(
      expression,
      (operand) => withCells(operand, source, cells),
      (query) => query,
    )
  }
  cells.add(expression)
  return cell(source, cells.size - 1)
}

function cell(source: SourceId, column: number): BoundExpression {
  return { kind: 'column', source, column, name: '', affinity: 'blob', collation: 'BINARY' }
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
    this.#kinds = kindsOfCells(cells!, width)
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

/** Each piece begins with a row. Where nothing is known of any column there is nothing more to find out. */
function kindsOfCells({ pieces }: Constants, width: number): Kinds[] {
  const kinds: Kinds[] = Array(width).fill(0)
  let known = width
  for (const piece of pieces) {
    if (isParameters(piece)) return kinds.fill(anyValue)
    const { values, parameterPlaces: places } = piece
    for (let i = 0; i < places.length && known > 0; i++) {
      const column = places[i]! % width
      if (kinds[column] !== anyValue) known--
      kinds[column] = anyValue
    }
    for (let column = 0; column < width; column++) {
      if (kinds[column] !== anyValue) kinds[column]! |= kindsOfColumn(values, column, width)
    }
  }
  return kinds
}

/** Of every `width`th value, from `first` on. There may be very many: one small loop, which is soon compiled. */
function kindsOfColumn(values: readonly Value[], first: number, width: number): Kinds {
  let kinds = 0
  for (let i = first; i < values.length; i += width) {
    const value = values[i]!
    if (typeof value === 'string') kinds |= textKind
    else if (typeof value === 'number')
      kinds |= Number.isInteger(value) ? integerKind : fractionKind
    else if (value === null) kinds |= nullKind
    else kinds |= kindOfValue(value)
  }
  return kinds
}

/** What each column can be in any of the rows. */
function kindsOfRuns(runs: readonly Run[]): readonly Kinds[] {
  const kinds: Kinds[] = runs[0]!.row.map(() => 0)
  for (const { row, cells, width } of runs) {
    const own = cells === null ? [] : kindsOfCells(cells, width)
    row.forEach((term, i) => (kinds[i]! |= kindsOfTerm(term, cells === null ? null : own)))
  }
  return kinds
}

/** `cells`: what columns are; null: there are none. */
function kindsOfTerm(term: BoundExpression, cells: readonly Kinds[] | null): Kinds {
  if (term.kind === 'literal') return kindOfValue(term.value)
  if (term.kind === 'parameter') return kindsOfParameter(term)
  return term.kind === 'column' && cells !== null && term.source < 0
    ? cells[term.column]!
    : anyValue
}
