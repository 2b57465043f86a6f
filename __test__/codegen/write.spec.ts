/**
 * INSERT, UPDATE, DELETE and REPLACE against SQLite: the same statements run on both, and after each the
 * tables, the counts and the sentence of the error are compared. The random part mixes constraint clauses, OR
 * clauses, affinities and indexes.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

/** Runs a statement here: its error, or the counts after it. */
function runHere(database: Database, sql: string): string {
  try {
    database.exec(sql)
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
  const counts = 'SELECT changes(), total_changes(), last_insert_rowid()'
  return (database.prepare(counts).raw().safeIntegers().get() as bigint[]).join(' ')
}

async function runThere(sql: string): Promise<string> {
  try {
    await oracle!.exec(sql)
  } catch (error) {
    return (error as Error).message
  }
  const counts = await oracle!.query('SELECT changes(), total_changes(), last_insert_rowid()')
  return counts[0]!.join(' ')
}

function rowsHere(database: Database, sql: string): string[] {
  const rows = database.prepare(sql).raw().safeIntegers().all() as unknown[][]
  return rows.map((row) => row.map(shown).join(' | '))
}

async function rowsThere(sql: string): Promise<string[]> {
  return (await oracle!.query(sql)).map((row) => row.map(show).join(' | '))
}

const scripts: Readonly<Record<string, readonly string[]>> = {
  'rowids follow the greatest': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
    'INSERT INTO t(a) VALUES (1), (2)',
    'INSERT INTO t VALUES (10, 3)',
    'INSERT INTO t(a) VALUES (4)',
    'DELETE FROM t WHERE id > 9',
    'INSERT INTO t(a) VALUES (5)',
    'INSERT INTO t VALUES (-7, 6), (NULL, 7)',
  ],
  'a table of negative rowids goes on from the greatest': [
    'CREATE TABLE t(a)',
    'INSERT INTO t(rowid, a) VALUES (-5, 1)',
    'INSERT INTO t(a) VALUES (2), (3)',
    'INSERT INTO t(a) VALUES (4), (5), (6), (7)',
  ],
  'AUTOINCREMENT never gives a rowid again': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)',
    'INSERT INTO t(a) VALUES (1), (2)',
    'DELETE FROM t',
    'INSERT INTO t(a) VALUES (3)',
    'INSERT INTO t VALUES (100, 4)',
    'DELETE FROM t WHERE id = 100',
    'INSERT INTO t(a) VALUES (5)',
    'INSERT OR IGNORE INTO t VALUES (3, 1), (500, 2)',
    'INSERT INTO t VALUES (9223372036854775807, 6)',
    'INSERT INTO t(a) VALUES (7)',
  ],
  'a rowid must be an integer': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
    "INSERT INTO t VALUES ('12', 1)",
    "INSERT INTO t VALUES ('x', 1)",
    'INSERT INTO t VALUES (1.5, 1)',
    'INSERT INTO t VALUES (2.0, 1)',
    'UPDATE t SET id = NULL',
    "UPDATE t SET id = 'abc' WHERE id = 2",
  ],
  'OR clauses': [
    'CREATE TABLE t(a INT UNIQUE, b INT NOT NULL DEFAULT 7, CHECK (a < 100))',
    'INSERT INTO t VALUES (1, 1), (2, 2)',
    'INSERT INTO t VALUES (3, 3), (1, 4)',
    'INSERT OR FAIL INTO t VALUES (4, 4), (1, 5), (6, 6)',
    'INSERT OR IGNORE INTO t VALUES (7, 7), (1, 8), (200, 9), (8, NULL), (9, 9)',
    'INSERT OR REPLACE INTO t VALUES (1, 10), (11, NULL)',
    'INSERT OR REPLACE INTO t VALUES (200, 1)',
    'BEGIN',
    'INSERT INTO t VALUES (20, 1)',
    'INSERT OR ROLLBACK INTO t VALUES (20, 2)',
    'ROLLBACK',
    'UPDATE OR REPLACE t SET a = a + 1',
    'UPDATE OR IGNORE t SET a = 2',
    'UPDATE t SET a = a + 1',
  ],
  'REPLACE takes every row out that stands in the way': [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, b UNIQUE, c)',
    'CREATE INDEX tc ON t(c)',
    "INSERT INTO t VALUES (1, 'a', 'x', 1), (2, 'b', 'y', 2), (3, 'c', 'z', 3)",
    "REPLACE INTO t VALUES (1, 'b', 'z', 4)",
    "REPLACE INTO t(a, b, c) VALUES ('q', 'q', 5)",
    "UPDATE OR REPLACE t SET a = 'b', b = 'q' WHERE c = 5",
  ],
  'an update that feeds its own scan changes each row once': [
    'CREATE TABLE t(a INT)',
    'CREATE INDEX ta ON t(a)',
    'INSERT INTO t VALUES (1), (2), (3), (4)',
    'UPDATE t SET a = a + 10 WHERE a > 0',
    'UPDATE t SET rowid = rowid + 100',
    'INSERT INTO t SELECT a FROM t WHERE a > 0',
  ],
  'indexes on expressions and parts': [
    'CREATE TABLE t(a, b)',
    'CREATE UNIQUE INDEX te ON t(a + b)',
    'CREATE UNIQUE INDEX tp ON t(a) WHERE b > 5',
    'INSERT INTO t VALUES (1, 1), (1, 2)',
    'INSERT INTO t VALUES (2, 0)',
    'INSERT INTO t VALUES (3, 6)',
    'INSERT INTO t VALUES (3, 7)',
    'UPDATE t SET b = 9 WHERE a = 1 AND b = 1',
    'UPDATE t SET b = 10 WHERE a = 1 AND b = 2',
    'DELETE FROM t WHERE a = 3',
    'INSERT INTO t VALUES (3, 8)',
  ],
  'STRICT tables': [
    'CREATE TABLE t(i INT, r REAL, s TEXT, b BLOB, x ANY) STRICT',
    "INSERT INTO t VALUES ('12', 3, 4, x'05', '06')",
    "INSERT INTO t VALUES ('q', 1, 1, NULL, 1)",
    'INSERT INTO t VALUES (1.5, 1, 1, NULL, 1)',
    "INSERT INTO t VALUES (1, 'q', 1, NULL, 1)",
    "INSERT INTO t VALUES (1, 1, x'00', NULL, 1)",
    "INSERT INTO t VALUES (1, 1, 1, 'q', 1)",
    "UPDATE t SET i = 'q'",
  ],
  'DELETE without WHERE counts its rows': [
    'CREATE TABLE t(a UNIQUE, b)',
    'INSERT INTO t VALUES (1, 2), (2, 3), (3, 4)',
    'DELETE FROM t',
    'INSERT INTO t VALUES (1, 2)',
    'DELETE FROM t WHERE a = 1',
    'DELETE FROM t',
  ],
}

