/** Expressions without operators: literals, parameters, names, calls, and those that begin with a keyword. */
import type { ColumnName, Expression } from '../ast/query.ts'
import { KEYWORD, NAME, PARAMETER, STRING } from '../lexer.ts'
import { parseCall } from './call.ts'
import { parseBehind, parseQuery } from './list.ts'
import { parseLiteral } from './literal.ts'
import type { Parser } from './parser.ts'
import { parseTypeName } from './type-name.ts'

export function parsePrimary(p: Parser): Expression {
  const { start, kind, text } = p
  p.height = 1
  // `'t'.a`: a string may name a table.
  const literal = kind === STRING && p.isOperatorAhead(1, '.') ? null : parseLiteral(p)
  if (literal !== null) return literal
  switch (kind) {
    case PARAMETER: {
      // `#1` is a token, but means something only inside SQLite.
      if (/^#\d/.test(text)) throw p.syntaxError()
      p.advance()
      const index = p.parameterIndex(text)
      return { kind: 'parameter', index, name: text === '?' ? null : text, start, end: p.lastEnd }
    }
    case KEYWORD: {
      const special = parseKeywordExpression(p)
      if (special !== null) return special
      break
    }
    default:
      break
  }
  return parseNamed(p)
}

/** Expressions that begin with a keyword; null: the keyword is to be read as a name. */
function parseKeywordExpression(p: Parser): Expression | null {
  const { start, text } = p
  switch (text) {
    case 'NULL':
      p.advance()
      return { kind: 'null', start, end: p.lastEnd }
    case 'CURRENT_TIME':
    case 'CURRENT_DATE':
    case 'CURRENT_TIMESTAMP':
      p.advance()
      return { kind: 'current', what: text, start, end: p.lastEnd }
    case 'CAST':
      return parseCast(p)
    case 'CASE':
      return parseCase(p)
    case 'EXISTS': {
      p.advance()
      p.expectOperator('(')
      const select = parseQuery(p, 2)
      p.setHeight(p.height + 1)
      return { kind: 'exists', select, start, end: p.lastEnd }
    }
    case 'RAISE':
      return parseRaise(p)
    default:
      return null
  }
}

function parseCast(p: Parser): Expression {
  const { start } = p
  p.advance()
  p.expectOperator('(')
  const operand = parseBehind(p, 2)
  const { height } = p
  p.expect('AS')
  const type = parseTypeName(p)
  p.expectOperator(')')
  p.setHeight(height + 1)
  return { kind: 'cast', operand, type, start, end: p.lastEnd }
}

function parseCase(p: Parser): Expression {
  const { start } = p
  p.advance()
  let height = 0
  const part = (entries: number): Expression => {
    const expression = parseBehind(p, entries)
    height = Math.max(height, p.height)
    return expression
  }
  const operand = p.isKeyword('WHEN') ? null : part(1)
  const branches: { when: Expression; then: Expression }[] = []
  while (p.accept('WHEN')) {
    const later = branches.length > 0 ? 1 : 0
    const when = part(3 + later)
    p.expect('THEN')
    // oxlint-disable-next-line unicorn/no-thenable -- THEN is SQL's word; no tree is ever awaited
    branches.push({ when, then: part(5 + later) })
  }
  if (branches.length === 0) throw p.syntaxError()
  const otherwise = p.accept('ELSE') ? part(4) : null
  p.expect('END')
  p.setHeight(height + 1)
  return { kind: 'case', operand, branches, otherwise, start, end: p.lastEnd }
}

function parseRaise(p: Parser): Expression {
  const { start } = p
  p.advance()
  p.expectOperator('(')
  const action = p.text as 'IGNORE' | 'ROLLBACK' | 'ABORT' | 'FAIL'
  if (!['IGNORE', 'ROLLBACK', 'ABORT', 'FAIL'].includes(action)) throw p.syntaxError()
  p.advance()
  let message: Expression | null = null
  if (action !== 'IGNORE') {
    p.expectOperator(',')
    message = parseBehind(p, 4)
  }
  p.expectOperator(')')
  p.setHeight(1)
  return { kind: 'raise', action, message, start, end: p.lastEnd }
}

/** A column, or a function call. */
function parseNamed(p: Parser): Expression {
  const { start, kind } = p
  if (!p.isName()) throw p.syntaxError()
  const quoted = kind !== NAME && kind !== KEYWORD && p.sql.charCodeAt(start) === 34
  const isBare = kind === NAME
  const isString = kind === STRING
  const first = p.name()
  if (!isString && p.isOperator('(')) return parseCall(p, first, start)
  if (!p.isOperator('.')) {
    if (isString) throw p.syntaxError()
    p.height = 1
    const end = p.lastEnd
    const upper = isBare && first.length <= 5 ? first.toUpperCase() : ''
    if (upper === 'TRUE' || upper === 'FALSE') {
      const literal = { kind: 'boolean', value: upper === 'TRUE', name: first, start, end } as const
      p.places?.add(literal, start, end)
      return literal
    }
    return placed(
      p,
      { kind: 'column', schema: null, table: null, column: first, quoted, start, end },
      [start, end],
    )
  }
  const marks = [start, p.lastEnd]
  p.advance()
  marks.push(p.start)
  const second = p.name()
  marks.push(p.lastEnd)
  const isLast = !p.acceptOperator('.')
  if (!isLast) marks.push(p.start)
  const column = isLast ? second : p.name()
  const table = isLast ? first : second
  const schema = isLast ? null : first
  p.height = 1
  const end = p.lastEnd
  marks.push(end)
  return placed(p, { kind: 'column', schema, table, column, quoted: false, start, end }, marks)
}

/** A column whose names begin and end at `marks`. */
function placed(p: Parser, name: ColumnName, marks: readonly number[]): ColumnName {
  if (p.places !== null) {
    for (let i = 0; i + 1 < marks.length; i += 2) p.places.add(name, marks[i]!, marks[i + 1]!)
  }
  return name
}
