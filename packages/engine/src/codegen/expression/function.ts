/**
 * Calls of scalar functions. A function is called by name with its arguments in place; those whose `form` says so
 * are written out (coalesce, iif); LIKE and GLOB with a pattern that stays the same are compiled once, and look at
 * text that is still in its page. A call over constants alone is made once in a run, when it is first wanted.
 */
import type { BoundExpression } from '../../plan/index.ts'
import { escapedTextSeen } from '../../record/index.ts'
import {
  compileGlob,
  compileGlobBytes,
  compileLike,
  compileLikeBytes,
  inEncoding,
  toText,
} from '../../runtime/index.ts'
import type { ResultClass, TextMatcher } from '../../runtime/index.ts'
import { collationSlot } from './collation.ts'
import { builtJson } from './json-build.ts'
import { jsonExtraction } from './json-extract.ts'
import { argumentCode, callWith, contextOf, isSettled, isSimple, nameOf } from './call-parts.ts'
import { joinedString, textBytesOf } from './written-text.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyInteger,
  anyValue,
  blobKind,
  fractionKind,
  integerKind,
  isOnly,
  mayBe,
  notNullText,
  nullKind,
  nullText,
  realKind,
  textKind,
} from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

function kindsOfResult(returns: ResultClass | null): Kinds {
  switch (returns) {
    case 'integer':
      return nullKind | anyInteger
    case 'real':
      return nullKind | fractionKind | realKind
    case 'text':
      return nullKind | textKind
    case 'blob':
      return nullKind | blobKind
    default:
      return anyValue
  }
}

export function functionValue(generation: Generation, call: Call): Code {
  const { emitter } = generation
  switch (call.function.form) {
    case 'identity':
      return generation.value(call.args[0]!)
    case 'coalesce':
      return coalesceValue(generation, call)
    case 'iif':
      return iifValue(generation, call)
    default:
  }
  const matcher = matcherOf(generation, call)
  if (matcher !== null) {
    const { before, operand, test } = matcher
    const nullable = mayBe(operand, nullKind)
    const text = `${nullable ? `${nullText(operand)} ? null : ` : ''}${test} ? 1 : 0`
    const kinds = integerKind | (operand.kinds & nullKind)
    return { text: `(${before}${text})`, kinds, simple: false }
  }
  const extraction = jsonExtraction(generation, call)
  if (extraction !== null) return extraction
  const built = builtJson(generation, call) ?? joinedString(generation, call)
  if (built !== null) return built
  const fromBytes = bytesCall(generation, call)
  if (fromBytes !== null) return fromBytes
  const args = call.args.map((_, i) => argumentCode(generation, call, i).text)
  if (call.function.needsCollation) args.unshift(collationSlot(generation, call.collation))
  if (call.function.needsContext) args.unshift(contextOf(generation, call))
  const { isUsers, invoke } = call.function
  const name = isUsers ? emitter.slot(invoke) : emitter.use(nameOf(call), invoke)
  const called = `${name}(${args.join(', ')})`
  const { encoding } = generation
  const isEncoded = call.function.writesBytes && encoding !== 'utf8'
  const text = isEncoded
    ? `${emitter.use('inEncoding', inEncoding)}(${called}, '${encoding}')`
    : called
  const kinds = kindsOfResult(call.function.returns)
  const isConstant = call.args.every(isSettled) && (isUsers || call.args.length > 0)
  if (!call.function.deterministic || !isConstant) return { text, kinds, simple: false }
  const memo = emitter.runState('k')
  return { text: `(${memo} === undefined ? ${memo} = ${text} : ${memo})`, kinds, simple: false }
}

/** The call over the bytes of a text, which is in its page or is written for it; null: there is none, or other arguments are more than names. */
function bytesCall(generation: Generation, call: Call): Code | null {
  const { emitter } = generation
  const { invoke, ofBytes, returns } = call.function
  if (ofBytes === null) return null
  const operand = call.args[ofBytes.argument]
  if (operand === undefined) return null
  if (!call.args.every((arg, i) => i === ofBytes.argument || isSimple(arg))) return null
  const bytes = textBytesOf(generation, operand)
  if (bytes === null) return null
  const { text: callOf } = callWith(generation, call, ofBytes.argument)
  const name = nameOf(call)
  const inBytes = callOf(
    emitter.use(`${name}Bytes`, ofBytes.invoke),
    `${bytes.data}, ${bytes.offset}, ${bytes.size}`,
  )
  const plain = callOf(emitter.use(name, invoke), bytes.other)
  const text = `(${bytes.isText} ? ${inBytes} : ${plain})`
  return { text, kinds: kindsOfResult(returns), simple: false }
}

