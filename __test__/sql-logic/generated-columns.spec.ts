/**
 * Generated columns, against SQLite: what they read, what may be written, constraints and indexes on them, the order in which they are computed, and
 * what a definition may not say. Files go from one to the other.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { runWithSqlite, sqliteIntegrity, sqliteTables } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const statements = [
  "CREATE TABLE t(a INT, b INT AS (a*2), c TEXT GENERATED ALWAYS AS (a||'x') STORED, d REAL AS (a) VIRTUAL, e)",
  "INSERT INTO t VALUES (1,'e1'),(2,'e2'),(NULL,'e3')",
  'SELECT * FROM t',
  'SELECT b, typeof(b), c, typeof(c), d, typeof(d), e FROM t',
  'SELECT rowid, * FROM t WHERE b=4',
  'INSERT INTO t(a,b) VALUES (1,2)',
  'INSERT INTO t(a,c) VALUES (1,2)',
  'INSERT INTO t VALUES (1,2,3)',
  'INSERT INTO t VALUES (1)',
  "INSERT INTO t(e) VALUES ('only')",
  'INSERT INTO t DEFAULT VALUES',
  'SELECT * FROM t',
  'UPDATE t SET a=10 WHERE a=1',
  'UPDATE t SET b=10',
  'UPDATE t SET c=10 WHERE 0',
  'UPDATE t SET a=a+1, e=b RETURNING *',
  'SELECT * FROM t',
  'CREATE INDEX tb ON t(b)',
  // What has no default to take is refused in the order of the columns, generated ones among them.
  'CREATE TABLE nn(a, g AS (-d) NOT NULL ON CONFLICT REPLACE, h AS (a) STORED NOT NULL, d INT NOT NULL DEFAULT NULL)',
  'INSERT OR REPLACE INTO nn(a, d) VALUES (1, NULL)',
  'INSERT OR REPLACE INTO nn(a, d) VALUES (NULL, NULL)',
  'INSERT OR REPLACE INTO nn(a, d) VALUES (NULL, 1)',
  'INSERT INTO nn(a, d) VALUES (1, NULL)',
  'CREATE TABLE nm(d INT NOT NULL DEFAULT NULL, e INT NOT NULL, f NOT NULL DEFAULT 3)',
  'REPLACE INTO nm VALUES (NULL, NULL, NULL)',
  'REPLACE INTO nm VALUES (NULL, 1, NULL)',
  'REPLACE INTO nm VALUES (1, 1, NULL)',
  'SELECT * FROM nm',
  'SELECT (SELECT 1 FROM t LEFT JOIN (VALUES (1)) ON b)',
  'SELECT b FROM t LEFT JOIN (VALUES (1)) ON b = column1 * 4 ORDER BY b',
  'CREATE INDEX tc ON t(c, d)',
  'SELECT a FROM t WHERE b=6',
  'SELECT b FROM t WHERE b>5',
  'SELECT b, d FROM t INDEXED BY tb WHERE b>5',
  "SELECT c, d FROM t INDEXED BY tc WHERE c>'1'",
  'UPDATE t SET a=a*3',
  'SELECT * FROM t ORDER BY b',
  'DELETE FROM t WHERE b=18 RETURNING *',
  'PRAGMA integrity_check',
  'PRAGMA table_info(t)',
  'PRAGMA table_xinfo(t)',
  'SELECT * FROM t a LEFT JOIN t b ON a.b=b.a',
  'SELECT a.b, b.b, b.d FROM t a LEFT JOIN t b ON a.a+1=b.a',
  'SELECT count(*), sum(b), max(c) FROM t GROUP BY d',
  'SELECT t.b FROM t JOIN t u ON t.b=u.b',
  'CREATE TABLE u(a, b AS (c+1), c AS (d+1) STORED, d AS (a+1), e CHECK(e<>b), UNIQUE(b), CHECK(d<100))',
  'INSERT INTO u(a,e) VALUES (1,1),(2,2)',
  'SELECT * FROM u',
  'INSERT INTO u(a,e) VALUES (1,9)',
  'INSERT INTO u(a,e) VALUES (6,9)',
  'INSERT INTO u(a,e) VALUES (99,9)',
  'INSERT OR REPLACE INTO u(a,e) VALUES (1,99)',
  'INSERT OR IGNORE INTO u(a,e) VALUES (1,98)',
  'SELECT * FROM u',
  "INSERT INTO u(a,e) VALUES (1,7) ON CONFLICT(b) DO UPDATE SET e=excluded.b||'-'||excluded.d||'-'||b RETURNING *",
  'INSERT INTO u(a,e) VALUES (1,7) ON CONFLICT(b) DO UPDATE SET b=3',
  'INSERT INTO u SELECT a+10, e FROM u',
  'SELECT * FROM u',
  'UPDATE u SET a=2 WHERE a=1',
  'UPDATE OR IGNORE u SET a=2 WHERE a=1',
  'UPDATE OR REPLACE u SET a=2 WHERE a=1',
  'SELECT * FROM u',
  'UPDATE u SET a=x FROM (SELECT 50 AS x) RETURNING *',
  'PRAGMA integrity_check',
  'CREATE TABLE w(p INT, q AS (p+r), r INT, s AS (p||r) STORED, PRIMARY KEY(r, p)) WITHOUT ROWID',
  'INSERT INTO w VALUES (1,2),(3,4),(5,1)',
  'SELECT * FROM w',
  'CREATE UNIQUE INDEX wq ON w(q)',
  'SELECT p FROM w WHERE q=7',
  'INSERT INTO w VALUES (4,3)',
  'UPDATE w SET p=p+1',
  'SELECT * FROM w',
  'UPDATE w SET r=r+1 RETURNING *',
  'SELECT q FROM w ORDER BY q',
  'PRAGMA index_xinfo(wq)',
  'PRAGMA table_xinfo(w)',
  'PRAGMA integrity_check',
  'CREATE TABLE l(a AS (b), b AS (a), c)',
  'SELECT c FROM l',
  'SELECT a FROM l',
  'SELECT * FROM l',
  'INSERT INTO l VALUES (1)',
  'UPDATE l SET c=1',
  'DELETE FROM l',
  'CREATE TABLE l2(a AS (b+1) STORED, b AS (a+1) STORED, c)',
  'SELECT * FROM l2',
  'INSERT INTO l2 VALUES (1)',
  'CREATE TABLE l3(a AS (a+1), c)',
  'SELECT a FROM l3',
  'INSERT INTO l3 VALUES (1)',
  'CREATE TABLE e1(a AS (1))',
  'CREATE TABLE e2(a PRIMARY KEY AS (1), b)',
  'CREATE TABLE e2(a AS (1) PRIMARY KEY, b)',
  'CREATE TABLE e3(a AS (b), b, PRIMARY KEY(a))',
  'CREATE TABLE e4(a DEFAULT 5 AS (b), b)',
  'CREATE TABLE e5(a AS (b) DEFAULT 5, b)',
  'CREATE TABLE e6(a AS (nosuch), b)',
  'CREATE TABLE e7(a AS (e7.b), b)',
  'CREATE TABLE e8(a AS (rowid), b)',
  'CREATE TABLE e9(a AS ((SELECT 1)), b)',
  'CREATE TABLE e10(a AS (random()), b)',
  'CREATE TABLE e11(a AS (?), b)',
  'CREATE TABLE e12(a AS (sum(b)), b)',
  'CREATE TABLE e13(a AS (b) FOO, b)',
  'CREATE TABLE e14(a AS (b) STORED STORED, b)',
  "CREATE TABLE e15(a AS (date('now')), b)",
  'INSERT INTO e15 VALUES (1)',
  'CREATE TABLE e16(a AS (nosuchf(b)), b)',
  'CREATE TABLE e17(a AS (b) AS (b), b)',
  'CREATE TABLE e18(a AS (b IN (1,2)), b)',
  'INSERT INTO e18 VALUES (2),(3)',
  'SELECT * FROM e18',
  'CREATE TABLE e20(a AS ((b,b)), b)',
  'CREATE TABLE e21(a AS (b COLLATE nocase) COLLATE rtrim, b COLLATE nocase)',
  "INSERT INTO e21 VALUES ('x'),('X '),('x ')",
  "SELECT count(*) FROM e21 WHERE a='x'",
  'SELECT a, count(*) FROM e21 GROUP BY a',
  "CREATE TABLE s1(a INT, b TEXT AS (a), c INT AS (a||'q') STORED) STRICT",
  'INSERT INTO s1 VALUES (1)',
  "CREATE TABLE s2(a INT, b INT AS (a||'q'), c TEXT AS (a+1) STORED) STRICT",
  'INSERT INTO s2 VALUES (1)',
  'SELECT *, typeof(b), typeof(c) FROM s2',
  "INSERT INTO s2 VALUES ('x')",
  'CREATE TABLE s3(a, b AS (a) NOT NULL, c AS (a+1) STORED NOT NULL ON CONFLICT REPLACE, d NOT NULL ON CONFLICT REPLACE DEFAULT 7, e AS (d+1))',
  'INSERT INTO s3(a,d) VALUES (NULL, 1)',
  'INSERT INTO s3(a,d) VALUES (1, NULL)',
  "INSERT OR REPLACE INTO s3(a,d) VALUES ('q', NULL)",
  'INSERT OR IGNORE INTO s3(a,d) VALUES (NULL, 5)',
  'SELECT * FROM s3',
  'UPDATE s3 SET a=NULL',
  'UPDATE s3 SET d=NULL RETURNING *',
  'CREATE TABLE g1(id INTEGER PRIMARY KEY, a AS (id*10), b AS (id) STORED)',
  'INSERT INTO g1 DEFAULT VALUES',
  'INSERT INTO g1(id) VALUES (NULL),(7)',
  'SELECT * FROM g1',
  'UPDATE g1 SET id=id+1 WHERE id=7',
  'SELECT * FROM g1',
  'CREATE INDEX g1a ON g1(a)',
  'SELECT id FROM g1 WHERE a=80',
  'CREATE TABLE c1 AS SELECT * FROM t',
  "SELECT sql FROM sqlite_schema WHERE name='c1'",
  'CREATE TABLE p(a, b AS (a%3), c)',
  'CREATE UNIQUE INDEX pb ON p(b) WHERE b>0',
  'INSERT INTO p VALUES (1,1),(2,2),(3,3),(6,6)',
  'INSERT INTO p VALUES (4,4)',
  'SELECT * FROM p WHERE b=1 AND b>0',
  'UPDATE p SET a=a+1 WHERE a=2',
  'UPDATE p SET c=b',
  'SELECT * FROM p',
  'CREATE VIEW pv AS SELECT b, sum(a) s FROM p GROUP BY b',
  'SELECT * FROM pv',
  'SELECT b IS NULL, b NOTNULL FROM p',
  'SELECT CASE WHEN a>2 THEN b ELSE c END FROM p',
  'CREATE TABLE f(a, b AS (abs(a)))',
  'INSERT INTO f VALUES (-5)',
  'INSERT INTO f VALUES (-9223372036854775808)',
  'SELECT * FROM f',
  "CREATE TABLE x(a, b AS (a||'b'), c AS (length(b)), d AS (substr(b,1,c)||c) STORED)",
  "INSERT INTO x VALUES ('héllo'),(x'61'),(12),(NULL)",
  'SELECT * FROM x',
  'SELECT b FROM x WHERE c=6',
  'SELECT d, c FROM x ORDER BY c DESC',
  'REINDEX',
  'PRAGMA integrity_check',
  'SELECT a, b FROM t WHERE (SELECT max(u.b) FROM u) > t.b',
  `CREATE TABLE j(a INTEGER PRIMARY KEY, b, v AS (json_array(b)), s AS (json_array(b)) STORED, c AS (CASE WHEN a > 1 THEN json_object('b', b) ELSE b END),
    x AS (json_extract(b, '$[0]')), m AS (max(v, 'A')), n AS (+v), o AS (v), t TEXT AS (json_array(b) || ''))`,
  "INSERT INTO j(b) VALUES (5), ('[[1],2]'), ('[3]') RETURNING json_array(v), json_array(c), json_array(x), json_array(m), json_array(n), json_array(o), json_array(t)",
  'SELECT json_array(v), json_array(s), json_array(c), json_array(x), json_array(m), json_array(n), json_array(o), json_array(t) FROM j',
  "SELECT json_group_array(v), json_group_object(a, c), json_object('x', iif(a = 2, x, v)) FROM j",
  'SELECT json_quote(j.o), json_array(k.x) FROM j LEFT JOIN j k ON k.a = j.a + 1 ORDER BY j.a',
  'SELECT json_array(v) OVER (), json_group_array(c) OVER (ORDER BY a) FROM j',
  'DELETE FROM j WHERE a = 3 RETURNING json_array(v, s, c, x)',
  ...['INT', 'REAL', 'TEXT', 'BLOB'].flatMap((type) =>
    ["('d' || 1)", '5', "x'00'", "'5'"].flatMap((value, i) => [
      `CREATE TABLE strict${type}${i}(g ANY AS (b), a INT, b ${type} NOT NULL DEFAULT ${value}, h ANY AS (b) STORED)STRICT`,
      `INSERT OR REPLACE INTO strict${type}${i}(a, b) SELECT 1, NULL RETURNING *`,
      `INSERT INTO strict${type}${i}(a) VALUES (2)`,
      `UPDATE OR REPLACE strict${type}${i} SET b = NULL`,
      `SELECT *, typeof(b), typeof(g), typeof(h) FROM strict${type}${i}`,
    ]),
  ),
  ...['STORED', 'VIRTUAL'].flatMap((kind) => [
    `CREATE TABLE before${kind}(g INT AS (CASE WHEN b > 2 THEN 'x' ELSE b END) ${kind}, a INT PRIMARY KEY, b ANY)STRICT`,
    `INSERT INTO before${kind}(a, b) VALUES (1, 1)`,
    ...['INSERT', 'UPDATE'].map(
      (event) =>
        `CREATE TRIGGER ${kind}${event} BEFORE ${event} ON before${kind} BEGIN SELECT RAISE(ABORT, 'fired'); END`,
    ),
    `INSERT INTO before${kind}(a, b) VALUES (2, 3)`,
    `INSERT INTO before${kind}(a, b) VALUES (2, 2)`,
    `UPDATE before${kind} SET b = 3`,
    `UPDATE before${kind} SET b = 2`,
    `INSERT OR IGNORE INTO before${kind}(a, b) VALUES (1, 3)`,
  ]),
  ...['BLOB', 'TEXT', 'INT', 'REAL'].flatMap((type, i) =>
    ['CASE WHEN b > 0 THEN - b ELSE 2.5 END', 'b', 'b + 1', 'iif(a, b, 0)'].flatMap((value, j) => [
      `CREATE TABLE named${i}${j}(g ${type} AS (CAST(a AS BLOB)), a ANY, b REAL, h ${type} AS (${value}))STRICT`,
      `INSERT INTO named${i}${j}(b) VALUES (1)`,
      `INSERT INTO named${i}${j}(a, b) VALUES (1, 1)`,
      `UPDATE named${i}${j} SET b = 3`,
    ]),
  ),
  'CREATE TABLE k(a, b AS (json_array(c)), c AS (json_array(b)))',
  'SELECT json_array(b) FROM k',
]

test('generated columns: they answer as in SQLite', async (t) => {
  await sameAnswers(t, [], statements)
})

const definitions = [
  "CREATE TABLE t(a TEXT, v TEXT AS (a || 'x'), b, s INT AS (length(v) + b) STORED, w AS (s + 1) UNIQUE, c)",
  'CREATE TABLE k(v AS (q || p), p INT, s AS (p * 2) STORED, q TEXT, r, PRIMARY KEY(q, p DESC)) WITHOUT ROWID',
  'CREATE INDEX tv ON t(v, s)',
  'CREATE INDEX kv ON k(v) WHERE s > 2',
]

const rows = [
  "INSERT INTO t(a, b, c) VALUES ('é', 1, 'one'), ('zz', 20, NULL), (x'6162', 30, 3.5)",
  "INSERT INTO k(p, q, r) VALUES (1, 'q', 'r'), (2, 'q', NULL), (3, 'a', 1)",
]

const changes = [
  "UPDATE t SET a = a || 'y', b = b + 1 WHERE v > 'a'",
  'UPDATE k SET p = p + 10 WHERE s < 6',
  "DELETE FROM t WHERE v = 'zzyx'",
]

for (const encoding of ['UTF-8', 'UTF-16le']) {
  test(`generated columns: files in ${encoding} go from SQLite to us and back`, (t) => {
    const folder = temporaryFolder()
    const [theirs, ours] = [join(folder, 'theirs.db'), join(folder, 'ours.db')]
    const begin = [`PRAGMA encoding = '${encoding}'`, ...definitions, ...rows]
    const script = `const db = new DatabaseSync(process.argv[1])
      for (const sql of JSON.parse(process.argv[2])) db.exec(sql)
      db.close()
      process.stdout.write('true')`
    if (runWithSqlite(script, [theirs, JSON.stringify(begin)]) === null) {
      t.log('skipped: no SQLite here')
      t.pass()
      return
    }
    const run = (path: string, list: readonly string[]): void => {
      const db = new Database(path)
      for (const sql of list) db.exec(sql)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok')
      db.close()
    }
    run(ours, begin)
    t.deepEqual(sqliteTables(ours), sqliteTables(theirs))
    run(theirs, changes)
    runWithSqlite(script, [ours, JSON.stringify(changes)])
    t.deepEqual(sqliteTables(ours), sqliteTables(theirs))
    t.is(sqliteIntegrity(theirs), 'ok')
    run(ours, [])
  })
}
