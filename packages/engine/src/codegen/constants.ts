/**
 * Many constants of a statement at one place: the items of an IN, the rows of VALUES. They are one array, made when the
 * program is emitted; where some of them are parameters, a copy that is filled in at the start of each run. So the source
 * does not grow with their number.
 */
import type { BoundConstantRows, BoundExpression } from '../plan/index.ts'
import type { Value } from '../record/index.ts'
import type { Generation } from './generation.ts'

/** An expression that has one value throughout a run, and cannot fail. */
export type Constant = Extract<BoundExpression, { kind: 'literal' | 'parameter' }>

export function isConstant(expression: BoundExpression): expression is Constant {
  return expression.kind === 'literal' || expression.kind === 'parameter'
}

/** Lists up to this length are written out, one slot for each constant. */
const longestWritten = 8

const mostArguments = 1000
/** So many values are cheaper to copy than to keep as a piece. */
const fewValues = 64

/** The values of many constants, taken apart. */
export class Constants {
  /** One after the other. The last may grow where it is `#open`; the others may belong to the plan. */
  readonly pieces: Piece[] = []
  #open: OpenPiece | null = null
  size = 0

  /** null where a parameter stands. */
  get values(): readonly Value[] {
    const values = this.pieces.map((piece) => piece.values)
    if (values.length === 1) return values[0]!
    // `concat` copies memory, but takes the pieces as arguments.
    return values.length > mostArguments ? values.flat() : new Array<Value>().concat(...values)
  }

  get hasParameters(): boolean {
    return this.pieces.some((piece) => piece.parameterPlaces.length > 0)
  }

  add(constant: Constant): void {
    const { values, parameterPlaces, parameterNumbers } = this.#grow()
    if (constant.kind === 'parameter') {
      parameterPlaces.push(values.length)
      parameterNumbers.push(constant.index)
    }
    values.push(constant.kind === 'literal' ? constant.value : null)
    this.size++
  }

  /** Few values are copied, so that there are not as many pieces as rows. */
  addPiece(piece: Piece): void {
    this.size += piece.values.length
    if (piece.values.length > fewValues) {
      this.pieces.push(piece)
      this.#open = null
      return
    }
    const { values, parameterPlaces, parameterNumbers } = this.#grow()
    for (const place of piece.parameterPlaces) parameterPlaces.push(values.length + place)
    for (const number of piece.parameterNumbers) parameterNumbers.push(number)
    for (const value of piece.values) values.push(value)
  }

  addAll(more: Constants): void {
    for (const piece of more.pieces) this.addPiece(piece)
  }

  #grow(): OpenPiece {
    if (this.#open !== null) return this.#open
    this.#open = { values: [], parameterPlaces: [], parameterNumbers: [] }
    this.pieces.push(this.#open)
    return this.#open
  }
}

type Piece = Pick<BoundConstantRows, 'values' | 'parameterPlaces' | 'parameterNumbers'>

interface OpenPiece extends Piece {
  readonly values: Value[]
  readonly parameterPlaces: number[]
  readonly parameterNumbers: number[]
}

/** The items, where they are so many constants that they should be one array; else null. */
export function manyConstants(items: readonly BoundExpression[]): Constants | null {
  if (items.length <= longestWritten || !items.every(isConstant)) return null
  const constants = new Constants()
  for (const item of items) constants.add(item)
  return constants
}

/** What stands for an array with the values of `constants`, which nobody may change. */
export function constantArray(generation: Generation, constants: Constants): string {
  const { emitter } = generation
  const values = emitter.slot(constants.values)
  if (!constants.hasParameters) return values
  const fill = emitter.use('filled', filled)
  const name = emitter.fresh('constants')
  emitter.atStart(`const ${name} = ${fill}(${values}, ${emitter.slot(constants.pieces)}, params)`)
  return name
}

/** `values`, which are those of `pieces`, with the parameters at their places. */
function filled(
  values: readonly Value[],
  pieces: readonly Piece[],
  params: readonly Value[],
): readonly Value[] {
  const copy = values.slice()
  let first = 0
  for (const piece of pieces) {
    const { parameterPlaces: places, parameterNumbers: numbers } = piece
    for (let i = 0; i < places.length; i++) copy[first + places[i]!] = params[numbers[i]! - 1]!
    first += piece.values.length
  }
  return copy
}
