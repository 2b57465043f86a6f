/**
 * Queries of every kind against SQLite, once with the binder's plain plan and once with the optimizer's: both must
 * answer what SQLite answers.
 */
import test from 'ava'
import { optimize } from '../../packages/engine/src/plan/index.ts'
import type { BoundQuery } from '../../packages/engine/src/plan/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { BareEngine, shown } from './bare-engine.ts'

const setup = `
CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d, n TEXT COLLATE NOCASE);
CREATE TABLE u(x INTEGER, y TEXT, z REAL);
CREATE INDEX ta ON t(a); CREATE INDEX tb ON t(b, a); CREATE INDEX tc ON t(c DESC);
INSERT INTO t VALUES (1, 10, 'one', 1.0, 1, 'A'), (2, 20, 'two', 2.5, '1', 'a'), (3, NULL, NULL, NULL, NULL, 'b'),
  (4, 10, 'four', -0.5, x'31', 'B '), (5, 9007199254740993, 'é', 1e300, 1.5, NULL), (6, -3, '', 0.0, 'x', 'a');
INSERT INTO u VALUES (1, 'one', 1.0), (10, 'ten', 2.5), (NULL, 'two', NULL), (10, 'one', -0.5), (3, NULL, 1.0);
`

const queries: Readonly<Record<string, readonly string[]>> = {
  'values and types': [
    'SELECT * FROM t',
    'SELECT typeof(a), typeof(c), typeof(d), c, c || d FROM t',
    'SELECT a + 1, a * c, c / 2, a / 3, a % 4, -a, -c, ~a, a << 2, a & 3, a - c FROM t',
    'SELECT 9223372036854775807 + 1, -9223372036854775807 - 2, 9007199254740991 + 2, 3037000500 * 3037000500',
    'SELECT CAST(a AS REAL) / 4, CAST(c AS INTEGER), CAST(d AS TEXT), CAST(b AS BLOB), CAST(d AS NUMERIC) FROM t',
    "SELECT CASE WHEN a > 9 THEN b WHEN c IS NULL THEN 'null' ELSE c END, iif(a > 9, c, a), coalesce(a, c, 0) FROM t",
  ],
  conditions: [
    'SELECT id FROM t WHERE a = 10 AND c < 2',
    "SELECT id FROM t WHERE NOT (a = 10 OR b = 'two')",
    'SELECT id, a BETWEEN 0 AND c, a NOT BETWEEN 11 AND NULL FROM t',
    "SELECT id, d = 1, d = '1', d IS 1, d IS NOT NULL, d > 'a', a IS c FROM t",
    "SELECT id, a IN (10, 20), a NOT IN (10, NULL), d IN (1, '1', x'31'), n IN ('A', 'q') FROM t",
    "SELECT id FROM t WHERE n = 'A' OR n LIKE 'b%' OR b GLOB 'f*'",
    'SELECT id, (a > 5) = (c > 0), a > 5 IS TRUE, NOT c, c AND d, c OR d FROM t',
    'SELECT id FROM t WHERE a <> 10 AND (c OR NOT d)',
  ],
  joins: [
    'SELECT t.id, u.y FROM t JOIN u ON u.x = t.a ORDER BY 1, 2',
    'SELECT t.id, u.y, u.z FROM t LEFT JOIN u ON u.z = t.c AND u.y IS NOT NULL',
    'SELECT t.id, u.y, v.id FROM t LEFT JOIN u ON u.x = t.id LEFT JOIN t v ON v.b = u.y',
    'SELECT t.id, w.y FROM t LEFT JOIN (SELECT u.y, v.x FROM u JOIN u v ON v.x = u.x) w ON w.x = t.a',
    'SELECT count(*) FROM t, u, t v WHERE t.id = u.x AND v.a = t.a',
    'SELECT t.id FROM t LEFT JOIN u ON u.x = t.a WHERE u.x IS NULL',
  ],
  aggregates: [
    'SELECT count(*), count(a), sum(a), sum(c), avg(c), total(a), min(b), max(c), max(n) FROM t',
    'SELECT count(*), sum(a), max(c), b FROM t WHERE id > 100',
    'SELECT n, count(*), sum(c), min(d) FROM t GROUP BY n ORDER BY n',
    'SELECT a, n, count(*) FROM t GROUP BY a, n HAVING count(*) > 0',
    'SELECT a % 2, c > 0, d IS NULL, count(*) FROM t GROUP BY 1, 2, 3',
    'SELECT count(DISTINCT a), sum(DISTINCT c), group_concat(DISTINCT b) FROM t',
    "SELECT group_concat(b, '-' ORDER BY b DESC), count(*) FILTER (WHERE a > 9) FROM t",
    'SELECT max(c), b FROM t',
    'SELECT min(id), b, count(*) FROM t GROUP BY a',
    'SELECT sum(x.a) FROM (SELECT a FROM t WHERE a < 100) x JOIN u ON u.x = x.a',
  ],
  'order and limits': [
    'SELECT id, a FROM t ORDER BY a DESC, id',
    'SELECT id FROM t ORDER BY n, id',
    'SELECT id, c FROM t ORDER BY c DESC LIMIT 3',
    'SELECT id, c FROM t ORDER BY c LIMIT 2 OFFSET 1',
    'SELECT id, a FROM t ORDER BY a NULLS LAST, id',
    'SELECT id FROM t ORDER BY a DESC NULLS FIRST, id DESC LIMIT 2',
    'SELECT id FROM t LIMIT 0',
    'SELECT id FROM t ORDER BY id LIMIT -1 OFFSET 4',
    'SELECT id, b FROM t ORDER BY b LIMIT 4',
    'SELECT id FROM t LEFT JOIN u ON u.x = t.a WHERE id = 1 LIMIT 2',
    'SELECT DISTINCT a FROM t ORDER BY a',
    'SELECT DISTINCT n, a > 9 FROM t',
    'SELECT x FROM (SELECT a AS x FROM t ORDER BY a LIMIT 3) WHERE x > 0',
  ],
  'subqueries and compounds': [
    'SELECT id, (SELECT y FROM u WHERE u.x = t.id), EXISTS (SELECT 1 FROM u WHERE u.x = t.a) FROM t',
    'SELECT id FROM t WHERE a IN (SELECT x FROM u) OR b NOT IN (SELECT y FROM u WHERE y IS NOT NULL)',
    'SELECT id, a NOT IN (SELECT x FROM u), (a, b) IN (SELECT x, y FROM u) FROM t',
    'SELECT id, a IN (SELECT x FROM u WHERE u.z = t.c) FROM t',
    'SELECT a IN (SELECT z FROM u), a + 0 IN (SELECT z FROM u), 9007199254740993 IN (SELECT 9007199254740992.0) FROM t',
    'SELECT (SELECT max(v.id) FROM t v WHERE v.id < t.id AND EXISTS (SELECT 1 FROM u WHERE u.x = v.a)) FROM t',
    'SELECT id FROM t UNION SELECT x FROM u',
    'SELECT id FROM t EXCEPT SELECT x FROM u',
    'SELECT id FROM t INTERSECT SELECT x FROM u',
    'SELECT b FROM t UNION ALL SELECT y FROM u ORDER BY 1 LIMIT 5',
    'VALUES (1, 2), (3, NULL)',
    'SELECT * FROM (VALUES (1, 2.0), (3, 4)) v JOIN u ON u.x = v.column1',
    'SELECT count(*) FROM (SELECT a FROM t UNION ALL SELECT x FROM u LIMIT 7)',
  ],
}

for (const [topic, list] of Object.entries(queries)) {
  test(`compiled queries: ${topic} as in SQLite`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) {
      t.log('skipped: no SQLite here')
      t.pass()
      return
    }
    const engine = new BareEngine()
    t.teardown(() => {
      engine.close()
      oracle.close()
    })
    engine.exec(setup)
    await oracle.reset(setup)
    for (const sql of list) {
      const expected = (await oracle.query(sql)).map((row) => row.map(show).join(', '))
      const isOrdered = / ORDER BY [^)]*$/.test(sql)
      const order = (rows: string[]): string[] => (isOrdered ? rows : rows.sort())
      const plain = engine.bind(sql)
      const optimized = optimize(plain, engine.connection.context.catalog) as BoundQuery
      for (const query of [plain, optimized]) {
        const rows = engine.run(query) as unknown[][]
        t.deepEqual(order(rows.map((row) => row.map(shown).join(', '))), order([...expected]), sql)
      }
    }
  })
}
