/**
 * UPDATE … SET b = b || '…': texts are joined as bytes where nothing asks for the value, and the answers are SQLite's: with NULLs, numbers and BLOBs among them, bytes that
 * are no text, constraints and indexes that look at the value, parameters, and rows that are older than the column.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const rows = `INSERT INTO t(id, a, b, c) VALUES (1, 1, 'one', 'x'), (2, NULL, NULL, 'y'), (3, 2.5, 'zwölf €', NULL), (4, x'e282', x'ac41', 'z'),
  (5, 'a', CAST(x'e282' AS TEXT), CAST(x'ac' AS TEXT)), (6, '', '', ''), (7, 1e300, printf('%.*c', 90, 'l'), printf('%.*c', 5000, 'm')), (8, 12, 7, 8)`
const seen =
  'SELECT id, typeof(a), quote(a), typeof(b), hex(b), length(b), typeof(c), hex(c), length(c) FROM t ORDER BY id'
const changes = [
  "UPDATE t SET b = b || '!'",
  "UPDATE t SET b = '<' || b || '>' || c",
  'UPDATE t SET c = b || c, b = c || b',
  "UPDATE t SET a = b || 'n', c = c || ''",
  "UPDATE t SET b = b || a || 'é' WHERE id % 2",
  'UPDATE t SET b = b || NULL WHERE id = 6',
  "UPDATE OR IGNORE t SET b = c || 'and' || b || c",
  "UPDATE t SET b = (b || 'x') || (c || 'y')",
  "UPDATE t SET b = b || 'r' RETURNING id, b",
  'UPDATE t SET b = late || b',
]

for (const encoding of ['UTF-8', 'UTF-16le']) {
  for (const columns of [
    'id INTEGER PRIMARY KEY, a, b TEXT, c TEXT',
    'id INTEGER PRIMARY KEY, a NUMERIC, b TEXT NOT NULL ON CONFLICT IGNORE, c BLOB',
    'id INTEGER PRIMARY KEY, a INTEGER, b TEXT CHECK (length(b) < 3000), c VARCHAR(10)',
    'id INTEGER PRIMARY KEY, a, b TEXT, c TEXT, g AS (length(b))',
    'id INTEGER PRIMARY KEY, a, b, c REAL',
  ]) {
    test.serial(`joined texts: ${encoding}, ${columns}`, async (t) => {
      await runSideBySide(t, oracle, [
        `/**/PRAGMA encoding = '${encoding}'`,
        `CREATE TABLE t(${columns})`,
        ...(columns.includes('VARCHAR') ? ['CREATE INDEX t_b ON t(b)'] : []),
        rows,
        "ALTER TABLE t ADD COLUMN late TEXT DEFAULT 'later'",
        ...changes.flatMap((sql) => [sql, seen]),
        'PRAGMA integrity_check',
      ])
    })
  }
}

test('joined texts: parameters, one run after the other', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT)')
  db.exec("INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')")
  const update = db.prepare('UPDATE t SET b = b || ?')
  for (const value of ['x', 'yy', 5n, 'x']) {
    update.run(value)
    const [first, second] = db.prepare('SELECT b FROM t').pluck().all()
    t.is(second, null)
    t.true(String(first).endsWith(String(value)))
  }
  t.deepEqual(db.prepare('SELECT b FROM t').pluck().all(), ['axyy5x', null, 'cxyy5x'])
  t.throws(() => db.prepare('UPDATE t SET b = b || zeroblob(1000000000)').run(), {
    code: 'SQLITE_TOOBIG',
  })
  db.close()
})
