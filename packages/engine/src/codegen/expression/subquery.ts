/**
 * Queries inside expressions. Each becomes an inner function; columns of outer sources that it names become its
 * parameters. A function without parameters always gives the same answer, so it is called at most once in a
 * run, when the answer is first wanted. Where one outer value decides, answers are remembered by it.
 */
import { planCannotFail } from '../../plan/index.ts'
import type { BoundExpression, PlanNode, Subquery } from '../../plan/index.ts'
import { isVolatilePlan, visitorOf } from '../../plan/index.ts'
import { AnswerMemo, KeySet, joinKeys, roundedInteger } from '../../runtime/index.ts'
import type { Frame } from '../emit/block.ts'
import { compareText, convertedCode } from './comparison.ts'
import { convertedValue } from './converted-value.ts'
import { keyText } from './keys.ts'
import type { Generation } from '../source/generation.ts'
import { spilling } from '../source/parts.ts'
import {
  anyValue,
  bigintKind,
  integerKind,
  mayBe,
  notNullText,
  nullKind,
  nullText,
  realKind,
} from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'

type InQuery = Extract<BoundExpression, { kind: 'in-query' }>

interface Known {
  readonly frame: Frame
  /** Its one answer; null: it has several. */
  readonly memo: string | null
  /** Where its answers are remembered, and the function that asks there first; null: they are not. */
  readonly answers: { readonly memo: string; name?: string } | null
}

/** The function of a subquery, written once where one is in reach. `purpose` tells its uses apart. */
export function functionOf(
  generation: Generation,
  query: Subquery,
  purpose: string,
  body: () => void,
): string {
  const { emitter } = generation
  const key = `${purpose} ${query.id}`
  let known = generation.subqueries.get(key) as Known | undefined
  if (known === undefined || !isInReach(known.frame, emitter.frame)) {
    const isVolatile = query.isVolatile === true
    const frame = isVolatile
      ? generation.routine('query', body)
      : emitter.function('query', 'return', body)
    const isConstant = frame.parameters.size === 0 && !isVolatile
    known = {
      frame,
      memo: isConstant ? emitter.runState('m') : null,
      answers: isWorthKeeping(generation, query, frame) ? { memo: newMemo(generation) } : null,
    }
    generation.subqueries.set(key, known)
  }
  const { answers } = known
  if (answers !== null) {
    const { text, name } = emitter.rememberedText(known.frame, answers.memo, answers.name)
    answers.name = name
    return text
  }
  const call = emitter.callText(known.frame)
  if (known.memo === null) return call
  return `(${known.memo} === undefined ? ${known.memo} = ${call} : ${known.memo})`
}

/**
 * The same outer value may come again, and nothing else decides about the answer: the statement changes nothing, and what the query calls
 * answers the same each time.
 */
function isWorthKeeping(generation: Generation, query: Subquery, frame: Frame): boolean {
  if (!generation.keepsAnswers || query.isVolatile === true) return false
  const [parameter] = [...frame.parameters.values()]
  if (parameter === undefined || frame.parameters.size > 1) return false
  // A rowid is another one each time.
  if (parameter.key.endsWith('.-1') || frame.outputs || frame.stops.size > 0) return false
  return hasScan(query.plan) && !isVolatilePlan(query.plan)
}

function hasScan(plan: PlanNode): boolean {
  let found = false
  visitorOf({
    node: (node) => {
      if (node.kind === 'scan') found = true
    },
  }).node(plan)
  return found
}

function newMemo({ emitter }: Generation): string {
  const memo = emitter.fresh('answers')
  emitter.atStart(`const ${memo} = new ${emitter.use('AnswerMemo', AnswerMemo)}()`)
  return memo
}

function isInReach(target: Frame, from: Frame): boolean {
  for (let frame: Frame | null = from; frame !== null; frame = frame.parent)
    if (frame === target.parent) return true
  return false
}

