/** Aggregates of a query in subqueries, and inside the arguments of other aggregates: whose they are, and which of them mean nothing. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, b)',
  'CREATE TABLE u(c, d)',
  'INSERT INTO t VALUES (1, 2), (5, 6)',
  'INSERT INTO u VALUES (3, 4)',
]

/** Each in the list of results of a query over `t`. */
const results = [
  '(SELECT max((SELECT max(t.a) FROM u)) FROM u)',
  '(SELECT sum((SELECT max(t.a) FROM u)) FROM u)',
  '(SELECT sum((SELECT sum(t.a) FROM u WHERE t.b > 1)) FROM u)',
  '(SELECT sum((SELECT count(t.a) FROM u AS z WHERE z.c > 1)) FROM u)',
  '(SELECT sum(t.a + (SELECT sum(t.a) FROM u)) FROM u)',
  '(SELECT sum((SELECT sum(t.a) + t.b FROM u)) FROM u)',
  '(SELECT sum((SELECT sum(t.a)) + 1) FROM u WHERE t.b)',
  '(SELECT sum(d + (SELECT sum(t.a) + c FROM t AS z)) FROM u)',
  '(SELECT sum((SELECT sum(t.a) + d)) FROM u)',
  '(SELECT sum((SELECT sum(c))) FROM u)',
  '(SELECT max(max(t.a)) FROM u)',
  '(SELECT sum(c + max(t.a)) FROM u)',
  '(SELECT sum(c) + max(t.a) FROM u)',
  '(SELECT (SELECT max(t.a)) FROM u)',
  '(SELECT max((SELECT max((SELECT max(t.a))) FROM u)) FROM u)',
  '(SELECT sum(c) FILTER (WHERE (SELECT max(t.a))) FROM u)',
  '(SELECT sum(t.a) FILTER (WHERE (SELECT max(t.a) FROM u)) FROM u)',
  '(SELECT group_concat(t.a ORDER BY (SELECT max(t.a) FROM u)) FROM u)',
  '(SELECT group_concat(c ORDER BY (SELECT max(t.a))) FROM u)',
  '(SELECT count(*) FROM u WHERE 6 = (SELECT sum(t.a)))',
  '(SELECT count(*) FROM u GROUP BY (SELECT sum(t.a)))',
  '(SELECT count(*) FROM u HAVING (SELECT sum(t.a)))',
  'max((SELECT max(t.a)))',
  'max((SELECT max(t.a) FROM u))',
  'sum(a + (SELECT sum(c) FROM u))',
  'sum(a + (SELECT sum(c + t.a) FROM u))',
  'sum((SELECT count(*) FROM u WHERE c > t.a))',
]

test('aggregates: of a query around the one that they are written in', async (t) => {
  await sameAnswers(
    t,
    setup,
    results.flatMap((result) => [
      `SELECT ${result} FROM t`,
      `SELECT b, ${result} FROM t GROUP BY b ORDER BY ${result}`,
      `SELECT count(*) FROM t HAVING ${result}`,
      `INSERT INTO t SELECT ${result}, 1 FROM t`,
    ]),
  )
})
