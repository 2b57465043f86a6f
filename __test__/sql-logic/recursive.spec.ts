/**
 * Recursive common tables, against SQLite: the order of the queue, UNION and UNION ALL, several SELECTs that recur, LIMIT and ORDER BY inside, where
 * the table may name itself, affinities and collations.
 */
import test from 'ava'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE e(p, c)',
  'INSERT INTO e VALUES (1, 2), (1, 3), (2, 4), (2, 5), (3, 6), (6, 7), (4, 8), (8, 4)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY, parent, name TEXT COLLATE nocase)',
  "INSERT INTO t VALUES (1, NULL, 'A'), (2, 1, 'b'), (3, 1, 'C'), (4, 2, 'd'), (5, 2, 'E'), (6, 3, 'f')",
  'CREATE INDEX ep ON e(p)',
  'CREATE TABLE r(x REAL)',
  'INSERT INTO r VALUES (1), (2.5)',
  'CREATE TABLE u(a TEXT, b INT)',
]

const statements = [
  'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT * FROM c',
  'WITH c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 4) SELECT x FROM c',
  'WITH c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 4 OFFSET 2) SELECT x FROM c',
  'WITH c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 0) SELECT x FROM c',
  'WITH c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT -1) SELECT x FROM c LIMIT 3',
  'WITH c AS (SELECT 1 AS x UNION SELECT (x*2)%7 FROM c) SELECT * FROM c',
  'WITH c(n,l) AS (SELECT 1,0 UNION ALL SELECT c, l+1 FROM e JOIN c ON p=n WHERE l<4) SELECT * FROM c',
  'WITH c(n,l) AS (SELECT 1,0 UNION ALL SELECT c, l+1 FROM e JOIN c ON p=n WHERE l<4 ORDER BY 2) SELECT * FROM c',
  'WITH c(n,l) AS (SELECT 1,0 UNION ALL SELECT c, l+1 FROM e JOIN c ON p=n WHERE l<4 ORDER BY 2 DESC) SELECT * FROM c',
  'WITH c(n,l) AS (SELECT 1,0 UNION ALL SELECT c, l+1 FROM e JOIN c ON p=n WHERE l<4 ORDER BY l DESC, n DESC) SELECT * FROM c',
  'WITH c(n) AS (SELECT 1 UNION SELECT c FROM e JOIN c ON p=n) SELECT * FROM c',
  'WITH c(n) AS (SELECT 1 UNION SELECT c FROM e, c WHERE p=n ORDER BY 1 DESC) SELECT * FROM c',
  `WITH c(id,name,lvl) AS (SELECT id,name,0 FROM t WHERE parent IS NULL UNION ALL SELECT t.id,t.name,lvl+1 FROM t JOIN c ON t.parent=c.id ORDER BY 3 DESC, 2) SELECT substr('......',1,lvl*2)||name FROM c`,
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 UNION ALL SELECT x+10 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION SELECT x+1 FROM c WHERE x<4 UNION SELECT x+2 FROM c WHERE x<4) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION SELECT 2 UNION ALL SELECT x+2 FROM c WHERE x<6) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT 2 UNION SELECT x+2 FROM c WHERE x<6) SELECT * FROM c',
  'WITH c(x) AS (SELECT x FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT x FROM c UNION ALL SELECT 1) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT c.x FROM c, c AS d) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT (SELECT max(x) FROM c)+1 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT 1+(SELECT x FROM c) WHERE 0) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT max(x)+1 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 GROUP BY x) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT DISTINCT x+1 FROM c, e WHERE x<3) SELECT * FROM c',
  'WITH c(x,y) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1,2 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT d.x FROM (SELECT x+1 AS x FROM c WHERE x<3) d) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 INTERSECT SELECT x+1 FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 EXCEPT SELECT x+1 FROM c) SELECT * FROM c',
  'WITH c AS (SELECT * FROM d), d AS (SELECT * FROM c) SELECT * FROM c',
  'WITH a(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM a WHERE x<3), b(y) AS (SELECT x FROM a UNION ALL SELECT y*10 FROM b WHERE y<100) SELECT * FROM b',
  'WITH a(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM a WHERE x<3) SELECT * FROM a p, a q',
  'WITH a(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM a WHERE x<3) SELECT p.x,(SELECT sum(x) FROM a WHERE a.x<=p.x) FROM a p',
  `SELECT id,(WITH up(i,n) AS (SELECT t.id,0 UNION ALL SELECT q.parent,n+1 FROM t q JOIN up ON q.id=up.i WHERE q.parent IS NOT NULL) SELECT group_concat(i,'/') FROM up) FROM t`,
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<4) SELECT x FROM c WHERE x%2 ORDER BY x DESC',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c LIMIT 5 OFFSET 3',
  `WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) INSERT INTO u SELECT 'n'||x,x FROM c`,
  'SELECT * FROM u',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) DELETE FROM u WHERE b IN (SELECT x FROM c WHERE x%2)',
  'WITH c(x) AS (SELECT 2 UNION ALL SELECT x+2 FROM c WHERE x<5) UPDATE u SET a=(SELECT max(x) FROM c) WHERE b IN c',
  'SELECT * FROM u',
  'CREATE TABLE z AS WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT * FROM c',
  'SELECT * FROM z',
  'CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3) SELECT * FROM c',
  'SELECT * FROM v a,v b',
  `WITH c(x) AS (SELECT 'a' UNION SELECT upper(x) FROM c) SELECT * FROM c`,
  'WITH c(x) AS (SELECT name FROM t WHERE id=1 UNION SELECT lower(x) FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT name FROM t WHERE id=1 UNION SELECT lower(x) COLLATE binary FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT x FROM r UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT x,typeof(x) FROM c',
  'WITH c(x) AS (SELECT x FROM r UNION ALL SELECT cast(x as int)+1 FROM c WHERE x<5) SELECT x,typeof(x) FROM c',
  `WITH c(x) AS (SELECT 1 UNION ALL SELECT x||'' FROM c WHERE x<'3' LIMIT 3) SELECT x,typeof(x) FROM c`,
  `WITH c(x) AS (SELECT cast('1' as text) UNION ALL SELECT x+1 FROM c WHERE x<4 LIMIT 6) SELECT x,typeof(x),x=2,x='2' FROM c`,
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LEFT JOIN e ON e.p=x WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT e.c FROM e LEFT JOIN c ON e.p=c.x WHERE c.x IS NOT NULL LIMIT 12) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT coalesce(c.x,100)+1 FROM (SELECT 1 a UNION SELECT 2) q LEFT JOIN c ON q.a=c.x AND c.x<3 LIMIT 12) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c CROSS JOIN (SELECT 1) WHERE x<4) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c NATURAL JOIN (SELECT 1 x UNION SELECT 2)) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c JOIN (SELECT 1 x UNION SELECT 2) USING(x)) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c ORDER BY nosuch) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 ORDER BY 2) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT nosuch FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x FROM c INDEXED BY foo) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c AS k WHERE k.x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM main.c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT * FROM (SELECT x+1 y FROM c) WHERE y<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM (c JOIN (SELECT 1)) WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM (c) WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 AND x IN c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 AND EXISTS(SELECT 1 FROM e WHERE e.p=c.x)) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+(SELECT count(*) FROM e WHERE e.p=c.x) FROM c WHERE x<9 LIMIT 20) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<100000) SELECT count(*),sum(x) FROM c',
  'WITH c(x) AS (SELECT 1 UNION SELECT x+1 FROM c WHERE x<20000 ORDER BY 1 DESC) SELECT count(*),sum(x) FROM c',
  `WITH c(x,s) AS (SELECT 1,'' UNION ALL SELECT x*2,s||'l' FROM c WHERE x<2000 UNION ALL SELECT x*2+1,s||'r' FROM c WHERE x<2000 ORDER BY 2) SELECT x,s FROM c`,
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT * FROM c UNION SELECT 100 FROM c',
  'SELECT * FROM (WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT * FROM c)',
  'WITH c(x) AS (SELECT NULL UNION SELECT x FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT NULL UNION SELECT NULL FROM c UNION SELECT 1 FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT abs(-9223372036854775808) UNION ALL SELECT x FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 9223372036854775806 UNION ALL SELECT x+1 FROM c LIMIT 4) SELECT x,typeof(x) FROM c',
  'WITH c(x) AS MATERIALIZED (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5) SELECT * FROM c a JOIN c b ON a.x=b.x+1',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5 LIMIT (SELECT 3)) SELECT * FROM c',
  `WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<5 LIMIT 'a') SELECT * FROM c`,
  'WITH RECURSIVE c AS (SELECT 1 a, 2 b UNION ALL SELECT a+b, a FROM c WHERE a<50) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c c2 WHERE c2.x<3) SELECT c.x FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE c.rowid<3) SELECT c.x FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT c.* FROM c WHERE x<0) SELECT c.x FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL VALUES((SELECT 1 FROM c))) SELECT c.x FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x FROM e,c WHERE 0) SELECT c.x FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 UNION ALL SELECT 7) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<3 UNION SELECT x+1 FROM c WHERE x<3) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1 AS x UNION ALL SELECT q FROM (SELECT 5 AS q),c LIMIT 3) SELECT * FROM c',
]

