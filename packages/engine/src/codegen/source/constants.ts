/**
 * Many constants of a statement at one place: the items of an IN, the rows of VALUES. They are one array, made when the
 * program is emitted; where some of them are parameters, a copy that is filled in at the start of each run. So the source
 * does not grow with their number.
 */
import { isConstant } from '../../plan/index.ts'
import type {
  BoundConstantRows,
  BoundExpression,
  Constant,
  ParameterRows,
} from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import type { Generation } from './generation.ts'

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
    const values = this.pieces.map((piece) =>
      isParameters(piece) ? Array<Value>(piece.count).fill(null) : piece.values,
    )
    if (values.length === 1) return values[0]!
    // `concat` copies memory, but takes the pieces as arguments.
    return values.length > mostArguments ? values.flat() : new Array<Value>().concat(...values)
  }

  get hasParameters(): boolean {
    return this.pieces.some((piece) => isParameters(piece) || piece.parameterPlaces.length > 0)
  }

  /** The number of the first parameter, where all are parameters, numbered one after the other; else 0. */
  get firstOfParameters(): number {
    const [piece] = this.pieces
    if (piece === undefined) return 0
    let next = isParameters(piece) ? piece.first : (piece.parameterNumbers[0] ?? 0)
    const first = next
    for (const piece of this.pieces) {
      if (isParameters(piece)) {
        if (piece.first !== next) return 0
        next += piece.count
        continue
      }
      const { values, parameterNumbers: numbers } = piece
      if (numbers.length !== values.length) return 0
      for (let i = 0; i < numbers.length; i++) if (numbers[i] !== next++) return 0
    }
    return first
  }

  /** What makes the values of a run: nobody may change them. */
  reader(): (params: readonly Value[]) => readonly Value[] {
    const { pieces, size, firstOfParameters: first } = this
    if (first > 0) return (params) => params.slice(first - 1, first - 1 + size)
    const { values } = this
    if (!this.hasParameters) return () => values
    return (params) => filled(values, pieces, params)
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
    const count = isParameters(piece) ? piece.count : piece.values.length
    this.size += count
    if (isParameters(piece) || count > fewValues) {
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

type ValuesPiece = Pick<BoundConstantRows, 'values' | 'parameterPlaces' | 'parameterNumbers'>
/** Parameters alone, numbered one after the other. */
type ParametersPiece = Pick<ParameterRows, 'first' | 'count'>
type Piece = ValuesPiece | ParametersPiece

export function isParameters(piece: Piece): piece is ParametersPiece {
  return 'first' in piece
}

interface OpenPiece extends ValuesPiece {
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
  if (!constants.hasParameters) return emitter.slot(constants.values)
  const first = constants.firstOfParameters
  if (first > 0) {
    const name = emitter.fresh('constants')
    const end = emitter.slot(first - 1 + constants.size)
    generation.needParams()
    emitter.atStart(`const ${name} = params.slice(${emitter.slot(first - 1)}, ${end})`)
    return name
  }
  const values = emitter.slot(constants.values)
  const fill = emitter.use('filled', filled)
  const name = emitter.fresh('constants')
  generation.needParams()
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
    if (isParameters(piece)) {
      for (let i = 0; i < piece.count; i++) copy[first + i] = params[piece.first - 1 + i]!
      first += piece.count
      continue
    }
    const { parameterPlaces: places, parameterNumbers: numbers } = piece
    for (let i = 0; i < places.length; i++) copy[first + places[i]!] = params[numbers[i]! - 1]!
    first += piece.values.length
  }
  return copy
}
