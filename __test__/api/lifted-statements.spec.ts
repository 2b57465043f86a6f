/**
 * Texts that differ only in literals share a compiled statement from the second on. Nobody can tell: columns, rows and errors
 * are those that a fresh connection has for the same text, and those of SQLite.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import { shown } from '../codegen/bare-engine.ts'

const schema = `
CREATE TABLE t(a INTEGER, b TEXT, c REAL); CREATE INDEX tp ON t(a) WHERE a > 1; CREATE INDEX tb ON t(b);
INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', 2.0), (3, 'B', -1), (2, '2', NULL), (NULL, 'a1', 0);
`

/** `#` stands for a number, `$` for a text; both are in quotes or not as the literal asks. */
const shapes = [
  'SELECT count(*) FILTER (WHERE a = #) FROM t',
  'SELECT (SELECT b FROM t WHERE a = # ORDER BY b LIMIT 1)',
  'SELECT a, (SELECT count(*) FROM t u WHERE u.a = # AND u.b < t.b) FROM t WHERE a > #',
  'SELECT EXISTS (SELECT 1 FROM t WHERE a = #), a IN (SELECT a FROM t WHERE a < #) FROM t',
  'SELECT * FROM (SELECT (SELECT max(a) FROM t WHERE a < #) FROM t) WHERE # < 3',
  'SELECT a FROM t WHERE likelihood(a = #, 0.5)',
  'SELECT a FROM t INDEXED BY tp WHERE a > 1 AND a = #',
  'SELECT a FROM t WHERE a = # AND a > 1',
  'SELECT b FROM t WHERE CAST(b AS VARCHAR(10)) = $',
  'SELECT b FROM t WHERE b LIKE $ OR b = $',
  'SELECT b FROM t WHERE b COLLATE nocase = $ ORDER BY 1',
  'SELECT a, b FROM t WHERE (a, b) = (#, $)',
  'SELECT a FROM t WHERE a IN (#, #) GROUP BY 1 HAVING count(*) < 9',
  'SELECT a FROM t WHERE a BETWEEN # AND # ORDER BY 1 LIMIT 2',
  'SELECT typeof(x), x FROM (SELECT a + # AS x FROM t WHERE c < #)',
  'SELECT a FROM t WHERE b = # UNION SELECT c FROM t WHERE c > #',
  'SELECT a FROM t WHERE no_such = #',
  'SELECT abs($) FROM t WHERE a = # AND abs(b, #) = 1',
  'SELECT a FROM t WHERE a = 99999999999999999999 OR a = #',
  'SELECT a FROM t WHERE substr(b, #, 1) = $ AND -9223372036854775808 < a',
] as const
const changes = [
  "UPDATE t SET ('a', 'b') = (#, $)",
  "UPDATE t SET c = #, ('a', 'b') = (#, $) WHERE a = #",
  "UPDATE t SET 'a' = # WHERE 'b' <> $",
  'UPDATE t SET a = #, b = $ WHERE a = # OR c > #',
  'INSERT INTO t VALUES (#, $, #)',
  'INSERT INTO t(b, a) SELECT b, # FROM t WHERE a = #',
  'DELETE FROM t WHERE a = # AND b < $',
] as const

const numbers = [
  '0',
  '1',
  '2',
  '3',
  '2.0',
  '1.5',
  '1e0',
  '0x2',
  "'2'",
  'NULL',
  '9223372036854775807',
  '-1',
]
const texts = ["'a'", "'b'", "'B'", "'2'", "'a%'", "''", "'it''s'", 'NULL', '2', "x'61'"]

type Outcome = { columns: unknown; rows: unknown; error?: unknown }

function outcome(db: Database, sql: string): Outcome {
  try {
    const statement = db.prepare(sql)
    if (!statement.reader) {
      statement.run()
      const rows = db.prepare('SELECT * FROM t ORDER BY rowid').raw().safeIntegers().all()
      return { columns: [], rows: (rows as unknown[][]).map((row) => row.map(shown).join()) }
    }
    const columns = statement.columns().map(({ name }) => name)
    const rows = statement.raw().safeIntegers().all() as unknown[][]
    return { columns, rows: rows.map((row) => row.map(shown).join()).sort() }
  } catch (error) {
    return { columns: [], rows: [], error: (error as Error).message }
  }
}

test('lifted statements: a later text is what it is to a fresh connection, and to SQLite', async (t) => {
  const random = createRandom(8)
  t.log(`SEED=${random.seed}`)
  const oracle = openOracle()
  const fill = (shape: string): string =>
    shape.replace(/[#$]/g, (mark) => random.pick(mark === '#' ? numbers : texts))
  const shared = new Database(':memory:')
  shared.exec(schema)
  await oracle?.reset(schema)
  for (const shape of shapes) {
    for (let i = 0; i < 12; i++) {
      const sql = fill(shape)
      const fresh = new Database(':memory:')
      fresh.exec(schema)
      const ours = outcome(shared, sql)
      t.deepEqual(ours, outcome(fresh, sql), sql)
      fresh.close()
      if (oracle === null) continue
      const theirs = await oracle.query(sql).then(
        (rows) => rows.map((row) => row.map(show).join()).sort(),
        (error: Error) => error.message,
      )
      t.deepEqual(ours.error ?? ours.rows, theirs, sql)
    }
  }
  shared.close()
  for (const shape of changes) {
    const db = new Database(':memory:')
    db.exec(schema)
    for (let i = 0; i < 6; i++) {
      const sql = fill(shape)
      db.exec(
        'DELETE FROM t; INSERT INTO t VALUES (1, $1, 1.5), (2, $2, 2.0), (3, $3, -1)'.replace(
          /\$(\d)/g,
          "'$1'",
        ),
      )
      await oracle?.reset(
        `CREATE TABLE t(a INTEGER, b TEXT, c REAL); INSERT INTO t VALUES (1, '1', 1.5), (2, '2', 2.0), (3, '3', -1)`,
      )
      const ours = outcome(db, sql)
      if (oracle === null) continue
      const theirs = await oracle.exec(sql).then(
        async () =>
          (await oracle.query('SELECT * FROM t ORDER BY rowid')).map((row) => row.map(show).join()),
        (error: Error) => error.message,
      )
      t.deepEqual(ours.error ?? ours.rows, theirs, sql)
    }
    db.close()
  }
  oracle?.close()
})

test('lifted statements: a column that holds a literal keeps its name', (t) => {
  const db = new Database(':memory:')
  db.exec(schema)
  for (const n of [1, 2, 3]) {
    const sql = `SELECT count(*) FILTER (WHERE a = ${n}) FROM t`
    t.is(db.prepare(sql).columns()[0]!.name, `count(*) FILTER (WHERE a = ${n})`)
  }
  db.close()
})
