/**
 * `json_extract()`, `->` and `->>` with one path that is written out: it is taken apart when the statement is compiled, and looked for in the
 * text where that lies, in its page.
 */
import { isConstant } from '../../plan/index.ts'
import type { BoundExpression } from '../../plan/index.ts'
import { blobUnlessJsonb, fixedExtraction } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue, blobKind, mayBe, nullKind, textKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { textInPage } from './text-in-page.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

/** The value of such a call; null: it is none. */
export function jsonExtraction(generation: Generation, call: Call): Code | null {
  const { function: f, args } = call
  const [json, path] = args
  if (f.isUsers || f.marksJson || generation.encoding !== 'utf8') return null
  if (json === undefined || path?.kind !== 'literal' || args.length !== 2) return null
  // What is constant is extracted once.
  if (isConstant(json)) return null
  const fixed = fixedExtraction(f.name, path.value)
  if (fixed === null) return null
  const { emitter } = generation
  const name = f.name === '->' ? 'json' : f.name === '->>' ? 'sql' : 'extract'
  const ofValue = emitter.use(`${name}At`, fixed.ofValue)
  const steps = emitter.slot(fixed.path)
  const kinds = f.name === '->' ? nullKind | textKind : anyValue
  const converted = convertedText(json)
  const bytes = textInPage(generation, converted ?? json)
  if (bytes === null) {
    const value = generation.plainValue(json)
    return { text: `${ofValue}(${value.text}, ${steps})`, kinds, simple: false }
  }
  const { isText, isBlob, data, offset, size, blobSize, other } = bytes
  const ofBytes = emitter.use(`${name}OfBytes`, fixed.ofBytes)
  let rest = ''
  if (converted !== null) rest = `${ofValue}(${generation.plainValue(json).text}, ${steps})`
  else {
    const isLikely = json.kind === 'column' && json.affinity === 'blob' && isBlob !== undefined
    const ofBlob = isLikely ? emitter.use(`${name}OfBlob`, fixed.ofBlob) : ''
    rest = `${ofValue}(${other}, ${steps})`
    if (isLikely)
      rest = `${isBlob} ? ${ofBlob}(${data}, ${offset}, ${blobSize}, ${steps}) : ${rest}`
  }
  const text = `(${isText} ? ${ofBytes}(${data}, ${offset}, ${size}, ${steps}) : ${rest})`
  return { text, kinds, simple: false }
}

/** The column of which JSONB is made: what is in its text is there, too. */
function convertedText(json: BoundExpression): BoundExpression | null {
  if (json.kind !== 'function' || json.function.isUsers || json.function.name !== 'jsonb')
    return null
  const [text] = json.args
  return text?.kind === 'column' ? text : null
}

/** An argument that is JSON. A BLOB that is not JSONB becomes text by the encoding of the database; the runtime reads it as UTF-8. */
export function jsonArgument(generation: Generation, argument: BoundExpression): Code {
  const code = generation.plainValue(argument)
  if (generation.encoding === 'utf8' || !mayBe(code, blobKind)) return code
  const use = generation.emitter.use('blobUnlessJsonb', blobUnlessJsonb)
  return { text: `${use}(${code.text}, '${generation.encoding}')`, kinds: anyValue, simple: false }
}
