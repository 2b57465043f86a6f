/** Of several mistakes in one expression the one is told that SQLite tells: the last that it meets. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'
import { createRandom, type Random } from '../support/random.ts'

const setup = ['CREATE TABLE t(a, b)', 'CREATE TABLE u(a, c)']

const expressions = [
  'nofunc(1) + nosuch',
  'nofunc(1) + 1 + nosuch',
  'nofunc(nosuch)',
  'nofunc(1, nosuch)',
  'nofunc(a + nosuch)',
  'nofunc(TRUE, nosuch)',
  'nofunc(CURRENT_TIME, nosuch)',
  'nofunc(nosuch IS NULL, other)',
  'nofunc(a IS NULL, nosuch)',
  'nofunc((SELECT nosuch FROM u))',
  'nofunc((SELECT 1), nosuch)',
  'nofunc((SELECT 1 FROM nosuchtable))',
  'nofunc((SELECT a FROM u WHERE nosuch))',
  'nofunc(a IN (SELECT nosuch FROM u))',
  'nofunc(a IN nosuchtable)',
  'nofunc(nosuch IN (SELECT other))',
  'nofunc(EXISTS (SELECT nosuch FROM u))',
  'nofunc(abs(nosuch))',
  'nofunc(abs(1, nosuch))',
  'nofunc(nofunc2(1 + nosuch))',
  'abs(nosuch) AND abs(other)',
  'abs(nosuch) + abs(other)',
  'abs(nosuch) BETWEEN abs(other) AND third',
  'abs(abs(nosuch), abs(NULL, a))',
  'abs(abs(nosuch, a), t.other)',
  'abs(coalesce(a, nosuch), coalesce(nofunc(a), a))',
  '(nosuch -> nosuch) + other',
  "(nosuch -> nosuch) AND ('x' -> other)",
  "(nosuch LIKE 1) AND ('x' LIKE other)",
  'nosuch IS other',
  'nosuch IS TRUE AND other',
  'sum(nosuch ORDER BY other)',
  'sum(nosuch ORDER BY 1 + other)',
  'sum(nosuch) FILTER (WHERE other)',
  'sum(a ORDER BY nosuch) FILTER (WHERE other)',
  'group_concat(b, a ORDER BY nosuch) -> b',
  'sum(a) OVER (ORDER BY nosuch) + other',
  'sum(nosuch) OVER (ORDER BY other)',
  'row_number() OVER (ORDER BY nosuch) + other',
  'nofunc(1) OVER (ORDER BY nosuch) + 1',
  'abs(sum(a), nofunc(1))',
  'nosuch + other',
  'nosuch IN (other)',
  'CASE WHEN abs(nosuch) THEN other END',
]

test('mistakes in one expression: the last that SQLite meets is told', async (t) => {
  await sameAnswers(t, setup, [
    ...expressions.map((e) => `SELECT ${e} FROM t`),
    ...expressions.map((e) => `SELECT a FROM t WHERE ${e}`),
    ...expressions.map((e) => `SELECT a FROM t WHERE b AND ${e}`),
    ...expressions.map((e) => `DELETE FROM t WHERE ${e}`),
    ...expressions.map((e) => `SELECT a FROM t ORDER BY ${e}`),
    ...expressions.map((e) => `SELECT (SELECT ${e} FROM u AS t)`),
    'SELECT abs(nosuch), nofunc(1) FROM t',
    'SELECT a FROM t WHERE abs(nosuch) ORDER BY nofunc(1)',
  ])
})

/** Without aggregates, which are refused at two times. */
function expression(random: Random, depth: number): string {
  const part = (): string => expression(random, depth - 1)
  if (depth === 0) return random.pick(['a', 'b', '1', "'x'", 'nosuch1', 'nosuch2', 't.nosuch3'])
  switch (random.below(11)) {
    case 0:
      return `(${part()} + ${part()})`
    case 1:
      return `abs(${part()})`
    case 2:
      return `nofunc(${part()})`
    case 3:
      return `coalesce(${part()}, ${part()})`
    case 4:
      return `abs(${part()}, ${part()})`
    case 5:
      return `(${part()} IS NULL)`
    case 6:
      return `(${part()} AND ${part()})`
    case 7:
      return `(${part()} IN (${part()}, ${part()}))`
    case 8:
      return `CASE WHEN ${part()} THEN ${part()} ELSE ${part()} END`
    case 9:
      return `(${part()} LIKE ${part()})`
    default:
      return `(${part()} BETWEEN ${part()} AND ${part()})`
  }
}

test('mistakes in one expression: random ones', async (t) => {
  const random = createRandom(77)
  t.log(`SEED=${random.seed}`)
  const statements = Array.from({ length: 400 }, () =>
    random.pick([
      `SELECT ${expression(random, 3)} FROM t`,
      `DELETE FROM t WHERE ${expression(random, 3)}`,
    ]),
  )
  await sameAnswers(t, setup, statements)
})

test('mistakes in subqueries that lie inside each other are found in no time', async (t) => {
  const nested = (depth: number): string =>
    depth === 0 ? 'nosuch' : `abs((SELECT ${nested(depth - 1)}))`
  await sameAnswers(t, setup, [`SELECT ${nested(60)} FROM t`])
})

test('mistakes in RETURNING: those of a SELECT come first', async (t) => {
  const wrong = [
    'avg(count(*))',
    'avg(nosuch + count(*))',
    'avg(a) + count(*)',
    'avg(b) FILTER (WHERE count(*))',
    'abs(avg(count(*)))',
    'avg(a ORDER BY count(*))',
    '(b ->> avg(b) FILTER (WHERE count(*) > 1))',
    'max(a) + nosuch',
    'nofunc(avg(a))',
    'avg(a), sum(count(*))',
    'row_number() OVER ()',
    'sum(row_number() OVER ())',
  ]
  await sameAnswers(
    t,
    setup,
    wrong.flatMap((e) => [
      `DELETE FROM t RETURNING ${e}`,
      `UPDATE t SET a = 1 RETURNING ${e}`,
      `INSERT INTO t VALUES (1, 2) RETURNING ${e}`,
    ]),
  )
})
