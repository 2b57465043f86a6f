/**
 * Expressions: that operators bind as in SQLite, checked by value. A flat text and the same with every operation
 * in parentheses, as we understood it, must come to the same in SQLite.
 */
import test from 'ava'
import * as fc from 'fast-check'
import {
  parseExpressionText,
  printExpression,
  type Expression,
} from '../../packages/engine/src/sql/index.ts'
import { openOracle, showAnswer } from '../support/oracle.ts'

const grouped = (sql: string): string => printExpression(parseExpressionText(sql))

test('expressions: operators bind as in SQLite', (t) => {
  const expected: [string, string][] = [
    ['1 + 2 * 3', '1 + (2 * 3)'],
    ['1 = 2 IS NULL', '(1 = 2) ISNULL'],
    ['NOT 1 = 2', 'NOT (1 = 2)'],
    ['1 + NOT 2 = 3', '1 + (NOT (2 = 3))'],
    ['- a COLLATE nocase', '(-a) COLLATE nocase'],
    ['a || b COLLATE nocase', 'a || (b COLLATE nocase)'],
    ['- a -> b', '(-a) -> b'],
    ['a < b = c <> d', '((a < b) = c) <> d'],
    ['a | b & c << d + e', '((a | b) & c) << (d + e)'],
    ['a OR b AND NOT c', 'a OR (b AND (NOT c))'],
    ['a BETWEEN 1 AND 2 AND b', '(a BETWEEN 1 AND 2) AND b'],
    ['a BETWEEN b = 1 AND 2 < 3', 'a BETWEEN (b = 1) AND (2 < 3)'],
    ["a LIKE b || c ESCAPE 'x' = d", "(a LIKE (b || c) ESCAPE 'x') = d"],
    ['a = b NOT NULL', '(a = b) NOTNULL'],
    ['a IS NOT b', 'a IS NOT b'],
    ['a IS NOT DISTINCT FROM b', 'a IS b'],
    ['a IS DISTINCT FROM NULL', 'a NOTNULL'],
    ['a NOT IN (1) ISNULL', '(a NOT IN (1)) ISNULL'],
    ['a == b != c', '(a = b) <> c'],
    ['~ - + a', '~(-a)'],
  ]
  for (const [sql, text] of expected) t.is(grouped(sql), text, sql)
})

const atoms = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  'NULL',
  "'1'",
  "'a'",
  "'%'",
  '1.5',
  "x'31'",
  'TRUE',
  '(1+1)',
]
const binary = `OR AND = == <> != IS IS_NOT IS_DISTINCT_FROM IS_NOT_DISTINCT_FROM < <= > >= & | << >> + - * / % || LIKE
  NOT_LIKE GLOB NOT_GLOB`
const prefix = 'NOT - + ~ -_NOT NOT_-'
const postfix = `ISNULL NOTNULL NOT_NULL IS_NULL IS_NOT_NULL COLLATE_NOCASE IN_(1,2) NOT_IN_(0,3) IN_()
  IN_(SELECT_1) BETWEEN_1_AND_2 NOT_BETWEEN_0_AND_1 BETWEEN_'a'_=_1_AND_2 LIKE_'1'_ESCAPE_'z'`
const words = (list: string): string[] =>
  list
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('_', ' '))

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...words(binary)), fc.constantFrom(...atoms)) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom(...words(binary)),
      fc.constantFrom(...words(prefix)),
      fc.constantFrom(...atoms),
    ),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...words(postfix))) },
)
const flat = fc
  .tuple(
    fc.option(fc.constantFrom(...words(prefix)), { nil: '' }),
    fc.constantFrom(...atoms),
    fc.array(piece, { minLength: 1, maxLength: 6 }),
  )
  .map(([first, atom, pieces]) => [first, atom, ...pieces.flat()].join(' ').trim())

test('expressions: random operators come to the same with and without our parentheses', async (t) => {
  const oracle = openOracle()
  if (oracle === null) {
    t.log('no SQLite: nothing compared')
    t.pass()
    return
  }
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  t.log(`SEED=${seed}`)
  const texts = fc.sample(flat, { seed, numRuns: 4000 })
  const plain = await oracle.evaluate(texts)
  const ours = await oracle.evaluate(texts.map(grouped))
  oracle.close()
  let compared = 0
  texts.forEach((text, i) => {
    const expected = showAnswer(plain[i]!)
    if (!expected.startsWith('error')) compared++
    if (showAnswer(ours[i]!) !== expected) t.is(`${text}: ${showAnswer(ours[i]!)}`, expected)
  })
  t.true(compared > 3000)
})

