/**
 * UPDATE … FROM, against SQLite: which rows change and to what where several rows match, names and aliases, joins and subqueries in FROM, conflicts,
 * WITHOUT ROWID tables, RETURNING. With LIMIT the answers are those of a SQLite that is built with it.
 */
import test from 'ava'
import { ourAnswers, sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL)',
  'CREATE TABLE s(k, v, w)',
  'CREATE INDEX ta ON t(a)',
  "INSERT INTO t VALUES (1,10,'x',1.5),(2,20,'y',2.5),(3,30,'z',3.5),(4,20,'q',4.5)",
  "INSERT INTO s VALUES (10,100,'p'),(20,200,'q'),(20,201,'r'),(99,9,'n'),(30,NULL,'s')",
]

const statements = [
  'UPDATE t SET b=s.w FROM s WHERE t.a=s.k',
  'SELECT * FROM t',
  'SELECT changes()',
  'UPDATE t SET a=a+v, c=v FROM s WHERE a=k RETURNING *',
  'SELECT * FROM t',
  'UPDATE t SET a=10 FROM s WHERE s.k=id*10 RETURNING id, a, b AS bb',
  'SELECT * FROM t',
  'UPDATE t AS x SET a=y.a+x.id FROM t AS y WHERE y.id=x.id+1 RETURNING id,a',
  'UPDATE t SET a=1 FROM t WHERE 1',
  'UPDATE t SET a=1 FROM t AS t WHERE 1',
  'UPDATE t AS x SET a=1 FROM t WHERE x.id=t.id AND 0',
  'UPDATE t AS x SET a=1 FROM s AS x WHERE 1',
  'UPDATE t AS x SET a=1 FROM t AS x WHERE 1',
  'UPDATE t AS x SET a=1 FROM t AS X JOIN s WHERE 1',
  'UPDATE t SET a=1 FROM s AS t WHERE 0',
  'UPDATE t SET a=k FROM (SELECT max(k) AS k FROM s) RETURNING a',
  'UPDATE t SET (a,b)=(k,w) FROM s WHERE s.v=201 RETURNING id,a,b',
  'UPDATE t SET (a,b)=(SELECT s2.k, s2.w FROM s s2 WHERE s2.k<>s.k ORDER BY s2.w DESC LIMIT 1) FROM s WHERE s.v=201 RETURNING id,a,b',
  'UPDATE t SET a=s.k, b=s2.w FROM s JOIN s AS s2 ON s.k=s2.k WHERE t.id=s.k/10 RETURNING *',
  'UPDATE t SET a=s.k FROM s LEFT JOIN (SELECT 1 AS one) q ON q.one=s.k/10 WHERE t.id=q.one RETURNING *',
  'UPDATE t SET a=coalesce(s.k,-1) FROM s RIGHT JOIN (SELECT 1 AS one UNION SELECT 5) q ON q.one=s.k/10 WHERE t.id=q.one RETURNING *',
  'UPDATE t SET a=k FROM s, s AS z USING(k) WHERE t.id=s.k/10 RETURNING *',
  "WITH q AS (SELECT 3 AS i, 'cte' AS n) UPDATE t SET b=n FROM q WHERE id=i RETURNING *",
  "WITH t AS (SELECT 3 AS i, 'cte' AS n) UPDATE t SET b='tt' FROM s WHERE id=1 RETURNING *",
  "WITH t AS (SELECT 3 AS i, 'cte' AS n) UPDATE t SET b=t2.n FROM t AS t2 WHERE id=1 RETURNING *",
  'UPDATE t SET id=id+100 FROM s WHERE s.k=20 AND t.id<3 RETURNING *',
  'SELECT * FROM t',
  'UPDATE t SET id=s.k FROM s WHERE t.id=3 RETURNING *',
  'UPDATE OR REPLACE t SET id=4 FROM s WHERE t.id IN (101,102)',
  'SELECT * FROM t',
  'UPDATE t SET zz=1 FROM nope',
  'UPDATE t SET a=zz FROM s',
  'UPDATE t SET a=id FROM nope',
  'UPDATE t SET a=k FROM s WHERE zz',
  'UPDATE nope SET a=k FROM s',
  'UPDATE t SET a=sum(k) FROM s',
  'SELECT * FROM t',
  'UPDATE t SET a=sum(k) FROM s WHERE 0',
  'UPDATE t SET a=count(*) FROM s WHERE t.id=4 RETURNING *',
  'SELECT * FROM t',
  'UPDATE t SET rowid=77 FROM s WHERE t.id=20',
  'SELECT * FROM t',
  "UPDATE t INDEXED BY ta SET b='i' FROM s WHERE a=k RETURNING *",
  "UPDATE t NOT INDEXED SET b='i' FROM s WHERE a=k RETURNING *",
  "UPDATE t INDEXED BY nope SET b='i' FROM s WHERE a=k",
  'CREATE TABLE w(p TEXT COLLATE NOCASE, q INT, r, PRIMARY KEY(p DESC, q)) WITHOUT ROWID',
  'CREATE UNIQUE INDEX wr ON w(r)',
  "INSERT INTO w VALUES ('a',1,10),('b',2,20),('c',1,30)",
  'UPDATE w SET r=v FROM s WHERE w.r=s.k RETURNING *',
  'SELECT * FROM w',
  'UPDATE w SET p=s.w, q=q+1 FROM s WHERE w.q=1 AND s.k=10',
  'SELECT * FROM w',
  'UPDATE w SET p=s.w||q FROM s WHERE s.k=20 RETURNING *',
  'UPDATE OR IGNORE w SET r=200 FROM s',
  'SELECT * FROM w',
  'UPDATE OR REPLACE w SET r=200 FROM s',
  'SELECT * FROM w',
  'UPDATE w SET r=5 FROM s WHERE rowid=1',
  'CREATE VIEW vv AS SELECT * FROM t',
  'UPDATE vv SET a=1 FROM s',
  'UPDATE t SET a=1 FROM vv WHERE vv.id=t.id RETURNING id',
  'CREATE TABLE chk(x CHECK(x<5), y UNIQUE, z NOT NULL DEFAULT 7)',
  'INSERT INTO chk VALUES (1,1,1),(2,2,2),(3,3,3)',
  'UPDATE chk SET x=s.k FROM s',
  'UPDATE chk SET z=s.v FROM s WHERE s.v IS NULL',
  'UPDATE OR REPLACE chk SET z=s.v FROM s WHERE s.v IS NULL RETURNING *',
  'UPDATE chk SET y=4-chk.y FROM s',
  'UPDATE chk SET y=c.y+1 FROM chk AS c WHERE c.x=chk.x-1 RETURNING *',
  'SELECT * FROM chk',
  'UPDATE OR FAIL chk SET y=9 FROM s',
  'SELECT * FROM chk',
  'SELECT changes()',
  'UPDATE chk SET x=random()*0+1 FROM s, s AS s2, s AS s3',
  'SELECT changes(), total_changes()',
  'UPDATE t SET a=(SELECT k FROM s AS q WHERE q.k=s.k LIMIT 1) FROM s WHERE s.k=30 RETURNING a',
  'UPDATE t SET a=1 FROM s WHERE EXISTS (SELECT 1 FROM t AS z WHERE z.id=t.id+1) RETURNING id',
  'UPDATE main.t SET a=main.t.id*2 FROM main.s WHERE main.s.k=10 RETURNING *',
  "UPDATE t SET a=s.rowid FROM s WHERE s.w='p' RETURNING *",
  "UPDATE t SET a=rowid FROM s WHERE s.w='p'",
  'UPDATE t SET b=w FROM s WHERE t.b=s.w COLLATE NOCASE',
  'UPDATE t SET a=5 FROM (VALUES (1),(4)) WHERE id=column1 RETURNING *',
  'UPDATE t SET a=1 FROM s GROUP BY 1',
  'UPDATE t SET a=1 FROM s WHERE count(*)>1',
  'UPDATE t SET (a,b)=(1,2,3) FROM s',
  'UPDATE t SET (a,b)=(SELECT 1) FROM s',
]

