/** AND and OR as values: 1, 0 or NULL. */
import { and, not, or } from '../../runtime/index.ts'
import { cannotFail, hasSubquery } from '../../plan/index.ts'
import { integerKind, nullKind } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'
import type { BoundExpression } from '../../plan/index.ts'
import type { Code } from '../source/kinds.ts'

/**
 * AND and OR as values: an operand that may fail is evaluated also where those before it decide, unless it has a subquery.
 * (`exprCodeTargetAndOr`)
 */
export function logicValue(
  generation: Generation,
  expression: Extract<BoundExpression, { kind: 'and' | 'or' }>,
): Code {
  const { emitter } = generation
  const use = expression.kind === 'and' ? emitter.use('and', and) : emitter.use('or', or)
  const decided = expression.kind === 'and' ? '0' : '1'
  const [first, ...rest] = expression.operands
  let left = truthCode(generation, first!)
  for (const operand of rest) {
    if (expression.isRow !== true && !cannotFail(operand) && !hasSubquery(operand)) {
      const right = truthCode(generation, operand)
      const text = `${use}(${left.text}, ${right.text})`
      left = { text, kinds: integerKind | nullKind, simple: false }
      continue
    }
    const { before, code } = emitter.repeatable(left)
    emitter.conditional++
    const right = truthCode(generation, operand)
    emitter.conditional--
    left = {
      text: `(${before}${code.text} === ${decided} ? ${decided} : ${use}(${code.text}, ${right.text}))`,
      kinds: integerKind | nullKind,
      simple: false,
    }
  }
  return left
}

/** The truth of an expression as 1, 0 or NULL. */
function truthCode(generation: Generation, expression: BoundExpression): Code {
  const code = generation.value(expression)
  switch (expression.kind) {
    case 'compare':
    case 'and':
    case 'or':
    case 'not':
    case 'between':
    case 'in-list':
    case 'in-query':
    case 'exists':
    case 'is-null':
    case 'is-truth':
      return code
    default: {
      const { emitter } = generation
      const use = emitter.use('not', not)
      const plain = generation.toReadable(generation.toValue(code))
      const kinds = integerKind | (code.kinds & nullKind)
      return { text: `${use}(${use}(${plain.text}))`, kinds, simple: false }
    }
  }
}
