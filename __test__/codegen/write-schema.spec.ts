/**
 * CREATE and DROP: what they leave in `sqlite_schema` and in the tables is what SQLite leaves, sorted index
 * building finds duplicates, and what is dropped gives its pages back.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const schemaRows = 'SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid'

test.serial('schema change: sqlite_schema has the rows that SQLite writes', async (t) => {
  const statements = [
    'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b, UNIQUE (b, a))',
    'CREATE INDEX tb ON t(b DESC)',
    'CREATE VIEW v AS SELECT a FROM t',
    'CREATE TABLE w(p PRIMARY KEY, q UNIQUE) WITHOUT ROWID',
    "INSERT INTO t(a, b) VALUES (1, 2), (3, 4), ('5', 6.5)",
    'CREATE TABLE c AS SELECT a, b AS bb, a + b AS sum FROM t',
    'CREATE UNIQUE INDEX ca ON c(a)',
    'DROP INDEX tb',
    'DROP VIEW v',
    'DROP TABLE w',
    'CREATE TABLE IF NOT EXISTS c(x)',
    'DROP TABLE IF EXISTS missing',
    'DROP TABLE t',
  ]
  const database = new Database(':memory:')
  if (oracle !== null) await oracle.reset('SELECT 1')
  for (const sql of statements) {
    database.exec(sql)
    if (oracle === null) continue
    await oracle.exec(sql)
    const here = database.prepare(schemaRows).raw().all()
    t.deepEqual(here, await oracle.query(schemaRows), sql)
  }
  if (oracle !== null) {
    const sequence = 'SELECT count(*) FROM sqlite_sequence'
    t.deepEqual(database.prepare(sequence).raw().all(), await oracle.query(sequence))
  }
  t.deepEqual(database.prepare('SELECT * FROM c').raw().all(), [
    [1, 2, 3],
    [3, 4, 7],
    ['5', 6.5, 11.5],
  ])
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})

test.serial('schema change: a unique index over duplicates is refused and leaves nothing', (t) => {
  const database = new Database(':memory:')
  database.exec(
    "CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', 1), ('X', 2), (NULL, 3), (NULL, 4)",
  )
  database.exec('CREATE UNIQUE INDEX fine ON t(a)')
  const error = t.throws(() => database.exec('CREATE UNIQUE INDEX folded ON t(a COLLATE NOCASE)'), {
    instanceOf: SqliteError,
  })
  t.is(error?.message, 'UNIQUE constraint failed: t.a')
  t.is((error as SqliteError).code, 'SQLITE_CONSTRAINT_UNIQUE')
  t.is(
    database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'folded'").pluck().get(),
    0,
  )
  database.close()
})

test.serial('schema change: dropped pages are free and used again', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a, b UNIQUE)')
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
  for (let i = 0; i < 2000; i++) insert.run('x'.repeat(100), i)
  const pages = database.pragma('page_count', { simple: true }) as number
  database.exec('DROP TABLE t')
  t.is(database.pragma('freelist_count', { simple: true }), pages - 1)
  database.exec('CREATE TABLE t(a, b UNIQUE)')
  for (let i = 0; i < 2000; i++) {
    database.prepare('INSERT INTO t VALUES (?, ?)').run('x'.repeat(100), i)
  }
  t.is(database.pragma('page_count', { simple: true }), pages)
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})

test.serial('schema change: a new index holds what a scan finds, in its order', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a, b TEXT COLLATE NOCASE, c REAL)')
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?)')
  for (let i = 0; i < 3000; i++) {
    insert.run(
      i % 7 === 0 ? null : (i * 7919) % 1000,
      i % 2 === 0 ? `k${i % 50}` : `K${i % 50}`,
      i / 2,
    )
  }
  database.exec('CREATE INDEX i ON t(b, a DESC, c) WHERE a IS NOT NULL')
  const wanted =
    'SELECT b, a, c, rowid FROM t NOT INDEXED WHERE a IS NOT NULL ORDER BY b, a DESC, c, rowid'
  const found = 'SELECT b, a, c, rowid FROM t INDEXED BY i WHERE a IS NOT NULL'
  t.deepEqual(database.prepare(found).raw().all(), database.prepare(wanted).raw().all())
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})
