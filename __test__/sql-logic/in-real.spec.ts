/** IN with a query where REAL stands on one side and nothing on the other: large INTEGERs are rounded there, against SQLite. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT, r REAL, u, i INT)',
  ...['9223372036854775807', '9007199254740993', '-9007199254740993', '7'].map(
    (n) => `INSERT INTO t(s, r, u, i) VALUES ('${n}', ${n}, ${n}, ${n})`,
  ),
]

const sides = ['r', '+r', 'i', '+i', 'i + 0', 's', "s || ''", 'u', '+u', 'CAST(u AS REAL)']

for (const left of sides) {
  test(`IN: ${left} and what a query delivers`, async (t) => {
    const queries = [
      ...sides.map((right) => `SELECT ${right} FROM t`),
      'VALUES (9007199254740993)',
      'SELECT max(i) FROM t GROUP BY id',
      'SELECT i + 0 FROM t UNION SELECT 3',
      'SELECT * FROM (SELECT i + 0 FROM t LIMIT 5)',
    ]
    await sameAnswers(t, setup, [
      ...queries.map((query) => `SELECT id FROM t WHERE ${left} IN (${query})`),
      ...sides.map(
        (right) =>
          `SELECT ${left} NOT IN (SELECT ${right} FROM t o WHERE o.id = t.id), (${left}, id) IN (SELECT ${right}, id FROM t) FROM t`,
      ),
    ])
  })
}