for (const [name, statements] of Object.entries(scripts)) {
  test.serial(`write: ${name}`, async (t) => {
    const database = new Database(':memory:')
    if (oracle !== null) await oracle.reset('SELECT 1')
    for (const sql of statements) {
      const here = runHere(database, sql)
      if (oracle === null) continue
      t.is(here, await runThere(sql), sql)
      const rows = 'SELECT rowid, * FROM t ORDER BY rowid'
      t.deepEqual(rowsHere(database, rows), await rowsThere(rows), sql)
    }
    t.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    database.close()
  })
}

test.serial('write: the greatest rowid is followed by one at random', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a)')
  database.exec('INSERT INTO t(rowid, a) VALUES (9223372036854775807, 1)')
  database.exec('INSERT INTO t(a) VALUES (2), (3)')
  const rowids = database.prepare('SELECT rowid FROM t').pluck().safeIntegers().all() as bigint[]
  t.is(new Set(rowids).size, 3)
  t.true(rowids.every((rowid) => rowid > 0n))
  database.close()
})

// ── random statements ──

const types = ['INT', 'TEXT', 'REAL', '', 'NUMERIC', 'BLOB']
const values = [
  'NULL',
  '0',
  '1',
  '2',
  '3',
  '-1',
  '1.0',
  '2.5',
  "'a'",
  "'A'",
  "'b'",
  "'1'",
  "'2.0'",
  "x'61'",
  '9007199254740993',
  '1e20',
  "''",
  "' 5 '",
  '10',
  '11',
  '12',
]
const clauses = ['', '', '', '', 'REPLACE', 'IGNORE', 'FAIL', 'ABORT', 'ROLLBACK']

interface RandomTable {
  readonly name: string
  readonly sql: string
  readonly columns: readonly string[]
}

function onConflict(random: Random): string {
  const clause = random.pick(clauses)
  return clause === '' ? '' : ` ON CONFLICT ${clause}`
}

function orClause(random: Random): string {
  const clause = random.pick(clauses)
  return clause === '' ? '' : ` OR ${clause}`
}

