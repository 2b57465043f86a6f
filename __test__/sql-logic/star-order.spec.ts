/** ORDER BY over a star: what it stands for has its names as aliases, so a name that several tables have means the first of them. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE a(x, y)',
  'CREATE TABLE b(x, y, z)',
  'INSERT INTO a VALUES(1, 3), (2, 2), (3, 1)',
  'INSERT INTO b VALUES(1, 5, 1), (3, 4, 0), (2, 9, 2)',
]

test('star: ORDER BY takes the first column of the name', (t) =>
  sameAnswers(t, setup, [
    'SELECT * FROM a, b ORDER BY x, z',
    'SELECT *, 5 x FROM a, b ORDER BY x, z',
    'SELECT a.*, b.y FROM a, b ORDER BY y, x, z',
    'SELECT b.*, a.y FROM a, b ORDER BY y, x, z',
    'SELECT y, * FROM a, b ORDER BY y, z',
    'SELECT * FROM a JOIN b USING(x) ORDER BY y',
    'SELECT * FROM a UNION ALL SELECT x, y FROM b ORDER BY x',
    'SELECT -x AS x, * FROM a ORDER BY x',
    'SELECT *, -x AS x FROM a ORDER BY x',
    'SELECT *, *, x + 1 AS y FROM a ORDER BY y',
    'SELECT * FROM a, b ORDER BY x + 0',
  ]))

for (const view of [
  'SELECT * FROM s ORDER BY b',
  'SELECT EXISTS (SELECT s.* FROM s ORDER BY b)',
  'SELECT * FROM s UNION SELECT * FROM s ORDER BY b',
  'SELECT * FROM s ORDER BY b + 0',
  'SELECT c, b FROM s ORDER BY b',
])
  test(`star: a column is renamed under CREATE VIEW v AS ${view}`, (t) =>
    sameAnswers(
      t,
      ['CREATE TABLE s(c, b)', `CREATE VIEW v AS ${view}`],
      ['ALTER TABLE s RENAME COLUMN b TO e', 'SELECT sql FROM sqlite_schema'],
    ))
