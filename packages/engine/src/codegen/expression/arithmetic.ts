/**
 * Arithmetic. Three ways, by the kinds of the operands: REALs of the raw domain are plain JavaScript numbers and
 * nothing else; small INTEGERs are computed in place under a check; the rest is a call into the runtime, where
 * 64-bit exactness, overflow and text operands are.
 */
import type { BoundExpression } from '../../plan/index.ts'
import { realValue } from '../../record/index.ts'
import {
  add,
  bitAnd,
  bitNot,
  bitOr,
  concat,
  concatEncoded,
  divide,
  multiply,
  negate,
  remainder,
  shiftLeft,
  shiftRight,
  subtract,
  wideArithmetic,
} from '../../runtime/index.ts'
import { joinedString } from './written-text.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyInteger,
  anyNumber,
  blobKind,
  integerKind,
  isOnly,
  mayBe,
  nullKind,
  nullText,
  numberTest,
  numberText,
  plainNumber,
  rawKind,
  textKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'

type Arithmetic = Extract<BoundExpression, { kind: 'arithmetic' }>

const calls = {
  '+': ['add', add],
  '-': ['subtract', subtract],
  '*': ['multiply', multiply],
  '/': ['divide', divide],
  '%': ['remainder', remainder],
  '&': ['bitAnd', bitAnd],
  '|': ['bitOr', bitOr],
  '<<': ['shiftLeft', shiftLeft],
  '>>': ['shiftRight', shiftRight],
  '||': ['concat', concat],
} as const

export function arithmeticValue(generation: Generation, expression: Arithmetic): Code {
  const { emitter } = generation
  const { operator } = expression
  const joined = joinedString(generation, expression)
  if (joined !== null) return joined
  const operand = (side: BoundExpression): Code => {
    const code = generation.value(side)
    // Joining looks at the bytes of BLOBs itself.
    if (operator === '||') return code
    return isForReals(operator) ? generation.toReadable(code) : generation.toOperand(code)
  }
  const first = emitter.repeatable(operand(expression.left))
  const second = emitter.repeatable(operand(expression.right))
  const before = first.before + second.before
  const result = operate(generation, operator, first.code, second.code)
  return before === '' ? result : { ...result, text: `(${before}${result.text})` }
}

/** Those that have a REAL where one of their operands is one; the others make an INTEGER of each. */
function isForReals(operator: Arithmetic['operator']): operator is '+' | '-' | '*' | '/' {
  return operator === '+' || operator === '-' || operator === '*' || operator === '/'
}

/** `a operator b`; both simple. */
export function operate(
  generation: Generation,
  operator: Arithmetic['operator'],
  a: Code,
  b: Code,
): Code {
  const { emitter } = generation
  if (isForReals(operator)) {
    const raw = rawOperation(generation, operator, a, b)
    if (raw !== null) return raw
  }
  const isEncoded =
    operator === '||' &&
    generation.encoding !== 'utf8' &&
    (mayBe(a, blobKind) || mayBe(b, blobKind))
  const [name, call] = isEncoded ? (['concatEncoded', concatEncoded] as const) : calls[operator]
  const more = isEncoded ? `, '${generation.encoding}'` : ''
  const args = `${generation.toValue(a).text}, ${generation.toValue(b).text}${more}`
  const isWide =
    isForReals(operator) &&
    generation.encoding !== 'utf8' &&
    (mayBe(a, textKind) || mayBe(b, textKind))
  const slow = isWide
    ? `${emitter.use('wideArithmetic', wideArithmetic)}(${emitter.use(name, call)}, ${args})`
    : `${emitter.use(name, call)}(${args})`
  const kinds = resultKinds(operator, a, b)
  const double = doubleOperation(generation, operator, a, b, slow)
  if (double !== null) return double
  if (operator === '||' || !mayBe(a, integerKind) || !mayBe(b, integerKind))
    return { text: slow, kinds, simple: false }
  const checks = [...smallChecks(a), ...smallChecks(b)]
  const fast = fastOperation(operator, a.text, b.text)
  if (fast === null) return { text: slow, kinds, simple: false }
  const all = [...checks, ...fast.checks].join(' && ')
  return {
    text: all === '' ? `(${fast.text})` : `(${all} ? ${fast.text} : ${slow})`,
    kinds,
    simple: false,
  }
}

/** What a JavaScript operator gives for two 32-bit integers. */
function fastOperation(
  operator: Arithmetic['operator'],
  a: string,
  b: string,
): { text: string; checks: string[] } | null {
  switch (operator) {
    case '+':
    case '-':
    case '&':
    case '|':
      return { text: `${a} ${operator} ${b}`, checks: [] }
    case '%':
      return { text: `${a} % ${b} + 0`, checks: [`${b} !== 0`] }
    case '/':
      return { text: `(${a} / ${b} | 0)`, checks: [`${b} > 0`] }
    default:
      return null
  }
}

