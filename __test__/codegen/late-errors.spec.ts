/**
 * Statements that fail after they have begun: an expression of an index, of a partial index's WHERE, of a CHECK or of a
 * default fails for one row, or a STRICT type does. Every statement form with every conflict action runs on both engines,
 * inside a transaction that is committed afterwards. Sentences, counts and rows are SQLite's, and SQLite finds
 * nothing wrong with the file.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

/** Values that make one expression fail each. */
const overflow = '-9223372036854775808'
const complexPattern = 'hex(zeroblob(25001))'
const tooBig = '2000000000'

interface Place {
  readonly table: string
  readonly indexes?: readonly string[]
  /** A value of `x` for which the row fails. */
  readonly bad: string
}

const columns = 'id INTEGER PRIMARY KEY, u INT, x, y'

const places: Readonly<Record<string, Place>> = {
  'an index on an expression': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE INDEX ty ON t(y)', 'CREATE INDEX tx ON t(abs(x))'],
    bad: overflow,
  },
  'an index on an expression, older than a UNIQUE one': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE INDEX tx ON t(y, abs(x))', 'CREATE UNIQUE INDEX tu ON t(u)'],
    bad: overflow,
  },
  'an index on an expression, newer than a UNIQUE one': {
    table: `CREATE TABLE t(${columns.replace('u INT', 'u INT UNIQUE')})`,
    indexes: ['CREATE INDEX tx ON t(abs(x))'],
    bad: overflow,
  },
  'an index on an expression beside UNIQUE ON CONFLICT REPLACE': {
    table: `CREATE TABLE t(${columns.replace('u INT', 'u INT UNIQUE ON CONFLICT REPLACE')})`,
    indexes: ['CREATE INDEX tx ON t(abs(x))'],
    bad: overflow,
  },
  'an index on an expression beside UNIQUE ON CONFLICT IGNORE': {
    table: `CREATE TABLE t(${columns.replace('u INT', 'u INT UNIQUE ON CONFLICT IGNORE')})`,
    indexes: ['CREATE INDEX tx ON t(abs(x))'],
    bad: overflow,
  },
  'a UNIQUE index on an expression': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE UNIQUE INDEX tx ON t(abs(x), u)', 'CREATE INDEX ty ON t(y)'],
    bad: overflow,
  },
  'a LIKE in an index': {
    table: `CREATE TABLE t(${columns})`,
    indexes: [`CREATE INDEX tx ON t(('a' LIKE x), y)`],
    bad: complexPattern,
  },
  'a value that is too big for an index': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE INDEX tx ON t(u, length(zeroblob(x)))'],
    bad: tooBig,
  },
  'the WHERE of a partial index': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE INDEX ty ON t(y)', 'CREATE INDEX tx ON t(y) WHERE abs(x) > 0'],
    bad: overflow,
  },
  'the WHERE of a partial UNIQUE index': {
    table: `CREATE TABLE t(${columns})`,
    indexes: ['CREATE UNIQUE INDEX tx ON t(u) WHERE abs(x) > 0'],
    bad: overflow,
  },
  'a CHECK': {
    table: `CREATE TABLE t(${columns.replace('u INT', 'u INT UNIQUE')}, CHECK (abs(x) >= 0))`,
    bad: overflow,
  },
  'a STRICT type': {
    table: 'CREATE TABLE t(id INTEGER PRIMARY KEY, u INT UNIQUE, x INT, y ANY) STRICT',
    bad: "'abc'",
  },
  'a STRICT type in a table with an index and a CHECK': {
    table: 'CREATE TABLE t(id INTEGER PRIMARY KEY, u INT, x INT, y ANY, CHECK (u < 100)) STRICT',
    indexes: ['CREATE INDEX ty ON t(y)', 'CREATE UNIQUE INDEX tu ON t(u)'],
    bad: "'abc'",
  },
}

const actions = ['', ' OR FAIL', ' OR IGNORE', ' OR REPLACE', ' OR ROLLBACK']