test('recursive: statements answer as in SQLite', async (t) => {
  await sameAnswers(t, setup, statements)
})

const begins = [
  "CAST('1' AS TEXT)",
  'CAST(1 AS INT)',
  'CAST(1 AS REAL)',
  '1',
  "'1'",
  '(SELECT i FROM k)',
  '(SELECT x FROM k)',
  '(SELECT r FROM k)',
  '(SELECT n FROM k)',
  'CAST(1 AS BLOB)',
  '1.0',
]
const steps = [
  'c.x',
  'c.x + 1',
  "c.x || ''",
  'CAST(c.x AS TEXT)',
  'CAST(c.x AS INT)',
  'CAST(c.x AS REAL)',
  'i',
  'k.x',
  'r',
  'n',
  '1',
  "'1'",
]

test('recursive: a column has the affinity that all SELECTs make of it together', async (t) => {
  const queries = begins.flatMap((begin) =>
    steps.flatMap((step) => [
      `WITH c(x) AS (SELECT ${begin} UNION ALL SELECT ${step} FROM k, c WHERE c.x < '3' LIMIT 5) SELECT x, typeof(x), x = 1, x = '1', x < 2, x < '2' FROM c`,
      `WITH c(x) AS (SELECT ${begin} UNION ALL SELECT ${step} FROM k, c WHERE c.x < 3 LIMIT 5) SELECT x, typeof(x) FROM c WHERE x = 1 OR x = 'a'`,
      `WITH c(x) AS (SELECT ${begin} UNION SELECT ${step} FROM k, c LIMIT 5) SELECT x, typeof(x) FROM c`,
    ]),
  )
  const table = [
    'CREATE TABLE k(i INT, x TEXT, r REAL, n COLLATE nocase)',
    "INSERT INTO k VALUES (1, '1', 1.5, 'a'), (2, '2', 2, 'B')",
  ]
  await sameAnswers(t, table, queries)
})

