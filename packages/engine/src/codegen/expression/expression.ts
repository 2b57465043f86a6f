/**
 * Expressions to JavaScript: `valueOf` gives the text that computes a value, `conditionOf` a JavaScript boolean for
 * places that only test it, so that no three-valued 1, 0, NULL is made where nobody keeps it.
 *
 * Columns are decoded by statements before the expression. Everything that can fail or is costly stays in the text,
 * under the `?:` and `&&` that SQL's order of evaluation asks for.
 */
import { notSupported } from '../../base/error.ts'
import { cannotFail } from '../../plan/index.ts'
import type { BoundExpression } from '../../plan/index.ts'
import type { Affinity } from '../../record/index.ts'
import {
  castToBlob,
  castToInteger,
  castToNumeric,
  castToReal,
  castToText,
  integerOfBytes,
  isFalse,
  isTrue,
  not,
} from '../../runtime/index.ts'
import { arithmeticValue, bitNotValue, negateValue } from './arithmetic.ts'
import { betweenCondition, betweenValue, compareCondition, compareValue } from './comparison.ts'
import { inListCondition, inListValue } from './membership.ts'
import { logicValue } from './logic.ts'
import { functionCondition, functionValue } from './function.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyInteger,
  anyNumber,
  bigintKind,
  blobKind,
  fractionKind,
  integerKind,
  isOnly,
  mayBe,
  nullKind,
  plainNumber,
  rawKind,
  realKind,
  textKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { existsCondition, inQueryCondition, inQueryValue, scalarQueryValue } from './subquery.ts'
import { isWritten, textBytesOf } from './written-text.ts'

/** A condition as 1 or 0. */
function truthValue(condition: string): Code {
  return { text: `(${condition} ? 1 : 0)`, kinds: integerKind, simple: false }
}

export function valueOf(generation: Generation, expression: BoundExpression): Code {
  const { emitter } = generation
  switch (expression.kind) {
    case 'literal':
      return emitter.literal(expression.value)
    case 'parameter':
      return generation.parameter(expression)
    case 'column':
      return generation.column(expression.source, expression.column)
    case 'local':
      return generation.local(expression.id)
    case 'let':
      return letValue(generation, expression)
    case 'negate':
      return negateValue(generation, generation.toOperand(generation.value(expression.operand)))
    case 'bit-not':
      return bitNotValue(generation, generation.toOperand(generation.value(expression.operand)))
    case 'not': {
      const operand = generation.readableValue(expression.operand)
      const kinds = integerKind | (operand.kinds & nullKind)
      return { text: `${emitter.use('not', not)}(${operand.text})`, kinds, simple: false }
    }
    case 'arithmetic':
      return arithmeticValue(generation, expression)
    case 'compare':
      return compareValue(generation, expression)
    case 'and':
    case 'or':
      // Under a condition each operand stands inside the text of the next.
      return expression.operands.length > mostInOneText && emitter.conditional > 0
        ? generation.outlined(expression, () => logicValue(generation, expression))
        : logicValue(generation, expression)
    case 'between':
      return betweenValue(generation, expression)
    case 'in-list':
      return inListValue(generation, expression)
    case 'in-query':
      return inQueryValue(generation, expression)
    case 'scalar-query':
      return scalarQueryValue(generation, expression)
    case 'is-truth':
      return truthValue(isTruthOfValue(generation, expression))
    case 'exists':
    case 'is-null':
      return truthValue(generation.condition(expression))
    case 'case':
      return caseValue(generation, expression)
    case 'cast': {
      const { operand, affinity } = expression
      const read = affinity === 'integer' ? integerInBytes(generation, operand) : null
      return read ?? castValue(generation, generation.value(operand), affinity)
    }
    case 'function':
      return functionValue(generation, expression)
    default:
      throw unknown(expression)
  }
}

/** An expression that a later version of the plan knows and this emitter does not. */
function unknown(expression: never): Error {
  return notSupported((expression as { kind: string }).kind)
}

