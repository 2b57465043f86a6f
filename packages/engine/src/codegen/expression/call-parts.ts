/** What calls of scalar functions are made of, and those of a text that is still in its page (`ofBytes`). */
import type { BoundExpression } from '../../plan/index.ts'
import { TimelessContext } from '../../runtime/index.ts'
import type { Generation, TextBytes } from '../source/generation.ts'
import type { Code } from '../source/kinds.ts'
import { jsonArgument } from './json-extract.ts'
import { textInPage } from './text-in-page.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

export function argumentCode(generation: Generation, call: Call, place: number): Code {
  const { takesBlobs, readsJson } = call.function
  const arg = call.args[place]!
  if (place < readsJson) return jsonArgument(generation, arg)
  const isTaken = takesBlobs === 'all' || (takesBlobs === 'first' && place === 0)
  return isTaken ? generation.plainValue(arg) : generation.readableValue(arg)
}

/** What a function asks: an expression of the schema may not ask it everything. */
export function contextOf({ emitter }: Generation, { storedIn, function: { name } }: Call): string {
  if (storedIn === undefined) return 'ctx'
  const timeless = emitter.fresh('timeless')
  const use = emitter.use('TimelessContext', TimelessContext)
  emitter.link(
    `const ${timeless} = new ${use}(ctx, ${emitter.slot(name)}, ${emitter.slot(storedIn)})`,
  )
  return timeless
}

/** A name for the function in the source: letters of its SQL name only. */
export function nameOf(call: Call): string {
  return `sql_${call.function.name.replace(/[^a-z0-9_]/g, '')}`
}

/** What can be written twice without being computed twice. */
export function isSimple({ kind }: BoundExpression): boolean {
  return kind === 'literal' || kind === 'parameter' || kind === 'column'
}

/** Whether an expression has one value throughout a run. */
export function isSettled(expression: BoundExpression): boolean {
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

/** The call with other JavaScript in the place of an argument. */
export function callWith(generation: Generation, call: Call, place: number): CallWith {
  const args = call.args.map((_, i) => (i === place ? '' : argumentCode(generation, call, i).text))
  const context = call.function.needsContext ? [contextOf(generation, call)] : []
  return {
    more: args.toSpliced(place, 1),
    text: (name, argument) => `${name}(${[...context, ...args.with(place, argument)].join(', ')})`,
  }
}

interface CallWith {
  /** The other arguments. */
  readonly more: readonly string[]
  readonly text: (name: string, argument: string) => string
}

/** A call over a text in its page whose answer can be appended to the text that is being written. */
export interface PageCall {
  readonly bytes: TextBytes
  /** A condition that appends it; false: it has not. */
  readonly append: string
  /** The call of another value. */
  readonly plain: (value: string) => string
}

/** null: the expression is no such call. */
export function pageCall(
  generation: Generation,
  expression: BoundExpression,
  writer: string,
): PageCall | null {
  if (!isPageCall(expression)) return null
  const { emitter } = generation
  const { invoke, ofBytes } = expression.function
  const { argument, append } = ofBytes!
  const bytes = textInPage(generation, expression.args[argument]!)
  if (bytes === null) return null
  const { more, text } = callWith(generation, expression, argument)
  const name = nameOf(expression)
  const use = emitter.use(`${name}Appended`, append)
  return {
    bytes,
    append: `${use}(${[writer, bytes.data, bytes.offset, bytes.size, ...more].join(', ')})`,
    plain: (value) => text(emitter.use(name, invoke), value),
  }
}

/** A call over a column, which may be in a page, and of what is at hand. */
export function isPageCall(expression: BoundExpression): expression is Call {
  if (expression.kind !== 'function' || expression.function.isUsers) return false
  const { args, function: f } = expression
  if (f.ofBytes?.append === undefined || f.needsCollation) return false
  return args[f.ofBytes.argument]?.kind === 'column' && args.every(isSimple)
}
