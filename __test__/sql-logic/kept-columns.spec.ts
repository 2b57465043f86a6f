/**
 * UPDATE of rows that are named by their rowid or a key, one column after the other, against SQLite: the columns that are not set stay what they
 * are, whatever they hold, and whoever asks for them.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const columns = ['a', 'b', 'c', 'd', 'e', 'f'] as const

const rows = [
  "(1, 'text', 1.5, x'00ff', 7, NULL)",
  "(NULL, '', 3, '3', 'seven', 4.5)",
  "(300, 'é€𝄞', -2.0, 9007199254740993, 1e300, 'x')",
  "(-70000, char(0, 65), 9223372036854775807, zeroblob(3), '12', 12)",
  "('12', 12, '12', 12.0, x'3132', 12)",
  '(2147483648, hex(zeroblob(3000)), 0, hex(zeroblob(40)), 0, 1)',
  '(5, hex(zeroblob(70)), 1, zeroblob(9000), 1, 0)',
]

const definitions = [
  'id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d BLOB, e NUMERIC, f',
  'id INTEGER PRIMARY KEY, a INTEGER, b TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE, c REAL, d, e NUMERIC, f, CHECK (c IS NOT 3 OR a IS NULL)',
  'a INTEGER, b TEXT, c REAL, id INTEGER PRIMARY KEY, d BLOB, e NUMERIC, f, g AS (a + e), h AS (b || f) STORED',
  'id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d BLOB, e NUMERIC, f, UNIQUE (a, b), UNIQUE (c)',
  'id INTEGER, a INTEGER, b TEXT, c REAL, d BLOB, e NUMERIC, f, PRIMARY KEY (id, a)',
]

const values = ['2', 'NULL', "'other'", 'a', 'b', 'c * 2', "x'01'", 'id', '(SELECT max(id) FROM t)']

const few = values.slice(1, 4)

const all =
  'SELECT *, typeof(a), typeof(b), typeof(c), typeof(d), typeof(e), typeof(f) FROM t ORDER BY id'

/** A table, what else there is, and each column set to each value. */
function setUp(definition: string, others: readonly string[]): string[] {
  const names = columns.join(', ')
  const isKeyed = definition.includes('PRIMARY KEY (id, a)')
  const inserts = rows.map((row, i) => {
    const given = isKeyed ? row.replace('(NULL', '(0') : row
    return `INSERT OR IGNORE INTO t(id, ${names}) VALUES (${i + 1}, ${given.slice(1)}`
  })
  return [`CREATE TABLE t(${definition})${isKeyed ? ' WITHOUT ROWID' : ''}`, ...inserts, ...others]
}

function updates(clause: string, some: readonly string[] = values): string[] {
  return columns.flatMap((column, c) => [
    ...some.map(
      (value, v) =>
        `UPDATE ${clause} t SET ${column} = ${value} WHERE id = ${1 + ((c + v) % rows.length)}`,
    ),
    all,
  ])
}

for (const [i, definition] of definitions.entries()) {
  test(`columns that are not set: table ${i}`, async (t) => {
    await sameAnswers(t, setUp(definition, []), [all, ...updates(''), ...updates('OR IGNORE', few)])
  })
}

const [plain] = definitions

test('and with triggers, indexes and rows that are returned', async (t) => {
  const log = 'CREATE TABLE log(what, x, y)'
  const trigger = (when: string, body: string) =>
    `CREATE TRIGGER r${when.replaceAll(/\W/g, '')} ${when} ON t BEGIN ${body}; END`
  const setups = [
    [log, trigger('AFTER UPDATE', 'INSERT INTO log VALUES (old.id, old.b, new.d)')],
    [
      log,
      trigger(
        'AFTER UPDATE OF a',
        'INSERT INTO log VALUES (old.f, old.c, new.b); UPDATE t SET f = 3 WHERE id = old.id',
      ),
    ],
    [log, trigger('BEFORE UPDATE', 'UPDATE t SET b = b || 1, d = NULL WHERE id = old.id')],
    [
      'CREATE INDEX t_b ON t(b, f)',
      'CREATE INDEX t_part ON t(e) WHERE f > 1',
      'CREATE INDEX t_of ON t(length(d))',
    ],
    ['CREATE TABLE p(k PRIMARY KEY)', 'CREATE UNIQUE INDEX t_c ON t(c)'],
    [
      'ALTER TABLE t ADD COLUMN k DEFAULT 7',
      "ALTER TABLE t ADD COLUMN l TEXT DEFAULT 'seven'",
      'ALTER TABLE t ADD COLUMN m REAL DEFAULT 2',
    ],
  ]
  for (const others of setups) {
    const statements = [
      ...updates('', few),
      'SELECT * FROM t ORDER BY b, f',
      'SELECT id FROM t WHERE f > 1 ORDER BY e, id',
    ]
    if (others.includes(log)) statements.push('SELECT * FROM log')
    statements.push(
      'UPDATE t SET a = 9 WHERE id = 3 RETURNING *',
      'UPDATE t SET a = 9 WHERE id IN (SELECT id FROM t WHERE e > 0) RETURNING id, b',
      'UPDATE t SET (a, b) = (b, a) WHERE id > 4',
      all,
      'PRAGMA integrity_check',
    )
    await sameAnswers(t, setUp(plain!, others), statements)
  }
})

test('and by ON CONFLICT, from other tables, under foreign keys, and in UTF-16', async (t) => {
  const names = columns.join(', ')
  const parents = [
    'PRAGMA foreign_keys = 1',
    'CREATE TABLE p(k PRIMARY KEY)',
    "INSERT INTO p VALUES (1), ('x'), (NULL), (12), (4.5), (0)",
    'CREATE TABLE child(id INTEGER PRIMARY KEY, s TEXT, k REFERENCES p ON UPDATE CASCADE, z REAL)',
    'INSERT INTO child SELECT id, b, CASE WHEN f IN (SELECT k FROM p) THEN f END, c FROM t',
  ]
  const statements = [
    `INSERT INTO t(id, ${names}) VALUES (3, 1, 2, 3, 4, 5, 6) ON CONFLICT (id) DO UPDATE SET c = excluded.c + d`,
    'UPDATE t SET e = child.s FROM child WHERE child.id = t.id AND t.id < 5',
    'UPDATE child SET s = 1 WHERE id = 2',
    'UPDATE child SET k = 99 WHERE id = 2',
    "UPDATE p SET k = 'y' WHERE k = 'x'",
    'UPDATE child SET z = NULL, s = NULL WHERE id = 3',
    'SELECT * FROM child',
    'SELECT * FROM p',
    all,
    'PRAGMA integrity_check',
  ]
  await sameAnswers(t, setUp(plain!, parents), statements)
  await sameAnswers(
    t,
    ["PRAGMA encoding = 'UTF-16le'", ...setUp(plain!, parents)],
    [...statements, ...updates('', few)],
  )
})
