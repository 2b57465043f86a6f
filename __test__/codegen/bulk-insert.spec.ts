/**
 * INSERT of many rows of constants against SQLite: whatever the table is, the rows are stored as one by one, with the same
 * rowids, counts and errors; literals and parameters alike; and all indexes agree with their table.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const counts = 'SELECT changes(), total_changes(), last_insert_rowid()'
const content =
  'SELECT rowid, typeof(a), a, typeof(b), quote(b), typeof(c), c FROM t ORDER BY rowid'

function here(db: Database, run: () => void): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
  return (db.prepare(counts).raw().safeIntegers().get() as bigint[]).join(' ')
}

async function there(sql: string): Promise<string> {
  try {
    await oracle!.exec(sql)
  } catch (error) {
    return (error as Error).message
  }
  return (await oracle!.query(counts))[0]!.join(' ')
}

const rowsHere = (db: Database, sql: string): string[] =>
  (db.prepare(sql).raw().safeIntegers().all() as unknown[][]).map((row) => row.map(shown).join('|'))
const rowsThere = async (sql: string): Promise<string[]> =>
  (await oracle!.query(sql)).map((row) => row.map(show).join('|'))

const tables = [
  't(a, b, c)',
  't(a INTEGER, b TEXT, c REAL)',
  't(a TEXT, b NUMERIC, c BLOB)',
  't(a INTEGER PRIMARY KEY, b, c)',
  't(a REAL, b INTEGER PRIMARY KEY, c TEXT NOT NULL)',
  "t(a NOT NULL DEFAULT 7, b TEXT NOT NULL ON CONFLICT IGNORE, c DEFAULT 'x')",
  't(a UNIQUE, b, c)',
  't(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b TEXT UNIQUE ON CONFLICT REPLACE, c REAL)',
  't(a INTEGER, b TEXT COLLATE NOCASE, c REAL, UNIQUE (b, a))',
  't(a INTEGER, b REAL, c TEXT) STRICT',
  't(a ANY, b ANY NOT NULL, c REAL) STRICT',
  't(a INTEGER PRIMARY KEY AUTOINCREMENT, b, c)',
  't(a CHECK (a IS NOT 13), b, c)',
]
const indexes = [
  '', '', '', 'CREATE INDEX i ON t(b)', 'CREATE INDEX i ON t(c DESC, a)', 'CREATE UNIQUE INDEX i ON t(a, b, c)',
  'CREATE INDEX i ON t(a) WHERE b > 3', 'CREATE INDEX i ON t(a || b)', 'CREATE INDEX i ON t(b, a)',
] // prettier-ignore

const clauses = ['', '', '', 'OR IGNORE', 'OR REPLACE', 'OR FAIL', 'OR ROLLBACK']

/** A value: its text, and what is bound for it; `undefined`: only a literal says it. */
interface Item {
  readonly text: string
  readonly bound: unknown
}

const special: readonly Item[] = [
  ['NULL', null], ['0', 0n], ['1', 1n], ['-1', -1n], ['127', 127n], ['128', 128n], ['-128', -128n], ['-129', -129n],
  ['32767', 32767n], ['-32769', -32769n], ['8388607', 8388607n], ['-8388609', -8388609n], ['2147483648', 2147483648n],
  ['-140737488355328', -140737488355328n], ['140737488355328', 140737488355328n], ['9007199254740993', 9007199254740993n],
  ['-9223372036854775807', -9223372036854775807n], ['1.0', 1], ['-2.0', -2], ['0.5', 0.5], ['1e300', 1e300], ['-9e999', -Infinity],
  ["''", ''], ["'12'", '12'], ["' 1.5 '", ' 1.5 '], ["'it''s'", "it's"], ["'Ärger 漢😀'", 'Ärger 漢😀'], ["x''", new Uint8Array(0)],
  ["x'00ff10'", Uint8Array.of(0, 255, 16)], ["'1e2'", '1e2'], ["'abc'", 'abc'], ["'ABC'", 'ABC'],
].map(([text, bound]) => ({ text: text as string, bound })) // prettier-ignore

