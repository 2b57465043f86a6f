/** WITHOUT ROWID tables are made and written as SQLite does it: each line of a script has the same answer there. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const scripts: Readonly<Record<string, readonly string[]>> = {
  'CREATE TABLE refuses what cannot be': [
    'CREATE TABLE t(a, b) WITHOUT ROWID',
    'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT) WITHOUT ROWID',
    'CREATE TABLE t(a PRIMARY KEY, b PRIMARY KEY) WITHOUT ROWID',
    'CREATE TABLE t(a, PRIMARY KEY (a + 1)) WITHOUT ROWID',
    'CREATE TABLE t(a, PRIMARY KEY (x)) WITHOUT ROWID',
    'CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWIDS',
    'CREATE TABLE t(a PRIMARY KEY, b ANY) WITHOUT ROWID, STRICT',
    'CREATE TABLE t(a INT PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID',
    "INSERT INTO t VALUES ('x', 1)",
    "INSERT INTO t VALUES ('1', 'x')",
    'SELECT a, typeof(a), b FROM t ORDER BY b',
  ],
  'an INTEGER PRIMARY KEY is an ordinary column': [
    'CREATE TABLE t(b UNIQUE, a INTEGER PRIMARY KEY) WITHOUT ROWID',
    "INSERT INTO t VALUES (1, 'text')",
    'INSERT INTO t(b) VALUES (2)',
    'INSERT INTO t VALUES (3, 2.0), (4, 2.5)',
    'SELECT a, typeof(a), b FROM t ORDER BY b',
    'SELECT rowid FROM t',
    'INSERT INTO t(rowid, a) VALUES (1, 1)',
    'UPDATE t SET rowid = 1',
    'UPDATE t SET oid = 1',
    'SELECT * FROM t WHERE _rowid_ = 1',
    'DELETE FROM t WHERE rowid = 1',
    'CREATE TABLE u(b UNIQUE, a INTEGER COLLATE NOCASE, PRIMARY KEY (a COLLATE RTRIM DESC)) WITHOUT ROWID',
    'PRAGMA index_list(u)',
    'PRAGMA index_xinfo(u)',
    'PRAGMA index_xinfo(sqlite_autoindex_u_1)',
    'PRAGMA index_list(t)',
    'PRAGMA table_info(t)',
  ],
  'what entries and rows hold is shown': [
    'CREATE TABLE t(a, b COLLATE NOCASE, c, d, PRIMARY KEY(c DESC, b, c), UNIQUE(a, c), UNIQUE(b COLLATE BINARY)) WITHOUT ROWID',
    'CREATE INDEX i ON t(d DESC, b COLLATE RTRIM)',
    'CREATE INDEX j ON t(lower(d), c) WHERE a > 1',
    'CREATE UNIQUE INDEX k ON t(c)',
    'PRAGMA index_list(t)',
    ...[
      'sqlite_autoindex_t_1',
      'sqlite_autoindex_t_2',
      'sqlite_autoindex_t_3',
      'i',
      'j',
      'k',
    ].flatMap((name) => [`PRAGMA index_info(${name})`, `PRAGMA index_xinfo(${name})`]),
    'PRAGMA index_info(t)',
    'PRAGMA index_xinfo(t)',
    'PRAGMA table_xinfo(t)',
    'SELECT type, name, tbl_name, sql FROM sqlite_schema',
  ],
  'the newest index is asked first, and those declared with REPLACE last': [
    'CREATE TABLE t(a PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE, c UNIQUE ON CONFLICT REPLACE, d UNIQUE) WITHOUT ROWID',
    'PRAGMA index_list(t)',
    'CREATE TABLE u(a UNIQUE, b PRIMARY KEY, c UNIQUE) WITHOUT ROWID',
    'PRAGMA index_list(u)',
    'INSERT INTO u VALUES (1, 1, 1), (2, 2, 2)',
    'INSERT INTO u VALUES (1, 1, 1)',
    'INSERT INTO u VALUES (1, 2, 3)',
    'INSERT INTO u VALUES (2, 1, 2)',
    'CREATE TABLE v(b UNIQUE, a INTEGER PRIMARY KEY) WITHOUT ROWID',
    'INSERT INTO v VALUES (1, 1), (1, 1)',
  ],
  'INSERT answers conflicts as it is told': [
    'CREATE TABLE t(a, b, c UNIQUE, d NOT NULL DEFAULT 7, PRIMARY KEY (b, a)) WITHOUT ROWID',
    'CREATE INDEX i ON t(d, a)',
    'INSERT INTO t VALUES (1, 2, 3, 4), (2, 2, 4, 4)',
    'INSERT INTO t VALUES (1, 2, 9, 9)',
    'INSERT INTO t VALUES (9, 9, 3, 9)',
    'INSERT INTO t VALUES (NULL, 9, 5, 9)',
    'INSERT INTO t DEFAULT VALUES',
    'INSERT OR IGNORE INTO t VALUES (1, 2, 9, 9), (5, 5, 5, 5), (6, 6, 3, 6)',
    'SELECT changes(), last_insert_rowid()',
    'INSERT OR FAIL INTO t VALUES (7, 7, 7, 7), (1, 2, 8, 8), (8, 8, 8, 8)',
    'SELECT * FROM t ORDER BY 1, 2',
    'REPLACE INTO t VALUES (1, 2, 4, NULL)',
    'SELECT changes(), last_insert_rowid()',
    'SELECT * FROM t ORDER BY 1, 2',
    'SELECT a, d FROM t INDEXED BY i WHERE d > 0',
    'BEGIN',
    'INSERT INTO t VALUES (20, 20, 20, 20)',
    'INSERT OR ROLLBACK INTO t VALUES (21, 21, 21, 21), (1, 2, 8, 8)',
    'SELECT count(*) FROM t',
    'INSERT INTO t SELECT a + 10, b, c + 10, d FROM t',
    'INSERT INTO t SELECT a, b + 10, c + 10, d FROM t',
    'SELECT * FROM t ORDER BY 1, 2',
    'PRAGMA integrity_check',
  ],
  'UPDATE changes keys and entries': [
    'CREATE TABLE t(a, b TEXT COLLATE NOCASE, c UNIQUE, d, PRIMARY KEY (a DESC, b)) WITHOUT ROWID',
    'CREATE UNIQUE INDEX i ON t(d) WHERE d > 2',
    "INSERT INTO t VALUES (1, 'x', 1, 1), (1, 'y', 2, 2), (2, 'x', 3, 3), (3, 'x', 4, 4)",
    "UPDATE t SET b = 'X' WHERE a = 1 AND b = 'x'",
    'SELECT * FROM t ORDER BY 1, 2',
    "UPDATE t SET b = 'Y' WHERE a = 1 AND b = 'X'",
    'UPDATE t SET a = a + 1',
    'UPDATE t SET a = a + 1 WHERE a > 1',
    'UPDATE OR IGNORE t SET a = a + 1',
    'SELECT * FROM t ORDER BY 1, 2',
    'UPDATE OR REPLACE t SET a = a + 1',
    'SELECT * FROM t ORDER BY 1, 2',
    'UPDATE t SET d = 9 WHERE d < 3',
    'UPDATE OR FAIL t INDEXED BY sqlite_autoindex_t_2 SET d = 9',
    'SELECT changes()',
    'SELECT * FROM t ORDER BY 1, 2',
    'UPDATE OR REPLACE t SET d = 10',
    'SELECT * FROM t ORDER BY 1, 2',
    'UPDATE t SET a = NULL',
    'UPDATE t SET c = c, d = d',
    'UPDATE t SET a = 5, c = 6 WHERE b = 1 OR true',
    'SELECT * FROM t ORDER BY 1, 2',
    'PRAGMA integrity_check',
  ],
  'DELETE finds rows by key, by index and by nothing': [
    'CREATE TABLE t(a, b, c, PRIMARY KEY (b, a)) WITHOUT ROWID',
    'CREATE INDEX i ON t(c)',
    'INSERT INTO t SELECT value, value % 3, value % 5 FROM (WITH RECURSIVE n(value) AS (SELECT 1) SELECT 1 AS value UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7)',
    'DELETE FROM t WHERE a = 1 AND b = 1',
    'SELECT changes()',
    'DELETE FROM t WHERE c = 2',
    'DELETE FROM t WHERE a > 5',
    'SELECT * FROM t ORDER BY 1, 2',
    'DELETE FROM t',
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'INSERT INTO t VALUES (1, 1, 1)',
    'DELETE FROM t',
    'SELECT changes()',
    'DROP INDEX i',
    'DROP TABLE t',
    'SELECT count(*) FROM sqlite_schema',
    'PRAGMA integrity_check',
  ],
  'indexes are made and made anew': [
    'CREATE TABLE t(a, b COLLATE NOCASE, c REAL, d, PRIMARY KEY (b DESC, c)) WITHOUT ROWID',
    "INSERT INTO t VALUES (1, 'x', 1, 3), (2, 'y', 2.5, 2), (1, 'Y', 3, 1), (3, 'z', 1, 1)",
    'CREATE UNIQUE INDEX i ON t(a)',
    'CREATE INDEX i ON t(a)',
    'CREATE UNIQUE INDEX j ON t(a, abs(d)) WHERE d > 1',
    'CREATE INDEX k ON t(d, b COLLATE BINARY)',
    'SELECT a, b, c FROM t INDEXED BY i WHERE a = 1',
    'SELECT d, b, c FROM t INDEXED BY k WHERE d = 1',
    'SELECT d, b FROM t INDEXED BY k WHERE d > 0',
    'REINDEX t',
    'REINDEX',
    "INSERT INTO t VALUES (2, 'q', 1, -2), (2, 'r', 7, 2)",
    "UPDATE t SET d = 2, b = 'Z' WHERE a = 3",
    'SELECT d, b FROM t INDEXED BY k WHERE d > 0',
    'PRAGMA integrity_check',
  ],
  'savepoints take rows and entries back': [
    'CREATE TABLE t(a PRIMARY KEY, b UNIQUE) WITHOUT ROWID',
    'BEGIN',
    'INSERT INTO t VALUES (1, 1)',
    'SAVEPOINT s',
    'INSERT INTO t VALUES (2, 2)',
    'UPDATE t SET a = a + 10, b = -b',
    'SELECT * FROM t ORDER BY 1, 2',
    'ROLLBACK TO s',
    'SELECT * FROM t ORDER BY 1, 2',
    'INSERT INTO t VALUES (3, 3), (4, 1)',
    'SELECT * FROM t ORDER BY 1, 2',
    'COMMIT',
    'SELECT * FROM t ORDER BY 1, 2',
    'PRAGMA integrity_check',
  ],
  'a row that fails leaves nothing behind': [
    'CREATE TABLE t(a PRIMARY KEY, b CHECK (b < 5), c) WITHOUT ROWID',
    'CREATE INDEX i ON t(abs(c))',
    'BEGIN',
    'INSERT INTO t VALUES (1, 1, 1)',
    'INSERT INTO t VALUES (2, 7, 1)',
    'REPLACE INTO t VALUES (1, 1, -9223372036854775807 - 1)',
    'UPDATE t SET c = -9223372036854775807 - 1',
    'UPDATE t SET b = 9',
    'SELECT * FROM t ORDER BY 1, 2',
    'COMMIT',
    'SELECT * FROM t ORDER BY 1, 2',
    'PRAGMA integrity_check',
  ],
}

test.serial('without rowid: keys that outgrow cache_size are collected all the same', (t) => {
  const database = new Database(':memory:')
  database.exec('PRAGMA cache_size = 10')
  database.exec(
    'CREATE TABLE t(a TEXT COLLATE NOCASE, b INT, c, PRIMARY KEY (a DESC, b)) WITHOUT ROWID; CREATE INDEX i ON t(c)',
  )
  const insert = database.prepare("INSERT INTO t VALUES (printf('%s%060d', ?, ?), ?, ?)")
  database.exec('BEGIN')
  for (let i = 0; i < 6000; i++) insert.run(i % 2 === 0 ? 'k' : 'K', i % 3000, i, -i)
  database.exec('COMMIT')
  t.is(database.prepare('UPDATE t SET b = b + 1 WHERE c < 1').run().changes, 6000)
  t.is(database.prepare('UPDATE t SET c = c + 1 WHERE c < 1').run().changes, 6000)
  t.deepEqual(
    database.prepare('SELECT sum(b), sum(c), count(*) FROM t').raw().get(),
    [18_003_000, -17_991_000, 6000],
  )
  t.is(database.prepare('DELETE FROM t WHERE b > 100').run().changes, 5900)
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  t.is(database.prepare('SELECT count(*) FROM t').pluck().get(), 100)
  database.close()
})

for (const [title, script] of Object.entries(scripts)) {
  test.serial(`without rowid: ${title}`, (t) => runSideBySide(t, oracle, script))
}
