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
import type { Binary, BinaryOperator, Expression } from '../ast/query.ts'
import { callsFunction } from '../calls-function.ts'
import { KEYWORD, OPERATOR } from '../lexer.ts'
import { parseExpressionList, parseQuery, startsSelect } from './list.ts'
import { isSmallestInteger } from './literal.ts'
import type { Parser } from './parser.ts'
import { parsePrimary } from './primary.ts'

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
  // Whoever asks where names stand asks for all of them. (`IN_RENAME_OBJECT`)
  if (p.places !== null) return e
  if ((!isWrittenFalse(p, e.left) && !isWrittenFalse(p, e.right)) || callsFunction(e)) return e
  p.setHeight(1)
  return { kind: 'integer', value: 0, start: e.start, end: e.end }
}

function isWrittenFalse(p: Parser, e: Expression): boolean {
  if (e.kind === 'integer') {
    e.mark?.look()
    // Digits with a separator among them are looked at later.
    return e.value === 0 && !/^\d[\dx]*_/i.test(p.sql.slice(e.start, e.end))
  }
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
    if (left.kind === 'row') checkRowSizes(p, items, left.items.length)
    return finish({ kind: 'list', items })
  }
  const { schema, name } = p.qualifiedName()
  let args: readonly Expression[] | null = null
  if (p.acceptOperator('(')) {
    args = p.isOperator(')') ? [] : parseExpressionList(p)
    p.expectOperator(')')
  }
  p.setHeight(height + own)
  const table = { kind: 'table', schema, name, args, number: ++p.selects } as const
  return finish(args === null ? p.placed(table) : table)
}

/** Every item of `(a, b) IN (…)` has as many terms as the left side. */
function checkRowSizes(p: Parser, items: readonly Expression[], expected: number): void {
  for (const item of items) {
    const size = item.kind === 'row' ? item.items.length : 1
    if (size !== expected) {
      const terms = size > 1 ? 'terms' : 'term'
      p.refuse(`IN(...) element has ${size} ${terms} - expected ${expected}`)
    }
  }
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
    p.refuseLast(`hex literal too big: -${text}`)
  }
  p.setHeight(p.height + ownHeight)
  return { kind: 'unary', operator: '-', operand, start, end }
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