const joins = [
  'e LEFT JOIN c',
  'e LEFT JOIN c ON 1',
  'e LEFT JOIN c ON c.x = 1',
  'e LEFT JOIN c ON e.p = c.x',
  'e LEFT JOIN c USING (p)',
  'e JOIN c ON e.p = c.x',
  'e, c',
  'e CROSS JOIN c ON p = x',
  'e LEFT JOIN t ON id = p JOIN c ON x = p',
  'c LEFT JOIN e ON p = c.x',
  'c LEFT JOIN e',
  't JOIN e LEFT JOIN c ON c.x = id',
  'e NATURAL LEFT JOIN c',
  '(SELECT 1 AS q) LEFT JOIN c ON c.x = q',
  't LEFT JOIN (c JOIN e) ON 1',
  '(e JOIN c)',
  '(c)',
  '(e LEFT JOIN c ON p = c.x)',
  'e JOIN (c JOIN t)',
  '(c) AS k',
  'e LEFT JOIN c ON c.x = 1 LEFT JOIN t ON t.id = e.p',
]

test('recursive: where in a FROM the table may stand', async (t) => {
  await sameAnswers(
    t,
    setup,
    joins.flatMap((join) => [
      `WITH c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM ${join} LIMIT 6) SELECT count(*) FROM c`,
      `WITH c(x) AS (SELECT 1 UNION ALL SELECT c.x + 1 FROM ${join} LIMIT 6) SELECT * FROM c`,
    ]),
  )
})

test('recursive: walks through random graphs', async (t) => {
  const random = createRandom()
  t.log(`SEED=${random.seed}`)
  const edges = Array.from(
    { length: 60 },
    () => `(${random.below(25)}, ${random.below(25)}, ${random.below(9)})`,
  )
  const graph = [
    'CREATE TABLE g(a INT, b INT, w INT)',
    `INSERT INTO g VALUES ${edges.join(', ')}`,
    // In what order a step comes to its rows is up to the plan: an index of its own leaves no choice.
    'CREATE INDEX ga ON g(a)',
    'CREATE INDEX gb ON g(b)',
  ]
  const orders = ['', 'ORDER BY 1', 'ORDER BY 2 DESC', 'ORDER BY d, n DESC', 'ORDER BY 2 DESC, 1']
  const queries = Array.from({ length: 60 }, () => {
    const union = random.pick(['UNION', 'UNION ALL'])
    const from = random.pick(['g JOIN c ON a = n', 'c, g', 'c JOIN g ON g.a = c.n'])
    const where = `${from === 'c, g' ? 'a = n AND ' : ''}d < ${2 + random.below(4)}`
    const extra =
      random.below(3) === 0 ? ` ${union} SELECT a, d + 1 FROM g JOIN c ON b = n WHERE d < 2` : ''
    const limit = ` LIMIT ${50 + random.below(100)}${random.below(2) === 0 ? ` OFFSET ${random.below(9)}` : ''}`
    const outer = random.pick([
      'SELECT * FROM c',
      'SELECT n, count(*), min(d) FROM c GROUP BY n',
      'SELECT x.n, y.d FROM c AS x JOIN c AS y ON x.n = y.n ORDER BY 1, 2 LIMIT 50',
    ])
    return `WITH c(n, d) AS (SELECT ${random.below(25)}, 0 ${union} SELECT b, d + 1 FROM ${from} WHERE ${where}${extra} ${random.pick(orders)}${limit}) ${outer}`
  })
  await sameAnswers(t, graph, queries)
})

