/**
 * Late errors where the statement or its table is another than in `late-errors.spec.ts`: temporary and attached tables,
 * defaults, statements of several rows, CREATE, errors that are no answers of SQL. Whatever fails leaves nothing behind.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const overflow = '-9223372036854775807 - 1'

/** Scripts: after each statement the sentence, the counts and the answers of `looks` are SQLite's. */
const scripts: Readonly<Record<string, { run: readonly string[]; looks: readonly string[] }>> = {
  'a temporary table': {
    run: [
      'CREATE TEMP TABLE t(id INTEGER PRIMARY KEY, x)',
      'CREATE INDEX temp.tx ON t(abs(x))',
      'INSERT INTO t VALUES (1, 1)',
      'BEGIN',
      `INSERT INTO t VALUES (2, ${overflow})`,
      `UPDATE t SET x = ${overflow} WHERE id = 1`,
      `UPDATE t SET id = 5, x = ${overflow} WHERE id = 1`,
      'COMMIT',
      `INSERT INTO t VALUES (3, ${overflow})`,
    ],
    looks: ['SELECT * FROM t', 'PRAGMA integrity_check', 'PRAGMA temp.integrity_check'],
  },
  'a table of an attached database': {
    run: [
      "ATTACH ':memory:' AS other",
      'CREATE TABLE other.t(id INTEGER PRIMARY KEY, x)',
      'CREATE INDEX other.tx ON t(x) WHERE abs(x) > 0',
      'CREATE TABLE u(x)',
      'INSERT INTO t VALUES (1, 1)',
      'BEGIN',
      'INSERT INTO u VALUES (1)',
      `INSERT INTO t VALUES (2, ${overflow})`,
      `INSERT OR REPLACE INTO t SELECT 7, ${overflow}`,
      `UPDATE t SET x = ${overflow} WHERE id = 1`,
      'COMMIT',
    ],
    looks: ['SELECT * FROM t', 'SELECT * FROM u', 'PRAGMA other.integrity_check'],
  },
  'a default that fails': {
    run: [
      `CREATE TABLE t(id INTEGER PRIMARY KEY, x DEFAULT (abs(${overflow})), y DEFAULT 5)`,
      'CREATE INDEX ty ON t(y)',
      'BEGIN',
      'INSERT INTO t(x) VALUES (1)',
      'INSERT INTO t DEFAULT VALUES',
      'INSERT INTO t(id) VALUES (7)',
      'REPLACE INTO t(id) VALUES (1)',
      'COMMIT',
    ],
    looks: ['SELECT * FROM t', 'PRAGMA integrity_check'],
  },
  'a default that an index of its column cannot hold': {
    run: [
      `CREATE TABLE t(id INTEGER PRIMARY KEY, x DEFAULT (${overflow}))`,
      'CREATE INDEX tx ON t(abs(x))',
      'BEGIN',
      'INSERT INTO t DEFAULT VALUES',
      'INSERT INTO t(id) VALUES (3)',
      'COMMIT',
    ],
    looks: ['SELECT * FROM t', 'PRAGMA integrity_check'],
  },
  'a default expression in the place of a NULL': {
    run: [
      `CREATE TABLE t(id INTEGER PRIMARY KEY, x NOT NULL ON CONFLICT REPLACE DEFAULT (abs(-3) || 'x'))`,
      'INSERT INTO t VALUES (1, NULL), (2, 5), (3, NULL)',
      'UPDATE t SET x = NULL WHERE id = 2',
      `CREATE TABLE u(x REAL NOT NULL DEFAULT (abs(${overflow})), y INT NOT NULL DEFAULT (1 + 1))`,
      'INSERT OR REPLACE INTO u VALUES (1, NULL)',
      'BEGIN',
      'INSERT OR REPLACE INTO u VALUES (NULL, NULL)',
      'INSERT OR REPLACE INTO u(y) VALUES (9)',
      'COMMIT',
    ],
    looks: ['SELECT * FROM t', 'PRAGMA integrity_check'],
  },
  'an UPDATE evaluates only what its columns touch': {
    run: [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, x, y, CHECK (abs(x) >= 0), CHECK (y < 10))',
      'CREATE INDEX tx ON t(abs(x))',
      'CREATE INDEX tp ON t(y) WHERE abs(x) < 100',
      'INSERT INTO t VALUES (1, 1, 1)',
      `UPDATE t SET x = ${overflow}`,
      'UPDATE t SET y = 11',
      'UPDATE t SET y = 9',
      'UPDATE t SET id = 4',
    ],
    looks: ['SELECT * FROM t', 'SELECT y FROM t INDEXED BY tp WHERE abs(x) < 100'],
  },
  'CREATE that fails half-way': {
    run: [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, x)',
      `INSERT INTO t VALUES (1, 1), (2, ${overflow}), (3, 1)`,
      'BEGIN',
      'INSERT INTO t VALUES (4, 4)',
      'CREATE INDEX tx ON t(abs(x))',
      'CREATE UNIQUE INDEX tu ON t(x)',
      'CREATE INDEX tp ON t(x) WHERE abs(x) > 1',
      'CREATE TABLE c AS SELECT x, abs(x) FROM t',
      'CREATE TEMP TABLE c AS SELECT x, abs(x) FROM t',
      'CREATE TABLE c(x)',
      'CREATE INDEX tx ON t(x)',
      'INSERT INTO t VALUES (5, 5)',
      'COMMIT',
      'REINDEX',
    ],
    looks: ['SELECT * FROM t', 'SELECT name FROM sqlite_schema', 'PRAGMA integrity_check'],
  },
  'several rows under a constraint that aborts': {
    run: [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, x)',
      'CREATE INDEX tx ON t(abs(x))',
      'INSERT INTO t VALUES (1, 1, 1)',
      'BEGIN',
      `INSERT INTO t VALUES (2, 2, 2), (3, 3, ${overflow})`,
      `INSERT INTO t SELECT 4, 4, 4 UNION ALL SELECT 5, 5, ${overflow}`,
      `UPDATE t SET x = CASE id WHEN 1 THEN ${overflow} ELSE 7 END`,
      'INSERT INTO t VALUES (8, 8, 8)',
      `UPDATE t SET x = CASE id WHEN 8 THEN ${overflow} ELSE 7 END, u = u + 1`,
      'COMMIT',
    ],
    looks: ['SELECT * FROM t', 'PRAGMA integrity_check'],
  },
}

