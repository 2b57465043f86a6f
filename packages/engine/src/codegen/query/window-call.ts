/**
 * Functions over a frame whose rows step a running answer: aggregates, and first_value() and its kin where something is excluded
 * from the frame. The answer is kept in variables of the partition.
 */
import type { AggregateCall, WindowCall } from '../../plan/index.ts'
import { assert } from '../../base/assert.ts'
import {
  AverageState,
  SlidingExtreme,
  SumState,
  TotalState,
  nthPlace,
} from '../../runtime/index.ts'
import { collationSlot } from '../expression/collation.ts'
import { compareText } from '../expression/comparison.ts'
import {
  anyValue,
  fractionKind,
  integerKind,
  notNullTest,
  nullKind,
  realKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { argumentOf } from './aggregate-call.ts'
import type { Partition } from './window-names.ts'

/** Each is emitted where the sources are bound to the row that it is about. */
export interface FramedCode {
  /** Declares the answer where a partition begins. */
  readonly begin: () => void
  /** Begins anew. */
  readonly reset: () => void
  /** A row enters. */
  readonly step: () => void
  /** The oldest row leaves; null: it cannot be taken back. */
  readonly inverse: (() => void) | null
  readonly result: () => Code
}

/** @param moves rows leave the frame */
export function framedCode(partition: Partition, call: WindowCall, moves: boolean): FramedCode {
  const { function: f, args, filter, collation } = call
  if (f.kind === 'window') return valueCode(partition, call)
  const aggregate = { function: f.function, args, filter, collation, distinct: false, orderBy: [] }
  const code = aggregateCodeOf(partition, aggregate, moves)
  if (filter === null) return code
  const { generation } = partition
  const filtered = (body: () => void) => (): void =>
    generation.emitter.nested(`if (${generation.condition(filter, false)})`, body)
  return {
    ...code,
    step: filtered(code.step),
    inverse: code.inverse === null ? null : filtered(code.inverse),
  }
}

function aggregateCodeOf(partition: Partition, call: AggregateCall, moves: boolean): FramedCode {
  const { function: f } = call
  switch (f.isUsers === true ? '' : f.name) {
    case 'count':
      return countCode(partition, call)
    case 'sum':
    case 'total':
    case 'avg':
      return sumCode(partition, call)
    case 'min':
    case 'max':
      return moves ? slidingCode(partition, call) : extremeCode(partition, call)
    default:
      return stateCode(partition, call)
  }
}

function operands({ generation }: Partition, call: AggregateCall): Code[] {
  const { emitter } = generation
  return call.args.map((arg) => emitter.name(argumentOf(generation, call, generation.value(arg))))
}

function values(partition: Partition, call: AggregateCall): string {
  const { generation } = partition
  return operands(partition, call)
    .map((code) => generation.toValue(code).text)
    .join(', ')
}

function countCode(partition: Partition, call: AggregateCall): FramedCode {
  const { emitter } = partition.generation
  const cell = emitter.fresh('count')
  const change = (operator: '++' | '--') => (): void => {
    const [arg] = operands(partition, call)
    const test = arg === undefined ? null : notNullTest(arg)
    emitter.line(test === null ? `${cell}${operator}` : `if (${test}) ${cell}${operator}`)
  }
  return {
    begin: () => emitter.line(`let ${cell} = 0`),
    reset: () => emitter.line(`${cell} = 0`),
    step: change('++'),
    inverse: change('--'),
    result: () => ({ text: cell, kinds: integerKind, simple: false }),
  }
}

/** A state object, made anew with each partition. */
function objectCode(
  partition: Partition,
  call: AggregateCall,
  create: string,
  kinds: Kinds,
  canLeave: boolean,
): FramedCode {
  const { emitter } = partition.generation
  const state = emitter.fresh('state')
  return {
    begin: () => emitter.line(`let ${state} = ${create}`),
    reset: () => emitter.line(`${state} = ${create}`),
    step: () => emitter.line(`${state}.step(${values(partition, call)})`),
    inverse: canLeave ? () => emitter.line(`${state}.inverse(${values(partition, call)})`) : null,
    result: () => ({ text: `${state}.final()`, kinds, simple: false }),
  }
}

const sumStates = { sum: SumState, total: TotalState, avg: AverageState }

function sumCode(partition: Partition, call: AggregateCall): FramedCode {
  const { emitter } = partition.generation
  const name = call.function.name as keyof typeof sumStates
  const create = `new ${emitter.use(sumStates[name].name, sumStates[name])}()`
  const kinds = name === 'sum' ? anyValue : nullKind | fractionKind | realKind
  return objectCode(partition, call, create, kinds, true)
}

function slidingCode(partition: Partition, call: AggregateCall): FramedCode {
  const { generation } = partition
  const use = generation.emitter.use('SlidingExtreme', SlidingExtreme)
  const collation = collationSlot(generation, call.collation)
  const create = `new ${use}('${call.function.extreme!}', ${collation})`
  return objectCode(partition, call, create, anyValue, true)
}

function stateCode(partition: Partition, call: AggregateCall): FramedCode {
  const { generation } = partition
  const collation = collationSlot(generation, call.collation)
  const create = `${generation.emitter.slot(call.function)}.create(${collation})`
  return objectCode(partition, call, create, anyValue, call.function.canLeave === true)
}

/** min() or max() of rows that only come: the first of the best. */
function extremeCode(partition: Partition, call: AggregateCall): FramedCode {
  const { generation } = partition
  const { emitter } = generation
  const cell = emitter.fresh('best')
  const operator = call.function.extreme === 'min' ? '<' : '>'
  return {
    begin: () => emitter.line(`let ${cell} = null`),
    reset: () => emitter.line(`${cell} = null`),
    step: () => {
      const arg = generation.toValue(operands(partition, call)[0]!)
      const value: Code = { ...emitter.name(arg), kinds: arg.kinds & ~nullKind }
      const best: Code = { text: cell, kinds: anyValue & ~nullKind, simple: true }
      const isBetter = compareText(generation, operator, value, best, call.collation, false)
      const isThere = notNullTest(arg)
      const test = isThere === null ? '' : `${isThere} && `
      emitter.line(`if (${test}(${cell} === null || ${isBetter})) ${cell} = ${value.text}`)
    },
    inverse: null,
    result: () => ({ text: cell, kinds: anyValue, simple: false }),
  }
}

/** first_value(), last_value() and nth_value() of the rows that are left in the frame. */
function valueCode(partition: Partition, call: WindowCall): FramedCode {
  const { generation } = partition
  const { emitter } = generation
  const { name } = call.function.function
  const value = emitter.fresh('value')
  const seen = emitter.fresh('seen')
  const read = (): string => generation.plainValue(call.args[0]!).text
  const steps: Readonly<Record<string, () => void>> = {
    first_value: () => emitter.line(`if (${seen}++ === 0) ${value} = ${read()}`),
    last_value: () => emitter.line(`${value} = ${read()}`),
    nth_value: () => {
      const nth = partition.read(partition.row, call.args[1]!)
      const place = `${emitter.use('nthPlace', nthPlace)}(${nth})`
      emitter.line(`if (++${seen} === ${place}) ${value} = ${read()}`)
    },
  }
  const step = steps[name]
  assert(step !== undefined, 'the others have no frame')
  return {
    begin: () => emitter.line(`let ${value} = null, ${seen} = 0`),
    reset: () => {
      emitter.line(`${value} = null`)
      emitter.line(`${seen} = 0`)
    },
    step,
    inverse: null,
    result: () => ({ text: value, kinds: anyValue, simple: false }),
  }
}
