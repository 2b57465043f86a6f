/**
 * What is read of an outer row inside a loop is put before the loop: with all that it is computed from, which may have been read inside before. Against SQLite.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(n, m, s)',
  'CREATE TABLE u(n, o)',
  "INSERT INTO t VALUES (1, 2, 'a'), (2, 3, 'b'), (2, 4, 'c')",
  'INSERT INTO u VALUES (1, 1), (2, 2), (3, 0)',
  'CREATE VIEW v AS SELECT n + 0 AS n, m, s FROM t UNION ALL SELECT 3, 4, NULL',
]

const values = [
  'min(n)',
  'max(n)',
  'sum(n)',
  'count(*)',
  'avg(m)',
  'group_concat(n)',
  'n',
  'n + m',
  'row_number() OVER (ORDER BY n, m)',
]
const around = [
  (x: string) => `CASE WHEN ${x} THEN 1 END`,
  (x: string) => `coalesce(NULL, ${x})`,
  (x: string) => `${x} + 1`,
  (x: string) => `${x} AND 1`,
  (x: string) => `(SELECT ${x} * 2)`,
]
const conditions = [
  'c2 * o * c1',
  'c1 * o * c2',
  'o * c2 * c1',
  'c2 > o OR c1 > o',
  'o IN (c2, c1)',
  'o = c2 AND c1 = 1',
]
const sources = ['t', 'v', 't GROUP BY n', '(SELECT * FROM t LIMIT 2)']

test('columns of subqueries that are wanted in a loop are computed before it', async (t) => {
  const statements = sources.flatMap((source) =>
    values.flatMap((value) =>
      around.flatMap((wrap) => {
        const query = `(SELECT ${wrap(value)} AS c1, ${value} AS c2 FROM ${source})`
        return conditions.map(
          (on) => `SELECT c1, c2, o FROM ${query} JOIN u ON ${on} ORDER BY 1, 2, 3`,
        )
      }),
    ),
  )
  await sameAnswers(t, setup, statements)
})