test('update from: it answers as SQLite does', async (t) => {
  await sameAnswers(t, setup, statements)
})

const terms = [
  'CREATE TABLE t1(a INTEGER PRIMARY KEY, b TEXT, c INT)',
  'CREATE TABLE t2(id INT)',
  'CREATE TABLE s1(x INT, y TEXT)',
  'CREATE TABLE s2(x INT, z TEXT)',
  'CREATE TABLE s3(x INT, w TEXT)',
  'CREATE TABLE k(x INT PRIMARY KEY, v) WITHOUT ROWID',
  'CREATE VIEW vv AS SELECT 1 AS x',
  "INSERT INTO t1 VALUES(1,'x',10)",
  "INSERT INTO s1 VALUES(1,'a')",
  "INSERT INTO s2 VALUES(1,'b')",
  "INSERT INTO s3 VALUES(1,'c')",
  "UPDATE t1 SET b = 'changed' FROM t2, t2 WHERE t1.a = 1",
  "UPDATE t1 SET b = 'changed' FROM t2, t2, t2",
  "UPDATE t1 SET b = 'changed' FROM s1 AS x JOIN s2 AS x USING(x) WHERE x.x=1",
  'UPDATE t1 SET b = s1.y FROM s1 NATURAL JOIN s2 JOIN s3 ON s1.x = s3.x',
  'UPDATE t1 SET b = s1.y FROM s1 NATURAL JOIN s2 JOIN s3 USING(x) WHERE s1.x=a RETURNING *',
  'UPDATE t1 SET b = s1.y FROM s1 JOIN s2 JOIN s3 ON s1.x = s3.x RETURNING *',
  'UPDATE t1 SET b = x FROM s1 JOIN s2 USING(x) RETURNING *',
  'UPDATE t1 SET b = x FROM s1 JOIN s2 RETURNING *',
  "UPDATE t1 SET b = 'new' FROM t1 AS t8 NATURAL JOIN t1 AS t9 LEFT JOIN t1 AS t10 ON t8.c = t10.c",
  'UPDATE t1 SET b = 1 FROM k, k AS k',
  'UPDATE t1 SET b = 1 FROM k AS z, k AS z',
  'UPDATE t1 SET b = 1 FROM vv, vv',
  'UPDATE t1 SET b = 1 FROM (SELECT 1 AS q) AS z, (SELECT 2 AS p) AS z RETURNING b',
  'UPDATE t1 SET b = 1 FROM (SELECT 1 AS q) AS z, (SELECT 2 AS q) AS z',
  'UPDATE t1 SET b = 1 FROM (SELECT 1), (SELECT 1) RETURNING b',
  'UPDATE t1 SET b = 1 FROM s1, (s2 JOIN s3) RETURNING b',
  'UPDATE t1 SET b = 1 FROM s1, (s2 JOIN s1)',
  'SELECT 1 FROM t2 JOIN (s1 JOIN s1)',
  'SELECT 1 FROM t2 JOIN (s1 AS q JOIN s2 AS q USING(x))',
  'SELECT s1.y FROM t2 RIGHT JOIN (s1 JOIN s2 USING(x)) ON 1',
  'SELECT * FROM s1, s1',
  'SELECT 1 FROM s1, s1',
  'SELECT 1 FROM s1 RIGHT JOIN s1 ON 1',
  'SELECT 1 FROM t2 JOIN (s1 JOIN s2 USING(x) JOIN s3 ON 1)',
  'SELECT 1 FROM (t2 JOIN (s1 JOIN s2 USING(x) JOIN s3 USING(x)))',
  'UPDATE t1 AS u SET b=1 FROM t1 AS u1, t1 AS u2 WHERE u.a=u1.a AND u1.a=u2.a RETURNING *',
]

