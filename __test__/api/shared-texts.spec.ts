/**
 * Which texts share a program, and that nobody can tell: columns, types, rows and errors are those of a fresh connection for the same
 * text.
 */
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { LiftedStatement } from '../../packages/engine/src/api/statement/lifted.ts'
import { BareEngine } from '../codegen/bare-engine.ts'

const schema = `
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d);
CREATE INDEX tb ON t(b); CREATE INDEX td ON t(d) WHERE c > 1;
CREATE VIEW v AS SELECT a, b, 1 AS one FROM t;
INSERT INTO t VALUES (1, 'a', 1.5, 1), (2, 'b', 2.0, '2'), (3, 'B', -1, NULL), (4, '5', 4.5, 2.0);
`

/** What a text answers: columns with their origin, the rows with their storage classes, or the error. */
function answer(db: Database, sql: string): unknown {
  try {
    const statement = db.prepare(sql)
    if (!statement.reader) {
      const { changes } = statement.run()
      return [changes, db.prepare('SELECT * FROM t').raw().safeIntegers().all()]
    }
    return [statement.columns(), statement.raw().safeIntegers().all(), statement.get()]
  } catch (error) {
    return String(error)
  }
}

function compare(t: ExecutionContext, texts: readonly string[]): void {
  const shared = new Database(':memory:')
  shared.exec(schema)
  for (const sql of texts) {
    const fresh = new Database(':memory:')
    fresh.exec(schema)
    shared.exec('BEGIN')
    t.deepEqual(answer(shared, sql), answer(fresh, sql), sql)
    shared.exec('ROLLBACK')
    fresh.close()
  }
  shared.close()
}

const fill = (shape: string, values: readonly string[]): string[] =>
  values.map((value) => shape.replaceAll('#', value))

const literals = [
  '1',
  '2',
  '1',
  '0',
  '3',
  "'a'",
  "'b'",
  "''",
  '1.0',
  '2.5',
  '0.0',
  "'2'",
  'NULL',
  '-1',
  '0x2',
  '9223372036854775807',
]

for (const shape of [
  'SELECT #',
  'SELECT # AS x, typeof(#) AS y',
  'SELECT typeof(-#) AS y, -# AS x',
  'SELECT a FROM t ORDER BY # LIMIT 3',
  'SELECT a, b FROM t LIMIT #',
  'SELECT a FROM t LIMIT 2 OFFSET #',
  'SELECT a FROM t LIMIT #, 2',
  'SELECT b, count(*) AS n FROM t GROUP BY #',
  'SELECT b || # AS x, count(*) AS n FROM t GROUP BY b || #',
  'SELECT b || 1 AS x, count(*) AS n FROM t GROUP BY b || #',
  'SELECT b, d + # AS x FROM t GROUP BY d + 1 ORDER BY 1',
  'SELECT a FROM t UNION SELECT # ORDER BY 1',
  'SELECT a + # FROM t UNION SELECT a + 1 FROM t ORDER BY a + #',
  'SELECT x, typeof(x) AS y FROM (SELECT c AS x FROM t UNION ALL SELECT #) ORDER BY x',
  'SELECT a FROM t WHERE # AND b',
  'SELECT a FROM t WHERE # OR no_such_function(a)',
  'SELECT a FROM t WHERE (#) AND abs(-9223372036854775808 + a - a)',
  'SELECT a FROM t WHERE b LIKE #',
  "SELECT a FROM t WHERE b LIKE 'b%' ESCAPE #",
  'SELECT a FROM t WHERE likelihood(a, #)',
  'SELECT a FROM t WHERE d = # AND c > 1',
  'SELECT a FROM t WHERE d = 2 AND c > #',
  'SELECT a FROM t WHERE a IN (#, 2)',
  'SELECT a FROM t WHERE a IN (#)',
  'SELECT a FROM t WHERE (a, b) IN (VALUES (1, #), (2, #))',
  'SELECT a FROM t WHERE (a, b) = (#, #)',
  'SELECT CASE a WHEN # THEN # ELSE b END AS x FROM t',
  'SELECT a FROM t WHERE # IS NULL',
  'SELECT a FROM t WHERE b IS #',
  'WITH w AS (SELECT a, # AS x FROM t WHERE a > #) SELECT x, a FROM w WHERE x = #',
  'SELECT (SELECT # WHERE a > 2) AS x FROM t',
  'SELECT one, a FROM v WHERE one = # AND a >= #',
  "SELECT date('2020-01-01', #) AS x",
  'SELECT printf(#, 1) AS x',
  'VALUES (#, 1), (2, #)',
  'SELECT "#" FROM t',
  'SELECT [a] /* # */ FROM t -- #\n WHERE a = #',
  'SELECT count(*) FROM t AS x JOIN t AS y ON x.a = y.a + #',
  'SELECT b FROM t GROUP BY b HAVING count(*) > #',
  'SELECT CAST(# AS VARCHAR(10)) AS x',
  'SELECT sum(d + #) AS x, sum(d + #) AS y, sum(d + 1) AS z FROM t',
  'SELECT DISTINCT d + # AS x FROM t ORDER BY d + #',
  'SELECT abs(#, 1)',
  'SELECT a FROM t WHERE a BETWEEN # AND #',
  'SELECT a FROM t NOT INDEXED WHERE b > #',
  'INSERT INTO t VALUES (#, #, #, #)',
  'INSERT INTO t(b) VALUES (#), (1), (#)',
  'INSERT INTO t(b, c) VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (#, 9), (-1, #), (11, #)',
  'INSERT OR REPLACE INTO t(a, b) SELECT a + #, # FROM t',
  'UPDATE t SET b = #, d = d + # WHERE a = #',
  "UPDATE t SET 'b' = # WHERE 'a' < #",
  'DELETE FROM t WHERE d >= # OR b = #',
]) {
  test(`shared texts: ${shape}`, (t) => {
    compare(t, fill(shape, literals))
  })
}

