/** What is refused when something is to be done by it, and not before: a hexadecimal number without a negative, tables of a window that nobody uses. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

test('the negative of the smallest number: refused where code is made of it', (t) =>
  sameAnswers(
    t,
    [],
    [
      'CREATE TABLE t1(a CHECK(a > -0x8000000000000000))',
      'CREATE TABLE t2(a, b AS (-0x8000000000000000))',
      'CREATE TABLE t3(a, b DEFAULT (-0x8000000000000000))',
      'CREATE INDEX i3 ON t3(a) WHERE a > -0x8000000000000000',
      'CREATE INDEX i3 ON t3(-0x8000000000000000)',
      'INSERT INTO t1 VALUES(1)',
      'INSERT INTO t3 VALUES(1, 2)',
      'INSERT INTO t3(a) VALUES(1)',
      'INSERT INTO t3 DEFAULT VALUES',
      'UPDATE t3 SET a = 1',
      'CREATE VIEW v AS SELECT -0x8000000000000000',
      'SELECT * FROM v',
      'ALTER TABLE t3 RENAME TO t4',
      'CREATE TRIGGER tr AFTER INSERT ON t4 BEGIN SELECT -0x8000000000000000; END',
      'INSERT INTO t4 VALUES(1, 2)',
    ],
  ))

test('an unused window: its tables must be there, its columns need not', (t) =>
  sameAnswers(
    t,
    [],
    [
      'SELECT 1 WINDOW w AS (PARTITION BY (SELECT 1 FROM zzz))',
      'SELECT 1 WINDOW w AS (ORDER BY (SELECT zz))',
      'SELECT 1 WINDOW w AS (ORDER BY 1 IN zzz)',
      'SELECT 1 WINDOW w AS (ORDER BY EXISTS (SELECT x FROM temp.zzz))',
      'WITH RECURSIVE w(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM w WHERE x < 3 WINDOW win AS (PARTITION BY (SELECT max(x) FROM w))) SELECT * FROM w',
    ],
  ))

test('parentheses behind the name of the common table that is being defined', (t) =>
  sameAnswers(
    t,
    ['CREATE TABLE tp(a)'],
    [
      'WITH w(x) AS (SELECT 1) SELECT * FROM w(1)',
      'WITH RECURSIVE w(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM w() WHERE x < 3) SELECT * FROM w',
      'WITH RECURSIVE w(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM w(1, 2) WHERE x < 3) SELECT * FROM w',
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM tp RIGHT JOIN c(x)) SELECT * FROM c',
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM tp JOIN c(nosuch)) SELECT * FROM c',
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c(1) JOIN c) SELECT * FROM c',
      'WITH c(x) AS (SELECT x FROM c(1)) SELECT * FROM c',
    ],
  ))

test('count(*) alone does not look at INDEXED BY', (t) =>
  sameAnswers(
    t,
    [
      'CREATE TABLE ic(a, b)',
      'CREATE INDEX i2 ON ic(a) WHERE a IS NOT NULL',
      'INSERT INTO ic VALUES(1, 2), (NULL, 3)',
      'CREATE VIEW v AS SELECT 1',
    ],
    [
      'SELECT count(*) FROM ic INDEXED BY i2',
      'SELECT count(*) + 1 FROM ic INDEXED BY i2',
      'SELECT count(*) FROM ic INDEXED BY i2 ORDER BY 1 LIMIT 1',
      'SELECT (SELECT count(*) FROM ic INDEXED BY i2)',
      'SELECT count(*) FILTER (WHERE 1) FROM ic INDEXED BY i2',
      'SELECT count(*) FROM (SELECT * FROM ic INDEXED BY i2)',
      'SELECT count(*) FROM ic INDEXED BY i2 WHERE b',
      'REINDEX v',
    ],
  ))

test('PRAGMA reverse_unordered_selects', (t) =>
  sameAnswers(
    t,
    [
      'CREATE TABLE r(a INTEGER PRIMARY KEY, b, c)',
      'CREATE INDEX rb ON r(b)',
      "INSERT INTO r VALUES(1, 'a', 5), (2, 'b', 4), (3, 'a', 3), (4, 'b', 2)",
    ],
    [
      'PRAGMA reverse_unordered_selects = 1',
      'PRAGMA reverse_unordered_selects',
      'SELECT * FROM r',
      "SELECT * FROM r WHERE b = 'a'",
      'SELECT * FROM r WHERE a > 1',
      'SELECT a FROM r ORDER BY a',
      'SELECT b, count(*) FROM r GROUP BY b',
      'SELECT DISTINCT b FROM r',
      'SELECT x.a, y.a FROM r x, r y WHERE x.a < 3',
      'SELECT * FROM (SELECT * FROM r LIMIT 2)',
      'SELECT group_concat(a) FROM (SELECT a FROM r ORDER BY a)',
      'PRAGMA reverse_unordered_selects = 0',
      'SELECT * FROM r',
    ],
  ))
