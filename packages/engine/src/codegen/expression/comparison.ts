/**
 * Comparisons, BETWEEN and IS: as conditions (a JavaScript boolean, `whenNull` where the answer is unknown)
 * and as values (1, 0, NULL).
 *
 * The fast path of `a < b` is one JavaScript comparison under `typeof` checks that the kinds have not already
 * proved; everything else is a call. INTEGER and REAL compare as numbers whatever their domain.
 */
import { applyTextAffinity, compareBinary } from '../../record/index.ts'
import {
  anyNumber,
  bigintKind,
  blobKind,
  integerKind,
  isOnly,
  mayBe,
  notNullText,
  nullKind,
  nullText,
  numberTest,
  numberText,
  plainNumber,
  rawKind,
  realKind,
  restText,
  textKind,
} from '../source/kinds.ts'
import {
  and,
  equal,
  greaterOrEqual,
  greaterThan,
  isAtMost,
  isEqual,
  isLess,
  isNotSame,
  isSame,
  lessOrEqual,
  lessThan,
  not,
  notEqual,
  numericOf,
} from '../../runtime/index.ts'
import { cannotFail } from '../../plan/index.ts'
import type { BoundComparison, BoundExpression, ComparisonRule } from '../../plan/index.ts'
import { collationSlot } from './collation.ts'
import { convertedValue } from './converted-value.ts'
import { comparisonInPage } from './bytes-comparison.ts'
import type { Generation } from '../source/generation.ts'
import type { Affinity } from '../../record/index.ts'
import type { Code } from '../source/kinds.ts'

export type ComparisonOperator = BoundComparison['operator']

/** Both sides of a comparison, converted and repeatable; `before` is to be written first. */
interface Sides {
  readonly before: string
  readonly a: Code
  readonly b: Code
}

function sidesOf(
  generation: Generation,
  left: BoundExpression,
  right: BoundExpression,
  rule: ComparisonRule,
): Sides {
  const { emitter } = generation
  const first = emitter.repeatable(convertedValue(generation, left, rule.leftAffinity))
  const second = emitter.repeatable(convertedValue(generation, right, rule.rightAffinity))
  return { before: first.before + second.before, a: first.code, b: second.code }
}

/** Whether JavaScript's `===` decides `=` for two values that are not both NULL. */
function isIdentity(a: Code, b: Code, collation: string): boolean {
  if (isOnly(a, nullKind | plainNumber) && !mayBe(b, realKind | bigintKind)) return true
  if (isOnly(b, nullKind | plainNumber) && !mayBe(a, realKind | bigintKind)) return true
  if (collation !== 'BINARY') return false
  return isOnly(a, nullKind | textKind) || isOnly(b, nullKind | textKind)
}

function equalText(generation: Generation, a: Code, b: Code, collation: string): string {
  if (isIdentity(a, b, collation)) {
    const bothNull = mayBe(a, nullKind) && mayBe(b, nullKind)
    return bothNull ? `${notNullText(a)} && ${a.text} === ${b.text}` : `${a.text} === ${b.text}`
  }
  const call = `${generation.emitter.use('isEqual', isEqual)}(${slowText(a, b)}, ${slowText(b, a)}, ${collationSlot(generation, collation)})`
  const checks = numberChecks(a, b)
  if (checks === null) return call
  const fast = `${numberText(a)} === ${numberText(b)}`
  return checks === '' ? fast : `${checks} ? ${fast} : ${call}`
}

/** `typeof` checks still needed before both are JavaScript numbers; null: they never are. */
function numberChecks(a: Code, b: Code): string | null {
  if (!mayBe(a, plainNumber) || !mayBe(b, plainNumber)) return null
  return [numberTest(a), numberTest(b)].filter((test) => test !== null).join(' && ')
}

const swapped = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

const opposite = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const

