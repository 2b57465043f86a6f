/** RETURNING: what each statement returns, in which order, and in which words it is refused, beside SQLite. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL DEFAULT 7, c NUMERIC)',
  "INSERT INTO t VALUES (1, 'x', 1, 10), (2, 'y', 2.5, '20'), (5, 'z', NULL, x'61')",
  'CREATE INDEX t_a ON t(a)',
  'CREATE TABLE u(a, b UNIQUE, c COLLATE NOCASE)',
  "INSERT INTO u VALUES (1, 1, 'one'), (2, 2, 'TWO'), (3, 3, 'three')",
  'CREATE VIEW v AS SELECT count(*) AS n FROM u',
  'CREATE TABLE s(k INTEGER PRIMARY KEY AUTOINCREMENT, i INT, t TEXT NOT NULL) STRICT',
  'CREATE TEMP TABLE w(a INT, b TEXT)',
]

function compare(title: string, statements: readonly string[]): void {
  test(title, async (t) => {
    await sameAnswers(
      t,
      setup,
      statements.flatMap((sql) => [
        'SAVEPOINT one',
        sql,
        'SELECT changes(), total_changes(), last_insert_rowid()',
        'SELECT rowid, * FROM t',
        'SELECT rowid, * FROM u',
        'SELECT * FROM s',
        'SELECT * FROM w',
        'ROLLBACK TO one',
      ]),
    )
  })
}

compare('returning: INSERT returns rows as they are stored', [
  "INSERT INTO t(a, b, c) VALUES (5, 3, '1.0') RETURNING *",
  'INSERT INTO t(a, b, c) VALUES (5, 3, 4) RETURNING id, typeof(a), typeof(b), b / 2, c AS d, rowid, oid, _rowid_, t.a',
  'INSERT INTO t DEFAULT VALUES RETURNING *',
  "INSERT INTO t(id, a) VALUES ('8', 'q'), (NULL, 'r'), (9.0, 's') RETURNING id, a, b",
  'INSERT INTO t(a) SELECT a || a FROM t WHERE id < 5 ORDER BY id DESC RETURNING id, a',
  'INSERT INTO t(a) SELECT c FROM u RETURNING *, rowid AS r',
  'INSERT INTO t(a) VALUES (1) RETURNING last_insert_rowid(), changes(), total_changes()',
  'INSERT INTO s(i, t) VALUES (1, 2), (2, 3) RETURNING k, i, t, typeof(t)',
  "INSERT INTO s(i, t) VALUES ('x', 2) RETURNING *",
  "INSERT INTO w VALUES ('1', 2) RETURNING *, w.a",
  "INSERT INTO u VALUES (0, 0, x'6162') RETURNING a, c, c = 'AB', hex(c)",
  'INSERT INTO main.u VALUES (0, 0, 0) RETURNING u.a, rowid',
  'INSERT INTO u AS other VALUES (0, 0, 0) RETURNING u.a',
  'INSERT INTO u AS other VALUES (0, 0, 0) RETURNING other.a',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING main.u.a',
  'WITH q(x) AS (VALUES (7), (8)) INSERT INTO u(b) SELECT x FROM q RETURNING b, (SELECT max(x) FROM q)',
])

compare(
  'returning: UPDATE returns the new row, DELETE the old one, in the order in which they change',
  [
    'UPDATE t SET a = a || 1, b = b + 1 RETURNING *',
    "UPDATE t SET b = '5' WHERE id = 2 RETURNING b, typeof(b), a",
    'UPDATE t SET id = id + 10 WHERE id > 1 RETURNING id, rowid, a',
    'UPDATE t SET id = 10 - id RETURNING id, a',
    "UPDATE u SET b = -b WHERE c >= 'one' RETURNING rowid, a, b, c",
    'UPDATE u SET c = c WHERE 0 RETURNING *',
    'UPDATE u AS z SET c = 1 WHERE z.a = 2 RETURNING u.c, rowid',
    'UPDATE u AS z SET c = 1 WHERE z.a = 2 RETURNING z.c',
    'DELETE FROM t RETURNING *',
    "DELETE FROM t WHERE a > 'x' RETURNING id, upper(a)",
    'DELETE FROM t WHERE id = 2 RETURNING *',
    'DELETE FROM t WHERE id = 77 RETURNING *',
    'DELETE FROM u RETURNING rowid, b',
    'DELETE FROM u WHERE b IN (3, 1) RETURNING b',
    'DELETE FROM w RETURNING *',
  ],
)

compare('returning: conflicts', [
  'INSERT OR IGNORE INTO u VALUES (8, 1, 0), (9, 9, 0) RETURNING *',
  'INSERT OR REPLACE INTO u VALUES (8, 1, 0), (9, 9, 0), (10, 9, 0) RETURNING rowid, *',
  'REPLACE INTO t(id, a) VALUES (1, 2) RETURNING *',
  'INSERT INTO u VALUES (9, 9, 0), (8, 1, 0) RETURNING *',
  'INSERT OR FAIL INTO u VALUES (9, 9, 0), (8, 1, 0) RETURNING *',
  'INSERT OR ROLLBACK INTO u VALUES (9, 9, 0) RETURNING *',
  'UPDATE OR IGNORE u SET b = 2 RETURNING *',
  'UPDATE OR REPLACE u SET b = 2 RETURNING *',
  'UPDATE OR FAIL u SET b = 2 WHERE a > 1 RETURNING *',
  'INSERT OR REPLACE INTO s(i, t) VALUES (1, NULL) RETURNING *',
  'INSERT OR IGNORE INTO s(i, t) VALUES (1, NULL), (2, 3) RETURNING *',
])

compare('returning: subqueries see what has been changed so far', [
  'INSERT INTO u SELECT a + 10, b + 10, c FROM u RETURNING a, (SELECT count(*) FROM u), (SELECT max(b) FROM u)',
  'INSERT INTO u VALUES (7, 7, 7), (8, 8, 8) RETURNING a, (SELECT count(*) FROM u), (SELECT n FROM v)',
  'DELETE FROM u RETURNING a, (SELECT count(*) FROM u), (SELECT group_concat(z.a) FROM u AS z WHERE z.a > u.a)',
  'UPDATE u SET a = a + 1 RETURNING a, (SELECT sum(a) FROM u), a IN (SELECT a FROM u WHERE b > 1)',
  'UPDATE u SET a = a + 1 RETURNING (SELECT sum(x.a) FROM u AS x JOIN u AS y ON x.a = y.b)',
  'UPDATE u SET a = a + 1 RETURNING (SELECT c FROM t UNION ALL SELECT sum(a) FROM u ORDER BY 1 DESC LIMIT 1)',
  'UPDATE u SET a = a + 1 RETURNING (SELECT sum(a) FROM u UNION ALL SELECT c FROM t ORDER BY 1 LIMIT 1)',
  'UPDATE u SET a = a + 1 RETURNING EXISTS (SELECT 1 FROM u AS z WHERE z.a = u.a + 1), a NOT IN (SELECT z.b FROM u AS z WHERE z.a = u.a)',
  'UPDATE u SET b = b + 10 RETURNING (SELECT count(*) FROM t WHERE t.id < u.b)',
  'UPDATE u SET b = b + 10 RETURNING (SELECT c FROM t WHERE id = u.a)',
  'DELETE FROM u RETURNING (SELECT a FROM (SELECT a FROM u ORDER BY a DESC LIMIT 1))',
  'INSERT INTO u VALUES (7, 7, 7) RETURNING (SELECT b FROM u WHERE u.a = 1), (SELECT z.b FROM u AS z WHERE z.a = u.a)',
  'INSERT INTO u VALUES (7, 7, 7), (8, 8, 8) RETURNING (SELECT 1 FROM t WHERE id = (SELECT count(*) FROM u))',
  'UPDATE u SET a = 0 RETURNING (SELECT count(*) FROM u WHERE a = (SELECT min(a) FROM u))',
])

compare('returning: names and expressions that are refused', [
  'INSERT INTO u VALUES (1, 1, 1) ON CONFLICT (c) DO NOTHING RETURNING nothing',
  'INSERT INTO u VALUES (1, 1, 1) ON CONFLICT (b) DO UPDATE SET a = nowhere RETURNING nothing',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING count(*)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING sum(a) + 1',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING max(a)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING max(a, b), abs(max(a))',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING a, count(*) FILTER (WHERE a)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING (SELECT count(u.a) FROM t)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING u.*',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING nowhere.*',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING u.*, zip',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING count(*), u.*',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING zip, nowhere.*',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING a, max(a) + zip',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING count(*), zip',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING zip',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING new.a',
  'UPDATE u SET a = 1 RETURNING old.a',
  'DELETE FROM u RETURNING t.a',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING excluded.a',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING a AS x, x + 1',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING (a, b)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING (SELECT 1, 2)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING (SELECT zip FROM t)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING zip(a)',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING a COLLATE nowhere = b',
  'INSERT INTO u VALUES (0, 0) RETURNING zip',
  'UPDATE u SET zip = 1 RETURNING count(*)',
  'DELETE FROM u WHERE zip RETURNING count(*)',
  'DELETE FROM nowhere RETURNING count(*)',
  'INSERT INTO v VALUES (1) RETURNING zip',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING 1 ORDER BY 1',
  'INSERT INTO u VALUES (0, 0, 0) RETURNING 1 LIMIT 1',
])

compare('returning: an expression that fails takes the statement back', [
  'INSERT INTO u VALUES (0, 0, 0) RETURNING abs(-9223372036854775807 - 1)',
  'INSERT INTO u VALUES (-9223372036854775807 - 1, 0, 0) RETURNING abs(a)',
  'UPDATE u SET c = 1 RETURNING abs(-9223372036854775807 - (a > 2))',
  'DELETE FROM u RETURNING abs(-9223372036854775807 - (a > 2))',
  'DELETE FROM t WHERE id = 2 RETURNING abs(-9223372036854775807 - 1)',
])

test('returning: what a query that reads the changed table has collected may be in the temporary file', async (t) => {
  const rows = Array.from({ length: 400 }, (_, i) => `(${i}, 'k${i}')`).join(', ')
  await sameAnswers(
    t,
    ['PRAGMA cache_size = 10', 'CREATE TABLE t(b INTEGER, c TEXT)', `INSERT INTO t VALUES ${rows}`],
    [
      "INSERT INTO t VALUES (7, 'k3'), (8, 'new'), (9, NULL) RETURNING c IN (SELECT c FROM t), c NOT IN (SELECT c FROM t WHERE b < 200)",
      'UPDATE t SET b = b + 1 WHERE b % 50 = 0 RETURNING b, b IN (SELECT b FROM t), (b, c) IN (SELECT b, c FROM t WHERE c <> b)',
      'UPDATE t SET b = b - 1 WHERE b % 50 = 1 RETURNING (SELECT count(DISTINCT c) FROM t), (SELECT count(*) FROM (SELECT c, b FROM t GROUP BY c, b))',
      'DELETE FROM t WHERE b > 390 RETURNING b IN (SELECT b FROM t), (SELECT group_concat(b) FROM (SELECT b FROM t WHERE b > 380 ORDER BY c DESC)), c IN (SELECT c FROM t UNION SELECT c FROM t)',
    ],
  )
})
