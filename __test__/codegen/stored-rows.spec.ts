/**
 * Rows as SQLite stores them, read by compiled scans: every encoding, rows that spill to overflow pages, rows that are
 * shorter than their table, WITHOUT ROWID tables and their indexes, text with invalid bytes; and files with damage.
 */
import test from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { Database } from '../../packages/engine/src/index.ts'
import { randomFrom } from '../support/faulty-file.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { shown } from './bare-engine.ts'

const queries = [
  'SELECT * FROM w',
  'SELECT * FROM w WHERE v > 20 ORDER BY v, p, q',
  "SELECT p FROM w WHERE x = '3'",
  'SELECT x, count(*), max(p) FROM w GROUP BY x',
  "SELECT * FROM w WHERE p > 'k5' AND p < 'k7'",
  'SELECT * FROM l',
  'SELECT c FROM l WHERE c > 100 AND c < 200',
  'SELECT id, length(a), length(b) FROM l WHERE c = 50',
  "SELECT id FROM l WHERE a LIKE '%X29' OR a GLOB '*é*'",
  "SELECT length(a), c, id FROM l WHERE a > 'x' ORDER BY a DESC LIMIT 5",
  'SELECT count(*), sum(c) FROM l WHERE b IS NULL',
  'SELECT * FROM s',
  'SELECT sum(c), min(b), count(d), sum(e) FROM s',
  "SELECT a FROM s WHERE b = 'dé' AND c = 5.0 AND e < 0 AND d IS NULL",
  'SELECT b, c, e, count(*) FROM s GROUP BY b, c, e',
  'SELECT l.id FROM l JOIN w ON w.q = l.c WHERE w.v = l.id / 2',
]

const build = `
  const [path, encoding, queries] = process.argv.slice(1)
  const db = new DatabaseSync(path)
  db.exec("PRAGMA encoding = '" + encoding + "'")
  db.exec("CREATE TABLE w(q INT, p TEXT, v REAL, x, PRIMARY KEY (p, q DESC)) WITHOUT ROWID;" +
    "CREATE INDEX wv ON w(v); CREATE INDEX wx ON w(x, p);" +
    "CREATE TABLE l(id INTEGER PRIMARY KEY, a TEXT, b BLOB, c INT); CREATE TABLE s(a); BEGIN")
  const w = db.prepare('INSERT INTO w VALUES (?, ?, ?, ?)')
  const l = db.prepare('INSERT INTO l VALUES (?, ?, ?, ?)')
  const s = db.prepare('INSERT INTO s VALUES (?)')
  for (let i = 0; i < 200; i++) {
    w.run(i % 17, 'k' + (i * 7 % 101) + 'é'.repeat(i % 5) + i, i % 3 ? i / 2 : i, i % 4 ? String(i % 10) : null)
    l.run(i, 'x'.repeat(i * 37 % 9000) + i, i % 5 ? Buffer.alloc(i * 13 % 3000, i) : null, i)
    s.run(i)
  }
  db.exec("COMMIT; ALTER TABLE s ADD COLUMN b TEXT DEFAULT 'dé'; ALTER TABLE s ADD COLUMN c REAL DEFAULT 5;" +
    "ALTER TABLE s ADD COLUMN d; ALTER TABLE s ADD COLUMN e INT DEFAULT -7; INSERT INTO s VALUES (1000, 'q', 2, 3, 4);" +
    "CREATE INDEX lc ON l(c); CREATE INDEX la ON l(a); INSERT INTO l VALUES (1000, CAST(x'61ff6262' AS TEXT), NULL, 1)")
  const show = (v) => v === null ? 'NULL' : typeof v === 'bigint' ? 'integer ' + v
    : typeof v === 'number' ? 'real ' + v : typeof v === 'string' ? 'text ' + JSON.stringify(v.toWellFormed())
    : 'blob ' + Buffer.from(v).toString('hex')
  const answers = JSON.parse(queries).map((sql) => {
    const statement = db.prepare(sql)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    return statement.all().map((row) => row.map(show).join(', '))
  })
  db.close()
  process.stdout.write(JSON.stringify(answers))
`

for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
  test(`stored rows: what SQLite wrote in ${encoding} is read as SQLite reads it`, (t) => {
    const path = join(temporaryFolder(), 'stored.db')
    const answers = runWithSqlite(build, [path, encoding, JSON.stringify(queries)]) as
      | string[][]
      | null
    if (answers === null) {
      t.log('skipped: no SQLite here')
      t.pass()
      return
    }
    const db = new Database(path)
    for (const [i, sql] of queries.entries()) {
      const rows = db.prepare(sql).raw().safeIntegers().all() as unknown[][]
      const mine = rows.map((row) => row.map(shown).join(', '))
      const theirs = answers[i]!
      if (sql.includes('ORDER BY')) t.deepEqual(mine, theirs, sql)
      else t.deepEqual(mine.sort(), theirs.sort(), sql)
    }
    db.close()
  })
}

test('stored rows: damaged bytes end in an SqliteError or an answer, never in anything else', (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'sound.db')
  if (runWithSqlite(build, [path, 'UTF-8', '[]']) === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.log(`SEED=${seed}`)
  const random = randomFrom(seed)
  const sound = readFileSync(path)
  let refused = 0
  for (let round = 0; round < 40; round++) {
    const damaged = Buffer.from(sound)
    // The first page stays, or the file would not open.
    for (let i = 0; i < 60; i++) {
      const at = 4096 + Math.floor(random() * (damaged.length - 4096))
      damaged[at] = Math.floor(random() * 256)
    }
    const copy = join(folder, `damaged-${round}.db`)
    writeFileSync(copy, damaged)
    const db = new Database(copy)
    for (const sql of queries) {
      try {
        db.prepare(sql).all()
      } catch (error) {
        if (!(error instanceof SqliteError))
          t.fail(`SEED=${seed}: ${sql}: ${(error as Error).stack}`)
        refused++
      }
    }
    db.close()
  }
  t.true(refused > 0)
})

test('stored rows: a column whose DEFAULT is an expression is read like any other', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(x, y DEFAULT (abs(-5)), z DEFAULT (~3)); INSERT INTO t(x) VALUES (1)')
  t.deepEqual(db.prepare('SELECT * FROM t').all(), [{ x: 1, y: 5, z: -4 }])
})
