/** `(SELECT a, b) IN (…)`: a row that a query answers may be in a query, and in no list. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const lists = [
  '10',
  '10, 3',
  '(1, 2)',
  '(1, 2), (3, 4)',
  '(1, 2), 10',
  '10, (1, 2)',
  '(SELECT 1, 2)',
  '(SELECT 1, 2), (SELECT 3, 4)',
  '(SELECT 1)',
  '(a, b)',
  'a',
  'NULL',
  '(NULL, 1)',
  '(1, 2, 3)',
  '',
  "'x' || 'y'",
  'random()',
]

test('a row that a query answers is in no list', async (t) => {
  await sameAnswers(
    t,
    ['CREATE TABLE t(a, b)', 'INSERT INTO t VALUES (1, 2)'],
    lists.flatMap((list) =>
      ['(SELECT 1, 2)', '(SELECT a, b FROM t)', '(1, 2)', '(SELECT 1)', '(VALUES (1, 2))'].flatMap(
        (row) => [
          `SELECT ${row} IN (${list}) FROM t`,
          `SELECT ${row} NOT IN (${list}) FROM t`,
          `SELECT a FROM t WHERE ${row} IN (${list})`,
          `SELECT min(CASE WHEN ${row} IN (${list}) THEN a END) FROM t GROUP BY b`,
          `UPDATE t SET a = ${row} IN (${list})`,
        ],
      ),
    ),
  )
})
