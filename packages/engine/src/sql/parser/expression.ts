/**
 * Expressions, by precedence climbing. (SQL Language Expressions §2 Operators, and the precedence
 * declarations of SQLite's grammar.)
 *
 * | level | operators |
 * |---|---|
 * | 1 | OR |
 * | 2 | AND |
 * | 3 | NOT (prefix) |
 * | 4 | = == <> != IS IN LIKE GLOB MATCH REGEXP BETWEEN ISNULL NOTNULL |
 * | 5 | < <= > >= |
 * | 6 | ESCAPE |
 * | 7 | & \| << >> |
 * | 8 | + - |
 * | 9 | * / % |
 * | 10 | \|\| -> ->> |
 * | 11 | COLLATE |
 * | 12 | ~ + - (prefix) |
 */
import { sqlError } from '../../base/error.ts'
import { maxFunctionArguments } from '../../base/limits.ts'
import type {
  Binary,
  BinaryOperator,
  Expression,
  FunctionCall,
  OrderingTerm,
  Select,
  WindowSpecification,
} from '../ast/query.ts'
import { callsFunction } from '../calls-function.ts'
import { BLOB, FLOAT, INTEGER, KEYWORD, NAME, OPERATOR, PARAMETER, STRING } from '../lexer.ts'
import { parseConstants } from './constant-rows.ts'
import type { Parser } from './parser.ts'
import { parseOver } from './window.ts'

const levelOr = 1
const levelAnd = 2
const levelNot = 3
const levelEquality = 4
const levelComparison = 5
const levelBits = 7
const levelAdd = 8
const levelMultiply = 9
const levelConcat = 10
const levelCollate = 11

const operators: ReadonlyMap<string, readonly [level: number, operator: BinaryOperator]> = new Map<
  string,
  readonly [number, BinaryOperator]
>([
  ['=', [levelEquality, '=']],
  ['==', [levelEquality, '=']],
  ['<>', [levelEquality, '<>']],
  ['!=', [levelEquality, '<>']],
  ['<', [levelComparison, '<']],
  ['<=', [levelComparison, '<=']],
  ['>', [levelComparison, '>']],
  ['>=', [levelComparison, '>=']],
  ['&', [levelBits, '&']],
  ['|', [levelBits, '|']],
  ['<<', [levelBits, '<<']],
  ['>>', [levelBits, '>>']],
  ['+', [levelAdd, '+']],
  ['-', [levelAdd, '-']],
  ['*', [levelMultiply, '*']],
  ['/', [levelMultiply, '/']],
  ['%', [levelMultiply, '%']],
  ['||', [levelConcat, '||']],
  ['->', [levelConcat, '->']],
  ['->>', [levelConcat, '->>']],
])

/** An expression, which may be an operand of another. */
export function parseExpression(p: Parser): Expression {
  return parseLevel(p, levelOr)
}

/** An expression that is no part of another: a result column, a condition, a key. */
export function parseWhole(p: Parser): Expression {
  const outer = p.nestedHeight
  p.nestedHeight = 0
  const expression = parseLevel(p, levelOr)
  p.finishWhole(outer)
  return expression
}

/** `parse`, behind `entries` of the parser's stack. */
function parseBehind(p: Parser, entries: number, parse = parseExpression): Expression {
  p.enter(entries)
  const expression = parse(p)
  p.leave(entries)
  return expression
}

/** A query in parentheses that are open already. */
function parseQuery(p: Parser, entries: number): Select {
  p.enter(entries)
  const select = p.grammar.parseSelect(p)
  p.leave(entries)
  p.expectOperator(')')
  return select
}

/** An expression whose operators bind at least as tightly as `level`. */
function parseLevel(p: Parser, level: number): Expression {
  const { start } = p
  return parseRest(p, parsePrefix(p), start, level)
}

/**
 * `left` and the operators after it. `start` is where the text of `left` begins: outside the parentheses
 * around it, while its own span lies inside.
 */
function parseRest(p: Parser, left: Expression, start: number, level: number): Expression {
  for (;;) {
    const next = parseOperator(p, left, start, level)
    if (next === null) return left
    left = next
  }
}

