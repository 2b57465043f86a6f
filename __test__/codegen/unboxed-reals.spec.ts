/** Arithmetic on REAL columns, whose answers stay unboxed doubles from one operator to the next: values and their types are SQLite's all the same. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  `CREATE TABLE t(id INTEGER PRIMARY KEY, r REAL, s REAL DEFAULT 2.5, n NUMERIC, x)`,
  `INSERT INTO t(r, s, n, x) VALUES (1.5, 2, 3, 4), (1e308, 10, 2, 'a'), (-1e308, 'abc', '7', 1.0), (NULL, 0, 0, x'31'), (0.0, 1, 1, NULL), (3, 0.0, 9007199254740993, '5x'), (1e999, -1e999, 1, 2)`,
  `ALTER TABLE t ADD COLUMN y REAL DEFAULT 0.25`,
  `ALTER TABLE t ADD COLUMN z REAL DEFAULT 'abc'`,
  `ALTER TABLE t ADD COLUMN w REAL DEFAULT '5'`,
  `ALTER TABLE t ADD COLUMN v REAL DEFAULT x'35'`,
  `ALTER TABLE t ADD COLUMN u REAL DEFAULT 7`,
  `INSERT INTO t(r,y,z,w,v) VALUES (2.5, 1, 2, 3, 4)`,
]

const statements = [
  `SELECT id, r+s, r-s, r*s, r/s, r/0, r+1, 1-s, r*n, n*r, r+x, x*r, r||s FROM t`,
  `SELECT id, y*2, z+1, w+1, v+1, u+1, y+z, z*r, typeof(z), typeof(w), typeof(v), u FROM t`,
  `SELECT id, r*n*(1-s), typeof(r*n*(1-s)), (r+s)*(r-s)/(n+r), -(r*s), abs(r*s), (r*s) IS NULL, r*s > 3, r*s = n FROM t`,
  `SELECT sum(r*s), sum(n*(1-s)), total(r+x), avg(r-s), count(r*s), max(r*s), min(r/s) FROM t WHERE id <> 2 AND id <> 7`,
  `SELECT sum(r*s), sum(n*(1-s)), total(r+x), avg(r-s) FROM t`,
  `SELECT r*s AS k, count(*) FROM t GROUP BY k ORDER BY 1`,
  `SELECT DISTINCT r+s FROM t ORDER BY r+s DESC`,
  `SELECT id FROM t ORDER BY r*s, id`,
  `SELECT CASE WHEN id > 2 THEN r*s ELSE r+s END, coalesce(r*s, 'n'), iif(r*s > 1, r+1, s-1) FROM t`,
  `SELECT id FROM t WHERE r*s IN (3, 3.0, 30) OR r+s BETWEEN 1 AND 4`,
  `SELECT (SELECT sum(a.r*b.s) FROM t b WHERE b.id < a.id) FROM t a`,
  `SELECT sum(r*s) OVER (ORDER BY id), r*s*r*s*r*s FROM t`,
  `SELECT typeof(r+1), typeof(r*2), typeof(s/2), typeof(z+1), typeof(z*z) FROM t`,
  `CREATE TABLE o AS SELECT r*s AS a, r+1 AS b, z+1 AS c FROM t`,
  `SELECT a, b, c, typeof(a), typeof(b), typeof(c) FROM o`,
  `UPDATE t SET n = r*s, r = r*2, x = s-1`,
  `SELECT n, r, x, typeof(n), typeof(r), typeof(x) FROM t`,
  `SELECT hex(r*s), json_array(r*s, r+s), printf('%g', r*s) FROM t`,
  `SELECT round(r*s, 1), r*s % 3, r*s << 1, ~(r*s), r*s AND 1, NOT r*s FROM t`,
  `SELECT n*x*r, (n+x)*r, r*(n-x), (n*x)/r, r/(n*x), (id*3000000000*3000000)*s, (id*n+1)*s, 2*3*s, (n*'3')*s, (NULL+1)*s, (x+x)*u FROM t`,
  `SELECT sum(n*x*r), sum((n+id)*s) FROM t`,
  `SELECT typeof((n*x)*r), typeof((id+1)*s), typeof((id+1)*z) FROM t`,
]

test('REALs that are computed of REALs: as in SQLite', async (t) => {
  await sameAnswers(t, setup, statements)
})