function item(random: Random, row: number, isTame: boolean): Item {
  switch (random.below(isTame ? 4 : 6)) {
    case 0:
      return { text: String(row), bound: BigInt(row) }
    case 1:
      return { text: `'t ${row % 97}'`, bound: `t ${row % 97}` }
    case 2:
      return { text: `${row}.25`, bound: row + 0.25 }
    case 3: {
      const text = `${row} `.repeat(random.below(40))
      return { text: `'${text}'`, bound: text }
    }
    case 4: {
      const size = random.below(400) === 0 ? 9000 : random.below(40)
      const bytes = random.bytes(size)
      return { text: `x'${Buffer.from(bytes).toString('hex')}'`, bound: bytes }
    }
    default:
      return random.pick(special)
  }
}

/** Which value of a row is for the rowid; -1: none. */
function rowidPlace(table: string, names: string): number {
  const columns = /^t\(([^,]*),([^,]*)/.exec(table)!
  const alias = [columns[1]!, columns[2]!].findIndex((column) => column.includes('PRIMARY'))
  const given = names === '' ? ['a', 'b', 'c'] : names.replace(/[() ]/g, '').split(',')
  const rowid = given.lastIndexOf('rowid')
  return rowid >= 0 ? rowid : alias < 0 ? -1 : given.lastIndexOf('ab'[alias]!)
}

/**
 * Rows that are much alike, as those of a bulk insert are, with something else here and there; at the place `id` rowids.
 * (After what is no rowid, or has the wrong type for a STRICT table, SQLite keeps rows under some
 * conflict clauses.)
 */
function rowsOf(random: Random, count: number, id: number): Item[][] {
  const oddities = random.pick([0, 0, 0.003, 0.5])
  const start = random.pick([1, 1, 1000, -5])
  const order = random.pick([1, 1, 1, -1, 7919])
  const shape = [0, 1, 2].map(() => random.below(4))
  const value = (row: number, column: number): Item => {
    if (column !== id && random.next() < oddities) return item(random, row, false)
    if (column === id && random.next() < oddities) return { text: 'NULL', bound: null }
    const number = order === 7919 ? start + ((row * order) % (count + 1)) : start + order * row
    switch (column === 0 || column === id ? 0 : shape[column]) {
      case 0:
        return { text: String(number), bound: BigInt(number) }
      case 1:
        return { text: `'text ${number}'`, bound: `text ${number}` }
      case 2:
        return { text: `${number}.5`, bound: Number(`${number}.5`) }
      default:
        return item(random, row, true)
    }
  }
  return Array.from({ length: count }, (_, row) => [0, 1, 2].map((column) => value(row, column)))
}

const random = createRandom(41)

test(`bulk insert: rows are stored as in SQLite (SEED=${random.seed})`, async (t) => {
  if (oracle === null) return void t.pass()
  for (let round = 0; round < 40; round++) {
    const columns = random.pick(tables)
    const table = `CREATE TABLE ${columns}`
    const encoding = random.pick(["'UTF-8'", "'UTF-8'", "'UTF-16le'"])
    const set = [`PRAGMA encoding = ${encoding}`, table, random.pick(indexes)]
    const db = new Database(':memory:')
    db.exec(set.join(';'))
    await oracle.reset(set.join(';'))
    if (random.below(2) === 0) {
      const few = 'INSERT INTO t VALUES (3, 9, 2.5), (50, 40, 1)'
      t.is(
        here(db, () => void db.exec(few)),
        await there(few),
      )
    }
    for (let i = 0; i < 2; i++) {
      const or = columns.endsWith('STRICT') ? '' : random.pick(clauses)
      const names = random.pick(['', '', '(a, b, c)', '(c, a, b)', '(rowid, b, c)', '(b, c, b)'])
      const rows = rowsOf(random, random.pick([9, 10, 100, 100, 500]), rowidPlace(columns, names))
      const isBound = random.below(2) === 0
      const head = `INSERT ${or} INTO t${names} VALUES `
      const literal =
        head + rows.map((row) => `(${row.map(({ text }) => text).join(', ')})`).join(', ')
      const isOpen = random.below(3) === 0
      if (isOpen) {
        db.exec('BEGIN; DELETE FROM t WHERE rowid % 3 = 0')
        await oracle.exec('BEGIN; DELETE FROM t WHERE rowid % 3 = 0')
      }
      const run = (): void => {
        if (!isBound) return void db.exec(literal)
        const marks = head + rows.map(() => '(?, ?, ?)').join(', ')
        db.prepare(marks).run(...rows.flat().map(({ bound }) => bound))
      }
      const about = `${set.join('; ')}; ${isBound ? 'bound: ' : ''}${literal.slice(0, 3000)}`
      const answer = here(db, run)
      t.is(answer, await there(literal), about)
      // (It has kept rows, inside a transaction.)
      if (answer.startsWith('cannot store')) break
      t.deepEqual(rowsHere(db, content), await rowsThere(content), about)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok', about)
      t.is(db.inTransaction, isOpen && (await isOpenThere()), about)
      if (db.inTransaction) {
        const end = random.pick(['COMMIT', 'ROLLBACK'])
        db.exec(end)
        await oracle.exec(end)
        t.deepEqual(rowsHere(db, content), await rowsThere(content), about)
      }
    }
    db.close()
  }
})

async function isOpenThere(): Promise<boolean> {
  try {
    await oracle!.exec('SAVEPOINT here; RELEASE here; BEGIN')
  } catch {
    return true
  }
  await oracle!.exec('COMMIT')
  return false
}

test('bulk insert: a prepared statement is run again, with other values', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a INTEGER, b UNIQUE)')
  const many = db.prepare(`INSERT INTO t VALUES ${Array(100).fill('(?, ?)').join(',')}`)
  const values = (from: number): number[] => Array.from({ length: 200 }, (_, i) => from + i)
  t.deepEqual(many.run(...values(0)), { changes: 100, lastInsertRowid: 100 })
  t.deepEqual(many.run(...values(1000)), { changes: 100, lastInsertRowid: 200 })
  t.throws(() => many.run(...values(900)), { message: 'UNIQUE constraint failed: t.b' })
  t.deepEqual(many.run(...values(2000)), { changes: 100, lastInsertRowid: 300 })
  t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 9900 + 109_900 + 209_900)
  t.deepEqual(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
})

