/** ANALYZE and PRAGMA optimize: what they write, for what they are named, and that they are taken back whole, as in SQLite. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, b, c UNIQUE)',
  'CREATE INDEX ta ON t(a)',
  'CREATE INDEX tab ON t(a, b DESC)',
  'CREATE INDEX tp ON t(b) WHERE b > 3',
  'CREATE INDEX te ON t(a + 1, lower(c))',
  'CREATE TABLE w(k TEXT COLLATE nocase PRIMARY KEY, v) WITHOUT ROWID',
  'CREATE INDEX wv ON w(v)',
  'CREATE TABLE n(x)',
  'CREATE TABLE e(x PRIMARY KEY)',
  'CREATE TABLE u(x INT NOT NULL UNIQUE, y)',
  'CREATE TABLE none(a, b)',
  'CREATE INDEX ni ON none(a, b) WHERE a > 9',
  'CREATE VIEW vv AS SELECT 1',
  `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 97)
    INSERT INTO t SELECT i % 7, i % 11, CASE WHEN i % 5 = 0 THEN NULL ELSE i END FROM c`,
  "INSERT INTO w VALUES ('a', 1), ('b', 1), ('c', 2)",
  'INSERT INTO n VALUES (1), (2)',
  'INSERT INTO none VALUES (1, 2)',
  'INSERT INTO u VALUES (1, 1), (2, 2), (3, NULL)',
]

const all = 'SELECT * FROM sqlite_stat1'

test('analyze: statistics are SQLite’s, for what is named', async (t) => {
  await sameAnswers(t, setup, [
    'ANALYZE',
    all,
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'PRAGMA schema_version',
    ...['t', 'ta', 'main', 'main.t', 'main.tab', 'temp', 'vv', 'sqlite_stat1', 'sqlite_schema'].map(
      (name) => `ANALYZE ${name}`,
    ),
    ...['nosuch', 'x.t', 'main.nosuch'].map((name) => `ANALYZE ${name}`),
    all,
    'PRAGMA schema_version',
    'DELETE FROM sqlite_stat1',
    'ANALYZE tab',
    'ANALYZE wv',
    'ANALYZE w',
    all,
    'PRAGMA integrity_check',
    'DROP TABLE sqlite_stat1',
    'BEGIN',
    'ANALYZE w',
    all,
    'ROLLBACK',
    all,
    'DELETE FROM t',
    'ANALYZE',
    all,
    'CREATE TEMP TABLE tt(a PRIMARY KEY)',
    'INSERT INTO tt VALUES (1)',
    'ANALYZE temp',
    'SELECT * FROM temp.sqlite_stat1',
    'ANALYZE tt',
  ])
})

test('analyze: PRAGMA optimize does it where statistics are missing, or says so', async (t) => {
  const one = ['CREATE TABLE f(x PRIMARY KEY)', 'INSERT INTO f VALUES (1)']
  await sameAnswers(t, one, [
    'PRAGMA optimize(-1)',
    'PRAGMA optimize(1)',
    'PRAGMA optimize(3)',
    'PRAGMA optimize',
    'SELECT * FROM sqlite_stat1',
    'PRAGMA optimize(-1)',
    'WITH c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c WHERE i < 40) INSERT INTO f SELECT * FROM c',
    'PRAGMA optimize',
    'SELECT * FROM sqlite_stat1',
    'PRAGMA optimize(0x10003)',
    'PRAGMA optimize(0x10002)',
    'SELECT * FROM sqlite_stat1',
  ])
})

test('analyze: plans are made anew by what it has found', (t) => {
  const database = new Database(':memory:')
  database.exec(`CREATE TABLE t(a, b); CREATE INDEX ta ON t(a); CREATE INDEX tb ON t(b);
    WITH c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO t SELECT 1, i FROM c`)
  const plan = (): string =>
    JSON.stringify(database.explain('QUERY PLAN SELECT * FROM t WHERE a = 1 AND b = 5'))
  database.exec('ANALYZE')
  t.regex(plan(), /USING INDEX tb/)
  database.close()
})