/** `left` with the operator that follows it; null when none of at least `level` follows. */
function parseOperator(
  p: Parser,
  left: Expression,
  start: number,
  level: number,
): Expression | null {
  if (p.kind === OPERATOR) {
    const known = operators.get(p.text)
    if (known === undefined || known[0] < level) return null
    p.advance()
    return finishBinary(p, left, start, known[1], known[0] + 1)
  }
  if (p.kind !== KEYWORD) return null
  switch (p.text) {
    case 'OR':
      if (level > levelOr) return null
      p.advance()
      return finishBinary(p, left, start, 'OR', levelAnd)
    case 'AND':
      if (level > levelAnd) return null
      p.advance()
      return simplifiedAnd(p, finishBinary(p, left, start, 'AND', levelNot))
    case 'COLLATE': {
      if (level > levelCollate) return null
      const { height } = p
      p.advance()
      const collation = p.plainName()
      p.setHeight(height + 1)
      return { kind: 'collate', operand: left, collation, start, end: p.lastEnd }
    }
    default:
      return level > levelEquality ? null : parseEquality(p, left, start)
  }
}

function finishBinary(
  p: Parser,
  left: Expression,
  start: number,
  operator: BinaryOperator,
  level: number,
): Binary {
  const { height } = p
  p.enter(2)
  const right = parseLevel(p, level)
  p.leave(2)
  p.setHeight(Math.max(height, p.height) + 1)
  return { kind: 'binary', operator, left, right, start, end: p.lastEnd }
}

/** AND with a 0 that is written out is 0, whatever names stand on its other side. (`sqlite3ExprAnd`) */
function simplifiedAnd(p: Parser, e: Binary): Expression {
  if ((!isWrittenFalse(p, e.left) && !isWrittenFalse(p, e.right)) || callsFunction(e)) return e
  p.setHeight(1)
  return { kind: 'integer', value: 0, start: e.start, end: e.end }
}

function isWrittenFalse(p: Parser, e: Expression): boolean {
  // Digits with a separator among them are looked at later.
  if (e.kind === 'integer') return e.value === 0 && !/^\d[\dx]*_/i.test(p.sql.slice(e.start, e.end))
  return e.kind === 'in' && !e.negated && e.source.kind === 'list' && e.source.items.length === 0
}

/** IS, IN, LIKE, BETWEEN and their kin. */
function parseEquality(p: Parser, left: Expression, start: number): Expression | null {
  const { height } = p
  switch (p.text) {
    case 'ISNULL':
    case 'NOTNULL': {
      const negated = p.text === 'NOTNULL'
      p.advance()
      p.setHeight(height + 1)
      return isNull(left, negated, start, p.lastEnd)
    }
    case 'IS':
      p.advance()
      return parseIs(p, left, start, height)
    case 'NOT':
      p.advance()
      if (p.accept('NULL')) {
        p.setHeight(height + 1)
        return isNull(left, true, start, p.lastEnd)
      }
      if (!isNegatable(p.kind, p.text)) throw p.syntaxError()
      return parseNegatable(p, left, start, true, height)
    default:
      return isNegatable(p.kind, p.text) ? parseNegatable(p, left, start, false, height) : null
  }
}

/** Of a literal the answer is known: it is a number as good as a written one. (`sqlite3PExprIsNull`) */
function isNull(operand: Expression, negated: boolean, start: number, end: number): Expression {
  let inner = operand
  while (inner.kind === 'unary' && (inner.operator === '+' || inner.operator === '-')) {
    inner = inner.operand
  }
  switch (inner.kind) {
    case 'integer':
    case 'real':
    case 'text':
    case 'blob':
      return { kind: 'integer', value: negated ? 1 : 0, start, end }
    default:
      return { kind: 'is-null', operand, negated, start, end }
  }
}

function isNegatable(kind: number, text: string): boolean {
  if (kind !== KEYWORD) return false
  return (
    text === 'IN' ||
    text === 'LIKE' ||
    text === 'GLOB' ||
    text === 'BETWEEN' ||
    text === 'REGEXP' ||
    text === 'MATCH'
  )
}

