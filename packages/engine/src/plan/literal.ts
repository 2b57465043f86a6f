/**
 * Literals of texts that share a program. While such a text is compiled a marked literal is a parameter whose value can be known;
 * who asks for it (`lookAt`) makes it part of what the texts have in common. What nobody has asked for when the plan is made
 * stays a parameter.
 *
 * Whoever reads the value of a literal in the syntax tree calls `pin` before.
 */
import { realValue, type Value } from '../record/index.ts'
import { syntaxVisitor, type Expression, type LiteralType } from '../sql/index.ts'
import type { BoundExpression } from './expression.ts'

/** An expression that has one value throughout a run, and cannot fail. */
export type Constant = Extract<BoundExpression, { readonly kind: 'literal' | 'parameter' }>

export function isConstant(expression: BoundExpression): expression is Constant {
  return expression.kind === 'literal' || expression.kind === 'parameter'
}

/** The value that a literal's text stands for. */
export function valueOfLiteral(type: LiteralType, text: string): Value {
  switch (type) {
    case 'integer':
      return Number(text)
    case 'real':
      return realValue(Number(text))
    case 'text':
      return text
    default:
      return type satisfies never
  }
}

/** The value of a literal; undefined: it is none, or one that the program is not to know. */
export function lookAt(expression: BoundExpression): Value | undefined {
  if (expression.kind === 'literal') return expression.value
  if (expression.kind !== 'parameter' || expression.mark === undefined) return undefined
  const text = expression.mark.look()
  return text === null ? undefined : valueOfLiteral(expression.mark.type, text)
}

/** The value of all literals of an expression matters: those of its subqueries, too. */
export function pin(expression: Expression): void {
  pinning.expression(expression)
}

const pinning = syntaxVisitor({
  expression: (e) => {
    if (e.kind === 'integer' || e.kind === 'real' || e.kind === 'text') e.mark?.look()
  },
})

/** Some literal of the expression is marked. */
export function hasMarks(expression: Expression): boolean {
  let found = false
  const visitor = syntaxVisitor({
    expression: (e) => {
      const isLiteral = e.kind === 'integer' || e.kind === 'real' || e.kind === 'text'
      if (isLiteral && e.mark !== undefined) found = true
    },
  })
  visitor.expression(expression)
  return found
}
