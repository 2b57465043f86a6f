/** Orders that a plan delivers by itself are not made again, and those that only look like it are. */
import test from 'ava'
import { explainQueryPlan, optimize } from '../../packages/engine/src/plan/index.ts'
import { BareEngine } from '../codegen/bare-engine.ts'

const schema = `
CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT NOT NULL, c TEXT COLLATE NOCASE);
CREATE TABLE u(id INTEGER PRIMARY KEY, x INTEGER, y NOT NULL);
CREATE INDEX ta ON t(a, b); CREATE INDEX tc ON t(c); CREATE INDEX ux ON u(x, y);
`

function sorts(sql: string): boolean {
  const engine = new BareEngine()
  engine.exec(schema)
  const plan = explainQueryPlan(optimize(engine.bind(sql), engine.connection.context.catalog))
  engine.close()
  return plan.some(({ detail }) =>
    /USE TEMP B-TREE FOR (LAST .*|)(ORDER BY|GROUP BY|DISTINCT)/.test(detail),
  )
}

for (const sql of [
  'SELECT id FROM t ORDER BY id',
  'SELECT id FROM t ORDER BY id DESC, a',
  'SELECT a, b FROM t ORDER BY a, b, id',
  'SELECT a AS p, a AS q FROM t ORDER BY q',
  'SELECT b FROM t WHERE a = 1 ORDER BY a DESC, b',
  "SELECT b, 1 AS one FROM t WHERE a = 1 ORDER BY one, b, 'x'",
  'SELECT t.id, y FROM t CROSS JOIN u ON u.x = t.id ORDER BY t.id, y',
  'SELECT t.id, y FROM t LEFT JOIN u ON u.x = t.id ORDER BY t.id, y',
  'SELECT y FROM t JOIN u ON u.x = t.a WHERE t.id = 5 ORDER BY y',
  'SELECT * FROM (SELECT a, b FROM t ORDER BY a LIMIT 10) ORDER BY a',
  'SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY a) ORDER BY a',
  'SELECT a, count(*) FROM t GROUP BY a ORDER BY a',
  'SELECT * FROM (SELECT a FROM t UNION SELECT x FROM u) ORDER BY 1',
  'SELECT DISTINCT a FROM t',
  'SELECT DISTINCT a FROM t ORDER BY a DESC',
  'SELECT count(*) AS n FROM t ORDER BY n',
  'SELECT c FROM t ORDER BY c',
]) {
  test(`row order: delivered by ${sql}`, (t) => t.false(sorts(sql)))
}

for (const sql of [
  'SELECT a, b FROM t ORDER BY b',
  'SELECT a, b FROM t ORDER BY a, b DESC',
  'SELECT a FROM t ORDER BY a NULLS LAST',
  'SELECT t.id, y FROM t JOIN u ON u.x = t.id ORDER BY y, t.id',
  'SELECT b, y FROM t JOIN u ON u.x = t.a ORDER BY b, y',
  'SELECT * FROM (SELECT a, b FROM t ORDER BY a LIMIT 10) ORDER BY b',
  'SELECT * FROM (SELECT a FROM t UNION ALL SELECT x FROM u) ORDER BY 1',
  'SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY a) ORDER BY n',
  'SELECT c FROM t ORDER BY c COLLATE BINARY',
  'SELECT DISTINCT b FROM t',
  'SELECT b, count(*) FROM t GROUP BY b',
]) {
  test(`row order: made for ${sql}`, (t) => t.true(sorts(sql)))
}
