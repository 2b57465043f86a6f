/**
 * The rowids that rows get from statements that are run again and again, against SQLite: after others have inserted, changed or deleted rows, and
 * after rollbacks.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const add = 'INSERT INTO t(a) VALUES (1)'
const fire = 'UPDATE u SET a = a + 1 WHERE id = 1'
const both = [add, fire, add]

const between: readonly (readonly string[])[] = [
  [],
  ['DELETE FROM t WHERE id = (SELECT max(id) FROM t)'],
  ['SAVEPOINT s', ...both, 'ROLLBACK TO s', ...both, 'RELEASE s'],
  ['BEGIN', ...both, 'ROLLBACK'],
  ['BEGIN', ...both, "INSERT INTO t(id, a) VALUES (900, 1), (1, 'taken')", ...both, 'COMMIT'],
  ['INSERT INTO t(id) VALUES (500)'],
  ['UPDATE t SET id = id + 100 WHERE id = (SELECT max(id) FROM t)'],
  ['UPDATE t SET id = -id WHERE id > 20'],
  ['INSERT INTO t(a) SELECT a FROM t LIMIT 5'],
  ['DELETE FROM t'],
  ['INSERT INTO t(id) VALUES (-9)', 'DELETE FROM t WHERE id > 0'],
  ['DROP TABLE IF EXISTS v', 'CREATE TABLE v(id INTEGER PRIMARY KEY)'],
  ['INSERT INTO t(id) VALUES (9223372036854775800)'],
]

test('the next rowid is one more than the greatest that there is', async (t) => {
  const setUp = [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
    'CREATE TABLE u(id INTEGER PRIMARY KEY, a)',
    'INSERT INTO u VALUES (1, 0)',
    'CREATE TRIGGER noted AFTER UPDATE ON u BEGIN INSERT INTO t(a) VALUES (new.a); END',
  ]
  const statements = between.flatMap((some) => [
    ...both,
    ...some,
    ...both,
    'SELECT * FROM t',
    'SELECT last_insert_rowid(), changes()',
  ])
  await sameAnswers(t, setUp, [...statements, ...both, 'SELECT * FROM t'])
})
