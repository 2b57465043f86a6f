/** Which of several rows stands for those that are equal and differ all the same, in UNION, INTERSECT and EXCEPT. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, b COLLATE NOCASE, c COLLATE RTRIM)',
  "INSERT INTO t VALUES (1, 'a', ''), (2, 'A', ' '), (3.0, 'b', '  '), (3, 'B', 'x'), (1.0, 'A', 'x '), (2.0, 'b', '')",
]

test('equal rows: the one that SQLite shows', async (t) => {
  const arms = ['', 'WHERE rowid > 1', 'WHERE rowid < 4', 'WHERE rowid % 2']
  const statements: string[] = []
  for (const column of ['a', 'b', 'c', 'b, c', 'a, b']) {
    for (const operator of ['UNION', 'INTERSECT', 'EXCEPT']) {
      for (const left of arms) {
        for (const right of arms) {
          const sql = `SELECT ${column} FROM t ${left} ${operator} SELECT ${column} FROM t ${right}`
          statements.push(sql, `${sql} ORDER BY 1 DESC`)
        }
      }
    }
    statements.push(
      `SELECT ${column} FROM t UNION SELECT ${column} FROM t WHERE rowid > 2 UNION SELECT ${column} FROM t WHERE rowid > 4`,
      `SELECT ${column} FROM t EXCEPT SELECT ${column} FROM t WHERE rowid > 5 UNION SELECT ${column} FROM t WHERE rowid > 3`,
    )
  }
  statements.push(
    'SELECT 1 UNION SELECT 1.0',
    'SELECT 1.0 UNION SELECT 1',
    'SELECT 1 INTERSECT SELECT 1.0',
  )
  await sameAnswers(t, setup, statements)
})

test('equal rows: the same where they go to the temporary file', (t) => {
  const answers = [-64, -65536].map((cacheSize) => {
    const db = new Database(':memory:')
    db.exec(
      `PRAGMA cache_size = ${cacheSize}; PRAGMA temp_store = FILE; CREATE TABLE n(k, s COLLATE NOCASE)`,
    )
    db.exec(`WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 9999)
      INSERT INTO n SELECT i, substr('aAbBcCdD', i % 8 + 1, 1) || (i * 7 % 3001) FROM c`)
    const found = ['UNION', 'INTERSECT', 'EXCEPT'].map((operator) =>
      db
        .prepare(`SELECT s FROM n WHERE k < 7000 ${operator} SELECT s FROM n WHERE k > 5000`)
        .pluck()
        .all(),
    )
    db.close()
    return found
  })
  t.true(answers[0]!.every((rows) => rows.length > 1000))
  t.deepEqual(answers[0], answers[1])
})
