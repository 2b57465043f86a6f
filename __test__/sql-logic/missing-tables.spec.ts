/**
 * Tables, views and indexes that are missing: SQLite looks all of a query up before it looks at a name, the last SELECT of a compound first, and resolves the
 * SELECTs of a compound in that order too.
 */
import test from 'ava'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, b)',
  'INSERT INTO t VALUES (1, 2)',
  'CREATE TABLE gone(a)',
  'CREATE VIEW v AS SELECT a FROM gone',
  'CREATE VIEW w AS SELECT nocolumn FROM t',
  'DROP TABLE gone',
]

const queries = [
  'SELECT nosuch, (SELECT 1 FROM missing) FROM t',
  'SELECT nosuch FROM t WHERE a IN (SELECT a FROM missing)',
  'SELECT nosuch FROM t WHERE a IN missing',
  'SELECT nosuch FROM t WHERE EXISTS (SELECT 1 FROM t, missing)',
  'SELECT nosuch FROM t WHERE a = (SELECT a FROM v)',
  'SELECT nosuch FROM t ORDER BY (SELECT 1 FROM missing)',
  'SELECT nosuch FROM t LIMIT (SELECT 1 FROM missing)',
  'SELECT nosuch FROM t GROUP BY (SELECT 1 FROM missing) HAVING (SELECT 1 FROM other)',
  'SELECT nosuch FROM t AS x JOIN t AS y ON (SELECT 1 FROM missing) WHERE (SELECT 1 FROM other)',
  'SELECT nosuch FROM t AS x JOIN t AS y ON (SELECT 1 FROM missing)',
  'SELECT nosuch FROM (t AS x JOIN t AS y ON (SELECT 1 FROM missing))',
  'SELECT sum(nosuch) OVER (ORDER BY (SELECT 1 FROM missing)) FROM t',
  'SELECT nofunc(1), (SELECT 1 FROM missing) FROM t',
  'SELECT (SELECT nosuch FROM t), (SELECT 1 FROM missing)',
  'SELECT nosuch FROM t WHERE (SELECT 1 FROM t INDEXED BY noindex)',
  'SELECT nosuch, (SELECT 1 FROM nofunction(1)) FROM t',
  'SELECT nosuch, (SELECT 1 FROM t(1)) FROM t',
  'SELECT nosuch, (SELECT 1 FROM json_each((SELECT 1 FROM missing))) FROM t',
  'SELECT (SELECT 1 FROM missing) FROM t AS x JOIN t AS y USING (nosuch)',
  'SELECT nosuch.* FROM t WHERE (SELECT 1 FROM missing)',
  'SELECT *, (SELECT 1 FROM missing)',
  'SELECT nosuch, (SELECT *)',
  'SELECT nosuch, (SELECT nosuch.* FROM t), (SELECT other.* FROM t AS x) FROM t',
  'SELECT nosuch.*, (SELECT other.* FROM t) FROM t',
  'SELECT nosuch.*, other.* FROM t',
  'SELECT nosuch, (SELECT x.* FROM t AS x), (SELECT t.* FROM t), (SELECT y.* FROM (t AS y)) FROM t',
  'SELECT nosuch, (SELECT x.* FROM (SELECT 1) AS x) FROM t',
  'WITH k AS (SELECT 1 FROM missing) SELECT nosuch FROM t',
  'WITH k AS (SELECT 1 FROM missing) SELECT nosuch, (SELECT 1 FROM k) FROM t',
  'WITH k AS (SELECT nosuch FROM missing), l AS (SELECT other FROM k) SELECT third FROM l',
  'WITH missing AS (SELECT 1) SELECT nosuch, (SELECT 1 FROM missing) FROM t',
  'WITH k AS (SELECT 1) SELECT nosuch, (WITH l AS (SELECT 1 FROM missing) SELECT 1 FROM l) FROM k',
  'WITH RECURSIVE k(x) AS (SELECT nosuch UNION ALL SELECT x FROM k, missing) SELECT * FROM k',
  'SELECT nosuch FROM t UNION SELECT 1 FROM missing',
  'SELECT 1 FROM missing UNION SELECT 1 FROM other',
  'SELECT 1 FROM missing UNION SELECT nosuch FROM t',
  'SELECT (SELECT 1 FROM missing) UNION SELECT 1 FROM other',
  'SELECT nosuch UNION SELECT other UNION ALL SELECT third',
  'SELECT nosuch FROM t UNION SELECT (SELECT other FROM t)',
  'SELECT 1 FROM v UNION SELECT 1 FROM missing',
  'SELECT (SELECT 1 FROM v) UNION SELECT 1 FROM gone',
  'SELECT nosuch UNION SELECT nofunc(1)',
  'SELECT nosuch FROM t UNION SELECT a FROM t ORDER BY (SELECT 1 FROM missing)',
  'SELECT nosuch FROM t UNION SELECT a FROM t LIMIT (SELECT 1 FROM missing)',
  'SELECT nosuch.* UNION SELECT 1 FROM missing',
  'SELECT 1, 2 FROM t UNION SELECT 1 FROM missing',
  'SELECT 1 FROM (SELECT nosuch FROM t UNION SELECT other FROM t)',
  'SELECT 1 FROM (SELECT nosuch FROM t) WHERE (SELECT 1 FROM missing)',
  'SELECT 1 FROM (SELECT (SELECT 1 FROM missing)) WHERE (SELECT 1 FROM other)',
  'VALUES (nosuch), ((SELECT 1 FROM missing))',
  'SELECT nosuch FROM w',
  'SELECT nosuch FROM t WHERE (SELECT 1 FROM w)',
  'SELECT nosuch FROM t WHERE (SELECT 1 FROM nodatabase.t)',
]

