/** UPSERT: each line of a script has the same answer in SQLite. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const scripts: Readonly<Record<string, readonly string[]>> = {
  'a CASE of a value is known again': [
    "CREATE TABLE t(a, b, UNIQUE (b)); CREATE UNIQUE INDEX i ON t(a, CASE typeof(b) WHEN 'blob' THEN hex(b) ELSE b END)",
    "INSERT INTO t VALUES (1, 2) ON CONFLICT (a, CASE typeof(b) WHEN 'blob' THEN hex(b) ELSE b END) DO NOTHING",
    "INSERT INTO t VALUES (1, 2) ON CONFLICT (a, CASE typeof(a) WHEN 'blob' THEN hex(b) ELSE b END) DO NOTHING",
  ],
  'a clause is about the constraint that it names': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, b COLLATE NOCASE, c, d, UNIQUE(b, c))',
    'CREATE UNIQUE INDEX i ON t(abs(d))',
    'CREATE UNIQUE INDEX j ON t(d, a) WHERE c > 3',
    "INSERT INTO t VALUES (1, 1, 'x', 1, 1), (2, 2, 'y', 2, 2)",
    "INSERT INTO t VALUES (1, 9, 'q', 9, 9) ON CONFLICT (id) DO UPDATE SET a = 11",
    "INSERT INTO t VALUES (1, 9, 'q', 9, 9) ON CONFLICT (rowid) DO UPDATE SET a = 12",
    "INSERT INTO t VALUES (1, 9, 'q', 9, 9) ON CONFLICT (oid COLLATE nocase) DO UPDATE SET a = 12",
    "INSERT INTO t VALUES (7, 2, 'q', 9, 9) ON CONFLICT (a) DO UPDATE SET a = a + 20",
    "INSERT INTO t VALUES (7, 7, 'X', 1, 9) ON CONFLICT (c, b) DO UPDATE SET b = excluded.b || b",
    "INSERT INTO t VALUES (7, 7, 'xx', 1, 9) ON CONFLICT (c, b COLLATE binary) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'xx', 1, 9) ON CONFLICT (c COLLATE binary, b COLLATE NoCase) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (abs(d)) DO UPDATE SET d = excluded.d * 10",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (abs(a)) DO NOTHING",
    'CREATE UNIQUE INDEX k ON t(a + (+d))',
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (a + d) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (+a + d) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT ((a) + (+d)) DO NOTHING",
    'DROP INDEX k',
    'CREATE UNIQUE INDEX k ON t((lower(b) COLLATE nocase) COLLATE RTRIM)',
    ...[
      'lower(b)',
      'lower(b) COLLATE rtrim',
      'lower(b) COLLATE nocase COLLATE rtrim',
      '(lower(b) COLLATE NOCASE) COLLATE RTRIM',
    ].map((term) => `INSERT INTO t(b) VALUES ('X') ON CONFLICT (${term}) DO NOTHING`),
    'DROP INDEX k',
    'DELETE FROM t WHERE id = 7',
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (d, a) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (d, a) WHERE c > 4 DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (d, a) WHERE c > 3 DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (d, a) WHERE c > +3 DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (d, a) WHERE +c > 3 DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (+d, a) WHERE c > 3 DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (a) WHERE c > 3 DO UPDATE SET a = 0",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (a, a) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (nothing) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (a NULLS FIRST) DO NOTHING",
    "INSERT INTO t VALUES (8, 7, 'q', 9, -1) ON CONFLICT (a DESC) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (a) DO NOTHING ON CONFLICT (c) DO NOTHING",
    "INSERT INTO t VALUES (7, 7, 'q', 9, -1) ON CONFLICT (c) DO NOTHING ON CONFLICT (a) DO NOTHING",
    'SELECT * FROM t',
    'PRAGMA integrity_check',
  ],
  'a clause that can answer nothing is not looked into': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, b); CREATE TABLE n(a, b); CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID',
    ...['t', 'n', 'w'].map(
      (name) =>
        `CREATE TRIGGER ${name}u BEFORE UPDATE OF b ON ${name} BEGIN INSERT INTO missing VALUES (1); END`,
    ),
    'INSERT INTO t(a) VALUES (1) ON CONFLICT (id) DO UPDATE SET nothing = 1',
    'INSERT INTO t(a) VALUES (2) ON CONFLICT (id) DO UPDATE SET b = 1 WHERE nothing',
    'INSERT INTO t(a, id) VALUES (3, 3) ON CONFLICT (id) DO UPDATE SET b = 1',
    'INSERT INTO t(a) VALUES (4) ON CONFLICT (a) DO NOTHING ON CONFLICT DO UPDATE SET b = nothing',
    'INSERT INTO t(a, rowid) VALUES (5, 5) ON CONFLICT (a) DO NOTHING ON CONFLICT DO UPDATE SET b = nothing',
    'INSERT INTO t VALUES (6, 6, 6) ON CONFLICT (a) DO NOTHING ON CONFLICT (id) DO NOTHING ON CONFLICT DO UPDATE SET b = nothing',
    'INSERT INTO t VALUES (7, 7, 7) ON CONFLICT (a) DO NOTHING ON CONFLICT (a) DO UPDATE SET b = nothing',
    'INSERT INTO n VALUES (1, 1) ON CONFLICT DO UPDATE SET nothing = 1',
    'INSERT INTO n VALUES (1, 1) ON CONFLICT DO UPDATE SET b = 1',
    'INSERT INTO n(rowid, a) VALUES (1, 1) ON CONFLICT DO UPDATE SET b = 1',
    'INSERT INTO w VALUES (1, 1) ON CONFLICT (a) DO NOTHING ON CONFLICT DO UPDATE SET b = nothing',
    'INSERT INTO w VALUES (2, 1) ON CONFLICT DO UPDATE SET b = 1',
    'INSERT INTO w VALUES (1, 1) ON CONFLICT (a) DO NOTHING ON CONFLICT (b) DO NOTHING',
    'SELECT * FROM t, n, w',
  ],
  'a rowid is replaced before constraints that abort': [
    'CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b, c, d UNIQUE ON CONFLICT ROLLBACK, UNIQUE (b) ON CONFLICT REPLACE)',
    'CREATE UNIQUE INDEX i ON t(abs(c)) WHERE c IS NOT NULL',
    'INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)',
    'INSERT INTO t VALUES (1, 9, -1, 1) ON CONFLICT (b) DO UPDATE SET c = 9',
    'INSERT INTO t VALUES (2, 8, -2, 7), (2, 7, 2, 2), (4, 4, 4, 4) ON CONFLICT (b) DO NOTHING',
    'INSERT INTO t VALUES (3, 6, -2, 3) ON CONFLICT (b) DO NOTHING',
    'INSERT INTO t VALUES (3, 6, -3, 1) ON CONFLICT (b) DO NOTHING',
    'INSERT OR REPLACE INTO t VALUES (3, 6, -2, 1) ON CONFLICT (b) DO NOTHING',
    'SELECT * FROM t ORDER BY b',
    'PRAGMA integrity_check',
  ],
  'columns of indexes over the rowid': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
    'CREATE UNIQUE INDEX i ON t(a, id)',
    'INSERT INTO t VALUES (1, 1) ON CONFLICT (a, id) DO NOTHING',
    'INSERT INTO t VALUES (1, 1) ON CONFLICT (id, a) DO NOTHING',
    'INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO NOTHING',
    'INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET a = 5',
    'SELECT * FROM t',
  ],
  'the first clause about a conflict answers it, and clauses order the checks': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, b UNIQUE, c UNIQUE ON CONFLICT REPLACE, n)',
    "INSERT INTO t VALUES (1, 1, 1, 1, ''), (2, 2, 2, 2, ''), (3, 3, 3, 3, '')",
    "INSERT INTO t VALUES (1, 2, 3, 9, '') ON CONFLICT (a) DO UPDATE SET n = n || 'a' ON CONFLICT (b) DO UPDATE SET n = n || 'b' ON CONFLICT (id) DO UPDATE SET n = n || 'i'",
    "INSERT INTO t VALUES (1, 2, 3, 9, '') ON CONFLICT (id) DO UPDATE SET n = n || 'i' ON CONFLICT (b) DO UPDATE SET n = n || 'b'",
    "INSERT INTO t VALUES (1, 2, 3, 9, '') ON CONFLICT (b) DO UPDATE SET n = n || 'b' ON CONFLICT DO UPDATE SET n = n || '*'",
    "INSERT INTO t VALUES (1, 2, 8, 9, '') ON CONFLICT (b) DO UPDATE SET n = n || 'b' ON CONFLICT DO UPDATE SET n = n || '*'",
    "INSERT INTO t VALUES (8, 2, 8, 9, '') ON CONFLICT (b) DO UPDATE SET n = n || 'b' ON CONFLICT DO UPDATE SET n = n || '*'",
    "INSERT INTO t VALUES (1, 2, 3, 9, '') ON CONFLICT (b) DO NOTHING",
    "INSERT INTO t VALUES (1, 2, 8, 9, '') ON CONFLICT (b) DO NOTHING",
    "INSERT INTO t VALUES (1, 2, 3, 9, '') ON CONFLICT DO NOTHING",
    "INSERT INTO t VALUES (9, 9, 3, 2, '') ON CONFLICT (c) DO UPDATE SET n = n || 'c'",
    "INSERT INTO t VALUES (9, 9, 9, 2, 'new') ON CONFLICT (b) DO UPDATE SET n = n || 'b'",
    "INSERT OR REPLACE INTO t VALUES (1, 3, 8, 8, 'replaced') ON CONFLICT (b) DO UPDATE SET n = n || 'b'",
    "INSERT OR IGNORE INTO t VALUES (1, 3, 8, 8, 'ignored') ON CONFLICT (b) DO UPDATE SET n = n || 'ib'",
    "INSERT INTO t VALUES (1, 3, 8, 8, '') ON CONFLICT (a) DO NOTHING ON CONFLICT (a) DO UPDATE SET n = 'never'",
    'SELECT * FROM t ORDER BY id',
    'PRAGMA integrity_check',
  ],
  'excluded is the row that could not be inserted': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE COLLATE NOCASE, r REAL, n INT DEFAULT 4, x)',
    "INSERT INTO t VALUES (1, 'a', 1, 1, ''), (2, 'b', 2, 2, '')",
    'INSERT INTO t(id, a, r) VALUES (1, 5, 7) ON CONFLICT (id) DO UPDATE SET x = typeof(excluded.a) || typeof(excluded.r) || excluded.r || excluded.n || excluded.id || excluded.rowid',
    "INSERT INTO t(a, r) VALUES ('A', 7) ON CONFLICT (a) DO UPDATE SET x = x || typeof(excluded.a) || excluded.a || typeof(excluded.r) || excluded.r || excluded.rowid || excluded.id",
    "INSERT INTO t(a) VALUES ('B') ON CONFLICT (a) DO UPDATE SET x = (excluded.a = 'b') || (a = 'B') || (excluded.n = '4') || (n = '2') || (excluded.id = '3')",
    "INSERT INTO t AS excluded VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET x = excluded.x || 1",
    "INSERT INTO t AS z VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET x = z.x || excluded.x || (SELECT excluded.r + z.r)",
    "INSERT INTO t AS z VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET x = t.x",
    "INSERT INTO t VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET x = excluded.y",
    "INSERT INTO t VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET y = 1",
    "INSERT INTO t VALUES (2, 'q', 9, 9, 'alias') ON CONFLICT (id) DO UPDATE SET x = (SELECT excluded.a FROM (SELECT 1 AS a) AS excluded)",
    'SELECT * FROM t',
  ],
  'DO UPDATE is an UPDATE whose conflicts abort': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a UNIQUE ON CONFLICT IGNORE, b NOT NULL ON CONFLICT REPLACE DEFAULT 5, c CHECK (c < 9))',
    'INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 2, 2)',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET a = 2',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET id = 2',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET b = NULL',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET c = 9',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET id = NULL',
    "INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET id = 'x'",
    'INSERT OR IGNORE INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET a = 2',
    'INSERT INTO t VALUES (1, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET id = 7, a = 7',
    'INSERT INTO t VALUES (2, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET (a, b) = (SELECT 8, 8), (c) = 3 WHERE excluded.b = 9',
    'INSERT INTO t VALUES (2, 9, 9, 0) ON CONFLICT (id) DO UPDATE SET a = 100 WHERE false',
    'SELECT changes(), last_insert_rowid()',
    'INSERT INTO t VALUES (2, 9, NULL, 0) ON CONFLICT (id) DO UPDATE SET a = 101',
    'INSERT INTO t VALUES (2, 9, 9, 9) ON CONFLICT (id) DO UPDATE SET a = 102',
    'INSERT INTO t VALUES (2, 9, 9, 9) ON CONFLICT DO NOTHING',
    'SELECT * FROM t',
    'PRAGMA integrity_check',
  ],
  'a row that REPLACE has deleted comes back when another conflict fails': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a UNIQUE, b UNIQUE)',
    'INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)',
    'BEGIN',
    'INSERT INTO t VALUES (3, 3, 3)',
    'INSERT INTO t VALUES (1, 9, 2) ON CONFLICT (a) DO NOTHING',
    'SELECT * FROM t',
    'INSERT INTO t VALUES (1, 9, 9) ON CONFLICT (a) DO NOTHING',
    'SELECT * FROM t',
    'COMMIT',
    'PRAGMA integrity_check',
  ],
  counters: [
    'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, n DEFAULT 0)',
    'INSERT INTO t(a) VALUES (1), (2), (3)',
    'INSERT INTO t(a) VALUES (1), (9), (1), (2) ON CONFLICT (a) DO UPDATE SET n = n + 1',
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'INSERT INTO t(a) VALUES (1), (2) ON CONFLICT (a) DO NOTHING',
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'INSERT INTO t(a) VALUES (1), (2) ON CONFLICT (a) DO UPDATE SET n = 0 WHERE a = 2',
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'SELECT * FROM t',
    'SELECT * FROM sqlite_sequence',
  ],
  'rows of a SELECT': [
    'CREATE TABLE t(w PRIMARY KEY, n)',
    'CREATE TABLE s(w)',
    "INSERT INTO s VALUES ('a'), ('b'), ('a'), ('c'), ('b'), ('a')",
    'INSERT INTO t SELECT w, 1 FROM s ON CONFLICT (w) DO UPDATE SET n = n + 1',
    'INSERT INTO t SELECT w, 1 FROM s WHERE true ON CONFLICT (w) DO UPDATE SET n = n + 1',
    'SELECT * FROM t',
    'INSERT INTO t SELECT w, n FROM t WHERE true ON CONFLICT (w) DO UPDATE SET n = n + excluded.n',
    'SELECT * FROM t',
    'INSERT INTO t SELECT w, 0 FROM s WHERE true ON CONFLICT (w) DO UPDATE SET n = (SELECT max(n) FROM t) + 1',
    'SELECT * FROM t',
    'INSERT INTO t SELECT w, 0 FROM s WHERE true ON CONFLICT (w) DO UPDATE SET n = (SELECT max(o.n) FROM t AS o WHERE o.w <> t.w) + 1',
    'SELECT * FROM t',
    'INSERT INTO t SELECT w, 100 FROM (SELECT w FROM s) WHERE true ON CONFLICT (w) DO UPDATE SET n = (SELECT count(*) FROM s WHERE s.w = t.w)',
    'SELECT * FROM t',
    'PRAGMA integrity_check',
  ],
  'WITHOUT ROWID tables': [
    'CREATE TABLE t(a TEXT COLLATE NOCASE, b INT, c UNIQUE, n DEFAULT 0, PRIMARY KEY (a, b DESC)) WITHOUT ROWID',
    "INSERT INTO t VALUES ('x', 1, 1, 0), ('y', 2, 2, 0)",
    "INSERT INTO t VALUES ('X', '1', 9, 9) ON CONFLICT (b, a) DO UPDATE SET n = n + 1, a = excluded.a",
    "INSERT INTO t VALUES ('z', 1, 2, 9) ON CONFLICT (b, a) DO UPDATE SET n = n + 1 ON CONFLICT (c) DO UPDATE SET n = n + 10, b = 7, c = excluded.rowid",
    "INSERT INTO t VALUES ('z', 1, 2, 9) ON CONFLICT (b, a) DO UPDATE SET n = n + 1 ON CONFLICT (c) DO UPDATE SET n = n + 10, b = 7, c = 'moved'",
    "INSERT INTO t VALUES ('X', 1, 'moved', 9) ON CONFLICT (c) DO UPDATE SET n = n + 100, a = excluded.a, b = excluded.b",
    "INSERT INTO t VALUES ('X', 1, 'moved', 9) ON CONFLICT (rowid) DO NOTHING",
    "INSERT INTO t VALUES ('X', 1, 'moved', 9) ON CONFLICT DO UPDATE SET n = -1",
    "INSERT INTO t VALUES ('Y', 1, 'moved', 9) ON CONFLICT DO UPDATE SET n = -2",
    'SELECT changes(), last_insert_rowid()',
    'SELECT * FROM t',
    'PRAGMA integrity_check',
  ],
  'conditions of targets keep their literals': [
    'CREATE TABLE t(a, b, n DEFAULT 0)',
    "CREATE UNIQUE INDEX i ON t(a) WHERE b = 'x'",
    'CREATE UNIQUE INDEX j ON t(a) WHERE b > 1 + 1',
    ...[1, 2, 3].map(
      (n) =>
        `INSERT INTO t VALUES (${n % 2}, 'x', 0) ON CONFLICT (a) WHERE b = 'x' DO UPDATE SET n = n + ${n} WHERE n < ${n + 5}`,
    ),
    "INSERT INTO t VALUES (1, 'x', 0) ON CONFLICT (a) WHERE b = 'y' DO UPDATE SET n = n + 1",
    'INSERT INTO t VALUES (1, 9, 0) ON CONFLICT (a) WHERE b > 2 DO UPDATE SET n = n + 1',
    'INSERT INTO t VALUES (1, 9, 0) ON CONFLICT (a) WHERE b > 1 + 1 DO UPDATE SET n = n + 1',
    'INSERT INTO t VALUES (1, 9, 0) ON CONFLICT (a) WHERE b > 1 + 1 DO UPDATE SET n = n + 1',
    'SELECT * FROM t',
  ],
  'views and mistakes': [
    'CREATE TABLE t(a PRIMARY KEY, b)',
    'CREATE VIEW v AS SELECT * FROM t',
    'INSERT INTO v VALUES (1, 2) ON CONFLICT (a) DO NOTHING',
    'INSERT INTO t VALUES (1, 2, 3) ON CONFLICT (c) DO NOTHING',
    'INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING ON CONFLICT (a) DO NOTHING',
    'INSERT INTO t VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = sum(b)',
    'INSERT INTO t VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET (a, b) = (1, 2, 3)',
    'INSERT INTO t VALUES (1, 2) ON CONFLICT (sum(a)) DO NOTHING',
    'INSERT INTO t VALUES (1, excluded.a) ON CONFLICT (a) DO NOTHING',
    'INSERT INTO t DEFAULT VALUES ON CONFLICT DO NOTHING',
  ],
}

for (const options of ['', ' WITHOUT ROWID']) {
  test(`upsert: a function may change the row that is updated, but not delete it${options}`, (t) => {
    const database = new Database(':memory:')
    database.exec(`CREATE TABLE t(a TEXT PRIMARY KEY, b, c UNIQUE)${options}`)
    database.exec("INSERT INTO t VALUES ('x', 1, 1), ('y', 2, 2)")
    database.function('run', { reentrant: true }, (sql) => {
      database.exec(sql as string)
      return 7
    })
    const upsert = (set: string): unknown =>
      database
        .prepare(`INSERT INTO t VALUES ('z', 5, 2) ON CONFLICT (c) DO UPDATE SET ${set}`)
        .run()
    const error = { code: 'SQLITE_LOCKED' }
    t.throws(() => upsert("b = run('DELETE FROM t WHERE c = 2')"), error)
    upsert("a = 'q' || run('UPDATE t SET b = 100 WHERE c = 2')")
    const rows = database.prepare('SELECT * FROM t ORDER BY c').raw().all()
    t.deepEqual(rows, [
      ['x', 1, 1],
      ['q7.0', 100, 2],
    ])
    t.is(database.pragma('integrity_check', { simple: true }), 'ok')
    database.close()
  })
}

for (const [title, script] of Object.entries(scripts)) {
  test.serial(`upsert: ${title}`, (t) => runSideBySide(t, oracle, script))
}

for (const action of ['FAIL', 'IGNORE']) {
  test(`upsert: a row whose rowid would be replaced stays where another constraint says ${action}`, (t) => {
    const db = new Database(':memory:')
    db.exec(`CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE, c UNIQUE ON CONFLICT ${action});
      INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)`)
    const insert = (): unknown =>
      db.exec('INSERT INTO t VALUES (7, 7, 7), (1, 9, 2) ON CONFLICT (b) DO NOTHING')
    if (action === 'FAIL') t.throws(insert, { message: 'UNIQUE constraint failed: t.c' })
    else insert()
    const rows = [
      [1, 1, 1],
      [2, 2, 2],
      [7, 7, 7],
    ]
    t.deepEqual(db.prepare('SELECT * FROM t ORDER BY b').raw().all(), rows)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  })
}
