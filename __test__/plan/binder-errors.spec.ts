/**
 * What the binder refuses, it refuses in SQLite's words: each statement is given to both, and the messages compared.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { openOracle } from '../support/oracle.ts'
import { makeSchema } from '../schema/make-schema.ts'
import { bind } from './bind.ts'

const definitions = [
  'CREATE TABLE t(a TEXT COLLATE NOCASE, b INT DEFAULT 7, c)',
  'CREATE TABLE u(a, b, d)',
  'CREATE TABLE p(id INTEGER PRIMARY KEY, x TEXT)',
  'CREATE TABLE au(id INTEGER PRIMARY KEY, x UNIQUE)',
  'CREATE VIEW v AS SELECT a FROM t',
  'CREATE VIEW missing AS SELECT 1 FROM nosuch',
  'CREATE VIEW short(x, y) AS SELECT 1',
  'CREATE VIEW v4 AS SELECT * FROM v5',
  'CREATE VIEW v5 AS SELECT * FROM v4',
  'CREATE INDEX i1 ON t(a)',
]

const schema = makeSchema(definitions)
const oracle = openOracle()
test.before(async () => oracle?.reset(definitions.join(';\n')))
test.after.always(() => oracle?.close())

const refused: Readonly<Record<string, readonly string[]>> = {
  names: [
    'SELECT q FROM t',
    'SELECT nosuch(1) FROM t JOIN u ON q',
    'SELECT q FROM t JOIN u ON nosuch(1)',
    'SELECT 1 FROM t JOIN u ON q WHERE r',
    'SELECT 1 FROM t JOIN u ON q GROUP BY r HAVING s',
    'SELECT count(*) AS z FROM t LEFT JOIN u ON z = u.d',
    'SELECT count(*) FROM t JOIN u ON count(*)',
    'SELECT row_number() OVER () AS z FROM t JOIN u ON z',
    'UPDATE t SET a = q FROM u JOIN u AS w ON r',
    'SELECT nosuch(q)',
    'SELECT nosuch(other(1))',
    'SELECT abs(q, 1)',
    'SELECT abs(q) FILTER (WHERE r)',
    'SELECT lag(q)',
    'SELECT likelihood(q, 2)',
    'SELECT 1 FROM t WHERE max(q)',
    'SELECT 1 REGEXP q',
    'SELECT q IN (SELECT r)',
    'SELECT q IN nosuch',
    'SELECT q IS r',
    'SELECT q IS NOT r',
    'SELECT q IS 1 + r',
    'SELECT nosuch(1 + q)',
    'SELECT nosuch((SELECT q))',
    'UPDATE t SET a = sum(q) OVER ()',
    'UPDATE t SET q = r',
    'INSERT INTO t(a, q) VALUES (r, 1)',
    'INSERT INTO t(a, q) SELECT r',
    'UPDATE t SET q = (SELECT r FROM u)',
    'UPDATE t SET (q, a) = (SELECT b, d FROM u)',
    'UPDATE t SET q = r FROM u',
    'SELECT x.q FROM t',
    'SELECT x.y.q FROM t',
    'SELECT main.x.a FROM t',
    'SELECT t.a FROM t x',
    'SELECT temp.t.a FROM t',
    'SELECT a FROM t, u',
    'SELECT rowid FROM t, p',
    'SELECT rowid FROM v',
    'SELECT rowid FROM (SELECT a FROM t)',
    'SELECT y AS y FROM t',
    'SELECT * FROM nosuch',
    'SELECT * FROM main.nosuch',
    'SELECT * FROM other.t',
    'SELECT *',
    'SELECT t.*',
    'SELECT x.* FROM t',
    'SELECT * FROM t, t',
    'SELECT t.* FROM t, u AS t',
    'SELECT 1 LIMIT a',
    'SELECT a FROM t LIMIT b',
    'SELECT * FROM missing',
    'SELECT * FROM short',
    'SELECT * FROM v4',
    'SELECT a FROM t INDEXED BY foo',
    'SELECT [nosuch] FROM t',
  ],
  joins: [
    'SELECT * FROM t JOIN u USING (zz)',
    'SELECT * FROM t LEFT JOIN u ON u.a = p.id, p',
    'SELECT * FROM t JOIN t USING (a)',
  ],
  aggregates: [
    'SELECT a FROM t WHERE count(*) > 1',
    'SELECT count(*) FROM t WHERE count(*) > 1',
    'SELECT a FROM t ORDER BY count(*)',
    'SELECT a FROM t GROUP BY count(*)',
    'SELECT count(*) AS n FROM t GROUP BY n',
    'SELECT count(*) FROM t GROUP BY 1',
    'SELECT sum(b) AS s FROM t WHERE s > 0',
    'SELECT 1 FROM t HAVING count(*) > 0',
    'SELECT a FROM t HAVING 1',
    'SELECT sum(count(*)) FROM t',
    'SELECT max((SELECT count(t.a) FROM u)) FROM t',
    'SELECT (SELECT 1 FROM u WHERE u.b > max(t.b)) FROM t',
    'SELECT count(DISTINCT a, b) FROM t',
    "SELECT group_concat(DISTINCT a, ',') FROM t",
    'UPDATE t SET a = count(*)',
    'DELETE FROM t WHERE sum(a)',
  ],
  functions: [
    'SELECT nosuch(1)',
    'SELECT abs()',
    'SELECT abs(1, 2)',
    'SELECT max(*) FROM t',
    'SELECT count(a, b) FROM t',
    'SELECT row_number() FROM t',
    'SELECT abs(b) FILTER (WHERE 1) FROM t',
    'SELECT abs(b ORDER BY a) FROM t',
    'SELECT likelihood(1, 2)',
    'SELECT likelihood(1, b) FROM t',
    "SELECT a FROM t WHERE a REGEXP 'x'",
    'SELECT RAISE(IGNORE)',
    'SELECT a FROM t ORDER BY a COLLATE foo',
    "SELECT 1 = 'a' COLLATE foo",
  ],
  'rows and subqueries': [
    'SELECT (SELECT a, b FROM t)',
    'SELECT a FROM t WHERE a IN (SELECT a, b FROM t)',
    'SELECT a FROM t WHERE a IN t',
    'SELECT a FROM t WHERE (a, b) IN (SELECT a FROM t)',
    'SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4, 5))',
    'SELECT a FROM t WHERE (a, b) IN (1, 2)',
    'SELECT a FROM t WHERE (a, b) = (1, 2, 3)',
    'SELECT a FROM t WHERE (a, b) = 1',
    'SELECT (1, 2)',
    'SELECT 1 = (SELECT 1, 2)',
    'SELECT a FROM t UNION SELECT a, b FROM t',
    'SELECT a FROM t EXCEPT SELECT a, b FROM t',
    'SELECT a, b FROM t ORDER BY 3',
    'SELECT a, b FROM t ORDER BY a, 0',
    'SELECT a, b FROM t GROUP BY 3',
    'SELECT a, b FROM t ORDER BY -1',
    'SELECT a FROM t UNION SELECT a FROM u ORDER BY b',
    'SELECT a FROM t UNION SELECT a FROM u ORDER BY 1, 2',
    'SELECT 1 UNION SELECT +a FROM t ORDER BY a',
    'SELECT 1 UNION SELECT a FROM t ORDER BY +a COLLATE nocase',
    'DELETE FROM v INDEXED BY i1',
    'UPDATE v INDEXED BY i1 SET nosuch = 1',
    'SELECT 1 UNION SELECT 2 ORDER BY 6641019685895816357',
    'WITH q AS (SELECT 1), q AS (SELECT 2) SELECT 1',
    'WITH q(x, y) AS (SELECT 1) SELECT * FROM q',
  ],
  writes: [
    'INSERT INTO t VALUES (1, 2)',
    'INSERT INTO t(a, b) VALUES (1)',
    'INSERT INTO t(a, b) SELECT 1, 2, 3',
    'INSERT INTO main.t SELECT 1, 2',
    'INSERT INTO t(a, zz) VALUES (1, 2)',
    'INSERT INTO t VALUES (a, 1, 2)',
    'INSERT INTO nosuch VALUES (1)',
    'INSERT INTO v VALUES (1)',
    'INSERT INTO missing VALUES (1)',
    'UPDATE missing SET a = 1',
    'DELETE FROM missing',
    'UPDATE v SET a = 1',
    'DELETE FROM v',
    'UPDATE nosuch SET a = 1',
    'DELETE FROM main.nosuch',
    'UPDATE t SET zz = 1',
    'UPDATE t SET a = zz',
    'UPDATE t SET (a, b) = (1, 2, 3)',
    'UPDATE t SET (a, b) = 1',
    'UPDATE t SET (a, b) = (SELECT 1)',
    'UPDATE t SET a = (1, 2)',
    'DELETE FROM t WHERE zz',
    'DELETE FROM t INDEXED BY nosuch',
    'INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)',
    'UPDATE sqlite_master SET name = 1',
    'DELETE FROM sqlite_master',
  ],
  definitions: [
    'CREATE TABLE t(a)',
    'CREATE TABLE V(a)',
    'CREATE TABLE i1(a)',
    'CREATE TABLE sqlite_foo(a)',
    'CREATE TABLE nosuch.x(a)',
    'CREATE TABLE x(a CHECK (b > 1))',
    'CREATE TABLE x(a CHECK (y.a > 1))',
    'CREATE TABLE x(a CHECK ((SELECT 1)))',
    'CREATE TABLE x(a CHECK (?))',
    'CREATE TABLE x(a CHECK (sum(a) > 1))',
    'CREATE TABLE x(a CHECK (nosuch(a)))',
    'CREATE VIEW t AS SELECT 1',
    'CREATE VIEW i1 AS SELECT 1',
    'CREATE VIEW x AS SELECT ?',
    'CREATE INDEX i1 ON t(a)',
    'CREATE INDEX t ON t(a)',
    'CREATE INDEX x ON nosuch(a)',
    'CREATE INDEX x ON v(a)',
    'CREATE INDEX x ON t(zz)',
    'CREATE INDEX x ON t(rowid)',
    'CREATE INDEX x ON t(a COLLATE foo)',
    'CREATE INDEX x ON t(a NULLS LAST)',
    'CREATE INDEX x ON t((SELECT 1))',
    'CREATE INDEX x ON t(random())',
    'CREATE INDEX x ON t(?)',
    'CREATE INDEX x ON t(t.a)',
    'CREATE INDEX x ON t(sum(a))',
    'CREATE INDEX x ON t(a) WHERE random()',
    'CREATE INDEX x ON t(a) WHERE (SELECT 1)',
    'CREATE INDEX x ON t(a) WHERE ?',
    'CREATE INDEX x ON t(a) WHERE zz',
    'CREATE INDEX x ON sqlite_master(name)',
    'CREATE INDEX sqlite_x ON t(a)',
    'DROP TABLE nosuch',
    'DROP TABLE main.nosuch',
    'DROP TABLE other.t',
    'DROP TABLE v',
    'DROP TABLE i1',
    'DROP TABLE sqlite_master',
    'DROP VIEW t',
    'DROP VIEW nosuch',
    'DROP INDEX nosuch',
    'DROP INDEX sqlite_autoindex_au_1',
    'DROP TRIGGER nosuch',
  ],
}

for (const [topic, statements] of Object.entries(refused)) {
  for (const sql of statements) {
    test(`binder, ${topic}: refused as SQLite refuses it: ${sql}`, async (t) => {
      const error = t.throws(() => bind(schema, sql), { instanceOf: SqliteError })
      if (oracle === null) return
      const theirs = await t.throwsAsync(oracle.query(sql))
      t.is(error.message, theirs.message)
    })
  }
}

const waiting: readonly (readonly [sql: string, message: string])[] = [
  ['SELECT * FROM pragma_table_info(1)', 'no such table: pragma_table_info'],
  ["SELECT a FROM t WHERE a MATCH 'x'", 'unable to use function MATCH in the requested context'],
]

for (const [sql, message] of waiting) {
  test(`binder: what cannot be done is named: ${sql}`, (t) => {
    t.throws(() => bind(schema, sql), { code: 'SQLITE_ERROR', message })
  })
}

test('binder: tables that are of another kind are refused where that counts', (t) => {
  const special = makeSchema([
    'CREATE TABLE w(a PRIMARY KEY) WITHOUT ROWID',
    'CREATE VIRTUAL TABLE f USING fts5(x)',
  ])
  const message = (sql: string): string | undefined => t.throws(() => bind(special, sql))?.message
  t.notThrows(() => bind(special, 'SELECT a FROM w'))
  t.is(message('SELECT rowid FROM w'), 'no such column: rowid')
  t.is(message('SELECT * FROM f'), 'no such module: fts5')
})

test('binder: a join of more than 64 tables is refused', (t) => {
  const from = Array.from({ length: 65 }, (_, i) => `p AS p${i}`).join(', ')
  t.throws(() => bind(schema, `SELECT 1 FROM ${from}`), {
    message: 'at most 64 tables in a join',
  })
})

test('binder: common tables that multiply without end are refused', (t) => {
  const from = Array(9).fill('c').join(', ')
  let sql = 'SELECT 1'
  for (let i = 0; i < 5; i++) sql = `WITH c AS (${sql}) SELECT ${i} FROM ${from}`
  t.throws(() => bind(schema, sql), { message: 'too many FROM clause terms, max: 200' })
})
