/**
 * UPDATE and DELETE of many rows at once against SQLite: random tables with indexes and constraints, on small pages, with rows that spill and
 * rows that are older than a column; statements that fail half-way, that return rows, or that are taken back. After each the answers, the
 * counts, the rows and the integrity of the database are compared.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { answerHere, answerThere, runSideBySide } from '../support/side-by-side.ts'
import { temporaryFolder } from '../support/temporary.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const columnTypes = ['', 'INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB']
const constraints = [
  '', '', '', '', ' NOT NULL', ' NOT NULL DEFAULT 7', ' NOT NULL ON CONFLICT IGNORE DEFAULT 3',
  " NOT NULL ON CONFLICT REPLACE DEFAULT 'd'", ' CHECK (c IS NOT 1234)', ' NOT NULL ON CONFLICT FAIL', " DEFAULT 'x'",
] // prettier-ignore

function tableOf(random: Random): string[] {
  const type = (): string => random.pick(columnTypes)
  const id = random.pick([
    'id INTEGER PRIMARY KEY',
    'id INTEGER PRIMARY KEY',
    'id',
    'id INTEGER UNIQUE',
  ])
  const generated = random.pick(['', '', '', ', g AS (a || 1)', ', g AS (abs(length(b))) STORED'])
  const extra = Array.from({ length: random.pick([0, 0, 2, 130]) }, (_, i) => `, x${i}`).join('')
  const strict = random.pick(['', '', ' CHECK (a < 100000000)'])
  const columns = `${id}, a ${type()}, b ${type()}, c ${type()}${random.pick(constraints)}${generated}${extra}${strict === '' ? '' : `,${strict}`}`
  const indexes = [
    'CREATE INDEX i1 ON t(a)', 'CREATE INDEX i2 ON t(b, a DESC)', 'CREATE UNIQUE INDEX i3 ON t(c, id)',
    'CREATE INDEX i4 ON t(a) WHERE b IS NOT NULL', 'CREATE INDEX i5 ON t(length(b), c)',
  ] // prettier-ignore
  const some = random.pick([0, 0, 0, 1, 2])
  return [
    `/**/PRAGMA page_size = ${random.pick([512, 1024, 4096])}`,
    `/**/PRAGMA auto_vacuum = ${random.pick([0, 0, 0, 1])}`,
    `CREATE TABLE t(${columns})`,
    ...Array.from({ length: some }, () => random.pick(indexes)),
  ]
}

/** An expression of a row. */
function value(random: Random): string {
  return random.pick([
    'a', 'a + 1', 'a * 2', 'b', "b || 'x'", "substr(b || 'abc', 1, 3)", 'c', '-c', 'NULL', '0', '1', '127', '128', '1234', '40000',
    '123456789012', '1.5', '2.0', "'text'", "x'00ff'", 'id', 'id % 7', 'zeroblob(id % 50)', "printf('%*c', 20 + id % 3000, 'w')",
    'a + 0.25', '(SELECT max(k) FROM u)', '(SELECT k FROM u WHERE k = t.id % 5)', 'coalesce(a, 0) + id', "iif(id % 90 = 0, abs(-9223372036854775807 - 1), 5)",
  ]) // prettier-ignore
}

function condition(random: Random): string {
  return random.pick([
    '', '', ' WHERE id % 2 = 0', ' WHERE id % 3', ' WHERE id > 100', ' WHERE id <= 150', ' WHERE id BETWEEN 50 AND 250', ' WHERE rowid > 20 AND rowid < 200',
    ' WHERE a > 50', ' WHERE b IS NULL', ' WHERE id % 10 <> 3', ' WHERE c = 5 OR a = 7', ' WHERE id IN (SELECT k * 11 FROM u)',
    ' WHERE a < (SELECT avg(a) FROM t)', ' WHERE EXISTS (SELECT 1 FROM t AS z WHERE z.id = t.id + 1)', ' WHERE length(b) > 5', ' WHERE random() IS NULL',
    ' WHERE iif(id = 180, abs(-9223372036854775807 - 1), 1)',
  ]) // prettier-ignore
}

/** A WITH in front of it makes a statement one whose rows are looked at. */
function change(random: Random): string {
  const text = plainChange(random)
  return text.includes('RETURNING') ? `WITH q AS (SELECT 1) ${text}` : text
}

function plainChange(random: Random): string {
  const where = condition(random)
  const returning = random.pick(['', '', '', ' RETURNING id, a, c', " RETURNING id, b || 'r'"])
  if (random.below(3) === 0) return `DELETE FROM t${where}${returning}`
  const or = random.pick(['', '', '', '', 'OR IGNORE ', 'OR FAIL ', 'OR REPLACE ', 'OR ROLLBACK '])
  const columns = ['a', 'b', 'c'].filter(() => random.below(2) === 0)
  if (columns.length === 0) columns.push(random.pick(['a', 'b', 'c']))
  const sets = columns.map((column) => `${column} = ${value(random)}`)
  return `UPDATE ${or}t SET ${sets.join(', ')}${where}${returning}`
}

function fill(random: Random): string {
  const count = random.pick([5, 60, 300, 600])
  const spread = random.pick([1, 1, 3])
  return `INSERT OR IGNORE INTO t(id, a, b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT i * ${spread}, i % 100, printf('%.*c', i % ${random.pick([3, 20, 900])}, 'b'), i % 13 FROM n`
}

const looks = [
  'SELECT changes(), total_changes()',
  'SELECT rowid, typeof(a), a, typeof(b), quote(b), typeof(c), c, id FROM t ORDER BY rowid',
  'SELECT count(*) FROM t WHERE a > 3',
  'PRAGMA integrity_check',
]

function script(random: Random): string[] {
  const lines = [
    ...tableOf(random),
    'CREATE TABLE u(k)',
    'INSERT INTO u VALUES (1), (2), (3), (4), (20)',
    fill(random),
  ]
  for (let i = 0; i < 6; i++) {
    const kind = random.below(8)
    if (kind === 0)
      lines.push(
        `ALTER TABLE t ADD COLUMN late${i} ${random.pick(['', 'REAL DEFAULT 3', "DEFAULT 'l'"])}`,
        `UPDATE t SET late${i} = id + 0.5${condition(random)}`,
        `SELECT late${i} FROM t`,
      )
    else if (kind === 1)
      lines.push(
        'BEGIN',
        change(random),
        'SAVEPOINT s',
        change(random),
        'ROLLBACK TO s',
        ...looks,
        random.pick(['COMMIT', 'ROLLBACK']),
      )
    else if (kind === 2) lines.push(fill(random))
    else lines.push(change(random))
    lines.push(...looks)
  }
  lines.push(
    random.pick(['DELETE FROM t', 'DROP TABLE t', 'UPDATE t SET a = 1']),
    'PRAGMA integrity_check',
    'PRAGMA page_count',
  )
  return lines.slice(0, -1)
}

test.serial('sets of rows: random changes of many rows are those of SQLite', async (t) => {
  const random = createRandom(11)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 60; round++) await runSideBySide(t, oracle, script(random))
})

test.serial(
  'sets of rows: what waits on a page is kept in every place where a statement can end',
  async (t) => {
    const table =
      'CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b TEXT CHECK (length(b) < 60))'
    const rows = `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, i, printf('%.*c', i % 50, 'b') FROM n`
    const sum = 'SELECT count(*), sum(a), sum(length(b)), changes() FROM t'
    for (const or of ['', 'OR IGNORE ', 'OR FAIL ', 'OR ROLLBACK ', 'OR REPLACE ']) {
      await runSideBySide(t, oracle, [
      table, rows, `UPDATE ${or}t SET b = b || 'twelve bytes'`, sum, `UPDATE ${or}t SET a = nullif(a, 333)`, sum,
      'BEGIN', `UPDATE ${or}t SET a = nullif(a, 400), b = 'short'`, sum, 'ROLLBACK', sum, 'PRAGMA integrity_check',
    ]) // prettier-ignore
    }
  },
)

test.serial(
  'sets of rows: pages of a file that are freed together and used again come back with a savepoint',
  (t) => {
    const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)'
    const changes = ['DELETE FROM t', 'DELETE FROM t WHERE a > 20', 'DROP TABLE t', 'DELETE FROM p']
    for (const experimental of [[], ['multiprocess_wal']])
      for (const vacuum of [0, 1, 2])
        for (const freed of changes) {
          const db = new Database(join(temporaryFolder(), 'a.db'), { experimental })
          const sums = (): unknown =>
            db.prepare('SELECT count(*), sum(abs(a)), sum(length(b)), sum(c) FROM t').get()
          db.exec(`PRAGMA page_size = 512; PRAGMA auto_vacuum = ${vacuum}; PRAGMA cache_size = 10;
          CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
          CREATE TABLE t(a PRIMARY KEY, b, c DEFAULT 1 REFERENCES p ON DELETE CASCADE); CREATE INDEX t_c ON t(c); CREATE TABLE u(x);
          INSERT INTO t(a, b) ${numbers} SELECT i, printf('%.*c', i % 400, 'b') FROM n`)
          const before = sums()
          db.exec(
            `SAVEPOINT one; ${freed}; INSERT INTO u ${numbers} SELECT printf('%.*c', 200 + i, 'u') FROM n; ROLLBACK TO one`,
          )
          t.deepEqual(sums(), before, freed)
          db.exec('UPDATE t SET a = -a; COMMIT')
          t.deepEqual(sums(), before, freed)
          t.is(db.pragma('integrity_check', { simple: true }), 'ok', freed)
          db.close()
        }
  },
)

test.serial('sets of rows: a temporary and an attached table', async (t) => {
  if (oracle === null) return void t.pass()
  const database = new Database(':memory:')
  await oracle.reset('SELECT 1')
  const both = async (sql: string): Promise<void> => {
    t.is(answerHere(database, sql), await answerThere(oracle, sql), sql)
  }
  await both("ATTACH ':memory:' AS other")
  for (const name of ['temp.t', 'other.t', 'main.t']) {
    await both(`CREATE TABLE ${name}(a, b)`)
    await both(
      `INSERT INTO ${name} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, 'row ' || i FROM n`,
    )
    await both(`CREATE INDEX ${name}_b ON t(b)`)
  }
  for (const name of ['other.t', 'temp.t', 'main.t']) {
    await both(`UPDATE ${name} SET a = a * 1000 WHERE a % 2`)
    await both(`UPDATE ${name} SET b = b || '!', a = a + 1`)
    await both(`DELETE FROM ${name} WHERE a % 3 = 0`)
    for (const other of ['main.t', 'temp.t', 'other.t'])
      await both(`SELECT sum(a), sum(length(b)), count(*) FROM ${other}`)
    await both('PRAGMA integrity_check')
  }
  database.close()
})

const references = [
  'REFERENCES p(id) ON DELETE CASCADE', 'REFERENCES p(id) ON DELETE CASCADE', 'REFERENCES p(code) ON DELETE CASCADE',
  'REFERENCES p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', 'REFERENCES p(id) ON DELETE SET NULL', 'REFERENCES p(id)',
  'REFERENCES p(id) ON DELETE RESTRICT', 'REFERENCES other(k)', 'REFERENCES other(k) DEFERRABLE INITIALLY DEFERRED', '',
] // prettier-ignore

/** Parents, children and children of those, by keys of all kinds, mostly such that cascade. */
function family(random: Random): string[] {
  const reference = (): string =>
    random.pick(random.below(3) === 0 ? references : references.slice(0, 3))
  const rowid = random.pick(['', '', '', ' WITHOUT ROWID'])
  const count = random.pick([10, 80, 200])
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count * 3})`
  const own = random.pick(['', '', '', ', up REFERENCES p(id) ON DELETE CASCADE'])
  return [
    '/**/PRAGMA page_size = 512',
    '/**/PRAGMA foreign_keys = 1',
    `CREATE TABLE p(id INTEGER PRIMARY KEY, code UNIQUE${own})`,
    'CREATE TABLE other(k INTEGER PRIMARY KEY)',
    `CREATE TABLE c(id INTEGER PRIMARY KEY, x ${reference()}, y ${reference()}, z)${rowid}`,
    `CREATE TABLE d(a REFERENCES c(id) ON DELETE ${random.pick(['CASCADE', 'CASCADE', 'SET NULL', 'NO ACTION'])}, b)`,
    ...['CREATE INDEX c_x ON c(x)', 'CREATE INDEX c_y ON c(y, z)', 'CREATE INDEX d_a ON d(a)', 'CREATE INDEX c_z ON c(z) WHERE z > 5'].filter(() => random.below(4) > 0),
    ...[`CREATE TRIGGER r AFTER DELETE ON c BEGIN INSERT INTO other VALUES (old.id + 100000); END`].filter(() => random.below(6) === 0),
    `INSERT INTO p(id, code) ${numbers} SELECT i, i FROM n WHERE i <= ${count}`,
    `INSERT INTO other ${numbers} SELECT i FROM n`,
    `INSERT INTO c ${numbers} SELECT i, 1 + i * 7 % ${count}, 1 + i * 5 % ${count}, i % 10 FROM n`,
    ...[`INSERT INTO d ${numbers} SELECT 1 + i * 11 % ${count * 3}, printf('%.*c', i % 90, 'd') FROM n`].filter(() => random.below(3) > 0),
    ...['UPDATE p SET up = id / 2 WHERE id > 3'].filter(() => own !== ''),
  ] // prettier-ignore
}

