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
  TimelessContext,
  toText,
} from '../../runtime/index.ts'
import type { ResultClass, TextMatcher } from '../../runtime/index.ts'
import { collationSlot } from './collation.ts'
import { builtJson } from './json-build.ts'
import { jsonArgument, jsonExtraction } from './json-extract.ts'
import { textInPage } from './text-in-page.ts'
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
  const built = builtJson(generation, call)
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

function argumentCode(generation: Generation, call: Call, place: number): Code {
  const { takesBlobs, readsJson } = call.function
  const arg = call.args[place]!
  if (place < readsJson) return jsonArgument(generation, arg)
  const isTaken = takesBlobs === 'all' || (takesBlobs === 'first' && place === 0)
  return isTaken ? generation.plainValue(arg) : generation.readableValue(arg)
}

/** The call over a text that is still in its page; null: there is none, or other arguments are more than names. */
function bytesCall(generation: Generation, call: Call): Code | null {
  const { emitter } = generation
  const { invoke, ofBytes, needsContext, returns } = call.function
  if (ofBytes === null) return null
  const operand = call.args[ofBytes.argument]
  if (operand === undefined) return null
  if (!call.args.every((arg, i) => i === ofBytes.argument || isSimple(arg))) return null
  const bytes = textInPage(generation, operand)
  if (bytes === null) return null
  const args = call.args.map((_, i) =>
    i === ofBytes.argument ? '' : argumentCode(generation, call, i).text,
  )
  const context = needsContext ? [contextOf(generation, call)] : []
  const withArgument = (text: string): string =>
    [...context, ...args.with(ofBytes.argument, text)].join(', ')
  const name = nameOf(call)
  const inBytes = `${emitter.use(`${name}Bytes`, ofBytes.invoke)}(${withArgument(`${bytes.data}, ${bytes.offset}, ${bytes.size}`)})`
  const plain = `${emitter.use(name, invoke)}(${withArgument(bytes.other)})`
  const text = `(${bytes.isText} ? ${inBytes} : ${plain})`
  return { text, kinds: kindsOfResult(returns), simple: false }
}

/** What can be written twice without being computed twice. */
function isSimple({ kind }: BoundExpression): boolean {
  return kind === 'literal' || kind === 'parameter' || kind === 'column'
}

/** What a function asks: an expression of the schema may not ask it everything. */
function contextOf({ emitter }: Generation, { storedIn, function: { name } }: Call): string {
  if (storedIn === undefined) return 'ctx'
  const timeless = emitter.fresh('timeless')
  const use = emitter.use('TimelessContext', TimelessContext)
  emitter.link(
    `const ${timeless} = new ${use}(ctx, ${emitter.slot(name)}, ${emitter.slot(storedIn)})`,
  )
  return timeless
}

/** A name for the function in the source: letters of its SQL name only. */
function nameOf(call: Call): string {
  return `sql_${call.function.name.replace(/[^a-z0-9_]/g, '')}`
}

/** Whether an expression has one value throughout a run. */
function isSettled(expression: BoundExpression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
      return true
    case 'negate':
    case 'cast':
      return isSettled(expression.operand)
    case 'arithmetic':
      return isSettled(expression.left) && isSettled(expression.right)
    case 'function':
      return expression.function.deterministic && expression.args.every(isSettled)
    default:
      return false
  }
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

/** LIKE over the bytes of a column that nothing has decoded yet. */
function bytesMatcher(generation: Generation, call: Call, whenNull: boolean): string | null {
  const { emitter } = generation
  const operand = call.args[1]
  if (operand?.kind !== 'column' || generation.encoding !== 'utf8') return null
  const literal = literalPattern(call)
  if (literal === null || literal.pattern.length > 10_000 || escapedTextSeen()) return null
  const source = generation.source(operand.source)
  if (source.frame !== emitter.frame) return null
  const bytes = source.textBytes?.(operand.column) ?? null
  if (bytes === null) return null
  const match =
    call.function.matches === 'like'
      ? compileLikeBytes(literal.pattern, literal.escape)
      : compileGlobBytes(literal.pattern)
  const use = emitter.slot(match)
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
