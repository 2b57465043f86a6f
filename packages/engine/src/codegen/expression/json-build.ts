/** `json_object()` and `json_array()`, one inside the other, written piece by piece: what is constant between values is one piece. */
import { cannotFail } from '../../plan/index.ts'
import type { BoundExpression } from '../../plan/index.ts'
import { encodeText } from '../../record/index.ts'
import { textWriter, jsonMark, textAsJson } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import { nullKind, textKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { textInPage } from './text-in-page.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

/** JavaScript that leaves the JSON in the builder. */
export interface BuiltJson {
  readonly builder: string
  /** What is evaluated before the builder begins. */
  readonly before: string
  /** Expressions, to be evaluated one after the other. */
  readonly writes: readonly string[]
}

/** The value of such a call; null: it is none. */
export function builtJson(generation: Generation, expression: BoundExpression): Code | null {
  const built = jsonWrites(generation, expression)
  if (built === null) return null
  const { builder, before, writes } = built
  return {
    text: `(${before}${[`${builder}.begin()`, ...writes, `${builder}.done()`].join(', ')})`,
    kinds: nullKind | textKind,
    simple: false,
  }
}

/** null: the expression is no such call, or is worth no builder. */
export function jsonWrites(
  generation: Generation,
  expression: BoundExpression,
  builder: string = generation.emitter.use('textWriter', textWriter),
): BuiltJson | null {
  if (generation.encoding !== 'utf8' || !isBuilder(expression)) return null
  // Inside each other all values are evaluated before the first is written.
  if (expression.args.some((arg) => nestedIn(arg) !== null) && valuesMayFail(expression))
    return null
  const pieces = new Pieces(generation, builder)
  pieces.call(expression)
  return pieces.end()
}

/** `json_object()` with constant labels, or `json_array()`. */
function isBuilder(expression: BoundExpression): expression is Call {
  if (expression.kind !== 'function' || expression.function.isUsers) return false
  const { args, function: f } = expression
  if (f.name === 'json_array') return args.some((arg) => !isFixed(arg))
  if (f.name !== 'json_object' || args.length % 2 === 1) return false
  return (
    args.every(
      (arg, i) => i % 2 === 1 || (arg.kind === 'literal' && typeof arg.value === 'string'),
    ) && args.some((arg, i) => i % 2 === 1 && !isFixed(arg))
  )
}

function isFixed({ kind }: BoundExpression): boolean {
  return kind === 'literal' || kind === 'parameter'
}

/** The call of a builder whose answer is put into another as JSON. */
function nestedIn(arg: BoundExpression): Call | null {
  if (arg.kind !== 'function' || arg.function !== jsonMark) return null
  const [inner] = arg.args
  return inner !== undefined && isBuilder(inner) ? inner : null
}

/** Some value that is put into JSON, at whatever depth, may fail. */
function valuesMayFail({ args }: Call): boolean {
  return args.some((arg) => {
    const nested = nestedIn(arg)
    return nested === null ? !cannotFail(arg) : valuesMayFail(nested)
  })
}

class Pieces {
  readonly #generation: Generation
  readonly #builder: string
  /** What has to be evaluated before anything is written. */
  #before = ''
  readonly #writes: string[] = []
  /** Text that is not written yet. */
  #text = ''

  constructor(generation: Generation, builder: string) {
    this.#generation = generation
    this.#builder = builder
  }

  call({ args, function: f }: Call): void {
    const isObject = f.name === 'json_object'
    this.#text += isObject ? '{' : '['
    args.forEach((arg, i) => {
      if (isObject && i % 2 === 0) {
        const label = arg.kind === 'literal' ? (arg.value as string) : ''
        this.#text += `${i === 0 ? '' : ','}${textAsJson(label)}:`
        return
      }
      if (!isObject && i > 0) this.#text += ','
      this.#value(arg)
    })
    this.#text += isObject ? '}' : ']'
  }

  #value(arg: BoundExpression): void {
    const nested = nestedIn(arg)
    if (nested !== null) {
      this.call(nested)
      return
    }
    this.#flush()
    const bytes = textInPage(this.#generation, arg)
    if (bytes !== null) {
      const { isText, data, offset, size, other } = bytes
      const builder = this.#builder
      this.#writes.push(
        `(${isText} ? ${builder}.quoted(${data}, ${offset}, ${size}) : ${builder}.member(${other}))`,
      )
      return
    }
    const isJson = arg.kind === 'function' && arg.function === jsonMark
    const value = this.#generation.plainValue(isJson ? arg.args[0]! : arg)
    const { before, code } = this.#generation.emitter.repeatable(value)
    this.#before += before
    this.#writes.push(`${this.#builder}.${isJson ? 'json' : 'member'}(${code.text})`)
  }

  #flush(): void {
    if (this.#text === '') return
    const bytes = this.#generation.emitter.slot(encodeText(this.#text, 'utf8'))
    this.#writes.push(`${this.#builder}.raw(${bytes})`)
    this.#text = ''
  }

  end(): BuiltJson {
    this.#flush()
    return { builder: this.#builder, before: this.#before, writes: this.#writes }
  }
}
