/** Names of windows are compared as they are written, quotes and all: SQLite's way. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const names = ['w', 'W', '"w"', '[w]', '`w`', "'w'", '"w""x"', '"__proto__"', '"a b"', '"select"']

test('names of windows', (t) =>
  sameAnswers(
    t,
    ['CREATE TABLE t(a, b)', 'INSERT INTO t VALUES (1, 2), (3, 4)'],
    names.flatMap((name) => [
      `SELECT sum(a) OVER ${name} FROM t`,
      `SELECT sum(a) OVER (${name} ORDER BY b) FROM t WINDOW w AS (PARTITION BY a)`,
      `SELECT sum(a) OVER (${name} PARTITION BY b) FROM t WINDOW w AS (PARTITION BY a)`,
      `SELECT sum(a) OVER (${name} ORDER BY b) FROM t WINDOW "w" AS (PARTITION BY a)`,
      `SELECT sum(a) OVER ${name} FROM t WINDOW ${name} AS (ORDER BY a)`,
      `SELECT sum(a) OVER v FROM t WINDOW ${name} AS (ORDER BY a), v AS (w RANGE UNBOUNDED PRECEDING)`,
      `SELECT 1 FROM t WINDOW v AS (${name})`,
      `SELECT * FROM (SELECT sum(a) OVER ${name} AS s FROM t WINDOW ${name} AS (ORDER BY b)) WHERE s > 1`,
    ]),
  ))
