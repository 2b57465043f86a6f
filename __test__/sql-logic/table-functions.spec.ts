/**
 * Table-valued functions, against SQLite by way of its `pragma_*` functions: arguments that name tables beside them, hidden columns, joins of every
 * kind, subqueries, views, and what is refused. `generate_series` is not part of SQLite's library: it is compared with recursive common tables.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a PRIMARY KEY, b UNIQUE, c INT NOT NULL DEFAULT 5)',
  'CREATE TABLE u(id INTEGER PRIMARY KEY, t REFERENCES t(a), x TEXT COLLATE NOCASE, FOREIGN KEY(x, t) REFERENCES t)',
  'CREATE INDEX ub ON u(x DESC, t)',
  'CREATE INDEX ue ON u(x || t) WHERE t > 1',
  'CREATE TABLE w(k, v, PRIMARY KEY(k, v)) WITHOUT ROWID',
  'CREATE VIEW v AS SELECT a, b FROM t',
  'CREATE TABLE n(name TEXT, kind)',
  "INSERT INTO n VALUES ('t', 'table'), ('u', 'table'), ('v', 'view'), ('nosuch', NULL), (NULL, 1)",
]

const statements = [
  // Of a RIGHT or FULL JOIN no row of a function is left over whose arguments name the left side.
  'SELECT n.name, p.name FROM n FULL JOIN pragma_table_info(n.name) AS p ON p.pk',
  'SELECT n.name, p.name FROM n RIGHT JOIN pragma_table_info(n.name) AS p',
  "SELECT n.name, p.name, q.seq FROM n FULL JOIN pragma_table_info(n.name) AS p FULL JOIN pragma_index_list(n.name) AS q ON q.origin = 'pk'",
  "SELECT n.name, p.name, q.a FROM n FULL JOIN pragma_table_info(n.name) AS p RIGHT JOIN (SELECT 'a' AS a UNION ALL SELECT 'z') AS q ON p.name = q.a",
  // Arguments, and hidden columns as conditions.
  "SELECT * FROM pragma_table_info('t')",
  "SELECT rowid, *, arg, schema FROM pragma_table_info('t', 'main')",
  "SELECT name FROM pragma_table_info WHERE arg = 't'",
  "SELECT name FROM pragma_table_info WHERE arg = 't' AND schema = 'main'",
  "SELECT name FROM pragma_table_info WHERE arg IN ('u', 't', 't', NULL)",
  "SELECT name FROM pragma_table_info WHERE arg = 't' OR arg = 'u'",
  'SELECT name FROM pragma_table_info WHERE arg IN (SELECT name FROM n)',
  "SELECT name FROM pragma_table_info('t') WHERE arg = 'u'",
  "SELECT name FROM pragma_table_info WHERE arg IS 't'",
  "SELECT name FROM pragma_table_info WHERE arg > 's'",
  'SELECT * FROM pragma_table_info',
  'SELECT * FROM pragma_table_info(NULL)',
  "SELECT * FROM pragma_table_info('')",
  "SELECT name FROM pragma_table_info(x'74')",
  "SELECT name FROM pragma_table_info('T') AS p WHERE p.cid > 0",
  "SELECT p.name FROM pragma_table_info('t') p",
  "SELECT name FROM PRAGMA_Table_Info('t')",
  "SELECT name FROM pragma_table_info((SELECT min(name) FROM n WHERE kind = 'table'))",
  "SELECT name FROM pragma_table_info(CASE WHEN 1 THEN 't' END)",
  "SELECT name FROM pragma_table_info('t') ORDER BY cid DESC LIMIT 1",
  'SELECT DISTINCT type, "notnull" FROM pragma_table_info(\'t\')',
  "SELECT count(*), max(cid), group_concat(name) FROM pragma_table_info('u')",
  "SELECT type, count(*) FROM pragma_table_info('u') GROUP BY type",
  "SELECT pragma_table_info.name FROM pragma_table_info('t')",
  "SELECT pragma_table_info.* FROM pragma_table_info('t') LIMIT 1",
  "SELECT main.pragma_table_info.name FROM pragma_table_info('t') LIMIT 1",
  "SELECT 't' AS q, p.name FROM pragma_table_info(q) p",
  "SELECT rowid FROM pragma_table_info('t') WHERE rowid = 2",
  "SELECT name FROM temp.pragma_table_info('t')",
  "SELECT name FROM nosuch.pragma_table_info('t')",
  // Arguments that name other tables.
  'SELECT n.name, p.name FROM n, pragma_table_info(n.name) p',
  'SELECT n.name, p.name FROM pragma_table_info(n.name) p, n',
  'SELECT n.name, p.name FROM n JOIN pragma_table_info(n.name) p ON p.cid = 1',
  'SELECT n.name, p.name FROM n LEFT JOIN pragma_table_info(n.name) p',
  'SELECT n.name, p.name FROM n LEFT JOIN pragma_table_info(n.name) p ON p.cid = 1 AND n.kind = p.type',
  'SELECT n.name, p.name FROM n LEFT JOIN pragma_table_info(n.name) p WHERE p.name IS NULL',
  'SELECT n.name, p.name FROM n CROSS JOIN pragma_table_info(n.name) p',
  'SELECT n.name, p.name FROM n JOIN pragma_table_info p ON p.arg = n.name',
  'SELECT n.name, p.name FROM n LEFT JOIN pragma_table_info p ON p.arg = n.name',
  'SELECT m.name, i.name, x.name FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) x ORDER BY 1, 2, 3',
  'SELECT m.name, i.name FROM sqlite_schema m LEFT JOIN pragma_index_list(m.name) i ORDER BY 1, 2',
  'SELECT m.name, (SELECT count(*) FROM pragma_table_info(m.name)) FROM sqlite_schema m',
  'SELECT m.name FROM sqlite_schema m WHERE EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE pk = 2)',
  "SELECT name FROM n WHERE 'a' IN (SELECT name FROM pragma_table_info(n.name))",
  'SELECT * FROM (SELECT name FROM n) q, pragma_table_info(q.name) p WHERE p.pk',
  'WITH q AS (SELECT name FROM n) SELECT q.name, p.name FROM q, pragma_table_info(q.name) p',
  "WITH p AS (SELECT * FROM pragma_table_info('t')) SELECT a.name, b.name FROM p a JOIN p b ON a.cid < b.cid",
  "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c, pragma_table_info('t') p WHERE p.cid = i) SELECT * FROM c",
  "SELECT a.name, b.name FROM pragma_table_info('t') a JOIN pragma_table_info('u') b USING (cid)",
  "SELECT * FROM pragma_table_info('t') NATURAL JOIN pragma_table_info('t')",
  "SELECT a.name FROM pragma_table_info('t') a JOIN pragma_table_info('u') b USING (arg)",
  "SELECT * FROM n, (pragma_table_info('t') p JOIN pragma_table_info('u') q ON p.cid = q.cid) WHERE n.name = 't'",
  'SELECT a.name, b.name FROM n, pragma_table_info(n.name) a, pragma_table_info(n.name) b WHERE a.cid < b.cid',
  "SELECT n.name, p.name FROM n RIGHT JOIN pragma_table_info('t') p ON n.name = p.name",
  "SELECT n.name, p.name FROM n FULL JOIN pragma_table_info('t') p ON n.kind = p.cid",
  "SELECT * FROM pragma_table_info('t') a RIGHT JOIN pragma_table_info('u') b USING (name)",
  "SELECT * FROM pragma_table_info('t') FULL JOIN pragma_table_list('u') USING (type)",
  "SELECT *, p.arg FROM (pragma_table_info('t') p JOIN n ON n.name = p.arg)",
  'UPDATE n SET kind = p.type FROM pragma_table_info(n.name) p WHERE p.cid = 1',
  "UPDATE n SET kind = p.name || q.name FROM pragma_table_info('t') p, pragma_table_info('u') q WHERE p.cid = q.cid AND n.name = 'nosuch'",
  'UPDATE n SET kind = 1 FROM pragma_table_info(n.name) p, pragma_user_version',
  'SELECT * FROM n',
  'CREATE TRIGGER fires AFTER INSERT ON w BEGIN INSERT INTO n SELECT name, new.k FROM pragma_table_info(new.v); END',
  "INSERT INTO w VALUES (1, 't'), (2, 'nosuch')",
  'SELECT * FROM n WHERE kind = 1',
  'CREATE TRIGGER none AFTER INSERT ON pragma_table_info BEGIN SELECT 1; END',
  // Compounds, IN, views, statements that write.
  "SELECT name FROM pragma_table_info('t') UNION SELECT name FROM pragma_table_info('u') ORDER BY 1",
  "SELECT name FROM pragma_table_info('t') EXCEPT SELECT 'a'",
  "SELECT 'BINARY' IN (SELECT name FROM pragma_collation_list)",
  "SELECT 'ok' IN pragma_integrity_check, 'ok' IN pragma_integrity_check('t'), 1 IN pragma_user_version",
  "SELECT 1 IN pragma_table_info('t')",
  'CREATE VIEW pv AS SELECT n.name AS t, p.name AS c FROM n, pragma_table_info(n.name) p',
  "SELECT * FROM pv WHERE t = 'u'",
  'SELECT a.c FROM pv a, pv b WHERE a.c = b.c AND a.t <> b.t',
  "CREATE TABLE copy AS SELECT * FROM pragma_table_info('t')",
  'SELECT * FROM copy',
  "INSERT INTO copy(name) SELECT name FROM pragma_table_info('u')",
  "DELETE FROM copy WHERE name IN (SELECT name FROM pragma_table_info('u')) OR cid = 0",
  "UPDATE copy SET type = (SELECT 'n' || max(cid) FROM pragma_table_info('t') p WHERE p.name = copy.name)",
  'SELECT name, type FROM copy',
  // What is asked.
  "SELECT * FROM pragma_table_xinfo('u')",
  "SELECT * FROM pragma_index_list('u')",
  "SELECT * FROM pragma_index_info('ub')",
  "SELECT * FROM pragma_index_xinfo('ub')",
  "SELECT * FROM pragma_index_xinfo('w')",
  "SELECT * FROM pragma_foreign_key_list('u')",
  "SELECT * FROM pragma_table_list('w')",
  "SELECT name, type, ncol, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name",
  "SELECT *, arg, schema FROM pragma_integrity_check('t', 'main')",
  'SELECT *, schema FROM pragma_page_size',
  "SELECT *, schema FROM pragma_page_size('main')",
  "SELECT *, schema FROM pragma_page_size WHERE schema = 'main'",
  'SELECT * FROM pragma_encoding',
  'SELECT user_version + 1 FROM pragma_user_version',
  'SELECT * FROM pragma_application_id, pragma_freelist_count',
  'SELECT name, seq FROM pragma_database_list WHERE seq = 0',
  "CREATE VIEW types AS SELECT a, c, x, 1, 'x' || a, CAST(c AS REAL), CAST(a AS TEXT) AS s, p.cid FROM t, u, pragma_table_info('t') p",
  "SELECT name, type FROM pragma_table_info('types')",
  'CREATE VIEW both AS SELECT CAST(44 AS REAL) AS m, c, a FROM t UNION ALL SELECT 55, id, x FROM u',
  "SELECT name, type FROM pragma_table_info('both')",
  'PRAGMA table_info(pragma_table_info)',
  'PRAGMA table_xinfo(pragma_index_list)',
  'PRAGMA index_list(pragma_table_info)',
  'PRAGMA table_list(pragma_table_info)',
  "SELECT name FROM pragma_pragma_list WHERE name = 'table_info'",
  "SELECT name, builtin, type, narg FROM pragma_function_list WHERE name IN ('abs', 'substr', 'coalesce', 'max', 'count', 'sum', 'random') ORDER BY 1, 4",
  "SELECT count(*) FROM pragma_module_list WHERE name = 'pragma_module_list'",
  'EXPLAIN QUERY PLAN SELECT 1',
  // What is refused.
  "SELECT * FROM pragma_table_info('t', 'nosuch')",
  "SELECT * FROM pragma_table_info('t', 'it''s')",
  "SELECT * FROM pragma_table_info('t', 'main', 1)",
  "SELECT * FROM pragma_encoding('x')",
  'SELECT * FROM t(1)',
  'SELECT * FROM main.t(1)',
  'SELECT * FROM v(1)',
  'WITH q AS (SELECT 1) SELECT * FROM q(1)',
  'SELECT * FROM nosuch(1)',
  'SELECT * FROM main.nosuch(1)',
  "SELECT * FROM pragma_nosuch('t')",
  'SELECT * FROM pragma_wal_checkpoint',
  "SELECT pragma_table_info('t')",
  "SELECT * FROM pragma_table_info('t') INDEXED BY x",
  'SELECT * FROM pragma_table_info INDEXED BY x',
  'SELECT * FROM pragma_table_info(nosuch)',
  'SELECT * FROM n, (SELECT * FROM pragma_table_info(n.name))',
  'SELECT count(*) FROM pragma_table_info(count(*))',
  "SELECT name FROM pragma_table_info(('t', 'main'))",
  'INSERT INTO pragma_table_info VALUES (1)',
  'UPDATE pragma_table_info SET cid = 1',
  'DELETE FROM pragma_table_info',
  'CREATE INDEX i ON pragma_table_info(cid)',
  'DROP TABLE pragma_table_info',
  'DROP TABLE IF EXISTS pragma_table_info',
  'CREATE VIRTUAL TABLE q USING pragma_table_info',
  'CREATE VIRTUAL TABLE q USING nosuch(a, b)',
  'CREATE VIRTUAL TABLE IF NOT EXISTS t USING nosuch',
  'CREATE VIRTUAL TABLE t USING nosuch',
  'CREATE VIRTUAL TABLE v USING nosuch',
  'CREATE VIRTUAL TABLE ub USING nosuch',
  'CREATE VIRTUAL TABLE nosuch.q USING nosuch',
  'CREATE VIRTUAL TABLE sqlite_q USING nosuch',
  'CREATE TABLE pragma_user_version(x)',
  'SELECT * FROM pragma_user_version',
  'DROP TABLE pragma_user_version',
  'SELECT * FROM pragma_user_version',
]

test('table functions: statements answer as in SQLite', async (t) => {
  await sameAnswers(t, setup, statements)
})

/** The values from `first` on that do not pass `last`. */
function series(first: bigint, last: bigint, by: bigint): string {
  const before = by < 0n ? '>=' : '<='
  const begin = `SELECT ${first} WHERE ${first} ${before} ${last}`
  const step = `SELECT value + ${by} FROM s WHERE value ${before} ${last - by}`
  return `WITH s(value) AS (${begin} UNION ALL ${step}) SELECT value FROM s`
}