/** A condition `a operator b` on converted codes. */
export function compareText(
  generation: Generation,
  operator: ComparisonOperator,
  a: Code,
  b: Code,
  collation: string,
  whenNull: boolean,
): string {
  const nullable = mayBe(a, nullKind) || mayBe(b, nullKind)
  switch (operator) {
    case '=': {
      const test = equalText(generation, a, b, collation)
      if (!whenNull || !nullable) return `(${test})`
      return `(${nullTests(a, b, nullText, ' || ')} || (${test}))`
    }
    case '<>': {
      const test = equalText(generation, a, b, collation)
      if (whenNull || !nullable) return `!(${test})`
      return `(${nullTests(a, b, notNullText, ' && ')} && !(${test}))`
    }
    case 'IS':
      return `(${sameText(generation, a, b, collation)})`
    case 'IS NOT':
      return `!(${sameText(generation, a, b, collation)})`
    default:
      if (whenNull && nullable)
        return `!${orderText(generation, opposite[operator], a, b, collation)}`
      return orderText(generation, operator, a, b, collation)
  }
}

function nullTests(a: Code, b: Code, test: (side: Code) => string, joint: string): string {
  return [a, b]
    .filter((side) => mayBe(side, nullKind))
    .map(test)
    .join(joint)
}

/** One side where the two are not both JavaScript numbers. */
function slowText(side: Code, other: Code): string {
  return isOnly(other, plainNumber) ? restText(side) : side.text
}

/** False where either is NULL. */
function orderText(
  generation: Generation,
  operator: keyof typeof swapped,
  a: Code,
  b: Code,
  collation: string,
): string {
  const { emitter } = generation
  if (isOnly(a, nullKind) || isOnly(b, nullKind)) return '(false)'
  if (
    collation === 'BINARY' &&
    generation.encoding === 'utf8' &&
    isOnly(a, nullKind | textKind) &&
    isOnly(b, nullKind | textKind)
  ) {
    const test = `${emitter.use('compareBinary', compareBinary)}(${a.text}, ${b.text}) ${operator} 0`
    const nulls = nullTests(a, b, notNullText, ' && ')
    return nulls === '' ? `(${test})` : `(${nulls} && ${test})`
  }
  const fast = `${numberText(a)} ${operator} ${numberText(b)}`
  const checks = numberChecks(a, b)
  if (checks === '') return `(${fast})`
  if (checks !== null && isOnly(a, plainNumber | nullKind) && isOnly(b, plainNumber | nullKind))
    return `(${checks} && ${fast})`
  // a > b is b < a.
  const swap = operator === '>' || operator === '>='
  const [x, y] = swap ? [b, a] : [a, b]
  const strict = operator === '<' || operator === '>'
  const slow = strict ? emitter.use('isLess', isLess) : emitter.use('isAtMost', isAtMost)
  const call = `${slow}(${slowText(x, y)}, ${slowText(y, x)}, ${collationSlot(generation, collation)})`
  return checks === null ? call : `(${checks} ? ${fast} : ${call})`
}

function sameText(generation: Generation, a: Code, b: Code, collation: string): string {
  if (isOnly(a, nullKind) || isOnly(b, nullKind)) return `${a.text} === ${b.text}`
  if (isIdentity(a, b, collation)) return `${a.text} === ${b.text}`
  const use = generation.emitter.use('isSame', isSame)
  return `${use}(${a.text}, ${b.text}, ${collationSlot(generation, collation)}) === 1`
}

/** `left operator right` as a condition. */
export function compareCondition(
  generation: Generation,
  comparison: BoundComparison,
  whenNull: boolean,
): string {
  const { operator, left, right, rule } = comparison
  const inPage = comparisonInPage(generation, comparison, whenNull)
  if (inPage !== null) return inPage
  const { before, a, b } = sidesOf(generation, left, right, rule)
  const test = compareText(generation, operator, a, b, rule.collation, whenNull)
  return before === '' ? test : `(${before}${test})`
}

const ternary = {
  '=': ['equal', equal],
  '<>': ['notEqual', notEqual],
  '<': ['lessThan', lessThan],
  '<=': ['lessOrEqual', lessOrEqual],
  '>': ['greaterThan', greaterThan],
  '>=': ['greaterOrEqual', greaterOrEqual],
  IS: ['isSame', isSame],
  'IS NOT': ['isNotSame', isNotSame],
} as const

/** The same as a value. */
export function compareValue(generation: Generation, comparison: BoundComparison): Code {
  const { operator, left, right, rule } = comparison
  const { before, a, b } = sidesOf(generation, left, right, rule)
  return wrap(before, compareCode(generation, operator, a, b, rule.collation))
}

