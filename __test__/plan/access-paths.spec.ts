/**
 * The ways to reach rows that SQLite has too: which is taken, in SQLite's words, and that the rows are those that a scan of the whole table finds,
 * in the order that is asked for.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'

const schema = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c INT, d TEXT COLLATE NOCASE);
  CREATE INDEX tab ON t(a, b);
  CREATE INDEX tc ON t(c DESC);
  CREATE INDEX td ON t(d);
  CREATE INDEX tlower ON t(lower(b), c);
  CREATE INDEX tsum ON t(a + c) WHERE a > 2;
  CREATE TABLE u(x INT, y INT, z INT);
  CREATE INDEX uxyz ON u(x, y, z);
  CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
`

function details(db: Database, sql: string): string[] {
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
  return rows.map(({ detail }) => detail)
}

const choices: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'the sides of an OR by an index each',
    "SELECT * FROM t WHERE a = 1 OR d = 'x'",
    [
      'MULTI-INDEX OR',
      'INDEX 1',
      'SEARCH t USING INDEX tab (a=?)',
      'INDEX 2',
      'SEARCH t USING INDEX td (d=?)',
    ],
  ],
  [
    'an AND as a side of an OR, and a rowid',
    "SELECT * FROM t WHERE (a = 1 AND b > 'k') OR id = 5",
    [
      'MULTI-INDEX OR',
      'INDEX 1',
      'SEARCH t USING INDEX tab (a=? AND b>?)',
      'INDEX 2',
      'SEARCH t USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  ['no OR where a side has no index', "SELECT * FROM t WHERE a = 1 OR b = 'x'", ['SCAN t']],
  [
    'an expression',
    "SELECT id FROM t WHERE lower(b) = 'x' AND c > 3",
    ['SEARCH t USING COVERING INDEX tlower (<expr>=? AND c>?)'],
  ],
  [
    'an expression is read from its index',
    "SELECT lower(b), c FROM t WHERE lower(b) > 'x'",
    ['SEARCH t USING COVERING INDEX tlower (<expr>>?)'],
  ],
  [
    'the order of an expression',
    'SELECT id FROM t ORDER BY lower(b), c',
    ['SCAN t USING COVERING INDEX tlower'],
  ],
  [
    'an expression of a partial index',
    'SELECT id FROM t WHERE a + c = 9 AND a > 2',
    ['SEARCH t USING INDEX tsum (<expr>=?)'],
  ],
  [
    'groups by an expression',
    'SELECT lower(b), count(*) FROM t GROUP BY lower(b)',
    ['SCAN t USING COVERING INDEX tlower'],
  ],
  [
    'no expression of the optional side of a join',
    'SELECT p.id FROM parent p LEFT JOIN t ON t.id = p.id WHERE lower(t.b) IS NULL',
    ['SCAN p', 'SEARCH t USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
  ],
  [
    'both bounds of LIKE',
    "SELECT id FROM t WHERE d LIKE 'ab%'",
    ['SEARCH t USING COVERING INDEX td (d>? AND d<?)'],
  ],
  [
    'IN, an equality behind it, and a range',
    'SELECT z FROM u WHERE x IN (1, 2) AND y = 3 AND z > 4',
    ['SEARCH u USING COVERING INDEX uxyz (x=? AND y=? AND z>?)'],
  ],
  [
    'the rowid behind the columns of an index',
    'SELECT id FROM t WHERE c = 5 AND id > 100',
    ['SEARCH t USING COVERING INDEX tc (c=? AND rowid>?)'],
  ],
  [
    'the order of IN',
    'SELECT x, y FROM u WHERE x IN (3, 1) ORDER BY x DESC, y DESC LIMIT 3',
    ['SEARCH u USING COVERING INDEX uxyz (x=?)'],
  ],
  [
    'a part of the order',
    'SELECT id FROM t ORDER BY a, c LIMIT 3',
    ['SCAN t USING INDEX tab', 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY'],
  ],
  [
    'a LEFT JOIN that nobody reads',
    'SELECT t.a FROM t LEFT JOIN parent p ON p.id = t.c LEFT JOIN parent q ON q.name = t.b',
    ['SCAN t USING COVERING INDEX tab'],
  ],
  [
    'a constant through an equality of one table',
    'SELECT id FROM t WHERE id = a AND id = 5',
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'a bound through an equality',
    'SELECT t.id FROM t JOIN u ON u.x = t.c WHERE u.x > 100 AND t.a = 1',
    ['SEARCH t USING INDEX tab (a=?)', 'SEARCH u USING COVERING INDEX uxyz (x=?)'],
  ],
  [
    'what is pushed below a window',
    'SELECT * FROM (SELECT a, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM t) WHERE a = 3',
    [
      'CO-ROUTINE (subquery-1)',
      'CO-ROUTINE (subquery-3)',
      'SEARCH t USING COVERING INDEX tab (a=?)',
      'SCAN (subquery-3)',
      'SCAN (subquery-1)',
    ],
  ],
  [
    'a common table that is used twice',
    'WITH s AS (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT * FROM s WHERE n = (SELECT max(n) FROM s)',
    ['MATERIALIZE s', 'SCAN t USING COVERING INDEX tab', 'SCAN s', 'SCALAR SUBQUERY 2', 'SEARCH s'],
  ],
]

for (const [name, sql, expected] of choices) {
  test(`access paths: ${name}`, (t) => {
    const db = new Database(':memory:')
    db.exec(schema)
    t.deepEqual(details(db, sql), expected)
    db.close()
  })
}

test('access paths: few values in front of an index are run through', (t) => {
  const db = new Database(':memory:')
  db.exec(`${schema} WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO u SELECT i % 3, i % 500, i FROM n; DELETE FROM t`)
  const sql = 'SELECT x, z FROM u WHERE y = 77 ORDER BY x DESC, z DESC'
  t.deepEqual(details(db, sql), ['SCAN u USING COVERING INDEX uxyz'], 'nothing is known of them')
  const rows = db.prepare(sql).raw().all()
  db.exec('ANALYZE')
  t.deepEqual(details(db, sql), ['SEARCH u USING COVERING INDEX uxyz (ANY(x) AND y=?)'])
  t.deepEqual(db.prepare(sql).raw().all(), rows)
  db.close()
})

test('access paths: texts between two bounds leave BLOBs in, and both directions of order', (t) => {
  for (const direction of ['', ' DESC']) {
    const db = new Database(':memory:')
    db.exec(`CREATE TABLE k(g INT, s TEXT COLLATE NOCASE); CREATE INDEX ks ON k(s${direction});
      CREATE INDEX kgs ON k(g, s${direction});
      INSERT INTO k VALUES (1, 'a'), (1, 'abc'), (1, 'ABd'), (2, 'abz'), (1, 'ac'), (1, x'616263'), (2, x'61627a7a'), (1, NULL),
        (1, 7), (1, x''), (1, 'b')`)
    for (const where of ["s LIKE 'ab%'", "g = 1 AND s LIKE 'ab%'"]) {
      for (const order of ['s, rowid', 's DESC, rowid DESC']) {
        const ask = (hint: string): unknown[] =>
          db.prepare(`SELECT g, s FROM k ${hint} WHERE ${where} ORDER BY ${order}`).raw().all()
        t.deepEqual(ask(''), ask('NOT INDEXED'), `${direction} ${where} ${order}`)
        t.true(ask('').length > 2)
      }
    }
    db.close()
  }
})

test('access paths: whichever is taken, the rows are those of a scan', (t) => {
  for (let seed = 0; seed < 6; seed++) {
    const random = createRandom(seed)
    const db = new Database(':memory:')
    db.exec(`${schema} CREATE INDEX uy ON u(y DESC); CREATE INDEX uz ON u(z) WHERE z > 5`)
    const word = (): string | null =>
      random.pick([null, 'a', 'ab', 'Abc', 'B', 'b1', 'abd', 'k']) as string | null
    const insert = db.prepare('INSERT INTO t(a, b, c, d) VALUES (?, ?, ?, ?)')
    const other = db.prepare('INSERT INTO u VALUES (?, ?, ?)')
    const number = (): number | null => (random.below(9) === 0 ? null : random.below(8))
    for (let i = 0; i < 200; i++) {
      insert.run(number(), word(), number(), word())
      other.run(random.below(3), number(), random.below(20))
    }
    if (seed % 2 === 1) db.exec('ANALYZE')
    const n = (): number => random.below(8)
    const condition = (): string =>
      random.pick([
        `a = ${n()} OR c = ${n()}`,
        `a = ${n()} OR (c > ${n()} AND c < 7) OR id = ${n()}`,
        `a = ${n()} AND (c = ${n()} OR d = 'ab')`,
        `a IN (${n()}, ${n()}) OR id BETWEEN ${n()} AND 20`,
        "lower(b) = 'abc'",
        `lower(b) IN ('a', 'b') AND c >= ${n()}`,
        `a + c = ${n()} AND a > 2`,
        `lower(b) = 'ab' OR a + c > 12 AND a > 2`,
        "d LIKE 'a%'",
        `b GLOB 'ab*' AND a = ${n()}`,
        `a IN (${n()}, ${n()}, NULL) AND b = 'ab'`,
        `c = ${n()} AND id > ${random.below(200)}`,
        `b = 'ab' AND a IS NOT NULL`,
        `a = c AND c = ${n()}`,
      ])
    for (let i = 0; i < 40; i++) {
      const where = random.below(2) === 0 ? condition() : `(${condition()}) AND (${condition()})`
      const order = random.pick([
        'id',
        'a, b, id',
        'a DESC, b DESC, id DESC',
        'c DESC, id',
        'lower(b), c, id',
        'a, id',
      ])
      const limit = random.pick(['', '', ' LIMIT 5'])
      const ask = (hint: string): unknown[] =>
        db
          .prepare(
            `SELECT id, a, b, lower(b), a + c FROM t ${hint} WHERE ${where} ORDER BY ${order}${limit}`,
          )
          .raw()
          .all()
      t.deepEqual(ask(''), ask('NOT INDEXED'), `seed ${seed}: ${where} ORDER BY ${order}`)
    }
    for (const where of [
      'y = 3',
      'y = 3 AND z > 7',
      'y IN (1, 4) AND z = 6',
      'z BETWEEN 6 AND 9 AND y > 2',
      'x = 1 AND z = 8 OR y = 5',
    ]) {
      for (const order of ['x, y, z', 'x DESC, y DESC, z DESC', 'z, y, x']) {
        const ask = (hint: string): unknown[] =>
          db.prepare(`SELECT x, y, z FROM u ${hint} WHERE ${where} ORDER BY ${order}`).raw().all()
        t.deepEqual(ask(''), ask('NOT INDEXED'), `seed ${seed}: ${where} ORDER BY ${order}`)
      }
    }
    for (const question of [
      'min(a)',
      'max(a)',
      'min(c)',
      'max(c)',
      'min(lower(b))',
      'max(d)',
      'count(*)',
    ]) {
      const ask = (hint: string): unknown =>
        db.prepare(`SELECT ${question} FROM t ${hint}`).raw().all()
      t.deepEqual(ask(''), ask('NOT INDEXED'), question)
    }
    db.close()
  }
})

test('access paths: an OR changes and deletes what it finds, each row once', (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE k(a INT, b INT, n INT DEFAULT 0); CREATE INDEX ka ON k(a); CREATE INDEX kb ON k(b);
    INSERT INTO k(a, b) VALUES (1, 1), (1, 2), (2, 1), (2, 2), (3, 3)`)
  t.is(db.prepare('UPDATE k SET n = n + 1, a = b, b = a WHERE a = 1 OR b = 1').run().changes, 3)
  t.deepEqual(db.prepare('SELECT n FROM k').pluck().all(), [1, 1, 1, 0, 0])
  t.is(db.prepare('DELETE FROM k WHERE a = 2 OR b = 2').run().changes, 3)
  t.deepEqual(db.prepare('PRAGMA integrity_check').pluck().all(), ['ok'])
  db.close()
})

test('access paths: answers of a correlated query are remembered by the exact outer value', (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE k(v, w); INSERT INTO k VALUES (1, 'i'), (1.0, 'r'), ('1', 't'), (x'31', 'b'), (NULL, 'n'), (1, 'again'), (1.0, 'again');
    CREATE TABLE one(x); INSERT INTO one VALUES (0)`)
  const sql =
    'SELECT (SELECT typeof(k.v) FROM one), (SELECT count(*) FROM one WHERE k.v = 1) FROM k'
  t.deepEqual(db.prepare(sql).raw().all(), [
    ['integer', 1],
    ['real', 1],
    ['text', 0],
    ['blob', 0],
    ['null', 0],
    ['integer', 1],
    ['real', 1],
  ])
  const random = db.prepare(
    'SELECT count(DISTINCT (SELECT random() + k.v * 0 FROM one)) FROM k WHERE v = 1',
  )
  t.is(random.pluck().get(), 4)
  db.exec('UPDATE k SET w = (SELECT max(x) FROM one WHERE k.v IS NOT NULL)')
  db.close()
})
