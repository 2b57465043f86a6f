/**
 * Orders that an index is taken to deliver: ORDER BY, GROUP BY, DISTINCT, min() and max() over columns before and behind
 * an indexed expression, descending and collated ones, prefixes that are held to one value, and the tail of an entry.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const setup = [
  'CREATE TABLE t(a, b, c TEXT COLLATE NOCASE)',
  'CREATE INDEX t1 ON t(b, lower(a))',
  'CREATE INDEX t2 ON t(c, a DESC)',
  'CREATE INDEX t3 ON t(b DESC, c COLLATE BINARY)',
  'CREATE INDEX t4 ON t(a) WHERE b > 1 + 1',
  `INSERT INTO t VALUES ('a', 1, 'x'), ('B', 1, 'X'), ('a', 2, 'y'), ('B', 1, 'x'), ('a', 1, 'Y'),
    (NULL, 3, 'z'), ('C', 3, 'Z'), ('c', NULL, NULL), ('b', 3, 'y')`,
]

const keys = ['a', 'b', 'c', 'b DESC', 'a DESC', 'lower(a)', 'c COLLATE BINARY', 'rowid DESC']

function queries(): string[] {
  const texts: string[] = []
  for (const first of keys) {
    for (const second of keys) {
      if (first.startsWith(second[0]!)) continue
      texts.push(
        `SELECT a, b, c, rowid FROM t ORDER BY ${first}, ${second}, rowid`,
        `SELECT a, b, c, rowid FROM t WHERE b = 1 ORDER BY ${first}, ${second}, rowid LIMIT 2`,
        `SELECT a, b, c FROM t INDEXED BY t1 WHERE b > 0 ORDER BY ${first}, ${second}, c, rowid`,
      )
    }
  }
  for (const columns of ['b, a', 'a, b', 'b, c', 'c, a', 'b', 'a']) {
    const order = `ORDER BY ${columns}`
    texts.push(
      `SELECT ${columns}, count(*) FROM t WHERE c IS NOT NULL GROUP BY ${columns} ${order}`,
      `SELECT DISTINCT b, a || '' AS a, 1 AS c FROM t ${order}, 1, 2`,
      `SELECT count(*) FROM (SELECT ${columns} FROM t GROUP BY ${columns})`,
      `SELECT count(*) FROM (SELECT DISTINCT ${columns} FROM t)`,
      `SELECT ${columns}, min(a), max(b), max(c COLLATE BINARY) FROM t WHERE b = 1 GROUP BY ${columns} ${order}`,
    )
  }
  texts.push('SELECT min(a) FROM t WHERE b = 1', 'SELECT max(a) FROM t WHERE b = 1')
  return texts
}

test('row order: an index promises nothing behind an expression', async (t) => {
  await sameAnswers(t, setup, queries())
})

const withoutRowid = `
  CREATE TABLE w(a PRIMARY KEY, b, c) WITHOUT ROWID;
  CREATE INDEX wb ON w(b);
  INSERT INTO w VALUES (1, 1, 'x'), (2, 1, 'x'), (3, 1, 'y'), (4, 0, 'x'), (5, 2, 'y');
  CREATE TABLE x(a TEXT, b INT, c, PRIMARY KEY(a DESC, b COLLATE NOCASE)) WITHOUT ROWID;
  CREATE INDEX xa ON x(a COLLATE NOCASE);
  CREATE INDEX xc ON x(c, lower(c));
  CREATE INDEX xcd ON x(c DESC, b);
  INSERT INTO x VALUES ('a', 1, 'p'), ('A', 1, 'p'), ('a', 2, 'q'), ('B', 7, 'q'), ('b', 3, 'p');
  CREATE TABLE y(a TEXT, b, PRIMARY KEY(a, a COLLATE NOCASE, b)) WITHOUT ROWID;
  INSERT INTO y VALUES ('q', 1), ('Q', 2), ('r', 3);`

const keyQueries = [
  'SELECT a, b FROM w ORDER BY b, a DESC',
  'SELECT a, b FROM w WHERE b = 1 ORDER BY a DESC',
  'SELECT a, b FROM w ORDER BY b DESC, a',
  'SELECT a, b, c FROM w INDEXED BY wb WHERE b = 1 ORDER BY c DESC, a',
  'SELECT c FROM w INDEXED BY wb WHERE b = 1 ORDER BY a',
  'SELECT b, count(*) FROM w GROUP BY b, c ORDER BY b, c',
  'SELECT a, b FROM x ORDER BY a COLLATE NOCASE, a, b',
  "SELECT a, b FROM x WHERE a = 'a' COLLATE NOCASE ORDER BY a, b",
  "SELECT a, b, c FROM x INDEXED BY xa WHERE a COLLATE NOCASE = 'a' ORDER BY a, b",
  'SELECT a, b, c FROM x ORDER BY c, a DESC, b',
  'SELECT a, b, c FROM x ORDER BY c DESC, b, a',
  'SELECT a, b, c FROM x ORDER BY c DESC, b, a DESC',
  'SELECT c, b, count(*) FROM x GROUP BY c, b ORDER BY c, b',
  'SELECT DISTINCT c, b FROM x ORDER BY c, b',
  'SELECT b, a FROM y ORDER BY a, b',
  "SELECT b FROM y WHERE a = 'Q'",
]

test('row order: entries of a WITHOUT ROWID table end with its key', (t) => {
  const path = join(temporaryFolder(), 'keys.db')
  const expected = runWithSqlite(
    `const [path, setup, queries] = process.argv.slice(1)
    const db = new DatabaseSync(path)
    db.exec(setup)
    process.stdout.write(JSON.stringify(JSON.parse(queries).map((sql) => {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement.all()
    })))
    db.close()`,
    [path, withoutRowid, JSON.stringify(keyQueries)],
  ) as unknown[][][] | null
  if (expected === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  const database = new Database(path)
  for (const [i, sql] of keyQueries.entries()) {
    t.deepEqual(database.prepare(sql).raw().all(), expected[i], sql)
  }
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})
