/**
 * Statements of very many terms. What is emitted for them grows no faster than their text: the source of a statement of
 * twice the terms is about twice as long, or not longer at all where its constants are one array. And they answer what
 * SQLite answers.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { emitStatement } from '../../packages/engine/src/codegen/compile.ts'
import { bindStatement, optimize } from '../../packages/engine/src/plan/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { parseStatement } from '../../packages/engine/src/sql/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { BareEngine, shown } from './bare-engine.ts'

const list = (count: number, item: (i: number) => string, joint = ', '): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(joint)

const nestedFrom = (count: number, select: string): string =>
  `SELECT * FROM ${`(${select}`.repeat(count / 4)}t${')'.repeat(count / 4)}`

const columns = 1000
const schema = `
CREATE TABLE t(a, b, c); CREATE INDEX tb ON t(b);
CREATE TABLE w(${list(columns, (i) => `c${i}`)});
CREATE TABLE r(${list(columns, (i) => `c${i} REAL`)});
INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y'), (5, 900, 'z'), (NULL, NULL, NULL);
INSERT INTO w(c0, c7, c${columns - 1}) VALUES (1, 'seven', 2.5), (2, NULL, 'last');
INSERT INTO r(c0, c7, c${columns - 1}) VALUES (1, 'seven', 2.5), (2, NULL, 3);
`

/** Statements whose source stays the same however many constants they have. */
const constant: Readonly<Record<string, (n: number) => string>> = {
  'rows of VALUES': (n) => `SELECT sum(column1) FROM (VALUES ${list(n, (i) => `(${i}, 'a${i}')`)})`,
  'rows of parameters': (n) => `INSERT INTO t VALUES ${list(n, () => '(?, ?, 1)')}`,
  'rows of INSERT': (n) => `INSERT INTO t VALUES ${list(n, (i) => `(${i}, ${i}.5, 'x')`)}`,
  'rows with expressions': (n) =>
    `INSERT INTO t VALUES ${list(n, (i) => `(${i}, upper('a${i}'), random())`)}`,
  'items of IN': (n) => `SELECT a FROM t WHERE a IN (${list(n, String)})`,
  'parameters in IN': (n) => `SELECT a FROM t WHERE a IN (${list(n, () => '?')})`,
  'rowids of IN': (n) => `SELECT a FROM t WHERE rowid IN (${list(n, String)})`,
  'keys of an index': (n) => `SELECT a FROM t WHERE b IN (${list(n, String)})`,
}

/** Statements whose source may be twice as long for twice the terms. */
const linear: Readonly<Record<string, (n: number) => string>> = {
  'columns of SELECT': (n) => `SELECT ${list(n, (i) => `c${i} + 1`)} FROM w`,
  'columns in disorder': (n) => `SELECT ${list(n, (i) => `c${n - 1 - i} || 'x'`)} FROM w`,
  'distinct columns': (n) => `SELECT DISTINCT ${list(n, (i) => `c${i}`)} FROM w`,
  'group keys': (n) => `SELECT count(*) FROM w GROUP BY ${list(n, (i) => `c${i}`)}`,
  'sort keys': (n) => `SELECT c0 FROM w ORDER BY ${list(n, (i) => `c${i}`)}`,
  aggregates: (n) => `SELECT ${list(n, (i) => `sum(c${i})`)} FROM w`,
  'filtered aggregates': (n) =>
    `SELECT ${list(n, (i) => `sum(c${i}) FILTER (WHERE c${i} > 1)`)} FROM w`,
  'REAL columns under conditions': (n) =>
    `SELECT ${list(n, (i) => `CASE WHEN c${i} > 1 THEN c${n - 1 - i} END`)} FROM r`,
  assignments: (n) => `UPDATE w SET ${list(n, (i) => `c${i} = c${i} || 1`)}`,
  'branches of CASE': (n) => `SELECT CASE a ${list(n, (i) => `WHEN ${i} THEN b`, ' ')} END FROM t`,
  'terms of AND': (n) => `SELECT a FROM t WHERE ${list(n - 1, (i) => `a <> ${i}`, ' AND ')}`,
  'terms of OR': (n) =>
    `SELECT a FROM t WHERE ${list(n / 2, (i) => `a = ${i} AND b > ${i}`, ' OR ')}`,
  'a concatenation': (n) => `SELECT ${list(n - 1, () => 'c', ' || ')} FROM t`,
  'arms of a compound': (n) => list(n / 4, (i) => `SELECT ${i}, 'a'`, ' UNION '),
  arguments: (n) => `SELECT max(${list(n, (i) => `a + ${i}`)}) FROM t`,
  'FROMs with DISTINCT': (n) => nestedFrom(n, 'SELECT DISTINCT * FROM '),
  'FROMs with expressions': (n) => nestedFrom(n, 'SELECT DISTINCT a + 1 AS a, b FROM '),
  'common tables with DISTINCT': (n) =>
    `WITH c0 AS (SELECT * FROM t)${list(n / 4, (i) => `, c${i + 1} AS (SELECT DISTINCT * FROM c${i})`, '')} SELECT * FROM c${n / 4}`,
  'rows with subqueries': (n) => `VALUES ${list(n, (i) => `(${i}, (SELECT max(a) FROM t))`)}`,
}

