/**
 * Statements that run in slices, under a clock that is late whenever it is looked at: what they answer and what they change is the same as in one
 * go, and they pause in every loop.
 */
import test from 'ava'
import { BareEngine } from './bare-engine.ts'

const setup = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL);
  CREATE INDEX t_a ON t(a);
  CREATE TABLE u(a, d);
  INSERT INTO u VALUES (1, 'one'), (2, 'two'), (3, 'three'), (NULL, 'none'), (2, 'second');
  INSERT INTO t(a, b, c) SELECT x.a, x.d || y.d, y.a + 0.5 FROM u AS x, u AS y, u AS z;
`

const queries = [
  'SELECT * FROM t',
  'SELECT count(*) FROM t',
  'SELECT count(*), sum(c), group_concat(b) FROM t',
  'SELECT a, count(*), max(b) FROM t GROUP BY a',
  'SELECT a, b, count(DISTINCT c) FROM t GROUP BY a, b ORDER BY 3 DESC, a, b',
  'SELECT b, sum(c) AS s FROM t GROUP BY b HAVING s > 10 ORDER BY s DESC LIMIT 3 OFFSET 1',
  'SELECT DISTINCT a, b FROM t',
  'SELECT * FROM t ORDER BY c DESC, b, id',
  'SELECT * FROM t ORDER BY b LIMIT 7',
  'SELECT t.id, u.d FROM t LEFT JOIN u ON u.a = t.a AND u.d > t.b ORDER BY t.id, u.d',
  'SELECT t.id, u.d FROM t FULL JOIN u ON u.a = t.a AND u.d > t.b ORDER BY t.id, u.d',
  'SELECT count(*) FROM t AS x, t AS y WHERE x.b = y.b AND x.c < y.c',
  'SELECT x.id FROM t AS x WHERE EXISTS (SELECT 1 FROM u WHERE u.a = x.a AND u.d < x.b)',
  'SELECT (SELECT max(d) FROM u WHERE u.a = t.a), (SELECT count(*) FROM u) FROM t',
  'SELECT * FROM t WHERE a IN (SELECT a FROM u WHERE d > (SELECT min(d) FROM u))',
  'SELECT * FROM t WHERE id IN (SELECT a FROM u) OR b = (SELECT d FROM u WHERE a = 1)',
  'SELECT * FROM t WHERE id IN (SELECT id % 9 FROM t UNION ALL SELECT a FROM u)',
  'SELECT * FROM t WHERE a IN (SELECT a FROM u) ORDER BY a DESC',
  'SELECT * FROM t WHERE a IN (SELECT a FROM t UNION ALL SELECT d FROM u) AND id > 3',
  'SELECT a FROM t UNION SELECT d FROM u ORDER BY 1',
  'SELECT a, b FROM t EXCEPT SELECT a, d FROM u',
  'SELECT a FROM t INTERSECT SELECT a FROM u',
  'SELECT a FROM t UNION ALL SELECT a FROM u UNION ALL VALUES (1), (2), (3)',
  'WITH q AS MATERIALIZED (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT x.a, y.n FROM q AS x JOIN q AS y ON x.a = y.a',
  'SELECT min(a), max(id) FROM t WHERE a > 1',
  'SELECT CASE WHEN a IN (SELECT a FROM u) THEN (SELECT count(*) FROM t AS z WHERE z.a = t.a) END FROM t',
  'SELECT group_concat(b ORDER BY c, id) FROM t GROUP BY a',
  'VALUES (1), ((SELECT count(*) FROM t))',
]

function openLate(): { readonly engine: BareEngine; readonly late: () => void } {
  const engine = new BareEngine()
  engine.exec(setup)
  const { slice } = engine.connection.context
  const late = (): void => {
    let now = 0
    slice.clock = () => (now += 1000)
  }
  return { engine, late }
}

/** The rows, and how often the statement has paused. */
function runInSlices(engine: BareEngine, sql: string): { rows: unknown[]; pauses: number } {
  const { slice } = engine.connection.context
  const rows: unknown[] = []
  let pauses = 0
  for (const row of engine.connection.prepare(sql).rows([], 'raw', 'bigint', true)) {
    if (row === slice) pauses++
    else rows.push(row)
  }
  return { rows, pauses }
}

for (const cacheSize of [-2000, 2]) {
  test(`slices: queries answer the same with cache_size = ${cacheSize}`, (t) => {
    const { engine, late } = openLate()
    engine.exec(`PRAGMA cache_size = ${cacheSize}`)
    const expected = queries.map((sql) => engine.connection.prepare(sql).all([], 'raw', 'bigint'))
    late()
    let paused = 0
    for (const [i, sql] of queries.entries()) {
      const { rows, pauses } = runInSlices(engine, sql)
      t.deepEqual(rows, expected[i], sql)
      if (pauses > 0) paused++
    }
    t.true(paused > queries.length / 2)
    engine.close()
  })
}

test('slices: plans that no optimizer has seen answer the same', (t) => {
  const { engine, late } = openLate()
  const programs = queries.map((sql) => engine.compile(engine.bind(sql)))
  const expected = programs.map((program) => engine.inside(() => program.all([], 'raw', 'bigint')))
  late()
  const { slice } = engine.connection.context
  for (const [i, program] of programs.entries()) {
    const rows = engine.inside(() => [...program.sliced([], 'raw', 'bigint')])
    t.deepEqual(
      rows.filter((row) => row !== slice),
      expected[i],
      queries[i],
    )
  }
  engine.close()
})

const changes = [
  "INSERT INTO u SELECT a, b || 'x' FROM t ORDER BY c",
  'INSERT INTO t(a, b) SELECT a + 10, b FROM t',
  "UPDATE t SET a = a + 1, b = b || '!' WHERE c > 1",
  'UPDATE t SET a = (SELECT count(*) FROM t AS z WHERE z.a = t.a), id = -id',
  'DELETE FROM t WHERE b IN (SELECT d || d FROM u)',
  'CREATE TABLE v AS SELECT a, count(*) AS n FROM t GROUP BY a',
  'CREATE INDEX t_b ON t(b, c DESC)',
  'REINDEX t_a',
  'DELETE FROM u WHERE d > (SELECT min(d) FROM u) RETURNING d, (SELECT count(*) FROM u)',
]

for (const cacheSize of [-2000, 2]) {
  test(`slices: changes are the same with cache_size = ${cacheSize}`, (t) => {
    const { engine, late } = openLate()
    const plain = new BareEngine()
    plain.exec(setup)
    for (const one of [plain, engine]) one.exec(`PRAGMA cache_size = ${cacheSize}`)
    late()
    const content = (one: BareEngine): unknown[] =>
      ['t', 'u'].map((table) =>
        one.connection.prepare(`SELECT rowid, * FROM ${table}`).all([], 'raw', 'bigint'),
      )
    for (const sql of changes) {
      const expected = plain.connection.prepare(sql).all([], 'raw', 'bigint')
      const { rows, pauses } = runInSlices(engine, sql)
      t.deepEqual(rows, expected, sql)
      t.true(pauses > 0, sql)
      t.deepEqual(content(engine), content(plain), sql)
      t.is(engine.connection.context.changes, plain.connection.context.changes, sql)
    }
    t.deepEqual(engine.connection.prepare('PRAGMA integrity_check').all([], 'pluck', 'rounded'), [
      'ok',
    ])
    plain.close()
    engine.close()
  })
}

test('slices: a statement that fails in a later slice is taken back', (t) => {
  const { engine, late } = openLate()
  engine.exec('CREATE UNIQUE INDEX u_d ON u(d)')
  late()
  t.throws(() => runInSlices(engine, "UPDATE u SET d = 'same'"), {
    message: 'UNIQUE constraint failed: u.d',
  })
  t.deepEqual(
    engine.connection.prepare('SELECT d FROM u ORDER BY rowid').all([], 'pluck', 'rounded'),
    ['one', 'two', 'three', 'none', 'second'],
  )
  t.is(engine.connection.pager.state, 'none')
  engine.close()
})

test('slices: reads that run between two slices of a change see what it has changed so far', (t) => {
  const { engine, late } = openLate()
  late()
  const { slice } = engine.connection.context
  const seen: unknown[] = []
  const rows = engine.connection.prepare("UPDATE t SET b = 'new'").rows([], 'raw', 'rounded', true)
  for (const row of rows) {
    t.is(row, slice)
    seen.push(
      engine.connection
        .prepare("SELECT count(*) FROM t WHERE b = 'new'")
        .get([], 'pluck', 'rounded'),
    )
  }
  t.deepEqual(
    seen,
    [...seen].toSorted((a, b) => Number(a) - Number(b)),
  )
  t.true(new Set(seen).size > 20)
  engine.close()
})

test('slices: a statement that is left between two slices keeps nothing', (t) => {
  const { engine, late } = openLate()
  late()
  const rows = engine.connection
    .prepare('SELECT * FROM t ORDER BY b')
    .rows([], 'raw', 'rounded', true)
  rows.next()
  t.is(engine.connection.pager.state, 'read')
  rows.return!()
  t.is(engine.connection.pager.state, 'none')
  t.is(engine.connection.statementDepth, 0)
  engine.close()
})

test('slices: what is optimised away or looked up needs none', (t) => {
  const { engine } = openLate()
  const mayRunLong = (sql: string): boolean => engine.connection.prepare(sql).mayRunLong
  for (const sql of [
    'SELECT * FROM t WHERE id = 1',
    'SELECT 1',
    'INSERT INTO t(a) VALUES (1), (2)',
    'UPDATE t SET a = 1 WHERE id = 3',
    'DELETE FROM t WHERE id = 3 RETURNING *',
    'CREATE TABLE w(a)',
    'CREATE INDEX IF NOT EXISTS t_a ON t(a)',
    'DROP TABLE IF EXISTS nowhere',
    'BEGIN',
  ])
    t.false(mayRunLong(sql), sql)
  for (const sql of [
    'SELECT * FROM t',
    'SELECT * FROM t WHERE a = 1',
    'SELECT (SELECT count(*) FROM t)',
    'INSERT INTO t(a) SELECT a FROM u',
    'DELETE FROM t',
    'CREATE INDEX i ON t(b)',
    'DELETE FROM t WHERE id = 3 RETURNING (SELECT count(*) FROM t)',
    'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c',
    'INSERT INTO t(a) WITH RECURSIVE c(x) AS (SELECT 1 UNION SELECT x + 1 FROM c) SELECT x FROM c',
  ])
    t.true(mayRunLong(sql), sql)
  engine.close()
})
