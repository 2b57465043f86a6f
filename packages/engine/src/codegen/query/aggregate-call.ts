/**
 * One aggregate function inside an aggregation: where its running answer is kept, what a row does to it, and
 * what it comes to. count, sum, total, avg, min and max are written out; the others have a state object.
 *
 * The answer is kept in *cells*: variables when there is one group, fields of the group's object otherwise.
 */
import type { AggregateCall } from '../../plan/index.ts'
import {
  AverageState,
  RealSum,
  SumState,
  TotalState,
  joinKeys,
  rowComparison,
  stepInOrder,
} from '../../runtime/index.ts'
import { assert } from '../../base/assert.ts'
import { collationSlot, compareText, keyText } from '../expression/comparison.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyValue,
  fractionKind,
  integerKind,
  notNullTest,
  nullKind,
  numberTest,
  numberText,
  rawKind,
  realKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'

/** Makes a cell with its initial value; answers how it is named in code. */
export type NewCell = (prefix: string, initial: string) => string

export interface AggregateCode {
  /** Emits what the current row does. */
  readonly step: () => void
  /** The answer. */
  readonly result: () => Code
}

/** To be called where a row of the input is current, for the kinds of the arguments decide how the answer is kept. */
export function aggregateCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  onBetter: (() => void) | null,
): AggregateCode {
  if (call.orderBy.length > 0) return orderedCode(generation, call, newCell)
  const code = plainCode(generation, call, newCell, onBetter)
  const steps = call.distinct ? distinctStep(generation, call, newCell, code.step) : code.step
  return { step: filtered(generation, call, steps), result: code.result }
}

type Step = (args: readonly Code[]) => void

/** What the function makes of a BLOB: count, min and max take it as it is, sums as a REAL, the others as a text. */
function argumentOf(generation: Generation, { function: f }: AggregateCall, code: Code): Code {
  if (f.name === 'count' || f.extreme !== null) return code
  const isSum = f.name === 'sum' || f.name === 'total' || f.name === 'avg'
  return generation.toReadable(code, isSum)
}

function filtered(generation: Generation, call: AggregateCall, step: Step): () => void {
  const { emitter } = generation
  const run = (): void =>
    step(call.args.map((arg) => emitter.name(argumentOf(generation, call, generation.value(arg)))))
  const { filter } = call
  if (filter === null) return run
  return () => emitter.nested(`if (${generation.condition(filter, false)})`, run)
}

function distinctStep(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  step: Step,
): Step {
  const { emitter } = generation
  const seen = newCell('seen', 'new Set()')
  return (args) => {
    const keys = args.map((arg) => keyText(generation, arg, call.collation))
    const key =
      keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
    const name = emitter.name({ text: key, kinds: 0, simple: /^\w+$/.test(key) }).text
    emitter.nested(`if (!${seen}.has(${name}))`, () => {
      emitter.line(`${seen}.add(${name})`)
      step(args)
    })
  }
}

function plainCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  onBetter: (() => void) | null,
): { readonly step: Step; readonly result: () => Code } {
  switch (call.function.name) {
    case 'count':
      return countCode(generation, newCell)
    case 'sum':
    case 'total':
    case 'avg':
      return sumCode(generation, call, newCell)
    case 'min':
    case 'max':
      if (call.function.extreme !== null) return extremeCode(generation, call, newCell, onBetter)
      break
    default:
  }
  const { emitter } = generation
  const state = newCell('state', newState(generation, call))
  return {
    step: (args) => {
      const values = args.map((arg) => generation.toValue(arg).text)
      emitter.line(`${state}.step(${values.join(', ')})`)
    },
    result: () => ({ text: `${state}.final()`, kinds: anyValue, simple: false }),
  }
}

function newState(generation: Generation, call: AggregateCall): string {
  return `${generation.emitter.slot(call.function)}.create(${collationSlot(generation, call.collation)})`
}

function countCode(
  generation: Generation,
  newCell: NewCell,
): { readonly step: Step; readonly result: () => Code } {
  const { emitter } = generation
  const cell = newCell('count', '0')
  return {
    step: ([arg]) => {
      const test = arg === undefined ? null : notNullTest(arg)
      emitter.line(test === null ? `${cell}++` : `if (${test}) ${cell}++`)
    },
    result: () => ({ text: cell, kinds: integerKind, simple: false }),
  }
}