export function conditionOf(
  generation: Generation,
  expression: BoundExpression,
  whenNull: boolean,
): string {
  switch (expression.kind) {
    case 'not':
      return `!${generation.condition(expression.operand, !whenNull)}`
    case 'and':
    case 'or':
      // SQLite asks for the value of a comparison of rows, which goes on behind a NULL.
      if (expression.isRow === true && !cannotFail(expression)) break
      return logicCondition(generation, expression, whenNull)
    case 'compare':
      return compareCondition(generation, expression, whenNull)
    case 'between':
      return betweenCondition(generation, expression, whenNull)
    case 'in-list':
      return inListCondition(generation, expression, whenNull)
    case 'in-query':
      return inQueryCondition(generation, expression, whenNull)
    case 'exists':
      return existsCondition(generation, expression.query)
    case 'is-null':
      return isNullCondition(generation, expression)
    case 'is-truth':
      return isTruthCondition(generation, expression)
    case 'function': {
      const condition = functionCondition(generation, expression, whenNull)
      if (condition !== null) return condition
      break
    }
    default:
  }
  return truthText(generation, generation.value(expression), whenNull)
}

/** Whether a value is true; `whenNull` for NULL. */
function truthText(generation: Generation, code: Code, whenNull: boolean): string {
  const { emitter } = generation
  if (isOnly(code, nullKind | plainNumber | bigintKind)) {
    if (!mayBe(code, nullKind) || whenNull) return `(${code.text} !== 0)`
    // null and 0 are what JavaScript holds false of these.
    return `!!${code.simple ? code.text : `(${code.text})`}`
  }
  const plain = generation.toReadable(generation.toValue(code))
  if (whenNull) return `!${emitter.use('isFalse', isFalse)}(${plain.text})`
  return `${emitter.use('isTrue', isTrue)}(${plain.text})`
}

function logicCondition(
  generation: Generation,
  expression: Extract<BoundExpression, { kind: 'and' | 'or' }>,
  whenNull: boolean,
): string {
  const { emitter } = generation
  const [first, ...rest] = expression.operands
  const tests = [generation.condition(first!, whenNull)]
  emitter.conditional++
  for (const operand of rest) tests.push(generation.condition(operand, whenNull))
  emitter.conditional--
  return `(${tests.join(expression.kind === 'and' ? ' && ' : ' || ')})`
}

function isNullCondition(
  generation: Generation,
  expression: Extract<BoundExpression, { kind: 'is-null' }>,
): string {
  const { operand, negated } = expression
  if (operand.kind === 'column') {
    const source = generation.source(operand.source)
    if (source.frame === generation.emitter.frame) {
      const test = source.isNull?.(operand.column) ?? null
      if (test !== null) return negated ? `!(${test})` : `(${test})`
    }
  }
  const code = generation.value(operand)
  // What may fail is evaluated all the same.
  if (!mayBe(code, nullKind) && cannotFail(operand)) return negated ? 'true' : 'false'
  return `(${code.text} ${negated ? '!==' : '==='} null)`
}

type IsTruth = Extract<BoundExpression, { kind: 'is-truth' }>

function isTruthCondition(generation: Generation, expression: IsTruth): string {
  return truthTest(expression, (whenNull) => generation.condition(expression.operand, whenNull))
}

/** As a value it asks for the value of its operand. */
function isTruthOfValue(generation: Generation, expression: IsTruth): string {
  const { operand } = expression
  if (cannotFail(operand)) return generation.condition(expression)
  return truthTest(expression, (whenNull) =>
    truthText(generation, generation.value(operand), whenNull),
  )
}

function truthTest({ truth, negated }: IsTruth, condition: (whenNull: boolean) => string): string {
  // x IS TRUE: true. x IS FALSE: not (true or unknown).
  const test = truth ? condition(false) : `!${condition(true)}`
  return negated ? `!(${test})` : `(${test})`
}

function letValue(
  generation: Generation,
  expression: Extract<BoundExpression, { kind: 'let' }>,
): Code {
  const { emitter } = generation
  const { before, code } = emitter.repeatable(generation.value(expression.value))
  generation.locals.set(expression.id, { frame: emitter.frame, code })
  const body = generation.value(expression.body)
  generation.locals.delete(expression.id)
  return before === '' ? body : { ...body, text: `(${before}${body.text})`, simple: false }
}

type Case = Extract<BoundExpression, { kind: 'case' }>

/** Branches of a CASE that are written as one JavaScript expression. */
const mostInOneText = 32