test('shared texts: a literal that is a name is one', (t) => {
  compare(t, ["SELECT 'x' 'a'", "SELECT 'x' 'b'", "SELECT 'y' 'b'", "SELECT 'y' 'b'"])
  compare(t, [
    "SELECT 't'.'a' FROM t",
    "SELECT 't'.'b' FROM t",
    "SELECT 't'.'b' FROM t",
    "SELECT 'u'.'b' FROM t",
  ])
  compare(t, [
    "INSERT INTO t('b') VALUES (1)",
    "INSERT INTO t('d') VALUES (1)",
    "INSERT INTO t('d') VALUES (2)",
  ])
})

test('shared texts: lists of another length are other texts', (t) => {
  compare(
    t,
    ['1', '1, 2', '2, 3', '1, 2, 3', '4, 2, 3'].map(
      (list) => `SELECT a FROM t WHERE a IN (${list})`,
    ),
  )
  compare(
    t,
    ['(1)', '(2), (3)', '(4), (5)'].map((list) => `INSERT INTO t(d) VALUES ${list}`),
  )
})

test('shared texts: the second text of a shape shares, with more kinds of statements than WHERE', (t) => {
  const engine = new BareEngine()
  engine.exec(schema)
  const shares = (sql: string): boolean => engine.connection.prepare(sql) instanceof LiftedStatement
  for (const shape of [
    'SELECT a FROM t WHERE a = #',
    'WITH w AS (SELECT b FROM t WHERE a = #) SELECT b FROM w',
    'SELECT a + # AS x FROM t',
    'SELECT x.a FROM t x JOIN t y ON y.a = x.a + # WHERE y.b = 1',
    'INSERT INTO t VALUES (#, 1, 1, 1)',
    'UPDATE t SET d = # WHERE a = #',
    'DELETE FROM t WHERE a = #',
    'SELECT b, count(*) FROM t GROUP BY b HAVING count(*) > #',
    'SELECT a FROM t WHERE b = # LIMIT 10',
  ]) {
    t.deepEqual(
      [5, 6, 7].map((n) => shares(shape.replaceAll('#', String(n)))),
      [false, true, true],
      shape,
    )
  }
  // Of what is pinned every value has a program of its own.
  const limited = [10, 11, 12, 13].map((n) => `SELECT a FROM t WHERE d = ${n} LIMIT 5`)
  t.deepEqual(limited.map(shares), [false, true, true, true])
  t.deepEqual(
    limited.map((sql) => shares(sql.replace('LIMIT 5', 'LIMIT 6'))),
    [false, true, true, true],
  )
  t.deepEqual(
    [1, 2, 3].map((n) => shares(`SELECT ${n}`)),
    [false, false, false],
  )
  engine.close()
})

test('shared texts: a program is compiled anew when the schema has changed', (t) => {
  const db = new Database(':memory:')
  db.exec(schema)
  const get = (n: number): unknown =>
    db.prepare(`SELECT b FROM t WHERE d = ${n} AND c > 1`).pluck().all()
  t.deepEqual([get(1), get(2), get(3)], [['a'], ['5'], []])
  db.exec('DROP INDEX td')
  t.deepEqual([get(1), get(2), get(4)], [['a'], ['5'], []])
  db.exec('CREATE INDEX td2 ON t(d, c) WHERE c > 1; INSERT INTO t(b, c, d) VALUES (7, 8, 4)')
  t.deepEqual([get(1), get(2), get(4)], [['a'], ['5'], ['7']])
  db.close()
})