const sumStates = { sum: SumState, total: TotalState, avg: AverageState }
const realResults = { sum: 'sum', total: 'total', avg: 'average' }

function sumCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
): { readonly step: Step; readonly result: () => Code } {
  const { emitter } = generation
  const name = call.function.name as keyof typeof sumStates
  const [argument] = call.args
  const kinds =
    argument?.kind === 'column' ? generation.kinds(argument.source, argument.column) : anyValue
  const isReal = (kinds & rawKind) !== 0
  if (isReal) {
    const cell = newCell('sum', `new ${emitter.use('RealSum', RealSum)}()`)
    return {
      step: ([arg]) => {
        assert(arg !== undefined, 'sum has an argument')
        const test = numberTest(arg)
        if (test === null) emitter.line(`${cell}.step(${numberText(arg)})`)
        else {
          emitter.line(`if (${test}) ${cell}.step(${numberText(arg)})`)
          emitter.line(`else ${cell}.stepOther(${arg.text})`)
        }
      },
      result: () => ({
        text: `${cell}.${realResults[name]}()`,
        kinds: nullKind | rawKind,
        simple: false,
      }),
    }
  }
  const cell = newCell('sum', `new ${emitter.use(sumStates[name].name, sumStates[name])}()`)
  return {
    step: ([arg]) => {
      assert(arg !== undefined, 'sum has an argument')
      emitter.line(`${cell}.step(${generation.toValue(arg).text})`)
    },
    result: () => ({
      text: `${cell}.final()`,
      kinds: name === 'sum' ? anyValue : nullKind | fractionKind | realKind,
      simple: false,
    }),
  }
}

function extremeCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  onBetter: (() => void) | null,
): { readonly step: Step; readonly result: () => Code } {
  const { emitter } = generation
  const cell = newCell('best', 'null')
  let kinds: Kinds = nullKind
  const operator = call.function.extreme === 'min' ? '<' : '>'
  return {
    step: ([arg]) => {
      assert(arg !== undefined, 'min and max have an argument')
      kinds |= arg.kinds
      const value: Code = { ...arg, kinds: arg.kinds & ~nullKind }
      const best: Code = { text: cell, kinds: value.kinds, simple: true }
      const better = compareText(generation, operator, value, best, call.collation, false)
      const notNull = notNullTest(arg)
      const test = notNull === null ? '' : `${notNull} && `
      emitter.nested(`if (${test}(${cell} === null || ${better}))`, () => {
        emitter.line(`${cell} = ${arg.text}`)
        onBetter?.()
      })
      // While all arguments have been NULL, each row is as good as the one before it. (`minmaxStep`)
      if (onBetter !== null && notNull !== null) {
        emitter.nested(`else if (${cell} === null)`, onBetter)
      }
    },
    result: () => ({ text: cell, kinds, simple: false }),
  }
}

/** With ORDER BY: rows are kept, and sorted before the function sees them. */
function orderedCode(generation: Generation, call: AggregateCall, newCell: NewCell): AggregateCode {
  const { emitter } = generation
  const cell = newCell('rows', '[]')
  const seen = call.distinct ? newCell('seen', 'new Set()') : null
  const compare = rowComparison(
    call.orderBy.map((key, i) => ({
      place: call.args.length + i,
      descending: key.descending,
      nullsFirst: key.nulls === 'first',
      collation: key.collation,
    })),
    generation.encoding,
  )
  const step: Step = (args) => {
    const push = (): void => {
      const keys = call.orderBy.map((key) => generation.plainValue(key.expression).text)
      const values = args.map((arg) => generation.toValue(arg).text)
      emitter.line(`${cell}.push([${[...values, ...keys].join(', ')}])`)
    }
    if (seen === null) {
      push()
      return
    }
    const key = emitter.name({
      text: keyText(generation, args[0]!, call.collation),
      kinds: 0,
      simple: false,
    }).text
    emitter.nested(`if (!${seen}.has(${key}))`, () => {
      emitter.line(`${seen}.add(${key})`)
      push()
    })
  }
  return {
    step: filtered(generation, call, step),
    result: () => ({
      text: `${emitter.use('stepInOrder', stepInOrder)}(${cell}, ${emitter.slot(compare)}, ${call.args.length}, ${newState(generation, call)})`,
      kinds: anyValue,
      simple: false,
    }),
  }
}