function sourceText(engine: BareEngine, sql: string): string {
  const { statement } = parseStatement(sql, 0)
  const { catalog, encoding } = engine.connection.context
  const bound = optimize(bindStatement(statement!, sql, catalog), catalog)
  if (bound.kind === 'query') return engine.compile(bound).sourceText()
  return emitStatement(bound, encoding, catalog).emitter.source()
}

function sizes(make: (n: number) => string, counts: readonly number[]): number[] {
  const engine = new BareEngine()
  engine.exec(schema)
  const found = counts.map((n) => engine.inside(() => sourceText(engine, make(n)).length))
  engine.close()
  return found
}

for (const [name, make] of Object.entries(constant)) {
  test(`long statements: the source is the same for any number of ${name}`, (t) => {
    const [few, many] = sizes(make, [20, 2000])
    t.true(many! < few! + 20, `${few} characters for 20, ${many} for 2000`)
  })
}

for (const [name, make] of Object.entries(linear)) {
  test(`long statements: the source grows with the number of ${name}, not faster`, (t) => {
    const [few, many] = sizes(make, [columns / 2, columns])
    t.true(many! < 2.6 * few!, `${few} characters for ${columns / 2}, ${many} for ${columns}`)
  })
}

test('long statements: answers are those of SQLite', async (t) => {
  const oracle = openOracle()
  if (oracle === null) {
    t.pass()
    return
  }
  await oracle.reset(schema)
  const engine = new BareEngine()
  engine.exec(schema)
  const queries = [
    ...Object.values(constant).map((make) => make(60)),
    ...Object.values(linear).map((make) => make(200)),
    `VALUES ${list(40, (i) => `(${i}, ${['NULL', "'a'", '1.0', '2.5', "x'00'", '-7'][i % 6]})`)}`,
    `VALUES ${list(40, (i) => (i % 3 === 0 ? `(${i}, abs(-${i}))` : `(${i}, upper('a') || ${i})`))}`,
    `SELECT * FROM (VALUES ${list(30, (i) => `(${i})`)}) x, (VALUES ${list(30, (i) => `('v${i}')`)}) y`,
    `SELECT * FROM t LEFT JOIN (VALUES ${list(30, (i) => `(${i}, ${i})`)}) v ON v.column1 = t.a`,
    `SELECT a IN (VALUES ${list(30, (i) => `(${i})`)}), b NOT IN (${list(30, (i) => `${i}`)}, NULL) FROM t`,
    `SELECT c IN (${list(30, (i) => `'${'XYZ'[i % 3]}'`)}), c COLLATE nocase IN (${list(30, (i) => `'${'XYZ'[i % 3]}'`)}) FROM t`,
    `VALUES ${list(30, (i) => `(${i % 7})`)} UNION VALUES ${list(30, (i) => `(${i % 5})`)} EXCEPT SELECT 3`,
    `WITH v(p, q) AS (VALUES ${list(30, (i) => `(${i}, ${i} * 2)`)}) SELECT sum(q), (SELECT max(p) FROM v) FROM v`,
    `SELECT t.a, (SELECT sum(column1) FROM (VALUES ${list(20, (i) => `(${i} + t.a)`)})) FROM t`,
    `SELECT a FROM t WHERE (a, b) IN (VALUES ${list(30, (i) => `(${i}, ${i + 1})`)})`,
  ].filter((sql) => !sql.includes('?') && !sql.includes('random') && !/^(INSERT|UPDATE)/.test(sql))
  for (const sql of queries) {
    const expected = (await oracle.query(sql)).map((row) => row.map(show).join()).sort()
    const query = engine.bind(sql)
    const { catalog } = engine.connection.context
    for (const plan of [query, optimize(query, catalog)]) {
      const rows = engine.run(plan as typeof query) as unknown[][]
      t.deepEqual(rows.map((row) => row.map(shown).join()).sort(), expected, sql.slice(0, 200))
    }
  }
  oracle.close()
  engine.close()
})