test('expressions: a span begins at the first character, inside the parentheses around the whole', (t) => {
  const spanOf = (sql: string, pick: (e: Expression) => Expression = (e) => e): string => {
    const { start, end } = pick(parseExpressionText(sql))
    return sql.slice(start, end)
  }
  t.is(spanOf(' (a) + (b) '), '(a) + (b)')
  t.is(spanOf('((a + b))'), 'a + b')
  t.is(spanOf('(a) IS NULL'), '(a) IS NULL')
  t.is(spanOf('(a) NOT LIKE (b)'), '(a) NOT LIKE (b)')
  t.is(spanOf('(a) COLLATE nocase'), '(a) COLLATE nocase')
  t.is(spanOf('(a) IN (1, 2)'), '(a) IN (1, 2)')
  t.is(spanOf('- (a)'), '- (a)')
  t.is(spanOf('NOT (a)'), 'NOT (a)')
})

test('expressions: integers are exact, and beyond 64 bits they are REAL', (t) => {
  const valueOf = (sql: string): unknown => {
    const e = parseExpressionText(sql)
    return 'value' in e ? [e.kind, e.value] : e.kind
  }
  t.deepEqual(valueOf('9007199254740991'), ['integer', 9007199254740991])
  t.deepEqual(valueOf('9007199254740992'), ['integer', 9007199254740992n])
  t.deepEqual(valueOf('9223372036854775807'), ['integer', 9223372036854775807n])
  t.deepEqual(valueOf('9223372036854775808'), ['real', 9223372036854775808])
  t.deepEqual(valueOf('-9223372036854775808'), ['integer', -(2n ** 63n)])
  t.deepEqual(valueOf('-(+9_223372036854775808)'), ['integer', -(2n ** 63n)])
  t.is(valueOf('-9223372036854775808.0'), 'unary')
  t.deepEqual(valueOf('0xffffffffffffffff'), ['integer', -1])
  t.deepEqual(valueOf('0x7fffffffffffffff'), ['integer', 9223372036854775807n])
  t.deepEqual(valueOf('1e3'), ['real', 1000])
})

test('expressions: TRUE is a literal only without quotes', (t) => {
  t.is(parseExpressionText('true').kind, 'boolean')
  t.is(parseExpressionText('[true]').kind, 'column')
  t.is(parseExpressionText('t.true').kind, 'column')
})

test('expressions: a name in double quotes is told from others', (t) => {
  t.like(parseExpressionText('"a"'), { kind: 'column', quoted: true })
  t.like(parseExpressionText('`a`'), { kind: 'column', quoted: false })
  t.like(parseExpressionText('a'), { kind: 'column', quoted: false })
})

test('expressions: one query in any number of parentheses is asked for all of its rows', (t) => {
  t.like(parseExpressionText('a IN (((SELECT 1)))'), { kind: 'in', source: { kind: 'select' } })
})

test('expressions: depth is bounded, width is not', (t) => {
  const tooLarge = { message: 'Expression tree is too large (maximum depth 1000)' }
  t.notThrows(() => parseExpressionText('1' + '+1'.repeat(999)))
  t.throws(() => parseExpressionText('1' + '+1'.repeat(1000)), tooLarge)
  t.throws(() => parseExpressionText('- '.repeat(2000) + '1'), tooLarge)
  t.throws(() => parseExpressionText('NOT '.repeat(2000) + '1'), tooLarge)
  t.notThrows(() => parseExpressionText(`a IN (${'1,'.repeat(100_000)}1)`))
  for (const [open, close] of [
    ['(', ')'],
    ['(SELECT ', ')'],
    ['abs(', ')'],
    ['1 + (', ')'],
    ['CASE WHEN 1 THEN ', ' END'],
    ['EXISTS (SELECT * FROM (SELECT ', '))'],
    ['- ', ''],
    ['NOT ', ''],
  ] as const) {
    const sql = open.repeat(50_000) + '1' + close.repeat(50_000)
    t.throws(() => parseExpressionText(sql), { message: 'Recursion limit' }, open)
    t.notThrows(() => parseExpressionText(open.repeat(40) + '1' + close.repeat(40)), open)
  }
})
