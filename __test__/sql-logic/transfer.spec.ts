/** `INSERT INTO t SELECT * FROM u` of tables that are built alike: where generated columns may be among those of the star, as in SQLite. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE u(g AS (typeof(a)), a, b INT DEFAULT 4, s AS (a + b) STORED)',
  "INSERT INTO u VALUES (1, 2), ('x', 3)",
  'CREATE TABLE plain(a, b)',
  'INSERT INTO plain VALUES (7, 8)',
  'CREATE VIEW v AS SELECT * FROM u',
]

const targets = [
  'CREATE TABLE t(x AS (typeof(y)), y, z INT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(z)), y, z INT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y, z TEXT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y, z INT DEFAULT 5, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)) STORED, y, z INT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y, z INT DEFAULT 4 NOT NULL, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y COLLATE nocase, z INT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y, z INT DEFAULT 4, w AS (y + z) STORED, CHECK (z > 0))',
  'CREATE TABLE t(x AS (typeof(y)), y UNIQUE, z INT DEFAULT 4, w AS (y + z) STORED)',
  'CREATE TABLE t(x AS (typeof(y)), y, z INT DEFAULT 4, w AS (y + z))',
  'CREATE TABLE t(x ANY AS (typeof(y)), y ANY, z INT DEFAULT 4, w ANY AS (y + z) STORED) STRICT',
]

const inserts = [
  'INSERT INTO t SELECT * FROM u',
  'INSERT OR ROLLBACK INTO t SELECT * FROM u',
  'INSERT OR IGNORE INTO t SELECT * FROM u',
  'INSERT INTO t SELECT * FROM u WHERE 1',
  'INSERT INTO t SELECT * FROM u ORDER BY 1',
  'INSERT INTO t SELECT * FROM u LIMIT 1',
  'INSERT INTO t SELECT u.* FROM u',
  'INSERT INTO t SELECT * FROM u AS q',
  'INSERT INTO t SELECT * FROM v',
  'INSERT INTO t SELECT * FROM (u)',
  'INSERT INTO t(y, z) SELECT * FROM u',
  'INSERT INTO t SELECT * FROM u UNION ALL SELECT * FROM u',
  'WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM u',
  'INSERT INTO t SELECT * FROM plain',
  'INSERT INTO t SELECT * FROM u RETURNING y',
  'INSERT INTO t SELECT * FROM t',
]

for (const target of targets) {
  test(`transfer: into ${target}`, async (t) => {
    await sameAnswers(t, [...setup, target], [...inserts, 'SELECT rowid, * FROM t'])
  })
}

test('transfer: an index, a trigger, count_changes and a key stand in its way', async (t) => {
  const like = targets[0]!
  await sameAnswers(
    t,
    [...setup, like],
    [
      'CREATE INDEX ti ON t(y)',
      'INSERT INTO t SELECT * FROM u',
      'DROP INDEX ti',
      'CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END',
      'INSERT INTO t SELECT * FROM u',
      'DROP TRIGGER tr',
      'PRAGMA count_changes = 1',
      'INSERT INTO t SELECT * FROM u',
      'PRAGMA count_changes = 0',
      'INSERT INTO t SELECT * FROM u',
      'CREATE TABLE k(i INTEGER PRIMARY KEY, g AS (i + 1), j)',
      'CREATE TABLE l(m INTEGER PRIMARY KEY, n AS (m + 1), o)',
      'CREATE INDEX lo ON l(o)',
      'INSERT INTO k(i, j) VALUES (3, 1), (5, 2)',
      'INSERT INTO l SELECT * FROM k',
      'CREATE INDEX kj ON k(j)',
      'INSERT INTO l SELECT * FROM k',
      'INSERT INTO l SELECT * FROM k',
      'SELECT * FROM l',
      'SELECT * FROM t',
    ],
  )
})