test.serial('sets of rows: what ON DELETE CASCADE deletes', async (t) => {
  const random = createRandom(12)
  t.log(`SEED=${random.seed}`)
  const seen = [
    'SELECT changes(), total_changes()', 'SELECT id, code FROM p', 'SELECT * FROM c ORDER BY id', 'SELECT a, b FROM d ORDER BY rowid',
    'SELECT count(*) FROM other', 'PRAGMA integrity_check', 'PRAGMA foreign_key_check',
  ] // prettier-ignore
  for (let round = 0; round < 40; round++) {
    const lines = family(random)
    for (let i = 0; i < 4; i++) {
      const where = random.pick([
        '', ' WHERE id % 2 = 0', ' WHERE id > 30', ' WHERE id % 10 <> 1', ' WHERE id = 7', ' WHERE id IN (SELECT x FROM c WHERE z = 3)',
        ' WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.y = p.id)',
      ]) // prettier-ignore
      const table = random.pick(['p', 'p', 'p', 'c'])
      const change = `DELETE FROM ${table}${table === 'p' ? where : ` WHERE id % ${2 + i} = 0`}`
      lines.push(
        ...random.pick([[change], ['BEGIN', change, random.pick(['COMMIT', 'ROLLBACK'])]]),
        ...seen,
      )
    }
    await runSideBySide(t, oracle, lines)
  }
})