/** Checks that a value is a 32-bit integer. */
function smallChecks(code: Code): string[] {
  if (isSmallLiteral(code)) return []
  const small = `(${code.text} | 0) === ${code.text}`
  return isOnly(code, plainNumber) ? [small] : [`typeof ${code.text} === 'number'`, small]
}

function isSmallLiteral({ constant }: Code): boolean {
  return typeof constant === 'number' && (constant | 0) === constant
}

function resultKinds(operator: Arithmetic['operator'], a: Code, b: Code): Kinds {
  const nulls = (a.kinds | b.kinds) & nullKind
  switch (operator) {
    case '||':
      return nulls | textKind
    case '&':
    case '|':
    case '<<':
    case '>>':
      return nulls | anyInteger
    case '/':
    case '%':
      return nullKind | anyNumber
    default:
      // Infinity less Infinity is NULL.
      return isOnly(a, nullKind | anyInteger) && isOnly(b, nullKind | anyInteger)
        ? nulls | anyNumber
        : nullKind | anyNumber
  }
}

/** Where one side is REAL and neither can be text: JavaScript's own operator. null: not so. */
function rawOperation(
  generation: Generation,
  operator: '+' | '-' | '*' | '/',
  a: Code,
  b: Code,
): Code | null {
  if (!isOnly(a, nullKind | plainNumber) || !isOnly(b, nullKind | plainNumber)) return null
  const isReal = isOnly(a, nullKind | rawKind) || isOnly(b, nullKind | rawKind)
  if (!isReal) return null
  const { emitter } = generation
  const tests = [a, b].filter((side) => mayBe(side, nullKind)).map(nullText)
  if (operator === '/' && !b.constant) tests.push(`${b.text} === 0`)
  const compute = `${a.text} ${operator} ${b.text}`
  const value = tests.length === 0 ? compute : `${tests.join(' || ')} ? null : ${compute}`
  // Infinity less Infinity, or times 0, is NULL.
  const kinds = rawKind | nullKind
  if (emitter.conditional === 0) {
    const name = emitter.fresh('v')
    emitter.line(`const ${name} = ${value}`)
    return { text: `(${name} === ${name} ? ${name} : null)`, kinds, simple: false }
  }
  const { before, code } = emitter.repeatable({ text: `(${value})`, kinds, simple: false })
  return {
    text: `(${before}${code.text} === ${code.text} ? ${code.text} : null)`,
    kinds,
    simple: false,
  }
}

/**
 * A column with REAL affinity as one side, or what has been computed of one: JavaScript's operator where both are numbers. The answer is a REAL then, and
 * stays an unboxed double for whoever goes on computing.
 */
function doubleOperation(
  generation: Generation,
  operator: Arithmetic['operator'],
  a: Code,
  b: Code,
  slow: string,
): Code | null {
  if (!isForReals(operator)) return null
  if (a.double === undefined && b.double === undefined) return null
  if (!mayBe(a, plainNumber) || !mayBe(b, plainNumber)) return null
  const { emitter } = generation
  const tests = [numberTest(a), numberTest(b)].filter((test) => test !== null)
  if (operator === '/' && !b.constant) tests.push(`${numberText(b)} !== 0`)
  const use = emitter.use('realValue', realValue)
  const compute = `${numberText(a)} ${operator} ${numberText(b)}`
  const kinds = nullKind | anyNumber
  if (emitter.conditional > 0) {
    const text = `(${tests.join(' && ')} ? ${use}(${compute}) : ${slow})`
    return { text, kinds, simple: false }
  }
  const double = emitter.fresh('n')
  emitter.line(`const ${double} = ${tests.join(' && ')} ? ${compute} : NaN`)
  const text = `(${double} === ${double} ? ${use}(${double}) : ${slow})`
  return { text, kinds, simple: true, double, rest: slow }
}

export function negateValue(generation: Generation, operand: Code): Code {
  const { emitter } = generation
  if (isOnly(operand, rawKind))
    return { text: `(0 - ${operand.text})`, kinds: rawKind, simple: false }
  const text = `${emitter.use('negate', negate)}(${generation.toValue(operand).text})`
  return { text, kinds: (operand.kinds & nullKind) | anyNumber, simple: false }
}

export function bitNotValue(generation: Generation, operand: Code): Code {
  const text = `${generation.emitter.use('bitNot', bitNot)}(${generation.toValue(operand).text})`
  return { text, kinds: (operand.kinds & nullKind) | anyInteger, simple: false }
}
