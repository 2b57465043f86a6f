/** Joins in parentheses, against SQLite: which columns a star shows and in which order, what they are called, what their names and the alias of the whole mean. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t1(a, b)',
  'CREATE TABLE t2(a, c)',
  'CREATE TABLE t3(a, d)',
  'INSERT INTO t1 VALUES (1,2)',
  'INSERT INTO t2 VALUES (1,3)',
  'INSERT INTO t3 VALUES (1,4)',
]

const statements = [
  // ON knows the aliases of the result, as WHERE does.
  'SELECT t1.a AS z FROM t1 JOIN t2 ON z = t2.a',
  'SELECT t1.a + 1 AS z, c FROM t1 LEFT JOIN t2 ON z > t2.a',
  'SELECT t1.a + 1 AS z, c FROM t1 FULL JOIN t2 ON z = t2.a',
  'SELECT t1.a AS b FROM t1 JOIN t2 ON b = t2.a',
  'SELECT q.b FROM (t1 JOIN t2 USING(a)) q',
  'SELECT q.* FROM (t1 JOIN t2 USING(a)) q',
  'SELECT t1.b FROM (t1 JOIN t2 USING(a)) q',
  'SELECT * FROM (t1 JOIN t2 USING(a)) q',
  'SELECT * FROM (t1 JOIN t2) q',
  'SELECT a FROM (t1 JOIN t2) q',
  'SELECT q.a FROM (t1 JOIN t2) q',
  'SELECT t1.a FROM (t1 JOIN t2) q',
  'SELECT t1.* FROM (t1 JOIN t2) q',
  'SELECT * FROM t3 JOIN (t1 JOIN t2 USING(a)) q',
  'SELECT * FROM t3 JOIN (t1 JOIN t2 USING(a)) q ON q.a=t3.a',
  'SELECT * FROM t3 JOIN (t1 JOIN t2 USING(a)) q ON t1.a=t3.a',
  'SELECT q.b FROM (t1) q',
  'SELECT q.b FROM (t1 x) q',
  'SELECT * FROM ((t1 JOIN t2)) q',
  'SELECT * FROM (t1 JOIN t2 ON t1.a=t3.a) JOIN t3',
  'SELECT * FROM (t1 JOIN t2 ON t1.a=t3.a) q JOIN t3',
  'SELECT * FROM t3 JOIN ((t1 JOIN (t2 JOIN t3)) q)',
  'SELECT q.c FROM (t1 JOIN t2 USING(a)) AS q',
  'SELECT d FROM (t1 JOIN t2 USING(a)) AS q JOIN t3 USING(a)',
  'SELECT rowid FROM (t1 JOIN t2 USING(a)) AS q',
  'SELECT t1.rowid FROM (t1 JOIN t2 USING(a)) AS q',
  'SELECT q.a FROM t1 LEFT JOIN (t2 JOIN t3 USING(a)) q USING(a)',
  'SELECT q.a FROM (t1 JOIN t2 USING(a)) q',
  'SELECT q.* FROM t3, (t1 JOIN t2 USING(a)) q',
  'SELECT t1.b, t1.a, t2.a FROM (t1 JOIN t2 USING(a)) q',
  'SELECT main.t1.b FROM (t1 JOIN t2 USING(a)) q',
  'SELECT t2.a FROM (t1 JOIN t2) q',
  'SELECT t1.* FROM (t1 JOIN t2 USING(a)) q',
  'SELECT t2.* FROM (t1 JOIN t2 USING(a)) q',
  'SELECT t2.* FROM t3 JOIN (t1 JOIN t2 USING(a)) q',
  'SELECT t2.* FROM t3 JOIN (t1 JOIN t2 USING(a))',
  'SELECT t2.* FROM t3 JOIN (t1 JOIN t2)',
  'SELECT * FROM t3 JOIN (t1 JOIN t2)',
  'SELECT * FROM t3 JOIN (t1 JOIN t2) q',
  'SELECT t2.a FROM t3 JOIN (t1 JOIN t2)',
  'SELECT t1.a FROM t3 JOIN (t1 JOIN t2)',
  'SELECT t1.rowid FROM t3 JOIN (t1 JOIN t2)',
  'SELECT d, q.b FROM (t1 JOIN t2 USING(a)) AS q JOIN t3 USING(a)',
  'SELECT t3.a FROM (t1 JOIN t2 USING(a)) AS q JOIN t3 ON t1.a=t3.a',
  'SELECT q.rowid FROM (t1 JOIN t2 USING(a)) AS q',
  'SELECT x.a FROM (t1 AS x JOIN t2 AS y) q',
  'SELECT x.a, y.a FROM t3, (t1 AS x JOIN t2 AS y) q',
  'SELECT * FROM (SELECT t2.a FROM t3 JOIN (t1 JOIN t2))',
  'SELECT t2.a AS z FROM t3 JOIN (t1 JOIN t2) ORDER BY t2.a',
  'CREATE VIEW v AS SELECT * FROM t3 JOIN (t1 JOIN t2)',
  'SELECT * FROM v',
  "SELECT sql FROM sqlite_schema WHERE name='v'",
  'SELECT * FROM t5 JOIN ((t4 JOIN (t5 JOIN t6)) t7)',
  'SELECT * FROM t3 JOIN ((t1 JOIN (t2 JOIN t3)) t7)',
  'SELECT * FROM t3 JOIN (t1 JOIN (t2 JOIN t3))',
  'SELECT * FROM t3 JOIN (t2 AS y JOIN (SELECT 7 AS z, 1 AS a) x USING(a)) USING(a)',
]

test('join names: they mean what they mean in SQLite', async (t) => {
  await sameAnswers(t, setup, statements)
})

test('join names: a column in parentheses has a name among all of that join', (t) => {
  const db = new Database(':memory:')
  db.exec(setup.join(';'))
  const names = (sql: string): string =>
    db
      .prepare(sql)
      .columns()
      .map(({ name }) => name)
      .join(' ')
  t.is(names('SELECT * FROM t3 JOIN (t1 JOIN t2)'), 'a d a b a:1 c')
  t.is(names('SELECT t2.*, t2.a FROM t3 JOIN (t1 JOIN t2 USING (a))'), 'a:2 c a:2')
  t.is(names('SELECT q.a, t1.rowid FROM (t1 JOIN t2 USING (a)) AS q'), 'a _ROWID_')
  t.is(names('SELECT * FROM (t1 JOIN t2)'), 'a b a c')
  db.close()
})