/** The first that is not NULL. No SQL value is `undefined`, so `??` says just that. */
function coalesceValue(generation: Generation, call: Call): Code {
  const { emitter } = generation
  const codes: Code[] = []
  const depth = emitter.conditional
  for (const arg of call.args) {
    codes.push(generation.plainValue(arg))
    emitter.conditional = depth + 1
  }
  emitter.conditional = depth
  const last = codes.at(-1)!
  const kinds = codes.reduce((all: Kinds, code) => all | code.kinds, 0)
  return {
    text: `(${codes.map((code) => code.text).join(' ?? ')})`,
    kinds: mayBe(last, nullKind) ? kinds : kinds & ~nullKind,
    simple: false,
  }
}

/** `iif(c1, v1, c2, v2, …, otherwise)`; without the last, NULL. */
function iifValue(generation: Generation, call: Call): Code {
  const { args } = call
  const branches = []
  for (let i = 0; i + 1 < args.length; i += 2)
    // oxlint-disable-next-line unicorn/no-thenable -- the plan's name for what a CASE branch gives
    branches.push({ when: args[i]!, then: args[i + 1]! })
  const otherwise = args.length % 2 === 1 ? args.at(-1)! : null
  return generation.value({ kind: 'case', branches, otherwise })
}

/** A condition that needs no 1, 0, NULL; null: there is none. */
export function functionCondition(
  generation: Generation,
  call: Call,
  whenNull: boolean,
): string | null {
  if (call.function.form === 'identity') return generation.condition(call.args[0]!, whenNull)
  const bytes = bytesMatcher(generation, call, whenNull)
  if (bytes !== null) return bytes
  const matcher = matcherOf(generation, call)
  if (matcher === null) return null
  const { before, operand, test } = matcher
  if (!mayBe(operand, nullKind)) return `(${before}${test})`
  return whenNull
    ? `(${before}${nullText(operand)} || ${test})`
    : `(${before}${notNullText(operand)} && ${test})`
}

interface Matcher {
  readonly before: string
  /** The text to match. */
  readonly operand: Code
  /** Given that the operand is not NULL. */
  readonly test: string
}

/** The pattern and escape of LIKE or GLOB where both are literals. */
function literalPattern(call: Call): { pattern: string; escape: string | null } | null {
  const { matches } = call.function
  if (matches !== 'like' && matches !== 'glob') return null
  const [pattern, , escape] = call.args
  if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return null
  if (escape === undefined) return { pattern: pattern.value, escape: null }
  if (escape.kind !== 'literal' || typeof escape.value !== 'string') return null
  // An escape that is not one character is an error when a row is tested, not before.
  return [...escape.value].length === 1 ? { pattern: pattern.value, escape: escape.value } : null
}

/** `(text, toText) => …` for a pattern that is compiled when the program is linked. */
function matcherOf(generation: Generation, call: Call): Matcher | null {
  const { emitter } = generation
  const literal = literalPattern(call)
  if (literal === null || literal.pattern.length > 10_000) return null
  const match: TextMatcher =
    call.function.matches === 'like'
      ? compileLike(literal.pattern, literal.escape)
      : compileGlob(literal.pattern)
  const { before, code } = emitter.repeatable(generation.readableValue(call.args[1]!))
  const use = emitter.slot(match)
  const text = `${emitter.use('toText', toText)}(${code.text})`
  const test = isOnly(code, nullKind | textKind)
    ? `${use}(${code.text})`
    : `${use}(typeof ${code.text} === 'string' ? ${code.text} : ${text})`
  return { before, operand: code, test }
}

/** LIKE over the bytes of a text. */
function bytesMatcher(generation: Generation, call: Call, whenNull: boolean): string | null {
  if (generation.encoding !== 'utf8') return null
  const literal = literalPattern(call)
  if (literal === null || literal.pattern.length > 10_000 || escapedTextSeen()) return null
  const bytes = textBytesOf(generation, call.args[1]!)
  if (bytes === null) return null
  const match =
    call.function.matches === 'like'
      ? compileLikeBytes(literal.pattern, literal.escape)
      : compileGlobBytes(literal.pattern)
  const use = generation.emitter.slot(match)
  const matcher = matcherSlot(generation, call, literal)
  // What is no text is decoded and made one; NULL is unknown.
  return `(${bytes.isText} ? ${use}(${bytes.data}, ${bytes.offset}, ${bytes.size}) : ${matcher}(${bytes.other}, ${whenNull}))`
}

/** Matches a value that need not be text. */
function matcherSlot(
  generation: Generation,
  call: Call,
  literal: { pattern: string; escape: string | null },
): string {
  const match: TextMatcher =
    call.function.matches === 'like'
      ? compileLike(literal.pattern, literal.escape)
      : compileGlob(literal.pattern)
  return generation.emitter.slot((value: Parameters<typeof toText>[0], whenNull: boolean) => {
    const text = toText(value)
    return text === null ? whenNull : match(text)
  })
}
