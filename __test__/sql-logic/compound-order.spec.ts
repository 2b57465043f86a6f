/**
 * ORDER BY over a compound: which terms match a column of which arm, and that looking for one leaves the arms as they are.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const orderSetup = [
  'CREATE TABLE z(a,b)',
  'INSERT INTO z VALUES(1,2),(3,4)',
  'CREATE TABLE z2(c,d)',
  'INSERT INTO z2 VALUES(1,2),(3,5)',
  'CREATE TABLE t7(a, b)',
  'INSERT INTO t7 VALUES (1, 10)',
]

const orderQueries = [
  'SELECT 1 UNION SELECT 2 ORDER BY (SELECT 1)',
  'SELECT a FROM z UNION SELECT c FROM z2 ORDER BY a+0',
  'SELECT a+0 FROM z UNION SELECT c FROM z2 ORDER BY a+0 DESC',
  'SELECT a+0 FROM z UNION SELECT c+1 FROM z2 ORDER BY z2.c+1 DESC',
  'SELECT a FROM z UNION SELECT c FROM z2 ORDER BY z.a',
  'SELECT a FROM z UNION SELECT c FROM z2 ORDER BY count(*)',
  'SELECT count(*) FROM z UNION SELECT c FROM z2 ORDER BY count(*)',
  'SELECT a FROM z UNION ALL SELECT count(*) FROM z2 ORDER BY count(*)',
  'SELECT a FROM z UNION ALL SELECT sum(c) FROM z2 ORDER BY sum(c)',
  'SELECT a FROM z UNION ALL SELECT max(c) FROM z2 ORDER BY max(c), 1',
  'SELECT a FROM z UNION ALL SELECT d FROM z2 ORDER BY sum(nosuch)',
  'SELECT a FROM z UNION ALL SELECT d FROM z2 ORDER BY nosuch(1)',
  'SELECT (SELECT 1 UNION SELECT 2 ORDER BY sum(z.a)) FROM z',
  'SELECT (SELECT z.a UNION SELECT 2 ORDER BY z.a) FROM z',
  'SELECT (SELECT y.c FROM z2 y UNION SELECT z.a ORDER BY z.a) FROM z',
  'SELECT a AS k, b FROM z UNION ALL SELECT c, d FROM z2 ORDER BY d, k',
  'SELECT count(*) c1, sum(b) FROM z UNION ALL SELECT c, d FROM z2 ORDER BY sum(a), 1',
  'SELECT count(*) c1, sum(b) FROM z UNION ALL SELECT c, d FROM z2 ORDER BY sum(b), 1',
  'VALUES(1),(2) UNION SELECT a FROM z ORDER BY 1 DESC',
  'VALUES(1),(2) ORDER BY 1',
  'VALUES(3),(2) ORDER BY column1',
  'SELECT count(*) FROM z HAVING count(*) > 0 UNION ALL SELECT 5 ORDER BY total(a)',
  'SELECT count(*), b FROM t7 UNION ALL SELECT sum(a), 2 FROM t7 ORDER BY sum(a)',
  'SELECT count(*), b FROM t7 UNION ALL SELECT max(a), 2 FROM t7 ORDER BY max(a), 2',
  'SELECT b, count(*) FROM t7 GROUP BY b UNION ALL SELECT 2, sum(a) FROM t7 GROUP BY b ORDER BY sum(a), total(b)',
  'SELECT (SELECT count(*) UNION SELECT 2 ORDER BY sum(t7.a)) FROM t7',
  'SELECT a FROM t7 UNION SELECT 1 ORDER BY (WITH w AS (SELECT nosuch) SELECT * FROM w), 1',
  'SELECT a FROM t7 UNION SELECT 1 ORDER BY abs(sum(nosuch)), 1',
  'SELECT a FROM t7 UNION SELECT 1 ORDER BY max(min(a)), 1',
]

test('compound: ORDER BY matches an expression of an arm and changes no arm', async (t) => {
  await sameAnswers(t, orderSetup, orderQueries)
})
