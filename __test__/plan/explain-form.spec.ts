/**
 * EXPLAIN QUERY PLAN in SQLite's form: the rows and what stands inside what, of statements for which both engines have the same plan. (Numbers of rows are
 * each engine's own.)
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'

const setup = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b, c, d); CREATE INDEX tb ON t(b); CREATE INDEX tcd ON t(c, d);
  CREATE TABLE u(x INTEGER PRIMARY KEY, y, z); CREATE INDEX uy ON u(y);
  CREATE TABLE w(p, q, r, PRIMARY KEY (p, q)) WITHOUT ROWID;
  CREATE TABLE n(k, v, m);
  CREATE VIEW vt AS SELECT a, b FROM t WHERE c = 1;
  CREATE VIEW vg AS SELECT b, count(*) n FROM t GROUP BY b;
  CREATE VIEW vu AS SELECT b FROM t UNION ALL SELECT y FROM u;
  CREATE TRIGGER tri INSTEAD OF INSERT ON vt BEGIN SELECT 1; END;`

const statements = `
SELECT 1
SELECT * FROM t AS tt
SELECT * FROM main.t
SELECT b FROM t
SELECT * FROM t WHERE a = 1
SELECT * FROM t WHERE a > 1 AND a < 5
SELECT * FROM t WHERE a IN (1, 2, 3)
SELECT a FROM t WHERE b = 1
SELECT * FROM t WHERE c = 1 AND d > 2 AND d < 7
SELECT * FROM t ORDER BY d
SELECT DISTINCT d FROM t
SELECT count(*) FROM n
SELECT count(DISTINCT d), sum(DISTINCT a) FROM t
SELECT group_concat(b ORDER BY d) FROM t
SELECT count(DISTINCT d), group_concat(b ORDER BY c) FROM t GROUP BY a % 2
SELECT min(b) FROM t
SELECT max(k + 1) FROM n
SELECT min(k) FROM n
SELECT max(k) FILTER (WHERE v) FROM n
SELECT min(b), max(b) FROM t
SELECT max(d) FROM t WHERE a > 3
SELECT d, count(*) FROM t GROUP BY d ORDER BY d DESC
SELECT d, count(*) FROM t GROUP BY d ORDER BY count(*)
SELECT * FROM t, u WHERE t.b = u.x
SELECT * FROM t LEFT JOIN u ON t.b = u.x
SELECT * FROM w WHERE p = 1 AND q > 2
SELECT (SELECT z FROM u WHERE u.x = t.b) FROM t
SELECT (SELECT 1), (SELECT (SELECT 2)), (SELECT 3 UNION ALL SELECT 4)
SELECT * FROM t ORDER BY (SELECT z FROM u WHERE x = t.a)
SELECT * FROM t LIMIT (SELECT count(*) FROM u)
SELECT * FROM t WHERE b = (SELECT max(y) FROM u)
SELECT * FROM t WHERE d IN (SELECT z FROM u WHERE u.y = t.b)
SELECT * FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.y = t.b)
SELECT * FROM (SELECT b, count(*) FROM t GROUP BY b)
SELECT * FROM (SELECT b, count(*) c FROM t GROUP BY b) s, u WHERE u.x = s.b
SELECT * FROM (SELECT DISTINCT d FROM t) a, (SELECT DISTINCT z FROM u) b
SELECT * FROM (SELECT count(*) FROM w) x, (SELECT count(*) FROM u) y, (SELECT count(*) FROM n)
SELECT * FROM (SELECT 1 AS q UNION ALL SELECT 2)
SELECT * FROM (VALUES (1), (2)) AS v
SELECT * FROM (VALUES (1), (2)) v WHERE column1 > 1
VALUES (1)
VALUES (1), (2), (3)
SELECT * FROM vg WHERE n > 1
SELECT * FROM vg AS other
SELECT * FROM vu
SELECT b + 1 FROM vu WHERE b > 5
SELECT * FROM (SELECT b FROM t UNION ALL SELECT y FROM u) LIMIT 4
SELECT y FROM u UNION ALL SELECT x FROM u UNION ALL SELECT k FROM n
WITH c AS (SELECT count(*) k FROM n) SELECT * FROM c AS d
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 10) SELECT * FROM c
WITH RECURSIVE r(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM r WHERE i < (SELECT max(a) FROM t)) SELECT * FROM r
SELECT row_number() OVER () FROM n
SELECT row_number() OVER (PARTITION BY d ORDER BY b) FROM t
SELECT sum(a) OVER (PARTITION BY c), max(b) OVER (ORDER BY d) FROM t
SELECT * FROM (SELECT b, row_number() OVER (ORDER BY d) rn FROM t) WHERE rn < 5
SELECT b, count(*), rank() OVER (ORDER BY count(*)) FROM t GROUP BY b
INSERT INTO n VALUES (1, 2, 3)
INSERT INTO n VALUES (1, 2, 3), (4, 5, 6)
INSERT INTO n VALUES (1, (SELECT max(a) FROM t), 3), (4, 5, 6)
INSERT INTO n SELECT a, b, c FROM t
INSERT INTO n(k) VALUES ((SELECT max(a) FROM t))
INSERT INTO vt VALUES (1, 2)
INSERT INTO t VALUES (1, 2, 3, 4) ON CONFLICT (a) DO UPDATE SET b = (SELECT max(y) FROM u)
UPDATE t SET b = 1 WHERE b = 2
UPDATE t SET b = (SELECT y FROM u WHERE u.x = t.a)
UPDATE t SET b = (SELECT max(y) FROM u) WHERE a = (SELECT min(x) FROM u)
UPDATE t SET b = (SELECT max(y) FROM u) WHERE a > 2 RETURNING (SELECT count(*) FROM n)
DELETE FROM t
DELETE FROM t WHERE c > 1
DELETE FROM n RETURNING (SELECT max(a) FROM t)
CREATE TABLE zz AS SELECT * FROM t
SELECT * FROM t, json_each(t.b)
EXPLAIN SELECT 1`

interface Row {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

/** Each row under the one that it belongs to. */
function treeOf(rows: readonly Row[]): string {
  const depths = new Map([[0, -1]])
  const lines = rows.map(({ id, parent, detail }) => {
    const depth = depths.get(parent)! + 1
    depths.set(id, depth)
    return '  '.repeat(depth) + detail
  })
  return lines.join('\n')
}

test('explain query plan: the form is SQLite’s', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  t.teardown(() => oracle.close())
  await oracle.reset(setup)
  const database = new Database(':memory:')
  database.exec(setup)
  const differences: string[] = []
  for (const sql of statements.trim().split('\n')) {
    const text = `EXPLAIN QUERY PLAN ${sql}`
    const theirs = await oracle.query(text).then(
      (rows) =>
        treeOf(rows.map(([id, parent, , detail]) => ({ id, parent, detail }) as unknown as Row)),
      (error: Error) => error.message,
    )
    let ours: string
    try {
      ours = treeOf(database.prepare(text).all() as Row[])
    } catch (error) {
      ours = (error as Error).message
    }
    if (ours !== theirs) differences.push(`${sql}\n${ours}\n---\n${theirs}`)
  }
  database.close()
  t.deepEqual(differences, [])
})
