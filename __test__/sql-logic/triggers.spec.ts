/**
 * Triggers, against SQLite: when they fire and in which order, what OLD and NEW are, RAISE, conflict clauses from outside, views, recursion,
 * counters, and what is refused.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT COLLATE nocase, r REAL DEFAULT 7)',
  'CREATE TABLE log(n INTEGER PRIMARY KEY, x)',
  'CREATE UNIQUE INDEX ta ON t(a)',
]

const logged = ['SELECT * FROM log', 'DELETE FROM log']

/** Creates triggers, runs statements with the log after each, and drops the triggers again. */
function firing(triggers: readonly string[], statements: readonly string[]): string[] {
  const names = triggers.map((sql) => /TRIGGER (\w+)/.exec(sql)![1]!)
  return [
    ...triggers,
    ...statements.flatMap((sql) => [sql, ...logged]),
    'SELECT * FROM t ORDER BY id',
    ...names.map((name) => `DROP TRIGGER ${name}`),
    'DELETE FROM t',
    'DELETE FROM log',
  ]
}

const note = (text: string): string => `INSERT INTO log(x) VALUES (${text})`

test('triggers: rows, times and order are SQLite’s', async (t) => {
  await sameAnswers(t, setup, [
    ...firing(
      ['BEFORE', 'AFTER'].flatMap((time) => [
        `CREATE TRIGGER i${time} ${time} INSERT ON t BEGIN ${note(`'${time} insert ' || new.id || ',' || new.rowid || ',' || coalesce(new.a, 'null') || ',' || typeof(new.r)`)}; END`,
        `CREATE TRIGGER u${time} ${time} UPDATE ON t BEGIN ${note(`'${time} update ' || old.id || '>' || new.id || ',' || old.a || '>' || new.a || ',' || old.b || '>' || new.b`)}; END`,
        `CREATE TRIGGER a${time} ${time} UPDATE OF a, nosuch ON t BEGIN ${note(`'${time} update of a ' || (SELECT count(*) FROM t WHERE a = new.a)`)}; END`,
        `CREATE TRIGGER d${time} ${time} DELETE ON t WHEN old.a > 1 BEGIN ${note(`'${time} delete ' || old.id || (SELECT count(*) FROM t)`)}; END`,
      ]),
      [
        "INSERT INTO t(a, b) VALUES (1, 'x')",
        "INSERT INTO t VALUES (7, '2', 'y', 3), (NULL, 3, 'z', '1.5')",
        "INSERT INTO t(id, a) VALUES ('9', 4)",
        "INSERT INTO t(id, a) VALUES ('x', 4)",
        'INSERT INTO t(a) SELECT a + 10 FROM t ORDER BY id DESC',
        'UPDATE t SET b = b || id',
        'UPDATE t SET a = a + 1 WHERE id = 7',
        'UPDATE t SET id = id + 100, a = -a WHERE a > 10',
        'UPDATE t SET a = 4 WHERE id = 7',
        'DELETE FROM t WHERE id = 7',
        'INSERT OR IGNORE INTO t(a) VALUES (1), (50)',
        'REPLACE INTO t(a) VALUES (1)',
        "INSERT INTO t(a, b) VALUES (1, 'up') ON CONFLICT (a) DO UPDATE SET b = excluded.b, a = 77",
        'INSERT INTO t(a) VALUES (77) ON CONFLICT DO NOTHING',
        'DELETE FROM t',
      ],
    ),
    ...firing(
      [
        `CREATE TRIGGER x1 AFTER INSERT ON t BEGIN ${note('1')}; END`,
        `CREATE TRIGGER x2 AFTER INSERT ON t BEGIN ${note('2')}; END`,
        `CREATE TEMP TRIGGER x3 AFTER INSERT ON main.t BEGIN ${note('3')}; END`,
        `CREATE TEMP TRIGGER x4 AFTER INSERT ON t BEGIN ${note('4')}; END`,
        `CREATE TRIGGER x5 AFTER INSERT ON t BEGIN UPDATE t SET b = 'late' WHERE id = new.id; END`,
        `CREATE TEMP TRIGGER x6 AFTER INSERT ON t BEGIN UPDATE t SET a = a + 1 WHERE id = new.id; END`,
      ],
      [
        "INSERT INTO t(a, b) VALUES (1, 'x') RETURNING *, (SELECT count(*) FROM log), (SELECT a || b FROM t)",
        "INSERT INTO t(a, b) VALUES (10, 'x'), (20, 'y') RETURNING id, (SELECT count(*) FROM log)",
      ],
    ),
  ])
})