function parseIs(p: Parser, left: Expression, start: number, height: number): Expression {
  let negated = p.accept('NOT')
  let entries = negated ? 3 : 2
  if (p.accept('DISTINCT')) {
    p.expect('FROM')
    negated = !negated
    entries += 2
  }
  p.enter(entries)
  const right = parseLevel(p, levelComparison)
  p.leave(entries)
  const end = p.lastEnd
  p.setHeight(Math.max(height, p.height) + 1)
  if (right.kind === 'null') return isNull(left, negated, start, end)
  return { kind: 'binary', operator: negated ? 'IS NOT' : 'IS', left, right, start, end }
}

function parseNegatable(
  p: Parser,
  left: Expression,
  start: number,
  negated: boolean,
  height: number,
): Expression {
  const word = p.text
  // SQLite writes `x NOT LIKE y` as two nodes, and counts both.
  const own = negated ? 2 : 1
  p.advance()
  if (word === 'IN') return parseIn(p, left, start, negated, height)
  if (word === 'BETWEEN') {
    const lowStart = p.start
    p.enter(2)
    let low = parseLevel(p, levelNot)
    // An OR here takes every AND that follows it, as in SQLite's grammar, and none is left for BETWEEN.
    if (p.isKeyword('OR')) low = parseRest(p, low, lowStart, levelOr)
    const lowHeight = p.height
    p.expect('AND')
    p.enter(2)
    const high = parseLevel(p, levelComparison)
    p.leave(4)
    p.setHeight(Math.max(height, lowHeight, p.height) + own)
    return { kind: 'between', operand: left, low, high, negated, start, end: p.lastEnd }
  }
  const operator = word as 'LIKE' | 'GLOB' | 'REGEXP' | 'MATCH'
  p.enter(2)
  const pattern = parseLevel(p, levelComparison)
  let highest = Math.max(height, p.height)
  let escape: Expression | null = null
  if (p.accept('ESCAPE')) {
    p.enter(2)
    escape = parseLevel(p, levelComparison)
    p.leave(2)
    highest = Math.max(highest, p.height)
  }
  p.leave(2)
  p.setHeight(highest + own)
  return { kind: 'like', operator, operand: left, pattern, escape, negated, start, end: p.lastEnd }
}

function parseIn(
  p: Parser,
  left: Expression,
  start: number,
  negated: boolean,
  height: number,
): Expression {
  const own = negated ? 2 : 1
  const finish = (source: Extract<Expression, { kind: 'in' }>['source']): Expression => {
    return { kind: 'in', operand: left, negated, source, start, end: p.lastEnd }
  }
  if (p.acceptOperator('(')) {
    if (startsSelect(p)) {
      const select = parseQuery(p, 3)
      p.setHeight(Math.max(height, p.height) + own)
      return finish({ kind: 'select', select })
    }
    p.enter(3)
    const items = p.isOperator(')') ? [] : parseExpressionList(p)
    p.leave(3)
    const highest = items.length === 0 ? height : Math.max(height, p.height)
    p.expectOperator(')')
    p.setHeight(highest + own)
    const only = items.length === 1 ? items[0]! : null
    // However many parentheses stand around the only item, a query is asked for all of its rows.
    if (only?.kind === 'subquery') return finish({ kind: 'select', select: only.select })
    if (left.kind === 'row') checkRowSizes(items, left.items.length)
    return finish({ kind: 'list', items })
  }
  const { schema, name } = p.qualifiedName()
  let args: readonly Expression[] | null = null
  if (p.acceptOperator('(')) {
    args = p.isOperator(')') ? [] : parseExpressionList(p)
    p.expectOperator(')')
  }
  p.setHeight(height + own)
  return finish({ kind: 'table', schema, name, args })
}

/** Every item of `(a, b) IN (…)` has as many terms as the left side. */
function checkRowSizes(items: readonly Expression[], expected: number): void {
  for (const item of items) {
    const size = item.kind === 'row' ? item.items.length : 1
    if (size !== expected) {
      const terms = size > 1 ? 'terms' : 'term'
      throw sqlError(`IN(...) element has ${size} ${terms} - expected ${expected}`)
    }
  }
}

/** A list that is longer may be very long, and its rest is tried as constants once. */
const fewItems = 8

