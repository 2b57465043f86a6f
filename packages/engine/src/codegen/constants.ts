/**
 * Many constants of a statement at one place: the items of an IN, the rows of VALUES. They are one array, made when the
 * program is emitted; where some of them are parameters, a copy that is filled in at the start of each run. So the source
 * does not grow with their number.
 */
import type { BoundExpression } from '../plan/index.ts'
import type { Value } from '../record/index.ts'
import type { Generation } from './generation.ts'

/** An expression that has one value throughout a run, and cannot fail. */
export type Constant = Extract<BoundExpression, { kind: 'literal' | 'parameter' }>

export function isConstant(expression: BoundExpression): expression is Constant {
  return expression.kind === 'literal' || expression.kind === 'parameter'
}

/** Lists up to this length are written out, one slot for each constant. */
const longestWritten = 8

/** The items, where they are so many constants that they should be one array; else null. */
export function manyConstants(items: readonly BoundExpression[]): readonly Constant[] | null {
  return items.length > longestWritten && items.every(isConstant) ? items : null
}

/** What stands for an array with the values of `constants`, which nobody may change. */
export function constantArray(generation: Generation, constants: readonly Constant[]): string {
  const { emitter } = generation
  const values: Value[] = []
  const places: number[] = []
  const parameters: number[] = []
  for (const [place, constant] of constants.entries()) {
    if (constant.kind === 'literal') values.push(constant.value)
    else {
      values.push(null)
      places.push(place)
      parameters.push(constant.index - 1)
    }
  }
  if (places.length === 0) return emitter.slot(values)
  const fill = emitter.use('filled', filled)
  const args = [values, places, parameters].map((list) => emitter.slot(list))
  const name = emitter.fresh('constants')
  emitter.atStart(`const ${name} = ${fill}(${args.join(', ')}, params)`)
  return name
}

/** `values` with parameters at their places. */
function filled(
  values: readonly Value[],
  places: readonly number[],
  parameters: readonly number[],
  params: readonly Value[],
): readonly Value[] {
  const copy = values.slice()
  for (let i = 0; i < places.length; i++) copy[places[i]!] = params[parameters[i]!]!
  return copy
}
