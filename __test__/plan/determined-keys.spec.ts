/** GROUP BY with keys that others determine: groups, their order and their values are SQLite's; and such keys are not compared. */
import test from 'ava'
import { optimize, planText } from '../../packages/engine/src/plan/index.ts'
import type { BoundStatement } from '../../packages/engine/src/plan/index.ts'
import { BareEngine } from '../codegen/bare-engine.ts'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const random = createRandom(51)
const texts = ["'a'", "'A'", "'b'", "'b '", 'NULL', '1', '1.0', "x'61'"]
/** No two of them are equal. */
const days = ["'mon'", "'Mon'", 'NULL', '1', '2.5', "x'61'"]
const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `(${row(i)})`).join(', ')

const schema = [
  'CREATE TABLE nation(id INTEGER PRIMARY KEY, name TEXT, part)',
  'CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, nation INTEGER, code TEXT NOT NULL UNIQUE, twin TEXT UNIQUE)',
  'CREATE TABLE sale(customer INTEGER, code TEXT, n INTEGER, day)',
  'CREATE TABLE kept(a TEXT COLLATE NOCASE, b INTEGER, c, PRIMARY KEY (a, b)) WITHOUT ROWID',
  'CREATE UNIQUE INDEX some ON sale(customer, n) WHERE n > 1000',
]

const filled = [
  ...schema,
  `INSERT INTO nation VALUES ${rows(5, (i) => `${i}, ${random.pick(texts)}, ${random.pick(texts)}`)}`,
  `INSERT INTO customer VALUES ${rows(40, (i) => `${i}, ${random.pick(texts)}, ${random.below(7)}, 'c${i}', ${random.below(3) === 0 ? 'NULL' : `'t${i}'`}`)}`,
  `INSERT INTO sale VALUES ${rows(300, (i) => `${random.below(50)}, 'c${random.below(50)}', ${i % 17}, ${random.pick(days)}`)}`,
  `INSERT OR IGNORE INTO kept VALUES ${rows(60, () => `'${random.pick(['k', 'K', 'l', 'L '])}', ${random.below(9)}, ${random.pick(texts)}`)}`,
]

const tables = [
  'sale s JOIN customer c ON c.id = s.customer JOIN nation t ON t.id = c.nation',
  'sale s LEFT JOIN customer c ON c.id = s.customer LEFT JOIN nation t ON t.id = c.nation',
  'sale s JOIN customer c ON c.code = s.code LEFT JOIN nation t ON t.id = c.nation AND s.n > 5',
  'customer c LEFT JOIN sale s ON s.customer = c.id JOIN nation t ON t.id = c.nation',
  'customer c RIGHT JOIN sale s ON s.customer = c.id LEFT JOIN nation t ON t.id = c.nation',
  'nation t JOIN customer c ON c.nation = t.id FULL JOIN sale s ON s.code = c.code',
]
const keys = [
  'c.id, c.name',
  'c.name, c.id',
  'c.id, c.name, t.name, t.part',
  't.name, c.name, c.code',
  'c.code, c.name COLLATE NOCASE, c.id',
  'c.code COLLATE NOCASE, c.name',
  'c.twin, c.name',
  'c.id, s.day, c.name',
  't.id, t.name, s.day',
  "c.id, c.name || '', t.name",
  'c.id + 0, c.name',
]

const listed = (key: string): string => key.replaceAll(' COLLATE NOCASE', '')

const joined = tables.flatMap((from) =>
  keys.flatMap((key) => [
    `SELECT ${listed(key)}, count(*), sum(s.n), max(s.n) FROM ${from} GROUP BY ${key} ORDER BY ${key}`,
    `SELECT ${listed(key)}, count(*) FROM ${from} GROUP BY ${key} ORDER BY count(*) DESC, ${key} LIMIT 7`,
    `SELECT count(*), ${listed(key)}, sum(s.n) FROM (SELECT * FROM sale ORDER BY n) q, ${from} WHERE q.rowid = s.rowid GROUP BY ${key} HAVING count(*) > 2 ORDER BY ${key}`,
  ]),
)

