/** `.recover`: a sound database comes back whole; of a damaged one comes what is left, whatever is damaged. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { runShell } from './run-shell.ts'

const schema = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
  CREATE TABLE plain(x, y DEFAULT 5);
  CREATE TABLE keyed(v, k TEXT PRIMARY KEY, w) WITHOUT ROWID;
  CREATE TABLE made(a, twice AS (a * 2), thrice AS (a * 3) STORED, z);
  CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, n);
  CREATE TABLE "odd name"("a b", "select");
  CREATE TABLE rowid(rowid, x);
  CREATE INDEX plain_x ON plain(x);
  CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER tr AFTER DELETE ON t BEGIN DELETE FROM plain; END;
`
const data = `
  INSERT INTO t VALUES (1, 'it''s', 1.5, x'00ff'), (2, NULL, 2.0, x''), (-7, 'two' || char(10) || 'lines', 0.1, NULL), (9, 'nul' || char(0) || 'inside', 9e999, 'x');
  INSERT INTO t SELECT value, printf('%.*c', value, 'é'), value / 3.0, randomblob(value * 20) FROM generate_series(100, 160);
  INSERT INTO plain(rowid, x) SELECT value * 3, value FROM generate_series(1, 150);
  INSERT INTO keyed SELECT value, 'k' || value, NULL FROM generate_series(1, 100);
  INSERT INTO made(a, z) VALUES (1, 'x'), (2, 'y');
  INSERT INTO counted(n) VALUES (1), (2), (3);
  DELETE FROM counted WHERE n = 3;
  INSERT INTO "odd name" VALUES (1, 'é日本👍');
  INSERT INTO rowid(_rowid_, rowid, x) VALUES (77, 1, 2);
`
const contents = [
  'SELECT * FROM t',
  'SELECT rowid, * FROM plain',
  'SELECT * FROM keyed',
  'SELECT * FROM made',
  'SELECT * FROM counted',
  'SELECT * FROM sqlite_sequence',
  'SELECT * FROM "odd name"',
  'SELECT _rowid_, * FROM rowid',
  'SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name',
]

function contentOf(db: Database): unknown[] {
  return contents.map((sql) => db.prepare(sql).raw().safeIntegers().all())
}

function recovered(t: ExecutionContext, path: string): { db: Database; sql: string } {
  const { status, out, errors } = runShell(['-single-process', path, '.recover'])
  t.is(errors, '')
  t.is(status, 0)
  const db = new Database(':memory:', { enableDoubleQuotedStringLiterals: true })
  db.exec(out)
  return { db, sql: out }
}

for (const [name, start] of [
  ['UTF-8', ''],
  ['UTF-16le', "PRAGMA encoding = 'UTF-16le'; PRAGMA page_size = 512;"],
  ['UTF-16be', "PRAGMA encoding = 'UTF-16be'; PRAGMA page_size = 65536; PRAGMA auto_vacuum = 1;"],
] as const) {
  test(`recover: a sound database in ${name} comes back whole, its log included`, (t) => {
    const folder = temporaryFolder()
    const path = join(folder, 'a.db')
    const db = new Database(path)
    db.exec(start + schema)
    db.pragma('user_version = 12')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.exec(data)
    // The log holds what the file has not got yet.
    const copy = join(folder, 'copy.db')
    copyFileSync(path, copy)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    const expected = contentOf(db)
    db.close()
    writeFileSync(join(folder, 'alone.db'), readFileSync(copy))
    const found = runShell(['-readonly', ':memory:', `.open --deserialize ${copy}`, '.quit'])
    t.is(found.status, 0)
    const { status, out, errors } = runShell(['-cmd', '.recover', copy], '')
    t.is(errors, '')
    t.is(status, 0)
    const again = new Database(':memory:', { enableDoubleQuotedStringLiterals: true })
    again.exec(out)
    t.deepEqual(contentOf(again), expected)
    t.is(again.pragma('user_version', { simple: true }), 12)
    t.deepEqual(again.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    again.close()
  })
}

test('recover: pages that belong to nothing any more come in a table of their own', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path)
  db.exec(
    `${schema}CREATE TABLE lost_and_found(x); INSERT INTO plain(rowid, x) VALUES (5, 'kept');`,
  )
  db.close()
  const bytes = readFileSync(path)
  // The first page's tree is gone; the rows of its schema are still there, but for the place of the table.
  const root = bytes.indexOf('kept')
  t.true(root > 0)
  bytes.fill(0, 100, 108)
  bytes.fill(0x20, bytes.indexOf('CREATE TABLE plain'), bytes.indexOf('CREATE TABLE plain') + 6)
  writeFileSync(path, bytes)
  const { db: again, sql } = recovered(t, path)
  t.regex(
    sql,
    /CREATE TABLE "lost_and_found_0"\(rootpgno INTEGER, pgno INTEGER, nfield INTEGER, id INTEGER, c0/,
  )
  t.deepEqual(again.prepare('SELECT id, c0 FROM lost_and_found_0').raw().all(), [[5, 'kept']])
  again.close()
})

test('recover: whatever is damaged, it ends, and what it writes can be run', (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.db')
  const db = new Database(path, { pageSize: 512 })
  db.exec(schema + data)
  db.close()
  const sound = readFileSync(path)
  const seed = 12_345
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state % below
  }
  for (let round = 0; round < 8; round++) {
    const bytes = Buffer.from(sound)
    for (let i = 0; i < 60; i++) bytes[random(bytes.length)] = random(256)
    for (let i = 0; i < 6; i++) {
      const start = random(bytes.length - 512)
      bytes.fill(random(256), start, start + random(512))
    }
    const cut = round % 2 === 0 ? bytes : bytes.subarray(0, bytes.length - random(5000))
    const damaged = join(folder, `damaged-${round}.db`)
    writeFileSync(damaged, cut)
    const { db: again, sql } = recovered(t, damaged)
    t.true(sql.startsWith('BEGIN;\n') && sql.endsWith('COMMIT;\n'), `seed ${seed}, round ${round}`)
    t.deepEqual(again.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    again.close()
  }
})
