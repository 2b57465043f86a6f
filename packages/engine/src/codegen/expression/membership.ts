/** IN over a list: as a condition and as a value. Many constants are one array, or a set made when the program is linked. */
import { isBuiltIn } from './collation.ts'
import { compareText } from './comparison.ts'
import { convertedValue } from './converted-value.ts'
import { constantArray, manyConstants } from '../source/constants.ts'
import { cannotFail, isConstant } from '../../plan/index.ts'
import { integerKind, mayBe, notNullText, nullKind, nullText } from '../source/kinds.ts'
import { keyFunction, keyText } from './keys.ts'
import { keySet } from '../../runtime/index.ts'
import type { BoundExpression } from '../../plan/index.ts'
import type { Code } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'
import type { Constants } from '../source/constants.ts'

type InList = Extract<BoundExpression, { kind: 'in-list' }>

/** What decides an IN over a list: whether the operand is found, and whether a NULL in the list leaves it open. */
interface Membership {
  readonly before: string
  readonly operand: Code
  readonly found: string
  readonly hasNull: string
}

function membership(generation: Generation, expression: InList): Membership {
  const { emitter } = generation
  const { items, rule } = expression
  const { before, code: operand } = emitter.repeatable(
    convertedValue(generation, expression.operand, rule.leftAffinity),
  )
  const many = manyConstants(items)
  if (many !== null) return arrayMembership(generation, expression, many, before, operand)
  if (items.length > 2 && items.every(isConstant))
    return constantMembership(generation, expression, before, operand)
  const tests: string[] = []
  const nulls: string[] = []
  emitter.conditional++
  const codes = items.map((item) =>
    emitter.repeatable(convertedValue(generation, item, rule.rightAffinity)),
  )
  emitter.conditional--
  for (const { before: first, code } of codes) {
    tests.push(`(${first}${compareText(generation, '=', operand, code, rule.collation, false)})`)
    if (mayBe(code, nullKind)) nulls.push(nullText(code))
  }
  return {
    before,
    operand,
    found: tests.length === 0 ? 'false' : `(${tests.join(' || ')})`,
    hasNull: nulls.length === 0 ? 'false' : `(${nulls.join(' || ')})`,
  }
}

/** The `Set` of an array of literals and parameters. */
function arrayMembership(
  generation: Generation,
  expression: InList,
  constants: Constants,
  before: string,
  operand: Code,
): Membership {
  const { emitter } = generation
  const { rule } = expression
  const set = emitter.fresh('set')
  const array = constantArray(generation, constants)
  const affinity = emitter.slot(rule.rightAffinity)
  const key = keyFunction(generation, rule.collation)
  const declaration = `const ${set} = ${emitter.use('keySet', keySet)}(${array}, ${affinity}, ${key})`
  if (!constants.hasParameters && isBuiltIn(rule.collation)) emitter.link(declaration)
  else emitter.atStart(declaration)
  const isNullable = constants.values.includes(null)
  return membershipIn(generation, expression, set, isNullable, before, operand)
}

/** Literals and parameters go into one `Set`, made at the start of the run. */
function constantMembership(
  generation: Generation,
  expression: InList,
  before: string,
  operand: Code,
): Membership {
  const { emitter } = generation
  const { items, rule } = expression
  const codes = items.map((item) => convertedValue(generation, item, rule.rightAffinity))
  const set = emitter.fresh('set')
  const keys = codes.map((code) =>
    mayBe(code, nullKind) || !code.simple
      ? `${keyFunction(generation, rule.collation)}(${code.text})`
      : keyText(generation, code, rule.collation),
  )
  const declaration = `const ${set} = new Set([${keys.join(', ')}])`
  if (items.every((item) => item.kind === 'literal') && isBuiltIn(rule.collation))
    emitter.link(declaration)
  else emitter.atStart(declaration)
  const isNullable = codes.some((code) => mayBe(code, nullKind))
  return membershipIn(generation, expression, set, isNullable, before, operand)
}

function membershipIn(
  generation: Generation,
  { rule }: InList,
  set: string,
  isNullable: boolean,
  before: string,
  operand: Code,
): Membership {
  const hasNull = isNullable ? `${set}.has(null)` : 'false'
  const has = `${set}.has(${keyText(generation, operand, rule.collation)})`
  const found =
    hasNull === 'false' || !mayBe(operand, nullKind) ? has : `(${notNullText(operand)} && ${has})`
  return { before, operand, found, hasNull }
}

export function inListCondition(
  generation: Generation,
  expression: InList,
  whenNull: boolean,
): string {
  if (expression.items.length === 0) return expression.negated ? 'true' : 'false'
  const { before, operand, found, hasNull } = membership(generation, expression)
  const inner = expression.negated ? !whenNull : whenNull
  const parts = [found]
  if (inner && mayBe(operand, nullKind)) parts.push(nullText(operand))
  if (inner && hasNull !== 'false') parts.push(hasNull)
  return `${expression.negated ? '!' : ''}(${before}${parts.join(' || ')})`
}

export function inListValue(generation: Generation, expression: InList): Code {
  const [yes, no] = expression.negated ? [0, 1] : [1, 0]
  if (expression.items.length === 0) return generation.emitter.literal(no)
  const { before, operand, found, hasNull } = membership(generation, expression)
  const nullable = mayBe(operand, nullKind)
  const open = hasNull === 'false' ? String(no) : `${hasNull} ? null : ${no}`
  const isNull = nullable ? `${nullText(operand)} ? null : ` : ''
  // Items that may fail are evaluated also for NULL.
  const text = expression.items.every(cannotFail)
    ? `${isNull}${found} ? ${yes} : ${open}`
    : `${found} ? ${yes} : ${isNull}${open}`
  const kinds = nullable || hasNull !== 'false' ? integerKind | nullKind : integerKind
  return { text: `(${before}${text})`, kinds, simple: false }
}
