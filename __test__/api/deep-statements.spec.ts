/**
 * Statements nested as deeply as SQLite's parser allows, and deeper: they answer what SQLite answers, or are refused in its
 * words, the first time as the second. What V8 refuses because its stack ends is an error of SQLite's kind, and the
 * connection goes on.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'

type Shape = readonly [open: string, core: string, close: string]

/** Repeated around a core, as an expression over `t(a, b)`. */
const expressions: Readonly<Record<string, Shape>> = {
  parentheses: ['(', 'a', ')'],
  calls: ['abs(', 'a', ')'],
  'second arguments': ['coalesce(a, ', 'b', ')'],
  'calls of iif': ['iif(a = 1, ', 'b', ', 2)'],
  signs: ['- ', 'a', ''],
  NOT: ['NOT ', 'a', ''],
  'sums to the right': ['a + (', 'a', ')'],
  'AND and OR': ['a AND (b OR ', 'a', ')'],
  'CASE, THEN': ['CASE WHEN a THEN ', '1', ' ELSE 2 END'],
  'CASE, ELSE': ['CASE WHEN a = 5 THEN 1 ELSE ', '1', ' END'],
  'CASE, operand': ['CASE ', 'a', ' WHEN 1 THEN 2 END'],
  CAST: ['CAST(', 'a', ' AS TEXT)'],
  BETWEEN: ['a BETWEEN 0 AND (', 'a', ')'],
  IN: ['a IN (1, ', 'a', ')'],
  LIKE: ['a LIKE (', 'a', ')'],
  'scalar subqueries': ['(SELECT ', '1', ')'],
  EXISTS: ['EXISTS (SELECT ', '1', ')'],
  'subqueries of IN': ['a IN (SELECT ', '1', ')'],
}

const chains: Readonly<Record<string, string>> = {
  '+': '+ a',
  '||': '|| a',
  AND: 'AND a',
  '=': '= a',
}

const froms: Readonly<Record<string, Shape>> = {
  subqueries: ['(SELECT * FROM ', 't', ')'],
  'expressions in subqueries': ['(SELECT a + 1 AS a FROM ', 't', ')'],
  parentheses: ['(', 't', ')'],
  unions: ['(SELECT 1 UNION ALL SELECT a FROM ', 't', ')'],
}

function nested([open, core, close]: Shape, count: number): string {
  return open.repeat(count) + core + close.repeat(count)
}

function statements(count: number): string[] {
  const inner = Object.values(expressions).map((shape) => nested(shape, count))
  const long = Object.values(chains).map((term) => `a${` ${term}`.repeat(count)}`)
  const all = [...inner, ...long]
  return [
    ...all.map((text) => `SELECT ${text} FROM t`),
    ...all.map((text) => `SELECT a FROM t WHERE b > 0 AND ${text}`),
    ...all.map((text) => `SELECT CASE WHEN b THEN ${text} END FROM t`),
    ...Object.values(froms).map((shape) => `SELECT * FROM ${nested(shape, count)}`),
    `SELECT 1${' UNION SELECT 1'.repeat(count)}`,
    `SELECT count(*) FROM one${', one'.repeat(count)}`,
    // Between 400 and SQLite's limit the stack of JavaScript may end first.
    ...(count > 400 && count < 500
      ? []
      : [`${'WITH c AS ('.repeat(count)}SELECT 1${') SELECT * FROM c'.repeat(count)}`]),
  ]
}

const schema =
  'CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (3, 4); CREATE TABLE one(x); INSERT INTO one VALUES (1)'

for (const count of [40, 60, 350, 450, 700, 990, 1100, 2600]) {
  test(`deep statements: ${count} levels are answered or refused as SQLite does`, async (t) => {
    const oracle = openOracle()
    const db = new Database(':memory:')
    db.exec(schema)
    await oracle?.reset(schema)
    for (const sql of statements(count)) {
      const ask = (): string => {
        try {
          return JSON.stringify(db.prepare(sql).raw().all())
        } catch (error) {
          if (!(error instanceof SqliteError)) throw error
          return error.message
        }
      }
      const cold = ask()
      t.is(ask(), cold, sql.slice(0, 80))
      if (oracle === null) continue
      const expected = await oracle.query(sql).then(
        (rows) => JSON.stringify(rows),
        (error: Error) => error.message,
      )
      t.is(cold, expected, sql.slice(0, 80))
    }
    oracle?.close()
    db.close()
  })
}

/** Calls `op` where the stack is `left` frames from its end. */
function nearEnd(left: number, op: () => void): void {
  let isDone = false
  const dive = (): number => {
    let above: number
    try {
      above = dive()
    } catch (error) {
      if (isDone) throw error
      above = 0
    }
    if (above !== left) return above + 1
    isDone = true
    op()
    return -1e9
  }
  dive()
}

test('deep statements: near the end of the stack a statement succeeds or leaves nothing', (t) => {
  const db = new Database(':memory:')
  db.exec(
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX ta ON t(a); CREATE INDEX tb ON t(b, a)',
  )
  const insert = db.prepare('INSERT INTO t(a, b) VALUES (?, ?)')
  for (let i = 0; i < 500; i++) insert.run((i * 7919) % 1000, 'x'.repeat(i % 50))
  let serial = 0
  const operations = [
    () => void db.prepare('SELECT a, count(*) FROM t GROUP BY a ORDER BY 2').all(),
    () => void db.prepare(`SELECT ${serial++}, a FROM t WHERE id = 5`).get(),
    () => void insert.run(serial++, 'y'.repeat(40)),
    () => void db.exec(`UPDATE t SET a = a + 1, b = b || '${serial++}' WHERE id % 7 = 3`),
    () => void db.prepare('DELETE FROM t WHERE id % 97 = ?').run(serial++ % 97),
  ]
  const errors = new Set<string>()
  for (const [i, operation] of operations.entries()) {
    for (let left = 0; left < 160; left += 2) {
      try {
        nearEnd(left, operation)
      } catch (error) {
        errors.add((error as Error).message)
      }
      insert.run(i, 'after')
    }
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  }
  t.true(errors.size > 0)
  db.close()
})

test('deep statements: one that fails for lack of stack leaves the transaction as it was', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES (1)')
  const chain = Array.from({ length: 5000 }, (_, i) => `c${i + 1} AS (SELECT x FROM c${i})`)
  const sql = `WITH c0 AS (SELECT 1 AS x), ${chain.join()} SELECT x FROM c5000`
  t.throws(() => db.prepare(sql), { instanceOf: SqliteError, message: 'Recursion limit' })
  t.true(db.inTransaction)
  db.exec('INSERT INTO t VALUES (2); COMMIT')
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 2)
  db.close()
})