/** One or more, separated by commas; `p.height` is the tallest one's. */
export function parseExpressionList(
  p: Parser,
  parse: typeof parseExpression = parseExpression,
): Expression[] {
  const items = [parse(p)]
  if (!p.isOperator(',')) return items
  let { height } = p
  p.enter(2)
  while (p.isOperator(',')) {
    const constants = items.length === fewItems ? parseConstants(p) : null
    if (constants === null) {
      p.advance()
      items.push(parse(p))
    } else {
      for (const constant of constants) items.push(constant)
      if (parse === parseWhole) {
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

/** Whether the next token begins a query. */
export function startsSelect(p: Parser): boolean {
  return p.kind === KEYWORD && (p.text === 'SELECT' || p.text === 'VALUES' || p.text === 'WITH')
}

function parsePrefix(p: Parser): Expression {
  if (p.kind === OPERATOR) {
    if (isSign(p.text)) return parseSigned(p)
    if (p.text === '(') return parseParenthesis(p)
    throw p.syntaxError()
  }
  return p.isKeyword('NOT') ? parseNot(p) : parsePrimary(p)
}

type Sign = '-' | '+' | '~'

function isSign(operator: string): operator is Sign {
  return operator === '-' || operator === '+' || operator === '~'
}

/** Signs bind tighter than all else, so a row of them is a loop. */
function parseSigned(p: Parser): Expression {
  const signs: { readonly sign: Sign; readonly start: number }[] = []
  while (p.kind === OPERATOR && isSign(p.text)) {
    signs.push({ sign: p.text, start: p.start })
    p.advance()
  }
  p.enter(signs.length)
  let operand = parsePrefix(p)
  p.leave(signs.length)
  for (let i = signs.length - 1; i >= 0; i--) {
    operand = applySign(p, signs[i]!.sign, operand, signs[i]!.start)
  }
  return operand
}

/** `+x` under another sign is `x`, as in SQLite. The smallest INTEGER can only be written with its sign. */
function applySign(p: Parser, operator: Sign, operand: Expression, start: number): Expression {
  const end = p.lastEnd
  if (operator !== '~' && operand.kind === 'unary' && operand.operator === '+') {
    return operator === '+'
      ? { ...operand, start, end }
      : applyMinus(p, operand.operand, start, end, 0)
  }
  if (operator === '-') return applyMinus(p, operand, start, end, 1)
  p.setHeight(p.height + 1)
  return { kind: 'unary', operator, operand, start, end }
}

function applyMinus(
  p: Parser,
  operand: Expression,
  start: number,
  end: number,
  ownHeight: number,
): Expression {
  const text = p.sql.slice(operand.start, operand.end)
  if (operand.kind === 'real' && isSmallestInteger(text)) {
    return { kind: 'integer', value: -(2n ** 63n), start, end }
  }
  const isHex = operand.kind === 'integer' && /^0x/i.test(text)
  if (isHex && operand.value === -(2n ** 63n) && !p.isDefinition) {
    throw sqlError(`hex literal too big: -${text}`)
  }
  p.setHeight(p.height + ownHeight)
  return { kind: 'unary', operator: '-', operand, start, end }
}

/** Whether a minus sign before this number makes it the smallest INTEGER. */
export function isSmallestInteger(text: string): boolean {
  return (
    text.length >= 19 && /^[\d_]+$/.test(text) && BigInt(text.replaceAll('_', '')) === 2n ** 63n
  )
}

function parseNot(p: Parser): Expression {
  const starts: number[] = []
  while (p.isKeyword('NOT')) {
    starts.push(p.start)
    p.advance()
  }
  p.enter(starts.length)
  let operand = parseLevel(p, levelNot)
  p.leave(starts.length)
  for (let i = starts.length - 1; i >= 0; i--) {
    p.setHeight(p.height + 1)
    operand = { kind: 'unary', operator: 'NOT', operand, start: starts[i]!, end: p.lastEnd }
  }
  return operand
}

/**
 * `(x)`, `(x, y)` or `(SELECT …)`. A single expression keeps its own span. Parentheses directly inside each other are a loop,
 * for there may be thousands.
 */
function parseParenthesis(p: Parser): Expression {
  const starts: number[] = []
  while (p.isOperator('(')) {
    starts.push(p.start)
    p.advance()
    p.enter(1)
  }
  let { start } = p
  let expression: Expression
  if (startsSelect(p)) {
    start = starts.pop()!
    const select = parseQuery(p, 0)
    p.leave(1)
    p.setHeight(p.height + 1)
    expression = { kind: 'subquery', select, start, end: p.lastEnd }
  } else expression = parsePrefix(p)
  while (starts.length > 0) {
    expression = closeParenthesis(p, parseRest(p, expression, start, levelOr), starts.at(-1)!)
    start = starts.pop()!
  }
  return expression
}

/** What follows the first expression in a parenthesis that began at `start`. */
function closeParenthesis(p: Parser, first: Expression, start: number): Expression {
  if (p.acceptOperator(')')) {
    p.leave(1)
    return first
  }
  let { height } = p
  p.expectOperator(',')
  p.enter(2)
  const items = [first, ...parseExpressionList(p)]
  height = Math.max(height, p.height)
  p.expectOperator(')')
  p.leave(3)
  p.setHeight(height + 1)
  return { kind: 'row', items, start, end: p.lastEnd }
}

function parsePrimary(p: Parser): Expression {
  const { start, kind, text } = p
  p.height = 1
  switch (kind) {
    case INTEGER:
      p.advance()
      return parseInteger(text, start, p.lastEnd)
    case FLOAT:
      p.advance()
      return { kind: 'real', value: Number(text), start, end: p.lastEnd }
    case STRING:
      if (p.isOperatorAhead(1, '.')) break
      p.advance()
      return { kind: 'text', value: text, start, end: p.lastEnd }
    case BLOB:
      p.advance()
      return {
        kind: 'blob',
        value: Uint8Array.from(Buffer.from(text, 'hex')),
        start,
        end: p.lastEnd,
      }
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

/** A decimal number beyond 64 bits is a REAL; a hexadecimal one is an error. */
export function parseInteger(text: string, start: number, end: number): Expression {
  if (text.length <= 15) return { kind: 'integer', value: Number(text), start, end }
  const value = BigInt(text)
  if (/^0x/i.test(text)) {
    if (value >> 64n !== 0n) throw sqlError(`hex literal too big: ${text}`)
    return { kind: 'integer', value: smallest(BigInt.asIntN(64, value)), start, end }
  }
  // 9223372036854775808 is a REAL, but the smallest INTEGER with a minus sign before it: `applyMinus` knows.
  if (value > 9223372036854775807n) return { kind: 'real', value: Number(text), start, end }
  return { kind: 'integer', value: smallest(value), start, end }
}

function smallest(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
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

/** A number without underscores, which are for expressions alone. */
export function isPlainNumber(p: Parser): boolean {
  if (p.kind !== INTEGER && p.kind !== FLOAT) return false
  return !p.sql.slice(p.start, p.end).includes('_')
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
      return { kind: 'boolean', value: upper === 'TRUE', name: first, start, end }
    }
    return { kind: 'column', schema: null, table: null, column: first, quoted, start, end }
  }
  p.advance()
  const second = p.name()
  if (!p.acceptOperator('.')) {
    p.height = 1
    const end = p.lastEnd
    return { kind: 'column', schema: null, table: first, column: second, quoted: false, start, end }
  }
  const third = p.name()
  p.height = 1
  const end = p.lastEnd
  return { kind: 'column', schema: first, table: second, column: third, quoted: false, start, end }
}

function parseCall(p: Parser, name: string, start: number): FunctionCall {
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
    if (args.length > maxFunctionArguments) throw sqlError(`too many arguments on function ${name}`)
    if (p.accept('ORDER')) {
      p.expect('BY')
      p.enter(6)
      const terms = parseOrderingTerms(p, parseExpression)
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
  const over: string | WindowSpecification | null = parseOver(p, parseExpression, (inner) =>
    parseOrderingTerms(inner, parseExpression),
  )
  p.leave(9)
  if (over !== null && distinct) throw sqlError('DISTINCT is not supported for window functions')
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

/** `x DESC NULLS LAST, …` */
export function parseOrderingTerms(
  p: Parser,
  parse: typeof parseWhole = parseWhole,
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
