/** GROUP BY sorts its groups in the directions of as many terms of ORDER BY, which shows where that leaves them equal. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

test('groups: their order where ORDER BY has as many terms', (t) =>
  sameAnswers(
    t,
    [
      'CREATE TABLE r(a INTEGER PRIMARY KEY, b, c)',
      "INSERT INTO r VALUES(1, 'a', 5), (2, 'b', 4), (3, 'a', 3), (4, 'b', 2), (5, NULL, 2), (6, 'c', NULL)",
    ],
    [
      'SELECT b, count(*) FROM r GROUP BY b ORDER BY 2 DESC',
      'SELECT b, count(*) FROM r GROUP BY b ORDER BY 2',
      'SELECT b, count(*) FROM r GROUP BY b ORDER BY 2 DESC, 2',
      'SELECT b, c % 2, count(*) x FROM r GROUP BY b, c % 2 ORDER BY x, x DESC',
      'SELECT b, c % 2, count(*) x FROM r GROUP BY b, c % 2 ORDER BY x DESC, x',
      'SELECT c % 2, b, count(*) x FROM r GROUP BY 1, 2 ORDER BY 1 DESC, x',
      'SELECT c, count(*) FROM r GROUP BY c ORDER BY c DESC NULLS FIRST',
      'SELECT b, count(*) FROM r GROUP BY b ORDER BY b DESC',
      'SELECT b, count(*) FROM r GROUP BY b ORDER BY count(*) DESC LIMIT 2',
      'SELECT b FROM r GROUP BY b HAVING count(*) > 0 ORDER BY count(*) * 0 DESC',
    ],
  ))