/** Statements of one row. `@`: the conflict action; `$`: the bad value. */
const forms = [
  'INSERT@ INTO t VALUES (9, 9, $, 9)',
  'INSERT@ INTO t VALUES (1, 9, $, 9)',
  'INSERT@ INTO t VALUES (NULL, 2, $, 9)',
  'INSERT@ INTO t(x, u) VALUES ($, 9)',
  'INSERT@ INTO t SELECT 9, 9, $, 9',
  'INSERT@ INTO t SELECT 1, 2, $, 9 WHERE 1',
  'UPDATE@ t SET x = $ WHERE id = 2',
  'UPDATE@ t SET x = $, u = 1 WHERE id = 2',
  'UPDATE@ t SET x = $, id = 9 WHERE id = 2',
  'UPDATE@ t SET id = 3, x = $ WHERE rowid = 2',
  'UPDATE@ t SET id = 3, x = 5, y = 6 WHERE id = 2',
  'INSERT@ INTO t VALUES (1, 2, 7, 7)',
]

const rows = 'INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)'
const contents = 'SELECT rowid, id, u, substr(x, 1, 9), y FROM t ORDER BY rowid'
const counts = 'SELECT changes(), total_changes(), last_insert_rowid()'

/** What stands around a statement. */
const surroundings: readonly (readonly [string[], string[]])[] = [
  [[], []],
  [['BEGIN', "UPDATE t SET y = 'before' WHERE id = 3"], ['COMMIT']],
  [
    ['BEGIN', 'SAVEPOINT s', "UPDATE t SET y = 'kept' WHERE id = 3"],
    ['RELEASE s', 'COMMIT'],
  ],
]

function rowsHere(database: Database, sql: string): string[] {
  const found = database.prepare(sql).raw().safeIntegers().all() as unknown[][]
  return found.map((row) => row.map(shown).join(' | '))
}

async function rowsThere(sql: string): Promise<string[]> {
  return (await oracle!.query(sql)).map((row) => row.map(show).join(' | '))
}

/** Runs a statement; 'ok' or the sentence of its error. */
function runHere(database: Database, sql: string): string {
  try {
    database.exec(sql)
    return 'ok'
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
}

async function runThere(sql: string): Promise<string> {
  return oracle!.exec(sql).then(
    () => 'ok',
    (error: Error) => error.message,
  )
}

/** The statements for a place, each with every conflict action. */
function* statements(bad: string): Iterable<string> {
  for (const action of actions)
    for (const form of forms) yield form.replaceAll('@', action).replaceAll('$', bad)
}

for (const [name, { table, indexes = [], bad }] of Object.entries(places)) {
  const setup = [table, ...indexes, rows]
  const replaces = table.includes('REPLACE')

  test.serial(`late errors: ${name} fails as in SQLite`, async (t) => {
    if (oracle === null) return void t.pass()
    await oracle.reset('SELECT 1')
    const database = new Database(':memory:')
    const both = async (sql: string): Promise<string> => {
      const there = await runThere(sql)
      t.is(runHere(database, sql), there, sql)
      return there
    }
    for (const sql of statements(bad)) {
      for (const [before, after] of surroundings) {
        for (const line of [...setup, ...before]) await both(line)
        const answer = await both(sql)
        // Rows that REPLACE has deleted by then are lost in SQLite, and so may be the index entries of others.
        const isTorn = answer !== 'ok' && (replaces || sql.includes('REPLACE'))
        if (!isTorn) t.deepEqual(rowsHere(database, contents), await rowsThere(contents), sql)
        t.deepEqual(rowsHere(database, counts), await rowsThere(counts), sql)
        for (const line of after) await both(line)
        await both('DROP TABLE t')
      }
    }
    database.close()
  })

  test.serial(`late errors: ${name} fails, and nothing of the row stays`, async (t) => {
    const path = join(temporaryFolder(), 'late.db')
    const database = new Database(path)
    database.pragma('synchronous = OFF')
    for (const sql of setup) database.exec(sql)
    for (const sql of statements(bad)) {
      for (const [before, after] of surroundings) {
        for (const line of before) database.exec(line)
        const old = rowsHere(database, contents)
        const answer = runHere(database, sql)
        const isRolledBack = before.length > 0 && !database.inTransaction
        if (answer !== 'ok' && !isRolledBack) t.deepEqual(rowsHere(database, contents), old, sql)
        if (!isRolledBack) for (const line of after) database.exec(line)
        t.is(database.pragma('integrity_check', { simple: true }), 'ok', sql)
        database.exec('DELETE FROM t')
        database.exec(rows)
      }
    }
    database.close()
    if (oracle === null) return
    await oracle.reset(`ATTACH '${path}' AS ours`)
    t.deepEqual(await oracle.query('PRAGMA ours.integrity_check'), [['ok']])
  })
}
