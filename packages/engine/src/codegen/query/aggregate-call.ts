/**
 * One aggregate function inside an aggregation: where its running answer is kept, what a row does to it, and
 * what it comes to. count, sum, total, avg, min and max are written out; the others have a state object.
 *
 * The answer is kept in *cells*: variables when there is one group, fields of the group's object otherwise.
 */
import type { AggregateCall, BoundExpression } from '../../plan/index.ts'
import {
  AverageState,
  BestText,
  KeySet,
  RealSum,
  SumState,
  TotalState,
  joinKeys,
  jsonMark,
  rowComparison,
  stepInOrder,
  steppingInOrder,
  unmarked,
} from '../../runtime/index.ts'
import type { StepOrder } from '../../runtime/index.ts'
import { assert } from '../../base/assert.ts'
import { used } from '../../base/first-use.ts'
import { collationSlot } from '../expression/collation.ts'
import { compareText } from '../expression/comparison.ts'
import { keyText } from '../expression/keys.ts'
import { jsonWrites } from '../expression/json-build.ts'
import { textInPage } from '../expression/text-in-page.ts'
import { isWritten, textBytesOf } from '../expression/written-text.ts'
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
  /** Emits the evaluation of all that the row has to do with it: the fields of a row that is kept for later. */
  readonly collect: () => readonly Code[]
  /** Emits what a kept row does; `fields` as `collect` answered them, where they are then. */
  readonly stepLater: (fields: readonly Code[]) => void
  /** The answer. */
  readonly result: () => Code
  /** Emits that no more rows come. */
  readonly end: () => void
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
  const { result } = code
  if (!call.distinct) {
    const steps = stepsOf(generation, call, code.step, [], code.stepBytes)
    return { ...steps, result, end: () => {} }
  }
  const seen = newCell('seen', newKeySet(generation))
  const steps = distinctStep(generation, call, seen, code.step)
  return { ...stepsOf(generation, call, steps), result, end: endOf(generation, seen) }
}

/** `more` evaluates what else is wanted. */
type Step = (args: readonly Code[], more: () => readonly Code[]) => void

/** What the function makes of a BLOB: count, min and max take it as it is, sums as a REAL, the others as a text. */
export function argumentOf(
  generation: Generation,
  { function: f }: AggregateCall,
  code: Code,
): Code {
  if (f.isUsers === true || f.isJson === true) return code
  if (f.name === 'count' || f.extreme !== null) return code
  const isSum = f.name === 'sum' || f.name === 'total' || f.name === 'avg'
  return generation.toReadable(code, isSum)
}

/** What DISTINCT compares: the argument without the mark that it is JSON. */
function plainArgument(generation: Generation, { function: f }: AggregateCall, arg: Code): Code {
  if (f.isJson !== true) return arg
  return { ...arg, text: `${generation.emitter.use('unmarked', unmarked)}(${arg.text})` }
}

/** The three ways of a step, whose operands are the arguments and then `more`, and which a FILTER may leave out. */
function stepsOf(
  generation: Generation,
  call: AggregateCall,
  step: Step,
  more: readonly BoundExpression[] = [],
  ofBytes: () => boolean = () => false,
): Pick<AggregateCode, 'step' | 'collect' | 'stepLater'> {
  const { emitter } = generation
  const { filter } = call
  const operands = (): Code[] =>
    call.args.map((arg) => emitter.name(argumentOf(generation, call, generation.value(arg))))
  const allOperands = (): Code[] => [
    ...operands(),
    ...more.map((one) => emitter.name(generation.plainValue(one))),
  ]
  const moreNow = (): Code[] => more.map((one) => generation.plainValue(one))
  const run = (): void => {
    if (!ofBytes()) step(operands(), moreNow)
  }
  const count = call.args.length
  const runLater = (fields: readonly Code[]): void =>
    step(
      fields.slice(0, count).map((field) => emitter.name(field)),
      () => fields.slice(count),
    )
  if (filter === null) return { step: run, collect: allOperands, stepLater: runLater }
  return {
    step: () => emitter.nested(`if (${generation.condition(filter, false)})`, run),
    collect: () => {
      const names = [...call.args, ...more].map(() => emitter.fresh('operand'))
      const passes = emitter.fresh('operand')
      emitter.line(`let ${[...names.map((name) => `${name} = null`), `${passes} = 0`].join(', ')}`)
      let kinds: readonly Kinds[] = []
      emitter.nested(`if (${generation.condition(filter, false)})`, () => {
        const codes = allOperands()
        kinds = codes.map((code) => code.kinds)
        for (const [i, code] of codes.entries()) emitter.line(`${names[i]!} = ${code.text}`)
        emitter.line(`${passes} = 1`)
      })
      const fields = names.map((text, i): Code => ({ text, kinds: kinds[i]!, simple: true }))
      return [...fields, { text: passes, kinds: integerKind, simple: true }]
    },
    stepLater: (fields) =>
      emitter.nested(`if (${fields.at(-1)!.text} === 1)`, () => runLater(fields.slice(0, -1))),
  }
}

