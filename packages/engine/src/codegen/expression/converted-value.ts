/** What a comparison makes of its sides before it compares them. */
import { isConstant } from '../../plan/index.ts'
import type { BoundExpression } from '../../plan/index.ts'
import { applyComparisonAffinity, applyTextAffinity } from '../../record/index.ts'
import type { Affinity } from '../../record/index.ts'
import { numericOf } from '../../runtime/index.ts'
import { anyNumber, blobKind, isOnly, mayBe, nullKind, rawKind, textKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'

/** The value of an expression after a comparison's conversion. Constants are converted once in a run. */
export function convertedValue(
  generation: Generation,
  expression: BoundExpression,
  affinity: Affinity | null,
): Code {
  const { emitter } = generation
  if (expression.kind === 'literal')
    return emitter.literal(applyComparisonAffinity(expression.value, affinity))
  const code = generation.value(expression)
  if (affinity === null || affinity === 'blob') return code
  const isText = affinity === 'text'
  // A REAL column keeps as text only what is no number.
  if (isText ? isOnly(code, nullKind | textKind | blobKind) : isKeptNumeric(expression, code))
    return code
  const plain = generation.toValue(code)
  const call = isText
    ? `${emitter.use('applyTextAffinity', applyTextAffinity)}(${plain.text})`
    : `${emitter.use('numericOf', numericOf)}(${plain.text})`
  const kinds = isText ? (plain.kinds & (nullKind | blobKind)) | textKind : plain.kinds | anyNumber
  if (!isConstant(expression)) return { text: call, kinds, simple: false }
  const name = emitter.fresh('k')
  emitter.atStart(`const ${name} = ${call}`)
  return { text: name, kinds, simple: true }
}

function isKeptNumeric(expression: BoundExpression, code: Code): boolean {
  if (!mayBe(code, textKind)) return true
  return expression.kind === 'column' && mayBe(code, rawKind)
}