test('triggers: RAISE and conflict clauses are SQLite’s', async (t) => {
  const raise = (time: string, event: string): string[] => [
    `CREATE TRIGGER r ${time} ${event} ON t BEGIN ${note(`'before ' || ${event === 'DELETE' ? 'old' : 'new'}.a`)};
      SELECT CASE ${event === 'DELETE' ? 'old' : 'new'}.a WHEN 1 THEN RAISE(IGNORE) WHEN 2 THEN RAISE(ABORT, 'no 2') WHEN 3 THEN RAISE(FAIL, 'no ' || 3) WHEN 4 THEN RAISE(ROLLBACK, NULL) END;
      ${note(`'after'`)}; END`,
  ]
  await sameAnswers(t, setup, [
    ...['BEFORE', 'AFTER'].flatMap((time) =>
      firing(raise(time, 'INSERT'), [
        'INSERT INTO t(a) VALUES (10), (1), (11)',
        'INSERT INTO t(a) VALUES (20), (2), (21)',
        'INSERT INTO t(a) VALUES (30), (3), (31)',
        'SELECT changes()',
        'BEGIN',
        'INSERT INTO t(a) VALUES (40), (4), (41)',
        'SELECT count(*) FROM t',
        'COMMIT',
        'INSERT INTO t(a) VALUES (1) RETURNING id',
      ]),
    ),
    ...['BEFORE', 'AFTER'].flatMap((time) =>
      firing(raise(time, 'DELETE'), [
        'INSERT INTO t(a) VALUES (10), (1), (12)',
        'DELETE FROM t WHERE a < 100 RETURNING a',
        'INSERT INTO t(a) VALUES (2), (13)',
        'DELETE FROM t',
        'DELETE FROM t WHERE a > 2',
      ]),
    ),
    ...firing(raise('BEFORE', 'UPDATE'), [
      'INSERT INTO t(a) VALUES (10), (20), (30)',
      'UPDATE t SET a = a / 10',
      'UPDATE t SET a = a / 10 WHERE a <> 20',
      'UPDATE t SET a = a / 10 WHERE a = 10 RETURNING *',
    ]),
    ...firing(
      [
        'CREATE TRIGGER o AFTER INSERT ON log WHEN new.x > 0 BEGIN INSERT INTO t(a) VALUES (new.x); END',
      ],
      [
        'INSERT INTO t(a) VALUES (5)',
        'INSERT INTO log(x) VALUES (4), (5)',
        'INSERT OR IGNORE INTO log(x) VALUES (6), (5), (7)',
        'INSERT OR REPLACE INTO log(x) VALUES (5)',
        'INSERT OR FAIL INTO log(x) VALUES (8), (5), (9)',
        'BEGIN',
        'INSERT OR ROLLBACK INTO log(x) VALUES (18), (5), (19)',
        'COMMIT',
      ],
    ),
    ...firing(
      [
        'CREATE TRIGGER p AFTER INSERT ON log BEGIN INSERT OR IGNORE INTO t(a) VALUES (new.x); INSERT OR REPLACE INTO t(id, a) VALUES (9, new.x + 1); END',
        "CREATE TRIGGER q AFTER UPDATE ON log BEGIN UPDATE OR REPLACE t SET a = new.x; INSERT INTO t(a, b) VALUES (new.x, 'q') ON CONFLICT (a) DO UPDATE SET b = b || excluded.b; END",
      ],
      [
        'INSERT INTO log(x) VALUES (4), (5)',
        'INSERT OR ABORT INTO log(x) VALUES (5)',
        'INSERT INTO log(x) VALUES (7), (8) ',
        'UPDATE log SET x = 50',
        'INSERT INTO log(x) VALUES (1)',
        'UPDATE log SET x = 60',
        'UPDATE OR ABORT log SET x = 60',
        'INSERT INTO log(n, x) VALUES (1, 2) ON CONFLICT DO UPDATE SET x = 70',
      ],
    ),
  ])
})

