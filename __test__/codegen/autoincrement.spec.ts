/**
 * AUTOINCREMENT: what `sqlite_sequence` says, whatever has been written there, and what it says after each statement. Each
 * script runs on SQLite too.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const table = 'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE)'
const sequences = [
  "'5abc'",
  "'7'",
  '7.9',
  '-7.9',
  "x'37'",
  "x'0037'",
  '1e3',
  "'1e3'",
  "' 12 '",
  'NULL',
  "''",
  "'abc'",
  '-5',
  '1e300',
  '-1e300',
  "'9223372036854775807'",
  "'9223372036854775808'",
  '9223372036854775806',
  '9.3e18',
  "'0x10'",
  "'5' || char(0)",
  '1',
]
const inserts = [
  'INSERT INTO t(u) VALUES (1)',
  'INSERT INTO t(u) VALUES (2), (3)',
  'INSERT OR IGNORE INTO t(u) VALUES (1), (4)',
]

const scripts: readonly (readonly string[])[] = [
  ...sequences.map((value) => [
    table,
    `INSERT INTO sqlite_sequence VALUES ('t', ${value})`,
    ...inserts,
  ]),
  ...sequences.map((value) => [
    table,
    inserts[1]!,
    `UPDATE sqlite_sequence SET seq = ${value}`,
    ...inserts,
  ]),
  [table, inserts[1]!, 'DELETE FROM sqlite_sequence', ...inserts],
  [
    table,
    "INSERT INTO sqlite_sequence VALUES ('t', 3), ('t', 10), ('T', 20), (x'74', 30)",
    ...inserts,
  ],
  [
    table,
    'CREATE TABLE s(a)',
    'INSERT INTO t(u) SELECT a FROM s',
    'INSERT INTO t(u) SELECT a FROM s WHERE 0',
  ],
  [
    table,
    'INSERT INTO t(u) SELECT 1 WHERE 0',
    'INSERT OR IGNORE INTO t VALUES (5, 1)',
    'INSERT OR IGNORE INTO t VALUES (9, 1)',
  ],
  [
    table,
    'INSERT INTO t(u) SELECT 1 WHERE 1',
    'DELETE FROM t',
    'INSERT INTO t(u) SELECT 1 WHERE 1',
  ],
  [
    table,
    'BEGIN',
    'INSERT INTO t VALUES (5, 1)',
    'INSERT INTO t VALUES (9, 1)',
    'INSERT OR FAIL INTO t VALUES (20, 2), (30, 1)',
    'COMMIT',
    ...inserts,
  ],
  [
    table,
    'INSERT INTO t VALUES (-5, 1)',
    'INSERT INTO t(u) VALUES (2)',
    'UPDATE t SET id = 100 WHERE u = 2',
    'INSERT INTO t(u) VALUES (3)',
  ],
  [
    table,
    'REPLACE INTO t VALUES (5, 1)',
    'REPLACE INTO t(u) VALUES (1)',
    'INSERT INTO t VALUES (NULL, 7)',
    'INSERT INTO t DEFAULT VALUES',
  ],
  [
    'CREATE TEMP TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u)',
    'INSERT INTO t(u) SELECT 1 WHERE 0',
    'INSERT INTO t(u) VALUES (1)',
    "UPDATE temp.sqlite_sequence SET seq = '12x'",
    'INSERT INTO t(u) VALUES (1)',
  ],
]

function runHere(database: Database, sql: string): string {
  try {
    database.exec(sql)
    return 'ok'
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
}

test('autoincrement: ids go on from what sqlite_sequence says, as in SQLite', async (t) => {
  if (oracle === null) return void t.pass()
  for (const script of scripts) {
    const database = new Database(':memory:')
    await oracle.reset('SELECT 1')
    for (const [at, sql] of script.entries()) {
      const where = script.slice(0, at + 1).join('; ')
      const there = await oracle.exec(sql).then(
        () => 'ok',
        (error: Error) => error.message,
      )
      t.is(runHere(database, sql), there, where)
      for (const question of ['SELECT rowid, * FROM t', 'SELECT rowid, * FROM sqlite_sequence']) {
        const here = database.prepare(question).raw().safeIntegers().all() as unknown[][]
        t.deepEqual(
          here.map((row) => row.map(shown).join(' | ')),
          (await oracle.query(question)).map((row) => row.map(show).join(' | ')),
          where,
        )
      }
    }
    database.close()
  }
})
