/**
 * The optimizer's choices, as EXPLAIN QUERY PLAN tells them: which index, which order of loops, whether a sort is
 * needed. Where SQLite chooses the same, the words are the same.
 */
import test from 'ava'
import { optimizePasses, runPass, explainQueryPlan } from '../../packages/engine/src/plan/index.ts'
import type { BoundStatement } from '../../packages/engine/src/plan/index.ts'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { BareEngine } from '../codegen/bare-engine.ts'

const definitions = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c REAL, d);
  CREATE INDEX ta ON t(a);
  CREATE INDEX tbc ON t(b, c);
  CREATE UNIQUE INDEX td ON t(d);
  CREATE TABLE u(id INTEGER PRIMARY KEY, tid INT, x TEXT COLLATE NOCASE, y INT);
  CREATE INDEX ux ON u(x);
  CREATE INDEX utid ON u(tid);
  CREATE TABLE v(k TEXT, n INT);
  CREATE TABLE w(p TEXT, q INT, r, PRIMARY KEY(p, q)) WITHOUT ROWID;
  CREATE TABLE part(a INT, b INT);
  CREATE INDEX pa ON part(a) WHERE b IS NOT NULL;
  CREATE VIEW vt AS SELECT id, a, b FROM t WHERE a > 5;
`

function explain(sql: string): string[] {
  const database = new Database(':memory:')
  database.exec(definitions)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
  database.close()
  return rows.map((row) => row.detail)
}

const choices: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a rowid is looked up',
    'SELECT * FROM t WHERE id = 5',
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'BETWEEN on the rowid is a range',
    'SELECT * FROM t WHERE id BETWEEN 5 AND 9',
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
  ],
  [
    'an equality and a range use one index',
    "SELECT * FROM t WHERE b = 'x' AND c > 5",
    ['SEARCH t USING INDEX tbc (b=? AND c>?)'],
  ],
  [
    'an index with all columns keeps the table closed',
    "SELECT b, c FROM t WHERE b = 'x'",
    ['SEARCH t USING COVERING INDEX tbc (b=?)'],
  ],
  [
    'an OR of equalities is an IN',
    'SELECT * FROM t WHERE a = 1 OR a = 2',
    ['SEARCH t USING INDEX ta (a=?)'],
  ],
  [
    'a TEXT column compared with a number column is not looked up',
    'SELECT * FROM u, t WHERE t.b = u.y AND u.id = 1',
    ['SEARCH u USING INTEGER PRIMARY KEY (rowid=?)', 'SCAN t'],
  ],
  [
    'another collation than the index has is not looked up',
    "SELECT * FROM t WHERE b = 'x' COLLATE NOCASE",
    ['SCAN t'],
  ],
  [
    'LIKE has a prefix where the index folds case',
    "SELECT * FROM u WHERE x LIKE 'abc%'",
    ['SEARCH u USING INDEX ux (x>? AND x<?)'],
  ],
  ['LIKE has no prefix under BINARY', "SELECT * FROM t WHERE b LIKE 'abc%'", ['SCAN t']],
  [
    'an index in the wanted order saves the sort',
    'SELECT * FROM t ORDER BY a DESC, id DESC',
    ['SCAN t USING INDEX ta'],
  ],
  [
    'NULLS LAST is not the order of an index',
    'SELECT * FROM t ORDER BY a NULLS LAST',
    ['SCAN t', 'USE TEMP B-TREE FOR ORDER BY'],
  ],
  [
    'a column that is fixed does not matter to the order',
    'SELECT * FROM t WHERE a = 5 ORDER BY a, id',
    ['SEARCH t USING INDEX ta (a=?)'],
  ],
  [
    'groups may arrive in order',
    'SELECT a, count(*) FROM t GROUP BY a',
    ['SCAN t USING COVERING INDEX ta'],
  ],
  ['max() is the last entry', 'SELECT max(a) FROM t', ['SEARCH t USING COVERING INDEX ta']],
  [
    'the side with a constant comes first',
    "SELECT * FROM t JOIN u ON t.id = u.tid WHERE u.x = 'foo'",
    ['SEARCH u USING INDEX ux (x=?)', 'SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'a LEFT JOIN keeps its order',
    'SELECT * FROM t LEFT JOIN u ON t.id = u.tid',
    ['SCAN t', 'SEARCH u USING INDEX utid (tid=?) LEFT-JOIN'],
  ],
  [
    'a LEFT JOIN whose NULL rows are thrown away is an inner join',
    'SELECT * FROM t LEFT JOIN u ON t.id = u.tid WHERE u.y = 5',
    ['SCAN u', 'SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'CROSS JOIN keeps its order',
    'SELECT * FROM t CROSS JOIN u ON t.id = u.tid WHERE u.id = 3',
    ['SCAN t', 'SEARCH u USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'an equality passes through another',
    'SELECT * FROM t, u WHERE t.a = u.tid AND t.a = 5',
    ['SEARCH u USING INDEX utid (tid=?)', 'SEARCH t USING INDEX ta (a=?)'],
  ],
  [
    'a join that no index serves has a hash table',
    'SELECT * FROM t LEFT JOIN v ON t.b = v.k',
    ['SCAN t', 'SEARCH v USING AUTOMATIC COVERING INDEX (k=?) LEFT-JOIN'],
  ],
  [
    'a view is flattened',
    'SELECT * FROM vt WHERE id = 10',
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'a condition on a group key is tested before grouping',
    'SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY a) AS g WHERE g.a = 5',
    ['CO-ROUTINE g', 'SEARCH t USING COVERING INDEX ta (a=?)', 'SCAN g'],
  ],
  [
    'IN with a subquery looks its rows up',
    'SELECT * FROM t WHERE id IN (SELECT tid FROM u)',
    [
      'SEARCH t USING INTEGER PRIMARY KEY (rowid=?)',
      'LIST SUBQUERY 1',
      'SCAN u USING COVERING INDEX utid',
    ],
  ],
  [
    'the primary key of a WITHOUT ROWID table is an index',
    "SELECT * FROM w WHERE p = 'a' AND q > 5",
    ['SEARCH w USING PRIMARY KEY (p=? AND q>?)'],
  ],
  ['a partial index needs its condition', 'SELECT * FROM part WHERE a = 3', ['SCAN part']],
  [
    'a partial index serves where its condition follows',
    'SELECT * FROM part WHERE a = 3 AND b > 4',
    ['SEARCH part USING INDEX pa (a=?)'],
  ],
  [
    'INDEXED BY is obeyed',
    'SELECT * FROM t INDEXED BY tbc WHERE a = 5',
    ['SCAN t USING INDEX tbc'],
  ],
  ['NOT INDEXED is obeyed', 'SELECT * FROM t NOT INDEXED WHERE a = 5', ['SCAN t']],
]

for (const [name, sql, expected] of choices) {
  test(`optimizer: ${name}`, (t) => t.deepEqual(explain(sql), expected))
}

test('optimizer: INDEXED BY an index that cannot serve is refused', (t) => {
  const database = new Database(':memory:')
  database.exec(definitions)
  const error = t.throws(() => database.prepare('SELECT * FROM part INDEXED BY pa WHERE a = 3'), {
    instanceOf: SqliteError,
  })
  t.is(error?.message, 'no query solution')
  database.close()
})

test('optimizer: a pass never changes the tree it is given', (t) => {
  const engine = new BareEngine()
  engine.exec(definitions)
  const sql = `SELECT g.a, max(u.y) FROM (SELECT a, id FROM t WHERE a BETWEEN 1 AND 5) AS g
    LEFT JOIN u ON u.tid = g.id WHERE u.x = 'q' AND (g.a = 1 OR g.a = 2) GROUP BY g.a ORDER BY 1 LIMIT 3`
  let statement: BoundStatement = engine.bind(sql)
  const { catalog } = engine.connection.context
  for (const pass of optimizePasses) {
    const before = JSON.stringify(statement)
    const after = runPass(pass, statement, catalog)
    t.is(JSON.stringify(statement), before, pass.name)
    statement = after
  }
  t.true(explainQueryPlan(statement).length > 0)
  engine.close()
})

test('optimizer: a join of 64 tables is planned in no time', (t) => {
  const engine = new BareEngine()
  const count = 64
  for (let i = 1; i <= count; i++) engine.exec(`CREATE TABLE t${i}(a${i} INT, b${i} INT)`)
  const tables = Array.from({ length: count }, (_, i) => `t${i + 1}`)
  const conditions = tables.slice(1).map((_, i) => `b${i + 1} = a${i + 2}`)
  const sql = `SELECT * FROM ${tables.join(', ')} WHERE ${conditions.join(' AND ')} AND a1 = 5`
  const query = engine.bind(sql)
  const start = performance.now()
  let statement: BoundStatement = query
  for (const pass of optimizePasses) {
    statement = runPass(pass, statement, engine.connection.context.catalog)
  }
  t.true(performance.now() - start < 2000)
  t.is(explainQueryPlan(statement).filter((row) => row.detail.startsWith('SCAN')).length, 1)
  engine.close()
})

test('join order: a join condition fixes a column only for the loops inside it', (t) => {
  const db = new Database(':memory:')
  db.exec(`
    CREATE TABLE album(aid INTEGER PRIMARY KEY, title TEXT);
    CREATE TABLE track(aid INTEGER, tn INTEGER, UNIQUE(aid, tn));
    INSERT INTO album VALUES (1, 'a'), (2, 'c'), (3, 'b');
    INSERT INTO track VALUES (1, 1), (1, 2), (2, 1), (3, 1);
  `)
  const sql = 'SELECT title, tn FROM album CROSS JOIN track USING (aid) ORDER BY title DESC, tn'
  t.deepEqual(db.prepare(sql).raw().all(), [
    ['c', 1],
    ['b', 1],
    ['a', 1],
    ['a', 2],
  ])
})