test('triggers: a row that they change or delete, and the tables that they read', async (t) => {
  await sameAnswers(t, setup, [
    ...firing(
      [
        'CREATE TRIGGER b BEFORE UPDATE ON t WHEN old.a = 1 BEGIN DELETE FROM t WHERE id = old.id; END',
        "CREATE TRIGGER c BEFORE UPDATE ON t WHEN old.a = 2 BEGIN UPDATE t SET b = 'changed', r = 5 WHERE id = old.id; END",
        'CREATE TRIGGER d BEFORE DELETE ON t WHEN old.a = 3 BEGIN UPDATE t SET id = 300 WHERE id = old.id; END',
        `CREATE TRIGGER e AFTER UPDATE ON t BEGIN ${note(`old.b || new.b || new.r || old.r`)}; END`,
        `CREATE TRIGGER f AFTER DELETE ON t BEGIN ${note('old.id')}; END`,
      ],
      [
        "INSERT INTO t(id, a, b, r) VALUES (1, 1, 'x', 1), (2, 2, 'y', 2), (3, 3, 'z', 3), (4, 4, 'w', 4)",
        'UPDATE t SET r = r + 1 RETURNING *',
        'SELECT * FROM t',
        'DELETE FROM t WHERE id > 2 RETURNING *',
        'SELECT * FROM t',
        'UPDATE t SET id = id + 10, a = 2 WHERE a = 2',
      ],
    ),
    ...firing(
      [
        'CREATE TRIGGER g AFTER INSERT ON t WHEN new.id < 20 BEGIN INSERT INTO t(a) VALUES (new.a + 100); UPDATE t SET b = (SELECT count(*) FROM t) WHERE id = new.id; END',
        `CREATE TRIGGER h AFTER UPDATE ON t BEGIN ${note(`(SELECT group_concat(id || ':' || a) FROM t) || changes()`)}; END`,
      ],
      [
        'INSERT INTO t(a) VALUES (1), (2), (3)',
        'INSERT INTO t(a) SELECT a + 1000 FROM t',
        'UPDATE t SET r = (SELECT max(n) FROM log)',
        'UPDATE t SET r = (SELECT max(n) + 0 * t.a FROM log)',
        'UPDATE t SET r = (SELECT count(*) FROM log WHERE n > t.id)',
      ],
    ),
    'CREATE TABLE k(p INT, q TEXT, s, PRIMARY KEY (q, p)) WITHOUT ROWID',
    'CREATE INDEX ks ON k(s)',
    ...firing(
      [
        `CREATE TRIGGER ki BEFORE INSERT ON k BEGIN ${note(`new.p || new.q`)}; END`,
        `CREATE TRIGGER ku BEFORE UPDATE ON k BEGIN UPDATE k SET s = s || 'u' WHERE p = old.p AND q = old.q; END`,
        `CREATE TRIGGER kd AFTER DELETE ON k BEGIN INSERT INTO k VALUES (old.p + 10, old.q, new_s()); END`,
      ],
      [
        "INSERT INTO k VALUES ('1', 2, 3), (4, 'b', 5)",
        'UPDATE k SET p = p + 1',
        'UPDATE k SET s = 1 WHERE p = 2',
        "UPDATE OR REPLACE k SET p = 2, q = '2'",
        'DELETE FROM k WHERE p = 2',
        'SELECT * FROM k',
      ],
    ),
  ])
})

