/**
 * Orders that are not made because a plan is held to deliver them: random queries with joins, subqueries, groups, DISTINCT and
 * compounds under ORDER BY come in the same order as they do by the binder's plan, which sorts.
 */
import test from 'ava'
import { explainQueryPlan, optimize } from '../../packages/engine/src/plan/index.ts'
import type { BoundQuery } from '../../packages/engine/src/plan/index.ts'
import { BareEngine, shown } from '../codegen/bare-engine.ts'
import { createRandom, type Random } from '../support/random.ts'

const schema = `
CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT NOT NULL, c TEXT COLLATE NOCASE);
CREATE TABLE u(id INTEGER PRIMARY KEY, x INTEGER, y INTEGER NOT NULL);
CREATE TABLE w(p INTEGER, q INTEGER, UNIQUE (p DESC, q));
CREATE INDEX ta ON t(a, b); CREATE INDEX tc ON t(c); CREATE INDEX td ON t(a DESC, c); CREATE INDEX ux ON u(x, y DESC);
CREATE UNIQUE INDEX uy ON u(y, x, id);
`

function fill(engine: BareEngine, random: Random): void {
  const number = (): string => random.pick(['NULL', '0', '1', '2', '3', '4'])
  for (let id = 0; id < 12; id++) {
    const text = (): string => random.pick(["'a'", "'A'", "'b'", "'B'", "''"])
    engine.exec(
      `INSERT INTO t VALUES (${id}, ${number()}, ${text()}, ${random.pick(['NULL', text()])})`,
    )
    engine.exec(`INSERT INTO u VALUES (${id}, ${number()}, ${random.below(5)})`)
    engine.exec(`INSERT OR IGNORE INTO w VALUES (${random.below(5)}, ${random.below(4)})`)
  }
}

/** A query and what its columns are called. */
function source(random: Random): { sql: string; columns: readonly string[] } {
  const where = random.pick([
    '',
    ' WHERE t.a = 2',
    ' WHERE t.a > 0',
    ' WHERE t.id = 5',
    " WHERE t.c = 'a'",
    ' WHERE t.a IS NULL',
  ])
  const join = random.pick(['JOIN', 'LEFT JOIN', 'CROSS JOIN'])
  const on = random.pick([
    'u.x = t.a',
    'u.id = t.id',
    'u.y = t.a AND u.x = t.id',
    't.id < u.y',
    'u.x = t.a AND u.y = 2',
  ])
  switch (random.below(9)) {
    case 0:
      return {
        sql: `SELECT t.id AS c1, a AS c2, c AS c3, a AS c4 FROM t${where}`,
        columns: ['c1', 'c2', 'c3', 'c4'],
      }
    case 1:
      return {
        sql: `SELECT t.id AS c1, t.b AS c2, u.y AS c3, u.id AS c4 FROM t ${join} u ON ${on}${where}`,
        columns: ['c1', 'c2', 'c3', 'c4'],
      }
    case 2:
      return {
        sql: `SELECT DISTINCT ${random.pick(['a', 'b', 'id'])} AS c1, ${random.pick(['b', 'a', '1'])} AS c2 FROM t${where}`,
        columns: ['c1', 'c2'],
      }
    case 3:
      return {
        sql: `SELECT a AS c1, count(*) AS c2, max(b) AS c3 FROM t${where} GROUP BY ${random.pick(['a', 'a, b', 'a, a'])}`,
        columns: ['c1', 'c2', 'c3'],
      }
    case 4:
      return {
        sql: `SELECT a AS c1, b AS c2 FROM t ${random.pick(['UNION', 'INTERSECT', 'EXCEPT', 'UNION ALL'])} SELECT x, y FROM u`,
        columns: ['c1', 'c2'],
      }
    case 5:
      return {
        sql: `SELECT p AS c1, q AS c2 FROM w${random.pick(['', ' WHERE p = 2', ' WHERE q = 1'])}`,
        columns: ['c1', 'c2'],
      }
    case 6:
      return {
        sql: `SELECT w.p AS c1, u.y AS c2, w.q AS c3 FROM w ${join} u ON u.x = w.q`,
        columns: ['c1', 'c2', 'c3'],
      }
    case 7: {
      const { sql, columns } = source(random)
      return {
        sql: `SELECT d.*, u.y AS z FROM (${ordered(random, sql, columns)} LIMIT 9) d ${join} u ON u.id = d.c1`,
        columns: [...columns, 'z'],
      }
    }
    default: {
      const { sql, columns } = source(random)
      return {
        sql: `SELECT * FROM (${ordered(random, sql, columns)}${random.pick([' LIMIT 7', ' LIMIT 20 OFFSET 2'])})`,
        columns,
      }
    }
  }
}

/** By some columns first, then by all: rows that still tie are alike. */
function ordered(random: Random, sql: string, columns: readonly string[]): string {
  const key = (): string =>
    `${random.pick(columns)}${random.pick(['', '', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST', ' COLLATE BINARY'])}`
  const keys = Array.from({ length: random.below(3) }, key)
  const rest = columns.map((column) => `${column} COLLATE BINARY`)
  return `SELECT * FROM (${sql}) ORDER BY ${[...keys, ...columns, ...rest].join(', ')}`
}

test('row order: random queries keep the order that they are asked for', (t) => {
  const random = createRandom(17)
  t.log(`SEED=${random.seed}`)
  let dropped = 0
  for (let round = 0; round < 8; round++) {
    const engine = new BareEngine()
    engine.exec(schema)
    fill(engine, random)
    const { catalog } = engine.connection.context
    for (let i = 0; i < 40; i++) {
      const { sql, columns } = source(random)
      const query = random.pick([
        ordered(random, sql, columns),
        `${sql} ORDER BY ${[random.pick(columns), ...columns].map((name) => columns.indexOf(name) + 1).join(', ')}`,
      ])
      const bound = engine.bind(query)
      const optimized = optimize(bound, catalog) as BoundQuery
      const rows = (plan: BoundQuery): string[] =>
        (engine.run(plan) as unknown[][]).map((row) => row.map(shown).join())
      t.deepEqual(rows(optimized), rows(bound), query)
      const plan = explainQueryPlan(optimized)
      if (!plan.some(({ detail }) => detail.includes('FOR ORDER BY'))) dropped++
    }
    engine.close()
  }
  t.true(dropped > 20, `${dropped}`)
})
