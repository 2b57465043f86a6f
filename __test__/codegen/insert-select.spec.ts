/**
 * INSERT … SELECT and CREATE TABLE … AS, where fields are copied from one record to another as they are, or in runs, or whole: what is stored is what SQLite
 * stores, whatever the affinities of both columns, kinds of values, and rows that are older than their columns.
 */
import test from 'ava'
import { createRandom, type Random } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { someValue } from '../support/spilling.ts'

const types = ['', 'INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB']
const names = ['a', 'b', 'c', 'd', 'e', 'f']

function values(random: Random, count: number): string {
  const one = (): string =>
    random.below(30) === 0 ? `'${'long '.repeat(random.below(1200))}'` : someValue(random)
  return Array.from({ length: count }, one).join(', ')
}

function source(random: Random, keyed: boolean): string[] {
  const columns = names.slice(0, 5).map((name) => `${name} ${random.pick(types)}`)
  const key = keyed ? 'id INTEGER PRIMARY KEY, ' : ''
  const rows = Array.from(
    { length: 60 },
    (_, i) => `(${keyed ? `${i * 3 + 1}, ` : ''}${values(random, 5)})`,
  )
  return [
    `CREATE TABLE u(${key}${columns.join(', ')})`,
    `INSERT INTO u VALUES ${rows.join(', ')}`,
    `ALTER TABLE u ADD COLUMN f ${random.pick(['', 'REAL DEFAULT 3.0', "TEXT DEFAULT 'x'", 'INT NOT NULL DEFAULT 4'])}`,
    `UPDATE u SET f = 7 WHERE b > 20`,
  ]
}

const shown = (table: string, columns: readonly string[]): string =>
  `SELECT rowid, ${columns.map((name) => `typeof(${name}), quote(${name})`).join(', ')} FROM ${table} ORDER BY rowid`

for (const i of [0, 1, 2, 3, 4, 5]) {
  test(`insert select: affinities at random, ${i}`, async (t) => {
    const random = createRandom(90 + i)
    const keyed = i % 2 === 1
    const statements: string[] = []
    for (let n = 0; n < 10; n++) {
      const size = 1 + random.below(6)
      const targets = names.slice(0, size)
      const ofSource = keyed ? ['id', ...names] : names
      const start = random.below(ofSource.length - size + 1)
      // Mostly neighbours, in their order.
      const given = targets.map((_, k) =>
        random.below(5) === 0
          ? random.pick([...ofSource, 'a || b', '1', 'rowid'])
          : ofSource[start + k]!,
      )
      const constraints = ['', '', '', ' NOT NULL', ' UNIQUE', ' CHECK (1)']
      const columns = targets.map(
        (name) =>
          `${name} ${random.pick(types)}${random.below(3) === 0 ? random.pick(constraints) : ''}`,
      )
      const or = random.pick(['', '', 'OR IGNORE', 'OR REPLACE', 'OR FAIL'])
      const where = random.pick([
        '',
        '',
        ' WHERE rowid % 3 = 1',
        ' WHERE a IS NOT NULL',
        ' ORDER BY b, rowid',
        ' LIMIT 20',
      ])
      const key = random.pick([
        '',
        '',
        'k INTEGER PRIMARY KEY, ',
        'k INTEGER PRIMARY KEY ON CONFLICT REPLACE, ',
      ])
      const id = key === '' ? '' : `${random.pick(['NULL', 'rowid', '-rowid', 'rowid % 40'])}, `
      statements.push(
        'DROP TABLE IF EXISTS t',
        `CREATE TABLE t(${key}${columns.join(', ')})`,
        ...(random.below(2) === 0 ? ['CREATE INDEX ti ON t(a)'] : []),
        `INSERT ${or} INTO t SELECT ${id}${given.join(', ')} FROM u${where}`,
        shown('t', targets),
        'SELECT changes(), last_insert_rowid()',
        `INSERT ${or} INTO t SELECT ${id}${given.join(', ')} FROM u${where}`,
        shown('t', targets),
        'DROP TABLE IF EXISTS w',
        `CREATE TABLE w AS SELECT ${given.map((text, k) => `${text} AS ${targets[k]!}`).join(', ')} FROM u${where}`,
        "SELECT sql FROM sqlite_schema WHERE name = 'w'",
        shown('w', targets),
        'PRAGMA integrity_check',
      )
    }
    statements.push(
      'DROP TABLE IF EXISTS t',
      'CREATE TABLE t AS SELECT * FROM u',
      'INSERT INTO t SELECT * FROM u WHERE rowid > 5',
      shown('t', names),
      'DELETE FROM u',
      'INSERT INTO u SELECT * FROM t WHERE rowid < 40',
      shown('u', names),
      'PRAGMA integrity_check',
    )
    await sameAnswers(t, source(random, keyed), statements)
  })
}

