/**
 * Common tables whose rows may differ from one evaluation to the next (random(), functions of the user's): who reads one reads the same rows as
 * everybody else, unless SQLite makes it a part of each query that uses it.
 */
import test from 'ava'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a)',
  'INSERT INTO t VALUES (1), (2), (3), (4), (5)',
  'CREATE VIEW v AS WITH c AS (SELECT random() AS x) SELECT p.x = q.x AS same, p.x FROM c AS p, c AS q',
]

const kinds = ['', 'MATERIALIZED', 'NOT MATERIALIZED']
// Chance must not make two of them equal: each is one of 2^55 at least.
const queries = [
  'random() AS r',
  'a, random() AS r FROM t',
  'a, random() AS r FROM t ORDER BY a DESC LIMIT 3',
  'DISTINCT a, random() AS r FROM t',
  'a % 2 AS a, sum(random() >> 8) AS r FROM t GROUP BY a % 2',
  'random() AS r UNION ALL SELECT random()',
  'max(a) AS a, random() AS r FROM t',
]
const uses = [
  'SELECT count(*) FROM c AS p, c AS q WHERE p.r = q.r',
  'SELECT (SELECT max(r) FROM c) = (SELECT max(r) FROM c)',
  'SELECT count(*) FROM (SELECT r FROM c UNION SELECT r FROM c)',
  'SELECT count(*) FROM c AS p LEFT JOIN c AS q ON q.r = p.r',
  'SELECT count(*) FROM c WHERE r IN (SELECT r FROM c)',
  'SELECT a, (SELECT count(*) FROM c AS p, c AS q WHERE p.r = q.r AND t.a > 0) FROM t',
  'SELECT count(*) FROM (SELECT r FROM c) AS p, (SELECT r FROM c) AS q WHERE p.r = q.r',
]

// (SQLite makes one with a LIMIT a part of a query that only selects from it, for IN.)
test('common tables: rows by chance are the same for all who read them', async (t) => {
  const statements = kinds
    .flatMap((kind) =>
      queries.flatMap((query) => uses.map((use) => `WITH c AS ${kind} (SELECT ${query}) ${use}`)),
    )
    .filter((sql) => !sql.includes('LIMIT') || !sql.includes(' IN '))
  await sameAnswers(t, setup, [
    ...statements,
    'SELECT same FROM v',
    'SELECT p.x = q.x FROM v AS p, v AS q',
    'WITH c AS (SELECT random() AS x), d AS (SELECT x FROM c UNION SELECT x FROM c) SELECT count(*) FROM d AS p, d AS q, c WHERE p.x = q.x AND c.x = p.x',
    'WITH c(x, y) AS (VALUES (random(), 1), (random(), 2)) SELECT p.x = q.x FROM c AS p JOIN c AS q USING (y)',
    'INSERT INTO t WITH c AS (SELECT random() AS x) SELECT p.x = q.x FROM c AS p, c AS q',
    'WITH c AS (SELECT random() AS x) UPDATE t SET a = (SELECT x FROM c) - (SELECT x FROM c) WHERE a = 1',
    'CREATE TABLE z AS WITH c AS (SELECT random() AS x) SELECT p.x = q.x AS y FROM c AS p, c AS q',
    'SELECT count(*), min(a), max(a) FROM t',
    'SELECT * FROM z',
  ])
})

test('common tables: one in a correlated query is another for each row', (t) => {
  const db = new Database(':memory:')
  for (const sql of setup) db.exec(sql)
  let calls = 0n
  db.function('f', () => ++calls)
  const sql =
    'SELECT (WITH c AS (SELECT t.a * 0 + f() AS x UNION ALL SELECT 0) SELECT max(x) FROM c) FROM t'
  t.deepEqual(db.prepare(sql).pluck().all(), [1, 2, 3, 4, 5])
  db.close()
})

test('common tables: each run collects them anew, in slices too', async (t) => {
  const db = new Database(':memory:')
  for (const sql of setup) db.exec(sql)
  let calls = 0n
  db.function('f', () => ++calls)
  const sql =
    'WITH c AS MATERIALIZED (SELECT a, f() AS r FROM t) SELECT p.r AS r FROM c AS p JOIN c AS q ON p.r = q.r'
  const statement = db.prepare(sql).pluck()
  t.deepEqual(statement.all(), [1, 2, 3, 4, 5])
  t.deepEqual(statement.all(), [6, 7, 8, 9, 10])
  t.deepEqual([...statement.iterate()], [11, 12, 13, 14, 15])
  t.is(statement.get(), 16)
  const rows: unknown[] = []
  for await (const row of await new LocalConnection(db).query(sql)) rows.push(row['r'])
  t.deepEqual(rows, [21, 22, 23, 24, 25])
  db.close()
})

test('common tables: the rows may go to the temporary file', (t) => {
  const db = new Database(':memory:')
  db.exec('PRAGMA cache_size = -64; PRAGMA temp_store = FILE; CREATE TABLE n(d)')
  db.exec('INSERT INTO n VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)')
  const sql = `WITH c AS MATERIALIZED (
      SELECT w.d * 1000 + x.d * 100 + y.d * 10 + z.d AS id, hex(randomblob(20)) AS r
      FROM n AS w, n AS x, n AS y, n AS z)
    SELECT count(*) FROM c AS p JOIN c AS q ON p.id = q.id WHERE p.r = q.r`
  t.is(db.prepare(sql).pluck().get(), 10_000)
  db.close()
})

test('ORDER BY what is in the result: it is evaluated once', async (t) => {
  const db = new Database(':memory:')
  for (const sql of setup) db.exec(sql)
  let calls = 0
  db.function('f', () => ++calls)
  for (const sql of [
    'SELECT f() FROM t ORDER BY f() DESC',
    'SELECT f(), a FROM t ORDER BY f() DESC, a',
    'SELECT DISTINCT f() FROM t ORDER BY f() DESC',
    'SELECT f() FROM t WHERE a < 3 UNION ALL SELECT f() FROM t WHERE a > 2 ORDER BY f() DESC',
  ]) {
    calls = 0
    t.deepEqual(db.prepare(sql).pluck().all(), [5, 4, 3, 2, 1], sql)
  }
  db.close()
})

const limits = [
  '0',
  '-1',
  '2',
  'NULL',
  "'a'",
  '1.5',
  '1.0',
  "x'31'",
  "'1'",
  '(SELECT 0)',
  'abs(-9223372036854775807 - 1)',
]

test('LIMIT 0: nobody asks for the OFFSET', async (t) => {
  const queries = [
    'SELECT a FROM t',
    'SELECT a FROM t ORDER BY -a',
    'SELECT DISTINCT a FROM t',
    'SELECT a FROM t UNION ALL SELECT a FROM t',
    'SELECT a FROM t UNION SELECT a FROM t ORDER BY 1',
    'SELECT count(*) FROM t GROUP BY a % 2',
    'SELECT 1 WHERE 0',
  ]
  const statements = queries.flatMap((query) =>
    limits.flatMap((limit) => limits.map((offset) => `${query} LIMIT ${limit} OFFSET ${offset}`)),
  )
  await sameAnswers(t, setup, [
    ...statements,
    ...limits.map(
      (offset) => `SELECT * FROM t LEFT JOIN (SELECT a AS b FROM t LIMIT 0 OFFSET ${offset})`,
    ),
  ])
})