test('triggers: INSTEAD OF triggers of views', async (t) => {
  await sameAnswers(t, setup, [
    "INSERT INTO t VALUES (1, 10, 'x', 1), (2, 20, 'y', 2), (3, 30, 'z', 3)",
    'CREATE VIEW v(k, p, q, real) AS SELECT id, a, b, r FROM t WHERE a > 0',
    'INSERT INTO v VALUES (1, 2, 3, 4)',
    `CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.k, new.p, new.q, new.real); ${note(`typeof(new.real) || typeof(new.p) || ifnull(new.k, 'none')`)}; END`,
    'CREATE TRIGGER vu INSTEAD OF UPDATE OF p, q ON v WHEN new.p <> 99 BEGIN UPDATE t SET a = new.p, b = new.q WHERE id = old.k; END',
    `CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.k; ${note(`changes()`)}; END`,
    "INSERT INTO v VALUES (4, '40', 'w', 4) RETURNING *",
    'INSERT INTO v(p) VALUES (50), (60) RETURNING k, p, (SELECT count(*) FROM t)',
    'INSERT INTO v(rowid, p) VALUES (1, 61)',
    'INSERT INTO v DEFAULT VALUES',
    'INSERT INTO v(z) VALUES (1)',
    'INSERT INTO v VALUES (1)',
    'INSERT INTO v(p) VALUES (1) ON CONFLICT DO NOTHING',
    'SELECT changes(), total_changes(), last_insert_rowid()',
    'UPDATE v SET p = p + 1 WHERE k < 3 RETURNING *',
    'UPDATE v AS w SET (p, q) = (SELECT w.p * 2, max(x) FROM log) WHERE w.k = 2',
    'UPDATE v SET k = 1',
    'UPDATE v SET p = 99 RETURNING p',
    'UPDATE OR IGNORE v SET p = 7',
    'UPDATE v SET z = 1',
    'UPDATE v INDEXED BY ta SET p = 1',
    'WITH w AS (SELECT 2 AS n) UPDATE v SET p = 70 WHERE k IN (SELECT n FROM w)',
    'SELECT * FROM t',
    'DELETE FROM v WHERE k IN (SELECT k FROM v ORDER BY p DESC LIMIT 2) RETURNING k, q',
    'SELECT * FROM t',
    'SELECT changes()',
    'SELECT * FROM log',
    'DROP TRIGGER vd',
    'DELETE FROM v',
    'DROP VIEW v',
    "SELECT type, name, tbl_name FROM sqlite_schema WHERE type = 'trigger'",
  ])
})

test('triggers: recursion, counters and AUTOINCREMENT', async (t) => {
  const chain =
    'CREATE TRIGGER c AFTER INSERT ON n WHEN new.x < 2000 BEGIN INSERT INTO n VALUES (new.x + 1); END'
  await sameAnswers(t, setup, [
    'CREATE TABLE n(x)',
    chain,
    'PRAGMA recursive_triggers',
    'INSERT INTO n VALUES (1995)',
    'SELECT count(*) FROM n',
    'PRAGMA recursive_triggers = on',
    'PRAGMA recursive_triggers',
    'INSERT INTO n VALUES (1995)',
    'SELECT count(*), changes(), total_changes(), last_insert_rowid() FROM n',
    'INSERT INTO n VALUES (1001)',
    'SELECT count(*) FROM n',
    'INSERT INTO n VALUES (1000)',
    'SELECT count(*) FROM n',
    ...firing(
      [
        `CREATE TRIGGER rd BEFORE DELETE ON t BEGIN ${note(`'replaced ' || old.id || old.a`)}; END`,
        `CREATE TRIGGER re AFTER DELETE ON t WHEN old.a = 5 BEGIN INSERT INTO t(a) VALUES (5); END`,
        'CREATE TRIGGER rf BEFORE DELETE ON t WHEN old.a = 6 BEGIN SELECT RAISE(IGNORE); END',
      ],
      [
        'INSERT INTO t(a) VALUES (4), (5), (6)',
        'REPLACE INTO t(a) VALUES (4)',
        'REPLACE INTO t(id, a) VALUES (2, 4)',
        'REPLACE INTO t(a) VALUES (5)',
        'REPLACE INTO t(a) VALUES (6)',
        'REPLACE INTO t(id, a) VALUES (3, 66)',
        'UPDATE OR REPLACE t SET a = 4 WHERE a = 66',
        'SELECT * FROM t',
      ],
    ),
    'PRAGMA recursive_triggers = off',
    'CREATE TABLE s(id INTEGER PRIMARY KEY AUTOINCREMENT, x)',
    'CREATE TABLE s2(id INTEGER PRIMARY KEY AUTOINCREMENT, x)',
    'CREATE TRIGGER sa AFTER INSERT ON s WHEN new.x > 0 BEGIN INSERT INTO s(x) VALUES (0); INSERT INTO s2(x) VALUES (last_insert_rowid()); UPDATE s2 SET x = x + changes(); INSERT INTO log(x) VALUES (changes() || total_changes()); END',
    'INSERT INTO s(x) VALUES (1), (2), (3)',
    'SELECT changes(), last_insert_rowid(), total_changes()',
    'INSERT INTO s(id, x) VALUES (50, 1)',
    'SELECT * FROM s',
    'SELECT * FROM s2',
    'SELECT * FROM log',
    'SELECT * FROM sqlite_sequence',
    'CREATE TRIGGER sb BEFORE INSERT ON s BEGIN INSERT INTO s2(x) VALUES (new.id); END',
    'INSERT INTO s(x) VALUES (0)',
    'SELECT * FROM s2 ORDER BY id DESC LIMIT 1',
  ])
})