function distinctStep(generation: Generation, call: AggregateCall, seen: string, step: Step): Step {
  const { emitter } = generation
  return (args, more) => {
    const keys = args.map((arg) =>
      keyText(generation, plainArgument(generation, call, arg), call.collation),
    )
    const key =
      keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
    emitter.nested(`if (${seen}.add(${key}))`, () => step(args, more))
  }
}

interface PlainCode {
  readonly step: Step
  /** The step over the bytes of the first argument, where they are at hand; false: they are not, and nothing was emitted. */
  readonly stepBytes?: (() => boolean) | undefined
  readonly result: () => Code
}

function plainCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  onBetter: (() => void) | null,
): PlainCode {
  const name = call.function.isUsers === true ? '' : call.function.name
  used.add(name)
  switch (name) {
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
  const isGrowing = mayGrow(generation, call)
  const state = newCell('state', newState(generation, call))
  return {
    step: (args) => {
      const values = args.map((arg) => generation.toValue(arg).text)
      emitter.line(`${state}.step(${values.join(', ')})`)
    },
    stepBytes: isGrowing ? () => stepBytes(generation, call, state) : undefined,
    result: () => ({ text: `${state}.final()`, kinds: anyValue, simple: false }),
  }
}

/** Emits the step of a state that takes the bytes of a text, where the first argument is one in its page; false: it is not. */
function stepBytes(generation: Generation, call: AggregateCall, state: string): boolean {
  const { emitter } = generation
  const [operand, ...others] = call.args
  if (call.function.isJson === true && others.length === 0 && operand?.kind === 'function') {
    const entry = emitter.fresh('entry')
    const built =
      operand.function === jsonMark ? jsonWrites(generation, operand.args[0]!, entry) : null
    if (built === null) return false
    if (built.before !== '') emitter.line(built.before.replace(/, $/, ''))
    emitter.line(`const ${entry} = ${state}.entry()`)
    emitter.line(built.writes.join(', '))
    return true
  }
  // What is written is used at once, so all others are known before.
  const isComputed = operand !== undefined && isWritten(generation, operand)
  const moreNow = (): Code[] =>
    others.map((arg) =>
      emitter.name(generation.toValue(argumentOf(generation, call, generation.value(arg)))),
    )
  let more = isComputed ? moreNow() : []
  const bytes = operand === undefined ? null : textBytesOf(generation, operand)
  if (bytes === null) return false
  if (!isComputed) more = moreNow()
  const args = (first: string): string => [first, ...more.map(({ text }) => text)].join(', ')
  emitter.line(
    `if (${bytes.isText}) ${state}.stepBytes(${args(`${bytes.data}, ${bytes.offset}, ${bytes.size}`)})`,
  )
  emitter.line(`else ${state}.step(${args(bytes.other)})`)
  return true
}

/** Its state takes bytes. */
function mayGrow({ encoding }: Generation, { function: f }: AggregateCall): boolean {
  return f.createGrowing !== undefined && encoding === 'utf8'
}

function newState(generation: Generation, call: AggregateCall): string {
  if (mayGrow(generation, call)) return `${generation.emitter.slot(call.function.createGrowing)}()`
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
      const { double, rest } = arg
      if (double === undefined || rest === undefined) {
        emitter.line(`${cell}.step(${generation.toValue(arg).text})`)
      } else {
        emitter.line(`if (${double} === ${double}) ${cell}.stepReal(${double})`)
        emitter.line(`else ${cell}.step(${rest})`)
      }
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
): PlainCode {
  const { emitter } = generation
  if (isOfTexts(generation, call)) return bestTextCode(generation, call, newCell, onBetter)
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

/** min() or max() of a TEXT column, whose texts need not be decoded to be compared, or of a text that is computed. */
function isOfTexts(generation: Generation, { args, collation }: AggregateCall): boolean {
  const [arg] = args
  if (arg === undefined || collation !== 'BINARY') return false
  if (isWritten(generation, arg)) return true
  return arg.kind === 'column' && arg.affinity === 'text' && textInPage(generation, arg) !== null
}

function bestTextCode(
  generation: Generation,
  call: AggregateCall,
  newCell: NewCell,
  onBetter: (() => void) | null,
): PlainCode {
  const { emitter } = generation
  const isLeast = call.function.extreme === 'min'
  const use = emitter.use('BestText', BestText)
  const cell = newCell('best', `new ${use}(${isLeast}, ${collationSlot(generation, 'BINARY')})`)
  const step = (test: string): void => {
    if (onBetter === null) {
      emitter.line(test)
      return
    }
    // While all arguments have been NULL, each row is as good as the one before it. (`minmaxStep`)
    emitter.nested(`if (${test} || ${cell}.isEmpty)`, onBetter)
  }
  return {
    step: ([arg]) => step(`${cell}.step(${generation.toValue(arg!).text})`),
    stepBytes: () => {
      const bytes = textBytesOf(generation, call.args[0]!)
      if (bytes === null) return false
      const { isText, data, offset, size, other } = bytes
      step(`(${isText} ? ${cell}.stepBytes(${data}, ${offset}, ${size}) : ${cell}.step(${other}))`)
      return true
    },
    result: () => ({ text: `${cell}.value()`, kinds: anyValue, simple: false }),
  }
}

/** With ORDER BY: rows are kept, and sorted before the function sees them. */
function orderedCode(generation: Generation, call: AggregateCall, newCell: NewCell): AggregateCode {
  const { emitter } = generation
  const cell = newCell('rows', '[]')
  const seen = call.distinct ? newCell('seen', newKeySet(generation)) : null
  const keys = call.orderBy.map((key, i) => ({
    place: call.args.length + i,
    descending: key.descending,
    nullsFirst: key.nulls === 'first',
    collation: key.collation,
  }))
  const order: StepOrder = {
    width: call.args.length + keys.length,
    argumentCount: call.args.length,
    keys,
    compare: rowComparison(keys, generation.encoding, generation.collations),
    encoding: generation.encoding,
  }
  const step: Step = (args, more) => {
    const push = (): void => {
      const values = args.map((arg) => generation.toValue(arg).text)
      emitter.line(`${cell}.push(${[...values, ...more().map(({ text }) => text)].join(', ')})`)
    }
    if (seen === null) {
      push()
      return
    }
    const key = keyText(generation, plainArgument(generation, call, args[0]!), call.collation)
    emitter.nested(`if (${seen}.add(${key}))`, push)
  }
  const inOrder = (args: string): string =>
    emitter.isSliced
      ? emitter.work('', emitter.use('steppingInOrder', steppingInOrder), args)
      : `${emitter.use('stepInOrder', stepInOrder)}(${args})`
  return {
    ...stepsOf(
      generation,
      call,
      step,
      call.orderBy.map((key) => key.expression),
    ),
    result: () => ({
      text: inOrder(`${cell}, ${emitter.slot(order)}, ${newState(generation, call)}`),
      kinds: anyValue,
      simple: false,
    }),
    end: seen === null ? () => {} : endOf(generation, seen),
  }
}

function newKeySet(generation: Generation): string {
  return `new ${generation.emitter.use('KeySet', KeySet)}(${generation.spill()})`
}

function endOf({ emitter }: Generation, seen: string): () => void {
  return () => emitter.line(`${seen}.close()`)
}
