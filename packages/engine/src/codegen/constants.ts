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
  /** Of parameters. */
  readonly places: number[] = []
  /** Of parameters, from 1. */
  readonly numbers: number[] = []
  /** Pieces of `values`, of which the last may grow unless it belongs to a plan. */
  #pieces: (readonly Value[])[] = []
  #last: Value[] | null = null
  #size = 0

  /** null where a parameter stands. */
  get values(): readonly Value[] {
    const pieces = this.#pieces
    // `concat` copies memory, but takes the pieces as arguments.
    if (pieces.length > mostArguments) this.#pieces = [pieces.flat()]
    else if (pieces.length !== 1) this.#pieces = [new Array<Value>().concat(...pieces)]
    this.#last = null
    return this.#pieces[0]!
  }

  get size(): number {
    return this.#size
  }

  add(constant: Constant): void {
    const isLiteral = constant.kind === 'literal'
    if (!isLiteral) {
      this.places.push(this.#size)
      this.numbers.push(constant.index)
    }
    if (this.#last === null) this.#pieces.push((this.#last = []))
    this.#last.push(isLiteral ? constant.value : null)
    this.#size++
  }

  addRows({ values, parameterPlaces, parameterNumbers }: BoundConstantRows): void {
    this.#add(values, parameterPlaces, parameterNumbers)
  }

  addAll(more: Constants): void {
    this.#add(more.values, more.places, more.numbers)
  }

  /** Few values are copied, so that there are not as many pieces as rows. */
  #add(values: readonly Value[], places: readonly number[], numbers: readonly number[]): void {
    for (let i = 0; i < places.length; i++) {
      this.places.push(this.#size + places[i]!)
      this.numbers.push(numbers[i]!)
    }
    this.#size += values.length
    if (values.length > fewValues) {
      this.#pieces.push(values)
      this.#last = null
      return
    }
    if (this.#last === null) this.#pieces.push((this.#last = []))
    for (const value of values) this.#last.push(value)
  }
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
  const { values, places, numbers } = constants
  if (places.length === 0) return emitter.slot(values)
  const fill = emitter.use('filled', filled)
  const args = [values, places, numbers].map((list) => emitter.slot(list))
  const name = emitter.fresh('constants')
  emitter.atStart(`const ${name} = ${fill}(${args.join(', ')}, params)`)
  return name
}

/** `values` with the parameters of these numbers at their places. */
function filled(
  values: readonly Value[],
  places: readonly number[],
  numbers: readonly number[],
  params: readonly Value[],
): readonly Value[] {
  const copy = values.slice()
  for (let i = 0; i < places.length; i++) copy[places[i]!] = params[numbers[i]! - 1]!
  return copy
}