test('missing tables of a query come before its names', async (t) => {
  await sameAnswers(t, setup, [
    ...queries,
    ...queries.map((query) => `INSERT INTO t(a) ${query}`),
    ...queries.map((query) => `SELECT 1 FROM t WHERE 5 IN (${query})`),
    ...queries.map((query) => `UPDATE t SET a = (${query}), b = another`),
    ...queries.map((query) => `DELETE FROM t WHERE (${query}) AND another`),
    ...queries.map((query) => `CREATE TABLE s AS ${query}`),
  ])
})

test('missing tables and names in any two places of a query', async (t) => {
  const random = createRandom(91)
  const wrong = [
    'nosuch',
    '(SELECT 1 FROM missing)',
    '(SELECT nosuch2 FROM t)',
    'a IN other',
    '1',
    'a',
  ]
  const from = ['t', 'missing2', '(SELECT a FROM t)', '(SELECT nosuch3 AS a FROM t)', 'v', 't']
  const some = (list: readonly string[]): string =>
    random.below(3) === 0 ? random.pick(list) : list.at(-1)!
  const core = (): string =>
    `SELECT ${some(wrong)} FROM ${some(from)} AS x LEFT JOIN ${some(from)} AS y ON ${some(wrong)} WHERE ${some(wrong)}`
  const statements = Array.from({ length: 400 }, () =>
    random.below(3) > 0
      ? core()
      : [core(), ...Array.from({ length: 1 + random.below(2) }, core)].join(' UNION ALL '),
  )
  await sameAnswers(t, setup, statements)
})

test('views in windows that nobody uses', async (t) => {
  const views = ['v', 'w', 'good', 'circle', 'main.w']
  await sameAnswers(
    t,
    [
      ...setup,
      'CREATE VIEW good AS SELECT a FROM t',
      'CREATE TABLE circle(a)',
      'CREATE VIEW round AS SELECT * FROM circle',
      'DROP TABLE circle',
      'CREATE VIEW circle AS SELECT * FROM round',
    ],
    views.flatMap((view) => [
      `SELECT 1 WINDOW q AS (PARTITION BY (SELECT 1 FROM ${view}))`,
      `SELECT a FROM t WINDOW q AS (ORDER BY a IN (SELECT 1 FROM t, ${view}))`,
      `SELECT a FROM t WINDOW q AS (ORDER BY a IN ${view})`,
      `SELECT nosuch FROM t WINDOW q AS (ORDER BY a IN ${view})`,
      `WITH k AS (SELECT 1) SELECT a FROM t WINDOW p AS (), q AS (PARTITION BY EXISTS (SELECT 1 FROM ${view}))`,
    ]),
  )
})
