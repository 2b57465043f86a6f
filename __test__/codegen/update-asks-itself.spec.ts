/** UPDATE whose new values ask the table that it changes: each row sees the rows before it as they are then. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, c, d)',
  'INSERT INTO t VALUES (0, 6, 6), (0, 1, 6), (0, 6, 1), (0, 9, 9), (0, 2.5, 3)',
  'CREATE VIEW v AS SELECT d AS e FROM t',
  'CREATE TABLE u(id INTEGER PRIMARY KEY, c TEXT COLLATE NOCASE, d TEXT COLLATE NOCASE)',
  "INSERT INTO u VALUES (1, 'a', 'B'), (2, 'B', 'A'), (3, 'b', 'a'), (4, NULL, NULL)",
]

const updates = [
  't SET a = EXISTS (SELECT 1 FROM t AS z WHERE z.d = t.c), d = 2.5',
  't SET a = NOT EXISTS (SELECT 1 FROM t AS z WHERE z.d = t.c), d = 2.5',
  't SET a = (SELECT count(*) FROM t AS z WHERE z.d = t.c), d = 2.5',
  't SET a = (SELECT z.a FROM t AS z WHERE z.d = t.c LIMIT 1), d = a + 1',
  't SET a = (SELECT count(*) FROM main.t AS z WHERE z.d = t.c AND z.rowid <> t.rowid), d = d + 1',
  't SET a = (SELECT max(z.a) FROM t AS z WHERE z.d = t.c AND z.c > 1) + 1, d = c + 1',
  't SET a = c IN (SELECT d FROM t AS z WHERE z.c = t.c), d = 2.5',
  't SET a = (SELECT count(*) FROM v WHERE e = t.c), d = 2.5',
  't SET (a, d) = (SELECT count(*), 2.5 FROM t AS z WHERE z.d = t.c)',
  't SET a = (SELECT sum(n) FROM (SELECT d, count(*) AS n FROM t AS z GROUP BY d) WHERE d > t.c), d = 2.5',
  't SET a = (SELECT sum(d) FROM (SELECT d FROM t AS z ORDER BY d LIMIT 2) WHERE d + 0 > t.c), d = d - 1',
  't SET a = (SELECT count(*) FROM t AS z WHERE z.d = t.c), d = 2.5 WHERE c IN (SELECT d FROM t)',
  'OR REPLACE t SET a = (SELECT count(*) FROM t AS z WHERE z.d = t.c), d = 2.5',
  'u SET c = (SELECT count(*) FROM u AS z WHERE z.d = u.c), d = c',
  "u SET d = coalesce((SELECT z.d || 'x' FROM u AS z WHERE z.c = u.d), 'b')",
  'u SET id = id + 10, d = (SELECT count(*) FROM u AS z WHERE z.d = u.c)',
]

test('update: new values that ask the table see what has changed so far', async (t) => {
  const statements = updates.flatMap((update) => [
    'SAVEPOINT s',
    `UPDATE ${update}`,
    'SELECT * FROM t',
    'SELECT * FROM u',
    'ROLLBACK TO s',
  ])
  await sameAnswers(t, setup, statements)
})