test('recursive: queues go to the temporary file, in slices too', async (t) => {
  const db = new Database(':memory:')
  db.exec('PRAGMA cache_size = -64; PRAGMA temp_store = FILE')
  const queries: readonly (readonly [string, unknown])[] = [
    [
      `WITH c(x, s) AS (SELECT 1, 'a' UNION ALL SELECT x * 2, s || 'l' FROM c WHERE x < 8192 UNION ALL SELECT x * 2 + 1, s || 'r' FROM c WHERE x < 8192)
       SELECT count(*) AS n, sum(x) AS m, max(length(s)) AS k FROM c`,
      { n: 16383, m: 134209536, k: 14 },
    ],
    [
      `WITH c(x, s) AS (SELECT 1, 'a' UNION SELECT x * 2, s || 'l' FROM c WHERE x < 8192 UNION SELECT x * 2 + 1, s || 'r' FROM c WHERE x < 8192 ORDER BY 1)
       SELECT count(*) AS n, sum(x) AS m, max(length(s)) AS k FROM c`,
      { n: 16383, m: 134209536, k: 14 },
    ],
    [
      `WITH c(x, s) AS (SELECT 1, 'a' UNION ALL SELECT x * 2, s || 'l' FROM c WHERE x < 8192 UNION ALL SELECT x * 2 + 1, s || 'r' FROM c WHERE x < 8192 ORDER BY 2 DESC)
       SELECT count(*) AS n, sum(x) AS m, max(length(s)) AS k FROM c`,
      { n: 16383, m: 134209536, k: 14 },
    ],
  ]
  for (const [sql, row] of queries) {
    t.deepEqual(db.prepare(sql).all(), [row], sql)
    const rows: unknown[] = []
    for await (const found of await new LocalConnection(db).query(sql)) rows.push({ ...found })
    t.deepEqual(rows, [row], sql)
  }
  const ordered = db
    .prepare(
      `WITH c(x) AS (SELECT 1 UNION ALL SELECT x * 2 FROM c WHERE x < 20000 UNION ALL SELECT x * 2 + 1 FROM c WHERE x < 20000 ORDER BY 1) SELECT x FROM c`,
    )
    .pluck()
    .all() as number[]
  t.is(ordered.length, 39999)
  t.true(ordered.every((x, i) => x === i + 1))
  db.close()
})

test('recursive: one that has no end is read as far as somebody wants', (t) => {
  const db = new Database(':memory:')
  const sql = 'WITH c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c'
  t.is(db.prepare(sql).pluck().get(), 1)
  t.deepEqual(db.prepare(`${sql} LIMIT 3`).pluck().all(), [1, 2, 3])
  const seen: unknown[] = []
  for (const x of db.prepare(sql).pluck().iterate()) {
    seen.push(x)
    if (seen.length === 4) break
  }
  t.deepEqual(seen, [1, 2, 3, 4])
  t.is(db.prepare(`SELECT 5 IN (${sql} LIMIT 9)`).pluck().get(), 1)
  db.close()
})

const copies = [
  'b, a',
  'a, a',
  'b, b',
  'a, b',
  '+b, a',
  'b, a + 1',
  'b, a COLLATE nocase',
  '1, a',
  "b, '1'",
]

test('recursive: a column that copies another one has the affinity that is known by then', async (t) => {
  const queries = begins.flatMap((begin) =>
    copies.flatMap((copy) => [
      `WITH c(a, b) AS (SELECT ${begin}, ${begins[0]} FROM k UNION ALL SELECT ${copy} FROM c LIMIT 6) SELECT a, typeof(a), b, typeof(b), a = 1, a = '1', b = 1, b = '1' FROM c`,
      `WITH c(a, b) AS (SELECT ${begins[1]}, ${begin} FROM k UNION SELECT ${copy} FROM c LIMIT 6) SELECT a < 2, a < '2', b < 2, b < '2' FROM c`,
    ]),
  )
  const table = [
    'CREATE TABLE k(i INT, x TEXT, r REAL, n COLLATE nocase)',
    "INSERT INTO k VALUES (1, '1', 1.5, 'a')",
  ]
  await sameAnswers(t, table, queries)
})
