/**
 * Texts that are computed, as bytes: `||`, `concat()`, `printf()`, `upper()` and their kind, written piece by piece where the one who asks needs no
 * JavaScript string. Columns are copied out of their pages, what is constant between them is one piece.
 *
 * All values that are not in pages are evaluated before the first piece is written, for there is one buffer.
 */
import type { BoundExpression } from '../../plan/index.ts'
import { encodeText } from '../../record/index.ts'
import { appendConversion, conversionsOf, textWriter, toText } from '../../runtime/index.ts'
import type { Generation, TextBytes } from '../source/generation.ts'
import { isOnly, mayBe, nullKind, rawKind, textKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { isPageCall, isSettled, pageCall } from './call-parts.ts'
import { jsonWrites } from './json-build.ts'
import { textInPage } from './text-in-page.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

/** The text that an expression is, as bytes, which are to be used before anything else is written; null: it is better had as a value. */
export function textBytesOf(generation: Generation, expression: BoundExpression): TextBytes | null {
  return textInPage(generation, expression) ?? writtenText(generation, expression)
}

/**
 * A text that is computed.
 * @param own the variable with what writes it; null: the one that all share
 */
export function writtenText(
  generation: Generation,
  expression: BoundExpression,
  own: string | null = null,
): TextBytes | null {
  if (!isWritten(generation, expression)) return null
  const writer = own ?? generation.emitter.use('textWriter', textWriter)
  const written = (isText: string, other = 'null'): TextBytes => ({
    isText,
    data: `${writer}.bytes`,
    offset: '0',
    size: `${writer}.size`,
    other,
    isLikely: true,
  })
  if (isBuilt(expression)) {
    const built = jsonWrites(generation, expression, writer)
    if (built === null) return null
    const { before, writes } = built
    return written(`(${before}${[`${writer}.begin()`, ...writes, 'true'].join(', ')})`)
  }
  if (isJoined(expression)) {
    const pieces = new TextPieces(generation, writer)
    pieces.add(expression)
    return written(`(${pieces.before}${[`${writer}.begin()`, ...pieces.tests()].join(' && ')})`)
  }
  // One function over a text in its page, which may answer something else of another value.
  const call = pageCall(generation, expression, writer)
  if (call === null) return null
  const { bytes, append } = call
  return written(`(${bytes.isText} && ${writer}.begin() && ${append})`, call.plain(bytes.other))
}

/** The string that a text is which is computed of several parts; null: it is better put together of strings. */
export function joinedString(generation: Generation, expression: BoundExpression): Code | null {
  if (!isJoined(expression) || expression.kind === 'cast') return null
  const isCall = expression.kind === 'function'
  if (!isCall && partsOf(expression).filter((part) => isInPage(generation, part)).length < 2)
    return null
  const bytes = writtenText(generation, expression)
  if (bytes === null) return null
  const writer = generation.emitter.use('textWriter', textWriter)
  const kinds = nullKind | textKind
  return { text: `(${bytes.isText} ? ${writer}.done() : null)`, kinds, simple: false }
}

function partsOf(expression: BoundExpression): readonly BoundExpression[] {
  if (expression.kind === 'arithmetic' && expression.operator === '||')
    return [...partsOf(expression.left), expression.right]
  return [expression]
}

function isInPage(generation: Generation, expression: BoundExpression): boolean {
  return isTextColumn(expression) && textInPage(generation, expression) !== null
}

/** Whether it is likely to be one that is computed as bytes, anew for each row. */
export function isWritten({ encoding }: Generation, expression: BoundExpression): boolean {
  if (encoding !== 'utf8' || isSettled(expression)) return false
  return isJoined(expression) || isPageCall(expression) || isBuilt(expression)
}

/** It puts its parts together one by one, and is text or NULL. */
function isJoined(expression: BoundExpression): boolean {
  if (expression.kind === 'arithmetic') return expression.operator === '||'
  if (expression.kind === 'cast') return expression.affinity === 'text'
  return expression.kind === 'function' && isJoiner(expression)
}

function isJoiner(call: Call): boolean {
  const { args, function: f } = call
  if (f.isUsers) return false
  switch (f.name) {
    case 'concat':
      return true
    case 'concat_ws': {
      const [separator] = args
      return separator?.kind === 'literal' && typeof separator.value === 'string'
    }
    case 'printf':
    case 'format':
      return formatOf(call) !== null
    default:
      return false
  }
}

function isBuilt(expression: BoundExpression): boolean {
  if (expression.kind !== 'function' || expression.function.isUsers) return false
  return expression.function.name === 'json_object' || expression.function.name === 'json_array'
}

/** The parts of a pattern that is written out, if each of its conversions has an argument and writes it. */
function formatOf({ args }: Call): ReturnType<typeof conversionsOf> {
  const [pattern] = args
  if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return null
  const parts = conversionsOf(pattern.value)
  const count = parts?.filter((part) => typeof part !== 'string').length
  return count === args.length - 1 ? parts : null
}

/** Parts of a text, in their order. */
class TextPieces {
  readonly #generation: Generation
  readonly #writer: string
  /** What has to be evaluated before anything is written. */
  before = ''
  readonly #tests: string[] = []
  /** Text that is not written yet. */
  #text = ''

  constructor(generation: Generation, writer: string) {
    this.#generation = generation
    this.#writer = writer
  }

  /** Conditions, each of which writes a part: false where one is NULL, and all is. */
  tests(): readonly string[] {
    this.#flush()
    return this.#tests
  }

  add(expression: BoundExpression): void {
    if (expression.kind === 'literal' && expression.value !== null) {
      const text = expression.value instanceof Uint8Array ? null : toText(expression.value)
      if (text?.isWellFormed() === true) {
        this.#text += text
        return
      }
    }
    if (expression.kind === 'arithmetic' && expression.operator === '||') {
      this.add(expression.left)
      this.add(expression.right)
      return
    }
    if (expression.kind === 'function' && isJoiner(expression)) {
      if (expression.function.name === 'concat') {
        for (const arg of expression.args) this.#given(arg)
        return
      }
      if (expression.function.name === 'concat_ws') this.#list(expression)
      else this.#format(expression)
      return
    }
    this.#flush()
    this.#tests.push(this.#part(expression))
  }

  /** A part of `concat()`: NULL is no text. */
  #given(expression: BoundExpression): void {
    if (expression.kind === 'literal') {
      if (expression.value !== null) this.add(expression)
      return
    }
    this.#flush()
    this.#tests.push(`(${this.#part(expression)}, true)`)
  }

  #list({ args: [separator, ...items] }: Call): void {
    this.#flush()
    const writer = this.#writer
    const value = separator?.kind === 'literal' ? String(separator.value) : ''
    const between = this.#generation.emitter.slot(encodeText(value, 'utf8'))
    this.#tests.push(`${writer}.list()`)
    for (const item of items)
      this.#tests.push(`${writer}.separate(${between}) && ${writer}.separated(${this.#part(item)})`)
  }

  #format(call: Call): void {
    const { emitter } = this.#generation
    let used = 0
    for (const part of formatOf(call)!) {
      if (typeof part === 'string') {
        this.#text += part
        continue
      }
      this.#flush()
      const argument = call.args[++used]!
      const bytes = part.isWhole ? textInPage(this.#generation, argument) : null
      const use = emitter.use('appendConversion', appendConversion)
      const conversion = emitter.slot(part)
      const any = (value: string): string => `${use}(${this.#writer}, ${conversion}, ${value})`
      if (bytes?.isLikely === true) {
        const { isText, data, offset, size, other } = bytes
        const slice = `${this.#writer}.sliceUntilNul(${data}, ${offset}, ${size})`
        this.#tests.push(`(${isText} ? ${slice} : ${any(other)})`)
      } else this.#tests.push(any(this.#value(argument)))
    }
  }

  /** A condition that writes a value; false: it is NULL. */
  #part(expression: BoundExpression): string {
    if (expression.kind === 'cast' && expression.affinity === 'text')
      return this.#part(expression.operand)
    const generation = this.#generation
    const writer = this.#writer
    const bytes = isTextColumn(expression) ? textInPage(generation, expression) : null
    if (bytes !== null) {
      const { isText, data, offset, size, other } = bytes
      return `(${isText} ? ${writer}.slice(${data}, ${offset}, ${size}) : ${writer}.value(${other}))`
    }
    if (isChoice(expression))
      return `(${expression.args.map((arg) => this.#part(arg)).join(' || ')})`
    const call = pageCall(generation, expression, writer)
    if (call !== null) {
      const { isText, other } = call.bytes
      return `(${isText} && ${call.append} || ${writer}.value(${call.plain(other)}))`
    }
    if (expression.kind === 'column') {
      const code = generation.value(expression)
      const { double, rest } = code
      if (double !== undefined && rest !== undefined && mayBe(code, rawKind))
        return `(${double} === ${double} ? ${writer}.real(${double}) : ${writer}.value(${rest}))`
      if (isOnly(code, rawKind | nullKind)) {
        const { before, code: named } = generation.emitter.repeatable(code)
        this.before += before
        return `(${named.text} !== null && ${writer}.real(${named.text}))`
      }
    }
    return `${writer}.value(${this.#value(expression)})`
  }

  /** A value, evaluated before anything is written. */
  #value(expression: BoundExpression): string {
    const { emitter } = this.#generation
    const { before, code } = emitter.repeatable(this.#generation.plainValue(expression))
    this.before += before
    return code.text
  }

  #flush(): void {
    if (this.#text === '') return
    const text = encodeText(this.#text, 'utf8')
    this.#tests.push(`${this.#writer}.raw(${this.#generation.emitter.slot(text)})`)
    this.#text = ''
  }
}

/** A column that is no number as a rule: its page is asked first. */
function isTextColumn(expression: BoundExpression): boolean {
  if (expression.kind !== 'column') return false
  const { affinity } = expression
  return affinity !== 'integer' && affinity !== 'numeric' && affinity !== 'real'
}

/** `coalesce()` of what is at hand: the first that is written is the one. */
function isChoice(expression: BoundExpression): expression is Call {
  if (expression.kind !== 'function' || expression.function.form !== 'coalesce') return false
  return expression.args.every(
    (arg) => arg.kind === 'literal' || arg.kind === 'parameter' || arg.kind === 'column',
  )
}