/** Emits the body of a function that answers `answer()` of the first row, or `otherwise`. */
function firstRow(
  generation: Generation,
  query: Subquery,
  answer: () => string,
  otherwise: string,
): void {
  const { emitter } = generation
  const result = emitter.state('z')
  emitter.line(`${result} = ${otherwise}`)
  emitter.stoppable((stop) => {
    emitter.once(() => {
      generation.produce(query.plan, () => {
        emitter.line(`${result} = ${answer()}`)
        emitter.stop(stop)
      })
    })
  })
  emitter.line(`return ${result}`)
}

export function scalarQueryValue(
  generation: Generation,
  expression: Extract<BoundExpression, { kind: 'scalar-query' }>,
): Code {
  const { query, column } = expression
  const text = functionOf(generation, query, 'first row', () => {
    const row = (): string => {
      const values = Array.from({ length: query.columnCount }, (_, i) =>
        columnText(generation, query, i),
      )
      return values.length === 1 ? values[0]! : `[${values.join(', ')}]`
    }
    const nulls = Array.from({ length: query.columnCount }, () => 'null')
    firstRow(generation, query, row, query.columnCount === 1 ? 'null' : `[${nulls.join(', ')}]`)
  })
  return {
    text: query.columnCount === 1 ? text : `${text}[${column}]`,
    kinds: anyValue,
    simple: false,
  }
}

function columnText(generation: Generation, query: Subquery, column: number): string {
  return generation.toValue(generation.column(query.source, column)).text
}

export function existsCondition(generation: Generation, query: Subquery): string {
  return functionOf(generation, query, 'exists', () => {
    firstRow(generation, query, () => 'true', 'false')
  })
}

/** Keys of the query's rows, for one operand: NULL among them if a row is NULL. */
function keySet(generation: Generation, expression: InQuery): string {
  const { emitter } = generation
  const { query, rules } = expression
  return functionOf(generation, query, `keys ${JSON.stringify(rules)}`, () => {
    const set = emitter.state('set')
    const keySet = `new ${emitter.use('KeySet', KeySet)}(${generation.spill()})`
    emitter.line(`${set} = ${spilling(generation, keySet)}`)
    emitter.once(() => {
      generation.produce(query.plan, () => {
        const keys = rules.map(({ collation }, i) => {
          return { key: emitter.name(rowCode(generation, expression, i)), collation }
        })
        const texts = keys.map(({ key, collation }) => keyText(generation, key, collation))
        if (texts.length === 1) emitter.line(`${set}.add(${texts[0]!})`)
        else {
          for (const { key } of keys) if (mayBe(key, nullKind)) emitter.guard(notNullText(key))
          emitter.line(`${set}.add(${joined(generation, texts)})`)
        }
      })
    })
    emitter.line(`return ${set}.done()`)
  })
}

