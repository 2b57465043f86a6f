/** A unary plus keeps a column from being looked up, as SQLite's documentation promises: who writes it chooses the order of the rows. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

const schema = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT); CREATE INDEX ta ON t(a, b)'

function accessOf(db: InstanceType<typeof Database>, condition: string): string {
  const rows = db.prepare(`EXPLAIN QUERY PLAN SELECT * FROM t WHERE ${condition}`).all()
  return (rows[0] as { detail: string }).detail
}

for (const condition of [
  '+a = 1',
  '1 = +a',
  '+a > 1',
  '+a IN (1, 2)',
  '+a IN (SELECT 1)',
  '+a IS NULL',
  '+a BETWEEN 1 AND 2',
  '+id = 3',
  "+b LIKE 'x%'",
]) {
  test(`unary plus: ${condition} reads the whole table`, (t) => {
    const db = new Database(':memory:')
    db.exec(schema)
    t.is(accessOf(db, condition), 'SCAN t')
    t.regex(accessOf(db, condition.replace('+b', 'a = 1 AND b').replace('+', '')), /^SEARCH t/)
  })
}

test('unary plus: rows change in the order of the table', (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE u(k, v UNIQUE); CREATE INDEX uk ON u(k);
    INSERT INTO u VALUES (2, 1), (1, 2); UPDATE OR IGNORE u SET v = 9 WHERE +k > 0`)
  t.deepEqual(db.prepare('SELECT k, v FROM u ORDER BY rowid').raw().all(), [
    [2, 9],
    [1, 2],
  ])
})