function randomTable(random: Random, name: string): RandomTable {
  const columns = ['a', 'b', 'c', 'd'].slice(0, 2 + random.below(3))
  const hasAlias = random.below(3) === 0
  const definitions = columns.map((column, i) => {
    if (i === 0 && hasAlias) {
      const tail = random.below(3) === 0 ? ' AUTOINCREMENT' : onConflict(random)
      return `${column} INTEGER PRIMARY KEY${tail}`
    }
    let definition = `${column} ${random.pick(types)}`
    if (random.below(4) === 0) definition += ` NOT NULL${onConflict(random)}`
    if (random.below(4) === 0) definition += ` UNIQUE${onConflict(random)}`
    if (random.below(4) === 0) definition += ` DEFAULT ${random.pick(['1', "'d'", '2.5', '-3'])}`
    if (random.below(6) === 0) definition += ' COLLATE NOCASE'
    if (random.below(8) === 0) definition += ` CHECK (${column} <> 3)`
    return definition
  })
  return { name, sql: `CREATE TABLE ${name}(${definitions.join(', ')})`, columns }
}

function randomStatement(random: Random, tables: readonly RandomTable[]): string {
  const { name, columns } = random.pick(tables)
  const value = (): string => random.pick(values)
  const where = (): string => {
    const column = random.pick(columns)
    return random.pick([
      `${column} = ${value()}`,
      `rowid <= ${value()}`,
      `${column} IS NULL`,
      `${column} IN (${value()}, ${value()})`,
    ])
  }
  const list = columns.join(', ')
  switch (random.below(6)) {
    case 0:
    case 1: {
      const rows = Array.from(
        { length: 1 + random.below(3) },
        () => `(${columns.map(value).join(', ')})`,
      )
      return `INSERT${orClause(random)} INTO ${name}(${list}) VALUES ${rows.join(', ')}`
    }
    case 2: {
      const source = random.pick(tables)
      const picked = columns.map((_, i) => source.columns[i % source.columns.length])
      return `INSERT${orClause(random)} INTO ${name}(${list}) SELECT ${picked.join(', ')} FROM ${source.name} NOT INDEXED`
    }
    case 3: {
      const column = random.pick(columns)
      const changed = random.pick([value(), `${column} + 1`, `${column} || 'x'`, `-${column}`])
      const condition = random.below(3) === 0 ? '' : ` WHERE ${where()}`
      return `UPDATE${orClause(random)} ${name} SET ${column} = ${changed}${condition}`
    }
    case 4:
      return `DELETE FROM ${name}${random.below(6) === 0 ? '' : ` WHERE ${where()}`}`
    default:
      return `INSERT${orClause(random)} INTO ${name} DEFAULT VALUES`
  }
}

/** Where SQLite itself leaves a statement half done, there is nothing to compare. */
function isUnordered(message: string): boolean {
  return message === 'datatype mismatch'
}

test.serial('write: random statements do what they do in SQLite', async (t) => {
  t.timeout(300_000)
  if (oracle === null) {
    t.pass()
    return
  }
  for (let round = 0; round < 60; round++) {
    const random = createRandom(round)
    const tables = [randomTable(random, 't'), randomTable(random, 'u')]
    const database = new Database(':memory:')
    await oracle.reset('SELECT 1')
    const statements = [
      ...tables.map((table) => table.sql),
      // Not on the first column: it may be the rowid, which SQLite then finds through either, as it pleases.
      `CREATE INDEX i0 ON t(${random.pick(tables[0]!.columns.slice(1))} DESC)`,
      `CREATE INDEX i1 ON u(${random.pick(tables[1]!.columns)}, ${random.pick(tables[1]!.columns)})`,
      ...Array.from({ length: 20 }, () => randomStatement(random, tables)),
    ]
    const done: string[] = []
    for (const sql of statements) {
      done.push(sql)
      const message = (): string => `SEED=${random.seed}: ${done.join(';\n')}`
      const there = await runThere(sql)
      const here = runHere(database, sql)
      if (isUnordered(there)) break
      t.is(here, there, message())
      if (done.length < 3) continue
      for (const { name } of tables) {
        const rows = `SELECT rowid, * FROM ${name} ORDER BY rowid`
        t.deepEqual(rowsHere(database, rows), await rowsThere(rows), message())
      }
    }
    t.is(database.pragma('integrity_check', { simple: true }), 'ok', done.join(';\n'))
    database.close()
  }
})