function runHere(database: Database, sql: string): string {
  try {
    database.exec(sql)
    return 'ok'
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
}

for (const [name, { run, looks }] of Object.entries(scripts)) {
  test.serial(`late errors: ${name}`, async (t) => {
    if (oracle === null) return void t.pass()
    const database = new Database(':memory:')
    await oracle.reset('SELECT 1')
    const counts = 'SELECT changes(), total_changes(), last_insert_rowid()'
    for (const [at, sql] of run.entries()) {
      const there = await oracle.exec(sql).then(
        () => 'ok',
        (error: Error) => error.message,
      )
      t.is(runHere(database, sql), there, sql)
      // What a counter says after CREATE is not the subject here.
      const questions = at === run.length - 1 ? looks : []
      for (const question of [
        ...(/^(CREATE|ATTACH|REINDEX)/.test(sql) ? [] : [counts]),
        ...questions,
      ]) {
        const here = database.prepare(question).raw().safeIntegers().all() as unknown[][]
        t.deepEqual(
          here.map((row) => row.map(shown).join(' | ')),
          (await oracle.query(question)).map((row) => row.map(show).join(' | ')),
          `${sql}: ${question}`,
        )
      }
    }
    database.close()
  })
}

test('late errors: several rows that fail are taken back whole, whatever the conflict clause', (t) => {
  for (const action of ['', ' OR IGNORE', ' OR FAIL', ' OR REPLACE']) {
    const database = new Database(':memory:')
    database.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, x); CREATE INDEX tx ON t(abs(x))')
    database.exec('BEGIN; INSERT INTO t VALUES (1, 1), (2, 2)')
    for (const sql of [
      `INSERT${action} INTO t VALUES (1, 3), (3, 3), (4, ${overflow})`,
      `UPDATE${action} t SET x = CASE id WHEN 1 THEN 9 ELSE ${overflow} END`,
      `UPDATE${action} t SET id = id + 5, x = CASE id WHEN 1 THEN 9 ELSE ${overflow} END`,
    ]) {
      t.throws(() => database.exec(sql), { instanceOf: SqliteError }, sql)
      const rows = database.prepare('SELECT id, x FROM t').raw().all()
      t.deepEqual(
        rows,
        [
          [1, 1],
          [2, 2],
        ],
        sql,
      )
    }
    t.is(database.pragma('integrity_check', { simple: true }), 'ok')
    database.close()
  }
})

test('late errors: a damaged index that stops the insertion of a row takes the transaction back', (t) => {
  const path = join(temporaryFolder(), 'damaged.db')
  const database = new Database(path)
  database.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, x); CREATE INDEX tx ON t(x)')
  database.exec('INSERT INTO t VALUES (1, 1)')
  database.pragma('wal_checkpoint(TRUNCATE)')
  const pageSize = Number(database.pragma('page_size', { simple: true }))
  database.close()
  // The type of the index's root, which is the last page.
  const bytes = readFileSync(path)
  bytes[bytes.length - pageSize] = 99
  writeFileSync(path, bytes)
  const damaged = new Database(path)
  damaged.exec('BEGIN')
  t.throws(() => damaged.exec('INSERT INTO t VALUES (2, 2)'), { code: 'SQLITE_CORRUPT' })
  t.false(damaged.inTransaction)
  t.is(damaged.prepare('SELECT count(*) FROM t NOT INDEXED').pluck().get(), 1)
  damaged.close()
})
