/** Joins with a small table that is looked up by a UNIQUE index, of which all rows are read: the answers are SQLite's, whatever the keys are. */
import test from 'ava'
import { BareEngine } from '../codegen/bare-engine.ts'
import { optimize, planText } from '../../packages/engine/src/plan/index.ts'
import type { BoundStatement } from '../../packages/engine/src/plan/index.ts'
import { createRandom, type Random } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const types = ['', 'INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB']
const collations = ['', ' COLLATE NOCASE', ' COLLATE RTRIM']
const values = [
  'NULL',
  '1',
  '2',
  '2.0',
  '2.5',
  "'1'",
  "'2'",
  "'a'",
  "'A'",
  "'a '",
  "'ab'",
  "x'61'",
  '-0.0',
  '9007199254740993',
  "'9007199254740993'",
  '9007199254740992.0',
  "'é'",
]

function setUp(random: Random): readonly string[] {
  const [a, b, key, more] = [0, 0, 0, 0].map(() => random.pick(types))
  const keyCollation = random.pick(collations)
  const isKeyed = random.below(3) === 0
  const unique = isKeyed
    ? `, PRIMARY KEY (k, m)) WITHOUT ROWID`
    : random.pick([', UNIQUE (k, m))', ', UNIQUE (k DESC, m))', ')'])
  const index = unique === ')' ? ['CREATE UNIQUE INDEX few_k ON few(k, m)'] : []
  const row = (): string => `${random.pick(values)}, ${random.below(3)}`
  const rows = (count: number): string => Array.from({ length: count }, row).join('), (')
  return [
    `CREATE TABLE many(id INTEGER PRIMARY KEY, a ${a}, b ${b})`,
    `CREATE TABLE few(k ${key}${keyCollation}, m ${more}, v${unique}`,
    ...index,
    'CREATE TABLE one(w TEXT UNIQUE, x)',
    `INSERT INTO many(a, b) VALUES (${rows(700)})`,
    ...Array.from({ length: 25 }, (_, i) => `INSERT OR IGNORE INTO few VALUES (${row()}, ${i})`),
    "INSERT INTO one VALUES ('1', 'x'), ('a', 'y'), (NULL, 'z')",
  ]
}

const questions = [
  'SELECT count(*), sum(v) FROM many JOIN few ON k = a AND m = b',
  'SELECT count(*), total(v), count(v) FROM many LEFT JOIN few ON k = a AND m = b',
  'SELECT v, count(*) FROM many JOIN few ON k = a AND m = b GROUP BY v',
  'SELECT a, v FROM many LEFT JOIN few ON k = a AND m = b AND v > 3 ORDER BY v, id',
  'SELECT count(*), sum(v) FROM many JOIN few ON k = a AND m = b WHERE id % 3 = 1 AND v <> 4',
  'SELECT count(*), sum(v) FROM many, few, one WHERE k = a AND m = b AND w = a',
  'SELECT x, count(v) FROM many JOIN one ON w = a LEFT JOIN few ON k = w AND m = b GROUP BY x ORDER BY 1',
  'SELECT a, (SELECT sum(v) FROM many n JOIN few ON k = n.a AND m = n.b WHERE n.b = o.b) FROM many o WHERE id < 5 ORDER BY id',
  'SELECT max(v), count(k) FROM many JOIN few ON k IS a AND m = b',
  "SELECT sum(v) FROM many JOIN few ON k = a || '' AND m = b + 0",
]

test('small tables that are looked up for all rows of a large one: SQLite’s answers', async (t) => {
  const random = createRandom(43)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 12; round++) await sameAnswers(t, setUp(random), questions)
})

test('a statement that writes what it looks up: SQLite’s rows', async (t) => {
  const random = createRandom(44)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 4; round++) {
    await sameAnswers(
      t,
      [
        ...setUp(random),
        'INSERT OR IGNORE INTO few SELECT b, a, max(v) FROM many JOIN few ON k = a AND m = b GROUP BY b, a',
        'UPDATE few SET v = (SELECT count(*) FROM many JOIN few AS f ON f.k = a AND f.m = b WHERE f.v <= few.v)',
        'UPDATE many SET b = s FROM (SELECT id AS i, sum(v) AS s FROM many JOIN few ON k = a AND m = b GROUP BY id) WHERE id = i',
        'DELETE FROM few WHERE v < (SELECT avg(v) FROM many JOIN few ON k = a AND m = b)',
      ],
      ['SELECT * FROM few ORDER BY v, k, m', 'SELECT * FROM many ORDER BY id', ...questions],
    )
  }
})

test('a table is put into a hash table where all is read, and where it is much the smaller one', (t) => {
  const engine = new BareEngine()
  engine.exec(
    'CREATE TABLE many(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE few(k TEXT PRIMARY KEY, v); CREATE TABLE more(k TEXT PRIMARY KEY, v);' +
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO many SELECT i, i FROM n;' +
      'INSERT INTO few SELECT id, id FROM many WHERE id < 100; INSERT INTO more SELECT id, id FROM many WHERE id < 2000',
  )
  const isHashed = (sql: string): boolean =>
    planText(
      optimize(engine.bind(sql) as BoundStatement, engine.connection.context.catalog),
    ).includes(', hash ')
  t.true(isHashed('SELECT sum(v) FROM many JOIN few ON k = a'))
  t.true(isHashed('SELECT v, a FROM many LEFT JOIN few ON k = a ORDER BY v'))
  t.false(isHashed('SELECT sum(v) FROM many LEFT JOIN more ON k = a'))
  t.false(isHashed('SELECT v, a FROM many LEFT JOIN few ON k = a'))
  t.false(isHashed('SELECT v, a FROM many LEFT JOIN few ON k = a ORDER BY id LIMIT 1'))
  t.false(
    isHashed('SELECT EXISTS (SELECT 1 FROM many LEFT JOIN few ON k = a WHERE coalesce(v, 0) = id)'),
  )
  t.false(
    isHashed('SELECT sum(v) FROM many LEFT JOIN few INDEXED BY sqlite_autoindex_few_1 ON k = a'),
  )
  t.false(isHashed('SELECT sum(v) FROM many JOIN few ON k = a WHERE id = 7'))
  engine.close()
})