test('triggers: what is refused, and when', async (t) => {
  await sameAnswers(t, setup, [
    'CREATE VIEW v AS SELECT id FROM t',
    ...[
      'w BEFORE INSERT ON nosuch BEGIN SELECT 1; END',
      'main.w BEFORE INSERT ON nosuch BEGIN SELECT 1; END',
      'zz.w BEFORE INSERT ON t BEGIN SELECT 1; END',
      'main.w BEFORE INSERT ON temp.t BEGIN SELECT 1; END',
      'w BEFORE INSERT ON v BEGIN SELECT 1; END',
      'w AFTER DELETE ON main.v BEGIN SELECT 1; END',
      'w INSTEAD OF INSERT ON t BEGIN SELECT 1; END',
      'sqlite_w AFTER DELETE ON t BEGIN SELECT 1; END',
      'w AFTER DELETE ON sqlite_schema BEGIN SELECT 1; END',
      'w AFTER DELETE ON t BEGIN SELECT ?1; END',
      'w AFTER DELETE ON t WHEN :x BEGIN SELECT 1; END',
      'w AFTER DELETE ON t BEGIN INSERT INTO t(a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = ?; END',
      'w AFTER DELETE ON t BEGIN DELETE FROM main.log; END',
      'w AFTER DELETE ON t BEGIN UPDATE temp.log SET x = 1; END',
      'w AFTER DELETE ON t BEGIN SELECT * FROM temp.x; END',
      'w AFTER DELETE ON t WHEN 1 IN zz.x BEGIN SELECT 1; END',
      'w AFTER DELETE ON t BEGIN INSERT INTO log DEFAULT VALUES; END',
      'w AFTER DELETE ON t BEGIN WITH q AS (SELECT 1) DELETE FROM log; END',
      'w AFTER DELETE ON t BEGIN END',
    ].map((rest) => `CREATE TRIGGER ${rest}`),
    'CREATE TEMP TRIGGER temp.w AFTER DELETE ON t BEGIN SELECT 1; END',
    'CREATE TRIGGER w AFTER DELETE ON t BEGIN SELECT 1; END',
    'CREATE TRIGGER W AFTER DELETE ON log BEGIN SELECT 1; END',
    'CREATE TRIGGER IF NOT EXISTS w AFTER DELETE ON log BEGIN SELECT 1; END',
    'DROP TRIGGER nosuch',
    'DROP TRIGGER main.nosuch',
    'DROP TRIGGER IF EXISTS nosuch',
    'DROP TRIGGER w',
    ...[
      'SELECT nosuch',
      'SELECT a',
      'SELECT old.a',
      'SELECT new.nosuch',
      'SELECT * FROM nosuch',
      'INSERT INTO nosuch VALUES (1)',
      'INSERT INTO log VALUES (1)',
      'UPDATE log SET nosuch = 1',
      'DELETE FROM v',
      'SELECT nosuch()',
      'SELECT new.*',
      'INSERT INTO log(x) SELECT new.a FROM t AS new WHERE new.id = 0',
      "SELECT 1 WHERE new.a = '5'",
    ].flatMap((step) => [
      `CREATE TRIGGER w AFTER INSERT ON t BEGIN ${step}; END`,
      'INSERT INTO t(a) VALUES (1)',
      'DROP TRIGGER w',
      'DELETE FROM t',
    ]),
    'SELECT RAISE(IGNORE)',
    'SELECT RAISE(ABORT, nosuch)',
    `CREATE TRIGGER w /* why */ AFTER INSERT ON t -- so
      BEGIN SELECT 1; END`,
    'CREATE TEMP TRIGGER tw AFTER INSERT ON t BEGIN SELECT 1; END',
    'CREATE TEMP TABLE tt(x)',
    'CREATE TRIGGER ttw AFTER INSERT ON tt BEGIN SELECT 1; END',
    "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE type = 'trigger'",
    'SELECT type, name, tbl_name, sql FROM sqlite_temp_schema',
    'DROP TABLE t',
    "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
    'SELECT name FROM sqlite_temp_schema',
  ])
})

