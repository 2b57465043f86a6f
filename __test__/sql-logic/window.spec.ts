/**
 * Window functions, against SQLite: where they may stand, named and chained windows, every kind of frame, what is excluded, several windows
 * in one SELECT, and the temporary file.
 */
import test from 'ava'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const small = [
  'CREATE TABLE t(a, b, c)',
  "INSERT INTO t VALUES (1, 'x', 1.5), (2, 'y', 2), (2, 'x', NULL), (4, 'z', 7)",
  'CREATE TABLE e(x)',
]

const statements = [
  'select sum(x) over () from e',
  "select o, lead(n, o, 'none') over (order by n), lag(n, o, 'none') over (order by n) from (select column1 n, column2 o from (values (1, 'a'), (2, '1'), (3, '1x'), (4, 1.5), (5, x'31'), (6, null), (7, 1.0), (8, '-1'), (9, '0.5x'), (10, '')))",
  'select count(*), row_number() over () from e',
  'select row_number() over (order by c) r, a from t order by a, r limit 3',
  'select distinct rank() over (order by b) from t',
  'select b, sum(c), rank() over (order by sum(c) desc) from t group by b',
  'select b, sum(sum(c)) over (order by b) s from t group by b having count(*) < 9 order by s desc',
  'select * from (select b, a, row_number() over (partition by b order by a) r from t) where r <= 1',
  "select * from (select b, a, row_number() over (partition by b order by a) r from t) where b = 'x' and a > 1",
  'select b, (select max(r) from (select row_number() over (order by a) r from t g where g.b = t.b)) from t',
  'with c as (select b, dense_rank() over (order by b) d from t) select x.b, y.d from c x join c y on x.d = y.d',
  'select a from t union all select row_number() over (order by b) from t',
  'select rank() over (order by b) r from t intersect select a from t order by 1',
  'select a, rank() over w1, sum(a) over w2, lag(a) over w1, sum(a) over w3 from t window w1 as (partition by b order by a), w2 as (partition by a), w3 as (w1 rows 2 preceding)',
  'select sum(9223372036854775807) over (order by a rows 1 preceding) from t',
  'select a from t order by row_number() over (order by c desc) limit 2',
  'select row_number() over (order by a) + (select count(*) from t g where g.a < t.a) from t',
  'select case when row_number() over (order by a) > 2 then sum(c) over () end from t',
  'select sum(a) over w from t window w as (rows 1 preceding), v as (w order by a)',
  'select sum(a) over w from t window v as (), w as (nosuch)',
  'select sum(a) over (nosuch) from t',
  'create view vw as select b, rank() over (partition by b order by a) r from t',
  "select * from vw where b = 'x'",
  'select r, count(*) from vw group by r',
  'insert into e select row_number() over (order by c) from t',
  'select x from e',
  'update t set c = row_number() over (order by e.x desc) from e where e.x = t.a',
  'select a, b, c from t',
]

test('window: statements answer as in SQLite', async (t) => {
  await sameAnswers(t, small, statements)
})

const rows = Array.from({ length: 40 }, (_, i) => {
  const o = [(i * 13) % 9, 'NULL', (i * 3) % 7][i % 10 === 0 ? 1 : i % 2 === 0 ? 0 : 2]
  return `(${(i * 7) % 4}, ${o}, ${((i * 17) % 23) + (i % 3) * 0.25}, '${'abc'.charAt(i % 3)}${i % 5}')`
})
const large = [
  'CREATE TABLE g(p, o, v, s)',
  `INSERT INTO g VALUES ${rows.join(', ')}`,
  'CREATE INDEX gi ON g(p, o)',
]

const framed = [
  'sum(v)',
  'count(*)',
  'avg(v)',
  'total(v)',
  'min(v)',
  'max(s COLLATE nocase)',
  "group_concat(s, '-')",
  'first_value(v)',
  'last_value(s)',
  'nth_value(v, 2)',
  'count(v) FILTER (WHERE v > 5)',
  'string_agg(s, o)',
  'sum(v) FILTER (WHERE o % 2)',
  'max(v) FILTER (WHERE o < 5)',
]

