/**
 * Statements of one row whose triggers cannot fail run without a savepoint; all others have one. Each step that may fail does so here behind one that has
 * changed something, alone and inside a transaction, and what is left in the tables is what SQLite leaves.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const tables = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT)',
  'CREATE TABLE log(id INTEGER PRIMARY KEY, what, n)',
  'CREATE TABLE u(x UNIQUE, y NOT NULL DEFAULT 1, z CHECK (z < 5))',
  'CREATE TABLE s(n INTEGER, at TEXT) STRICT',
  'CREATE TABLE k(id INTEGER PRIMARY KEY, a) WITHOUT ROWID',
  "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three')",
  'INSERT INTO u VALUES (7, 1, 1), (8, 2, 2)',
  'INSERT INTO k VALUES (1, 1)',
]

/** What a trigger does behind a change that cannot fail. */
const steps = [
  'INSERT INTO log(what, n) VALUES (7, new.a)',
  'INSERT INTO log(id, what) VALUES (1, new.a)',
  'INSERT INTO u(x) VALUES (new.a)',
  'INSERT OR IGNORE INTO u(x) VALUES (7)',
  'INSERT OR REPLACE INTO u(x) VALUES (7)',
  'INSERT INTO u(x, y) VALUES (100 + new.a, NULL)',
  'INSERT INTO u(x, z) VALUES (200 + new.a, new.a)',
  'UPDATE u SET x = 7',
  'UPDATE u SET y = NULL WHERE x = 7',
  'UPDATE u SET z = z + new.a',
  "INSERT INTO s VALUES ('no', datetime('now'))",
  'INSERT INTO s VALUES (new.a, 5)',
  'INSERT INTO k VALUES (new.a, 1)',
  'UPDATE k SET id = 1 + new.a',
  'UPDATE k SET a = new.a',
  'DELETE FROM log WHERE n = new.a',
  'SELECT abs(-9223372036854775807 - new.a)',
  "SELECT RAISE(ABORT, 'no') WHERE new.a > 5",
  "SELECT RAISE(FAIL, 'fails') WHERE new.a > 5",
  "SELECT RAISE(ROLLBACK, 'back') WHERE new.a > 5",
  'SELECT RAISE(IGNORE) WHERE new.a > 5',
  'UPDATE t SET b = b || 1 WHERE id = new.id',
  'UPDATE t SET a = a + 1 WHERE id = new.id',
  "UPDATE log SET what = json_extract('{', '$.a')",
]

const changes = [
  'INSERT INTO t(a, b) VALUES (9, 1)',
  'INSERT INTO t VALUES (2, 5, 1)',
  'INSERT OR REPLACE INTO t VALUES (2, 6, 1)',
  'UPDATE t SET a = 7 WHERE id = 1',
  'UPDATE t SET a = 1 WHERE id = 2',
  'UPDATE t SET id = 3, a = 4 WHERE id = 2',
  'UPDATE t SET a = a + 10',
  'INSERT INTO t(a) VALUES (2), (8)',
]

/** All that there is. */
const question =
  "SELECT 't', id, a, b FROM t UNION ALL SELECT 'log', * FROM log UNION ALL SELECT 'u', * FROM u UNION ALL SELECT 's', *, 0 FROM s UNION ALL SELECT 'k', *, 0 FROM k ORDER BY 1, 2, 3, 4"

function triggers(time: string, step: string): readonly string[] {
  const body = `BEGIN INSERT INTO log(what, n) VALUES ('first', new.a); ${step}; END`
  return [
    `CREATE TRIGGER ti ${time} INSERT ON t ${body}`,
    `CREATE TRIGGER tu ${time} UPDATE OF a, id ON t ${body}`,
  ]
}

for (const time of ['AFTER', 'BEFORE']) {
  test(`programs that may fail: ${time} triggers leave what SQLite leaves`, async (t) => {
    for (const step of steps) {
      t.log(step)
      const setup = [...tables, ...triggers(time, step)]
      const each = changes.flatMap((change) => [change, question])
      await sameAnswers(t, setup, ['BEGIN', ...each, 'ROLLBACK', ...each, 'SELECT total_changes()'])
    }
  })
}

test('programs that may fail: a trigger before the row that only refuses', async (t) => {
  const setup = [
    ...tables,
    "CREATE TRIGGER no BEFORE UPDATE ON t WHEN new.a > 5 BEGIN SELECT RAISE(ABORT, 'too much'); END",
    'CREATE TRIGGER yes AFTER UPDATE OF b ON t BEGIN UPDATE t SET a = a + 4 WHERE id = new.id; END',
    'CREATE TRIGGER gone AFTER DELETE ON t BEGIN UPDATE t SET b = 1 WHERE id = 3; END',
  ]
  await sameAnswers(t, setup, [
    "UPDATE t SET b = 'x' WHERE id = 1",
    "UPDATE t SET b = 'x' WHERE id = 2",
    'SELECT * FROM t',
    'BEGIN',
    "UPDATE t SET b = 'y' WHERE id = 1",
    'DELETE FROM t WHERE id = 2',
    'SELECT * FROM t',
    'COMMIT',
    'SELECT * FROM t',
  ])
})

test('programs that may fail: those that cannot need no savepoint', (t) => {
  const db = new Database(':memory:')
  for (const sql of tables) db.exec(sql)
  const emitted = (step: string): string => {
    db.exec('DROP TRIGGER IF EXISTS ti; DROP TRIGGER IF EXISTS tu')
    for (const sql of triggers('AFTER', step)) db.exec(sql)
    const program = db.prepare('EXPLAIN UPDATE t SET a = ? WHERE id = ?').all(1, 1) as Record<
      string,
      unknown
    >[]
    return program.map((line) => String(line['p4'])).join('\n')
  }
  t.notRegex(emitted('DELETE FROM log WHERE n = new.a'), /beginStatement/)
  t.notRegex(emitted("INSERT INTO log(what, n) VALUES (datetime('now'), old.a)"), /beginStatement/)
  t.regex(emitted('INSERT INTO u(x) VALUES (new.a)'), /beginStatement/)
  t.regex(emitted('INSERT INTO log(what) VALUES (new.b || 1)'), /beginStatement/)
  db.close()
})