test('bulk insert: what a failing statement has stored is taken back, and no more', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a NOT NULL, b)')
  const rows = (last: string): string => `${'(1, 2), '.repeat(5000)}${last}`
  db.exec(`BEGIN; INSERT INTO t VALUES ${rows('(1, 1)')}`)
  t.throws(() => db.exec(`INSERT INTO t VALUES ${rows('(NULL, 1)')}`), {
    message: 'NOT NULL constraint failed: t.a',
  })
  t.is(db.prepare('SELECT changes()').pluck().get(), 0)
  db.exec('COMMIT')
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 5001)
  t.throws(() => db.exec(`INSERT OR FAIL INTO t VALUES ${rows('(NULL, 1)')}, (3, 3)`))
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 10_001)
  db.close()
})

test('bulk insert: rows outgrow the cache, with every page size, and a savepoint takes them back', (t) => {
  for (const pageSize of [512, 4096, 65_536]) {
    const db = new Database(join(temporaryFolder(), 'bulk.db'))
    db.pragma(`page_size = ${pageSize}`)
    db.pragma('cache_size = 10')
    db.exec('CREATE TABLE t(a, b UNIQUE, c); CREATE INDEX i ON t(c, a)')
    const rows = (count: number, from: number): string =>
      Array.from({ length: count }, (_, i) => {
        const key = ((from + i) * 7919) % 1_000_003
        return `(${from + i}, 'text ${key}', '${'x'.repeat((i * 37) % 900)}')`
      }).join(', ')
    db.exec(`INSERT INTO t VALUES ${rows(600, 0)}`)
    db.exec('BEGIN; INSERT INTO t VALUES (-1, -1, -1); SAVEPOINT s')
    db.exec(`INSERT INTO t VALUES ${rows(600, 5000)}`)
    db.exec('ROLLBACK TO s')
    t.throws(() => db.exec(`INSERT INTO t VALUES ${rows(600, 20_000)}, (1, 'text 0', 3)`), {
      message: 'UNIQUE constraint failed: t.b',
    })
    db.exec('COMMIT')
    db.exec(`INSERT INTO t VALUES ${rows(500, 40_000)}`)
    const counts = db.prepare('SELECT count(*), max(rowid), max(a) FROM t').raw().get()
    t.deepEqual(counts, [1101, 1101, 40_499])
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    db.close()
  }
})