const whole = [
  'row_number()',
  'rank()',
  'dense_rank()',
  'percent_rank()',
  'cume_dist()',
  'ntile(4)',
  'lag(v)',
  'lead(s)',
  'lag(v, 2, o)',
  'lead(v, 3, -1)',
  'lag(v, -1)',
  'lag(v, o)',
  'lead(v, o, p)',
]

const windows = ['', 'PARTITION BY p', 'ORDER BY o', 'PARTITION BY p ORDER BY o DESC, v']
const orders = [
  'ORDER BY o',
  'ORDER BY o DESC',
  'ORDER BY v NULLS LAST',
  'ORDER BY o DESC NULLS FIRST',
]
const starts = ['UNBOUNDED PRECEDING', '2 PRECEDING', 'CURRENT ROW', '1 FOLLOWING']
const ends = ['1 PRECEDING', 'CURRENT ROW', '2 FOLLOWING', 'UNBOUNDED FOLLOWING']
const excluded = ['', 'EXCLUDE CURRENT ROW', 'EXCLUDE GROUP', 'EXCLUDE TIES']

test('window: functions over the frames that they have by themselves', async (t) => {
  const queries = windows.map(
    (window) => `SELECT p, o, v, ${[...whole, ...framed].map((f) => `${f} OVER w`).join(', ')}
      FROM g WINDOW w AS (${window})`,
  )
  await sameAnswers(t, large, queries)
})

test('window: frames of every kind', async (t) => {
  const queries: string[] = []
  let next = 0
  for (const unit of ['ROWS', 'GROUPS', 'RANGE']) {
    for (const start of starts) {
      for (const end of ends) {
        for (const exclude of excluded) {
          const order = orders[queries.length % orders.length]!
          const partition = queries.length % 3 === 0 ? 'PARTITION BY p' : ''
          const calls = Array.from({ length: 3 }, () => `${framed[next++ % framed.length]!} OVER w`)
          queries.push(
            `SELECT p, o, v, ${calls.join(', ')} FROM g
             WINDOW w AS (${partition} ${order} ${unit} BETWEEN ${start} AND ${end} ${exclude})`,
          )
        }
      }
    }
  }
  await sameAnswers(t, large, queries)
})

test('window: RANGE over values of all classes', async (t) => {
  const table = [
    'CREATE TABLE k(a, b)',
    `INSERT INTO k VALUES (NULL, 'n'), (1, 'i'), (2.5, 'r'), (2, 'j'), ('1', 't'), ('abc', 'u'), (x'01', 'b'), (-7, 'm'), (NULL, 'o'),
     (9223372036854775807, 'l'), (-9223372036854775807, 's'), (2, 'k'), (1e300, 'x')`,
  ]
  const queries = ['a', 'a DESC', 'a NULLS LAST', 'a DESC NULLS FIRST'].flatMap((order) =>
    [
      '1 PRECEDING AND 1 FOLLOWING',
      '3.5 PRECEDING AND 0.5 PRECEDING',
      '0 FOLLOWING AND 2 FOLLOWING',
      '1 FOLLOWING AND UNBOUNDED FOLLOWING',
      '0 PRECEDING AND 0 FOLLOWING',
      '1 PRECEDING AND 4 PRECEDING',
      "'2' PRECEDING AND CURRENT ROW",
    ].map(
      (frame) =>
        `SELECT a, b, group_concat(b, '') OVER (ORDER BY ${order} RANGE BETWEEN ${frame}) FROM k`,
    ),
  )
  await sameAnswers(t, table, queries)
})