function wrap(before: string, code: Code): Code {
  return before === '' ? code : { ...code, text: `(${before}${code.text})` }
}

function compareCode(
  generation: Generation,
  operator: ComparisonOperator,
  a: Code,
  b: Code,
  collation: string,
): Code {
  const isIs = operator === 'IS' || operator === 'IS NOT'
  if (isIs || (!mayBe(a, nullKind) && !mayBe(b, nullKind))) {
    const test = compareText(generation, operator, a, b, collation, false)
    return { text: `(${test} ? 1 : 0)`, kinds: integerKind, simple: false }
  }
  const [name, call] = ternary[operator]
  return {
    text: `${generation.emitter.use(name, call)}(${a.text}, ${b.text}, ${collationSlot(generation, collation)})`,
    kinds: integerKind | nullKind,
    simple: false,
  }
}

type Between = Extract<BoundExpression, { kind: 'between' }>

/** The four codes of a BETWEEN: the operand for each side, low, high. `beforeHigh` is for the second comparison alone. */
function betweenSides(
  generation: Generation,
  between: Between,
): {
  before: string
  forLow: Code
  low: Code
  beforeHigh: string
  forHigh: Code
  high: Code
} {
  const { emitter } = generation
  const { lowRule, highRule } = between
  const operand = emitter.repeatable(generation.value(between.operand))
  const convert = (affinity: Affinity | null): { before: string; code: Code } =>
    emitter.repeatable(convertedCode(generation, operand.code, affinity))
  const forLow = convert(lowRule.leftAffinity)
  const forHigh =
    lowRule.leftAffinity === highRule.leftAffinity
      ? { before: '', code: forLow.code }
      : convert(highRule.leftAffinity)
  const low = emitter.repeatable(convertedValue(generation, between.low, lowRule.rightAffinity))
  const depth = emitter.conditional
  if (!cannotFail(between.high)) emitter.conditional++
  const high = emitter.repeatable(convertedValue(generation, between.high, highRule.rightAffinity))
  emitter.conditional = depth
  return {
    before: operand.before + forLow.before + forHigh.before + low.before,
    forLow: forLow.code,
    low: low.code,
    beforeHigh: high.before,
    forHigh: forHigh.code,
    high: high.code,
  }
}

/** A value that was computed already, converted. */
export function convertedCode(generation: Generation, code: Code, affinity: Affinity | null): Code {
  if (affinity === null || affinity === 'blob') return code
  const { emitter } = generation
  if (affinity === 'text') {
    if (isOnly(code, nullKind | textKind | blobKind)) return code
    const text = `${emitter.use('applyTextAffinity', applyTextAffinity)}(${generation.toValue(code).text})`
    return { text, kinds: (code.kinds & (nullKind | blobKind)) | textKind, simple: false }
  }
  if (!mayBe(code, textKind) || mayBe(code, rawKind)) return code
  const text = `${emitter.use('numericOf', numericOf)}(${code.text})`
  return { text, kinds: code.kinds | anyNumber, simple: false }
}

export function betweenCondition(
  generation: Generation,
  between: Between,
  whenNull: boolean,
): string {
  const { before, forLow, low, beforeHigh, forHigh, high } = betweenSides(generation, between)
  const inner = between.negated ? !whenNull : whenNull
  const first = compareText(generation, '>=', forLow, low, between.lowRule.collation, inner)
  const second = compareText(generation, '<=', forHigh, high, between.highRule.collation, inner)
  const last = beforeHigh === '' ? second : `(${beforeHigh}${second})`
  return `${between.negated ? '!' : ''}(${before}${first} && ${last})`
}

export function betweenValue(generation: Generation, between: Between): Code {
  const { emitter } = generation
  const { before, forLow, low, beforeHigh, forHigh, high } = betweenSides(generation, between)
  const first = compareCode(generation, '>=', forLow, low, between.lowRule.collation)
  const second = compareCode(generation, '<=', forHigh, high, between.highRule.collation)
  const both = `${emitter.use('and', and)}(${first.text}, ${second.text})`
  const text = between.negated ? `${emitter.use('not', not)}(${both})` : both
  return { text: `(${before}${beforeHigh}${text})`, kinds: integerKind | nullKind, simple: false }
}
