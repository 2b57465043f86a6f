/** Rows where one value is wanted, and queries with columns too many: SQLite tells of them when all names are known. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = ['CREATE TABLE t(a, b, c)', 'INSERT INTO t VALUES (1, 2, 3)']

const wrong = [
  '(SELECT 1, 2)',
  '(1, 2)',
  '(SELECT a, b FROM t)',
  '1 + (SELECT 1, 2)',
  'abs((SELECT 1, 2))',
  'a IN (SELECT 1, 2)',
  '(a, b) IN (SELECT 1)',
  '(SELECT 1, 2) IN (3, 4)',
  '(SELECT (SELECT 1, 2))',
]

test('names behind a row that may not be there are looked at', async (t) => {
  await sameAnswers(
    t,
    setup,
    wrong.flatMap((e) => [
      `SELECT ${e}`,
      `SELECT ${e} FROM t`,
      `SELECT ${e}, nosuch FROM t`,
      `SELECT nosuch, ${e} FROM t`,
      `SELECT ${e} FROM t WHERE nosuch`,
      `SELECT a FROM t WHERE ${e} AND nosuch`,
      `SELECT a FROM t WHERE ${e} GROUP BY nosuch`,
      `SELECT ${e} FROM t GROUP BY nosuch`,
      `SELECT ${e} FROM t ORDER BY nosuch`,
      `SELECT ${e} FROM t ORDER BY a LIMIT nosuch`,
      `SELECT ${e} FROM t UNION SELECT nosuch`,
      `SELECT nosuch FROM t UNION SELECT ${e}`,
      `SELECT ${e} FROM t JOIN nosuch`,
      `SELECT a FROM t GROUP BY a HAVING ${e}`,
      `SELECT a FROM t GROUP BY a HAVING ${e} AND nosuch`,
      `SELECT (SELECT ${e}), nosuch FROM t`,
      `INSERT INTO t VALUES (${e}, nosuch, 1)`,
      `INSERT INTO t(a, b) SELECT ${e}, nosuch FROM t`,
      `UPDATE t SET a = ${e}`,
      `UPDATE t SET a = ${e}, b = nosuch`,
      `UPDATE t SET a = ${e}, nosuch = 1`,
      `UPDATE t SET a = ${e} WHERE nosuch`,
      `UPDATE t SET (a, b) = (${e}, 1) WHERE nosuch`,
      `UPDATE t SET (a, b) = (1, ${e}), c = nosuch`,
      `DELETE FROM t WHERE ${e} AND nosuch`,
    ]),
  )
})

const queries = [
  'SELECT 1',
  'SELECT 1, 2, 3',
  'SELECT * FROM t',
  'SELECT (SELECT 1, 2), 3',
  'SELECT (SELECT 1, 2), 3, 4',
  'SELECT (1, 2), 3',
  'SELECT 1 + (SELECT 2, 3), 2',
  'SELECT 1, 2 FROM t WHERE (SELECT 2, 3)',
  'SELECT 1, 2 FROM t WHERE a IN (SELECT 2, 3)',
  'SELECT 1, 2 FROM t WHERE (1, 2) IN (SELECT 3)',
  'SELECT 1, 2 FROM t GROUP BY (SELECT 1, 2)',
  'SELECT 1, 2 UNION SELECT 3, (SELECT 1, 2)',
  'SELECT 1, nosuch, 3',
  'SELECT (SELECT 1, 2), nosuch',
  'SELECT 1, 2 WHERE (1, 2) = (SELECT 3)',
  'SELECT 1, abs(1, 2)',
  'VALUES (1, 2, 3)',
]

test('a query that is assigned to a row, with columns too many or a mistake in it', async (t) => {
  await sameAnswers(
    t,
    setup,
    queries.flatMap((query) => [
      `UPDATE t SET (a, b) = (${query})`,
      `UPDATE t SET (a, b) = (${query}), c = nosuch`,
      `UPDATE t SET (a, b) = (${query}) WHERE nosuch`,
      `UPDATE t SET (a, b) = (${query}) FROM (SELECT 1)`,
      `INSERT INTO t VALUES (1, 2, 3) ON CONFLICT DO UPDATE SET (a, b) = (${query})`,
    ]),
  )
})
