/** Lists of expressions, terms of ORDER BY, and what stands in parentheses that are open already. */
import type { Expression, OrderingTerm, Select } from '../ast/query.ts'
import { KEYWORD } from '../lexer.ts'
import { parseConstants } from './constant-rows.ts'
import type { ParseExpression, Parser } from './parser.ts'

/** An expression behind `entries` of the parser's stack. */
export function parseBehind(p: Parser, entries: number): Expression {
  p.enter(entries)
  const expression = p.grammar.parseExpression(p)
  p.leave(entries)
  return expression
}

/** A query in parentheses that are open already. */
export function parseQuery(p: Parser, entries: number): Select {
  p.enter(entries)
  const select = p.grammar.parseSelect(p)
  p.leave(entries)
  p.expectOperator(')')
  return select
}

/** Whether the next token begins a query. */
export function startsSelect(p: Parser): boolean {
  return p.kind === KEYWORD && (p.text === 'SELECT' || p.text === 'VALUES' || p.text === 'WITH')
}

/** A list that is longer may be very long, and its rest is tried as constants once. */
const fewItems = 8

/** One or more, separated by commas; `p.height` is the tallest one's. */
export function parseExpressionList(
  p: Parser,
  parse: ParseExpression = p.grammar.parseExpression,
): Expression[] {
  const items = [parse(p)]
  if (!p.isOperator(',')) return items
  let { height } = p
  p.enter(2)
  while (p.isOperator(',')) {
    const constants = items.length === fewItems && p.marks === null ? parseConstants(p) : null
    if (constants === null) {
      p.advance()
      items.push(parse(p))
    } else {
      for (const constant of constants) items.push(constant)
      if (parse === p.grammar.parseWhole) {
        const outer = p.nestedHeight
        p.nestedHeight = 0
        p.finishWhole(outer)
      }
    }
    height = Math.max(height, p.height)
  }
  p.leave(2)
  p.height = height
  return items
}

/** `x DESC NULLS LAST, …` */
export function parseOrderingTerms(
  p: Parser,
  parse: ParseExpression = p.grammar.parseWhole,
): OrderingTerm[] {
  const terms: OrderingTerm[] = []
  let height = 0
  do {
    const { start } = p
    const expression = parse(p)
    height = Math.max(height, p.height)
    const descending = p.accept('DESC')
    if (!descending) p.accept('ASC')
    let nulls: 'FIRST' | 'LAST' | null = null
    if (p.accept('NULLS')) {
      if (p.accept('FIRST')) nulls = 'FIRST'
      else {
        p.expect('LAST')
        nulls = 'LAST'
      }
    }
    terms.push({ expression, descending, nulls, start, end: p.lastEnd })
  } while (p.acceptOperator(','))
  p.height = height
  return terms
}
