/** Names of types, in CAST and in definitions of columns. */
import { isPlainNumber } from './literal.ts'
import type { Parser } from './parser.ts'

/** A type as written, from its first token to its last; empty when there is none. */
export function parseTypeName(p: Parser): string {
  const { start } = p
  if (!p.isPlainName()) return ''
  while (p.isPlainName()) p.advance()
  if (p.acceptOperator('(')) {
    parseSignedNumber(p)
    if (p.acceptOperator(',')) parseSignedNumber(p)
    p.expectOperator(')')
  }
  return p.sql.slice(start, p.lastEnd)
}

function parseSignedNumber(p: Parser): void {
  if (!p.acceptOperator('-')) p.acceptOperator('+')
  if (!isPlainNumber(p)) throw p.syntaxError()
  p.advance()
}