test('triggers: errors carry SQLite’s codes, and keep what their action says', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a UNIQUE)')
  for (const [action, left] of [
    ['ABORT', '7'],
    ['FAIL', '7,1'],
    ['ROLLBACK', ''],
  ] as const) {
    db.exec(
      `CREATE TRIGGER r AFTER INSERT ON t WHEN new.a = 2 BEGIN SELECT RAISE(${action}, 'why'); END`,
    )
    db.exec('BEGIN; INSERT INTO t VALUES (7)')
    const error = t.throws(() => db.exec('INSERT INTO t VALUES (1), (2), (3)')) as Error & {
      code: string
    }
    t.is(`${error.code} ${error.message}`, 'SQLITE_CONSTRAINT_TRIGGER why')
    t.is(db.inTransaction, action !== 'ROLLBACK')
    if (db.inTransaction) db.exec('COMMIT')
    const kept = action === 'FAIL' ? `${left},2` : left
    t.is(db.prepare('SELECT group_concat(a) FROM t').pluck().get() ?? '', kept)
    db.exec('DROP TRIGGER r; DELETE FROM t')
  }
  db.close()
})

test('triggers: a statement that was prepared before fires those that have come, in every form', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a); CREATE TABLE log(x)')
  const insert = db.prepare('INSERT INTO t VALUES (?) RETURNING a')
  t.deepEqual(insert.all(1), [{ a: 1 }])
  db.exec(
    'CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log SELECT new.a FROM t ORDER BY a; END',
  )
  t.deepEqual(insert.get(2), { a: 2 })
  t.deepEqual([...insert.iterate(3)], [{ a: 3 }])
  t.is(db.prepare('INSERT INTO t VALUES (4)').run().changes, 1)
  t.is(db.prepare('SELECT group_concat(x) FROM log').pluck().get(), '2.0,2.0,3.0,3.0,3.0,4,4,4,4')
  db.exec('DROP TRIGGER r')
  insert.all(5)
  t.is(db.prepare('SELECT count(*) FROM log').pluck().get(), 9)
  db.close()
})

test('triggers: those of rows that are replaced are looked at where a statement may replace some', async (t) => {
  await sameAnswers(
    t,
    [
      'PRAGMA recursive_triggers = ON',
      'CREATE TABLE k(a INT, b INT UNIQUE, c INT)',
      'CREATE TRIGGER gone AFTER DELETE ON k BEGIN UPDATE k SET b = 1 WHERE c = old.c; END',
      'CREATE TRIGGER lost BEFORE UPDATE OF b ON k BEGIN UPDATE elsewhere SET c = new.b; END',
    ],
    [
      'INSERT INTO k VALUES (1, 2, 3)',
      'INSERT OR IGNORE INTO k VALUES (1, 2, 3)',
      'INSERT INTO k VALUES (1, 2, 3) ON CONFLICT DO NOTHING',
      'UPDATE k SET c = 4',
      'UPDATE OR REPLACE k SET c = 5',
      'UPDATE OR REPLACE k SET b = 5',
      'REPLACE INTO k VALUES (1, 2, 3)',
      'REPLACE INTO k(a) VALUES (9)',
      'DELETE FROM k',
      'DROP TRIGGER lost',
      'REPLACE INTO k VALUES (7, 2, 3), (8, 2, 9)',
      'SELECT * FROM k',
    ],
  )
})
