/** `OVER` and window definitions. (Window Functions §1.) */
import type {
  Expression,
  FrameBound,
  OrderingTerm,
  WindowFrame,
  WindowSpecification,
} from '../ast/query.ts'
import { KEYWORD } from '../lexer.ts'
import type { Parser } from './parser.ts'

type ParseExpression = (p: Parser) => Expression
type ParseTerms = (p: Parser) => OrderingTerm[]

/** The window after a function call; null: there is none. */
export function parseOver(
  p: Parser,
  expression: ParseExpression,
  terms: ParseTerms,
): string | WindowSpecification | null {
  if (!p.accept('OVER')) return null
  return p.isOperator('(') ? parseWindow(p, expression, terms) : p.writtenName()
}

/** `(base PARTITION BY … ORDER BY … frame)` */
export function parseWindow(
  p: Parser,
  expression: ParseExpression,
  terms: ParseTerms,
): WindowSpecification {
  p.expectOperator('(')
  const isFrame = p.isKeyword('ROWS') || p.isKeyword('RANGE') || p.isKeyword('GROUPS')
  const base = p.isName() && !p.isKeyword('PARTITION') && !isFrame ? p.writtenName() : null
  const partitionBy: Expression[] = []
  if (p.accept('PARTITION')) {
    p.expect('BY')
    do partitionBy.push(expression(p))
    while (p.acceptOperator(','))
  }
  let orderBy: readonly OrderingTerm[] = []
  if (p.accept('ORDER')) {
    p.expect('BY')
    orderBy = terms(p)
  }
  const frame = parseFrame(p, expression)
  p.expectOperator(')')
  return { base, partitionBy, orderBy, frame }
}

function parseFrame(p: Parser, expression: ParseExpression): WindowFrame | null {
  const unit = p.text
  if (p.kind !== KEYWORD || (unit !== 'ROWS' && unit !== 'RANGE' && unit !== 'GROUPS')) return null
  p.advance()
  const isBetween = p.accept('BETWEEN')
  const start = parseBound(p, expression, 'PRECEDING')
  let end: FrameBound = { kind: 'current-row' }
  if (isBetween) {
    p.expect('AND')
    end = parseBound(p, expression, 'FOLLOWING')
  }
  const exclude = parseExclude(p)
  if (isBackwards(start, end)) p.refuse('unsupported frame specification')
  return { unit, start, end, exclude }
}

/** A frame that ends before it starts, whatever its offsets. */
function isBackwards(start: FrameBound, end: FrameBound): boolean {
  if (start.kind === 'current-row') return end.kind === 'preceding'
  if (start.kind !== 'following') return false
  return end.kind === 'preceding' || end.kind === 'current-row'
}

function parseExclude(p: Parser): WindowFrame['exclude'] {
  if (!p.accept('EXCLUDE')) return 'NO OTHERS'
  if (p.accept('NO')) {
    p.expect('OTHERS')
    return 'NO OTHERS'
  }
  if (p.accept('CURRENT')) {
    p.expect('ROW')
    return 'CURRENT ROW'
  }
  if (p.accept('GROUP')) return 'GROUP'
  p.expect('TIES')
  return 'TIES'
}

/** `unbounded` is what may follow UNBOUNDED: a frame starts with the one and ends with the other. */
function parseBound(
  p: Parser,
  expression: ParseExpression,
  unbounded: 'PRECEDING' | 'FOLLOWING',
): FrameBound {
  if (p.accept('UNBOUNDED')) {
    p.expect(unbounded)
    return { kind: unbounded === 'PRECEDING' ? 'unbounded-preceding' : 'unbounded-following' }
  }
  if (p.accept('CURRENT')) {
    p.expect('ROW')
    return { kind: 'current-row' }
  }
  const offset = expression(p)
  if (p.accept('PRECEDING')) return { kind: 'preceding', offset }
  p.expect('FOLLOWING')
  return { kind: 'following', offset }
}
