/**
 * Recursive tables that never have more than one row waiting, and those beside them that may, against SQLite: what is read of the row while the next one is
 * made, duplicates, limits, places from which the table is read more than once.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE node(id INTEGER PRIMARY KEY, parent INTEGER, v)',
  "INSERT INTO node VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, NULL), (4, 2, 2.5), (5, 4, x'01'), (6, 99, 'z')",
  'CREATE TABLE k(code TEXT PRIMARY KEY, next TEXT)',
  "INSERT INTO k VALUES ('a', 'b'), ('b', 'c'), ('c', 'a')",
]

const tables = [
  'c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20)',
  'c(n) AS (VALUES (1) UNION ALL SELECT n * 2 FROM c WHERE n < 1000)',
  'c(n) AS (VALUES (1), (10) UNION ALL SELECT n + 1 FROM c WHERE n % 5)',
  'c(n) AS (SELECT 1 UNION SELECT (n * 7) % 11 FROM c)',
  'c(n) AS (SELECT NULL UNION SELECT coalesce(n, 0) + 1 FROM c WHERE n IS NULL OR n < 3)',
  'c(n) AS (SELECT 9223372036854775800 UNION ALL SELECT n + 1 FROM c LIMIT 12)',
  'c(n) AS (SELECT 1.0 UNION ALL SELECT n + 1 FROM c WHERE n < 4)',
  "c(n) AS (SELECT 'x' UNION ALL SELECT n || 'y' FROM c WHERE length(n) < 5)",
  'c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 5 OFFSET 2)',
  'c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c ORDER BY 1 DESC LIMIT 4)',
  'c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 0)',
  'c(n) AS (SELECT max(id) FROM node UNION ALL SELECT parent FROM c JOIN node ON node.id = n)',
  'c(n) AS (SELECT max(id) FROM node WHERE id > 100 UNION ALL SELECT n + 1 FROM c WHERE n < 3)',
  'c(n) AS (SELECT 5 UNION SELECT parent FROM node, c WHERE node.id = c.n AND parent IS NOT NULL)',
  'c(n) AS (SELECT 5 UNION ALL SELECT parent FROM c LEFT JOIN node ON node.id = c.n WHERE c.n IS NOT NULL)',
  'c(n) AS (SELECT 1 UNION ALL SELECT id FROM c JOIN node ON parent = n)',
  "c(n) AS (SELECT 'a' UNION SELECT next FROM c JOIN k ON code = n)",
  'c(n) AS (SELECT 1 UNION ALL SELECT (SELECT max(id) FROM node WHERE id <= c.n * 2) + 1 FROM c WHERE n < 6)',
  'c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < (SELECT count(*) FROM node))',
  'c(n) AS (SELECT 1 UNION ALL SELECT abs(-9223372036854775807 - n) FROM c WHERE n < 3)',
  'c(n) AS (SELECT 1 WHERE 0 UNION ALL SELECT n + 1 FROM c WHERE n < 3)',
]

const queries = [
  'SELECT n, typeof(n) FROM c',
  'SELECT count(*), sum(n), max(n) FROM c',
  'SELECT n FROM c LIMIT 3',
  'SELECT a.n, b.n FROM c a JOIN c b ON a.n = b.n ORDER BY 1',
  'SELECT id, (SELECT count(*) FROM c WHERE n <= id) FROM node ORDER BY id',
  'SELECT n FROM c WHERE n IN (SELECT n FROM c LIMIT 2) ORDER BY n DESC',
  'SELECT n FROM c UNION ALL SELECT n FROM c',
  'SELECT n, row_number() OVER (ORDER BY n) FROM c',
]

test('recursion: one row after the other', async (t) => {
  const statements = tables.flatMap((table) =>
    queries.map((query) => `WITH RECURSIVE ${table} ${query}`),
  )
  const several = [
    'WITH RECURSIVE f(i, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT i + 1, b, a + b FROM f WHERE i < 100) SELECT * FROM f',
    'WITH RECURSIVE f(a, b) AS (SELECT 48, 18 UNION ALL SELECT b, a % b FROM f WHERE b) SELECT * FROM f',
    'WITH RECURSIVE s(a, b, c) AS (SELECT 1, 2, 3 UNION SELECT b, c, a FROM s) SELECT * FROM s',
    "WITH RECURSIVE t(s, rest) AS (SELECT '', 'a,b,,c,' UNION ALL SELECT substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1) FROM t WHERE rest <> '') SELECT s FROM t",
    'SELECT id, (WITH RECURSIVE u(n) AS (SELECT node.id UNION ALL SELECT x.parent FROM u JOIN node x ON x.id = u.n WHERE x.parent IS NOT NULL) SELECT group_concat(n) FROM u) FROM node ORDER BY id',
    'WITH RECURSIVE o(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM o WHERE i < 3), p(i, j) AS (SELECT i, (WITH RECURSIVE q(x) AS (SELECT i UNION ALL SELECT x + 1 FROM q WHERE x < 5) SELECT sum(x) FROM q) FROM o) SELECT * FROM p',
    "WITH RECURSIVE d(x) AS (SELECT '2024-02-27' UNION ALL SELECT date(x, '+1 day') FROM d WHERE x < '2024-03-02') SELECT x FROM d",
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3) SELECT c.n, node.id FROM c LEFT JOIN node ON node.id = c.n + 3',
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT json_extract(n) FROM c) SELECT * FROM c LIMIT 3',
    'WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n > 2 LIMIT 2',
  ]
  await sameAnswers(t, setup, [...statements, ...several])
})

test('recursion: one without end stops with the iterator that reads it', (t) => {
  const db = new Database(':memory:')
  const rows = db
    .prepare('WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c')
    .pluck()
    .iterate()
  const first: unknown[] = []
  for (const n of rows) if (first.push(n) === 3) break
  t.deepEqual(first, [1, 2, 3])
  t.is(db.prepare('SELECT 1').pluck().get(), 1)
  db.close()
})
