/** The shapes in which rows are handed over, and the ways to ask for them. */
import test from 'ava'
import { BareEngine } from './bare-engine.ts'

function open(): BareEngine {
  const engine = new BareEngine()
  engine.exec(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, a, r REAL, b BLOB);
    CREATE TABLE u(id INTEGER PRIMARY KEY, t INTEGER);
    INSERT INTO t VALUES (1, 9007199254740993, 2.0, x'0102'), (2, 1.0, NULL, NULL), (3, 'x', 1e300, 'text');
    INSERT INTO u VALUES (1, 1), (2, 1), (3, 9);
  `)
  return engine
}

test('rows: numbers are unboxed, BLOBs are Buffers of their own', (t) => {
  const engine = open()
  const rows = engine.run(engine.bind('SELECT * FROM t'), [], 'object')
  t.deepEqual(rows, [
    { id: 1, a: 9007199254740992, r: 2, b: Buffer.from([1, 2]) },
    { id: 2, a: 1, r: null, b: null },
    { id: 3, a: 'x', r: 1e300, b: 'text' },
  ])
  t.true(Buffer.isBuffer((rows[0] as { b: unknown }).b))
  engine.close()
})

test('rows: a BLOB that was bound or written out is copied', (t) => {
  const engine = open()
  const bound = Buffer.from([1])
  const program = engine.compile(engine.bind("SELECT ?, x'05' FROM t WHERE id = 1"))
  const read = (): Buffer[] =>
    engine.inside(() => program.all([bound], 'raw', 'rounded'))[0] as Buffer[]
  for (const blob of read()) blob[0] = 9
  t.deepEqual(read(), [Buffer.from([1]), Buffer.from([5])])
  engine.close()
})

test('rows: with safe integers every INTEGER is a bigint, and no REAL is', (t) => {
  const engine = open()
  t.deepEqual(
    engine.run(engine.bind('SELECT id, a, r, id + 1, sum(r) FROM t WHERE id < 3 GROUP BY id')),
    [
      [1n, 9007199254740993n, 2, 2n, 2],
      [2n, 1, null, 3n, null],
    ],
  )
  engine.close()
})

test('rows: the first row, the first column, one object for each table', (t) => {
  const engine = open()
  const query = engine.bind('SELECT t.id, u.id, t.id + 1 AS next FROM t JOIN u ON u.t = t.id')
  t.deepEqual(engine.run(query, [], 'pluck'), [1, 1])
  t.deepEqual(engine.run(query, [], 'expand'), [
    { t: { id: 1 }, u: { id: 1 }, $: { next: 2 } },
    { t: { id: 1 }, u: { id: 2 }, $: { next: 2 } },
  ])
  const program = engine.compile(query)
  t.deepEqual(
    engine.inside(() => program.get([], 'raw', 'rounded')),
    [1, 1, 2],
  )
  const none = engine.compile(engine.bind('SELECT 1 FROM t WHERE id = 99'))
  t.is(
    engine.inside(() => none.get([], 'raw', 'rounded')),
    undefined,
  )
  engine.close()
})

test('rows: an iterator hands over rows one by one, through outer joins and unions too', (t) => {
  const engine = open()
  for (const sql of [
    'SELECT id FROM t',
    'SELECT t.id, u.id FROM t LEFT JOIN u ON u.t = t.id',
    'SELECT id FROM t UNION ALL SELECT t FROM u LIMIT 5',
    'SELECT a, count(*) FROM t LEFT JOIN u ON u.t = t.id GROUP BY a',
  ]) {
    const program = engine.compile(engine.bind(sql))
    engine.inside(() => {
      t.deepEqual([...program.rows([], 'raw', 'rounded')], program.all([], 'raw', 'rounded'), sql)
      for (const row of program.rows([], 'raw', 'rounded')) {
        t.truthy(row)
        break
      }
      t.deepEqual([...program.rows([], 'raw', 'rounded')], program.all([], 'raw', 'rounded'), sql)
    })
  }
  engine.close()
})

test('rows: text with invalid bytes is made well-formed', (t) => {
  const engine = open()
  const query = engine.bind("SELECT CAST(x'61ff62' AS TEXT) AS v, CAST(x'61ff62' AS TEXT) AS w")
  t.deepEqual(engine.run(query, [], 'object'), [{ v: 'a\ufffdb', w: 'a\ufffdb' }])
  engine.close()
})
