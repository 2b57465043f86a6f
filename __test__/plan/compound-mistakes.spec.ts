/** Mistakes of compounds: which of two is told, and in whose words. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = ['CREATE TABLE t(a, b)', 'INSERT INTO t VALUES (1, 2)']

test('compounds: rows of VALUES that are as many as a query are called one', async (t) => {
  await sameAnswers(t, setup, [
    'SELECT 1 UNION VALUES (1, 2)',
    'SELECT 1 UNION VALUES (1, 2), (3, 4)',
    'SELECT 1 UNION ALL VALUES (1, 2), (3, 4), (5, 6)',
    'SELECT 1 EXCEPT VALUES ((SELECT 1), 2), (3, 4)',
    'SELECT 1 INTERSECT VALUES (1, 2), (3, (SELECT 4))',
    'SELECT 1 UNION VALUES (1, 2), (3)',
    'VALUES (1, 2), (3)',
    'VALUES (1, 2) UNION SELECT 1',
    'VALUES (1, 2), (3, 4) UNION VALUES (1)',
    'VALUES (1, 2), (3, 4) UNION VALUES (1), (2)',
    'SELECT 1 IN (SELECT 1 UNION VALUES (1, 2), (3, 4))',
    'INSERT INTO t SELECT 1 UNION VALUES (1, 2), (3, 4)',
    'WITH k AS (VALUES (1, 2), (3, 4)) SELECT 1 UNION SELECT * FROM k',
  ])
})

test('compounds: a number in ORDER BY that is no column comes before a term that is none', async (t) => {
  const terms = [
    'nosuch, 0',
    'nosuch, 3',
    '3, nosuch',
    'lower(b), 1, -1',
    'a, 5, nosuch',
    'nosuch, 2147483648',
    'nosuch',
    'sum(nosuch), 9',
  ]
  const queries = [
    'SELECT a FROM t UNION SELECT b FROM t',
    'SELECT a, b FROM t UNION ALL SELECT 1, 2',
    'VALUES (1, 2), (3, 4)',
    'SELECT a FROM t EXCEPT SELECT 1 UNION ALL VALUES (1), (2)',
  ]
  await sameAnswers(
    t,
    setup,
    queries.flatMap((query) => terms.map((term) => `${query} ORDER BY ${term}`)),
  )
})

test('compounds: rows of VALUES with names in them, or behind WITH, are counted when names are known, and not where nobody asks for them', async (t) => {
  const rows = [
    '(1, 2), (3)',
    '(1), (2, 3)',
    '(1, 2), (nosuch)',
    '(nosuch, 2), (other)',
    '(1, 2), (random())',
    '(1, 2), (CAST(1 AS TEXT))',
    '(1, 2), (-1 + 2)',
    '(0), (1), (2), (3), (4), (5), (6), (7), (8), (9, 1), (10), (11)',
  ]
  const statements = rows.flatMap((values) => [
    `VALUES ${values}`,
    `INSERT INTO t(a) VALUES ${values}`,
    `SELECT 1 FROM (VALUES ${values}) WHERE later`,
    `SELECT later FROM t WHERE 1 IN (VALUES ${values})`,
    `SELECT 1 FROM (VALUES ${values}), absent`,
    `WITH k AS (VALUES ${values}) SELECT 1`,
    `WITH k AS (VALUES ${values}) SELECT * FROM k`,
    `WITH k AS (VALUES ${values}) SELECT later FROM k`,
    `WITH k AS (VALUES ${values}) SELECT 1 FROM`,
    `WITH k AS (SELECT 1) VALUES ${values}`,
    `WITH k AS (SELECT 1) INSERT INTO t(a) VALUES ${values}`,
    `WITH k AS (SELECT 1) SELECT later FROM (VALUES ${values})`,
    `WITH k AS (SELECT 1) SELECT later FROM t WHERE 1 IN (VALUES ${values})`,
    `SELECT (WITH k AS (VALUES ${values}) SELECT 1)`,
  ])
  const alone = [
    'VALUES (nosuch, 2), (1)',
    'INSERT INTO t VALUES ((SELECT 1 FROM missing), 2), (1)',
  ]
  await sameAnswers(t, setup, [...statements, ...alone])
})