function joined(generation: Generation, keys: readonly string[]): string {
  return `${generation.emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
}

/** REAL, which one side takes from the other, rounds a large INTEGER. (OP_Affinity; other comparisons of the two are exact.) */
function roundedCode(generation: Generation, code: Code): Code {
  if (!mayBe(code, bigintKind)) return code
  const use = generation.emitter.use('roundedInteger', roundedInteger)
  return { text: `${use}(${code.text})`, kinds: code.kinds | realKind, simple: false }
}

/** A column of the query's current row, converted. */
function rowCode(generation: Generation, expression: InQuery, i: number): Code {
  const { query, rules } = expression
  const column = generation.column(query.source, i)
  const { rightAffinity } = rules[i]!
  const code = convertedCode(generation, column, rightAffinity)
  return rightAffinity === 'real' ? roundedCode(generation, code) : code
}

/** The operands, converted; `before` first. */
function operandsOf(
  generation: Generation,
  expression: InQuery,
): { before: string; codes: Code[] } {
  let before = ''
  const codes = expression.operands.map((operand, i) => {
    const { leftAffinity } = expression.rules[i]!
    const converted = convertedValue(generation, operand, leftAffinity)
    const side = generation.emitter.repeatable(
      leftAffinity === 'real' ? roundedCode(generation, converted) : converted,
    )
    before += side.before
    return side.code
  })
  return { before, codes }
}

/** Its rows may be others each time, so that a set of them would be asked once. */
function isAskedAnew({ query }: InQuery): boolean {
  return query.outerSources.length > 0 || query.isVolatile === true
}

export function inQueryCondition(
  generation: Generation,
  expression: InQuery,
  whenNull: boolean,
): string {
  const inner = expression.negated ? !whenNull : whenNull
  const negation = expression.negated ? '!' : ''
  if (isAskedAnew(expression) || (inner && expression.operands.length > 1)) {
    const value = rowByRow(generation, expression)
    return `${negation}(${value} ${inner ? '!== 0' : '=== 1'})`
  }
  const { emitter } = generation
  const { before, codes } = operandsOf(generation, expression)
  const set = keySet(generation, expression)
  const keys = codes.map((code, i) => keyText(generation, code, expression.rules[i]!.collation))
  const tests = codes.filter((code) => mayBe(code, nullKind)).map(notNullText)
  if (!inner) {
    const key = keys.length === 1 ? keys[0]! : joined(generation, keys)
    return `${negation}(${before}${[...tests, `${set}.has(${key})`].join(' && ')})`
  }
  const name = emitter.runState('set')
  const open = [`${name}.has(${keys[0]!})`, `${name}.has(null)`]
  if (mayBe(codes[0]!, nullKind)) open.push(nullText(codes[0]!))
  return `${negation}(${before}(${name} = ${set}).size > 0 && (${open.join(' || ')}))`
}

export function inQueryValue(generation: Generation, expression: InQuery): Code {
  const { emitter } = generation
  const [yes, no] = expression.negated ? [0, 1] : [1, 0]
  const kinds = integerKind | nullKind
  if (isAskedAnew(expression) || expression.operands.length > 1) {
    const value = rowByRow(generation, expression)
    if (!expression.negated) return { text: value, kinds, simple: false }
    const { before, code } = emitter.repeatable({ text: value, kinds, simple: false })
    return {
      text: `(${before}${code.text} === null ? null : 1 - ${code.text})`,
      kinds,
      simple: false,
    }
  }
  const { before, codes } = operandsOf(generation, expression)
  const [operand] = codes
  const name = emitter.runState('set')
  const key = keyText(generation, operand!, expression.rules[0]!.collation)
  const parts = [`(${name} = ${keySet(generation, expression)}).size === 0 ? ${no} : `]
  if (mayBe(operand!, nullKind)) parts.push(`${nullText(operand!)} ? null : `)
  parts.push(`${name}.has(${key}) ? ${yes} : ${name}.has(null) ? null : ${no}`)
  return { text: `(${before}${parts.join('')})`, kinds, simple: false }
}

/** 1, 0 or NULL, by comparing with one row after another until one is equal; all are looked at where one may fail, as in SQLite, which collects them. */
function rowByRow(generation: Generation, expression: InQuery): string {
  const { emitter } = generation
  const { query, rules } = expression
  return functionOf(generation, query, `in ${generation.subqueries.size}`, () => {
    const result = emitter.state('z')
    const { codes } = operandsOf(generation, expression)
    emitter.line(`${result} = 0`)
    const isWhole = !planCannotFail(query.plan)
    emitter.stoppable((stop) => {
      emitter.once(() => {
        generation.produce(query.plan, () => {
          const values = rules.map((_, i) => emitter.name(rowCode(generation, expression, i)))
          if (isWhole) emitter.guard(`${result} !== 1`)
          const sides = codes.map((code, i) => ({ code, value: values[i]!, rule: rules[i]! }))
          for (const { code, value, rule } of sides)
            emitter.guard(compareText(generation, '=', code, value, rule.collation, true))
          // Not different: equal, unless some part is unknown.
          const unknown = sides
            .flatMap(({ code, value }) => [code, value])
            .filter((code) => mayBe(code, nullKind))
            .map(nullText)
          if (unknown.length > 0)
            emitter.nested(`if (${unknown.join(' || ')})`, () => {
              emitter.line(`${result} = null`)
              emitter.line(emitter.skip)
            })
          emitter.line(`${result} = 1`)
          if (!isWhole) emitter.stop(stop)
        })
      })
    })
    emitter.line(`return ${result}`)
  })
}