test('window: random windows, several in a SELECT', async (t) => {
  const random = createRandom()
  t.log(`SEED=${random.seed}`)
  const window = (): string => {
    const partition = random.pick([
      '',
      'PARTITION BY p',
      'PARTITION BY p, o',
      "PARTITION BY s > 'b'",
    ])
    const order = random.pick(['', 'ORDER BY o', 'ORDER BY v DESC', 'ORDER BY s, v'])
    if (random.below(2) === 0) return `${partition} ${order}`
    const [start, end] = random.pick([
      ['UNBOUNDED PRECEDING', `${random.below(3)} FOLLOWING`],
      [`${random.below(4)} PRECEDING`, 'CURRENT ROW'],
      [`${random.below(4)} PRECEDING`, `${random.below(4)} PRECEDING`],
      [`${random.below(3)} FOLLOWING`, `${random.below(4)} FOLLOWING`],
      ['CURRENT ROW', 'UNBOUNDED FOLLOWING'],
    ] as const)
    const unit = random.pick(['ROWS', 'GROUPS'])
    return `${partition} ${order} ${unit} BETWEEN ${start} AND ${end} ${random.pick(excluded)}`
  }
  const queries = Array.from({ length: 50 }, () => {
    const calls = Array.from(
      { length: 1 + random.below(3) },
      (_, i) => `${random.pick([...framed, ...whole])} OVER (${window()}) AS w${i}`,
    )
    const select = `SELECT p, o, v, ${calls.join(', ')} FROM g`
    return random.pick([
      select,
      `${select} ORDER BY v, s`,
      `${select} LIMIT ${random.below(9)}`,
      `SELECT w0, count(*) FROM (${select}) WHERE p > ${random.below(3)} GROUP BY 1 ORDER BY 1`,
      `SELECT * FROM (${select}) WHERE p = ${random.below(4)}`,
      `SELECT DISTINCT w0 FROM (${select}) ORDER BY 1`,
    ])
  })
  await sameAnswers(t, large, queries)
})

test('window: partitions go to the temporary file, in slices too', async (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE n(i INTEGER PRIMARY KEY, k, s);
    WITH c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 6000)
    INSERT INTO n SELECT x, (x * 7919) % 6000, printf('%060d', x) FROM c`)
  const queries = [
    `SELECT sum(a) AS a, sum(b) AS b, sum(c) AS c, max(length(d)) AS d FROM (SELECT row_number() OVER (ORDER BY k) AS a,
       lead(i, 100, 0) OVER (ORDER BY k) AS b, sum(i) OVER (ORDER BY k ROWS BETWEEN 50 PRECEDING AND 50 FOLLOWING) AS c, s AS d FROM n)`,
    `SELECT sum(a) AS a, sum(b) AS b, count(c) AS c, max(length(d)) AS d FROM (SELECT count(*) OVER (PARTITION BY k % 2) AS a,
       sum(i) OVER (ORDER BY k GROUPS BETWEEN 3 PRECEDING AND UNBOUNDED FOLLOWING) AS b, nth_value(s, 9) OVER (ORDER BY k) AS c, s AS d FROM n)`,
  ]
  const expected = queries.map((sql) => db.prepare(sql).all())
  db.exec('PRAGMA cache_size = -64; PRAGMA temp_store = FILE')
  for (const [i, sql] of queries.entries()) {
    t.deepEqual(db.prepare(`${sql} --`).all(), expected[i], sql)
    const found: unknown[] = []
    for await (const row of await new LocalConnection(db).query(sql)) found.push({ ...row })
    t.deepEqual(found, expected[i], sql)
  }
  db.close()
})

test('window: what passes as it comes is read as far as somebody wants', (t) => {
  const db = new Database(':memory:')
  const endless = 'WITH c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT'
  const sql = `${endless} row_number() OVER (), sum(x) OVER (ROWS UNBOUNDED PRECEDING), lag(x) OVER () FROM c`
  t.deepEqual(db.prepare(`${sql} LIMIT 3`).raw().all(), [
    [1, 1, null],
    [2, 3, 1],
    [3, 6, 2],
  ])
  t.deepEqual(db.prepare(sql).raw().get(), [1, 1, null])
  db.close()
})

test('window: arguments of json_group_array are evaluated for the rows that pass the filter', async (t) => {
  const over = [
    'ORDER BY id',
    'ORDER BY id ROWS 1 PRECEDING',
    'PARTITION BY id % 2',
    'ORDER BY id DESC ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW',
  ]
  const calls = [
    'json_group_array(json(j))',
    'json_group_object(id, json(j))',
    'json_group_array(j)',
    'group_concat(json(j))',
    'count(json(j))',
  ]
  await sameAnswers(
    t,
    [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, j TEXT)',
      `INSERT INTO t VALUES (1, '[1]'), (2, 'x'), (3, '{"a":2}'), (4, NULL)`,
    ],
    over.flatMap((window) =>
      calls.map(
        (call) =>
          `SELECT id, ${call} FILTER (WHERE json_valid(j)) OVER (${window}) FROM t ORDER BY id`,
      ),
    ),
  )
})
