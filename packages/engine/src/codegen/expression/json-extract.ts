/**
 * `json_extract()`, `->` and `->>` with one path that is written out: it is taken apart when the statement is compiled, and looked for in the
 * text where that lies, in its page.
 */
import type { BoundExpression } from '../../plan/index.ts'
import { blobUnlessJsonb, fixedExtraction } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue, blobKind, mayBe, nullKind, textKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

/** The value of such a call; null: it is none. */
export function jsonExtraction(generation: Generation, call: Call): Code | null {
  const { function: f, args } = call
  const [json, path] = args
  if (f.isUsers || f.marksJson || generation.encoding !== 'utf8') return null
  if (json?.kind !== 'column' || path?.kind !== 'literal' || args.length !== 2) return null
  const fixed = fixedExtraction(f.name, path.value)
  if (fixed === null) return null
  const { emitter } = generation
  const name = f.name === '->' ? 'json' : f.name === '->>' ? 'sql' : 'extract'
  const ofValue = emitter.use(`${name}At`, fixed.ofValue)
  const steps = emitter.slot(fixed.path)
  const kinds = f.name === '->' ? nullKind | textKind : anyValue
  const source = generation.source(json.source)
  const bytes = source.frame === emitter.frame ? (source.textBytes?.(json.column) ?? null) : null
  if (bytes === null) {
    const value = generation.plainValue(json)
    return { text: `${ofValue}(${value.text}, ${steps})`, kinds, simple: false }
  }
  const ofBytes = emitter.use(`${name}OfBytes`, fixed.ofBytes)
  const text = `(${bytes.isText} ? ${ofBytes}(${bytes.data}, ${bytes.offset}, ${bytes.size}, ${steps}) : ${ofValue}(${bytes.other}, ${steps}))`
  return { text, kinds, simple: false }
}

/** An argument that is JSON. A BLOB that is not JSONB becomes text by the encoding of the database; the runtime reads it as UTF-8. */
export function jsonArgument(generation: Generation, argument: BoundExpression): Code {
  const code = generation.plainValue(argument)
  if (generation.encoding === 'utf8' || !mayBe(code, blobKind)) return code
  const use = generation.emitter.use('blobUnlessJsonb', blobUnlessJsonb)
  return { text: `${use}(${code.text}, '${generation.encoding}')`, kinds: anyValue, simple: false }
}
