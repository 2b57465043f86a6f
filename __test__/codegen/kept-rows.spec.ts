/** ORDER BY keeps no more rows than LIMIT and OFFSET let through, whatever is given for them: numbers, texts that are numbers, the largest INTEGER. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

const rows = Array.from({ length: 40 }, (_, i) => i)
const largest = 9223372036854775807n
const limits = [
  0n,
  3n,
  -1n,
  '3',
  ' 3 ',
  '-1',
  '-1.0',
  3,
  -1,
  largest,
  -largest - 1n,
  String(largest),
]
const offsets = [0n, 5n, -2n, '5', '-2', '5.0', 5, largest, String(largest)]

const forms = [
  'SELECT a FROM t ORDER BY b LIMIT ? OFFSET ?',
  'SELECT a FROM t ORDER BY b, a LIMIT ? OFFSET ?',
  'SELECT a FROM t ORDER BY c, b LIMIT ? OFFSET ?',
  'SELECT a FROM (SELECT a, b FROM t ORDER BY b LIMIT ? OFFSET ?)',
  'SELECT a FROM t GROUP BY b ORDER BY b LIMIT ? OFFSET ?',
  'SELECT a, b FROM t UNION ALL SELECT a, b FROM t WHERE 0 ORDER BY 2 LIMIT ? OFFSET ?',
]

test('kept rows: LIMIT and OFFSET as parameters', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a, b, c); CREATE INDEX ti ON t(c)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, 1)')
  for (const i of rows.toReversed()) insert.run(i, i)
  for (const sql of forms) {
    const statement = db.prepare(sql).pluck()
    for (const limit of limits) {
      for (const offset of offsets) {
        const from = Math.max(0, Number(offset))
        const expected =
          Number(limit) < 0 ? rows.slice(from) : rows.slice(from, from + Number(limit))
        t.deepEqual(statement.all(limit, offset), expected, `${sql}: ${limit}, ${offset}`)
      }
    }
    for (const wrong of ['', '3x', 2.5, 1e300, null, Buffer.from('1')]) {
      t.throws(() => statement.all(wrong, 1n), { message: 'datatype mismatch' })
      t.throws(() => statement.all(1n, wrong), { message: 'datatype mismatch' })
    }
  }
  db.close()
})
