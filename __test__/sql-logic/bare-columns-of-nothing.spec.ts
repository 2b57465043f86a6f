/** Bare columns where an aggregation has no rows: NULL for a column of a table, of a simple subquery what it computes of NULLs. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE e(x, y INTEGER PRIMARY KEY)',
  'CREATE TABLE t(a, b)',
  'INSERT INTO t VALUES (1, 2), (3, 4)',
  'CREATE VIEW v AS SELECT 5 AS c, x FROM e',
]

const sources = [
  '(SELECT 5 AS c FROM e)',
  '(SELECT 5 AS c) WHERE 0',
  '(SELECT 5 AS c), e',
  '(SELECT 5 AS c) LEFT JOIN t ON 1 WHERE a > 7',
  '(SELECT 5 AS c FROM (SELECT 6)) WHERE 0',
  "(SELECT 'k' AS c, x FROM e)",
  '(SELECT x IS NULL AS c FROM e)',
  '(SELECT coalesce(x, 3) AS c FROM e)',
  "(SELECT CASE WHEN x THEN 1 ELSE 'no' END AS c FROM e)",
  '(SELECT x + 1 AS c FROM e)',
  '(SELECT x AS c FROM e)',
  '(SELECT y AS c FROM e)',
  '(SELECT typeof(y) AS c FROM e)',
  '(SELECT DISTINCT 5 AS c FROM e)',
  '(SELECT 5 AS c FROM e LIMIT 3)',
  '(SELECT 5 AS c FROM e UNION ALL SELECT 6 FROM e)',
  '(SELECT c FROM (SELECT c + 1 AS c FROM v))',
  '(SELECT 5 AS c FROM e) AS q, t',
  '(SELECT a IS NULL AS c FROM t WHERE a > 7)',
  '(SELECT a IS NULL AS c FROM t WHERE 0)',
  '(SELECT a IS NULL AS c FROM t) WHERE c',
  '(SELECT a + 1 AS c FROM t) WHERE c > 2',
  't LEFT JOIN (SELECT 5 AS c FROM e) ON 1',
  't LEFT JOIN (SELECT 5 AS c FROM e) ON 1 WHERE 0',
  'v',
]

const aggregates = ['count(*)', 'max(c)', 'min(c), count(*)', 'sum(c)', "group_concat(c, '-')"]

test('bare columns: of an aggregation without rows', async (t) => {
  await sameAnswers(
    t,
    setup,
    sources.flatMap((source) => [
      ...aggregates.map((aggregate) => `SELECT c, ${aggregate}, c IS NULL FROM ${source}`),
      `SELECT c, count(*) FROM ${source} GROUP BY c`,
      `SELECT (SELECT c FROM (SELECT c, count(*) FROM ${source}))`,
      `SELECT c FROM ${source} HAVING count(*) >= 0 ORDER BY c`,
    ]),
  )
})
