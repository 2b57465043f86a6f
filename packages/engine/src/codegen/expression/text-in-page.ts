/** Texts of columns where they lie, in their pages, in a database of UTF-8. */
import type { BoundExpression } from '../../plan/index.ts'
import type { Generation, TextBytes } from '../source/generation.ts'

/** The undecoded text of an expression that is a column; null: it is none, or has been decoded. */
export function textInPage(generation: Generation, expression: BoundExpression): TextBytes | null {
  if (expression.kind !== 'column' || generation.encoding !== 'utf8') return null
  const source = generation.source(expression.source)
  if (source.frame !== generation.emitter.frame) return null
  return source.textBytes?.(expression.column) ?? null
}
