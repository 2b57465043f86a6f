/** ORDER BY with a LIMIT evaluates nothing of a row that comes too late by any of its keys, so what would fail there does not. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const smallest = '-9223372036854775807 - 1'

test('limited sort: rows that come too late are not evaluated, others are', (t) =>
  sameAnswers(
    t,
    [
      'CREATE TABLE t(a, b INTEGER, c, r REAL)',
      `INSERT INTO t VALUES (1, 1, 'a', 1), (1, 3, 'b', 1), (1, 2, 'c', 1), (1, ${smallest}, 'z', 2), (3, ${smallest}, 'zz', NULL)`,
    ],
    [
      'SELECT abs(b) FROM t ORDER BY a, c LIMIT 2',
      'SELECT abs(b) FROM t ORDER BY a, c LIMIT 4',
      'SELECT abs(b), r FROM t ORDER BY r DESC NULLS FIRST LIMIT 1',
      'SELECT abs(b), r FROM t ORDER BY r NULLS LAST, c DESC LIMIT 2',
      'SELECT abs(b) AS x FROM t ORDER BY a, r, x LIMIT 2',
      'SELECT abs(b) FROM t WHERE a = 1 ORDER BY r, c LIMIT 2 OFFSET 1',
      'SELECT DISTINCT abs(b) FROM t ORDER BY a, c LIMIT 2',
      'SELECT abs(b) FROM t ORDER BY r, a DESC, c LIMIT 0',
    ],
  ))
