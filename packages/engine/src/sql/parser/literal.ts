/** Numbers, texts and the other tokens that are values by themselves. (SQL Language Expressions §3 Literal Values) */
import type { Expression, IntegerLiteral, RealLiteral, TextLiteral } from '../ast/query.ts'
import { BLOB, FLOAT, INTEGER, STRING } from '../lexer.ts'
import type { Parser } from './parser.ts'

/** The literal that the next token is; null: it is none. */
export function parseLiteral(p: Parser): Expression | null {
  const { start, end, kind, text } = p
  switch (kind) {
    case INTEGER:
      p.advance()
      return marked(p, parseInteger(p, text, start, end))
    case FLOAT:
      p.advance()
      return marked(p, { kind: 'real', value: Number(text), start, end })
    case STRING:
      p.advance()
      return marked(p, { kind: 'text', value: text, start, end })
    case BLOB:
      p.advance()
      return { kind: 'blob', value: Uint8Array.from(Buffer.from(text, 'hex')), start, end }
    default:
      return null
  }
}

function marked(p: Parser, literal: IntegerLiteral | RealLiteral | TextLiteral): Expression {
  const mark = p.marks?.get(literal.start)
  return mark === undefined ? literal : { ...literal, mark }
}

/** A decimal number beyond 64 bits is a REAL; a hexadecimal one is an error. */
function parseInteger(
  p: Parser,
  text: string,
  start: number,
  end: number,
): IntegerLiteral | RealLiteral {
  if (text.length <= 15) return { kind: 'integer', value: Number(text), start, end }
  const value = BigInt(text)
  if (/^0x/i.test(text)) {
    if (value >> 64n !== 0n) p.refuseLast(`hex literal too big: ${text}`)
    return { kind: 'integer', value: smallest(BigInt.asIntN(64, value)), start, end }
  }
  // 9223372036854775808 is a REAL, but the smallest INTEGER with a minus sign before it: `applyMinus` knows.
  if (value > 9223372036854775807n) return { kind: 'real', value: Number(text), start, end }
  return { kind: 'integer', value: smallest(value), start, end }
}

function smallest(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}

/** Whether a minus sign before this number makes it the smallest INTEGER. */
export function isSmallestInteger(text: string): boolean {
  return (
    text.length >= 19 && /^[\d_]+$/.test(text) && BigInt(text.replaceAll('_', '')) === 2n ** 63n
  )
}

/** A number without underscores, which are for expressions alone. */
export function isPlainNumber(p: Parser): boolean {
  if (p.kind !== INTEGER && p.kind !== FLOAT) return false
  return !p.sql.slice(p.start, p.end).includes('_')
}
