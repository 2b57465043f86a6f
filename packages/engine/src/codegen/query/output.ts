/**
 * Rows for the application, built in place: one object literal with the columns in order, or one array. Of the
 * conversions only those are emitted that the kinds of the column leave possible.
 */
import type { OutputColumn, SourceId } from '../../plan/index.ts'
import { quoteKey } from '../emit/quote.ts'
import type { Generation } from '../source/generation.ts'
import {
  integerKind,
  isOnly,
  mayBe,
  nullKind,
  plainNumber,
  rawKind,
  restText,
  textKind,
} from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { bareRow, isBare, shownBare, shownBareSafe, showerOf } from '../../runtime/index.ts'
import type { Integers, RowMode } from '../../runtime/index.ts'

/** The rows of an answer: the source that has them, and what is shown of it. */
export interface Answer {
  readonly source: SourceId
  readonly columns: readonly OutputColumn[]
}

/**
 * The expression that builds the current row. With `single`, for one row in a run, names that are written-out expressions
 * come from slots: they hold the statement's constants, without which its source is that of many others.
 */
export function rowText(
  generation: Generation,
  answer: Answer,
  mode: RowMode,
  integers: Integers,
  single: boolean,
): string {
  const keyOf = (name: string): string =>
    single && !/^\w+$/.test(name) ? `[${generation.emitter.slot(name)}]` : quoteKey(name)
  const columns = mode === 'pluck' ? answer.columns.slice(0, 1) : answer.columns
  generation.prepare(
    answer.source,
    columns.map((_, i) => i),
  )
  const values = columns.map((_, i) => {
    const code = generation.column(answer.source, i)
    return isBare(mode)
      ? bareText(generation, code, integers === 'bigint')
      : shownText(generation, code, integers)
  })
  switch (mode) {
    case 'pluck':
      return values[0]!
    case 'raw':
    case 'bare-raw':
      return `[${values.join(', ')}]`
    case 'object':
      return objectText(
        answer.columns.map(({ name }, i) => [name, values[i]!]),
        keyOf,
      )
    case 'bare':
      return bareObject(
        generation,
        answer.columns.map(({ name }, i) => [name, values[i]!]),
        keyOf,
      )
    case 'expand': {
      const tables = new Map<string, [string, string][]>()
      for (const [i, { name, table }] of answer.columns.entries()) {
        const key = table ?? '$'
        const members = tables.get(key) ?? []
        members.push([name, values[i]!])
        tables.set(key, members)
      }
      return objectText(
        [...tables].map(([name, members]) => [name, objectText(members, keyOf)]),
        quoteKey,
      )
    }
    default:
      return mode satisfies never
  }
}

/** Of columns with the same name the last one wins. */
function objectText(
  members: readonly (readonly [string, string])[],
  keyOf: (name: string) => string,
): string {
  const last = new Map(members)
  return `{ ${[...last].map(([name, value]) => `${keyOf(name)}: ${value}`).join(', ')} }`
}

/** A value as the application gets it. */
function shownText(generation: Generation, code: Code, integers: Integers): string {
  const { emitter } = generation
  const areBigints = integers === 'bigint'
  const asIs = nullKind | textKind | (areBigints ? plainNumber & ~integerKind : plainNumber)
  if (isOnly(code, asIs)) return code.text
  const [name, show] = showerOf(integers, code.fresh === true)
  if (areBigints) {
    const use = emitter.use(name, show)
    if (!mayBe(code, rawKind)) return `${use}(${code.text})`
    const named = emitter.name(code)
    return `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`
  }
  const named = emitter.name(code)
  const use = emitter.use(name, show)
  const checks: string[] = []
  if (code.double !== undefined)
    return `(${code.double} === ${code.double} ? ${code.double} : ${use}(${restText(code)}))`
  if (mayBe(code, plainNumber)) checks.push(`typeof ${named.text} === 'number'`)
  if (mayBe(code, textKind)) checks.push(`typeof ${named.text} === 'string'`)
  if (checks.length === 0) return `${use}(${named.text})`
  return `(${checks.join(' || ')} ? ${named.text} : ${use}(${named.text}))`
}

/**
 * An object without a prototype. A literal with `__proto__: null` takes V8 more than twice as long. Of columns with the same name all are
 * looked at, for each may be too large.
 */
function bareObject(
  { emitter }: Generation,
  members: readonly (readonly [string, string])[],
  keyOf: (name: string) => string,
): string {
  const row = emitter.fresh('row')
  emitter.line(`const ${row} = ${emitter.use('bareRow', bareRow)}()`)
  for (const [name, value] of members) {
    const key = keyOf(name)
    emitter.line(`${row}${key.startsWith('[') ? key : `[${key}]`} = ${value}`)
  }
  return row
}

/** The same for who wants values as node:sqlite has them. */
function bareText(generation: Generation, code: Code, safeIntegers: boolean): string {
  const { emitter } = generation
  const asIs = nullKind | textKind | (safeIntegers ? plainNumber & ~integerKind : plainNumber)
  if (isOnly(code, asIs)) return code.text
  if (safeIntegers) {
    const use = emitter.use('shownBareSafe', shownBareSafe)
    if (!mayBe(code, rawKind)) return `${use}(${code.text})`
    const named = emitter.name(code)
    return `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`
  }
  const named = emitter.name(code)
  const use = emitter.use('shownBare', shownBare)
  if (code.double !== undefined) {
    const { double } = code
    return `(${double} === ${double} ? ${double} : ${use}(${restText(code)}))`
  }
  const checks: string[] = []
  if (mayBe(code, plainNumber)) checks.push(`typeof ${named.text} === 'number'`)
  if (mayBe(code, textKind)) checks.push(`typeof ${named.text} === 'string'`)
  const answer = `${use}(${named.text})`
  return checks.length === 0 ? answer : `(${checks.join(' || ')} ? ${named.text} : ${answer})`
}
