/**
 * Conditions on a common table that is a compound: a table that is used once has them tested in its arms, by the affinities of those;
 * one that is used again, or AS MATERIALIZED, has an affinity of its own.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE w(a INTEGER PRIMARY KEY, t TEXT, r REAL, n)',
  "INSERT INTO w VALUES (3, '3', 3, '3'), (18, '18', 18, 18), (1, '1', 1, 1)",
]

const arms = [
  ['n', 'a'],
  ['a', 'n'],
  ['t', 'a'],
  ['t', 'n'],
  ['r', 'n'],
  ['r', 't'],
  ['iif(a, n, t)', 'a'],
  ['n', 'CAST(n AS TEXT)'],
]

const conditions = [
  "'2' > q.c",
  'q.c = 3',
  "q.c = '3'",
  "q.c IN (3, '18')",
  "q.c BETWEEN '2' AND 20",
  'NOT q.c <> 3',
  "q.c > 2 AND q.c < '4'",
]

const uses = [
  'AS (X) SELECT q.c FROM k AS q',
  'AS (X) SELECT q.c FROM k AS q, k AS p',
  'AS (X) SELECT q.c FROM k AS q LEFT JOIN k AS p ON p.c = 3',
  'AS MATERIALIZED (X) SELECT q.c FROM k AS q',
  'AS NOT MATERIALIZED (X) SELECT q.c FROM k AS q',
  'AS NOT MATERIALIZED (X) SELECT q.c FROM k AS q, k AS p',
  'AS (X), l AS (SELECT c FROM k) SELECT q.c FROM l AS q, l AS p',
  'AS (X) SELECT q.c FROM (SELECT c FROM k WHERE 3 IN k) AS q',
]

test('common tables: a condition on a compound goes by the affinity of the table or of its arms', async (t) => {
  const statements = arms.flatMap(([first, second]) =>
    uses.flatMap((use) =>
      conditions.map((condition) => {
        const compound = `SELECT ${first} AS c FROM w UNION ALL SELECT ${second} FROM w`
        const text = `WITH k ${use.replace('X', compound)} WHERE ${condition}`
        return `SELECT c, typeof(c), count(*) FROM (${text}) GROUP BY 1, 2 ORDER BY 2, 1`
      }),
    ),
  )
  await sameAnswers(t, setup, statements)
})
