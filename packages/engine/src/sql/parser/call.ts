/** Calls of functions: arguments, ORDER BY among them, FILTER and OVER. */
import { sqlError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import type { Expression, FunctionCall, OrderingTerm, WindowSpecification } from '../ast/query.ts'
import { parseBehind, parseExpressionList, parseOrderingTerms } from './list.ts'
import type { Parser } from './parser.ts'
import { parseOver } from './window.ts'

export function parseCall(p: Parser, name: string, start: number): FunctionCall {
  const expression = p.grammar.parseExpression
  p.expectOperator('(')
  let star = false
  let distinct = false
  let args: readonly Expression[] = []
  let orderBy: readonly OrderingTerm[] = []
  let height = 0
  if (p.acceptOperator('*')) {
    star = true
  } else {
    distinct = p.accept('DISTINCT')
    if (!distinct) p.accept('ALL')
    p.height = 0
    p.enter(3)
    if (!p.isOperator(')') && !p.isKeyword('ORDER')) args = parseExpressionList(p)
    p.leave(3)
    height = p.height
    if (args.length > limits.current.functionArg)
      throw sqlError(`too many arguments on function ${name}`)
    if (p.accept('ORDER')) {
      p.expect('BY')
      p.enter(6)
      const terms = parseOrderingTerms(p, expression)
      p.leave(6)
      height = Math.max(height, p.height)
      // Rows without arguments have no order to speak of: SQLite forgets it.
      if (args.length > 0) orderBy = terms
    }
  }
  p.expectOperator(')')
  let filter: Expression | null = null
  if (p.accept('FILTER')) {
    p.expectOperator('(')
    p.expect('WHERE')
    filter = parseBehind(p, 7)
    height = Math.max(height, p.height)
    p.expectOperator(')')
  }
  p.enter(9)
  const over: string | WindowSpecification | null = parseOver(p, expression, (inner) =>
    parseOrderingTerms(inner, expression),
  )
  p.leave(9)
  if (over !== null && distinct) p.refuse('DISTINCT is not supported for window functions')
  if (over !== null && orderBy.length > 0) {
    p.refuse(`ORDER BY may not be used with non-aggregate ${name}()`)
  }
  p.setHeight(height + 1)
  return {
    kind: 'function',
    name,
    distinct,
    star,
    args,
    orderBy,
    filter,
    over,
    start,
    end: p.lastEnd,
  }
}
