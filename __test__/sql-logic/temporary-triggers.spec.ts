/** Temporary triggers may change tables of the database that they name; others may name none, whatever it is. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

test('temporary triggers: their steps name databases, as in SQLite', async (t) => {
  await sameAnswers(
    t,
    [
      'CREATE TABLE t(a, b)',
      'CREATE TEMP TABLE q(a, b)',
      'CREATE TEMP TABLE t2(a)',
      'CREATE TABLE t2(a)',
      "ATTACH ':memory:' AS z",
      'CREATE TABLE z.t2(a)',
    ],
    [
      'CREATE TRIGGER temp.t1 AFTER INSERT ON t BEGIN DELETE FROM main.t; END',
      'CREATE TRIGGER t3 AFTER INSERT ON q BEGIN DELETE FROM main.t; END',
      'CREATE TRIGGER main.t4 AFTER INSERT ON t BEGIN DELETE FROM main.t; END',
      'CREATE TRIGGER t5 AFTER INSERT ON t BEGIN INSERT INTO main.t VALUES (1, 2); END',
      'CREATE TRIGGER t5 AFTER INSERT ON t BEGIN UPDATE z.t2 SET a = 1; END',
      'CREATE TRIGGER t6 AFTER INSERT ON nosuch BEGIN DELETE FROM main.t; END',
      'CREATE TEMP TRIGGER t7 AFTER INSERT ON t BEGIN DELETE FROM nosuch.t; END',
      'INSERT INTO t VALUES (1, 2)',
      'DROP TRIGGER t7',
      'CREATE TEMP TRIGGER t8 AFTER INSERT ON t BEGIN DELETE FROM main.nosuch; END',
      'INSERT INTO t VALUES (1, 2)',
      'DROP TRIGGER t8',
      'CREATE TEMP TRIGGER t9 AFTER INSERT ON t BEGIN UPDATE main.t2 SET a = a + 1; UPDATE t2 SET a = a + 10; INSERT INTO temp.t2 VALUES (100); DELETE FROM temp.t2 WHERE a < 5; INSERT INTO main.t2 SELECT a FROM main.t2 WHERE a < 3; REPLACE INTO z.t2 VALUES (new.a); END',
      'INSERT INTO t2 VALUES (1)',
      'INSERT INTO main.t2 VALUES (2)',
      'INSERT INTO t VALUES (1, 2)',
      "SELECT 'temp', * FROM temp.t2 UNION ALL SELECT 'main', * FROM main.t2 UNION ALL SELECT 'z', * FROM z.t2",
      'CREATE TEMP TRIGGER t10 AFTER INSERT ON t BEGIN DELETE FROM main.t INDEXED BY x; END',
      'CREATE TEMP TRIGGER t11 AFTER INSERT ON t BEGIN UPDATE main.t NOT INDEXED SET a = 1; END',
      'CREATE TEMP TRIGGER t12 AFTER INSERT ON t BEGIN UPDATE main.t AS y SET a = y.b; END',
      'CREATE TEMP TRIGGER t13 AFTER INSERT ON t BEGIN REPLACE INTO main.t DEFAULT VALUES; END',
      'SELECT name, sql FROM sqlite_temp_schema',
      'SELECT * FROM t',
    ],
  )
})

test('temporary triggers: a table of the same name in another database has its own', async (t) => {
  const setup = [
    'CREATE TABLE b(x, y)',
    'CREATE TEMP TABLE b(x, y)',
    'CREATE TABLE log(a)',
    "CREATE TEMP TRIGGER far AFTER DELETE ON main.b BEGIN INSERT INTO log VALUES ('far' || old.x); END",
    "CREATE TEMP TRIGGER near AFTER DELETE ON b BEGIN INSERT INTO log VALUES ('near' || old.x); END",
    "CREATE TEMP TRIGGER own BEFORE UPDATE ON temp.b BEGIN INSERT INTO log VALUES ('own' || old.x); END",
    'INSERT INTO b VALUES (1, 1), (2, 2)',
    'INSERT INTO main.b VALUES (3, 3), (4, 4)',
  ]
  const triggers = 'SELECT name, tbl_name FROM temp.sqlite_schema ORDER BY 1'
  await sameAnswers(t, setup, [
    'DELETE FROM b WHERE x = 1',
    'DELETE FROM main.b WHERE x = 3',
    'UPDATE b SET y = 5',
    'UPDATE main.b SET y = 5',
    'CREATE TRIGGER temp.wrong INSTEAD OF DELETE ON main.b BEGIN SELECT 1; END',
    'CREATE TEMP TRIGGER wrong INSTEAD OF DELETE ON log BEGIN SELECT 1; END',
    'CREATE TRIGGER main.wrong INSTEAD OF DELETE ON main.b BEGIN SELECT 1; END',
    'SELECT a FROM log',
    'DROP TABLE b',
    triggers,
    'DELETE FROM b WHERE x = 4',
    'SELECT a FROM log',
    'CREATE TEMP VIEW b AS SELECT 1 AS x',
    'CREATE TEMP TRIGGER seen INSTEAD OF DELETE ON b BEGIN SELECT 1; END',
    'CREATE INDEX bi ON b(x)',
    'CREATE VIEW IF NOT EXISTS log AS SELECT * FROM temp.b',
    triggers,
    'DROP VIEW b',
    triggers,
    'DROP TABLE b',
    triggers,
  ])
})