test('update from: several terms are a join in parentheses', async (t) => {
  await sameAnswers(t, [], terms)
})

const rows = [
  'CREATE TABLE w(p TEXT COLLATE NOCASE, q INT, r, PRIMARY KEY(p DESC, q)) WITHOUT ROWID',
  "INSERT INTO w VALUES ('a', 1, 10), ('a', 2, 11), ('b', 2, 20), ('b', 3, 20), ('c', 1, 30), ('c', 7, 30)",
]

const limited: [string, string][] = [
  ['UPDATE t SET b = s.w FROM s WHERE t.a = s.k RETURNING id, b ORDER BY t.id DESC LIMIT 2', '3,4'],
  ['UPDATE t SET b = s.w FROM s WHERE t.a = s.k RETURNING id, b ORDER BY s.v DESC LIMIT 2', '2,4'],
  [
    'UPDATE t SET b = s.w FROM s WHERE t.a = s.k RETURNING id, b ORDER BY s.v LIMIT 2 OFFSET 1',
    '1,2',
  ],
  ['UPDATE t SET b = s.w FROM s RETURNING id LIMIT 2', '1,2'],
  ['UPDATE t SET b = s.w FROM s ORDER BY 1', 'ORDER BY without LIMIT on UPDATE'],
  ["UPDATE t SET b = s.w FROM s LIMIT 'x'", 'datatype mismatch'],
  ['UPDATE t SET b = count(*) FROM s WHERE t.a = s.k RETURNING id || b LIMIT 10', '11,22,31,42'],
  ['UPDATE w SET r = v FROM s WHERE s.k = 20 RETURNING p || q LIMIT 3', 'c1,c7,b2'],
  [
    'UPDATE w SET r = v FROM s WHERE s.k = 20 RETURNING p || q ORDER BY w.p, w.q DESC LIMIT 3',
    'b3,a1,a2',
  ],
]

test('update from: with LIMIT rows of the table are counted', (t) => {
  for (const [sql, wanted] of limited) {
    const answer = ourAnswers([...setup, ...rows, sql]).at(-1)!
    const plain = answer
      .replace(/^error /, '')
      .replace(/(?:integer|text) /g, '')
      .replaceAll('"', '')
    t.is(
      plain
        .split('\n')
        .map((row) => row.split(' | ')[0])
        .join(','),
      wanted,
      sql,
    )
  }
})
