/** Of several mistakes in one SELECT the one that SQLite reports: LIMIT and OFFSET right after FROM, a common table's columns before its other SELECTs. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = ['CREATE TABLE t(a, b)', 'INSERT INTO t VALUES (1, 2)']

const mistakes = [
  'SELECT nosuch FROM t LIMIT other',
  'SELECT nosuch FROM missing LIMIT other',
  'SELECT a FROM t WHERE nosuch LIMIT other',
  'SELECT a FROM t ORDER BY nosuch LIMIT other',
  'SELECT a FROM t ORDER BY nosuch LIMIT 1 OFFSET other',
  'SELECT count(*) FROM t GROUP BY nosuch LIMIT other',
  'SELECT a FROM t HAVING 1 LIMIT other',
  'SELECT a FROM t LIMIT a',
  'SELECT a FROM t LIMIT (SELECT nosuch FROM t)',
  'SELECT nosuch LIMIT other',
  'VALUES (nosuch) LIMIT other',
  'SELECT nosuch FROM t UNION SELECT 1 LIMIT other',
  'SELECT a FROM t LIMIT count(*)',
  'SELECT nosuch() FROM t LIMIT other()',
  'SELECT a FROM t LIMIT 1 OFFSET a',
  'SELECT (SELECT nosuch LIMIT other) FROM t',
  'SELECT a IN (SELECT nosuch FROM t LIMIT other) FROM t',
  'SELECT * FROM t JOIN t AS u USING (nosuch) LIMIT other',
  'SELECT b.* FROM t LIMIT other',
  'INSERT INTO t SELECT nosuch, 1 FROM t LIMIT other',
  'WITH c(x) AS (SELECT nosuch FROM t LIMIT other) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT nosuch FROM c LIMIT other) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1, 2 UNION ALL SELECT 1) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1, 2 UNION SELECT 1 EXCEPT SELECT 3, 4) SELECT * FROM c',
  'WITH c(x, y) AS (SELECT 1 UNION ALL SELECT 1, 2) SELECT * FROM c',
  'WITH c AS (SELECT 1 UNION ALL SELECT 1, 2) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1, 2 UNION ALL SELECT x FROM c) SELECT * FROM c',
]

test('mistakes: the same one is reported as by SQLite', async (t) => {
  await sameAnswers(t, setup, mistakes)
})

test('mistakes: those in triggers come in the order in which triggers fire each other', async (t) => {
  const triggers = [
    'CREATE TABLE a(x UNIQUE, y)',
    'CREATE TABLE b(x)',
    'CREATE TEMP TRIGGER one AFTER UPDATE ON a BEGIN INSERT INTO a VALUES (1, 2) ON CONFLICT DO UPDATE SET x = 3; DELETE FROM nosuch; END',
    'CREATE TRIGGER two AFTER UPDATE ON a BEGIN DELETE FROM other; END',
    'CREATE TRIGGER three AFTER DELETE ON a BEGIN INSERT INTO b VALUES (1); INSERT INTO later VALUES (1); END',
    'CREATE TRIGGER four AFTER INSERT ON b BEGIN DELETE FROM b WHERE sooner = 1; END',
    'CREATE TRIGGER five BEFORE DELETE ON b BEGIN SELECT missing; END',
    'CREATE TABLE c(x UNIQUE ON CONFLICT REPLACE, y REFERENCES d(x) ON DELETE CASCADE)',
    'CREATE TABLE d(x UNIQUE, y)',
    'CREATE TRIGGER six AFTER INSERT ON c BEGIN DELETE FROM last; END',
    'CREATE TRIGGER seven BEFORE UPDATE ON c BEGIN DELETE FROM updated; END',
    'CREATE TRIGGER eight AFTER DELETE ON c BEGIN DELETE FROM deleted; END',
    'CREATE TRIGGER nine AFTER DELETE ON d BEGIN DELETE FROM parent; END',
    'PRAGMA foreign_keys = ON',
    'PRAGMA recursive_triggers = ON',
  ]
  await sameAnswers(t, triggers, [
    'UPDATE a SET y = 1',
    'DELETE FROM a',
    'DELETE FROM b',
    'INSERT INTO c VALUES (1, 2)',
    'INSERT OR IGNORE INTO c VALUES (1, 2)',
    'INSERT INTO c VALUES (1, 2) ON CONFLICT DO UPDATE SET y = 3',
    'UPDATE OR REPLACE c SET x = 1',
    'DELETE FROM c',
    'DELETE FROM d',
    'REPLACE INTO d VALUES (1, 2)',
  ])
})

test('mistakes: rows of different widths are told before what is wrong inside them', async (t) => {
  const scalars = ['nosuch', 'other(1)', 'abs(1, 2)', 'sum(sum(1))']
  const rows = [
    '(1, 2)',
    '(a, other(1))',
    '(SELECT 1, 2)',
    '(SELECT *, nosuch FROM t)',
    '(SELECT * FROM t)',
    '(VALUES (1, 2))',
    '(SELECT nosuch FROM t)',
  ]
  const operators = ['=', '<>', '<', '>=', 'IS', 'IS NOT', '+', '||', 'IN']
  const pairs = scalars.flatMap((scalar) =>
    rows.flatMap((row) => [
      ...operators.map((operator) => `${scalar} ${operator} ${row}`),
      `${row} = ${scalar}`,
      `${scalar} BETWEEN ${row} AND 3`,
      `${row} NOT BETWEEN (1, 2) AND ${scalar}`,
      `${row} IS ${row}`,
    ]),
  )
  await sameAnswers(t, setup, [
    ...pairs.map((pair) => `SELECT ${pair} FROM t`),
    'SELECT 1 FROM t WHERE other(1) = (1, 2) AND nosuch',
    'SELECT 1 FROM t WHERE nosuch AND other(1) = (1, 2)',
    'SELECT max(other(1) = (1, 2)) FROM t',
    'UPDATE t SET a = other(1) = (1, 2)',
    'INSERT INTO t VALUES (other(1) = (1, 2), 1)',
    'CREATE TABLE x(a CHECK (other(a) = (1, 2)))',
    'CREATE INDEX i ON t(other(a) = (1, 2))',
  ])
})

test('mistakes: a token that may not follow is told before what is wrong with what it follows', async (t) => {
  const refused = [
    'SELECT string_agg(a ORDER BY 1) OVER ()',
    'SELECT count(DISTINCT a) OVER w',
    'SELECT count(DISTINCT a ORDER BY b) OVER ()',
    'SELECT sum(a) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING',
    'SELECT 0x12345678123456789',
    'SELECT a FROM t WHERE -0x8000000000000000',
    'SELECT (1, 2) IN ((1, 2, 3))',
    'VALUES (1), (2, 3)',
    'SELECT 1 UNION VALUES (1), (2, 3)',
    'SELECT * FROM t NATURAL JOIN t AS u ON 1',
    'SELECT * FROM t ON 1',
    'SELECT * FROM t USING (a)',
    'UPDATE t SET (a, b) = (1, 2, 3)',
    'WITH c AS (SELECT 1), c AS (SELECT 2)',
    'SELECT 1 ORDER BY 1 UNION SELECT 2',
    'CREATE TABLE x(a) FOO',
    'SELECT ?0',
    'SELECT ?99999999',
  ]
  const followers = [
    '',
    ' 1',
    ' )',
    ')',
    ' x',
    ' FROM t',
    ' SELECT 3',
    ', 2',
    ' WHERE 1 2',
    ' = 1',
    ' $',
  ]
  await sameAnswers(
    t,
    setup,
    refused.flatMap((sql) => followers.map((follower) => sql + follower)),
  )
})