test('table functions: generate_series is a recursion', (t) => {
  const random = createRandom()
  const database = new Database(':memory:')
  const bounds = ['<', '<=', '>', '>=', '=', '<>']
  const ask = (sql: string): unknown => database.prepare(sql).pluck().safeIntegers().all()
  const number = (): bigint => BigInt(random.below(25) - 12)
  for (let i = 0; i < 80; i++) {
    const [first, last, step] = [
      number(),
      number(),
      BigInt(random.pick([1, 2, 3, 5, -1, -2, -3, -5])),
    ]
    const conditions: string[] = []
    const count = random.below(3)
    for (let k = 0; k < count; k++) {
      const bound = random.pick([String(number()), '2.5', '-1.5', '3.0', 'NULL'])
      conditions.push(`value ${random.pick(bounds)} ${bound}`)
    }
    if (random.below(6) === 0) conditions.push(`value IN (${number()}, NULL, ${number()})`)
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    const order = random.pick([' ORDER BY value', ' ORDER BY value DESC'])
    const made = `SELECT value FROM generate_series(${first}, ${last}, ${step})${where}${order}`
    t.deepEqual(
      ask(made),
      ask(`SELECT value FROM (${series(first, last, step)})${where}${order}`),
      made,
    )
  }
  database.close()
})