test('long statements: parameters keep their places among rows of VALUES and items of IN', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b, c)')
  const count = 5000
  const values = Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : `v${i}`))
  const insert = db.prepare(`INSERT INTO t VALUES ${list(count, (i) => `(?, ?, ${i})`)}`)
  t.is(insert.run(...values).changes, count)
  db.exec('DELETE FROM t')
  insert.run(...values)
  t.is(
    db.prepare('SELECT count(*) FROM t WHERE a = c AND b = ? || (2 * c + 1)').pluck().get('v'),
    count,
  )
  const wanted: Value[] = Array.from({ length: 1000 }, (_, i) => 3 * i)
  for (const column of ['a', 'c', '+a']) {
    const found = db.prepare(`SELECT count(*) FROM t WHERE ${column} IN (${list(1000, () => '?')})`)
    t.is(found.pluck().get(...wanted), 1000, column)
    t.is(found.get(...wanted.map(() => 7)), 1, column)
  }
  db.close()
})

test('long statements: tens of thousands of constants are no limit', (t) => {
  const db = new Database(':memory:')
  const count = (sql: string, ...params: unknown[]): unknown =>
    db
      .prepare(sql)
      .pluck()
      .get(...params)
  t.is(
    count(`SELECT count(*) FROM (VALUES ${list(20_000, (i) => `(${i}, 'a', ${i}.5, NULL)`)})`),
    20_000,
  )
  t.is(count(`SELECT 99999 IN (${list(100_000, String)})`), 1)
  t.is(count(`SELECT 7 IN (${list(32_766, () => '?')})`, ...Array(32_766).fill(7)), 1)
  t.is(count(`SELECT CASE 9999 ${list(10_000, (i) => `WHEN ${i} THEN ${i}`, ' ')} END`), 9999)
  t.is(count(`SELECT ${list(2000, () => '?')}`, 3, ...Array(1999).fill(1)), 3)
  db.close()
})

test('long statements: a table of 2000 columns is made, indexed, filled, changed and read', (t) => {
  const db = new Database(':memory:')
  const names = list(2000, (i) => `c${i}`)
  db.exec(`CREATE TABLE w(${names}); CREATE INDEX i ON w(${names})`)
  db.prepare(`INSERT INTO w VALUES (${list(2000, () => '?')})`).run(...Array(2000).keys())
  db.exec(`UPDATE w SET ${list(2000, (i) => `c${i} = c${i} + 1`)}`)
  const row = db.prepare('SELECT * FROM w').raw().get() as number[]
  t.deepEqual(
    row,
    [...Array(2000).keys()].map((i) => i + 1),
  )
  t.is(db.prepare('SELECT c1999 FROM w WHERE c0 = 1 AND c1 = 2').pluck().get(), 2000)
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
})