test('keys that others determine: SQLite’s groups', (t) => {
  t.log(`SEED=${random.seed}`)
  return sameAnswers(t, filled, joined)
})

test('keys that others determine in a table without rowids, in order, in subqueries', (t) =>
  sameAnswers(t, filled, [
    'SELECT a, b, c, count(*) FROM kept GROUP BY a, b, c',
    'SELECT a, b, c, count(*) FROM kept GROUP BY c, b, a ORDER BY a, b',
    'SELECT a, b, c, count(*) FROM kept GROUP BY a COLLATE BINARY, b, c ORDER BY a, b',
    'SELECT a, b, c, count(*) FROM kept GROUP BY a COLLATE RTRIM, b, c ORDER BY a, b',
    'SELECT a, c, count(*) FROM kept GROUP BY a, c ORDER BY a, c',
    'SELECT id, name, code, count(*) FROM customer GROUP BY id, name, code',
    'SELECT rowid, n, day, count(*) FROM sale GROUP BY rowid, n, day HAVING n > 12 ORDER BY 3, 1',
    'SELECT customer, n, day, count(*) FROM sale GROUP BY customer, n, day ORDER BY 1, 2, 3',
    'SELECT id, (SELECT group_concat(x) FROM (SELECT c.id || ifnull(c.name, 0) || count(*) AS x FROM customer c JOIN sale s ON s.customer = c.id WHERE c.nation = nation.id GROUP BY c.id, c.name ORDER BY c.id)) FROM nation',
    'SELECT DISTINCT name, count(*) OVER () FROM customer GROUP BY id, name, nation ORDER BY 1',
    'SELECT id, name, twin, max(nation), code FROM customer GROUP BY id, name',
  ]))

test('keys that others determine, of more groups than memory holds', (t) =>
  sameAnswers(
    t,
    [
      'PRAGMA cache_size = 20',
      'CREATE TABLE many(id INTEGER PRIMARY KEY, name TEXT)',
      'CREATE TABLE each(many INTEGER, n INTEGER)',
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO many SELECT i, 'name ' || i % 100 || printf('%.100c', 'x') FROM n",
      'INSERT INTO each SELECT id * 7 % 9001, id FROM many',
      'INSERT INTO each SELECT id * 11 % 9001, id FROM many',
    ],
    [
      'SELECT sum(id), sum(n), sum(length(name)), count(*) FROM (SELECT m.id, m.name, sum(e.n) AS n FROM each e JOIN many m ON m.id = e.many GROUP BY m.id, m.name)',
      'SELECT m.name, m.id, sum(e.n) FROM each e JOIN many m ON m.id = e.many GROUP BY m.name, m.id LIMIT 20 OFFSET 4000',
    ],
  ))

test('which keys are not compared', (t) => {
  const engine = new BareEngine()
  engine.exec(schema.join(';'))
  const determined = (sql: string): readonly string[] => {
    const { catalog } = engine.connection.context
    const text = planText(optimize(engine.bind(sql) as BoundStatement, catalog))
    return [...text.matchAll(/(s\d\.\w+) \(determined\)/g)].map(([, name]) => name!)
  }
  const join = 'sale s JOIN customer c ON c.id = s.customer JOIN nation t ON t.id = c.nation'
  t.deepEqual(determined(`SELECT 1 FROM ${join} GROUP BY c.id, c.name, t.part, s.day`), [
    's1.name',
    's2.part',
  ])
  t.deepEqual(determined('SELECT 1 FROM customer GROUP BY name, code, twin'), [
    's0.name',
    's0.twin',
  ])
  t.deepEqual(determined('SELECT 1 FROM customer GROUP BY name, twin'), [])
  t.deepEqual(determined('SELECT 1 FROM customer GROUP BY name, code COLLATE NOCASE'), [])
  t.deepEqual(determined('SELECT 1 FROM sale GROUP BY customer, n, day'), [])
  const optional = 'customer c LEFT JOIN nation t ON t.id = c.nation AND c.name = t.name'
  t.deepEqual(determined(`SELECT 1 FROM ${optional} GROUP BY c.id, t.part, c.name`), ['s0.name'])
  engine.close()
})