test('insert select: rows and entries enough for trees of several levels', async (t) => {
  const numbers = (count: number): string =>
    `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count})`
  await sameAnswers(
    t,
    [
      'PRAGMA page_size = 512',
      'CREATE TABLE u(id INTEGER PRIMARY KEY, a, b TEXT)',
      `INSERT INTO u ${numbers(4000)} SELECT n * 2, n * 7919 % 4001, 'text ' || n FROM c`,
    ],
    [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT)',
      'CREATE INDEX ta ON t(a)',
      'CREATE UNIQUE INDEX tb ON t(b, a)',
      'INSERT INTO t SELECT * FROM u',
      'INSERT INTO t SELECT id + 1, a, b FROM u WHERE id % 4 = 0 ORDER BY a',
      'INSERT OR REPLACE INTO t SELECT id, b, a FROM u WHERE a < 100',
      'SELECT count(*), sum(id), sum(a), max(b) FROM t',
      'SELECT id FROM t INDEXED BY ta WHERE a BETWEEN 900 AND 910 ORDER BY a, id',
      'PRAGMA integrity_check',
      'INSERT INTO t SELECT id + 100000, a, b || 1 FROM u WHERE id < 3000 OR 1 / (id - 3500) IS NOT NULL',
      'INSERT INTO t SELECT id + 200000, a, CASE WHEN id = 7000 THEN b ELSE b || 2 END FROM u',
      'INSERT OR FAIL INTO t SELECT CASE WHEN id = 7000 THEN 2 ELSE id + 300000 END, a, b || 3 FROM u',
      'SELECT count(*), sum(id) FROM t',
      'PRAGMA integrity_check',
      'SAVEPOINT p',
      'DELETE FROM t',
      'INSERT INTO t SELECT -id, a, b FROM u ORDER BY id DESC',
      'SELECT count(*), min(id), max(id) FROM t',
      'ROLLBACK TO p',
      'SELECT count(*), sum(id) FROM t',
      'RELEASE p',
      `CREATE TABLE w AS SELECT id, a, CASE WHEN id % 100 = 0 THEN hex(zeroblob(900)) ELSE b END AS b FROM u`,
      'SELECT count(*), sum(a), sum(length(b)) FROM w',
      'PRAGMA integrity_check',
    ],
  )
})

test('insert select: in a trigger that fails half-way and keeps what there is', async (t) => {
  await sameAnswers(
    t,
    [
      'CREATE TABLE u(a)',
      'INSERT INTO u VALUES (1), (2), (3)',
      'CREATE TABLE log(id INTEGER PRIMARY KEY, a)',
      'CREATE INDEX log_a ON log(a)',
      'CREATE TABLE t(x)',
      `CREATE TRIGGER tr AFTER INSERT ON t BEGIN
        INSERT INTO log(a) SELECT CASE a WHEN new.x THEN RAISE(FAIL, 'enough') ELSE a END FROM u;
      END`,
    ],
    [
      'INSERT INTO t VALUES (3)',
      'SELECT id, a FROM log',
      'SELECT a FROM log INDEXED BY log_a WHERE a > 0',
      'BEGIN',
      'INSERT INTO t VALUES (7), (2)',
      'SELECT id, a FROM log',
      'COMMIT',
      'PRAGMA integrity_check',
    ],
  )
})