const max = 2n ** 63n - 1n

/** `error` before a sentence. */
const answers: readonly (readonly [string, readonly unknown[] | string])[] = [
  ['SELECT value FROM generate_series(3, 1)', []],
  ['SELECT value FROM generate_series(1, 2.9)', [1n, 2n]],
  ["SELECT value FROM generate_series('2', '3x')", [2n, 3n]],
  ['SELECT value FROM generate_series(1, 3, 0)', [1n, 2n, 3n]],
  ['SELECT value FROM generate_series(1, NULL)', []],
  ['SELECT value FROM generate_series(1) LIMIT 2', [1n, 2n]],
  ['SELECT max(value) FROM generate_series(4294967290)', [4294967295n]],
  [`SELECT value FROM generate_series(${max - 4n}, ${max}, 3)`, [max - 4n, max - 1n]],
  [`SELECT value FROM generate_series(${max}, ${max - 3n}, -2)`, [max, max - 2n]],
  [`SELECT value FROM generate_series(-${max}, ${max}, ${max})`, [-max, 0n, max]],
  [
    `SELECT value FROM generate_series(9007199254740990, 9007199254740993)`,
    [9007199254740990n, 9007199254740991n, 9007199254740992n, 9007199254740993n],
  ],
  ['SELECT value FROM generate_series WHERE start = 1 AND stop = 3', [1n, 2n, 3n]],
  ['SELECT value FROM generate_series WHERE value BETWEEN 5 AND 7', [5n, 6n, 7n]],
  ['SELECT value FROM generate_series(1, 9) WHERE rowid = 4', [4n]],
  ['SELECT start || stop || step || rowid FROM generate_series(5, 1, -3)', ['51-35', '51-32']],
  ['SELECT value FROM generate_series(1, 3) ORDER BY value DESC LIMIT 1', [3n]],
  ['SELECT count(*) FROM generate_series(1, 3) a, generate_series(a.value, 3) b', [6n]],
  ['SELECT 2 IN generate_series(1, 3)', [1n]],
  ['SELECT value FROM generate_series(1, 1 + (abs(random()) < 0))', [1n]],
  ['SELECT * FROM generate_series', 'first argument to "generate_series()" missing or unusable'],
  [
    'SELECT * FROM generate_series WHERE stop = 3',
    'first argument to "generate_series()" missing or unusable',
  ],
  ['SELECT * FROM generate_series(1, 2, 3, 4)', 'too many arguments on generate_series() - max 3'],
  [
    'SELECT * FROM generate_series(s.value, 2) a, generate_series(a.value, 3) s',
    'no query solution',
  ],
  ['INSERT INTO generate_series VALUES (1)', 'table generate_series may not be modified'],
]

test('table functions: generate_series at its limits', (t) => {
  const database = new Database(':memory:')
  for (const [sql, expected] of answers) {
    if (typeof expected === 'string')
      t.throws(() => database.prepare(sql), { message: expected }, sql)
    else t.deepEqual(database.prepare(sql).pluck().safeIntegers().all(), [...expected], sql)
  }
  database.close()
})

test('table functions: a plan says what was agreed', (t) => {
  const database = new Database(':memory:')
  const plan = (sql: string): unknown =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .pluck(false)
      .all()
      .map((row) => (row as { detail: string }).detail)
  t.deepEqual(plan('SELECT * FROM generate_series(1, 3) ORDER BY value DESC'), [
    'SCAN generate_series VIRTUAL TABLE INDEX 0xb:',
  ])
  t.deepEqual(plan('SELECT * FROM sqlite_schema m, pragma_table_info(m.name) p'), [
    'SCAN m',
    'SCAN p VIRTUAL TABLE INDEX 0:',
  ])
  database.close()
})
