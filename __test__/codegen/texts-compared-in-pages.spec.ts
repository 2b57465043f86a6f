/** Two columns that hold texts are compared where the texts lie: all comparisons, whatever the columns hold, and what numeric affinity makes of them. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const values = [
  'NULL',
  "'1996-07-04'",
  "'1996-07-05 10:00'",
  "'1996-07-04 '",
  "'abc'",
  "''",
  "'12'",
  "' 12 '",
  "'1e1'",
  "'+5'",
  "'5.'",
  "'.5x'",
  "'é'",
  "'\u{1F600}'",
  "'\uFFFD'",
  '5',
  '12.5',
  "x'31'",
  "'1' || char(0) || '2'",
  '-0.0',
  '9007199254740993',
  '1e999',
  '-1e999',
]
const types = ['TEXT', 'DATETIME', 'DATE', 'TIMESTAMP', 'TEXT COLLATE NOCASE', 'VARCHAR(3)']

test('texts of two columns: comparisons as in SQLite', async (t) => {
  for (const left of types) {
    for (const right of types) {
      await sameAnswers(
        t,
        [
          `CREATE TABLE t(id INTEGER PRIMARY KEY, a ${left}, b ${right}, c)`,
          'CREATE TABLE v(x)',
          `INSERT INTO v VALUES ${values.map((value) => `(${value})`).join(', ')}`,
          'INSERT INTO t(a, b, c) SELECT p.x, q.x, p.x FROM v p, v q',
        ],
        ['<', '<=', '>', '>=', '=', '<>'].flatMap((operator) => [
          `SELECT count(*), sum(id), sum(id * id) FROM t WHERE a ${operator} b`,
          `SELECT count(*), sum(id), sum(id * id) FROM t WHERE NOT a ${operator} b`,
        ]),
      )
    }
  }
})

test('texts of two columns: of two tables, and of texts that lie on overflow pages', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE p(a TEXT); CREATE TABLE q(b TEXT)')
  const insert = (table: string, text: string): unknown =>
    db.prepare(`INSERT INTO ${table} VALUES (?)`).run(text)
  const long = 'x'.repeat(9000)
  for (const text of ['a', 'b', `${long}a`, `${long}b`]) {
    insert('p', text)
    insert('q', text)
  }
  const count = (operator: string): unknown =>
    db.prepare(`SELECT count(*) FROM p, q WHERE a ${operator} b`).pluck().get()
  t.deepEqual(['<', '=', '>='].map(count), [6, 4, 10])
  db.close()
})