function caseValue(generation: Generation, expression: Case): Code {
  const { emitter } = generation
  if (expression.branches.length > mostInOneText)
    return generation.outlined(expression, () => longCase(generation, expression))
  const tests: string[] = []
  const values: Code[] = []
  const depth = emitter.conditional
  for (const { when, then } of expression.branches) {
    tests.push(generation.condition(when, false))
    emitter.conditional = depth + 1
    values.push(generation.value(then))
  }
  emitter.conditional = depth + 1
  values.push(
    expression.otherwise === null ? emitter.literal(null) : generation.value(expression.otherwise),
  )
  const branches = oneDomain(generation, values)
  emitter.conditional = depth
  const kinds = branches.reduce((all: Kinds, code) => all | code.kinds, 0)
  const text = tests.map((test, i) => `${test} ? ${branches[i]!.text} : `).join('')
  return { text: `(${text}${branches.at(-1)!.text})`, kinds, simple: false }
}

/** Branches as statements of a function, for V8 parses a chain of `?:` by recursion. */
function longCase(generation: Generation, expression: Case): Code {
  const { emitter } = generation
  let kinds: Kinds = 0
  for (const { when, then } of expression.branches) {
    emitter.nested(`if (${generation.condition(when, false)})`, () => {
      const code = generation.plainValue(then)
      kinds |= code.kinds
      emitter.line(`return ${code.text}`)
    })
  }
  const last =
    expression.otherwise === null
      ? emitter.literal(null)
      : generation.plainValue(expression.otherwise)
  return { text: last.text, kinds: kinds | last.kinds, simple: false }
}

/** Values of which one is taken: all in the raw domain, or all in the value domain. */
export function oneDomain(generation: Generation, values: readonly Code[]): Code[] {
  if (!values.some((code) => mayBe(code, rawKind))) return [...values]
  const isRaw = values.every((code) => !mayBe(code, anyNumber))
  return isRaw ? [...values] : values.map((code) => generation.toValue(code))
}

/** CAST AS INTEGER of a text by its bytes; null: it is likely to be none. */
function integerInBytes(generation: Generation, operand: BoundExpression): Code | null {
  const isText = operand.kind === 'column' && operand.affinity === 'text'
  if (!isText && !isWritten(generation, operand)) return null
  const bytes = textBytesOf(generation, operand)
  if (bytes === null) return null
  const { emitter } = generation
  const read = `${emitter.use('integerOfBytes', integerOfBytes)}(${bytes.data}, ${bytes.offset}, ${bytes.size})`
  const other = `${emitter.use('castToInteger', castToInteger)}(${bytes.other})`
  const text = `(${bytes.isText} ? ${read} : ${other})`
  return { text, kinds: nullKind | anyInteger, simple: false }
}

function castValue(generation: Generation, value: Code, affinity: Affinity): Code {
  const { emitter } = generation
  const operand =
    affinity === 'blob'
      ? value
      : affinity === 'numeric'
        ? generation.toOperand(value)
        : generation.toReadable(value)
  const nulls = operand.kinds & nullKind
  const call = (name: string, use: unknown, kinds: Kinds, more = ''): Code => ({
    text: `${emitter.use(name, use)}(${generation.toValue(operand).text}${more})`,
    kinds: nulls | kinds,
    simple: false,
  })
  switch (affinity) {
    case 'integer':
      if (isOnly(operand, nullKind | anyInteger)) return operand
      return call('castToInteger', castToInteger, anyInteger)
    case 'real':
      // The number stays; only what it means changes.
      if (isOnly(operand, nullKind | plainNumber)) return { ...operand, kinds: nulls | rawKind }
      return call('castToReal', castToReal, fractionKind | realKind)
    case 'numeric':
      if (isOnly(operand, nullKind | anyNumber | rawKind)) return operand
      return call('castToNumeric', castToNumeric, anyNumber)
    case 'text':
      if (isOnly(operand, nullKind | textKind)) return operand
      return call('castToText', castToText, textKind)
    case 'blob': {
      const encoding = generation.encoding === 'utf8' ? '' : `, '${generation.encoding}'`
      return call('castToBlob', castToBlob, blobKind, encoding)
    }
    default:
      return affinity satisfies never
  }
}
